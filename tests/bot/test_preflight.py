"""The pre-flight: everybody is rendered, everybody whose message would fail is named, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt

import pytest

from bot.preflight import Report, preflight
from domain.company import Company
from domain.customers import KnownFact
from domain.faults import FaultList
from domain.newsletters import Newsletter, Sending, SendingState
from scheduler.newsletter_files import read_newsletter
from scheduler.rendering import Rendering
from store.database import Database
from store.facts import set_facts
from templates.words import SHIPPED, Words
from tests.store.sending_rows import NOW, put_consents, put_customers

LANGUAGES = ("en", "fi")
COMPANY = Company(name="Aurora", languages=LANGUAGES)
RENDERING = Rendering(COMPANY, Words.load([SHIPPED], LANGUAGES))
FRONT = "+++\ntitle = 'News'\nexclude = 'town = \"Turku\"'\n+++\n"


def _newsletter(english: str, finnish: str = "Hei {{ name }}") -> tuple[Newsletter, dict[str, str], Sending]:
    content = {"news.en.j2": FRONT + english, "news.fi.j2": finnish}
    newsletter = read_newsletter("news", content, LANGUAGES, FaultList())
    assert newsletter is not None
    return newsletter, content, Sending(1, "news", newsletter.digest, SendingState.DRAFT, NOW)


async def _readers(database: Database, count: int, **values: object) -> None:
    async with database.write() as tx:
        await put_customers(tx, range(1, count + 1), name="Ann", language="en", **values)
        await put_consents(tx, range(1, count + 1))


async def _check(database: Database, english: str, keep: int | None = None) -> Report:
    newsletter, content, sending = _newsletter(english)
    return await preflight(
        database, COMPANY, RENDERING, newsletter, sending, NOW, content=content, keep=keep, per_second=10
    )


async def test_everybody_whose_message_would_fail_is_named_with_file_and_line(database: Database) -> None:
    """The line is counted as in the file, front matter included; the others are counted as checked."""
    await _readers(database, 6)
    async with database.write() as tx:
        known = [(who, KnownFact("size", 38, "test", NOW)) for who in (1, 2, 4, 6)]
        await set_facts(tx, known)
    report = await _check(database, "Hello\n\nyour size is {{ fact.size }}")
    assert (report.count, report.checked, report.failures, report.is_sound) == (6, 6, 2, False)
    assert [each.customer_id for each in report.failing] == [3, 5]
    first = report.failing[0]
    assert (first.file, first.line, first.language) == ("news.en.j2", 7, "en")
    assert str(first).startswith("news.en.j2:7: for customer id 3: 'dict object' has no attribute 'size'; ")


async def test_markup_that_only_some_customers_values_break_is_found(database: Database) -> None:
    """What Telegram would refuse counts as failing, although it renders; harmless values of customers never do."""
    await _readers(database, 2)
    async with database.write() as tx:
        await put_customers(tx, [9], name="<b>&Co", language="fi", town="Espoo")
        await put_consents(tx, [9])
        await set_facts(tx, [(2, KnownFact("colour", "red", "test", NOW))])
    report = await _check(database, "Hello {{ name }}{% if fact.colour is defined %}\n<b>dear{% endif %}")
    assert [(each.customer_id, each.line, each.problem) for each in report.failing] == [(2, 5, "<b> is not closed")]
    assert report.languages == {"en": 2, "fi": 1}


async def test_audience_is_the_one_that_would_be_frozen(database: Database) -> None:
    """Who is left out is counted with the reason and not rendered; who gets an empty text is counted by herself."""
    await _readers(database, 3)
    async with database.write() as tx:
        await put_customers(tx, [4], town="Turku")
        await put_customers(tx, [5], town="Oulu")
        await put_customers(tx, [6], reach="blocked")
        await put_consents(tx, [4, 6])
        await set_facts(tx, [(3, KnownFact("done", "yes", "test", NOW))])
    report = await _check(database, "{% if fact.done is not defined %}Hello, how are you?{% endif %}")
    assert (report.count, report.checked, report.empty, report.is_sound) == (3, 3, 1, True)
    assert report.excluded == {"excluded": 1, "no_consent": 1, "left_bot": 1}
    assert report.longest.units == len("Hello, how are you?")
    assert report.seconds == 1


async def test_nobody_waits_for_a_long_pre_flight(sqlite_database: Database) -> None:
    """Between a few messages the loop turns, progress is told, and only as many failing as asked are kept."""
    await _readers(sqlite_database, 450)
    newsletter, content, sending = _newsletter("{{ fact.size }}")
    turns, told = 0, list[tuple[int, int]]()

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def progress(done: int, of: int) -> None:
        told.append((done, of))

    beside = asyncio.create_task(others())
    report = await preflight(
        sqlite_database, COMPANY, RENDERING, newsletter, sending, NOW, content=content, keep=20, progress=progress
    )
    beside.cancel()
    assert turns > 450 // 10
    assert told == [(200, 450), (400, 450), (450, 450)]
    assert (report.failures, len(report.failing)) == (450, 20)


@pytest.mark.parametrize("hour", [3, 10])
async def test_message_is_checked_as_of_the_moment_given(sqlite_database: Database, hour: int) -> None:
    """The same store gives the same report at any hour: quiet hours are no failure."""
    await _readers(sqlite_database, 2)
    newsletter, content, sending = _newsletter("Hello, it is {{ today | date }}")
    at = dt.datetime.combine(NOW.date(), dt.time(hour), dt.UTC)
    moved = dataclasses.replace(sending, created_at=at)
    report = await preflight(sqlite_database, COMPANY, RENDERING, newsletter, moved, at, content=content)
    assert (report.checked, report.is_sound) == (2, True)


async def test_every_variant_is_checked_for_everybody(sqlite_database: Database) -> None:
    """Who is not in the test gets the winner, whichever that is: a fault in one variant is found for each of them."""
    await _readers(sqlite_database, 2)
    text = 'Hello{% if variant == "b" %} {{ 10 // (name | length - 3) }}{% endif %}'
    content = {"news.en.j2": f'+++\n[test]\nvariants = ["a", "b"]\n+++\n{text}'}
    newsletter = read_newsletter("news", content, ("en",), FaultList())
    assert newsletter is not None
    sending = Sending(1, "news", newsletter.digest, SendingState.DRAFT, NOW)
    report = await preflight(sqlite_database, COMPANY, RENDERING, newsletter, sending, NOW, content=content)
    assert (report.checked, report.failures) == (2, 2)
