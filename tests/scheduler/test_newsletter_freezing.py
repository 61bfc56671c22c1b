"""Freezing a large audience tick by tick, and opening it again to newcomers when the sending is over."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from sqlalchemy import update

from domain.newsletters import Account, SendingState
from scheduler import newsletters
from store import freezing, tallies
from store.tables import customers
from tests.scheduler.stage import START, Killed, Stage
from tests.scheduler.test_newsletters import look, start
from tests.store.sending_rows import put_consents, put_customers

HOUR = dt.timedelta(hours=1)


async def test_a_long_freezing_leaves_the_other_jobs_their_turn(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One tick freezes for some seconds at most; the next goes on where it was, and nothing is sent before the end."""
    monkeypatch.setattr(newsletters, "_FREEZING_S", 0.0)
    stage.step = 4
    await stage.close()
    stage.start()
    await stage.put_customers(10)
    sending_id = await start(stage)
    for done in (4, 8):
        await stage.ticker.tick(START)
        sending, account = await look(stage, sending_id)
        assert (sending.frozen, account.queued, await stage.deliver(START)) == (False, done, 0)
        assert await stage.ticker.next_due(START) == START + dt.timedelta(seconds=1)
        async with stage.database.read() as tx:
            assert await freezing.checkpoint(tx, sending_id) == done
    await stage.run(START)
    sending, account = await look(stage, sending_id)
    assert (sending.state, account) == (SendingState.FINISHED, Account(sent=10))


@pytest.mark.parametrize("seed", range(3))
async def test_newcomers_get_it_once_whenever_the_process_dies(stage: Stage, seed: int) -> None:
    """A finished sending goes on for new customers and for whoever is reachable again; nobody gets it twice."""
    chance = random.Random(seed)
    stage.step = 3
    await stage.put_customers(9)
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id.in_([2, 5])).values(reach="blocked"))
    sending_id = await start(stage)
    await stage.run(START)
    over, account = await look(stage, sending_id)
    assert account == Account(sent=7, excluded={"left_bot": 2})
    async with stage.database.write() as tx:
        await put_customers(tx, [21, 22], language="en")
        await put_consents(tx, [21])
        await tx.execute(update(customers).where(customers.c.id == 2).values(reach="reachable"))
        assert await freezing.admit_newcomers(tx, sending_id, START + HOUR, version=over.version)
    before = len(stage.arrived)
    deaths = 0
    while deaths < 8:
        stage.database.fuse = chance.randrange(1, 12)
        try:
            await stage.run(START + HOUR)
        except Killed:
            deaths += 1
            await stage.restart()
        else:
            break
    stage.database.fuse = None
    await stage.run(START + HOUR)
    sending, account = await look(stage, sending_id)
    assert sending.state is SendingState.FINISHED
    assert account.snapshot == account.sent + account.unknown == 9
    assert account.excluded == {"left_bot": 1, "no_consent": 1}
    assert {row.customer_id for row in stage.arrived[before:]} <= {2, 21}
    async with stage.database.read() as tx:
        assert await tallies.recount(tx) == {}
