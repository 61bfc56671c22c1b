"""
Who is invited to an event: everybody who may be is ranked in the database, and the first so many are the guests.

Ranked by the measure, then by the number of visits, then by the earlier first purchase; of those who are equal in all
three whoever has been in the store's books for longer (the smaller id) comes first. Chance has no part in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Select,
    Subquery,
    case,
    cast,
    distinct,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from domain.customers import Purpose
from domain.durations import Duration
from domain.events import PROFILING, UNMEASURED, Event, Invite
from domain.measures import window_start
from domain.money import minor_digits
from domain.rules_check import bound, function_of
from domain.rules_tree import Call, Compared, Constant, Expression, Rule, written
from domain.rules_values import Comparison
from store.database import Tx
from store.eligibility import in_sending_audience, reason_against
from store.fresh_measures import KEPT, Fresh, fresh_measures
from store.measures_sql import Moment
from store.tables import consents, customers, purchases
from store.term import number_of
from store.terms_sql import Terms
from store.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Ranked:
    """One who is chosen: her place, from 1, and the values that gave it."""

    customer_id: int
    rank: int
    value: float
    visits: int
    first: dt.datetime | None

    @property
    def evidence(self) -> dict[str, object]:
        """The values as they are kept."""
        first = None if self.first is None else self.first.isoformat()
        return {"value": self.value, "visits": self.visits, "first": first}


@dataclass(frozen=True, slots=True)
class Choice:
    """The guests by rank, those on the waiting list too; how many could be chosen, and who was left out by reason."""

    guests: Sequence[Ranked]
    could: int
    left_out: Mapping[str, int]


async def choose(tx: Tx, event: Event, at: dt.datetime, currency: str) -> Choice:
    """
    Choose the guests of *event* as of *at* (aware, in the company's zone), with amounts in *currency*.

    Exactly the least of places and reserve together and of those who may be chosen.
    """
    each = await _candidates(tx, event, at, currency)
    counted = await tx.execute(select(each.c.reason, func.count()).group_by(each.c.reason))
    found: dict[str, int] = {row[0]: row[1] for row in counted}
    could, most = found.pop("", 0), event.places + event.reserve
    left_out = dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
    wanted = select(each).where(each.c.reason == "")
    if could > most:  # nobody below the last one's value is looked at further: of a million nearly all
        ranked = select(each.c.value).where(each.c.reason == "").order_by(each.c.value.desc())
        least = await tx.scalar(ranked.offset(most - 1).limit(1))
        wanted = wanted.where(each.c.value >= literal(least, Float))
    near = wanted.subquery()
    visits, first = _visits(near.c.id, event.store, at), _first(near.c.id, event.store, at)
    tied = select(near.c.id, near.c.value, visits.label("visits"), first.label("first")).subquery()
    order = (tied.c.value.desc(), tied.c.visits.desc(), tied.c.first.is_(None), tied.c.first, tied.c.id)
    rows = (await tx.execute(select(tied).order_by(*order).limit(most))).all()
    guests = [Ranked(row.id, rank, float(row.value), row.visits, row.first) for rank, row in enumerate(rows, start=1)]
    return Choice(guests, could, left_out)


async def _candidates(tx: Tx, event: Event, at: dt.datetime, currency: str) -> Subquery:
    """Select everybody whom the event's rule means, each with her value, and what is against choosing her or ""."""
    among = await in_sending_audience(tx, "" if event.among is None else event.among.text, at, currency)
    if event.invite is Invite.RULE or event.by is None:
        parts = [_judged(select(customers.c.id), literal(1.0, Float), among, at)]
    elif event.store:
        measured = _at_store(event.by, event.store, at, currency).subquery()
        joined = select(customers.c.id).join(measured, measured.c.customer_id == customers.c.id)
        parts = [_judged(joined, measured.c.value, among, at)]
    else:
        parts = await _measured(tx, event.by, among, at, currency)
    return (union_all(*parts) if len(parts) > 1 else parts[0]).subquery()


async def _measured(
    tx: Tx, by: Expression, among: ColumnElement[bool], at: dt.datetime, currency: str
) -> list[Select[Any]]:
    """Measure everybody; what was kept in the night and is still right is taken as it is."""
    rule = Rule(written(by), Compared(Comparison.MORE, by, Constant(Decimal(0))))
    moment = Moment(at, currency)
    fresh = await fresh_measures(tx, rule, at, currency)
    live = _judged(select(customers.c.id), _value(by, moment, None), among, at)
    if fresh is None:
        return [live]
    from_kept = select(customers.c.id).join(KEPT, KEPT.c.customer_id == customers.c.id).where(*fresh.is_right())
    return [
        _judged(from_kept, _value(by, moment, fresh), among, at),
        live.where(customers.c.id.in_(await fresh.others(tx))),
    ]


def _value(by: Expression, moment: Moment, fresh: Fresh | None) -> ColumnElement[Any]:
    number = number_of(Terms(moment, None if fresh is None else fresh.columns).of(by))
    return cast(null() if number is None else number, Float)


def _judged(who: Select[Any], value: ColumnElement[Any], among: ColumnElement[bool], at: dt.datetime) -> Select[Any]:
    objects = exists().where(
        consents.c.customer_id == customers.c.id,
        consents.c.purpose == Purpose.PROFILING.value,
        consents.c.current,
        ~consents.c.given,
    )
    reason = case(
        (objects, PROFILING),
        (or_(value.is_(None), value == 0.0), UNMEASURED),
        else_=reason_against(Purpose.MARKETING, at),
    )
    return who.add_columns(value.label("value"), reason.label("reason")).where(among)


def _at_store(by: Expression, store: str, at: dt.datetime, currency: str) -> Select[Any]:
    """Measure who has bought in a store, by the lines that were bought there."""
    assert isinstance(by, Call)
    function, window = function_of(by), bound(by)["window"]
    assert function is not None
    line = purchases.c
    is_bought = line.amount_minor >= 0
    match function.name:
        case "visits":
            value: ColumnElement[Any] = func.count(distinct(case((is_bought, line.receipt))))
        case "purchases":
            value = func.count(case((is_bought, 1)))
        case _:
            own = case((line.currency == currency, line.amount_minor), else_=0)
            value = cast(func.sum(own), Float) / literal(10.0 ** minor_digits(currency), Float)
    there = [line.store == store, line.at <= literal(at, UtcDateTime())]
    if isinstance(window, Duration):
        there.append(line.at >= literal(window_start(at, window), UtcDateTime()))
    measured = select(line.customer_id, cast(value, Float).label("value")).where(*there).group_by(line.customer_id)
    return measured.having(func.count(case((is_bought, 1))) > 0)


def _visits(who: ColumnElement[int], store: str, at: dt.datetime) -> ColumnElement[int]:
    receipts = func.count(distinct(case((purchases.c.amount_minor >= 0, purchases.c.receipt))))
    return select(receipts).where(*_hers(who, store, at)).scalar_subquery()


def _first(who: ColumnElement[int], store: str, at: dt.datetime) -> ColumnElement[dt.datetime]:
    earliest = func.min(purchases.c.at, type_=UtcDateTime())
    return select(earliest).where(*_hers(who, store, at), purchases.c.amount_minor >= 0).scalar_subquery()


def _hers(who: ColumnElement[int], store: str, at: dt.datetime) -> list[ColumnElement[bool]]:
    there = [purchases.c.store == store] if store else []
    return [purchases.c.customer_id == who, purchases.c.at <= literal(at, UtcDateTime()), *there]
