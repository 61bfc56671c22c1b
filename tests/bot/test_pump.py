"""The pump: each message once, in order, recorded with its outcome, whatever happens on the way."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.pacing import Pace
from domain.messages import Act, Button, Lane, Media, MediaKind, Message
from store import leases
from store.database import Database
from store.tables import consents, holds, staff_messages
from tests.bot.pump_scene import NOW, PumpScene
from tests.bot.telegram_stub import cut, refuse, telegram_stub


@pytest.fixture
async def scene(sqlite_database: Database) -> AsyncIterator[PumpScene]:
    """A store with customers, and a server."""
    async with telegram_stub() as stub:
        made = PumpScene(sqlite_database, stub)
        await made.prepare()
        yield made


async def test_message_goes_out_and_onto_the_timeline(database: Database) -> None:
    """One row becomes one call and one contact with its message id, on both databases."""
    async with telegram_stub() as stub:
        scene = PumpScene(database, stub)
        await scene.prepare()
        await scene.settle(scene.row(1, message=Message("<b>Hi</b> &amp; bye", html=True)))
        await scene.settle(scene.bulk(2))  # afterwards: chats do not wait for each other, and the server counts on
        assert [params["chat_id"] for params in scene.stub.of("sendMessage")] == [1, 2]
        (contact,) = await scene.contacts(1)
        assert (contact.text, contact.state.value, contact.message_id) == ("Hi & bye", "sent", 101)
        assert await scene.recipient(2) == ("sent", "")
        assert await scene.left() == 0


async def test_what_is_said_in_a_chat_keeps_its_order(scene: PumpScene) -> None:
    """One message of a chat is on its way at a time, also when one has to go again."""
    scene.fails(2, cut)
    await scene.settle(*(scene.row(1, str(number)) for number in range(5)))
    assert [params["text"] for params in scene.stub.of("sendMessage")] == [0, 0, 0, 1, 2, 3, 4]


async def test_messages_of_a_chat_follow_each_other_at_once(scene: PumpScene) -> None:
    """The next message of a chat does not wait for the pump's round, only for the one before it."""
    await scene.put(*(scene.row(1, str(number)) for number in range(12)))
    async with scene.pump(poll=60.0) as pump:
        await scene.until(pump.is_idle)
    assert len(scene.stub.of("sendMessage")) == 12


async def test_reply_overtakes_what_waits(scene: PumpScene) -> None:
    """A newsletter to many never stands before an answer."""
    await scene.put(*(scene.bulk(customer, newsletter_id=None) for customer in range(1, 9)))
    async with scene.pump(Pace(per_second=4)) as pump:
        await scene.until(lambda: len(scene.stub.asked) >= 1)
        await scene.put(scene.row(9, "answer"))
        pump.wake()
        before = len(scene.stub.asked)
        await scene.until(lambda: "answer" in [one.params["text"] for one in scene.stub.asked])
    assert [one.params["text"] for one in scene.stub.asked].index("answer") <= before + 1


async def test_a_hold_of_a_newsletter_names_the_newsletter_not_its_topic(scene: PumpScene) -> None:
    """Whoever asks when it is tried again finds its row."""
    await scene.settle(scene.bulk(1, proactive=True, ref="topic:offers"))
    async with scene.database.read() as tx:
        assert (await tx.execute(select(holds.c.ref))).scalars().all() == ["newsletter:5"]


async def test_permission_is_asked_once_more_right_before_the_call(scene: PumpScene) -> None:
    """Between plan and moment she may have taken back her consent; the reason is kept everywhere."""
    async with scene.database.write() as tx:
        agreed = {"purpose": "marketing", "text_version": "1", "source": "test", "at": NOW, "current": True}
        await tx.execute(insert(consents).values(id=1, customer_id=2, given=True, **agreed))
    await scene.settle(scene.bulk(1, proactive=True), scene.bulk(2, proactive=True), scene.bulk(3))
    assert sorted(params["chat_id"] for params in scene.stub.of("sendMessage")) == [2, 3]
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


async def test_file_that_is_gone_is_an_outcome(scene: PumpScene) -> None:
    """A picture that somebody deleted stops its own message, not the pump."""
    message = Message(media=(Media(MediaKind.PHOTO, path="/nowhere/gone.png"),))
    await scene.settle(scene.row(1, message=message), scene.row(2))
    assert (await scene.states(1), await scene.states(2)) == (["failed"], ["sent"])


async def test_second_half_of_a_message_goes_again_without_the_first(scene: PumpScene) -> None:
    """An album with buttons is two messages; when the text fails, the album is not repeated."""
    photo = Media(MediaKind.PHOTO, "p")
    scene.stub.answers["sendMediaGroup"] = lambda params: [scene.stub.message(params), scene.stub.message(params)]
    scene.fails(1, cut)
    message = Message("Look", keyboard=((Button("Yes", "q"),),), media=(photo, photo))
    await scene.settle(scene.row(1, message=message))
    assert len(scene.stub.of("sendMediaGroup")) == 1
    assert len(scene.stub.of("sendMessage")) == 2
    album, *_, text = await scene.contacts(1)
    assert (album.message_ids, album.text) == ((101, 102), "")
    assert (text.text, text.state.value, text.media) == ("Look", "sent", ())


async def test_what_was_expected_and_came_back_is_read_as_it_is_now(scene: PumpScene) -> None:
    """An album has gone and its text has to wait out a flood: the row that was put in is not sent anew."""
    photo = Media(MediaKind.PHOTO, "p")
    scene.stub.answers["sendMediaGroup"] = lambda params: [scene.stub.message(params)] * 2
    scene.fails(1, refuse(429, "Too Many Requests", retry_after=0))
    row = scene.bulk(1, message=Message("Look", keyboard=((Button("Yes", "q"),),), media=(photo, photo)))
    async with scene.pump() as pump:
        await scene.until(pump.is_idle)
        pump.expect([row])
        await scene.put(row)
        pump.wake()
        await scene.until(pump.is_idle)
    assert (len(scene.stub.of("sendMediaGroup")), len(scene.stub.of("sendMessage"))) == (1, 2)


async def test_what_was_expected_before_another_process_sent_is_read_again(scene: PumpScene) -> None:
    """It may have sent a part of it, or changed it, before this process took over."""
    lease = await leases.take(scene.database, "pump")
    assert lease is not None
    row = scene.bulk(1, "now")
    async with scene.pump() as pump:
        await scene.until(lambda: bool(scene.said))
        pump.expect([replace(row, message=Message("then"))])
        await scene.put(row)
        await lease.release()
        await scene.until(lambda: bool(scene.stub.asked))
        await scene.until(pump.is_idle)
    assert [params["text"] for params in scene.stub.of("sendMessage")] == ["now"]


async def test_staff_messages_are_kept_for_answers_and_are_no_contacts(scene: PumpScene) -> None:
    """What staff are told does not belong on her timeline, but an answer to it must find its way."""
    await scene.settle(scene.row(1, chat_id=-5, kind="staff", ref="sending:3", lane=Lane.STAFF))
    assert await scene.contacts(1) == []
    async with scene.database.read() as tx:
        assert (await tx.execute(select(staff_messages.c.chat_id, staff_messages.c.ref))).all() == [(-5, "sending:3")]


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


async def test_busy_staff_group_delays_no_customer(scene: PumpScene) -> None:
    """Forty messages for the group take two minutes and more; a reply put in after them goes at once."""
    staff = {"chat_id": -5, "kind": "staff", "customer_id": None, "lane": Lane.STAFF}
    await scene.put(*(scene.row(1, str(number), **staff) for number in range(40)))
    async with scene.pump(Pace(group_interval=45.0)) as pump:
        await scene.until(lambda: len(scene.stub.asked) == 1)
        await scene.put(*(scene.row(customer, lane=Lane.BULK) for customer in range(1, 9)))
        pump.wake()

        async def all_sent() -> bool:
            return [await scene.states(customer) for customer in range(1, 9)] == [["sent"]] * 8

        await scene.until(all_sent)
    assert len([one for one in scene.stub.asked if one.params["chat_id"] == -5]) <= 2
