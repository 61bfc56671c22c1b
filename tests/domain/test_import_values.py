"""Cells of an import: what people write in Finland and Czechia is understood, what may mean two things is not."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from decimal import Decimal

import pytest

from domain.import_values import (
    Unfit,
    amount_value,
    currency_value,
    decimal_sign_of,
    instant_value,
    quantity_value,
    text_value,
    words_value,
)
from domain.imports import Cell

HELSINKI = zoneinfo.ZoneInfo("Europe/Helsinki")


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12.50", 1250),
        ("12,50", 1250),
        ("1 234,56", 123456),
        ("1\u00a0234,56", 123456),
        ("1,234.56", 123456),
        ("1.234,56", 123456),
        ("1'234.50", 123450),
        ("1,234,567", 123456700),
        ("-5.00", -500),
        ("\u22125,00", -500),
        ("5,00-", -500),
        ("89,-", 8900),
        ("89,\u2013 €", 8900),
        ("-1.299,- €", -129900),
        ("(5.00)", -500),
        ("12,50 €", 1250),
        ("€12.50", 1250),
        ("12,50 EUR", 1250),
        ("12,50 euroa", 1250),
        ("12,50 e", 1250),
        ("5e", 500),
        ("0,5", 50),
        (".5", 50),
        ("7", 700),
        ("3.4999999999", 350),
        ("1.2345e2", 12345),
        (3.4999999999, 350),
        (-0.1, -10),
        (12, 1200),
        (Decimal("12.5"), 1250),
    ],
)
def test_amount_is_read_as_people_write_it(text: Cell, minor: int) -> None:
    """Point or comma, blanks and signs between thousands, the minus before or behind, the currency beside it."""
    assert amount_value(text, "EUR", None) == minor


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("", "is empty"),
        (None, "is empty"),
        ("abc", "is no amount"),
        ("1,2,3", "is no amount"),
        ("12.3456", "more decimals than EUR has"),
        (0.125, "more decimals than EUR has"),
        ("1,234", "may be a thousand or three decimals"),
        ("12 Kč", "is not in EUR"),
        ("1e400", "too large"),
        ("9" * 500, "too large"),
        (float("inf"), "NaN or infinite"),
        (float("nan"), "is empty"),
        (True, "yes or no"),
        ("--5", "is no amount"),
        ("-5-", "is no amount"),
        ("e5", "is no amount"),
        ("٣", "is no amount"),
    ],
)
def test_amount_that_cannot_be_taken_is_told_with_its_remedy(cell: Cell, problem: str) -> None:
    """Nothing is guessed, and nothing raises."""
    found = amount_value(cell, "EUR", None)
    assert isinstance(found, Unfit)
    assert problem in found.problem


def test_thousand_or_three_decimals_is_told_by_the_rest_of_the_file() -> None:
    """Where other amounts have decimal commas "1.234" is a thousand; where they differ nothing is known."""
    assert decimal_sign_of(["1,234", "12,50", "7"]) == ","
    assert decimal_sign_of(["1,234", "5.00 €"]) == "."
    assert decimal_sign_of(["1.234.567", "1,234"]) == ","
    assert decimal_sign_of(["1,234", "2,345"]) is None
    assert decimal_sign_of(["12,50", "12.50"]) is None
    assert amount_value("1,234", "EUR", ".") == 123400
    assert amount_value("1.234", "EUR", ",") == 123400
    assert amount_value("1,234", "KWD", ",") == 1234


@pytest.mark.parametrize(
    ("cell", "quantity"),
    [("", "1"), ("2", "2"), ("0", "0"), ("1.250", "1.250"), ("1,25", "1.25"), ("-1", "-1"), (3, "3"), (0.5, "0.5")],
)
def test_quantity_has_three_decimals(cell: Cell, quantity: str) -> None:
    """Weights are in thousandths; nothing is one."""
    assert quantity_value(cell) == Decimal(quantity)


@pytest.mark.parametrize("cell", ["x", "1.2345", "1e30", float("inf"), "999999999999", True])
def test_quantity_that_has_no_room_is_refused(cell: Cell) -> None:
    """More than three decimals, or more than the store has room for."""
    assert isinstance(quantity_value(cell), Unfit)


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2026-03-02T14:30:00+02:00", "2026-03-02T12:30:00"),
        ("2026-03-02T14:30:00Z", "2026-03-02T14:30:00"),
        ("2026-03-02 14:30", "2026-03-02T12:30:00"),
        ("2017-01-01 11:53:26.000000000", "2017-01-01T09:53:26"),
        ("2026-03-02", "2026-03-01T22:00:00"),
        ("2.3.2026", "2026-03-01T22:00:00"),
        ("2. 3. 2026 14:30", "2026-03-02T12:30:00"),
        ("02.03.2026 klo 14.30", "2026-03-02T12:30:00"),
        ("2.3.2026 14:30:05", "2026-03-02T12:30:05"),
        ("22.06.24", "2024-06-21T21:00:00"),
        ("2.3.26 klo 14.30", "2026-03-02T12:30:00"),
        ("1.1.69", "1968-12-31T22:00:00"),
        ("31.12.68", "2068-12-30T22:00:00"),
        (dt.date(2026, 3, 2), "2026-03-01T22:00:00"),
        (dt.datetime(2026, 3, 2, 14, 30), "2026-03-02T12:30:00"),  # noqa: DTZ001  (a file's time may have no zone)
    ],
)
def test_time_without_zone_is_the_company_s(cell: Cell, instant: str) -> None:
    """ISO 8601, day first with points, a date alone is its midnight."""
    assert instant_value(cell, HELSINKI) == dt.datetime.fromisoformat(instant).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("", "is empty"),
        ("31.2.2026", "no time that the calendar has"),
        ("31.2.26", "no time that the calendar has"),
        ("2.3.226", "is no time"),
        ("3/2/2026", "day or month first"),
        ("3/2/26", "day or month first"),
        ("yesterday", "is no time"),
        ("0001-01-01", "the year 1 cannot be"),
        ("9999-12-31T23:59:59-12:00", "the year 9999 cannot be"),
        (45000, "is a number"),
        ("2026-03-02T25:00", "no time that the calendar has"),
    ],
)
def test_time_that_cannot_be_is_told(cell: Cell, problem: str) -> None:
    """A day that no month has, a year that no shop has seen, and a day that may be a month."""
    found = instant_value(cell, HELSINKI)
    assert isinstance(found, Unfit)
    assert problem in found.problem


def test_texts_have_room_and_no_signs_that_nobody_sees() -> None:
    """Over-long texts and control characters are named; words of several lines become one."""
    assert text_value("  p1 ", 64) == "p1"
    assert text_value(900.0, 64) == "900"
    for cell, problem in (("x" * 65, "at most 64"), ("a\x00b", "cannot be read"), ("a\ufffd", "cannot be read")):
        found = text_value(cell, 64)
        assert isinstance(found, Unfit)
        assert problem in found.problem
    assert words_value("Coffee,\n  dark\t1 kg", 500) == "Coffee, dark 1 kg"
    assert currency_value("eur", "CZK") == "EUR"
    assert currency_value("", "CZK") == "CZK"
    assert isinstance(currency_value("Taler", "CZK"), Unfit)
    assert isinstance(currency_value("kr", "CZK"), Unfit), "a crown of several countries"


@pytest.mark.parametrize(
    ("text", "code"), [("€", "EUR"), ("Euro", "EUR"), ("euroa", "EUR"), ("Kč", "CZK"), ("$", "USD")]
)
def test_sign_or_name_in_the_column_of_currencies_is_its_code(text: str, code: str) -> None:
    """Spreadsheets write what stands beside an amount."""
    assert currency_value(text, "SEK") == code
