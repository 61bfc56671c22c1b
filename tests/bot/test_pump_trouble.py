"""The pump in trouble: refusals, floods, broken connections, kills and locked stores; nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from bot.pump import Pump
from domain.messages import Act, Media, MediaKind, Message, OnUnknown
from store import leases
from store.database import Database
from store.tables import customers, recipients
from tests.bot.pump_scene import PumpScene
from tests.bot.telegram_stub import cut, refuse, telegram_stub


@pytest.fixture
async def scene(sqlite_database: Database) -> AsyncIterator[PumpScene]:
    """A store with customers, and a server."""
    async with telegram_stub() as stub:
        made = PumpScene(sqlite_database, stub)
        await made.prepare()
        yield made


def _point_to(pump: Pump, old: str, new: str) -> None:
    bot = pump._deliverer._api._bot
    bot._base_url = bot._base_url.replace(old, new)


@pytest.mark.parametrize(
    ("code", "text", "state", "reach", "ledger"),
    [
        (403, "Forbidden: bot was blocked by the user", "failed", "blocked", ("failed", "blocked")),
        (403, "Forbidden: user is deactivated", "failed", "deactivated", ("failed", "deactivated")),
        (400, "Bad Request: chat not found", "failed", "reachable", ("failed", "chat_not_found")),
        (400, "Bad Request: VOICE_MESSAGES_FORBIDDEN", "skipped", "reachable", ("skipped", "privacy")),
    ],
)
async def test_refusal_is_recorded_everywhere_and_not_tried_again(
    scene: PumpScene, code: int, text: str, state: str, reach: str, ledger: tuple[str, str]
) -> None:
    """Timeline, ledger and reachability agree on what Telegram said."""
    scene.fails(9, refuse(code, text))
    await scene.settle(scene.bulk(1))
    (contact,) = await scene.contacts(1)
    assert contact.state.value == state
    assert contact.reason is not None
    assert text in contact.reason
    assert (await scene.reach(1), await scene.recipient(1)) == (reach, ledger)
    assert len(scene.stub.asked) == 1


async def test_broken_newsletter_is_stopped_within_five_calls(scene: PumpScene) -> None:
    """A content error would meet everybody: no more than a handful may get to see it."""
    scene.fails(99, lambda _: refuse(400, "Bad Request: can't parse entities: unclosed start tag"))
    await scene.settle(*(scene.bulk(customer) for customer in range(1, 10)))
    assert 1 <= len(scene.stub.asked) <= 5
    assert scene.broken[0] == (5, "Bad Request: can't parse entities: unclosed start tag")
    assert await scene.left() == 0


async def test_unknown_fate_follows_the_policy(scene: PumpScene) -> None:
    """Never twice is left unknown, never miss goes again, and staff are asked about theirs."""
    for policy, calls, states in (
        (OnUnknown.NEVER_TWICE, 1, ["unknown"]),
        (OnUnknown.NEVER_MISS, 2, ["unknown", "sent"]),
        (OnUnknown.ASK_STAFF, 1, ["unknown"]),
    ):
        scene.fails(1, cut)
        scene.stub.asked.clear()
        customer = calls + 4 * (policy is OnUnknown.ASK_STAFF)
        await scene.settle(scene.row(customer, on_unknown=policy))
        assert len(scene.stub.of("sendMessage")) == calls, policy
        assert await scene.states(customer) == states
    assert len(scene.asked) == await scene.left() == 1


async def test_message_of_unknown_fate_is_not_sent_for_ever(scene: PumpScene) -> None:
    """A message that breaks the server each time is given up after a few tries, as unknown."""
    scene.fails(99, cut)
    await scene.settle(scene.row(1))
    assert len(scene.stub.of("sendMessage")) == 4
    assert await scene.left() == 0


async def test_what_a_killed_process_had_on_its_way_is_found(scene: PumpScene) -> None:
    """A kill between intent and result leaves unknown: the newsletter is not repeated, the reply is."""
    await scene.claimed_by_dead(scene.row(1), scene.bulk(2))
    async with scene.pump() as pump:
        await scene.until(pump.is_idle)
    assert [params["chat_id"] for params in scene.stub.of("sendMessage")] == [1]
    assert await scene.states(2) == ["unknown"]
    assert await scene.recipient(2) == ("unknown", "interrupted")


async def test_kill_in_the_middle_leaves_no_more_unknown_than_was_on_its_way(scene: PumpScene) -> None:
    """Intents are written for what goes now, not for all that waits."""
    never = asyncio.Event()

    async def silent(_: object) -> bool:
        await never.wait()
        return True

    scene.stub.answers["sendMessage"] = silent
    await scene.put(*(scene.row(customer, on_unknown=OnUnknown.NEVER_TWICE) for customer in range(1, 10)))
    with contextlib.suppress(KeyError):
        async with scene.pump(at_once=3):
            await scene.until(lambda: len(scene.stub.asked) == 3)
            raise KeyError("killed")
    never.set()
    del scene.stub.answers["sendMessage"]
    async with scene.pump() as pump:
        await scene.until(pump.is_idle)
    states = [state for customer in range(1, 10) for state in await scene.states(customer)]
    assert sorted(states) == ["sent"] * 6 + ["unknown"] * 3


async def test_flood_is_obeyed_by_everything_and_costs_no_attempt(scene: PumpScene) -> None:
    """Inside the halt there is no call; afterwards the same recipient is first, and nobody gets it twice."""
    scene.fails(1, refuse(429, "Too Many Requests: retry after 1", retry_after=1))
    await scene.put(scene.row(1))
    async with scene.pump() as pump:
        await scene.until(lambda: len(scene.stub.asked) == 1)
        await scene.put(
            *(scene.row(customer) for customer in range(2, 6)), scene.row(6, act=Act.TOAST, callback_id="c")
        )
        pump.wake()
        await scene.until(pump.is_idle)
    first, *later = scene.stub.asked
    assert min(one.at for one in later) - first.at >= 1
    assert next(one.params["chat_id"] for one in later if one.method == "sendMessage") == 1
    assert len(later) == 6
    assert await scene.states(1) == ["sent"]


async def test_no_network_is_told_once_and_nothing_is_lost(scene: PumpScene, unused_tcp_port: int) -> None:
    """Messages wait in the outbox; one sentence when it begins, one when it is over."""
    url, scene.stub.url = scene.stub.url, f"http://127.0.0.1:{unused_tcp_port}"
    await scene.put(*(scene.bulk(customer) for customer in range(1, 4)))
    async with scene.pump() as pump:
        await scene.until(lambda: bool(scene.said))
        _point_to(pump, scene.stub.url, url)
        await scene.until(pump.is_idle)
    assert len(scene.said) == 2
    assert "cannot be reached" in scene.said[0]
    assert [await scene.states(customer) for customer in range(1, 4)] == [["sent"]] * 3


async def test_wrong_token_stops_all_sending_until_it_is_right(scene: PumpScene) -> None:
    """401: people are told, no message is risked or lost, and a harmless call finds out when it is over."""

    def until_asked_thrice(params: dict[str, Any]) -> Any:
        right = len(scene.stub.of("getMe")) >= 3
        return scene.stub.message(params) if right else refuse(401, "Unauthorized")

    scene.stub.answers["getMe"] = scene.stub.answers["sendMessage"] = until_asked_thrice
    await scene.settle(scene.row(1), scene.row(2))
    assert "telegram.token" in scene.said[0]
    assert len(scene.stub.of("sendMessage")) == 4
    assert await scene.states(1) == await scene.states(2) == ["sent"]


async def test_outcome_waits_for_a_store_that_is_locked(scene: PumpScene) -> None:
    """What was sent is recorded as soon as the store can, and not sent again."""
    path = scene.database.url.database
    assert path is not None
    async with scene.database.engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA busy_timeout=10")
    answered = asyncio.Event()

    async def slow(params: dict[str, Any]) -> Any:
        await answered.wait()
        return scene.stub.message(params)

    scene.stub.answers["sendMessage"] = slow
    await scene.put(scene.row(1), scene.row(2))
    async with scene.pump() as pump:
        await scene.until(lambda: len(scene.stub.asked) == 2)
        other = sqlite3.connect(path, isolation_level=None, timeout=0)
        await scene.until(lambda: _locks(other))
        answered.set()
        await scene.until(lambda: bool(scene.said))
        other.execute("ROLLBACK")
        other.close()
        await scene.until(pump.is_idle)
    assert len(scene.stub.asked) == 2
    assert await scene.states(1) == await scene.states(2) == ["sent"]
    assert "locked" in scene.said[0]


def _locks(connection: sqlite3.Connection) -> bool:
    """Take the store for oneself, unless somebody is writing just now."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    return True


async def test_file_that_telegram_does_not_know_any_more_is_uploaded_again(scene: PumpScene, tmp_path: Path) -> None:
    """An id that has become wrong is not the message's fault."""
    picture = tmp_path / "autumn.png"
    picture.write_bytes(bytes(100))
    wrong = refuse(400, "Bad Request: wrong file identifier/HTTP URL specified")

    def answer(params: dict[str, Any]) -> Any:
        if params["photo"] == "old":
            return wrong
        return {**scene.stub.message(params), "photo": [{"file_id": "new" if len(scene.stub.asked) > 1 else "old"}]}

    scene.stub.answers["sendPhoto"] = answer
    message = Message(media=(Media(MediaKind.PHOTO, path=str(picture)),))
    await scene.settle(scene.row(1, message=message), scene.row(1, message=message))
    assert await scene.states(1) == ["sent", "sent"]
    assert [params["photo"] for params in scene.stub.of("sendPhoto")] == [bytes(100), "old", bytes(100)]


async def test_group_that_became_a_supergroup_gets_its_messages_there(scene: PumpScene) -> None:
    """What waits for the old group goes to the new one, once."""

    def moved(params: dict[str, Any]) -> Any:
        if params["chat_id"] == -5:
            return refuse(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1005)
        return scene.stub.message(params)

    scene.stub.answers["sendMessage"] = moved
    staff = {"chat_id": -5, "kind": "staff", "customer_id": None}
    await scene.settle(scene.row(1, "a", **staff), scene.row(1, "b", **staff))
    assert [(p["chat_id"], p["text"]) for p in scene.stub.of("sendMessage")] == [(-5, "a"), (-1005, "a"), (-1005, "b")]


async def test_customer_who_was_erased_meanwhile_blocks_nobody(scene: PumpScene) -> None:
    """An outcome that the store cannot take any more is dropped; the others of its group are recorded."""
    answered = asyncio.Event()

    async def slow(params: dict[str, Any]) -> Any:
        await answered.wait()
        return scene.stub.message(params)

    scene.stub.answers["sendMessage"] = slow
    await scene.put(scene.row(1), scene.row(2))
    async with scene.pump() as pump:
        await scene.until(lambda: len(scene.stub.asked) == 2)
        async with scene.database.write() as tx:
            await tx.execute(delete(recipients).where(recipients.c.customer_id == 1))
            await tx.execute(delete(customers).where(customers.c.id == 1))
        answered.set()
        await scene.until(pump.is_idle)
    assert await scene.states(2) == ["sent"]
    assert await scene.left() == 0


async def test_acts_that_fail_for_ever_vanish_quietly(scene: PumpScene) -> None:
    """A tap too old to answer and a message already gone are no trouble."""
    scene.stub.answers["answerCallbackQuery"] = lambda _: refuse(400, "Bad Request: query is too old")
    scene.stub.answers["editMessageReplyMarkup"] = lambda _: refuse(400, "Bad Request: message to edit not found")
    toast = scene.row(1, act=Act.TOAST, callback_id="c", kind="toast")
    await scene.settle(toast, scene.row(1, act=Act.CLEAR, message_id=4, kind="clear"))
    assert (await scene.left(), await scene.contacts(1)) == (0, [])


async def test_stop_finishes_what_is_on_its_way_and_begins_nothing(scene: PumpScene) -> None:
    """An orderly end leaves no unknown."""
    answered = asyncio.Event()

    async def slow(params: dict[str, Any]) -> Any:
        await answered.wait()
        return scene.stub.message(params)

    scene.stub.answers["sendMessage"] = slow
    await scene.put(scene.row(1), scene.row(1))
    async with scene.pump() as pump:
        await scene.until(lambda: len(scene.stub.asked) == 1)
        await pump.stop()
        answered.set()
    assert await scene.states(1) == ["sent"]
    assert await scene.left() == 1


async def test_second_process_stands_by_until_the_first_ends(scene: PumpScene) -> None:
    """Two processes on one store never send the same message."""
    lease = await leases.take(scene.database, "pump")
    assert lease is not None
    await scene.put(scene.row(1))
    async with scene.pump() as pump:
        await scene.until(lambda: bool(scene.said))
        assert scene.stub.asked == []
        await lease.release()
        await scene.until(pump.is_idle)
    assert "stands by" in scene.said[0]
    assert len(scene.stub.asked) == 1


async def test_row_that_cannot_be_said_at_all_is_an_outcome(scene: PumpScene) -> None:
    """A mistake of ours in one row is logged and recorded, and the rest goes on."""
    broken = dataclasses.replace(scene.row(1), message=Message(media=(Media(MediaKind.PHOTO, path="\0"),)))
    await scene.settle(broken, scene.row(2))
    assert (await scene.states(1), await scene.states(2)) == (["failed"], ["sent"])
