"""Care plan files: the sample year that ships, own files, and every fault at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.care_files import plan_called, read_care
from domain.care import CarePlan, Row, cells, planned
from domain.contacts import Channel
from domain.faults import FaultList

LANGUAGES = ("fi", "en", "cs")


def plans(content: Path | None, faults: FaultList | None = None) -> tuple[CarePlan, ...]:
    """Read them as the program does."""
    return read_care(content, LANGUAGES, "EUR", faults if faults is not None else FaultList())


@pytest.mark.parametrize("year", [2026, 2027, 2028, 2031])
def test_sample_year_of_a_key_customer_has_exactly_22_cells(year: int) -> None:
    """P2: five rows, twelve months, 22 cells, one action in each; and it does nothing until it is switched on."""
    plan = plan_called(plans(None), "key-customers")
    assert plan is not None
    assert not plan.on
    found = cells(plan, year)
    assert len(found) == 22
    assert all(len(actions) == 1 for actions in found.values())
    assert {row for row, _ in found} == set(Row)
    assert {month for _, month in found} == set(range(1, 13))
    times = {action.id: sum(each is action for each, _ in planned(plan, year)) for action in plan.actions}
    named = ("trade-fair", "annual-contract", "christmas-lunch", "launch", "magazine", "autumn-trip", "newsletter")
    assert [times.pop(name) for name in named] == [1, 1, 1, 1, 3, 1, 4]
    assert sum(times.values()) == 10


def test_own_file_wins_and_off_takes_the_shipped_one_away(tmp_path: Path) -> None:
    """Same name = own wins."""
    (tmp_path / "care").mkdir()
    own = tmp_path / "care" / "key-customers.toml"
    own.write_text(PLAN)
    faults = FaultList()
    (plan,) = plans(tmp_path, faults)
    assert not faults.faults
    assert plan.on
    assert plan.audience == 'town = "Turku"'
    (action,) = plan.actions
    assert (action.channel, action.cost, action.lead.days, action.late.days) == (Channel.MEETING, 1250, 7, 3)
    assert not action.ask_late
    own.write_text("off = true\n")
    assert plans(tmp_path) == ()


def test_all_faults_of_a_plan_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    """One reading names each mistake, its line, its key and what to do; the plan is left out as a whole."""
    (tmp_path / "care").mkdir()
    (tmp_path / "care" / "bad.toml").write_text(BAD)
    faults = FaultList()
    assert [plan.name for plan in plans(tmp_path, faults)] == ["key-customers"]
    told = [str(fault) for fault in faults.faults]
    for line, key, problem in (
        (2, "title.fi", "is missing"),
        (3, "audience", "is empty"),
        (4, "owner", '"boss" is not'),
        (8, "action[one].channel", "one of"),
        (9, "action[one].when", '"mars" is no month'),
        (10, "action[one].late", "how late"),
        (14, "action[two].text", "is for messages"),
        (21, "action[one].id", "twice"),
        (19, "action[one].when", "needs either when or cron"),
    ):
        where = f"care/bad.toml:{line}: {key}"
        assert any(each.startswith(where) and problem in each for each in told), (where, told)
    assert any("nobody" in each or "nothing is known as" in each for each in told), told


@pytest.mark.parametrize(
    ("cron", "problem"),
    [
        ("*/15 * * * *", "more often than once an hour"),
        ("0 * * * *", ""),
        ("0 0 30 2 *", "is no cron line"),
        ("daily", "has not five fields"),
    ],
)
def test_cron_line_of_a_plan_comes_once_an_hour_at_most(tmp_path: Path, cron: str, problem: str) -> None:
    """What comes more often would be looked up for a part of the year only, and then never come again."""
    (tmp_path / "care").mkdir()
    plan = PLAN.replace('when = ["first Tuesday of March", "2027-09-01"]', f'cron = "{cron}"')
    (tmp_path / "care" / "mine.toml").write_text(plan)
    faults = FaultList()
    read_care(tmp_path, ("fi",), "EUR", faults)
    told = [str(fault) for fault in faults.faults if "mine" in str(fault)]
    assert all(problem in each for each in told)
    assert bool(told) is bool(problem), told


PLAN = """
title.fi = "Oma"
audience = 'town = "Turku"'
[[action]]
id = "visit"
title.fi = "Käynti"
channel = "meeting"
kind = "task"
when = ["first Tuesday of March", "2027-09-01"]
lead = "7d"
late = "up to 3d late, else skip"
cost = 12.50
"""

BAD = """
title.en = "Bad"
audience = ""
owner = "boss"
[[action]]
id = "one"
title.fi = "Yksi"
channel = "pigeon"
when = "first Tuesday of Mars"
late = "whenever"
kind = "task"
[[action]]
id = "two"
text.fi = "Hei"
title.fi = "Kaksi"
channel = "phone"
kind = "task"
when = "1 March"
[[action]]
title.fi = "Kolme"
id = "one"
text.fi = "Hei {{ nmae }}"
kind = "message"
# neither
"""
