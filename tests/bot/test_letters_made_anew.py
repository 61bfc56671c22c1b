"""Letters that wait while their reader changes her mind, or until it is too late: asked once more at the call."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from domain.customers import Consent, Purpose
from domain.messages import Lane
from domain.newsletters import Account
from store import tallies
from store.consents import give_consents
from store.database import Database
from store.tables import contacts, holds
from tests.bot.pump_scene import NOW, PumpScene
from tests.bot.telegram_stub import telegram_stub
from tests.scheduler.stage import Stage
from tests.scheduler.test_newsletters import look, start

LETTER = """+++
title = "Spring"
service = true
+++
Your table comes on Tuesday, {{ name }}.
{% if marketing %}
Chairs are 20 % off.
{% endif %}
"""


async def test_who_takes_no_advertising_any_more_gets_the_waiting_letter_without_it(
    database: Database, tmp_path: Path
) -> None:
    """Requirement N12 up to the call: her letter is made anew, the account stays exact, nobody else is concerned."""
    stage = Stage(database.url.render_as_string(hide_password=False), tmp_path)
    stage.write("spring.en.j2", LETTER)
    stage.start()
    await stage.put_customers(2)
    async with telegram_stub() as stub:
        scene = PumpScene(database, stub)
        sending_id = await start(stage)
        await stage.ticker.tick(NOW)
        async with database.write() as tx:
            await give_consents(tx, [(1, Consent(Purpose.MARKETING, False, "stop/1", "stop", NOW))])
        await scene.settle()
        assert (await look(stage, sending_id))[1] == Account(sent=1, queued=1)
        await stage.ticker.tick(NOW)
        await scene.settle()
        said = {params["chat_id"]: params["text"] for params in stub.of("sendMessage")}
    account = (await look(stage, sending_id))[1]
    async with database.read() as tx:
        wrong = await tallies.recount(tx)
        counted = [await tx.scalar(select(func.count()).select_from(table)) for table in (contacts, holds)]
    await stage.close()
    assert "Chairs" not in said[1001]
    assert "Chairs" in said[1002]
    assert account == Account(sent=2)
    assert (wrong, counted) == ({}, [2, 0])


async def test_what_waits_beyond_its_deadline_is_too_late_at_the_call(database: Database) -> None:
    """However long the pump was held up, also with the process alive: at a wrong time nobody gets it."""
    async with telegram_stub() as stub:
        scene = PumpScene(database, stub)
        await scene.prepare()
        minute = dt.timedelta(minutes=1)
        some: dict[str, Any] = {"lane": Lane.BULK, "kind": "service", "proactive": True}
        async with scene.pump() as pump:
            await scene.put(scene.bulk(1, not_after=NOW, **some))
            await scene.until(pump.is_idle)
            scene.clock.at = NOW + minute
            await scene.put(scene.bulk(2, not_after=NOW, **some), scene.bulk(3, not_after=NOW + minute, **some))
            pump.wake()
            await scene.until(pump.is_idle)
        became = [await scene.recipient(who) for who in (1, 2, 3)]
        assert became == [("sent", ""), ("skipped", "too_late"), ("sent", "")]
