"""Telegram's updates as values: one update's JSON in, one `Incoming` out, or Unreadable and nothing else. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from domain.incoming import (
    Edited,
    Incoming,
    Membership,
    Moved,
    Place,
    Reaction,
    Sender,
    Service,
    Tap,
    TopicRenamed,
    Words,
)
from domain.messages import Media, MediaKind

ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "chat_member",
    "message_reaction",
)
"""What we ask Telegram for; reactions and memberships come only when asked for."""

_GROUP_ANONYMOUS_BOT = 1087968824  # every anonymous admin of every group writes under this id
_LARGEST = 2**63
# Messages that only report what happened in a chat.
_NOTICES = (
    "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo",
    "group_chat_created", "supergroup_chat_created", "channel_chat_created", "message_auto_delete_timer_changed",
    "migrate_from_chat_id", "pinned_message", "successful_payment", "refunded_payment", "users_shared", "chat_shared",
    "connected_website", "write_access_allowed", "passport_data", "proximity_alert_triggered", "boost_added",
    "chat_background_set", "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    "general_forum_topic_hidden", "general_forum_topic_unhidden", "giveaway_created", "giveaway", "giveaway_winners",
    "giveaway_completed", "video_chat_scheduled", "video_chat_started", "video_chat_ended",
    "video_chat_participants_invited", "web_app_data",
)  # fmt: skip
_OTHERS = ("poll", "dice", "game", "story", "invoice", "paid_media", "checklist")
_FILES = tuple(kind for kind in MediaKind if kind not in {MediaKind.PHOTO, MediaKind.DOCUMENT, MediaKind.ANIMATION})

Json = Mapping[str, Any]


class Unreadable(Exception):  # noqa: N818 - says what the update is
    """An update that is not what the Bot API promises; the text names the part, never the customer's words."""


def translate(update: Any) -> Incoming:
    """Return what *update*, the JSON of one update, says. Raises Unreadable, whatever it is given."""
    try:
        return _translate(update)
    except Unreadable:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError, IndexError) as error:
        raise Unreadable(f"the update is not as the Bot API describes it ({type(error).__name__})") from None


def _translate(update: Any) -> Incoming:
    if not isinstance(update, Mapping):
        raise Unreadable("the update is no JSON object")
    number = _int(update, "update_id")
    if "message" in update:
        return _message(number, _object(update, "message"))
    if "edited_message" in update:
        return _edited(number, _object(update, "edited_message"))
    if "callback_query" in update:
        return _tap(number, _object(update, "callback_query"))
    if "my_chat_member" in update:
        return _membership(number, _object(update, "my_chat_member"))
    if "message_reaction" in update:
        return _reaction(number, _object(update, "message_reaction"))
    return Service(number, next((str(key)[:64] for key in update if key != "update_id"), "nothing"))


def _message(number: int, message: Json) -> Incoming:
    if "migrate_to_chat_id" in message:
        return Moved(number, _place(message), _date(message), _int(message, "migrate_to_chat_id"))
    if "forum_topic_edited" in message and (name := _text(_object(message, "forum_topic_edited"), "name")):
        return TopicRenamed(number, _place(message), _date(message), name)
    for notice in _NOTICES:
        if notice in message:
            return Service(number, notice)
    if "from" not in message and "sender_chat" not in message:
        return Service(number, "without_sender")
    phone, owner, phone_name = _contact(message)
    reply = message.get("reply_to_message")
    return Words(
        number,
        _sender(message),
        _place(message),
        _date(message),
        _int(message, "message_id"),
        text=_text(message, "text") or _text(message, "caption"),
        media=_media(message),
        album=_text(message, "media_group_id")[:64] or None,
        # In a topic every message "replies" to the notice that opened it.
        reply_to=_int(reply, "message_id") if reply and "forum_topic_created" not in reply else None,
        phone=phone,
        phone_owner=owner,
        location=_location(message),
        other=next((kind for kind in _OTHERS if kind in message), ""),
        phone_name=phone_name,
        venue=_venue(message),
        live="location" in message and bool(_object(message, "location").get("live_period")),
        topic_by=_int(reply["from"], "id") if reply and "forum_topic_created" in reply and "from" in reply else None,
    )


def _edited(number: int, message: Json) -> Incoming:
    if "from" not in message and "sender_chat" not in message:
        return Service(number, "without_sender")
    if "location" in message:  # one that moves, or has ended
        return Service(number, "live_location")
    return Edited(
        number,
        _sender(message),
        _place(message),
        _instant(message.get("edit_date") or message["date"]),
        _int(message, "message_id"),
        _text(message, "text") or _text(message, "caption"),
        _media(message),
    )


def _tap(number: int, query: Json) -> Tap:
    sender = _person(_object(query, "from"))
    message = query.get("message")
    if message is None:  # the button hangs under a message sent by way of another chat
        place, at, message_id = Place(sender.id, True), _instant(0), None
    else:
        # Telegram does not tell when she tapped; of a message too old it does not even tell its own date.
        place, at = _place(message), _instant(message.get("edit_date") or message.get("date") or 0)
        message_id = _int(message, "message_id")
    return Tap(number, sender, place, at, str(query["id"]), _text(query, "data"), message_id)


def _membership(number: int, change: Json) -> Membership:
    member = _object(change, "new_chat_member")
    status = member["status"]
    present = status in {"member", "administrator", "creator"} or (status == "restricted" and bool(member["is_member"]))
    return Membership(number, _person(_object(change, "from")), _place(change), _date(change), present)


def _reaction(number: int, change: Json) -> Reaction:
    emoji = ""
    for reaction in change["new_reaction"]:
        match reaction["type"]:
            case "emoji":
                emoji = _text(reaction, "emoji")
            case "paid":
                emoji = "⭐"
            case _:
                emoji = "custom"
    if "user" in change:
        sender = _person(_object(change, "user"))
    else:
        sender = Sender(_int(_object(change, "actor_chat"), "id"), anonymous=True)
    return Reaction(number, sender, _place(change), _date(change), _int(change, "message_id"), emoji)


def _sender(message: Json) -> Sender:
    if "sender_chat" in message:
        chat = _object(message, "sender_chat")
        return Sender(_int(chat, "id"), _text(chat, "title"), anonymous=True)
    return _person(_object(message, "from"))


def _person(user: Json) -> Sender:
    number = _int(user, "id")
    return Sender(
        number,
        " ".join(filter(None, (_text(user, "first_name"), _text(user, "last_name")))),
        _text(user, "username") or None,
        _text(user, "language_code")[:16] or None,
        user.get("is_bot") is True,
        number == _GROUP_ANONYMOUS_BOT,
    )


def _place(part: Json) -> Place:
    chat = _object(part, "chat")
    private = chat["type"] == "private"
    in_topic = part.get("is_topic_message") is True
    thread = _int(part, "message_thread_id") if in_topic else None
    return Place(_int(chat, "id"), private, thread, "" if private else _text(chat, "title"))


def _media(message: Json) -> tuple[Media, ...]:
    if message.get("photo"):
        largest = max(message["photo"], key=lambda size: size.get("width", 0) * size.get("height", 0))
        return (_file(MediaKind.PHOTO, largest),)
    if "animation" in message:  # comes with a document that is the same file
        return (_file(MediaKind.ANIMATION, _object(message, "animation")),)
    for kind in (*_FILES, MediaKind.DOCUMENT):
        if kind.value in message:
            return (_file(kind, _object(message, kind.value)),)
    return ()


def _file(kind: MediaKind, file: Json) -> Media:
    size = _int(file, "file_size") if file.get("file_size") is not None else None
    file_id = file["file_id"]
    if not isinstance(file_id, str) or not file_id:
        raise Unreadable("file_id is no text")
    return Media(kind, file_id, name=_text(file, "file_name"), size=size)


def _contact(message: Json) -> tuple[str | None, int | None, str]:
    if "contact" not in message:
        return None, None, ""
    contact = _object(message, "contact")
    owner = _int(contact, "user_id") if "user_id" in contact else None
    name = " ".join(filter(None, (_text(contact, "first_name"), _text(contact, "last_name"))))
    return _text(contact, "phone_number") or None, owner, name


def _location(message: Json) -> tuple[float, float] | None:
    if "location" not in message:
        return None
    location = _object(message, "location")
    return float(location["latitude"]), float(location["longitude"])


def _venue(message: Json) -> str:
    if "venue" not in message:
        return ""
    venue = _object(message, "venue")
    return ", ".join(filter(None, (_text(venue, "title"), _text(venue, "address"))))


def _object(part: Json, name: str) -> Json:
    value = part[name]
    if not isinstance(value, Mapping):
        raise Unreadable(f"{name} is no JSON object")
    return value


def _int(part: Json, name: str) -> int:
    value = part[name]
    if not isinstance(value, int) or isinstance(value, bool) or not -_LARGEST <= value < _LARGEST:
        raise Unreadable(f"{name} is no 64-bit number")
    return value


def _text(part: Json, name: str) -> str:
    """Return a text, or "" when there is none; NUL is left out, since PostgreSQL cannot keep it."""
    value = part.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"{name} is no text")
    return value.replace("\0", "")


def _date(part: Json) -> dt.datetime:
    return _instant(part["date"])


def _instant(seconds: Any) -> dt.datetime:
    if not isinstance(seconds, int):
        raise Unreadable("a date is no number")
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
