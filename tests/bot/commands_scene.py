"""A company for tests of commands: a folder with config and newsletters, and a store with a few customers and staff."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from bot.commands import frame
from domain.customers import Consent, Purpose, Reach
from domain.staff import Role
from store.consents import give_consents
from store.customers import add_customers, customers_by_chat
from store.database import Database, Tx, store_url
from store.staff import add_member
from templates.words import Words
from tests.bot.command_line import Result, Run, StandingClock, runner

T = TypeVar("T")

START = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
ADMIN, MANAGER, AGENT = 7, 8, 9
NEWS = """+++
title = "News"
audience = ''
canary = 0
+++
Hello {{ name }}, spring is here.
"""


@dataclass(slots=True)
class Scene:
    """A folder, its store, a clock, and short ways to run commands at its moment and to look at what they left."""

    folder: Path
    url: str
    run: Run
    clock: StandingClock

    def __call__(self, *args: object) -> Result:
        """Run `vuoro ARGS`."""
        return self.run(*args)

    def config(self, approval: str = "none", more: str = "") -> None:
        """Write the config anew."""
        (self.folder / "vuoro.toml").write_text(
            f'[store]\nurl = "{self.url}"\n[staff]\nadmins = [{ADMIN}]\n[company]\nname = "Aurora"\n'
            f'languages = ["en", "fi"]\n{more}[content]\nfolder = "content"\n'
            f'[newsletters]\napproval = "{approval}"\n',
            encoding="utf-8",
        )

    def news(self, text: str = NEWS, name: str = "news.en.j2") -> None:
        """Write a newsletter's file."""
        folder = self.folder / "content" / "newsletters"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    def store(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Do *work* in one transaction of the store, as another program would."""

        async def open_and_work() -> T:
            database = Database(store_url(self.url))
            try:
                async with database.write() as tx:
                    return await work(tx)
            finally:
                await database.close()

        return asyncio.run(open_and_work())


def scene(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, folder: Path) -> Scene:
    """Make the company: Ann and Bo agreed to newsletters and surveys, Cecilia blocked the bot, Dan never agreed."""
    clock = StandingClock()
    monkeypatch.setattr(frame, "clock", clock)  # for tests that call a command by themselves
    monkeypatch.chdir(folder)
    monkeypatch.setattr(Words, "load", _words_read_once)
    made = Scene(folder, sqlite_url, runner(capsys, clock), clock)
    made.config()
    made.news()
    made.store(_people)
    return made


_load = Words.load


def _words_read_once(
    folders: Sequence[Path], languages: Sequence[str], *, currency: str = "EUR", zone: str = "UTC"
) -> Words:
    """Spare each command the reading of the shipped texts, which takes most of its time and gives always the same."""
    if any(folder.is_dir() for folder in folders[1:]):
        return _load(folders, languages, currency=currency, zone=zone)
    return _shipped_words(folders[0], tuple(languages), currency, zone)


@functools.cache
def _shipped_words(folder: Path, languages: tuple[str, ...], currency: str, zone: str) -> Words:
    return _load([folder], languages, currency=currency, zone=zone)


async def _people(tx: Tx) -> None:
    people = [(501, "Ann Smith", "reachable"), (502, "Bo Berg", "reachable"), (503, "Cecilia", "blocked")]
    rows = [
        {
            "number": str(chat_id),
            "chat_id": chat_id,
            "name": name,
            "language": "en",
            "reach": Reach(reach).value,
            "met_at": START,
            "created_at": START,
        }
        for chat_id, name, reach in [*people, (504, "Dan", "reachable")]
    ]
    await add_customers(tx, rows)
    known = await customers_by_chat(tx, [chat_id for chat_id, *_ in people])
    await give_consents(
        tx,
        [
            (customer.id, Consent(purpose, True, "test", "test", START))
            for customer in known.values()
            for purpose in (Purpose.MARKETING, Purpose.SURVEYS)
        ],
    )
    await add_member(tx, ADMIN, "Ada", Role.ADMIN, START, language="en")
    await add_member(tx, MANAGER, "Max", Role.MANAGER, START, language="en")
    await add_member(tx, AGENT, "Olga", Role.AGENT, START, language="en")
