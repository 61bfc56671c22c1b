"""What happens to a case: opening it, each allowed move, and what the customer is told of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Any

from domain.cases import Case, CaseState, Move, Priority, state_after
from domain.company import Company
from domain.dialogues import OpenCase
from domain.hours import after_open_time
from store.cases import add_case_event, change_case, open_case
from store.database import Tx


@dataclass(frozen=True, slots=True)
class Refused:
    """A move that is not allowed: *reason* is the key of the sentence to say, *owner_id* who holds the case."""

    reason: str
    owner_id: int | None = None


async def open_case_for(
    tx: Tx, company: Company, customer_id: int, opening: OpenCase, now: dt.datetime, run_id: int | None = None
) -> Case:
    """Open a case with its clock: a human answers within the company's promise, in opening hours."""
    promise = company.first_answer / 2 if opening.priority is Priority.HIGH else company.first_answer
    due = after_open_time(company, now, promise)
    return await open_case(tx, customer_id, opening, now, due=due, run_id=run_id)


async def move_case(
    tx: Tx, case: Case, move: Move, *, staff_id: int | None = None, text: str = "", now: dt.datetime
) -> Case | Refused:
    """
    Make *move* on *case* and write it in the case's history, or say why not.

    Taking is exclusive: a case that another staff member holds is refused with her id. The first reply of a human
    stops the first-answer clock. Nothing is sent here: the caller tells customer and staff.
    """
    state = state_after(case.state, move)
    if state is None:
        return Refused("move_not_now")
    if move is Move.TAKE and case.owner_id not in {None, staff_id}:
        return Refused("taken_by_other", case.owner_id)
    values: dict[str, Any] = {"state": state}
    if move in {Move.TAKE, Move.REPLY} and case.owner_id is None:
        values["owner_id"] = staff_id
    if move is Move.REPLY and case.first_answer_at is None:
        values["first_answer_at"] = now
    if move in {Move.RESOLVE, Move.DECLINE}:
        values["resolved_at"] = now
    if state is CaseState.CLOSED and case.state is not CaseState.CLOSED:
        values["closed_at"] = now
    if move is Move.REOPEN:
        values |= {"resolved_at": None, "closed_at": None}
    await change_case(tx, case.id, **{**values, "state": state.value})
    await add_case_event(tx, case.id, move, staff_id, text, now)
    return dataclasses.replace(case, **values)


async def hand_over_case(tx: Tx, case: Case, staff_id: int, by: int, now: dt.datetime) -> Case:
    """Give a case to another owner, such as when a manager takes it over."""
    await change_case(tx, case.id, owner_id=staff_id)
    await add_case_event(tx, case.id, Move.TAKE, by, "", now)
    return dataclasses.replace(case, owner_id=staff_id)
