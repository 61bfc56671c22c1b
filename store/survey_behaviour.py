"""What those who were asked to a survey did before and after, answered or not: purchases, contacts, complaints."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, distinct, exists, func, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from domain.behaviour import Behaviour, Took
from domain.cases import CaseKind
from domain.contacts import ContactKind, Direction
from domain.customers import Reach
from domain.dialogues import RunState
from store.database import Tx
from store.survey_scope import Scope, has_answer
from store.tables import cases, consents, contacts, customers, purchases, runs, signals
from store.types import UtcDateTime

MOST = 20_000
"""More cases than these are sampled: the intervals are narrow by then, and a report stays quick."""
SPANS = (90, 60, 30)
_ABANDONED = "abandoned_survey"  # it says no more than that she did not answer


class _DaysLater(FunctionElement[dt.datetime]):
    """(instant, number of days) → the instant so many times 24 hours later."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(_DaysLater, "sqlite")
def _days_later_sqlite(element: _DaysLater, compiler: SQLCompiler, **options: Any) -> str:
    at, days = (compiler.process(clause, **options) for clause in element.clauses)
    return f"strftime('%Y-%m-%d %H:%M:%f', {at}, ({days}) || ' days')"


@compiles(_DaysLater, "postgresql")
def _days_later_postgresql(element: _DaysLater, compiler: SQLCompiler, **options: Any) -> str:
    at, days = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({at} + make_interval(hours => 24 * ({days})))"


async def span_of(tx: Tx, scope: Scope, now: dt.datetime) -> tuple[int, int]:
    """
    Return (days, cases): the longest of `SPANS` that at least half of the finished invitations have behind them.

    (0, 0) where not even the shortest has passed for enough of them: it is too early to compare.
    """
    columns = [
        func.coalesce(func.sum(case((runs.c.started_at <= now - dt.timedelta(days=span), 1), else_=0)), 0)
        for span in SPANS
    ]
    wanted = select(func.count(), *columns).select_from(scope.runs).where(scope.has_run(), _is_over())
    total, *old_enough = (await tx.execute(wanted)).one()
    for span, count in zip(SPANS, old_enough, strict=True):
        if count and 2 * count >= total:
            return span, int(count)
    return 0, 0


async def behaviours(
    tx: Tx, scope: Scope, key: str, currency: str, now: dt.datetime, span: int, count: int
) -> list[Behaviour]:
    """
    Return what the invited of *scope* did in the *span* days before and after, at most about `MOST` of *count* cases.

    *key* is the question that the survey is about ("" for any). Which cases are taken depends on the
    customers' ids alone, which go up one by one, so a second look shows the same.
    """
    step = -(-count // MOST)
    before = _DaysLater(runs.c.started_at, literal(-span, Integer))
    after = _DaysLater(runs.c.started_at, literal(span, Integer))
    answered = has_answer()
    complete = and_(runs.c.state == RunState.DONE.value, has_answer(key) if key else answered)
    took = case((complete, Took.ANSWERED.value), (answered, Took.PARTIAL.value), else_=Took.SILENT.value)
    columns: list[ColumnElement[Any]] = [took.label("took")]
    for start, end in ((before, runs.c.started_at), (runs.c.started_at, after)):
        columns += [_visits(start, end), _spent(start, end, currency), _contacts(start, end)]
    columns += [case((condition, 1), else_=0) for condition in _afterwards(after)]
    wanted = (
        select(*columns)
        .select_from(scope.runs)
        .where(scope.has_run(), _is_over(), runs.c.started_at <= now - dt.timedelta(days=span))
        .where(runs.c.customer_id % step == 0 if step > 1 else literal(1) == 1)
        .order_by(runs.c.id)
    )
    return [_behaviour(tuple(row)) for row in (await tx.execute(wanted)).all()]


def _behaviour(row: tuple[Any, ...]) -> Behaviour:
    took, visits, spent, said, visits_after, spent_after, said_after, *flags = row
    counts = (visits, visits_after, int(spent or 0), int(spent_after or 0), said, said_after)
    return Behaviour(Took(took), *counts, *(bool(flag) for flag in flags))


def _is_over() -> ColumnElement[bool]:
    return runs.c.state != RunState.OPEN.value


def _hers(table: Any, at: Any, start: Any, end: Any) -> ColumnElement[bool]:
    return and_(table.c.customer_id == runs.c.customer_id, at >= start, at < end)


def _visits(start: Any, end: Any) -> Any:
    wanted = select(func.count(distinct(purchases.c.receipt))).where(_hers(purchases, purchases.c.at, start, end))
    return wanted.correlate(runs).scalar_subquery()


def _spent(start: Any, end: Any, currency: str) -> Any:
    total = cast(func.coalesce(func.sum(purchases.c.amount_minor), 0), purchases.c.amount_minor.type)
    wanted = select(total).where(_hers(purchases, purchases.c.at, start, end), purchases.c.currency == currency)
    return wanted.correlate(runs).scalar_subquery()


def _contacts(start: Any, end: Any) -> Any:
    wanted = select(func.count()).where(
        _hers(contacts, contacts.c.at, start, end),
        contacts.c.direction == Direction.IN.value,
        contacts.c.kind != ContactKind.ANSWER.value,
    )
    return wanted.correlate(runs).scalar_subquery()


def _afterwards(after: Any) -> list[ColumnElement[bool]]:
    """Complained, opted out, blocked, gave a sign of disappointment."""
    begin = runs.c.started_at
    complaint = exists().where(_hers(cases, cases.c.opened_at, begin, after), cases.c.kind == CaseKind.COMPLAINT.value)
    opted_out = exists().where(_hers(consents, consents.c.at, begin, after), consents.c.current, ~consents.c.given)
    left = [Reach.BLOCKED.value, Reach.DEACTIVATED.value]
    blocked = exists().where(customers.c.id == runs.c.customer_id, customers.c.reach.in_(left))
    signal = exists().where(_hers(signals, signals.c.at, begin, after), signals.c.kind != _ABANDONED)
    return [each.correlate(runs) for each in (complaint, opted_out, blocked, signal)]
