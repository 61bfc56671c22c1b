"""The section [points] of a programme's file: what it may say, and what is told of mistakes."""

from __future__ import annotations

from decimal import Decimal

from bot.points_file import points_rules
from domain.documents import read_document
from domain.durations import Duration, Unit
from domain.faults import FaultList
from domain.points import Base, PointsRules, Rounding


def _read(text: str) -> tuple[PointsRules, list[str]]:
    faults = FaultList()
    top = read_document(text, "programmes/plus.toml", faults)
    assert top is not None
    rules = points_rules(top.section("points"))
    top.finish()
    return rules, [str(each) for each in faults.faults]


def test_all_keys_are_read() -> None:
    """Nothing of the formula is lost on the way."""
    rules, faults = _read(
        '[points]\npoints = 5\nper = 10\nbase = "line"\nrounding = "half-up"\nleast = 2.5\ndouble = ["coffee"]\n'
        'none = ["tobacco"]\npending = "14d"\nlifetime = "2y"\nwarn_before = "30d"\ntell = true\n'
    )
    assert faults == []
    assert rules == PointsRules(
        5,
        Decimal(10),
        Base.LINE,
        Rounding.HALF_UP,
        Decimal("2.5"),
        (("coffee", 2), ("tobacco", 0)),
        Duration(14, Unit.DAYS),
        Duration(2, Unit.YEARS),
        Duration(30, Unit.DAYS),
        True,
    )


def test_mistakes_are_told_all_at_once() -> None:
    """A word in two lists, a warning before nothing, a unit of nothing, and a slip of the pen."""
    _, faults = _read('[points]\nper = 0\ndouble = ["tea"]\nnone = ["tea"]\nwarn_before = "30d"\nlifetme = "2y"\n')
    told = "\n".join(faults)
    assert '"tea" stands in none as well' in told
    assert "points.per" in told
    assert "did you mean lifetime" in told or "lifetime" in told


def test_time_beyond_a_century_is_a_mistake_of_the_file() -> None:
    """Points whose end no calendar has would stop the night that reckons it; 100 years are as good as for ever."""
    for words in ("9999y", "1201m", "999999d", "5300w"):
        _, faults = _read(f'[points]\nlifetime = "{words}"\n')
        assert [f'"{words}" is longer than a century' in each for each in faults] == [True]
    rules, faults = _read('[points]\nlifetime = "100y"\npending = "36500d"\n')
    assert (faults, rules.lifetime) == ([], Duration(100, Unit.YEARS))
