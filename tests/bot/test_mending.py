"""Updates of other servers come out as the Bot API promises them; Telegram's own stay as they are."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mending import mended
from bot.translate import Unreadable, translate
from domain.incoming import Edited, Incoming, Tap, Words

AT = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
DATE = int(AT.timestamp())
ANN = {"id": 7, "is_bot": False, "first_name": "Ann"}
CHAT = {"id": 7, "type": "private", "first_name": "Ann"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(["id", "date", "chat", "from"]), part),
    max_leaves=10,
)


def heard(update: Any) -> Any:
    """Return what a mended update says."""
    return translate(mended(update, AT))


@pytest.mark.parametrize(
    "message",
    [
        {"message_id": 5, "from": ANN, "chat": CHAT, "date": DATE},
        {"message_id": 5, "from": ANN, "chat": CHAT},
        {"message_id": "5", "from": {**ANN, "id": "7"}, "chat": {**CHAT, "id": "7"}, "date": str(DATE)},
        {"message_id": 5, "from": ANN, "chat": CHAT, "date": DATE * 1000},
        {"message_id": 5, "from": ANN, "chat": CHAT, "date": DATE + 0.25},
        {"message_id": 5, "from": ANN, "chat": {"id": 7}, "date": DATE},
        {"message_id": 5, "from": ANN, "date": DATE},
        {"message_id": 5, "chat": CHAT, "date": DATE},
    ],
)
def test_message_is_understood_without_what_it_can_only_mean(message: dict[str, Any]) -> None:
    """A missing date, sender or chat, numbers as text and milliseconds all come to the same message."""
    said = heard({"update_id": 1, "message": {**message, "text": "hello"}})
    assert isinstance(said, Words)
    assert (said.sender.id, said.sender.name, said.place.chat_id, said.place.private) == (7, "Ann", 7, True)
    assert (said.at, said.message_id, said.text) == (AT, 5, "hello")


@pytest.mark.parametrize(
    ("message", "message_id"),
    [({"message_id": 5}, 5), ({"message_id": "5", "date": 0}, 5), ({"chat": CHAT}, None), (None, None)],
)
def test_tap_is_understood_with_little_of_its_message(message: Any, message_id: int | None) -> None:
    """Who tapped and what is behind the button is enough."""
    query = {"id": 12, "from": ANN, "data": "q.1", **({} if message is None else {"message": message})}
    tap = heard({"update_id": "1", "callback_query": query})
    assert isinstance(tap, Tap)
    assert (tap.place.chat_id, tap.place.private, tap.data, tap.callback_id) == (7, True, "q.1", "12")
    assert tap.message_id == message_id


def test_edit_without_dates_happened_when_it_came() -> None:
    """An edited message is mended as a new one is."""
    edited = heard({"update_id": 1, "edited_message": {"message_id": 5, "from": ANN, "text": "b"}})
    assert isinstance(edited, Edited)
    assert edited.at == AT


def test_telegrams_own_update_is_left_alone() -> None:
    """Nothing is added to what is whole."""
    update = {"update_id": 1, "message": {"message_id": 5, "from": ANN, "chat": CHAT, "date": DATE, "text": "a"}}
    assert mended(update, AT) == update


@given(JSON, st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "poll"]))
def test_nonsense_stays_unreadable_and_breaks_nothing(part: Any, kind: str) -> None:
    """Whatever comes, there is a value or Unreadable."""
    with contextlib.suppress(Unreadable):
        assert isinstance(heard({"update_id": 1, kind: part}), Incoming)
