"""Checks `reply_markup` as Telegram does: inline keyboards, reply keyboards, their removal, forced replies."""

from dataclasses import dataclass
from typing import Any

from bot.playground.entities import utf16_length
from bot.playground.links import checked_link, mentioned_user
from bot.playground.parameters import Params
from bot.playground.wire import ApiError, JsonObject, bad_request

MOST_BUTTONS = 100
WIDEST_ROW = 8
MOST_BYTES = 10_000
_INLINE_KINDS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip
_REQUESTS = ("request_contact", "request_location", "request_poll", "request_users", "request_chat", "web_app")
_STYLES = frozenset({"danger", "success", "primary"})


@dataclass(frozen=True, slots=True)
class Markup:
    """A checked `reply_markup`: an inline keyboard that belongs to the message, or a keyboard for the chat."""

    inline: JsonObject | None = None
    keyboard: JsonObject | None = None


NOTHING = Markup()


def markup(params: Params, *, private: bool, inline_only: bool = False) -> Markup:
    """
    Return the parameter `reply_markup`, normalised.

    Errors: `ApiError` 400 such as BUTTON_DATA_INVALID, BUTTON_URL_INVALID, "reply markup is too long". Phone and
    place may be asked for in private chats only; edits take inline keyboards only.
    """
    given: JsonObject | None = params.structure("reply_markup", dict, "reply keyboard markup")
    if not given:
        return NOTHING
    if "inline_keyboard" in given:
        rows = _rows(given["inline_keyboard"], "inline_keyboard")
        checked = [[_inline_button(button) for button in row] for row in rows]
        return Markup(inline={"inline_keyboard": checked}) if checked else NOTHING
    if inline_only:
        raise bad_request("inline keyboard expected")
    if "keyboard" in given:
        rows = _rows(given["keyboard"], "keyboard")
        return Markup(keyboard=_reply_keyboard(given, [[_reply_button(b, private) for b in row] for row in rows]))
    if given.get("remove_keyboard") is True:
        return Markup(keyboard={"remove_keyboard": True, "selective": bool(given.get("selective"))})
    if given.get("force_reply") is True:
        return Markup(keyboard={**given})
    raise bad_request("can't parse reply keyboard markup: unknown kind of keyboard")


def _rows(given: Any, name: str) -> list[list[Any]]:
    if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
        raise bad_request(f'can\'t parse reply keyboard markup: Field "{name}" must be an Array of Arrays')
    rows = [row for row in given if row]
    if sum(len(row) for row in rows) > MOST_BUTTONS or any(len(row) > WIDEST_ROW for row in rows):
        raise bad_request("reply markup is too long")
    if (
        sum(len(str(value).encode()) for row in rows for b in row if isinstance(b, dict) for value in b.values())
        > MOST_BYTES
    ):
        raise bad_request("reply markup is too long")
    return rows


def _inline_button(button: Any) -> JsonObject:
    if not isinstance(button, dict):
        raise _wrong("InlineKeyboardButton must be an Object")
    button = {name: value for name, value in button.items() if value is not None}
    if not isinstance(button.get("text"), str):
        raise _wrong('Can\'t find field "text"' if "text" not in button else 'Field "text" must be of type String')
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    kinds = [name for name in _INLINE_KINDS if name in button]
    if not kinds:
        raise _wrong("Text buttons are unallowed in the inline keyboard")
    if len(kinds) > 1:
        raise bad_request("BUTTON_TYPE_INVALID")
    _check_style(button)
    _check_inline(kinds[0], button[kinds[0]])
    return dict(button)


def _check_inline(kind: str, value: Any) -> None:
    match kind:
        case "callback_data":
            if not isinstance(value, str) or not 1 <= len(value.encode()) <= 64:
                raise bad_request("BUTTON_DATA_INVALID")
        case "url":
            if not isinstance(value, str) or (mentioned_user(value) is None and checked_link(value) is None):
                raise bad_request("BUTTON_URL_INVALID")
        case "web_app" | "login_url":
            url = value.get("url") if isinstance(value, dict) else None
            if not isinstance(url, str) or not url.startswith("https://") or checked_link(url) is None:
                raise bad_request("BUTTON_URL_INVALID")
        case "copy_text":
            text = value.get("text") if isinstance(value, dict) else None
            if not isinstance(text, str) or not 1 <= utf16_length(text) <= 256:
                raise bad_request("BUTTON_COPY_TEXT_INVALID")
        case "switch_inline_query" | "switch_inline_query_current_chat":
            if not isinstance(value, str):
                raise _wrong(f'Field "{kind}" must be of type String')
        case _:
            if kind in ("callback_game", "pay"):
                raise bad_request("BUTTON_TYPE_INVALID")


def _reply_button(button: Any, private: bool) -> JsonObject:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise bad_request("can't parse keyboard button: KeyboardButton must be a String or an Object")
    button = {name: value for name, value in button.items() if value is not None and value is not False}
    if not isinstance(button.get("text"), str):
        raise bad_request("can't parse keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    asked = [name for name in _REQUESTS if name in button]
    if len(asked) > 1:
        raise bad_request("BUTTON_TYPE_INVALID")
    if asked and not private:
        what = {"request_contact": "phone number", "request_location": "location"}.get(asked[0])
        raise bad_request(f"{what} can be requested in private chats only" if what else "BUTTON_TYPE_INVALID")
    _check_style(button)
    return dict(button)


def _reply_keyboard(given: JsonObject, rows: list[list[JsonObject]]) -> JsonObject:
    if not rows:
        raise bad_request("can't parse reply keyboard markup: keyboard is empty")
    placeholder = given.get("input_field_placeholder")
    if placeholder is not None and (not isinstance(placeholder, str) or utf16_length(placeholder) > 64):
        raise bad_request("INPUT_FIELD_PLACEHOLDER_INVALID")
    keyboard: JsonObject = {"keyboard": rows}
    for name in ("is_persistent", "resize_keyboard", "one_time_keyboard", "selective"):
        if given.get(name):
            keyboard[name] = True
    if placeholder:
        keyboard["input_field_placeholder"] = placeholder
    return keyboard


def _check_style(button: JsonObject) -> None:
    if "style" in button and button["style"] not in _STYLES:
        raise bad_request("BUTTON_STYLE_INVALID")


def _wrong(problem: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {problem}")
