"""After the graceful goodbye nothing goes out but what she herself asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from dialogues.courtesy import FAREWELL
from domain.messages import Lane
from store.database import Database
from store.tables import customers, holds
from tests.bot.pump_scene import NOW, PumpScene
from tests.bot.telegram_stub import telegram_stub


@pytest.fixture
async def scene(sqlite_database: Database) -> AsyncIterator[PumpScene]:
    """A store with customers, of whom we have said goodbye to the first, and a server."""
    async with telegram_stub() as stub:
        made = PumpScene(sqlite_database, stub)
        await made.prepare()
        async with sqlite_database.write() as tx:
            await tx.execute(update(customers).where(customers.c.id == 1).values(ended_at=NOW))
        yield made


async def test_only_the_farewell_and_answers_to_her_go_out_after_it(scene: PumpScene) -> None:
    """Held at the call: newsletter, survey, reminder, small question, words of staff and of a case's clock."""
    ours = ("newsletter", "survey", "reminder", "small_question", "service")
    held = [scene.row(1, kind, kind=kind, lane=Lane.BULK, proactive=True) for kind in ours]
    said = [scene.row(1, kind, kind=kind, lane=Lane.SERVICE) for kind in ("service", "staff_reply")]
    await scene.settle(*held, *said, scene.row(1, "farewell", kind="service", ref=FAREWELL), scene.row(1, "answer"))
    assert [params["text"] for params in scene.stub.of("sendMessage")] == ["farewell", "answer"]
    async with scene.database.read() as tx:
        found = (await tx.execute(select(holds.c.kind, holds.c.reason))).all()
    assert {reason for _, reason in found} == {"ended"}
    assert sorted(kind for kind, _ in found) == sorted([*ours, "service", "staff_reply"])


async def test_staff_read_of_her_as_before(scene: PumpScene) -> None:
    """What goes to staff about her, late or not, is not said to her."""
    later = NOW + dt.timedelta(seconds=1)
    scene.clock.at = later
    told = scene.row(9, "about Ann", kind="staff_notice", customer_id=1, not_before=later)
    await scene.settle(told, scene.row(1, "answered late", not_before=later))
    assert [params["text"] for params in scene.stub.of("sendMessage")] == ["about Ann"]


async def test_others_get_what_is_theirs(scene: PumpScene) -> None:
    """The same rows go out to whom we have not said goodbye."""
    await scene.settle(*(scene.row(2, kind, kind=kind, lane=Lane.SERVICE) for kind in ("service", "staff_reply")))
    assert [params["text"] for params in scene.stub.of("sendMessage")] == ["service", "staff_reply"]
