"""A whole newsletter with an experiment: frozen, tried, judged, and the rest sent; the account is always exact."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest

from domain.effects import ClickKind
from domain.newsletters import Account, SendingState
from scheduler.experiments import Experiments
from scheduler.frozen_newsletters import FrozenNewsletters
from scheduler.notices import ExperimentJudged
from store import queue
from store.clicks import count_click
from store.effects import effects_of
from tests.scheduler.stage import START, Killed, Stage
from tests.scheduler.test_newsletters import look, start

WAIT = dt.timedelta(hours=4)
EN = """+++
title = "Spring"
canary = 0
holdout = 10

[test]
variants = ["a", "b"]
share = 50
wait = "4h"
+++
{{ "Hello" if variant == "a" else "Good day" }}
"""
FI = '{{ "Hei" if variant == "a" else "Hyvää päivää" }}'
CUSTOMERS = 400


def job(stage: Stage) -> Experiments:
    """Return the job of the present process."""
    frozen = FrozenNewsletters(stage.database, stage.company, stage.files)
    return Experiments(stage.database, stage.company, frozen, stage.notices, step=50)


async def begin(stage: Stage) -> tuple[int, int]:
    """Send to those on trial; everybody who gets b follows a button. Returns the sending and how many they are."""
    stage.write("spring.en.j2", EN)
    stage.write("spring.fi.j2", FI)
    await stage.close()
    stage.start()
    await stage.put_customers(CUSTOMERS)
    sending_id = await start(stage)
    await stage.run(START)
    async with stage.database.write() as tx:
        for row in stage.arrived:
            if row.message.text in {"Good day", "Hyvää päivää"} and row.customer_id is not None:
                await count_click(tx, sending_id, row.customer_id, ClickKind.BUTTON, "0", START)
    return sending_id, len(stage.arrived)


async def test_winner_goes_to_the_rest_and_the_account_is_exact(stage: Stage) -> None:
    """Half of those who are not held out try a variant each; after the look everybody else gets the better one."""
    sending_id, on_trial = await begin(stage)
    sending, account = await look(stage, sending_id)
    assert sending.state is SendingState.RUNNING
    assert 120 < on_trial < 240
    assert account.sent == on_trial
    texts = [row.message.text for row in stage.arrived]
    assert min(texts.count("Hello") + texts.count("Hei"), texts.count("Good day") + texts.count("Hyvää päivää")) > 50
    await job(stage).tick(START + WAIT)
    await stage.run(START + WAIT)
    sending, account = await look(stage, sending_id)
    held_out = account.excluded["hold_out"]
    assert (sending.state, sending.winner) == (SendingState.FINISHED, "b")
    assert account == Account(sent=CUSTOMERS - held_out, excluded={"hold_out": held_out})
    assert {row.message.text for row in stage.arrived[on_trial:]} == {"Good day", "Hyvää päivää"}
    async with stage.database.read() as tx:
        effects = await effects_of(tx, sending, "EUR", START + 2 * WAIT)
    assert effects.held_out is not None
    assert effects.held_out.n == held_out
    assert sum(effects.got[variant].n for variant in "ab") == on_trial
    assert effects.got["a"].clicked == 0
    assert effects.got["b"].clicked == effects.got["b"].n


@pytest.mark.parametrize("fuse", range(1, 5))
async def test_death_at_any_transaction_of_the_look_changes_nothing(stage: Stage, fuse: int) -> None:
    """The next process looks if nothing is stored yet; what it sees is the same, since nobody else was sent to."""
    sending_id, _ = await begin(stage)
    stage.database.fuse = fuse
    with contextlib.suppress(Killed):
        await job(stage).tick(START + WAIT)
    stage.database.fuse = None
    await stage.restart()
    await job(stage).tick(START + WAIT + dt.timedelta(minutes=1))
    sending, account = await look(stage, sending_id)
    assert (sending.winner, sending.state) == ("b", SendingState.RUNNING)
    assert sending.decided_at is not None
    judged = [notice for notice in stage.notices.told if isinstance(notice, ExperimentJudged)]
    assert {notice.look.best for notice in judged} == {"b"}
    async with stage.database.read() as tx:
        assert len(await queue.queued(tx, sending_id, CUSTOMERS)) == account.queued
