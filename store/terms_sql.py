"""The terms of a rule in SQL: names, measures, other functions and arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Float,
    Integer,
    Table,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from domain.contacts import Direction
from domain.durations import Duration
from domain.kept_measures import Measure, measure_to_keep
from domain.measures import window_start
from domain.rules_check import bound, function_of
from domain.rules_tree import Arithmetic, Call, Constant, Expression, Name, Operator
from domain.rules_values import EPSILON, Type, Value
from store.calendar_sql import DayOfNumber, DaysBetween, Position
from store.measures_sql import Moment, PurchaseMeasures
from store.names_sql import named
from store.points_sql import usable_points
from store.tables import consents, contacts, customers, memberships, segment_members, signals, tiers, verbatim_themes
from store.term import UNKNOWN, Term, day_of, number_of
from store.types import UtcDateTime


def tags_text() -> ColumnElement[str]:
    """Give the customer's tags as the JSON text they are kept in."""
    return type_coerce(customers.c.tags, Text())


def tag_position(tag: str) -> ColumnElement[int]:
    """Give where a tag stands in that text, 0 where it does not: quoted, so that no part of another tag is taken."""
    return Position(tags_text(), literal(orjson.dumps(tag).decode(), Text()))


class Terms:
    """
    Makes the terms of a rule for one moment; measures that are *kept* come from there, the others from purchases.

    With *joined*, what is asked of the picture comes from `PICTURE`, which must then be joined.
    """

    def __init__(
        self, moment: Moment, kept: Mapping[Measure, ColumnElement[float]] | None = None, *, joined: bool = False
    ) -> None:
        self.moment = moment
        self._joined = joined
        self._measures = PurchaseMeasures(moment)
        self._kept = kept or {}

    def of(self, node: Expression) -> Term:
        """Give the term of an expression; conditions inside expressions are the verdict's, not terms."""
        match node:
            case Constant():
                return _constant(node.value)
            case Name():
                return named(node.name, self.moment.currency, joined=self._joined)
            case Call():
                return self._called(node)
            case Arithmetic():
                return self._calculated(node)
            case _:
                return UNKNOWN

    def _calculated(self, node: Arithmetic) -> Term:
        left, right = number_of(self.of(node.left)), number_of(self.of(node.right))
        if left is None or right is None:
            return UNKNOWN
        one, two = cast(left, Float), cast(right, Float)
        match node.operator:
            case Operator.PLUS:
                value: ColumnElement[Any] = one + two
            case Operator.MINUS:
                value = one - two
            case Operator.TIMES:
                value = one * two
            case Operator.BY:
                value = case((func.abs(two) > float(EPSILON), one / two))
        return Term(Type.NUMBER, value)

    def _called(self, node: Call) -> Term:
        function = function_of(node)
        assert function is not None, f"{node.function} was not checked"
        arguments: dict[str, Value | None] = {}
        for name, value in bound(node).items():
            if isinstance(value, Name):
                return self._about(function.name, value)
            arguments[name] = value
        measure = measure_to_keep(function.name, arguments)
        if measure is not None and measure in self._kept:
            return self._from_kept(function.name, self._kept[measure])
        return self._asked(function.name, arguments)

    def _from_kept(self, function: str, number: ColumnElement[float]) -> Term:
        match function:
            case "visits" | "purchases" | "product_groups":
                return Term(Type.NUMBER, number, exact=True)
            case "every_due":
                return Term(Type.FLAG, number == 1)
            case "unbroken":
                return Term(Type.SPAN, func.coalesce(DayOfNumber(number), self.moment.today, type_=Date()))
            case "since" | "days_since":
                return self._since(function, DayOfNumber(number))
            case _:
                return Term(Type.NUMBER, number)

    def _about(self, function: str, subject: Name) -> Term:
        term = named(subject.name, self.moment.currency, joined=self._joined)
        if function == "has":
            parts = [part.is_not(None) for part in (term.column, term.word, term.figure) if part is not None]
            return Term(Type.FLAG, or_(*parts))
        return self._since(function, day_of(term))

    def _since(self, function: str, day: ColumnElement[Any] | None) -> Term:
        if day is None:
            return UNKNOWN
        if function == "since":
            return Term(Type.SPAN, day)
        return Term(Type.NUMBER, DaysBetween(self.moment.today, day), exact=True)

    def _asked(self, function: str, arguments: Mapping[str, Value | None]) -> Term:
        match function:
            case "since" | "days_since":
                is_purchase = arguments["what"] == "purchase"
                return self._since(function, self._measures.last_day() if is_purchase else self._last_contact_day())
            case "member":
                return Term(Type.FLAG, self._is_member(arguments["club"]))
            case "consent":
                return Term(Type.FLAG, _consents_to(arguments["purpose"]))
            case "said":
                what = verbatim_themes.c.theme == arguments["theme"]
                return Term(Type.FLAG, _there_is(what, *self._within(verbatim_themes, arguments["window"])))
            case "signals":
                mine = select(func.count()).select_from(signals).where(*self._within(signals, arguments["window"]))
                return Term(Type.NUMBER, mine.correlate(customers).scalar_subquery(), exact=True)
            case "signal":
                kind = signals.c.kind == arguments["kind"]
                return Term(Type.FLAG, _there_is(kind, *self._within(signals, arguments["window"])))
            case "segment":
                is_its = segment_members.c.segment == arguments["name"]
                return Term(Type.FLAG, _there_is(segment_members.c.customer_id == customers.c.id, is_its))
            case "tier":
                hers = select(tiers.c.tier).where(
                    tiers.c.customer_id == customers.c.id, tiers.c.programme == arguments["programme"]
                )
                return Term(Type.TEXT, func.coalesce(hers.correlate(customers).scalar_subquery(), ""))
            case "points":
                programme = arguments["programme"]
                assert isinstance(programme, str)
                return Term(Type.NUMBER, usable_points(programme, self.moment.instant), exact=True)
            case "tag":
                tag = arguments["tag"]
                assert isinstance(tag, str)
                return Term(Type.FLAG, func.coalesce(tag_position(tag), 0) > 0)
            case _:
                return self._measured(function, arguments)

    def _measured(self, function: str, arguments: Mapping[str, Value | None]) -> Term:
        measures = self._measures
        window, group = arguments.get("window"), arguments.get("group")
        match function:
            case "visits":
                return Term(Type.NUMBER, measures.visits(window), exact=True)
            case "purchases":
                return Term(Type.NUMBER, measures.purchases(window, group), exact=True)
            case "product_groups":
                return Term(Type.NUMBER, measures.product_groups(window), exact=True)
            case "spent":
                return Term(Type.NUMBER, measures.spent(window, group))
            case "average_purchase":
                return Term(Type.NUMBER, measures.average(window, None, 1))
            case "average_monthly":
                return Term(Type.NUMBER, measures.average(window, group, _duration(window).months))
            case "bought":
                return Term(Type.NUMBER, measures.bought(window, group))
            case "unbroken":
                return Term(Type.SPAN, measures.unbroken(group, _duration(arguments["each"])))
            case "every_due":
                every = _duration(arguments["every"])
                return Term(Type.FLAG, measures.every_due(arguments["service"], every, arguments["after"]))
            case _:
                raise AssertionError(f"{function} has no SQL")

    def _within(self, events: Table, window: Value | None) -> list[ColumnElement[bool]]:
        """Her own *events* up to the moment, and not from before the window."""
        mine = [events.c.customer_id == customers.c.id, events.c.at <= self.moment.instant]
        if isinstance(window, Duration):
            mine.append(events.c.at >= literal(window_start(self.moment.at, window), UtcDateTime()))
        return mine

    def _last_contact_day(self) -> ColumnElement[Any]:
        mine = and_(
            contacts.c.customer_id == customers.c.id,
            contacts.c.direction == Direction.IN.value,
            contacts.c.at <= self.moment.instant,
        )
        last = select(func.max(contacts.c.at, type_=UtcDateTime()).label("at")).where(mine).correlate(customers)
        return self.moment.day_of_result(last)

    def _is_member(self, club: Value | None) -> ColumnElement[bool]:
        return _there_is(
            memberships.c.customer_id == customers.c.id,
            memberships.c.name == club,
            memberships.c.since <= self.moment.instant,
            or_(memberships.c.until.is_(None), memberships.c.until > self.moment.instant),
        )


def _there_is(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say whether there is such a row for a row of `customers`, also where that is named two selects further out."""
    return exists().where(*conditions).correlate(customers)


def _duration(value: Value | None) -> Duration:
    assert isinstance(value, Duration)
    return value


def _consents_to(purpose: Value | None) -> ColumnElement[bool]:
    return _there_is(
        consents.c.customer_id == customers.c.id, consents.c.purpose == purpose, consents.c.current, consents.c.given
    )


def _constant(value: Value | None) -> Term:
    match value:
        case bool():
            return Term(Type.FLAG, constant=value)
        case str():
            return Term(Type.TEXT, literal(value, Text()), constant=value)
        case Duration():
            return Term(Type.DURATION, constant=value)
        case Decimal() if value == value.to_integral_value():
            kind = Integer() if abs(value) < 2**31 else BigInteger()
            return Term(Type.NUMBER, literal(int(value), kind), constant=value, exact=True)
        case Decimal():
            return Term(Type.NUMBER, literal(float(value), Float()), constant=value)
        case _:
            return UNKNOWN
