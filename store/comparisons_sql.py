"""Comparisons between a rule's terms in SQL, as `domain.rules_values.compare` makes them in Python."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, Float, Integer, Text, and_, case, cast, func, literal, not_, null

from domain.durations import Duration
from domain.rules_values import EPSILON, Comparison, Type, as_days
from store.term import Term, day_of, number_of

_LEAST = float(EPSILON)
_WORDS = {Type.FLAG, Type.TEXT, Type.ANY}


def compared(comparison: Comparison, left: Term, right: Term, today: dt.date) -> ColumnElement[bool]:
    """Compare two terms; null where one has no value or the two cannot be compared."""
    if left.kind is Type.DURATION or (right.kind is Type.SPAN and left.kind is not Type.SPAN):
        left, right, comparison = right, left, comparison.mirrored
    if isinstance(right.constant, Duration):
        return _with_duration(comparison, left, right.constant, today)
    if left.kind is Type.SPAN:
        if right.kind is not Type.SPAN or left.column is None or right.column is None:
            return _unknown()
        return _plain(comparison.mirrored, left.column, right.column)
    kinds = {left.kind, right.kind}
    if Type.LIST in kinds:
        return _unknown()
    tried = (way(comparison, left, right) for way in (_by_words, _by_numbers, _by_days))
    found = [way for way in tried if way is not None]
    if not found:
        return _unknown()
    return found[0] if len(found) == 1 else func.coalesce(*found, type_=Boolean())


def words_of(term: Term) -> tuple[ColumnElement[str]] | None:
    """Give a term as a text ("yes" and "no" for flags); None where it can be none."""
    if isinstance(term.constant, bool):
        return (literal("yes" if term.constant else "no", Text()),)
    if term.kind is Type.FLAG and term.column is not None:
        return (case((term.column, literal("yes", Text())), (not_(term.column), literal("no", Text()))),)
    column = term.column if term.kind is Type.TEXT else term.word
    return None if column is None else (column,)


def _by_words(comparison: Comparison, left: Term, right: Term) -> ColumnElement[bool] | None:
    one, two = words_of(left), words_of(right)
    if comparison.orders or one is None or two is None:
        return None
    return _plain(comparison, one[0], two[0])


def _by_numbers(comparison: Comparison, left: Term, right: Term) -> ColumnElement[bool] | None:
    one, two = number_of(left), number_of(right)
    if one is None or two is None:
        return None
    return _plain(comparison, one, two) if left.exact and right.exact else _near(comparison, one, two)


def _near(comparison: Comparison, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[bool]:
    difference = cast(left, Float) - cast(right, Float)
    match comparison:
        case Comparison.EQUAL:
            return func.abs(difference) <= _LEAST
        case Comparison.DIFFERENT:
            return func.abs(difference) > _LEAST
        case Comparison.LESS:
            return difference < -_LEAST
        case Comparison.AT_MOST:
            return difference <= _LEAST
        case Comparison.MORE:
            return difference > _LEAST
        case Comparison.AT_LEAST:
            return difference >= -_LEAST


def _by_days(comparison: Comparison, left: Term, right: Term) -> ColumnElement[bool] | None:
    if Type.DATE not in {left.kind, right.kind} and not comparison.orders:
        return None
    if Type.FLAG in {left.kind, right.kind}:
        return None
    one, two = day_of(left), day_of(right)
    return None if one is None or two is None else _plain(comparison, one, two)


def _with_duration(comparison: Comparison, left: Term, duration: Duration, today: dt.date) -> ColumnElement[bool]:
    if left.kind is Type.NUMBER and left.column is not None:
        days = as_days(duration)
        if days is None:
            return _unknown()
        constant = literal(int(days), Integer())
        return _plain(comparison, left.column, constant) if left.exact else _near(comparison, left.column, constant)
    if left.kind is not Type.SPAN or left.column is None:
        return _unknown()
    try:
        edge = duration.before_date(today)
    except OverflowError:  # longer than the calendar: every span there is, is less
        holds = literal(comparison.holds_for(-1), Boolean())
        return case((and_(left.column.is_not(None)), holds))
    return _plain(comparison.mirrored, left.column, literal(edge, Date()))


def _plain(comparison: Comparison, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[bool]:
    match comparison:
        case Comparison.EQUAL:
            return left == right
        case Comparison.DIFFERENT:
            return left != right
        case Comparison.LESS:
            return left < right
        case Comparison.AT_MOST:
            return left <= right
        case Comparison.MORE:
            return left > right
        case Comparison.AT_LEAST:
            return left >= right


def _unknown() -> ColumnElement[bool]:
    return cast(null(), Boolean)
