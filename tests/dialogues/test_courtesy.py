"""The courtesy budget: when the company may start a contact, and the reason when it may not."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogues.courtesy import WEEK, Decision, Situation, hold_for, quiet_until_for
from domain.company import CourtesyRules
from domain.customers import Customer, Purpose, Reach
from domain.holds import Hold

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)  # noon in Helsinki
ZONE = "Europe/Helsinki"
RULES = CourtesyRules()
ANN = Customer(1, chat_id=7, reach=Reach.REACHABLE, consents={Purpose.SURVEYS: True})


def decide(situation: Situation, purpose: Purpose | None = Purpose.SURVEYS, now: dt.datetime = NOW) -> Decision | None:
    """Ask about a situation."""
    return hold_for(situation, purpose, RULES, ZONE, now)


@pytest.mark.parametrize(
    ("change", "hold"),
    [
        ({}, None),
        ({"reach": Reach.BLOCKED}, Hold.LEFT_BOT),
        ({"reach": Reach.DEACTIVATED}, Hold.DEACTIVATED),
        ({"reach": Reach.NEVER_MET}, Hold.NEVER_MET),
        ({"chat_id": None}, Hold.NEVER_MET),
        ({"consents": {}}, Hold.NO_CONSENT),
        ({"consents": {Purpose.SURVEYS: False}}, Hold.NO_CONSENT),
        ({"paused_until": NOW + dt.timedelta(seconds=1)}, Hold.PAUSED),
        ({"paused_until": NOW}, None),
        ({"muted_until": NOW + dt.timedelta(days=1)}, Hold.MUTED),
        ({"timezone": "America/Los_Angeles"}, Hold.QUIET_HOURS),
    ],
)
def test_each_reason_is_named(change: dict[str, object], hold: Hold | None) -> None:
    """A no always says why."""
    decision = decide(Situation(dataclasses.replace(ANN, **change)))  # type: ignore[arg-type]  # one field each
    assert (decision and decision.hold) == hold


def test_nothing_is_started_while_a_complaint_is_open() -> None:
    """First we put right what is wrong."""
    decision = decide(Situation(ANN, complaint_open=True))
    assert decision is not None
    assert decision.hold is Hold.OPEN_COMPLAINT


def test_the_least_gap_ends_to_the_minute() -> None:
    """Exactly the gap is enough."""
    started = [NOW - RULES.least_gap + dt.timedelta(minutes=1)]
    assert decide(Situation(ANN, started)) == Decision(Hold.LEAST_GAP, NOW + dt.timedelta(minutes=1))
    assert decide(Situation(ANN, [NOW - RULES.least_gap])) is None


def test_the_weekly_cap_ends_when_the_oldest_of_the_week_is_a_week_old() -> None:
    """Two in seven days, and the third when the first is over."""
    started = [NOW - dt.timedelta(days=6), NOW - dt.timedelta(days=3)]
    assert decide(Situation(ANN, started)) == Decision(Hold.WEEKLY_CAP, NOW + dt.timedelta(days=1))
    assert decide(Situation(ANN, [NOW - WEEK, started[1]])) is None


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ("2027-03-02 20:59", None),
        ("2027-03-02 21:00", "2027-03-03 08:00"),
        ("2027-03-03 00:00", "2027-03-03 08:00"),
        ("2027-03-03 07:59", "2027-03-03 08:00"),
        ("2027-03-03 08:00", None),
        ("2027-03-27 23:00", "2027-03-28 08:00"),  # the clock goes forward that night
        ("2027-10-30 23:00", "2027-10-31 08:00"),  # and back
    ],
)
def test_quiet_hours_end_in_the_customers_own_morning(local: str, until: str | None) -> None:
    """Also over both changes of the clock."""
    zone = zoneinfo.ZoneInfo(ZONE)
    now = dt.datetime.fromisoformat(local).replace(tzinfo=zone)
    end = None if until is None else dt.datetime.fromisoformat(until).replace(tzinfo=zone)
    assert quiet_until_for(ZONE, RULES, now) == end


@given(
    st.lists(st.integers(0, 14 * 24 * 60), max_size=40),
    st.integers(0, 4),
    st.integers(0, 60),
    st.times(),
    st.times(),
)
def test_the_budget_is_never_exceeded(
    wishes: list[int], per_week: int, gap_hours: int, quiet_from: dt.time, quiet_to: dt.time
) -> None:
    """Whatever is wished for: at most so many in any week, the gap between, nothing in quiet hours."""
    rules = CourtesyRules(per_week, dt.timedelta(hours=gap_hours), quiet_from, quiet_to)
    started: list[dt.datetime] = []
    for minutes in sorted(wishes):
        at = NOW + dt.timedelta(minutes=minutes)
        decision = hold_for(Situation(ANN, tuple(started)), Purpose.SURVEYS, rules, ZONE, at)
        if decision is None:
            started.append(at)
            assert quiet_until_for(ZONE, rules, at) is None
        elif decision.hold.passes:
            assert decision.until is not None
            assert decision.until > at
    for index, at in enumerate(started):
        assert sum(at - WEEK < other <= at for other in started) <= per_week
        if index:
            assert at - started[index - 1] >= rules.least_gap
