"""The queue of updates as Telegram keeps it, and every kind of update as both libraries read it."""

import asyncio
import json

import pytest
from aiohttp import ClientSession
from telegram import Bot as PtbBot
from telegram import Update

from bot.playground import Group, Person, PlayFile, Playground
from bot.playground.chats import Standing
from tests.playground.conftest import png
from tests.playground.honesty import check_requests, check_update

ALL = [
    "message",
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member",
    "chat_member",
    "poll",
    "poll_answer",
]


async def taken(playground: Playground, offset: int | None = None, **more: object) -> list[dict[str, object]]:
    """Return what getUpdates gives now."""
    answer = await playground.call("getUpdates", {"offset": offset, **more})
    result = answer["result"]
    assert isinstance(result, list)
    return result


async def test_an_update_is_offered_again_until_a_higher_offset_confirms_it(
    playground: Playground, ann: Person
) -> None:
    """At least once, and idle only when the bot has said that it has them."""
    ann.sends("one")
    ann.sends("two")
    first = await taken(playground)
    again = await taken(playground)
    assert first == again
    assert len(first) == 2
    assert not playground.idle
    number = first[0]["update_id"]
    assert isinstance(number, int)
    assert [u["update_id"] for u in await taken(playground, number + 1)] == [number + 1]
    assert await taken(playground, number + 2) == []
    assert playground.idle


async def test_a_negative_offset_keeps_the_newest_and_a_limit_bounds_the_batch(
    playground: Playground, ann: Person
) -> None:
    """-1 gives the last update and forgets the earlier ones."""
    for word in "abc":
        ann.sends(word)
    assert len(await taken(playground, limit=2)) == 2
    last = await taken(playground, -1)
    assert [u["message"]["text"] for u in last] == ["c"]  # type: ignore[index]  # JSON read back
    assert len(playground.updates.pending) == 1


async def test_a_long_poll_wakes_when_somebody_writes(playground: Playground, ann: Person, ptb: PtbBot) -> None:
    """The answer comes at once, not when the time is over."""
    poll = asyncio.create_task(ptb.get_updates(timeout=30))
    while playground.updates._poll is None:
        await asyncio.sleep(0)
    ann.sends("now")
    (update,) = await poll
    assert update.message is not None
    assert update.message.text == "now"


async def test_a_second_poller_ends_the_first_with_409(playground: Playground) -> None:
    """Two instances with one token cannot both go on unnoticed."""
    first = asyncio.create_task(playground.call("getUpdates", {"timeout": 30}))
    while playground.updates._poll is None:
        await asyncio.sleep(0)
    second = asyncio.create_task(playground.call("getUpdates", {"timeout": 30}))
    answer = await first
    assert answer["error_code"] == 409
    assert "terminated by other getUpdates request" in answer["description"]
    third = asyncio.create_task(playground.call("setWebhook", {"url": "http://127.0.0.1:1/x"}))
    assert (await second)["error_code"] == 409
    assert (await third)["ok"]


async def test_the_poll_of_a_killed_bot_is_ended_without_counting_as_an_error(playground: Playground) -> None:
    """Its connection is gone; the restarted bot polls on as if alone."""
    url = f"{playground.url}/bot{playground.token}/getUpdates"
    async with ClientSession() as session:
        killed = asyncio.create_task(session.get(url, params={"timeout": "30"}))
        while playground.updates._poll is None:
            await asyncio.sleep(0.001)
        killed.cancel()
        await asyncio.gather(killed, return_exceptions=True)
    while playground._server.connections_open:
        await asyncio.sleep(0.001)
    answer = await playground.call("getUpdates")
    assert answer == {"ok": True, "result": []}
    await asyncio.sleep(0)
    assert playground.counts.errors == 0
    assert [request.status for request in playground.requests] == [200]


async def test_polling_while_a_webhook_is_set_is_409(playground: Playground) -> None:
    """The words tell what to do."""
    await playground.call("setWebhook", {"url": "http://127.0.0.1:1/x"})
    answer = await playground.call("getUpdates")
    assert answer["error_code"] == 409
    assert "webhook is active" in answer["description"]
    await playground.call("deleteWebhook")
    assert (await playground.call("getUpdates"))["ok"]


async def test_only_the_kinds_that_were_asked_for_are_queued(playground: Playground, ann: Person) -> None:
    """Reactions only on request; the list is remembered; an empty list is the default set."""
    message = ann.sends("hello")
    ann.reacts(message, "👍")
    assert playground.updates.made == 1
    await taken(playground, allowed_updates=json.dumps(["message_reaction"]))
    ann.reacts(message, None)
    ann.sends("not asked for")
    assert playground.updates.made == 2
    await taken(playground, allowed_updates=[])
    ann.sends("asked for again")
    assert playground.updates.made == 3


async def test_pending_updates_can_be_dropped(playground: Playground, ann: Person) -> None:
    """deleteWebhook with drop_pending_updates forgets them."""
    ann.sends("lost")
    assert (await playground.call("deleteWebhook", {"drop_pending_updates": True}))["ok"]
    assert playground.idle


async def test_each_update_comes_twice_under_one_id_when_asked(playground: Playground, ann: Person) -> None:
    """The second time comes after the first was confirmed; then it is done."""
    playground.faults.double_updates = True
    ann.sends("twice")
    (first,) = await taken(playground)
    number = first["update_id"]
    assert isinstance(number, int)
    assert await taken(playground, number + 1) == [first]
    assert await taken(playground, number + 1) == []
    assert playground.idle


async def test_an_unanswered_tap_comes_again_as_a_new_update(playground: Playground, ann: Person) -> None:
    """The same callback query under another update id."""
    playground.faults.double_taps = True
    keys = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    await playground.call("sendMessage", {"chat_id": ann.id, "text": "?", "reply_markup": keys})
    ann.taps("Go")
    one, other = await taken(playground)
    assert one["callback_query"] == other["callback_query"]
    assert one["update_id"] != other["update_id"]


async def test_update_ids_may_start_lower_again(playground: Playground, ann: Person) -> None:
    """As after a week of silence: a bot that compares ids would lose these."""
    ann.sends("before")
    (before,) = await taken(playground)
    await taken(playground, int(str(before["update_id"])) + 1)
    playground.restart_update_ids(5)
    ann.sends("after")
    (after,) = await taken(playground, int(str(before["update_id"])) + 1)
    assert after["update_id"] == 5


async def test_a_poisoned_update_breaks_ptbs_batch_and_can_still_be_confirmed(
    playground: Playground, ptb: PtbBot, ann: Person
) -> None:
    """PTB's typed getUpdates fails on it; read raw it is one row of JSON like the others."""
    number = playground.poison_update()
    ann.sends("behind it")
    with pytest.raises((TypeError, ValueError, AttributeError, KeyError)):
        await ptb.get_updates()
    raw = await taken(playground)
    assert raw[0]["update_id"] == number
    assert len(await taken(playground, number + 1)) == 1
    with pytest.raises(AssertionError, match="does not parse"):
        check_requests(playground.requests)
    check_requests(playground.requests, unreadable_updates=True)
    playground.requests.clear()


async def test_both_libraries_read_every_kind_of_update(
    playground: Playground, ptb: PtbBot, ann: Person, olga: Person, staff: Group
) -> None:
    """Messages of all kinds, albums, edits, taps, reactions, blocks, members, topics, polls, an upgraded group."""
    await taken(playground, allowed_updates=ALL)
    keys = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    await playground.call("sendMessage", {"chat_id": ann.id, "text": "?", "reply_markup": keys})
    poll = {"chat_id": ann.id, "question": "How?", "options": ["Well", "Badly"], "is_anonymous": False}
    await playground.call("sendPoll", poll)
    vote = playground.chat_of(ann).messages[-1]
    said = ann.sends("/start x https://example.com @ann_ek #tag")
    ann.edits(said, "better")
    ann.reacts(said, "🔥")
    ann.taps("Go")
    ann.votes(vote, [1])
    for kind in ("photo", "document", "voice", "video", "video_note", "audio", "animation", "sticker"):
        ann.sends_media(
            kind, [PlayFile(f"a.{kind}", png(400, 300))], caption="" if kind in ("sticker", "video_note") else "Words"
        )
    album = ann.sends_media("photo", [PlayFile("a.png", png()), PlayFile("b.png", png(3, 3))], caption="It was wet")
    assert len({m.data["media_group_id"] for m in album}) == 1
    ann.sends_contact()
    ann.sends_location(60.1, 24.9)
    ann.sends("an answer", reply_to=said)
    ann.blocks()
    ann.unblocks()
    topic = staff.opens_topic("By hand", olga)
    olga.sends("in it", thread=topic.message_thread_id, chat=staff)
    staff.renames_topic(topic.message_thread_id, "Renamed")
    staff.closes_topic(topic.message_thread_id)
    staff.reopens_topic(topic.message_thread_id)
    staff.adds(ann)
    staff.promotes(ann)
    staff.removes(ann)
    plain = playground.add_group("Plain", forum=False, members=[olga])
    plain.upgrades()
    staff.says_anonymously("who am I")
    staff.sets_bot(Standing.MEMBER)
    staff.kicks_bot()
    kinds = [check_update(offered.text).event_type for offered in playground.updates.pending]
    assert set(kinds) == set(ALL)
    readable = [Update.de_json(json.loads(offered.text), ptb) for offered in playground.updates.pending]
    assert all(update.effective_user or update.poll for update in readable)
    messages = [update.message for update in readable if update.message is not None]
    assert any(message.forum_topic_closed for message in messages)
    assert any(message.migrate_to_chat_id for message in messages)
    assert any(message.migrate_from_chat_id for message in messages)
    assert any(message.sender_chat for message in messages)
    in_topic = next(message for message in messages if message.text == "in it")
    assert in_topic.is_topic_message
    assert in_topic.reply_to_message is not None
    assert in_topic.reply_to_message.forum_topic_created is not None
    assert len(await ptb.get_updates()) == len(readable)


async def test_without_being_administrator_the_bot_sees_only_what_is_meant_for_it(
    playground: Playground, olga: Person, staff: Group
) -> None:
    """Telegram's privacy mode: commands, answers to the bot, its name; nothing after it left."""
    staff.sets_bot(Standing.MEMBER)
    made = playground.updates.made
    olga.sends("just talk", chat=staff)
    assert playground.updates.made == made
    olga.sends("/report", chat=staff)
    olga.sends("ask @vuoro_demo_bot", chat=staff)
    assert playground.updates.made == made + 2
    staff.sets_bot(Standing.LEFT)
    olga.sends("/report", chat=staff)
    assert playground.updates.made == made + 3
