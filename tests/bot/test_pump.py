"""The pump: each message once, in order, recorded with its outcome, whatever happens on the way."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import delete, insert, select

from bot.pacing import Pace
from domain.messages import Act, Button, Lane, Media, MediaKind, Message, OnUnknown
from store import leases
from store.database import Database
from store.tables import consents, customers, holds, recipients, staff_messages
from tests.bot.pump_scene import NOW, PumpScene
from tests.bot.telegram_stub import refuse, telegram_stub


@pytest.fixture
async def scene(sqlite_database: Database) -> AsyncIterator[PumpScene]:
    """A store with customers, and a server."""
    async with telegram_stub() as stub:
        made = PumpScene(sqlite_database, stub)
        await made.prepare()
        yield made


def fails(scene: PumpScene, times: int, answer: Any, method: str = "sendMessage") -> None:
    """Let the next calls fail, and later ones succeed."""
    left = [times]

    def reply(params: dict[str, Any]) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            return answer(params) if callable(answer) else answer
        return scene.stub.message(params)

    scene.stub.answers[method] = reply


def cut(_: object) -> web.Response:
    """Answer with what leaves the fate unknown."""
    return web.Response(status=502, text="<html>")


async def test_message_goes_out_and_onto_the_timeline(database: Database) -> None:
    """One row becomes one call and one contact with its message id, on both databases."""
    async with telegram_stub() as stub:
        scene = PumpScene(database, stub)
        await scene.prepare()
        await scene.settle(scene.row(1, message=Message("<b>Hi</b> &amp; bye", html=True)), scene.bulk(2))
        (contact,) = await scene.contacts(1)
        assert (contact.text, contact.state.value, contact.message_id) == ("Hi & bye", "sent", 101)
        assert await scene.recipient(2) == ("sent", "")
        assert await scene.left() == 0


async def test_what_is_said_in_a_chat_keeps_its_order(scene: PumpScene) -> None:
    """One message of a chat is on its way at a time, also when one has to go again."""
    fails(scene, 2, cut)
    await scene.settle(*(scene.row(1, str(number)) for number in range(5)))
    assert [params["text"] for params in scene.stub.of("sendMessage")] == [0, 0, 0, 1, 2, 3, 4]


async def test_reply_overtakes_what_waits(scene: PumpScene) -> None:
    """A newsletter to many never stands before an answer."""
    await scene.put(*(scene.bulk(customer, newsletter_id=None) for customer in range(1, 9)))
    async with scene.pump(Pace(per_second=4)) as pump:
        await scene.until(lambda: len(scene.stub.asked) == 1)
        await scene.put(scene.row(9, "answer"))
        pump.wake()
        before = len(scene.stub.asked)
        await scene.until(lambda: scene.stub.asked[-1].params["text"] == "answer")
    assert len(scene.stub.asked) <= before + 2


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
    fails(scene, 9, refuse(code, text))
    await scene.settle(scene.bulk(1))
    (contact,) = await scene.contacts(1)
    assert contact.state.value == state
    assert contact.reason is not None
    assert text in contact.reason
    assert (await scene.reach(1), await scene.recipient(1)) == (reach, ledger)
    assert len(scene.stub.asked) == 1


async def test_broken_newsletter_is_stopped_within_five_calls(scene: PumpScene) -> None:
    """A content error would meet everybody: no more than a handful may get to see it."""
    fails(scene, 99, lambda _: refuse(400, "Bad Request: can't parse entities: unclosed start tag"))
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
        fails(scene, 1, cut)
        scene.stub.asked.clear()
        customer = calls + 4 * (policy is OnUnknown.ASK_STAFF)
        await scene.settle(scene.row(customer, on_unknown=policy))
        assert len(scene.stub.of("sendMessage")) == calls, policy
        assert await scene.states(customer) == states
    assert len(scene.asked) == await scene.left() == 1


async def test_message_of_unknown_fate_is_not_sent_for_ever(scene: PumpScene) -> None:
    """A message that breaks the server each time is given up after a few tries, as unknown."""
    fails(scene, 99, cut)
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
    assert await scene.recipient(2) == ("unknown", "no_answer")


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
    fails(scene, 1, refuse(429, "Too Many Requests: retry after 1", retry_after=1))
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
        pump._api._bot._base_url = pump._api._bot._base_url.replace(scene.stub.url, url)
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
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answered.set()
        await scene.until(lambda: bool(scene.said))
        other.execute("ROLLBACK")
        other.close()
        await scene.until(pump.is_idle)
    assert len(scene.stub.asked) == 2
    assert await scene.states(1) == await scene.states(2) == ["sent"]
    assert "locked" in scene.said[0]


async def test_permission_is_asked_once_more_right_before_the_call(scene: PumpScene) -> None:
    """Between plan and moment she may have taken back her consent; the reason is kept everywhere."""
    async with scene.database.write() as tx:
        agreed = {"purpose": "marketing", "text_version": "1", "source": "test", "at": NOW, "current": True}
        await tx.execute(insert(consents).values(id=1, customer_id=2, given=True, **agreed))
    await scene.settle(scene.bulk(1, proactive=True), scene.bulk(2, proactive=True), scene.bulk(3))
    assert [params["chat_id"] for params in scene.stub.of("sendMessage")] == [2, 3]
    assert await scene.recipient(1) == ("skipped", "no_consent")
    assert await scene.states(1) == ["skipped"]
    async with scene.database.read() as tx:
        assert (await tx.execute(select(holds.c.reason))).scalars().all() == ["no_consent"]


async def test_quiet_hours_only_put_off(scene: PumpScene) -> None:
    """A hold that passes leaves the message waiting until it ends."""
    scene.clock.at = NOW.replace(hour=22)
    await scene.put(*(scene.row(customer, proactive=True, kind="survey_reminder") for customer in range(1, 10)))
    async with scene.pump() as pump:
        await scene.until(pump.is_idle)
        assert scene.stub.asked == []
        scene.clock.at = NOW + dt.timedelta(days=1)
        pump.wake()
        await scene.until(pump.is_idle)
    assert len(scene.stub.asked) == 9


async def test_file_is_uploaded_once_however_many_get_it(scene: PumpScene, tmp_path: Path) -> None:
    """The first copy carries the bytes, all others the id, also after a restart."""
    picture = tmp_path / "autumn.png"
    picture.write_bytes(b"\x89PNG" + bytes(100))

    def answer(params: dict[str, Any]) -> Any:
        return {**scene.stub.message(params), "photo": [{"file_id": "small"}, {"file_id": "large"}]}

    scene.stub.answers["sendPhoto"] = answer
    message = Message("news", media=(Media(MediaKind.PHOTO, path=str(picture)),))
    await scene.settle(*(scene.bulk(customer, message=message) for customer in range(1, 6)))
    await scene.settle(scene.row(6, message=message))
    sent = [params["photo"] for params in scene.stub.of("sendPhoto")]
    assert sent == [picture.read_bytes()] + ["large"] * 5


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


async def test_file_that_is_gone_is_an_outcome(scene: PumpScene) -> None:
    """A picture that somebody deleted stops its own message, not the pump."""
    message = Message(media=(Media(MediaKind.PHOTO, path="/nowhere/gone.png"),))
    await scene.settle(scene.row(1, message=message), scene.row(2))
    assert (await scene.states(1), await scene.states(2)) == (["failed"], ["sent"])


async def test_second_half_of_a_message_goes_again_without_the_first(scene: PumpScene) -> None:
    """An album with buttons is two messages; when the text fails, the album is not repeated."""
    photo = Media(MediaKind.PHOTO, "p")
    scene.stub.answers["sendMediaGroup"] = lambda params: [scene.stub.message(params), scene.stub.message(params)]
    fails(scene, 1, cut)
    message = Message("Look", keyboard=((Button("Yes", "q"),),), media=(photo, photo))
    await scene.settle(scene.row(1, message=message))
    assert len(scene.stub.of("sendMediaGroup")) == 1
    assert len(scene.stub.of("sendMessage")) == 2
    album, *_, text = await scene.contacts(1)
    assert (album.message_ids, album.text) == ((101, 102), "")
    assert (text.text, text.state.value, text.media) == ("Look", "sent", ())


async def test_staff_messages_are_kept_for_answers_and_are_no_contacts(scene: PumpScene) -> None:
    """What staff are told does not belong on her timeline, but an answer to it must find its way."""
    await scene.settle(scene.row(1, chat_id=-5, kind="staff", ref="sending:3", lane=Lane.STAFF))
    assert await scene.contacts(1) == []
    async with scene.database.read() as tx:
        assert (await tx.execute(select(staff_messages.c.chat_id, staff_messages.c.ref))).all() == [(-5, "sending:3")]


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


async def test_edit_of_a_picture_edits_its_caption(scene: PumpScene) -> None:
    """Who asks for an edit need not know whether the message was a file."""
    no_text = refuse(400, "Bad Request: there is no text in the message to edit")
    scene.stub.answers["editMessageText"] = lambda _: no_text
    await scene.settle(scene.row(1, act=Act.EDIT, message_id=4, kind="edit", message=Message("new")))
    assert scene.stub.of("editMessageCaption") == [{"chat_id": 1, "message_id": 4, "caption": "new"}]


async def test_server_never_sees_more_than_the_limit_in_a_second(scene: PumpScene) -> None:
    """Measured at the server, with answers that take their time."""

    async def slow(params: dict[str, Any]) -> Any:
        await asyncio.sleep(0.03 * (params["chat_id"] % 3))
        return scene.stub.message(params)

    scene.stub.answers["sendMessage"] = slow
    await scene.settle(
        *(scene.bulk(customer, newsletter_id=None) for customer in list(range(1, 10)) * 8),
        pace=Pace(chat_interval=None),
    )
    times = [one.at for one in scene.stub.asked]
    assert len(times) == 72
    assert max(sum(1 for at in times if start <= at < start + 1) for start in times) <= 30
    assert times[-1] - times[0] < 4


async def test_busy_staff_group_delays_no_customer(scene: PumpScene) -> None:
    """Forty messages for the group take two minutes; a reply put in after them goes at once."""
    staff = {"chat_id": -5, "kind": "staff", "customer_id": None, "lane": Lane.STAFF}
    await scene.put(*(scene.row(1, str(number), **staff) for number in range(40)))
    async with scene.pump(Pace()) as pump:
        await scene.until(lambda: len(scene.stub.asked) == 2)
        await scene.put(*(scene.row(customer, lane=Lane.BULK) for customer in range(1, 9)))
        pump.wake()

        async def all_sent() -> bool:
            return [await scene.states(customer) for customer in range(1, 9)] == [["sent"]] * 8

        await scene.until(all_sent, seconds=2)
    assert len([one for one in scene.stub.asked if one.params["chat_id"] == -5]) <= 4


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
