"""One term of a rule in SQL: a value per customer, with its type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, literal

from domain.rules_values import Type, Value, as_date
from store.calendar_sql import DayOfText


@dataclass(frozen=True, slots=True)
class Term:
    """
    One value per customer. *column* holds it by its kind: a flag, number, text, date, or the date a span begins.

    For ANY (a fact), *word* holds it where it is text, yes or no, *figure* where it is a number, and *day* where its
    text writes a date. *constant* is the value of a constant. *exact* numbers are whole by nature, so that no tolerance
    is needed.
    """

    kind: Type
    column: ColumnElement[Any] | None = None
    word: ColumnElement[str] | None = None
    figure: ColumnElement[float] | None = None
    day: ColumnElement[Any] | None = None
    constant: Value | None = None
    exact: bool = False


UNKNOWN = Term(Type.ANY)
"""A term that has no value for anybody."""


def number_of(term: Term) -> ColumnElement[Any] | None:
    """Give a term's number, None where it can have none."""
    return term.column if term.kind is Type.NUMBER else term.figure


def day_of(term: Term) -> ColumnElement[Any] | None:
    """Give a term's date, also out of a text that writes one; None where it can have none."""
    if term.constant is not None:
        date = as_date(term.constant)
        return None if date is None else literal(date, Date())
    match term.kind:
        case Type.DATE:
            return term.column
        case Type.TEXT if term.column is not None:
            return DayOfText(term.column)
        case _:
            return term.day
