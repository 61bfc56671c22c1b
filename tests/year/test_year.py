"""A small year of the whole program, with both changes of the clock and all outages, holds every promise."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.dialogues import RunState
from domain.schedules import SlotState
from tests.year.books import read_books
from tests.year.calendar import BEGIN
from tests.year.outages import OUTAGES, OutageKind
from tests.year.play import IN_MEMORY, Year
from tests.year.telegram_side import Begins, begun_with
from tests.year.verdict import broken_promises


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder, in the machine's memory where it has room for such."""
    with tempfile.TemporaryDirectory(prefix="vuoro-year-", dir=IN_MEMORY) as place:
        yield Path(place)


@pytest.mark.timeout(1200)
async def test_a_year_with_outages_and_both_changes_of_the_clock_holds_every_promise(
    sqlite_template: Path, folder: Path
) -> None:
    """
    No courtesy is broken, nothing is asked twice, each slot happens once or is reported, and contacts are messages.

    The year is one in which all of it could have gone wrong: every kind of beginning, of hold and of end occurs.
    """
    year = Year(folder, customers=14, days=365, seed=1, every=7, lightnings=2)
    await year.open(sqlite_template)
    try:
        await year.play()
        books = await read_books(year.app.database, BEGIN)
    finally:
        await year.close()
    assert [str(broken) for broken in broken_promises(year, books)] == []

    begun = Counter(one.why for customer in year.customers for one in begun_with(year, customer))
    assert begun.keys() == set(Begins)
    assert {RunState.DONE, RunState.EXPIRED} <= {run.state for run in books.runs}
    assert {slot.state for slots in books.slots.values() for slot in slots} == {
        SlotState.STARTED,
        SlotState.REPORTED_LATE,
    }
    assert len(year.recovered) == len(OUTAGES)
    assert year.starts > 1 + sum(outage.kind is OutageKind.DOWN for outage in OUTAGES)  # killed at work, too
    assert {"open_complaint", "least_gap", "weekly_cap"} <= {row.reason for row in books.holds}
