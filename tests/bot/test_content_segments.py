"""What asks for segments is judged with them: names that there are not, and audiences that are too small."""

from __future__ import annotations

from pathlib import Path

from bot.content_segments import judge_segments, small_audiences
from domain.faults import FaultList
from domain.rules import parse_rule
from domain.segments import Segment, in_order, ring_of
from scheduler.newsletter_files import NewsletterFiles
from scheduler.plans import SurveyPlan


def written(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def test_audience_that_asks_for_no_segment_is_a_fault_with_its_line(tmp_path: Path) -> None:
    """A misspelt segment would select nobody in silence."""
    plans = written(tmp_path / "plans", autumn="[[survey]]\naudience = 'segment(\"regulers\")'\n")
    plan = SurveyPlan("nps", "0 9 * * *", audience='segment("regulers")')
    faults = FaultList()
    named = {"own": parse_rule('town = "Turku" and segment("nobody")')}
    judge_segments({"regulars"}, NewsletterFiles({}), [plan], [plans], named, faults)
    assert [(fault.where, fault.line, fault.problem) for fault in faults.faults] == [
        ("plans/autumn.toml", 2, 'unknown segment "regulers"'),
        ("rules/own.rule", 1, 'column 20 at "segment("nobody")": unknown segment "nobody"'),
    ]
    assert 'did you mean "regulars"' in faults.faults[0].remedy


def test_survey_of_a_segment_below_its_minimum_is_noted(tmp_path: Path) -> None:
    """Of few, a score says little and each can be told apart."""
    plans = written(tmp_path / "plans", autumn="[[survey]]\naudience = 'segment(\"few\")'\n")
    plan = SurveyPlan("nps", "0 9 * * *", audience='segment("few")')
    few = Segment("few", parse_rule("visits(12m) > 2"))
    small = small_audiences([few], {"few": 29}, NewsletterFiles({}), [plan], [plans])
    assert [(each.where, each.line, each.problem) for each in small] == [
        ("plans/autumn.toml", 2, 'the segment "few" has 29 members, and its minimum size is 30')
    ]
    assert small_audiences([few], {"few": 30}, NewsletterFiles({}), [plan], [plans]) == ()


def test_segments_stand_behind_those_they_ask_for_and_rings_are_found() -> None:
    """The night fills first what others are made of."""
    asks = Segment("a", parse_rule('segment("b")'))
    asked = Segment("b", parse_rule("visits(12m) > 2"))
    assert [each.name for each in in_order([asks, asked])] == ["b", "a"]
    ring = {"a": asks, "b": Segment("b", parse_rule('not segment("a")'))}
    assert list(ring_of("a", ring)) == ["a", "b", "a"]
    assert list(ring_of("a", {"a": asks, "b": asked})) == []
