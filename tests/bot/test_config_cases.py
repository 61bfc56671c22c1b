"""The config's section [cases]: its values reach the rules, and every fault is told with its line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.config_cases import unknown_categories
from bot.config_reading import load_config
from domain.case_rules import Assignment, CaseRules, ClockRule
from domain.company import Company, Hours
from domain.faults import Faults

HOUR = dt.timedelta(hours=1)


def _company(folder: Path, content: str) -> Company:
    file = folder / "vuoro.toml"
    file.write_text(content, encoding="utf-8")
    return load_config(file, {}).company


def _faults(folder: Path, content: str) -> list[str]:
    with pytest.raises(Faults) as caught:
        _company(folder, content)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_without_the_section_the_rules_are_the_defaults(tmp_path: Path) -> None:
    """Whoever writes nothing gets clocks of four, eight and forty hours, and nobody is given a case."""
    assert _company(tmp_path, "").cases == CaseRules()


def test_values_come_out_as_written(tmp_path: Path) -> None:
    """Clocks keep their order; what a clock leaves out is the company's, or the default."""
    company = _company(
        tmp_path,
        """
[company]
first_answer = "3h"
[cases]
warn_at = 0.5
settle = "5d"
reopen = "2w"
assign = ["customer owner", "category", "least busy"]
flood = 30
digest = "none"
[[cases.clocks]]
name = "loyal customers"
categories = ["delivery", "product"]
for = 'visits(12m) >= 20'
first_answer = "1h"
next_answer = "90min"
resolution = "none"
[[cases.clocks]]
resolution = "8h"
[cases.desks]
delivery = [11, 12]
[cases.causes]
late_courier = { fi = "Kuljetus myöhässä", en = "Late courier" }
[cases.routes]
en = "Ask the board."
""",
    )
    rules = company.cases
    loyal, rest = rules.clocks
    assert loyal.name == "loyal customers"
    assert loyal.categories == {"delivery", "product"}
    assert loyal.audience is not None
    assert (loyal.first_answer, loyal.next_answer, loyal.resolution) == (HOUR, 1.5 * HOUR, None)
    assert rest == ClockRule(first_answer=3 * HOUR, resolution=8 * HOUR)
    assert (rules.warn_at, rules.settle, rules.reopen) == (0.5, dt.timedelta(5), dt.timedelta(14))
    assert rules.assign == tuple(Assignment)
    assert (rules.flood, rules.digest) == (30, None)
    assert rules.desks == {"delivery": (11, 12)}
    assert rules.causes == {"late_courier": {"fi": "Kuljetus myöhässä", "en": "Late courier"}}
    assert rules.routes == {"en": "Ask the board."}


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Each with the line, the key, what is wrong and what to write."""
    content = """[cases]
warn_at = 2
assign = ["catgory"]
digest = "8.45"
flod = 3
[[cases.clocks]]
first_answer = "4m"
next_answer = "0s"
[[cases.clocks]]
for = "visits(12m) >="
resolution = "never"
[cases.desks]
delivery = ["Olga"]
[cases.causes]
Late = "Late courier"
[cases.routes]
eng = "Ask the board."
"""
    told = _faults(tmp_path, content)
    assert [line.partition(": ")[0] for line in told] == [
        f"vuoro.toml:{n}" for n in (2, 3, 4, 5, 7, 8, 10, 11, 13, 15, 17)
    ]
    assert told[1] == (
        'vuoro.toml:3: cases.assign[1]: "catgory" is not one of customer owner, category, least busy; '
        'did you mean "category"?'
    )
    assert told[3] == 'vuoro.toml:5: cases.flod: unknown key; did you mean "flood"?'
    assert told[5] == (
        'vuoro.toml:8: cases.clocks[1].next_answer: "0s" is no time to promise; '
        'write 1min to 60d of opening time, as in "4h"'
    )
    remedy = "use up to 32 of a-z, 0-9, _ and -, as in late_courier"
    assert told[9] == f"vuoro.toml:15: cases.causes.Late: is no name for a cause; {remedy}"


def test_a_category_that_no_dialogue_makes_is_named_with_the_nearest() -> None:
    """A clock or desk of a misspelt category would be idle for ever; it is warned of where it stands."""
    content = b"""[[cases.clocks]]
categories = ["delivry", "follow-up"]
[cases.desks]
delivery = [11]
prodct = [12]
"""
    known = {"delivery", "product", "follow_up"}
    problem = "no dialogue makes a case of the category"
    assert [str(fault) for fault in unknown_categories(content, "vuoro.toml", known)] == [
        f'vuoro.toml:2: cases.clocks[1].categories: {problem} "delivry"; did you mean "delivery"?',
        f'vuoro.toml:5: cases.desks.prodct: {problem} "prodct"; did you mean "product"?',
    ]


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("18:00-02:00", Hours(0, dt.time(18), dt.time(2))),
        ("00:00-24:00", Hours(0, dt.time(0), dt.time(0))),
        ("16:00-24:00", Hours(0, dt.time(16), dt.time(0))),
    ],
)
def test_opening_hours_may_go_on_over_midnight(tmp_path: Path, written: str, hours: Hours) -> None:
    """A bar closes at two, a petrol station never."""
    assert _company(tmp_path, f'[company]\nhours = {{ mon = "{written}" }}\n').hours == (hours,)


def test_hours_that_end_when_they_begin_are_a_fault(tmp_path: Path) -> None:
    """They could be a whole day or nothing."""
    (fault,) = _faults(tmp_path, '[company]\nhours = { mon = "09:00-09:00" }\n')
    assert fault.endswith('"09:00-09:00" closes when it opens; write "00:00-24:00" for a whole day, or "closed"')
