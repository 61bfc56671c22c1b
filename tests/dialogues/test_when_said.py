"""A moment in a word or two before what was said, in the company's languages."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from dialogues.when_said import split_when

HELSINKI = zoneinfo.ZoneInfo("Europe/Helsinki")
NOW = dt.datetime(2027, 3, 2, 10, 15, tzinfo=HELSINKI)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "when", "said"),
    [
        ("yesterday 14:30 She rang", "2027-03-01 14:30", "She rang"),
        ("Yesterday: she rang", "2027-03-01 12:00", "she rang"),
        ("eilen klo 9.15 soitti", "2027-03-01 09:15", "soitti"),
        ("včera v 14:30 volala", "2027-03-01 14:30", "volala"),
        ("1.3. She came by", "2027-03-01 12:00", "She came by"),
        ("24.12.2026 letter", "2026-12-24 12:00", "letter"),
        ("2027-02-28 16:05 At the fair", "2027-02-28 16:05", "At the fair"),
        ("9:30 she rang", "2027-03-02 09:30", "she rang"),
        ("Friday 13:00, with Pete\nShe rang", "2027-02-26 13:00", "with Pete\nShe rang"),
        ("today she rang", "2027-03-02 10:15", "she rang"),
    ],
)
def test_moment_before_the_words_is_when_it_was(text: str, when: str, said: str) -> None:
    """Digits mean day before month; what is to come is the last such day."""
    at, rest = split_when(text, "en", ("en", "fi", "cs"), NOW)
    assert (at and at.strftime("%Y-%m-%d %H:%M"), rest) == (when, said)
    assert at is not None
    assert at.tzinfo is HELSINKI


@pytest.mark.parametrize(
    "text",
    [
        "2.5 kg were missing",
        "March is too late for her",
        "14.30 euros too much",
        "today 18:00 she comes",
        "She rang yesterday",
        "31.2. is no day",
        "",
    ],
)
def test_words_that_begin_with_no_past_moment_stay_whole(text: str) -> None:
    """Nothing that was said is taken for a date."""
    assert split_when(text, "en", ("en", "fi", "cs"), NOW) == (None, text)
