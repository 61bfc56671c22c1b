"""Segment files are read with every fault at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.segment_files import SHIPPED, load_segments
from domain.customers import CustomerKind
from domain.faults import Faults
from domain.people import ContactKind
from domain.rules import parse_rule
from domain.segments import Segment, is_profiling


def written(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def test_file_becomes_a_segment_with_its_defaults(tmp_path: Path) -> None:
    """A rule is all that a segment needs."""
    (segment,) = load_segments([written(tmp_path / "segments", regulars="rule = 'visits(12m) >= 20'")])
    assert segment == Segment("regulars", parse_rule("visits(12m) >= 20"))
    assert (segment.kind, segment.contact, segment.minimum_size) == (CustomerKind.CONSUMER, ContactKind.CUSTOMER, 30)


def test_every_key_is_read(tmp_path: Path) -> None:
    """One measure may stand without a list around it; it is written as the rule language writes it."""
    text = """
title.fi = "Kannat"
title.en = "Regulars"
rule = '''visits(12m) >= 20
and town = "Turku"'''
kind = "company"
contact = "reseller"
minimum_size = 5
spread = "spent( 12m )"
"""
    (segment,) = load_segments([written(tmp_path / "segments", key=text)])
    assert segment.title == {"fi": "Kannat", "en": "Regulars"}
    assert (segment.kind, segment.contact, segment.minimum_size) == (CustomerKind.COMPANY, ContactKind.RESELLER, 5)
    assert segment.spread == ("spent(12m)",)


def test_every_fault_of_every_file_is_told_at_once_with_line_and_remedy(tmp_path: Path) -> None:
    """Nobody mends one mistake only to meet the next."""
    folder = written(
        tmp_path / "segments",
        a='rule = "visits(12m) >="\nkind = "firm"\nminimum_size = 0\n',
        b="""rule = 'language = "fi"'\nspread = ["spent(12m)", "unbroken(\\"x\\")", "spnt(1m)"]\ntitel.fi = "B"\n""",
        c='title.english = "C"\n',
    )
    with pytest.raises(Faults) as caught:
        load_segments([folder])
    found = [(fault.where, fault.line, fault.key) for fault in caught.value.faults]
    assert found == [
        ("segments/a.toml", 1, "rule"),
        ("segments/a.toml", 2, "kind"),
        ("segments/a.toml", 3, "minimum_size"),
        ("segments/b.toml", 2, "spread[2]"),
        ("segments/b.toml", 2, "spread[3]"),
        ("segments/b.toml", 3, "titel"),
        ("segments/c.toml", 1, "title.english"),
        ("segments/c.toml", 1, "rule"),
    ]
    assert all(fault.remedy for fault in caught.value.faults)


def test_own_file_wins_over_a_shipped_one_and_off_takes_it_away(tmp_path: Path) -> None:
    """What is shipped is a beginning, not a rule."""
    own = written(tmp_path / "segments", regulars="rule = 'visits(1m) >= 1'")
    written(own, **{"gone-quiet": "off = true"})
    found = {segment.name: segment for segment in load_segments([SHIPPED, own])}
    assert str(found["regulars"].rule) == "visits(1m) >= 1"
    assert "gone-quiet" not in found
    assert "business-buyers" in found


def test_shipped_segments_read_and_have_titles_in_three_languages() -> None:
    """A new company sees segments that mean something."""
    for segment in load_segments([SHIPPED]):
        assert set(segment.title) == {"fi", "en", "cs"}


def test_segment_of_purchases_profiles_and_one_of_her_words_does_not() -> None:
    """Who objects to profiling leaves the first and stays in the second."""
    rules = {
        "told": 'language = "fi" and member("club:wine") and days_since(birth_date) > 10',
        "bought": "count(12m) > 3",
        "last": 'days_since("purchase") < 30',
        "reckoned": 'picture.stage = "start"',
    }
    segments = {name: Segment(name, parse_rule(rule)) for name, rule in rules.items()}
    assert {name for name, each in segments.items() if is_profiling(each, segments)} == {"bought", "last", "reckoned"}
