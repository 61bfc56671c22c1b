"""Cells of imported customers: each a value, or a sentence that says what is wrong and how to write it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from bot.imports_languages import language_value
from domain.customer_values import (
    birth_value,
    email_value,
    fact_value,
    kind_value,
    phone_value,
    tags_value,
    telegram_value,
    yes_or_no,
)
from domain.import_values import Unfit

_TODAY = dt.date(2027, 3, 2)


def _born(cell: Any) -> Any:
    return birth_value(cell, _TODAY)


@pytest.mark.parametrize(
    ("read", "cell", "value"),
    [
        (yes_or_no, "Kyllä", True),
        (yes_or_no, "ANO", True),
        (yes_or_no, "1", True),
        (yes_or_no, True, True),
        (yes_or_no, "ei", False),
        (yes_or_no, "ne", False),
        (yes_or_no, " ", None),
        (kind_value, "Yritys", "company"),
        (kind_value, "kuluttaja", "consumer"),
        (kind_value, "společnost", "company"),
        (kind_value, "", ""),
        (email_value, "mailto:Eva@Example.org", "Eva@Example.org"),
        (email_value, "eva+shop@sub.example.co.uk", "eva+shop@sub.example.co.uk"),
        (phone_value, "+358 40 1234567", "+358 40 1234567"),
        (phone_value, "(02) 123-456 x12", "(02) 123-456 x12"),
        (phone_value, "00420777111222", "00420777111222"),
        (phone_value, 401234567, "401234567"),
        (telegram_value, "501", 501),
        (telegram_value, 7_000_000_001, 7_000_000_001),
        (telegram_value, "", None),
        (_born, "1980-05-01", dt.date(1980, 5, 1)),
        (_born, "1. 5. 1980", dt.date(1980, 5, 1)),
        (_born, "01-05-1980", dt.date(1980, 5, 1)),
        (_born, "5.3.84", dt.date(1984, 3, 5)),
        (_born, "2.3.27", dt.date(2027, 3, 2)),
        (_born, "3.3.27", dt.date(1927, 3, 3)),
        (_born, "29.2.28", dt.date(1928, 2, 29)),
        (_born, "1980-05-01 00:00:00", dt.date(1980, 5, 1)),
        (_born, dt.datetime(1980, 5, 1, tzinfo=dt.UTC), dt.date(1980, 5, 1)),
        (_born, "0000-00-00", None),
        (tags_value, "vip; summer |vip;;", ("vip", "summer")),
        (tags_value, None, ()),
        (fact_value, "38", 38),
        (fact_value, "38.5", 38.5),
        (fact_value, "007", "007"),
        (fact_value, "+358", "+358"),
        (fact_value, "blue  and\nred", "blue and red"),
        (fact_value, "", None),
        (language_value, "suomi", "fi"),
        (language_value, "Finnish", "fi"),
        (language_value, "čeština", "cs"),
        (language_value, "Czech", "cs"),
        (language_value, "cze", "cs"),
        (language_value, "česky", "cs"),
        (language_value, "Slovensky", "sk"),
        (language_value, "anglicky", "en"),
        (language_value, "německy", "de"),
        (language_value, "suomeksi", "fi"),
        (language_value, "in English", "en"),
        (language_value, "fi_FI", "fi-FI"),
        (language_value, "EN", "en"),
        (language_value, "", ""),
    ],
)
def test_cell_means_what_people_write(read: Callable[[Any], Any], cell: Any, value: Any) -> None:
    """Finnish, English and Czech words, dates with the day first, numbers with "+" and zeros as they are."""
    assert read(cell) == value


@pytest.mark.parametrize(
    ("read", "cell"),
    [
        (yes_or_no, "maybe"),
        (kind_value, "robot"),
        (email_value, "eva@example"),
        (email_value, "eva@example.org; jan@example.org"),
        (email_value, "eva@exa\x00mple.org"),
        (email_value, "eva@exa\x1bmple.org"),
        (phone_value, "040 123\n040 456"),
        (phone_value, "call me"),
        (phone_value, "12"),
        (telegram_value, "@eva"),
        (telegram_value, "0"),
        (telegram_value, "99999999999999999999"),
        (_born, "31.2.1980"),
        (_born, "5/1/1980"),
        (_born, "2027-03-03"),
        (_born, "1700-01-01"),
        (tags_value, ";".join(f"t{each}" for each in range(51))),
        (tags_value, "x" * 65),
        (fact_value, "a\x00b"),
        (language_value, "klingonish"),
        (language_value, "x-"),
    ],
)
def test_cell_that_cannot_be_meant_is_told(read: Callable[[Any], Any], cell: Any) -> None:
    """The sentence says what to write instead."""
    found = read(cell)
    assert isinstance(found, Unfit)
    assert ";" in found.problem
