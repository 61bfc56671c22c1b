"""Cases and their own history. A case's id is its number, counted by the database and never used twice."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from domain.cases import Case, CaseEvent, CaseKind, CaseState, Impact, Move, Priority, Severity
from domain.dialogues import OpenCase
from store.database import Tx
from store.ids import new_id
from store.lookups import Lookup, lookup
from store.tables import case_events, cases
from store.types import UtcDateTime, constant

OPEN_STATES = tuple(state.value for state in CaseState if state.is_open)
_OF = lookup(cases.c.customer_id, lambda hers: select(cases).where(hers).order_by(cases.c.id.desc()))
_IS_OPEN = cases.c.state.in_([constant(state) for state in OPEN_STATES])
# With the bare column SQLite would rather look through every open case than through those of many customers.
_IS_STILL_OPEN = cases.c.state.concat(constant("")).in_([constant(state) for state in OPEN_STATES])
_OPEN_OF = Lookup(_OF.one.where(_IS_OPEN), _OF.many.where(_IS_STILL_OPEN))


async def open_case(
    tx: Tx,
    customer_id: int,
    opening: OpenCase,
    now: dt.datetime,
    *,
    due: dt.datetime | None = None,
    run_id: int | None = None,
    owner_id: int | None = None,
    about_case: int | None = None,
) -> Case:
    """Open a case and return it with its number. A run opens at most one: the database refuses a second."""
    statement = insert(cases).values(
        customer_id=customer_id,
        kind=opening.kind.value,
        category=opening.category,
        state=CaseState.NEW.value,
        priority=opening.priority.value,
        summary=opening.summary,
        remedy=opening.remedy,
        order_ref=opening.order,
        opened_at=now,
        first_answer_due=due,
        run_id=run_id,
        owner_id=owner_id,
        about_case=about_case,
    )
    row = (await tx.execute(statement.returning(cases))).one()
    return _case(row)


async def case_by_id(tx: Tx, number: int) -> Case | None:
    """Return the case of that number, or None."""
    row = (await tx.execute(select(cases).where(cases.c.id == number))).first()
    return None if row is None else _case(row)


async def locked_cases(tx: Tx, numbers: Collection[int]) -> dict[int, Case]:
    """
    Return the cases of those numbers as nobody else can change them before this transaction ends.

    They are locked in the order of their numbers, so that two who want the same ones never wait for each other.
    """
    wanted = select(cases).where(cases.c.id.in_(sorted(numbers))).order_by(cases.c.id).with_for_update()
    return {row.id: _case(row) for row in await tx.execute(wanted)}


async def standing_case(tx: Tx, case: Case) -> Case:
    """Return the case that stands for *case*: itself, or the one that it was merged into, however often."""
    while case.state is CaseState.MERGED and case.merged_into is not None:
        into = await case_by_id(tx, case.merged_into)
        if into is None:
            return case
        case = into
    return case


async def case_about(tx: Tx, number: int) -> Case | None:
    """Return the newest open case that is about that earlier one, or None."""
    hers = select(cases.c.customer_id).where(cases.c.id == number).scalar_subquery()
    wanted = select(cases).where(cases.c.customer_id == hers, cases.c.about_case == number, _IS_OPEN)
    row = (await tx.execute(wanted.order_by(cases.c.id.desc()).limit(1))).first()
    return None if row is None else _case(row)


async def merged_into(tx: Tx, number: int) -> list[Case]:
    """Return the cases that were merged into that one, and into these in turn, by their numbers."""
    found: dict[int, Case] = {}
    wanted = [number]
    while wanted:
        rows = await tx.execute(select(cases).where(cases.c.merged_into.in_(wanted)))
        new = {row.id: _case(row) for row in rows if row.id not in found}
        found |= new
        wanted = list(new)
    return [found[each] for each in sorted(found)]


async def count_open_by_owner(tx: Tx, owner_ids: Collection[int]) -> dict[int, int]:
    """Return how many open cases each of those members has; who has none is missing."""
    wanted = select(cases.c.owner_id, func.count().label("n")).where(cases.c.owner_id.in_(set(owner_ids)), _IS_OPEN)
    rows = await tx.execute(wanted.group_by(cases.c.owner_id))
    return {row.owner_id: row.n for row in rows}


async def settling(tx: Tx, now: dt.datetime, limit: int) -> list[Case]:
    """Return decided cases whose time to be accepted is over, those longest over first."""
    wanted = select(cases).where(cases.c.settle_by.is_not(None), cases.c.settle_by <= now)
    return [_case(row) for row in (await tx.execute(wanted.order_by(cases.c.settle_by, cases.c.id).limit(limit))).all()]


async def settle_older(tx: Tx, by: dt.datetime) -> None:
    """Let decided cases without a time to be accepted, from before there was one, count as accepted at *by*."""
    decided = cases.c.state.in_([constant(state.value) for state in (CaseState.RESOLVED, CaseState.DECLINED)])
    await tx.execute(update(cases).where(decided, cases.c.settle_by.is_(None)).values(settle_by=by))


async def next_settling(tx: Tx) -> dt.datetime | None:
    """Return when the next decided case counts as accepted, or None."""
    wanted = select(cases.c.settle_by).where(cases.c.settle_by.is_not(None)).order_by(cases.c.settle_by).limit(1)
    found: dt.datetime | None = await tx.scalar(wanted)
    return found


async def cases_of(tx: Tx, customer_ids: Iterable[int], *, only_open: bool = False) -> dict[int, list[Case]]:
    """Return the cases of those customers, by customer, the newest first."""
    found: dict[int, list[Case]] = {}
    for row in (await tx.execute(*(_OPEN_OF if only_open else _OF).of(customer_ids))).all():
        found.setdefault(row.customer_id, []).append(_case(row))
    return found


async def list_cases(tx: Tx, *, states: Sequence[CaseState] = (), limit: int = 50, offset: int = 0) -> list[Case]:
    """Return cases, those longest without an answer first; *states* empty means all that are open."""
    chosen = [state.value for state in states] or list(OPEN_STATES)
    wanted = select(cases).where(cases.c.state.in_(chosen)).order_by(cases.c.opened_at, cases.c.id)
    return [_case(row) for row in (await tx.execute(wanted.limit(limit).offset(offset))).all()]


async def count_cases(tx: Tx) -> dict[CaseState, int]:
    """Return how many cases stand in each state."""
    rows = await tx.execute(select(cases.c.state, func.count()).group_by(cases.c.state))
    return {CaseState(state): count for state, count in rows.all()}


async def change_case(tx: Tx, number: int, **values: Any) -> None:
    """Change columns of one case."""
    plain = {name: value.value if isinstance(value, enum.Enum) else value for name, value in values.items()}
    await tx.execute(update(cases).where(cases.c.id == number).values(**plain))


async def add_case_event(
    tx: Tx,
    number: int,
    move: Move,
    staff_id: int | None,
    text: str,
    now: dt.datetime,
    state: CaseState | None = None,
) -> None:
    """Add a line to a case's history; *state* is the one after the move."""
    await tx.execute(
        insert(case_events).values(
            id=new_id(),
            case_id=number,
            at=now,
            move=move.value,
            staff_id=staff_id,
            text=text,
            state=state.value if state else "",
        )
    )


async def case_history(tx: Tx, number: int, *, merged: Collection[int] = ()) -> list[CaseEvent]:
    """Return a case's history, the oldest line first; with that of the cases *merged* into it, if any."""
    numbers = {number, *merged}
    wanted = select(case_events).where(case_events.c.case_id.in_(numbers)).order_by(case_events.c.at, case_events.c.id)
    return [
        CaseEvent(
            row.case_id, row.at, Move(row.move), row.staff_id, row.text, CaseState(row.state) if row.state else None
        )
        for row in (await tx.execute(wanted)).all()
    ]


async def last_moves(tx: Tx, numbers: Collection[int]) -> dict[int, dt.datetime]:
    """Return when the last thing happened in each of those cases; one in which nothing has is missing."""
    if not numbers:
        return {}
    last = func.max(case_events.c.at, type_=UtcDateTime()).label("at")
    wanted = select(case_events.c.case_id, last).where(case_events.c.case_id.in_(set(numbers)))
    return {row.case_id: row.at for row in await tx.execute(wanted.group_by(case_events.c.case_id))}


def _case(row: Row[Any]) -> Case:
    return Case(
        id=row.id,
        customer_id=row.customer_id,
        kind=CaseKind(row.kind),
        category=row.category,
        state=CaseState(row.state),
        priority=Priority(row.priority),
        summary=row.summary,
        opened_at=row.opened_at,
        owner_id=row.owner_id,
        run_id=row.run_id,
        remedy=row.remedy,
        order_ref=row.order_ref,
        first_answer_at=row.first_answer_at,
        first_answer_due=row.first_answer_due,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        severity=Severity(row.severity) if row.severity else None,
        impact=Impact(row.impact) if row.impact else None,
        cause=row.cause,
        merged_into=row.merged_into,
        about_case=row.about_case,
        settle_by=row.settle_by,
        answering_id=row.answering_id,
        answering_until=row.answering_until,
    )
