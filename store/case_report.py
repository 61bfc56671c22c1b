"""What the report of cases is counted from: each case of a period with its history, its clocks and its rating."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_, union

from domain.case_clocks import CaseClock
from domain.case_lives import CaseLife, Decision, life_at
from domain.cases import CaseEvent, CaseKind, CaseState, Move
from store.case_clocks import clocks_of
from store.database import Tx
from store.tables import answers, case_events, cases, runs

PAGE = 500
_NO_CASES = (CaseState.SPAM.value, CaseState.MERGED.value)
_NOT_CLOSED = tuple(state.value for state in CaseState if state.value not in {*_NO_CASES, CaseState.CLOSED.value})
# What neither decides, closes nor opens a case again.
_SILENT = (Move.NOTE.value, Move.CONTACT.value, Move.CUSTOMER_WRITES.value)
_OF_CASE = "event:case:"


@dataclass(frozen=True, slots=True)
class Rating:
    """That a customer was asked how her case went; *value* is what she said, None where she did not."""

    value: float | None = None


@dataclass(frozen=True, slots=True)
class ReportedCase:
    """A case as it stood at the end of the period, its clocks, and its rating where she was asked for one."""

    life: CaseLife
    clocks: tuple[CaseClock, ...] = ()
    rating: Rating | None = None


async def reported_cases(
    tx: Tx, since: dt.datetime, until: dt.datetime, questions: Collection[tuple[str, str]] = ()
) -> AsyncIterator[list[ReportedCase]]:
    """
    Give every case that was received or closed from *since* up to *until* or was open then, in pages, by number.

    Each is read once, as it stood just before *until*. What is known by now to be spam or to belong to another case is
    none. *questions* are (script, question) of the surveys that ask how a case went; only closed cases have a rating.
    """
    numbers = list((await tx.execute(_numbers(since, until))).scalars())
    for place in range(0, len(numbers), PAGE):
        page = numbers[place : place + PAGE]
        lives = await _lives(tx, page, until)
        clocks = await clocks_of(tx, page)
        closed = [life for life in lives if life.closed_at is not None and life.closed_at >= since]
        ratings = await _ratings(tx, closed, questions, until)
        yield [ReportedCase(life, tuple(clocks.get(life.number, ())), ratings.get(life.number)) for life in lives]


async def count_left_out(tx: Tx, since: dt.datetime, until: dt.datetime) -> Mapping[CaseState, int]:
    """Return how many of those received from *since* up to *until* were spam, and how many belong to another case."""
    counted = (
        select(cases.c.state, func.count())
        .where(cases.c.opened_at >= since, cases.c.opened_at < until, cases.c.state.in_(_NO_CASES))
        .group_by(cases.c.state)
    )
    return {CaseState(state): count for state, count in (await tx.execute(counted)).all()}


def _numbers(since: dt.datetime, until: dt.datetime) -> Any:
    """Each part has its own index; together they would be read as a whole."""
    found = union(
        *(
            select(cases.c.id).where(part, cases.c.opened_at < until, cases.c.state.not_in(_NO_CASES))
            for part in (cases.c.opened_at >= since, cases.c.closed_at >= since, cases.c.state.in_(_NOT_CLOSED))
        )
    ).subquery()
    return select(found.c.id).order_by(found.c.id)


async def _lives(tx: Tx, page: Sequence[int], until: dt.datetime) -> list[CaseLife]:
    rows = (await tx.execute(select(*_COLUMNS).where(cases.c.id.in_(page)).order_by(cases.c.id))).all()
    followed = [row.run_id for row in rows if row.kind == CaseKind.FOLLOW_UP.value and row.run_id is not None]
    said = await _first_said(tx, followed)
    wanted = (
        select(case_events.c.case_id, case_events.c.at, case_events.c.move, case_events.c.state)
        .where(case_events.c.case_id.in_(page), case_events.c.at < until, case_events.c.move.not_in(_SILENT))
        .order_by(case_events.c.at, case_events.c.id)
    )
    events: dict[int, list[CaseEvent]] = {}
    for row in (await tx.execute(wanted)).all():
        state = CaseState(row.state) if row.state else None
        events.setdefault(row.case_id, []).append(CaseEvent(row.case_id, row.at, Move(row.move), None, "", state))
    return [life_at(_as_stored(row, said.get(row.run_id)), events.get(row.id, ()), until) for row in rows]


_COLUMNS = (
    cases.c.id,
    cases.c.customer_id,
    cases.c.kind,
    cases.c.category,
    cases.c.state,
    cases.c.opened_at,
    cases.c.run_id,
    cases.c.cause,
    cases.c.first_answer_at,
    cases.c.first_answer_due,
    cases.c.resolved_at,
    cases.c.closed_at,
)


def _as_stored(row: Any, said_at: dt.datetime | None) -> CaseLife:
    decided = Decision(row.resolved_at, row.state == CaseState.DECLINED.value) if row.resolved_at is not None else None
    return CaseLife(
        number=row.id,
        customer_id=row.customer_id,
        kind=CaseKind(row.kind),
        category=row.category,
        opened_at=row.opened_at,
        said_at=min(said_at or row.opened_at, row.opened_at),
        cause=row.cause,
        answered_at=row.first_answer_at,
        decided_at=row.resolved_at,
        closed_at=row.closed_at,
        decisions=(decided,) if decided is not None else (),
        first_answer_due=row.first_answer_due,
    )


async def _first_said(tx: Tx, run_ids: Sequence[int]) -> dict[int, dt.datetime]:
    """Return when the first answer of each run was given."""
    wanted = (
        select(answers.c.run_id, func.min(answers.c.at).label("at"))
        .where(answers.c.run_id.in_(run_ids), ~answers.c.skipped)
        .group_by(answers.c.run_id)
    )
    return {row.run_id: row.at for row in (await tx.execute(wanted)).all()} if run_ids else {}


async def _ratings(
    tx: Tx, closed: Sequence[CaseLife], questions: Collection[tuple[str, str]], until: dt.datetime
) -> dict[int, Rating]:
    """Return the newest rating of each case since the decision that stands; asked, and answered, before *until*."""
    if not closed or not questions:
        return {}
    lives = {f"{_OF_CASE}{life.number}": life for life in closed}
    asked = (
        select(runs.c.id, runs.c.started_by, runs.c.started_at)
        .where(
            runs.c.customer_id.in_({life.customer_id for life in closed}),
            runs.c.started_at >= min(life.over_at or life.opened_at for life in closed),
            runs.c.started_at < until,
            runs.c.script_id.in_({script for script, _ in questions}),
            runs.c.started_by.startswith(_OF_CASE),
        )
        .order_by(runs.c.started_at, runs.c.id)
    )
    newest: dict[int, int] = {}  # case: run
    for row in (await tx.execute(asked)).all():
        life = lives.get(row.started_by)
        if life is not None and row.started_at >= (life.over_at or life.opened_at):
            newest[life.number] = row.id
    values = await _values(tx, newest.values(), questions, until)
    return {number: Rating(values.get(run_id)) for number, run_id in newest.items()}


async def _values(
    tx: Tx, run_ids: Iterable[int], questions: Collection[tuple[str, str]], until: dt.datetime
) -> dict[int, float]:
    """Return the standing answer of each run: the newest version, unless it is skipped or open again."""
    stands: ColumnElement[bool] = answers.c.closed & ~answers.c.skipped & ~answers.c.reopened
    wanted = (
        select(answers.c.run_id, answers.c.value, stands.label("stands"))
        .join(runs, runs.c.id == answers.c.run_id)
        .where(
            answers.c.run_id.in_(list(run_ids)),
            tuple_(runs.c.script_id, answers.c.question).in_(list(questions)),
            answers.c.at < until,
        )
        .order_by(answers.c.version)
    )
    found: dict[int, float] = {}
    for row in (await tx.execute(wanted)).all():
        found.pop(row.run_id, None)
        if row.stands and isinstance(row.value, int | float) and not isinstance(row.value, bool):
            found[row.run_id] = float(row.value)
    return found
