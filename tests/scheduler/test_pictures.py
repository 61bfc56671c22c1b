"""The night's work: incremental as from nothing, safe under kills, once a night, everybody active in one class."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from domain.company import Company
from domain.rules import parse_rule
from insight.settings import InsightRules, ShareRule
from scheduler import picture_night, picture_purchases
from scheduler.picture_night import begin, steps
from scheduler.picture_work import Work
from scheduler.pictures import Pictures
from store.database import Database
from store.night import Night, NightTaken, last_night, loyal_ones
from store.pictures import count_pictures, picture_of
from store.tables import consents, kept_measures, moves, pictures, stale_customers
from tests.scheduler.picture_people import MORNING, People, everybody, forget_pictures

RULES = InsightRules(share=ShareRule("food", "food_budget"), margins={"wine": 1000})
COMPANY = Company()
HISTORY = {"class_since", "stage_since", "step_since", "day"}  # what also tells of nights before
LATEST = {"due_on"}  # never later than need be, but sometimes earlier


async def aclose(parts: AsyncIterator[Night]) -> None:
    assert isinstance(parts, AsyncGenerator)
    await parts.aclose()


def silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""


async def night(database: Database, at: dt.datetime, rules: InsightRules = RULES) -> None:
    work = Work(database, COMPANY, rules)
    async for _ in steps(work, await begin(work, at), silent):
        pass


async def rows_of(database: Database) -> dict[int, dict[str, Any]]:
    async with database.read() as tx:
        found = (await tx.execute(select(pictures).order_by(pictures.c.customer_id))).all()
    return {row.customer_id: dict(row._mapping) for row in found}


async def kept_of(database: Database) -> dict[int, tuple[Any, ...]]:
    async with database.read() as tx:
        found = (await tx.execute(select(kept_measures).order_by(kept_measures.c.customer_id))).all()
    return {row.customer_id: tuple(row[3:]) for row in found}


def without(row: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


@pytest.fixture
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several batches even of few customers, and nobody looked at again only because she changed minutes ago."""
    monkeypatch.setattr("store.database._LATE", dt.timedelta(0))
    for step in (picture_night, picture_purchases):
        monkeypatch.setattr(step, "CUSTOMERS_AT_ONCE", 7)
    monkeypatch.setattr(picture_purchases, "LINES_AT_ONCE", 30)
    monkeypatch.setattr(picture_night, "_WRITTEN_AT_ONCE", 5)
    monkeypatch.setattr(picture_night, "_READ_AT_ONCE", 9)


@pytest.mark.usefixtures("_small_parts")
@pytest.mark.parametrize("seed", [1, 2])
async def test_pictures_made_night_by_night_are_those_made_from_nothing(database: Database, seed: int) -> None:
    """Whatever happens between the nights; and each night every active customer is in exactly one class."""
    people = People(seed)
    await people.begin(database, 25)
    for days in (1, 1, 3, 40, 1, 2):
        await people.step(database, days)
        await night(database, people.now)
        await _judge(database)
    step_by_step, kept = await rows_of(database), await kept_of(database)
    await forget_pictures(database)
    await night(database, people.now)
    at_once = await rows_of(database)
    assert step_by_step.keys() == at_once.keys() == set(await everybody(database))
    for who, row in at_once.items():
        assert without(step_by_step[who], HISTORY | LATEST) == without(row, HISTORY | LATEST), who
        assert (step_by_step[who]["due_on"] or dt.date.max) <= (row["due_on"] or dt.date.max)
    assert await kept_of(database) == kept


async def _judge(database: Database) -> None:
    """Who is active and does not object is in one class, told with a reason; who objects has nothing."""
    async with database.read() as tx:
        said = select(consents.c.customer_id).where(
            consents.c.purpose == "profiling", consents.c.current, ~consents.c.given
        )
        objecting = set((await tx.scalars(said)).all())
        assert not (await tx.scalars(select(stale_customers.c.customer_id))).all()
    for who, row in (await rows_of(database)).items():
        assert bool(row["class_reason"]) is (who not in objecting)
        assert row["stage"]
        assert row["step"]
        if who in objecting:
            names = (
                "recency",
                "value_class",
                "alive",
                "expected",
                "clv",
                "customer_class",
                "class_since",
                "cluster",
                "share",
            )
            assert [row[name] for name in names] == [None] * len(names)
            assert row["scheme"] == ""
        elif row["last_on"] is not None:
            assert row["customer_class"] in {"keep", "develop", "let_go"}
            assert row["recency"] in range(1, 6)
            assert row["scheme"] == "quintiles"


@pytest.mark.usefixtures("_small_parts")
async def test_night_killed_anywhere_ends_as_if_it_was_not(sqlite_database: Database) -> None:
    """Stopped after each of its transactions in turn and gone on with: the same pictures, the same moves."""
    database, people = sqlite_database, People(3)
    await people.begin(database, 20)
    await night(database, people.now)
    await people.step(database, 30)
    work = Work(database, COMPANY, RULES)
    await begin(work, people.now)
    for _ in range(200):
        async with database.read() as tx:
            known = await last_night(tx)
        assert known is not None
        if known.is_done:
            break
        parts = steps(work, known, silent)
        async for after in parts:
            if after.turn > known.turn:
                break  # one transaction, and then nothing of what the process knew is left
        await aclose(parts)
    stopped, stopped_moves = await rows_of(database), await _moves(database)
    again = People(3)
    await _empty(database)
    await again.begin(database, 20)
    await night(database, again.now)
    await again.step(database, 30)
    await night(database, again.now)
    assert await rows_of(database) == stopped
    assert await _moves(database) == stopped_moves
    assert stopped_moves


async def _moves(database: Database) -> list[tuple[Any, ...]]:
    async with database.read() as tx:
        found = (await tx.execute(select(moves))).all()
    return sorted(tuple(row[1:]) for row in found)


async def _empty(database: Database) -> None:
    async with database.write() as tx:
        for table in reversed(pictures.metadata.sorted_tables):
            await tx.execute(table.delete())


async def test_night_of_store_without_customers_is_done_and_next_sees_those_who_came(database: Database) -> None:
    """A company that begins with nobody has its nights too, and whoever comes in later has a picture."""
    people = People(5)
    await night(database, people.now)
    async with database.read() as tx:
        known = await last_night(tx)
    assert known is not None
    assert known.is_done
    await people.begin(database, 3)
    await night(database, people.now)
    assert (await rows_of(database)).keys() == set(await everybody(database))


async def test_job_works_once_a_night_whoever_comes_first(sqlite_database: Database) -> None:
    """Two processes: one night, no two moves, and the next night begins at its hour."""
    people = People(4)
    await people.begin(sqlite_database, 5)
    one, two = (Pictures(sqlite_database, COMPANY, RULES) for _ in range(2))
    now = MORNING + dt.timedelta(hours=4)
    for minutes in range(20):
        await one.tick(now + dt.timedelta(minutes=minutes))
        await two.tick(now + dt.timedelta(minutes=minutes))
    async with sqlite_database.read() as tx:
        first = await last_night(tx)
        assert first is not None
        assert first.is_done
        assert await count_pictures(tx) == 5
        due = await one.next_due(tx, now)
    assert due == dt.datetime(2027, 2, 26, 1, tzinfo=dt.UTC)  # three o'clock in Helsinki
    await one.tick(due - dt.timedelta(seconds=1))
    async with sqlite_database.read() as tx:
        assert await last_night(tx) == first
    for _ in range(20):
        await two.tick(due)
    async with sqlite_database.read() as tx:
        second = await last_night(tx)
    assert second is not None
    assert (second.day, second.is_done) == (dt.date(2027, 2, 26), True)


async def test_second_process_notices_that_it_is_not_its_turn(database: Database) -> None:
    """Of two at the same part one writes, and the other leaves everything as it is."""
    people = People(5)
    await people.begin(database, 5)
    work = Work(database, COMPANY, RULES)
    begun = await begin(work, people.now)
    first, second = steps(work, begun, silent), steps(work, begun, silent)
    await anext(first)
    with pytest.raises(NightTaken):
        await anext(second)


async def test_other_margin_makes_every_picture_anew(sqlite_database: Database) -> None:
    """A rule of the company's that changes holds for everybody from the next night on."""
    people = People(6)
    await people.begin(sqlite_database, 12)
    await night(sqlite_database, people.now)
    before = await rows_of(sqlite_database)
    rules = dataclasses.replace(RULES, margin=6000, margins={})
    await night(sqlite_database, people.now + dt.timedelta(days=1), rules)
    after = await rows_of(sqlite_database)
    assert [row["margin"] for row in after.values()] == [(6 * row["spent"] + 5) // 10 for row in before.values()]


async def test_loyal_by_the_companys_own_criterion_are_kept_while_it_holds(database: Database) -> None:
    """Whatever their value; when time alone ends it, they move back with the reason."""
    rules = dataclasses.replace(RULES, loyal=parse_rule("visits(30d) >= 1"), value_cuts=(0.01, 0.02))
    people = People(7)
    await people.begin(database, 20)
    await people.step(database, 1)
    await night(database, people.now, rules)
    async with database.read() as tx:
        loyal = await loyal_ones(tx, parse_rule("visits(30d) >= 1"), people.now.astimezone(COMPANY.zone), "EUR")
    before = await rows_of(database)
    assert loyal
    kept = {who for who, row in before.items() if row["customer_class"] == "keep"}
    assert kept == {who for who, row in before.items() if who in loyal or row["value_class"] == "A"}
    await night(database, people.now + dt.timedelta(days=40), rules)
    after = await rows_of(database)
    assert {who for who, row in after.items() if row["customer_class"] == "keep"} <= {
        who for who, row in after.items() if row["value_class"] == "A"
    }


async def test_without_numpy_the_job_says_so_once(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The rest of the program runs; nothing is planned."""
    monkeypatch.setattr("scheduler.pictures.can_picture", lambda: False)
    job = Pictures(sqlite_database, COMPANY, RULES)
    for _ in range(3):
        await job.tick(MORNING)
    assert [record.message for record in caplog.records] == ["pictures.cannot"]
    async with sqlite_database.read() as tx:
        assert await job.next_due(tx, MORNING) is None
        assert await picture_of(tx, 1) is None


async def test_store_without_customers_has_its_night_too(database: Database) -> None:
    """The first start of a new company: nothing to see, and no trouble."""
    await night(database, MORNING)
    async with database.read() as tx:
        known = await last_night(tx)
        assert known is not None
        assert known.is_done
        assert await count_pictures(tx) == 0
