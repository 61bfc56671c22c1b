"""A year after the goodbye: newsletters, surveys and reminders go out, and none of them to her."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from dialogues.goodbye import say_goodbye
from domain.messages import Lane
from scheduler.plans import SurveyPlan
from scheduler.surveys import start_wave
from store.customers import customer_by_id
from store.tables import exclusions, holds, invitations
from tests.bot.pump_scene import PumpScene
from tests.bot.telegram_stub import telegram_stub
from tests.scheduler.stage import SPRING, START, Stage

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
GONE, STAYS = 1, 2


def texts(scene: PumpScene, customer_id: int) -> list[str]:
    """Return what has reached a customer."""
    return [str(params["text"]) for params in scene.stub.of("sendMessage") if params["chat_id"] == 1000 + customer_id]


async def pass_on(stage: Stage, scene: PumpScene, now: dt.datetime) -> None:
    """Tick, and let the pump send what is due."""
    await stage.ticker.tick(now)
    scene.clock.at = now
    await scene.settle()
    await stage.ticker.tick(now)


async def begin(stage: Stage, scene: PumpScene) -> None:
    """Both are asked, and a reminder of it is to come; then a newsletter waits for the first, and we say goodbye."""
    async with stage.database.write() as tx:
        await start_wave(tx, "nps", "", "staff:7", START)
    await pass_on(stage, scene, START)
    assert len(texts(scene, GONE)) == len(texts(scene, STAYS)) == 1
    later = START + 2 * HOUR
    late = {"lane": Lane.BULK, "kind": "newsletter", "proactive": True, "not_before": later, "customer_id": GONE}
    await scene.put(scene.row(1000 + GONE, "late news", **late))
    async with stage.database.write() as tx:
        customer = await customer_by_id(tx, GONE)
        assert customer is not None
        assert await say_goodbye(tx, stage.company, stage.words, customer, START + HOUR, 7)
        assert not await say_goodbye(tx, stage.company, stage.words, customer, START + HOUR, 7)


async def test_nothing_goes_out_in_the_year_after_the_goodbye(sqlite_url: str, tmp_path: Path) -> None:
    """What was planned, waited or was open before it does not go out either; the other customer gets everything."""
    stage = Stage(sqlite_url, tmp_path)
    schedule = '+++\nschedule = "0 12 15 * *"\nlate = "6h"\nif_late = "drop"\ncanary = 0\n'
    stage.write("spring.en.j2", SPRING.replace("+++\n", schedule, 1))
    stage.plans = (SurveyPlan("nps", "0 12 1 * *", late=12 * HOUR),)
    stage.start()
    await stage.put_customers(2)
    async with telegram_stub() as stub:
        scene = PumpScene(stage.database, stub)
        await begin(stage, scene)
        now = START + HOUR
        while now < START + 366 * DAY:
            await pass_on(stage, scene, now)
            due = await stage.ticker.next_due(now)
            now = max(now + HOUR, min(due or now + 8 * DAY, now + 8 * DAY))
        told = texts(scene, STAYS)
        assert texts(scene, GONE)[1:] == [texts(scene, GONE)[1]]
        assert "Thank you for the time we have shared" in texts(scene, GONE)[1]
    assert Counter(text == "Hello Ann 2!" for text in told)[True] == 12
    assert len(told) > 20  # surveys and their reminders, too
    async with stage.database.read() as tx:
        asked = [select(table.c.reason).where(table.c.customer_id == GONE) for table in (exclusions, holds)]
        asked.append(select(invitations.c.reason).where(invitations.c.customer_id == GONE, invitations.c.reason != ""))
        reasons = [set((await tx.scalars(wanted)).all()) for wanted in asked]
    assert reasons == [{"ended"}] * 3
    await stage.close()
