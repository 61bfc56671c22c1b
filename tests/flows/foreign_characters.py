"""The servers that the bot is tried against: each is a mixture of manners met in public stand-ins and old servers."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.flows.foreign_server import NOW, OF_2020, OFFSET_IGNORED, READ_ON_DELIVERY, SMALLEST, Character, Json

_MANUAL = "https://core.telegram.org/bots/api#available-methods"
_FORM, _JSON, _PARTS = frozenset({"form"}), frozenset({"json"}), frozenset({"parts"})
_WITHOUT_PINS = {name: known for name, known in NOW.items() if name not in {"pinChatMessage", "setMyCommands"}}


def _html(status: int) -> web.Response:
    return web.Response(status=status, text="<html><body>Error</body></html>", content_type="text/html")


def _bare_words(update: Json) -> Json:
    """Leave out all that a message can be understood without."""
    message = update.get("message")
    if message is None:
        return _in_query(update, _only("message_id"))
    sender = {"id": message["from"]["id"], "first_name": message["from"]["first_name"]}
    kept = {name: message[name] for name in ("message_id", "text", "photo", "caption") if name in message}
    if "photo" in kept:
        kept["photo"] = [{"file_id": size["file_id"]} for size in kept["photo"]]
    chat = {"chat": {"id": message["chat"]["id"]}} if message["chat"]["id"] != sender["id"] else {}
    return {**update, "message": {**kept, "from": sender, **chat}}


def _as_text(update: Json) -> Json:
    """Write numbers as text, and dates in milliseconds."""
    message = update.get("message")
    if message is None:
        return _in_query(update, lambda part: {**part, "message_id": str(part["message_id"]), "date": 0})
    sender, chat = ({**message[name], "id": str(message[name]["id"])} for name in ("from", "chat"))
    number, date = str(message["message_id"]), message["date"] * 1000
    return {**update, "message": {**message, "from": sender, "chat": chat, "message_id": number, "date": date}}


def _without_sender(update: Json) -> Json:
    if "message" not in update:
        return update
    return {**update, "message": {name: part for name, part in update["message"].items() if name != "from"}}


def _only(*names: str) -> Any:
    return lambda part: {name: part[name] for name in names}


def _in_query(update: Json, change: Any) -> Json:
    query = update["callback_query"]
    return {**update, "callback_query": {**query, "message": change(query["message"])}}


def _tap_without_message(update: Json) -> Json:
    if "callback_query" not in update:
        return update
    return {
        **update,
        "callback_query": {name: part for name, part in update["callback_query"].items() if name != "message"},
    }


def _too_old_to_see(update: Json) -> Json:
    """Tell of the tapped message only where it is, as Telegram does of old ones."""
    return _in_query(update, lambda part: {**_only("message_id", "chat")(part), "date": 0}) if _taps(update) else update


def _taps(update: Json) -> bool:
    return "callback_query" in update


CHARACTERS = (
    Character("like Telegram's", refuses_unknown=True),
    Character("of 2020 and strict", methods=OF_2020, refuses_unknown=True, update=_too_old_to_see),
    Character(
        "answers at once", waits=False, offset=READ_ON_DELIVERY, empty=None, result=lambda _: None, edits_return=None
    ),
    Character("offers everything for ever", waits=False, offset=OFFSET_IGNORED, first_update=0, update=_as_text),
    Character(
        "numbers from on high",
        first_update=2**53,
        own_chat_ids=True,
        result=lambda sent: {"message_id": str(sent["message_id"])},
    ),
    Character("form only", reads=_FORM, unknown_method=lambda _: _html(404), methods=_WITHOUT_PINS),
    Character("JSON only", reads=_JSON, result=lambda sent: {"message_id": sent["message_id"]}, ignores_case=True),
    Character("JSON only, breaks otherwise", reads=_JSON, when_unread=500),
    Character("parts only", reads=_PARTS, when_unread=415, update=_tap_without_message),
    Character("smallest, 404", methods=SMALLEST, refuses_unknown=True, update=_bare_words),
    Character("smallest, 405", methods=SMALLEST, unknown_method=lambda _: _html(405), update=_without_sender),
    Character("smallest, 501", methods=SMALLEST, unknown_method=lambda _: _html(501), refusal_status=200),
    Character(
        "smallest, 500 with words",
        methods=SMALLEST,
        unknown_method=lambda name: web.json_response(
            {"message": f"'{name}' is not supported: see {_MANUAL}"}, status=500
        ),
        result=lambda sent: {**sent, "date": sent["date"] * 1000, "chat": None},
    ),
    Character("smallest, 500", methods=SMALLEST, unknown_method=lambda _: _html(500)),
    Character("slow, under a prefix", seconds=0.05, prefix="/some/prefix", closes=True, copies=3),
)
