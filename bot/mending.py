"""
Updates of servers that are older or smaller than Telegram's own, brought into the form that the Bot API promises. Pure.

What a message does not say is what it can only mean: without a date it was written when it came, without a sender in a
private chat its chat wrote it. Telegram's own updates come out as they went in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

_IN_MILLISECONDS = 10**11  # such a count of seconds is the year 5138
_IDS = ("id", "message_id", "user_id", "message_thread_id", "file_size", "migrate_to_chat_id")
_MESSAGES = ("message", "edited_message")
_CHANGES = ("my_chat_member", "message_reaction")

Json = dict[str, Any]


def mended(update: Any, received_at: dt.datetime) -> Any:
    """Return *update*, received then, as `bot.translate` reads it; anything that is no update comes back as it is."""
    if not isinstance(update, Mapping):
        return update
    whole = _numbers({**update}, ("update_id",))
    for kind in _MESSAGES:
        if isinstance(update.get(kind), Mapping):
            whole[kind] = _message(update[kind], received_at)
    for kind in _CHANGES:
        if isinstance(update.get(kind), Mapping):
            whole[kind] = _dated(_placed(_numbers({**update[kind]})), received_at)
    if isinstance(update.get("callback_query"), Mapping):
        whole["callback_query"] = _query(update["callback_query"])
    return whole


def _message(part: Mapping[str, Any], received_at: dt.datetime) -> Json:
    message = _placed(_numbers({**part}))
    chat = message.get("chat")
    if "from" not in message and "sender_chat" not in message and _is_private(chat):
        message["from"] = chat
    for kind in ("photo", "reply_to_message", "contact", "document", "video", "voice", "audio"):
        value = message.get(kind)
        if isinstance(value, Mapping):
            message[kind] = _numbers({**value})
        elif isinstance(value, list):
            message[kind] = [_numbers({**one}) if isinstance(one, Mapping) else one for one in value]
    return _dated(message, received_at)


def _query(part: Mapping[str, Any]) -> Json:
    query = {**part}
    message = query.get("message")
    if isinstance(query.get("from"), Mapping):
        query["from"] = _numbers({**query["from"]})
    if not isinstance(message, Mapping):
        return query
    tapped = _numbers({**message})
    # Whose message it is does not matter, but where it stands does: in the chat of whoever tapped.
    tapped = _placed({**tapped, "from": query.get("from")})
    chat = tapped.get("chat")
    if "from" not in query and _is_private(chat):
        query["from"] = chat
    for name in ("date", "edit_date"):
        if name in tapped:
            tapped[name] = _seconds(tapped[name])
    query["message"] = tapped
    if "message_id" not in tapped:
        del query["message"]
    return query


def _placed(part: Json) -> Json:
    """Give a part its chat and the chat its kind."""
    sender = part.get("from")
    if isinstance(sender, Mapping):
        sender = part["from"] = _numbers({**sender})
    chat = part.get("chat")
    if chat is None and isinstance(sender, Mapping) and "id" in sender:
        chat = {**sender, "type": "private"}
    if isinstance(chat, Mapping):
        chat = part["chat"] = _numbers({**chat})
        number = chat.get("id")
        if "type" not in chat and isinstance(number, int):
            chat["type"] = "private" if number > 0 else "supergroup"
    return part


def _is_private(chat: Any) -> bool:
    return isinstance(chat, dict) and chat.get("type") == "private"


def _dated(part: Json, received_at: dt.datetime) -> Json:
    for name in ("date", "edit_date"):
        if name in part:
            part[name] = _seconds(part[name])
    if part.get("date") is None:
        part["date"] = int(received_at.timestamp())
    return part


def _seconds(told: Any) -> Any:
    """Return a moment in whole seconds since 1970, whether it was told in seconds or milliseconds, as text or not."""
    number = _number(told)
    if isinstance(number, float) and abs(number) < 2**62:
        number = int(number)
    if isinstance(number, int) and number > _IN_MILLISECONDS:
        return number // 1000
    return number


def _numbers(part: Json, names: tuple[str, ...] = _IDS) -> Json:
    for name in names:
        if isinstance(part.get(name), str):
            part[name] = _number(part[name])
    return part


def _number(told: Any) -> Any:
    if isinstance(told, str) and told.removeprefix("-").isdecimal() and told.isascii() and len(told) < 20:
        return int(told)
    return told
