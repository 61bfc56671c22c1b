"""The bot's command menus by scope and language, resolved as Telegram's clients resolve them."""

import re
from dataclasses import dataclass, field
from typing import Any

from bot.playground.entities import utf16_length
from bot.playground.wire import JsonObject, bad_request

_NAME = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")
MOST_COMMANDS = 100


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a list of commands holds: the kind and, for some kinds, the chat and the user."""

    kind: str = "default"
    chat_id: int = 0
    user_id: int = 0


def scope_of(given: JsonObject | None) -> Scope:
    """Return the BotCommandScope *given*; an unknown kind or a missing id is a 400."""
    if not given:
        return Scope()
    kind = given.get("type")
    match kind:
        case "default" | "all_private_chats" | "all_group_chats" | "all_chat_administrators":
            return Scope(kind)
        case "chat" | "chat_administrators":
            return Scope(kind, _number(given, "chat_id"))
        case "chat_member":
            return Scope(kind, _number(given, "chat_id"), _number(given, "user_id"))
        case _:
            raise bad_request("can't parse BotCommandScope: Unsupported type specified")


def _number(given: JsonObject, name: str) -> int:
    try:
        return int(given[name])
    except (KeyError, TypeError, ValueError):
        raise bad_request(f"can't parse BotCommandScope: Can't find field \"{name}\"") from None


def language_of(code: str | None) -> str:
    """Return a two-letter language code, or "" for all languages."""
    if code and not _LANGUAGE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code or ""


def checked_commands(given: list[Any] | None) -> list[JsonObject]:
    """Return a BotCommand list after Telegram's checks: names of 1-32 a-z0-9_, descriptions of 1-256 units."""
    if given is None:
        raise bad_request('parameter "commands" is required')
    if len(given) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    checked = []
    for command in given:
        if not isinstance(command, dict):
            raise bad_request("can't parse BotCommand: Object expected")
        name, description = command.get("command"), command.get("description")
        if not isinstance(name, str) or not _NAME.fullmatch(name.removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not isinstance(description, str) or not 1 <= utf16_length(description.strip()) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        checked.append({"command": name.removeprefix("/"), "description": description.strip()})
    return checked


@dataclass(slots=True)
class Commands:
    """Every list that was set, by scope and language."""

    lists: dict[tuple[Scope, str], list[JsonObject]] = field(default_factory=dict)

    def set(self, scope: Scope, language: str, commands: list[JsonObject]) -> None:
        """Set the list of a scope and language; an empty one takes it away."""
        if commands:
            self.lists[scope, language] = commands
        else:
            self.lists.pop((scope, language), None)

    def get(self, scope: Scope, language: str) -> list[JsonObject]:
        """Return exactly the list of this scope and language, as `getMyCommands` does."""
        return self.lists.get((scope, language), [])

    def seen_by(self, user_id: int, language: str) -> list[JsonObject]:
        """
        Return the menu of a user in her private chat: the chat's own list, then all private chats, then the default;
        in each the list in her language before the one for all languages.
        """
        for scope in (Scope("chat", user_id), Scope("all_private_chats"), Scope()):
            for code in (language.split("-", maxsplit=1)[0], ""):
                if (scope, code) in self.lists:
                    return self.lists[scope, code]
        return []
