"""How messages are said to Telegram: one call each, nothing that an older server does not know unless it is needed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery import joined
from bot.speech import call_for, caption_edit_for, file_ids, message_ids, parts_of, units
from domain.messages import Act, Ask, Button, Lane, Media, MediaKind, Message, Span, Waiting

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
PHOTO = Media(MediaKind.PHOTO, "p1")
KEYBOARD = ((Button("Yes", "q.1"), Button("Site", url="https://x.example")),)


def row(message: Message = Message(), act: Act = Act.SEND, **more: Any) -> Waiting:  # noqa: B008 - frozen
    """Make a row for chat 7."""
    return dataclasses.replace(Waiting(1, act, 7, Lane.REPLY, "reply", message, NOW, NOW), **more)


def said(message: Message, act: Act = Act.SEND, **more: Any) -> tuple[str, dict[str, Any]]:
    """Return the method and parameters of the only call that *message* takes."""
    (part,) = parts_of(message)
    call = call_for(row(part, act, **more), part)
    return call.method, dict(call.params)


def test_plain_text_has_no_parse_mode() -> None:
    """Foreign words go out as they stand, and with nothing that only newer servers know."""
    assert said(Message("1 < 2 & <b>")) == ("sendMessage", {"chat_id": 7, "text": "1 < 2 & <b>"})


def test_our_own_text_has_markup_and_buttons() -> None:
    """What the renderer made is parsed as HTML; each button has its one act."""
    message = Message("<b>Hi</b>", html=True, keyboard=KEYBOARD, reply_to=4, silent=True, protect=True)
    inline = [[{"text": "Yes", "callback_data": "q.1"}, {"text": "Site", "url": "https://x.example"}]]
    assert said(message, thread_id=3) == (
        "sendMessage",
        {
            "chat_id": 7, "text": "<b>Hi</b>", "parse_mode": "HTML", "reply_markup": {"inline_keyboard": inline},
            "reply_parameters": {"message_id": 4, "allow_sending_without_reply": True}, "message_thread_id": 3,
            "disable_notification": True, "protect_content": True,
        },
    )  # fmt: skip


def test_spans_become_entities() -> None:
    """A name in bold inside foreign words needs no parsing."""
    message = Message("Ann: hi", spans=(Span("bold", 0, 3), Span("text_link", 5, 2, "https://x.example")))
    assert said(message)[1]["entities"] == [
        {"type": "bold", "offset": 0, "length": 3},
        {"type": "text_link", "offset": 5, "length": 2, "url": "https://x.example"},
    ]
    assert "caption_entities" in said(dataclasses.replace(message, media=(PHOTO,)))[1]


def test_shared_phone_is_asked_for_beside_the_other_answers() -> None:
    """A message has one keyboard: the other buttons become words to tap."""
    message = Message("Phone?", keyboard=KEYBOARD, ask=Ask.CONTACT, ask_label="Send it")
    keyboard = said(message)[1]["reply_markup"]["keyboard"]
    assert keyboard == [[{"text": "Send it", "request_contact": True}], [{"text": "Yes"}, {"text": "Site"}]]
    assert said(Message("x", ask=Ask.NOTHING))[1]["reply_markup"] == {"remove_keyboard": True}


@pytest.mark.parametrize("kind", list(MediaKind))
def test_each_kind_of_file_has_its_method(kind: MediaKind) -> None:
    """The parameter is named as the kind."""
    method, params = said(Message(media=(Media(kind, "f"),)))
    assert method.lower() == "send" + kind.value.replace("_", "")
    assert params == {"chat_id": 7, kind.value: "f"}


def test_album_is_one_call_with_the_caption_on_its_first() -> None:
    """Known files go by id, local ones are attached."""
    message = Message("Look", media=(PHOTO, Media(MediaKind.PHOTO, path="box.jpg")))
    call = call_for(row(message), message)
    assert (call.method, call.weight) == ("sendMediaGroup", 2)
    assert call.params["media"] == [
        {"type": "photo", "media": "p1", "caption": "Look"},
        {"type": "photo", "media": "attach://file1"},
    ]
    assert list(call.uploads) == ["file1"]
    result = [{"message_id": 1}, {"message_id": 2, "photo": [{"file_id": "s"}, {"file_id": "new"}]}]
    assert message_ids(result) == (1, 2)
    assert file_ids(call, result) == [(message.media[1], "new")]


def test_album_with_buttons_is_followed_by_the_text_that_has_them() -> None:
    """Telegram takes no buttons under an album."""
    album, text = parts_of(Message("Look", keyboard=KEYBOARD, media=(PHOTO, PHOTO), reply_to=3))
    assert (album.text, album.keyboard, album.reply_to) == ("", (), 3)
    assert (text.text, text.keyboard, text.media) == ("Look", KEYBOARD, ())
    assert parts_of(Message(keyboard=KEYBOARD, media=(PHOTO, PHOTO)))[1].text


def test_files_that_cannot_share_an_album_go_one_after_the_other() -> None:
    """A voice never shares an album, documents only with documents, and eleven photos are two albums."""
    voice, document = Media(MediaKind.VOICE, "v"), Media(MediaKind.DOCUMENT, "d")
    parts = parts_of(Message("x", media=(PHOTO, voice, document, document)))
    assert [len(part.media) for part in parts] == [1, 1, 2, 0]
    assert [len(part.media) for part in parts_of(Message(media=(PHOTO,) * 11))] == [10, 1]


def test_text_too_long_for_a_caption_follows_the_file() -> None:
    """1024 characters fit under a photo; a sticker takes none."""
    assert len(parts_of(Message("x" * 1024, media=(PHOTO,)))) == 1
    assert len(parts_of(Message("x" * 1025, media=(PHOTO,)))) == 2
    assert len(parts_of(Message("x", media=(Media(MediaKind.STICKER, "s"),)))) == 2


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.lists(words, min_size=1, max_size=8), st.integers(1, 400))
def test_long_foreign_text_is_cut_within_the_limit_and_loses_nothing(pieces: list[str], times: int) -> None:
    """Whatever people write, each part fits, no character is halved, and together they are the whole."""
    text = " ".join(pieces * times)
    message = Message(text, spans=(Span("bold", 0, units(text)),), keyboard=KEYBOARD)
    parts = parts_of(message)
    assert "".join(part.text for part in parts) == text
    assert all(units(part.text) <= 4096 for part in parts)
    assert [part.keyboard for part in parts] == [()] * (len(parts) - 1) + [KEYBOARD]
    if text:
        assert [span for part in parts for span in part.spans] == [Span("bold", 0, units(part.text)) for part in parts]
    assert joined(parts).text == text


def test_acts_that_are_no_messages() -> None:
    """Edit, clear, delete, toast, pin and topics each have their method."""
    at = {"message_id": 5}
    assert said(Message("new", html=True), Act.EDIT, **at)[0] == "editMessageText"
    assert said(Message(keyboard=KEYBOARD), Act.EDIT, **at)[0] == "editMessageReplyMarkup"
    method, params = said(Message("new", media=(PHOTO,)), Act.EDIT, **at)
    assert (method, params["media"]) == ("editMessageMedia", {"type": "photo", "media": "p1", "caption": "new"})
    assert said(Message(), Act.CLEAR, **at) == ("editMessageReplyMarkup", {"chat_id": 7, "message_id": 5})
    assert said(Message(), Act.DELETE, **at) == ("deleteMessage", {"chat_id": 7, "message_id": 5})
    toast = {"callback_query_id": "9", "text": "too late"}
    assert said(Message("too late"), Act.TOAST, callback_id="9") == ("answerCallbackQuery", toast)
    assert said(Message(), Act.PIN, **at)[1]["message_id"] == 5
    assert said(Message("Ann"), Act.TOPIC, thread_id=3) == (
        "editForumTopic",
        {"chat_id": 7, "message_thread_id": 3, "name": "Ann"},
    )
    assert said(Message(), Act.TOPIC, thread_id=3, kind="reopen")[0] == "reopenForumTopic"
    caption = caption_edit_for(row(Message("new"), Act.EDIT, message_id=5), Message("new"))
    assert caption.params == {"chat_id": 7, "message_id": 5, "caption": "new"}
