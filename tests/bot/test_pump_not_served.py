"""The "do not serve" list at the call: what was planned before is dropped, what answers her goes."""

from __future__ import annotations

from sqlalchemy import select

from store.database import Database
from store.not_served import ban_customer
from store.tables import holds
from tests.bot.pump_scene import NOW, PumpScene
from tests.bot.telegram_stub import telegram_stub
from tests.store.sending_rows import put_consents


async def test_letter_that_was_planned_before_she_was_banned_does_not_go_and_an_answer_does(
    sqlite_database: Database,
) -> None:
    """The ledger and the holds name the reason; who is beside her gets the letter."""
    async with telegram_stub() as stub:
        scene = PumpScene(sqlite_database, stub)
        await scene.prepare()
        letters = [scene.bulk(who, proactive=True) for who in (1, 2)]
        reminder = scene.row(1, "Still there?", kind="survey_reminder", proactive=True)
        async with sqlite_database.write() as tx:
            await put_consents(tx, [1, 2])
            await ban_customer(tx, 1, "Threatened staff", None, NOW)
        await scene.settle(*letters, reminder, scene.row(1, "Your case is decided"))
        sent = sorted((params["chat_id"], params["text"]) for params in stub.of("sendMessage"))
        assert sent == [(1, "Your case is decided"), (2, "news")]
        assert await scene.recipient(1) == ("skipped", "not_served")
    async with sqlite_database.read() as tx:
        assert set(await tx.scalars(select(holds.c.reason))) == {"not_served"}
