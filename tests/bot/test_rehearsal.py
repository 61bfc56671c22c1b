"""Rehearsals: what would happen is what happens, and nothing leaves."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.commands.rehearse import show_coupons
from bot.config import Config
from bot.config_reading import load_config
from bot.content import load_content
from bot.playground.clock import PlayClock
from bot.playground.limits import Limits
from bot.playground.playground import Playground
from bot.rehearsal import SteppedClock, live, rehearsing, settings_for
from bot.rehearsal_coupons import CouponCost
from bot.rehearsal_result import Rehearsed, rehearsed
from bot.wiring import App
from store.customers import add_customers
from store.database import Database, store_url
from store.rehearsed import Begun, begun_contacts
from store.tables import contacts, holds, outbox
from tests.bot.command_line import runner
from tests.store.sending_rows import put_consents

AT = dt.datetime(2027, 3, 26, 9, tzinfo=dt.UTC)
DAYS = 3
NEWS = """+++
title = "News"
schedule = "0 {hour} */2 * *"
late = "2d"
canary = 0
+++
Hello {{{{ name }}}}, news of {{{{ today | date }}}}.
"""
SURVEYS = """[[survey]]
dialogue = "nps"
schedule = "0 12 28 3 *"
sample = { size = 6 }
"""
CARE = """title.en = "Year"
audience = "visits >= 0"
[[action]]
id = "hello"
title.en = "Hello"
kind = "message"
text.en = "Spring is here, {{ name }}."
when = "28 March"
"""
CONFIG = """[company]
languages = ["en"]
[staff]
admins = [501]
[newsletters]
approval = "none"
[content]
folder = "content"
"""
_ZONES = (None, "Asia/Tokyo", "America/New_York")
_PEOPLE = 9


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """A Telegram with the same people in it."""
    stand_in = Playground(clock=PlayClock(AT, frozen=True), limits=Limits.none())
    for number in range(1, _PEOPLE + 1):
        stand_in.add_person(f"Ann {number}", user_id=7000 + number, language_code="en").started = True
    stand_in.add_person("Olga", user_id=501).started = True
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
def company(sqlite_url: str, tmp_path: Path) -> Path:
    """The config of a company with two newsletters, a survey and nine customers, of whom two take no advertising."""
    content = tmp_path / "content"
    for folder in ("newsletters", "plans", "care"):
        (content / folder).mkdir(parents=True)
    for name, hour in (("early", 7), ("late", 22)):
        (content / "newsletters" / f"{name}.en.j2").write_text(NEWS.format(hour=hour))
    (content / "plans" / "surveys.toml").write_text(SURVEYS)
    (content / "care" / "year.toml").write_text(CARE)
    (tmp_path / "vuoro.toml").write_text(CONFIG + f'[store]\nurl = "{sqlite_url}"\n')
    asyncio.run(_put_people(sqlite_url))
    return tmp_path / "vuoro.toml"


async def _put_people(url: str) -> None:
    database = Database(store_url(url))
    async with database.write() as tx:
        rows: list[dict[str, Any]] = [
            {"id": each, "chat_id": 7000 + each, "name": f"Ann {each}", "reach": "reachable", "created_at": AT}
            | {"timezone": _ZONES[each % 3], "met_at": AT, "language": "en"}
            for each in range(1, _PEOPLE + 1)
        ]
        await add_customers(tx, rows)
        await put_consents(tx, range(1, _PEOPLE - 1))
        await put_consents(tx, range(1, _PEOPLE + 1), "surveys")
    await database.close()


@pytest.fixture
def config(company: Path, playground: Playground) -> Config:
    """The same company, whose Telegram is the stand-in."""
    read = load_config(company, {})
    return replace(read, telegram=replace(read.telegram, token=playground.token, api_url=playground.url))


async def _story(app: App) -> tuple[list[Begun], list[tuple[Any, ...]]]:
    async with app.database.read() as tx:
        begun = [each async for each in begun_contacts(tx, AT, AT + dt.timedelta(days=400))]
        held = await tx.execute(
            select(holds.c.customer_id, holds.c.at, holds.c.kind, holds.c.reason).order_by(
                holds.c.at, holds.c.customer_id, holds.c.kind, holds.c.reason
            )
        )
        return begun, [tuple(row) for row in held]


def _adds_up(found: Rehearsed, begun: list[Begun], held: list[tuple[Any, ...]]) -> None:
    """Contacts by the months of the company's zone, how they are spread over customers, and what was held."""
    assert found.contacts == len(begun) == sum(map(sum, found.customers.values()))
    assert sum(found.months[2].values()) == found.contacts
    assert found.everybody == _PEOPLE
    assert found.share(1.0) == max(map(sum, found.customers.values())) >= found.share(0.5)
    assert sum(found.holds.values()) == len(held)
    assert {each.action for each in found.care} == {"hello"}


async def test_rehearsal_is_what_the_program_then_does_and_no_message_leaves(
    config: Config, playground: Playground
) -> None:
    """The same contacts at the same moments in the same words, the same holds, as with a Telegram that delivers."""
    until, content = AT + dt.timedelta(days=DAYS), load_content(config)
    async with rehearsing(config, content, AT) as (app, clock, silent):
        await live(app, clock, until)
        foreseen = await _story(app)
        async with app.database.read() as tx:
            _adds_up(await rehearsed(tx, AT.astimezone(config.company.zone), until), *foreseen)
        assert app.parts.ticker.troubles == {}
    assert silent.sent > _PEOPLE
    assert playground.counts.requests == 0
    database = Database(store_url(config.store))
    async with database.read() as tx:
        assert not (await tx.execute(select(contacts.c.id))).all()
        assert not (await tx.execute(select(outbox.c.id))).all()
    await database.close()
    real = App(config, clock=playground.clock, content=content, settings=settings_for(None))
    await real.start()
    try:
        await live(real, playground.clock, until)
        assert await _story(real) == foreseen
    finally:
        await real.stop()
    assert playground.counts.messages_from_bot == silent.sent
    kinds = {contact.kind for contact in foreseen[0]}
    assert kinds >= {"newsletter", "survey"}
    assert foreseen[1]  # and the courtesy budget held some


def test_command_tells_the_year_as_json_and_refuses_one_that_is_over(
    company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One document; the file of the rehearsal stays where it is asked for; a year of the past is refused."""
    present = dt.datetime(2027, 12, 30, 12, tzinfo=dt.UTC)
    monkeypatch.setattr("bot.commands.rehearse.now", lambda: present)
    vuoro = runner(capsys)
    kept, table = tmp_path / "played.db", tmp_path / "months.csv"
    asked = ["rehearse", "2027", "--keep", kept, "--csv", table, "--json", "--config", company]
    found = vuoro(*asked).document
    assert (found["year"], found["customers"], found["troubles"]) == (2027, _PEOPLE, {})
    assert found["messages"] >= found["contacts"] == sum(found["months"][11]["contacts"].values()) > 0
    assert found["coupons"] == []
    assert kept.exists()
    assert table.read_text().splitlines()[0].startswith("customer,2027-01,")
    assert len(table.read_text().splitlines()) == found["reached"] + 1
    taken, past = vuoro(*asked), vuoro("rehearse", "2026", "--config", company)
    assert (taken.code, past.code) == (1, 1)
    assert "is there already" in taken.err
    assert "2026: is over" in past.err


def test_cost_of_coupons_is_shown_with_its_bounds_or_as_not_known(
    company: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be foreseen is said to be so, and is in no sum."""
    known, unknown = CouponCost("six", 60, 0.25, 3000, 2100, 4150), CouponCost("tea", 5, None, None, None, 900)
    config = load_config(company, {})
    show_coupons(config, [known, unknown, CouponCost("words", 1, None, None, None, None)])
    told = capsys.readouterr().out
    for each in (
        "six        60        25%                  €30.00      €21.00      €41.50",
        "The coupons cost about €30.00 in the year",
        "note: what the coupons of tea cost cannot be foreseen yet: at most €9.00",
        "of words cost cannot be foreseen yet: nothing bounds it",
    ):
        assert " ".join(each.split()) in " ".join(told.split())
    show_coupons(config, [])
    assert capsys.readouterr().out == ""


def test_clock_of_a_rehearsal_stands_until_it_is_set() -> None:
    """It tells UTC, whatever zone it was set in."""
    clock = SteppedClock(AT)
    clock.set(AT.astimezone(dt.timezone(dt.timedelta(hours=9))) + dt.timedelta(days=1))
    assert clock.now() == AT + dt.timedelta(days=1)
    assert clock.now().tzinfo is dt.UTC
