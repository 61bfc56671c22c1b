"""The report of cases: every figure by hand, on both databases."""

from __future__ import annotations

import dataclasses
import sys

import pytest

from bot.case_figures import CaseReport, Loop, Promises, Waited
from bot.case_report import case_report
from dialogues.library import SHIPPED as SCRIPTS
from dialogues.library import Library
from domain.case_clocks import Clock
from domain.cases import CaseKind
from domain.company import Company
from insight.survival import Survival
from store.database import Database
from tests.bot.case_rows import SINCE, UNTIL, at, put_cases

LANGUAGES = ("en", "fi", "cs")
COMPANY = Company(name="Aurora", languages=LANGUAGES)
LIBRARY = Library.load([SCRIPTS], LANGUAGES)
HOUR = 3600


async def reported(database: Database) -> CaseReport:
    """Return the report of the table's three weeks."""
    async with database.write() as tx:
        await put_cases(tx)
    async with database.read() as tx:
        return await case_report(tx, COMPANY, LIBRARY, SINCE, UNTIL)


def hours(found: Survival | None) -> tuple[float | None, float | None]:
    """Give median and p90 in hours."""
    assert found is not None
    median, p90 = found.median.value, found.p90.value
    return median and median / HOUR, p90 and p90 / HOUR


async def test_counts_equal_the_table(database: Database) -> None:
    """Received, closed, decided, open by age; what came after the period does not show."""
    found = await reported(database)
    assert found.received == 10  # No 1 to 10
    assert found.closed == 6  # No 1, 2, 4, 6, 7, 11
    assert found.decided == 8  # those, No 3 and No 5
    assert (found.declined, found.reopened) == (2, 1)  # No 3 and 5; No 3
    assert found.awaited == 1  # No 5
    assert found.open == 5
    assert found.ages == (1, 1, 1, 1, 1)  # No 8 (12 h), 9 (57 h), 10 (5.6 d), 3 (19.6 d), 12 (since February)
    assert (found.spam, found.merged) == (1, 1)
    assert dict(found.causes) == {"courier": 2, "defect": 1, "policy": 1, "": 4}


async def test_times_equal_the_table(database: Database) -> None:
    """
    The ten of the period; + are those that wait still.

        first answer, opening hours   0+  1  2  2  2+  3  3  5  8  16.5
            open after 1: 8/9, 2: · 6/8 = 0.667, 3: · 3/5 = 0.4 (median), 5: 0.267, 8: 0.133, 16.5: 0 (p90)
        first answer, hours           1  3  3  5  12+  18  24  48.5  57+  66
            open after 1: 0.9, 3: 0.7, 5: 0.6, 18: · 4/5 = 0.48 (median), 24: 0.36, 48.5: 0.24, 66: 0 (p90)
        decision, opening hours       0+  2  2+  3  8  15  16  17  31+  112+
            open after 2: 8/9, 3: · 6/7 = 0.762, 8: 0.635, 15: 0.508, 16: 0.381 (median), 17: 0.254
        decision, hours               12+  19  24  31  48  49  57+  66  134+  471+
            open after 19: 8/9, 24: 7/9, 31: 6/9, 48: 5/9, 49: 4/9 (median), 66: · 2/3 = 0.296
    """
    found = await reported(database)
    assert (found.answer.n, found.answer.done) == (10, 8)
    assert hours(found.answer.opening) == (3, 16.5)
    assert hours(found.answer.calendar) == (18, 66)
    assert (found.resolution.n, found.resolution.done) == (10, 6)
    assert hours(found.resolution.opening) == (16, None)
    assert hours(found.resolution.calendar) == (49, None)
    assert found.resolution.calendar is not None
    assert found.resolution.calendar.watched == 471 * HOUR


async def test_groups_equal_the_table(database: Database) -> None:
    """Of each kind and category: received, closed, open, and their own curve."""
    found = await reported(database)
    assert {kind: (each.received, each.closed, each.open) for kind, each in found.kinds.items()} == {
        CaseKind.COMPLAINT: (6, 3, 4),
        CaseKind.QUESTION: (1, 1, 0),
        CaseKind.FOLLOW_UP: (3, 2, 1),
    }
    assert [(name, each.received, each.closed, each.open) for name, each in found.categories.items()] == [
        ("delivery", 4, 2, 2),
        ("detractor", 2, 1, 1),
        ("product", 1, 1, 1),
        ("service", 1, 0, 1),
        ("other", 1, 1, 0),
        ("silent", 1, 1, 0),
    ]
    delivery = found.categories["delivery"]  # decided after 8 and 16 hours; two are open since 2 and 31 hours
    assert hours(delivery.resolution.opening) == (16, None)
    assert (delivery.resolution.n, delivery.resolution.done) == (4, 2)


async def test_promises_loop_and_ratings_equal_the_table(database: Database) -> None:
    """Clocks of the period; the follow-ups within 48 hours, of which No 8's are not over; four stars of five asked."""
    found = await reported(database)
    assert dict(found.promises) == {
        Clock.FIRST_ANSWER: Promises(kept=5, late=3, running=2),  # late: No 3, 6, 7
        Clock.NEXT_ANSWER: Promises(late=1),
        Clock.RESOLUTION: Promises(kept=1, late=1, running=1),
    }
    assert found.promises[Clock.FIRST_ANSWER].share == 5 / 8
    assert found.loop == Loop(received=3, answered=1, answered_of=2, settled=1, settled_of=2)
    assert (found.rating.n, found.rating.invited, found.rating.favourable, found.rating.value) == (4, 5, 3, None)


async def test_later_look_at_the_same_period_finds_the_same(database: Database) -> None:
    """A month that is over does not change; the next one counts on from it."""
    found = await reported(database)
    async with database.read() as tx:
        again = await case_report(tx, COMPANY, LIBRARY, SINCE, UNTIL)
        after = await case_report(tx, COMPANY, LIBRARY, UNTIL, at(3, month=4))
        nothing = await case_report(tx, COMPANY, LIBRARY, at(1, month=1), at(2, month=1))
    assert again == found
    assert (after.received, after.closed, after.decided, after.open) == (
        1,
        2,
        2,
        4,
    )  # No 15; 5, 12; 3, 12; 8, 9, 10, 15
    assert (nothing.received, nothing.open, nothing.answer.n, dict(nothing.categories)) == (0, 0, 0, {})


async def test_without_scipy_everything_but_the_medians_comes(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts and shares need no extra."""
    whole = await reported(sqlite_database)
    monkeypatch.setitem(sys.modules, "scipy", None)
    async with sqlite_database.read() as tx:
        found = await case_report(tx, COMPANY, LIBRARY, SINCE, UNTIL)
    assert not found.is_estimated
    assert found.answer == Waited(10, 8)
    bare = {"answer", "resolution", "kinds", "categories"}
    same = [each.name for each in dataclasses.fields(found) if each.name not in bare]
    assert [getattr(found, name) for name in same] == [getattr(whole, name) for name in same]
