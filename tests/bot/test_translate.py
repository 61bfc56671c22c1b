"""Updates as Telegram sends them, and as nobody should, become values or Unreadable."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.translate import Unreadable, translate
from domain.incoming import Edited, Incoming, Membership, Moved, Place, Reaction, Sender, Service, Tap, Words
from domain.messages import Media, MediaKind

ANN: dict[str, Any] = {
    "id": 7, "is_bot": False, "first_name": "Änn", "last_name": "O'Hara", "username": "ann", "language_code": "fi"
}  # fmt: skip
CHAT: dict[str, Any] = {"id": 7, "type": "private", "first_name": "Änn"}
GROUP: dict[str, Any] = {"id": -100, "type": "supergroup", "title": "Staff", "is_forum": True}
SENDER = Sender(7, "Änn O'Hara", "ann", "fi")
AT = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
DATE = int(AT.timestamp())


def message(**more: Any) -> dict[str, Any]:
    """Make an update with a message of Ann's."""
    return {"update_id": 1, "message": {"message_id": 5, "from": ANN, "chat": CHAT, "date": DATE, **more}}


def words(**more: Any) -> Words:
    """Return what that message says."""
    return Words(1, SENDER, Place(7, True), AT, 5, **more)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"text": "/start abc"}, words(text="/start abc")),
        ({"text": "a\0b"}, words(text="ab")),
        (
            {"photo": [{"file_id": "s", "width": 9, "height": 9}, {"file_id": "l", "width": 90, "height": 90}],
             "caption": "wet", "media_group_id": "44"},
            words(text="wet", media=(Media(MediaKind.PHOTO, "l"),), album="44"),
        ),
        (
            {"document": {"file_id": "d", "file_name": "a.pdf", "file_size": 30_000_000}},
            words(media=(Media(MediaKind.DOCUMENT, "d", name="a.pdf", size=30_000_000),)),
        ),
        (
            {"animation": {"file_id": "g"}, "document": {"file_id": "g2"}},
            words(media=(Media(MediaKind.ANIMATION, "g"),)),
        ),
        ({"voice": {"file_id": "v", "duration": 3}}, words(media=(Media(MediaKind.VOICE, "v"),))),
        ({"contact": {"phone_number": "+358", "user_id": 7}}, words(phone="+358", phone_owner=7)),
        ({"location": {"latitude": 60, "longitude": 24.5}}, words(location=(60.0, 24.5))),
        ({"dice": {"emoji": "🎲", "value": 3}}, words(other="dice")),
        ({"text": "yes", "reply_to_message": {"message_id": 4}}, words(text="yes", reply_to=4)),
    ],
)  # fmt: skip
def test_message_is_read(content: dict[str, Any], expected: Words) -> None:
    """Each kind of content that a customer sends arrives whole."""
    assert translate(message(**content)) == expected


def test_message_in_a_topic_knows_its_topic_and_answers_nobody() -> None:
    """In a topic every message formally replies to the notice that opened it."""
    update = message(
        text="hi", chat=GROUP, message_thread_id=3, is_topic_message=True,
        reply_to_message={"message_id": 3, "forum_topic_created": {"name": "Ann"}},
    )  # fmt: skip
    assert translate(update) == Words(1, SENDER, Place(-100, False, 3, "Staff"), AT, 5, text="hi")
    update["message"]["reply_to_message"]["from"] = {"id": 99, "is_bot": True}
    assert translate(update) == Words(1, SENDER, Place(-100, False, 3, "Staff"), AT, 5, text="hi", topic_by=99)


def test_anonymous_admins_and_channels_are_no_persons() -> None:
    """All anonymous admins share one id; none of them is anybody's staff member."""
    anonymous = translate(message(text="x", chat=GROUP, **{"from": {"id": 1087968824, "is_bot": True}}))
    channel = translate(message(text="x", chat=GROUP, sender_chat={"id": -5, "type": "channel", "title": "News"}))
    assert isinstance(anonymous, Words)
    assert isinstance(channel, Words)
    assert anonymous.sender.anonymous
    assert channel.sender == Sender(-5, "News", anonymous=True)


def test_edit_tap_membership_reaction_and_move_are_read() -> None:
    """What is no message keeps who, where and what."""
    edited = {**message(text="new")["message"], "edit_date": DATE}
    assert translate({"update_id": 1, "edited_message": edited}) == Edited(1, SENDER, Place(7, True), AT, 5, "new")
    tap = {"id": "9", "from": ANN, "data": "q.1", "message": message(text="?")["message"], "chat_instance": "1"}
    assert translate({"update_id": 1, "callback_query": tap}) == Tap(1, SENDER, Place(7, True), AT, "9", "q.1", 5)
    old = {**tap, "message": {"message_id": 5, "chat": CHAT, "date": 0}}
    assert isinstance(translate({"update_id": 1, "callback_query": old}), Tap)
    inline = {name: value for name, value in tap.items() if name != "message"}
    assert isinstance(translate({"update_id": 1, "callback_query": inline}), Tap)
    for status, present in (("kicked", False), ("member", True), ("left", False), ("administrator", True)):
        change = {"from": ANN, "chat": CHAT, "date": DATE, "new_chat_member": {"status": status}}
        assert translate({"update_id": 1, "my_chat_member": change}) == Membership(
            1, SENDER, Place(7, True), AT, present
        )
    reaction = {"user": ANN, "chat": CHAT, "date": DATE, "message_id": 5, "old_reaction": [], "new_reaction": []}
    assert translate({"update_id": 1, "message_reaction": reaction}) == Reaction(1, SENDER, Place(7, True), AT, 5, "")
    reaction["new_reaction"] = [{"type": "emoji", "emoji": "👍"}]
    assert translate({"update_id": 1, "message_reaction": reaction}) == Reaction(1, SENDER, Place(7, True), AT, 5, "👍")
    moved = translate(message(chat={"id": -4, "type": "group", "title": "Staff"}, migrate_to_chat_id=-1004))
    assert moved == Moved(1, Place(-4, False, title="Staff"), AT, -1004)


def test_what_needs_no_answer_is_named() -> None:
    """Notices and kinds of updates that we do not use are no trouble."""
    assert translate(message(pinned_message={})) == Service(1, "pinned_message")
    assert translate({"update_id": 1, "poll_answer": {}}) == Service(1, "poll_answer")
    assert translate({"update_id": 1}) == Service(1, "nothing")


@pytest.mark.parametrize(
    "update",
    [None, [], "x", {}, {"update_id": "1"}, {"update_id": True}, {"update_id": 1, "message": 5},
     message(text=5), message(date="now"), message(date=10**30), message(chat=None), message(photo=[{}]),
     message(photo=5), message(voice={"file_id": 5}), message(location={"latitude": "x"}), message(message_id=2**70)],
)  # fmt: skip
def test_nonsense_is_unreadable_without_quoting_it(update: Any) -> None:
    """A poison update becomes one kind of error, which can be logged."""
    with pytest.raises(Unreadable) as caught:
        translate(update)
    assert "Änn" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
WHOLE = [
    message(text="x", photo=[{"file_id": "a", "width": 1, "height": 1}], reply_to_message={"message_id": 1}),
    message(voice={"file_id": "v"}, contact={"phone_number": "1", "user_id": 2}),
    message(location={"latitude": 1, "longitude": 2}),
    {"update_id": 1, "edited_message": {**message(text="x")["message"], "edit_date": 5}},
    {"update_id": 1, "callback_query": {"id": "1", "from": ANN, "data": "x", "message": message(text="x")["message"]}},
    {"update_id": 1, "my_chat_member": {"from": ANN, "chat": CHAT, "date": 1, "new_chat_member": {"status": "left"}}},
    {"update_id": 1, "message_reaction": {"user": ANN, "chat": CHAT, "date": 1, "message_id": 1,
                                          "new_reaction": [{"type": "emoji", "emoji": "x"}]}},
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(WHOLE), st.data())
def test_update_with_anything_anywhere_is_read_or_unreadable(update: dict[str, Any], data: st.DataObject) -> None:
    """Whatever stands at any place of an update, nothing but Unreadable is ever raised."""
    broken = copy.deepcopy(update)
    part: Any = broken
    while True:
        places = list(part) if isinstance(part, dict) else list(range(len(part)))
        place = data.draw(st.sampled_from(places))
        if isinstance(part[place], dict | list) and part[place] and data.draw(st.booleans()):
            part = part[place]
            continue
        part[place] = data.draw(json_values)
        break
    with contextlib.suppress(Unreadable):
        assert isinstance(translate(broken), Incoming)
