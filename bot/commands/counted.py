"""Counts and amounts as people read them on the command line."""

from __future__ import annotations

from domain.money import major_units, minor_digits


def counted(count: int, one: str, many: str = "") -> str:
    """Give a count with its noun: 1 customer, 1,200 customers; *many* where the plural is not *one* with an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def amount(minor: int, currency: str) -> str:
    """Give an amount of minor units with its currency: 1,250.50 EUR."""
    return f"{major_units(minor, currency):,.{minor_digits(currency)}f} {currency}"
