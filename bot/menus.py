"""Telegram's own command menus: what customers and staff see behind the slash, in each language."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from telegram.error import TelegramError

from bot.staff_commands import COMMANDS
from bot.telegram_api import TelegramApi
from dialogues.library import Library
from domain.languages import in_language
from domain.staff import StaffMember
from store.database import Database
from store.staff import list_members
from templates.words import Words

log = logging.getLogger(__name__)

_FIRST = ("start", "complaint", "feedback", "question")
_ALWAYS = (
    "cases",
    "card",
    "points",
    "offers",
    "coupons",
    "history",
    "invite",
    "clubs",
    "events",
    "topics",
    "stop",
    "mydata",
    "forget",
    "language",
    "help",
)
_LONGEST = 256


def customer_menu(library: Library, words: Words, language: str) -> list[dict[str, str]]:
    """List the commands of a customer: those that start dialogues, then those that always work."""
    scripts = {script.starts.command: script for script in library.all() if script.starts.command}
    names = [name for name in _FIRST if name in scripts] + [name for name in sorted(scripts) if name not in _FIRST]
    menu = []
    for name in [*names, *_ALWAYS]:
        key = f"service.command.{name}"
        if words.has(key):
            told = words.plain(key, language)
        elif name in scripts:
            told = in_language(scripts[name].title, language, words.languages[0]) or name
        else:
            continue
        menu.append({"command": name, "description": told[:_LONGEST]})
    return menu


def staff_menu(words: Words, member: StaffMember) -> list[dict[str, str]]:
    """List the commands that a staff member's role allows, in her language."""
    language = member.language or words.languages[0]
    return [
        {"command": name, "description": words.plain(f"staff.command.{name}", language)[:_LONGEST]}
        for name, command in COMMANDS.items()
        if member.may(command.role)
    ]


class Menus:
    """Keeps Telegram's menus as the content is: shown at the start, and again after `refresh` where they differ."""

    def __init__(self, api: TelegramApi, library: Library, words: Words, database: Database, group: int | None) -> None:
        self._api = api
        self._library = library
        self._words = words
        self._database = database
        self._group = group
        self._fresh = asyncio.Event()

    def refresh(self) -> None:
        """Say that the content may be another."""
        self._fresh.set()

    async def run(self) -> None:
        """Work until cancelled."""
        shown: object = None
        while True:
            menus = [customer_menu(self._library, self._words, language) for language in self._words.languages]
            if menus != shown:
                shown = menus
                async with self._database.read() as tx:
                    members = await list_members(tx)
                await set_menus(self._api, self._library, self._words, members, self._group)
            await self._fresh.wait()
            self._fresh.clear()


async def set_menus(
    api: TelegramApi, library: Library, words: Words, members: Iterable[StaffMember], group: int | None
) -> None:
    """Tell Telegram the menus; a server that does not know them, or a person it does not know, does no harm."""
    for number, language in enumerate(words.languages):
        menu = customer_menu(library, words, language)
        if number == 0 and not await _set(api, {"commands": menu}):
            return
        await _set(api, {"commands": menu, "language_code": language})
    widest: list[dict[str, str]] = []
    for member in members:
        menu = staff_menu(words, member)
        widest = max(widest, menu, key=len)
        await _set(api, {"commands": menu, "scope": {"type": "chat", "chat_id": member.id}})
    if group is not None and widest:
        await _set(api, {"commands": widest, "scope": {"type": "chat", "chat_id": group}})


async def _set(api: TelegramApi, params: dict[str, Any]) -> bool:
    try:
        await api.call("setMyCommands", params)
    except TelegramError as error:
        log.info("menus.not_set", extra={"reason": error.message})
        return False
    return True
