"""Cases and their own history. A case's id is its number, counted by the database and never used twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from domain.cases import Case, CaseEvent, CaseKind, CaseState, Impact, Move, Priority, Severity
from domain.dialogues import OpenCase
from store.database import Tx
from store.ids import new_id
from store.lookups import Lookup, lookup
from store.tables import case_events, cases
from store.types import constant

OPEN_STATES = tuple(state.value for state in CaseState if state.is_open)
_OF = lookup(cases.c.customer_id, lambda hers: select(cases).where(hers).order_by(cases.c.id.desc()))
_IS_OPEN = cases.c.state.in_([constant(state) for state in OPEN_STATES])
_OPEN_OF = Lookup(_OF.one.where(_IS_OPEN), _OF.many.where(_IS_OPEN))


async def open_case(
    tx: Tx,
    customer_id: int,
    opening: OpenCase,
    now: dt.datetime,
    *,
    due: dt.datetime | None = None,
    run_id: int | None = None,
    owner_id: int | None = None,
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
    )
    row = (await tx.execute(statement.returning(cases))).one()
    return _case(row)


async def case_by_id(tx: Tx, number: int) -> Case | None:
    """Return the case of that number, or None."""
    row = (await tx.execute(select(cases).where(cases.c.id == number))).first()
    return None if row is None else _case(row)


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
    """Change columns of one case; enums are given by their values."""
    await tx.execute(update(cases).where(cases.c.id == number).values(**values))


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


async def case_history(tx: Tx, number: int) -> list[CaseEvent]:
    """Return a case's history, the oldest line first."""
    wanted = select(case_events).where(case_events.c.case_id == number).order_by(case_events.c.at, case_events.c.id)
    return [
        CaseEvent(
            row.case_id, row.at, Move(row.move), row.staff_id, row.text, CaseState(row.state) if row.state else None
        )
        for row in (await tx.execute(wanted)).all()
    ]


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
