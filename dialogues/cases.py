"""What happens to a case: opening it, and the one door through which every move on it goes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dialogues import case_clocks as clocks
from dialogues.assignment import owner_for
from domain.cases import TABLE, Actor, Case, CaseState, Cell, Impact, Move, Priority, Severity, priority_of
from domain.company import Company
from domain.dialogues import OpenCase
from domain.staff import Role, StaffMember
from store.audit import note_act
from store.cases import add_case_event, case_history, change_case, count_open_by_owner, locked_cases, open_case
from store.database import Tx
from store.staff import find_member, list_members

_DECIDING = frozenset({Move.RESOLVE, Move.DECLINE})
_ANSWERING = frozenset({Move.REPLY, Move.CONTACT})
_OWNING = _ANSWERING | {Move.TAKE}


@dataclass(frozen=True, slots=True)
class Mover:
    """Who makes a move; *staff_id* and *name* where it is a member of staff."""

    actor: Actor
    staff_id: int | None = None
    name: str = ""


HERSELF = Mover(Actor.CUSTOMER)
THE_CLOCK = Mover(Actor.CLOCK)


def by_member(member: StaffMember) -> Mover:
    """Let a member of staff move in her own name and role."""
    return Mover(Actor(member.role.value), member.id, member.name)


@dataclass(frozen=True, slots=True)
class Particulars:
    """
    What a move says beside itself: words, an assessment, a cause (its key), the case that another is merged into, when
    a contact outside Telegram took place, whose it is from now on (None: nobody's).
    """

    text: str = ""
    severity: Severity | None = None
    impact: Impact | None = None
    cause: str = ""
    into: Case | None = None
    at: dt.datetime | None = None
    owner_id: int | None = None


PLAIN = Particulars()


@dataclass(frozen=True, slots=True)
class Refused:
    """A move that is not allowed: "staff.refusal.REASON" says why, *owner_id* is who holds the case."""

    reason: str
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made: the case as it stood before and as it stands after it."""

    before: Case
    after: Case


async def open_case_for(
    tx: Tx,
    company: Company,
    customer_id: int,
    opening: OpenCase,
    now: dt.datetime,
    run_id: int | None = None,
    *,
    about: Case | None = None,
) -> Case:
    """
    Open a case with its clocks: a human answers within the company's promise, in opening hours.

    One that is *about* an earlier case is its owner's again, as long as she is staff; another is given to somebody
    where the company's rules say so.
    """
    owner = await _still_staff(tx, about.owner_id) if about is not None else None
    if owner is None:
        owner = await owner_for(tx, company, customer_id, opening.category)
    case = await open_case(
        tx,
        customer_id,
        opening,
        now,
        run_id=run_id,
        owner_id=owner,
        about_case=about.id if about is not None else None,
    )
    return await clocks.opened(tx, company, case, now)


async def move_case(
    tx: Tx,
    company: Company,
    case: Case,
    move: Move,
    by: Mover,
    *,
    now: dt.datetime,
    particulars: Particulars = PLAIN,
) -> Case | Refused:
    """
    Make *move* on *case* and write it in the case's history (by staff also in the audit log), or say why not.

    The case is locked and read again, so of two who move at once the second meets what the first has done. Taking is
    exclusive: a case that another member answers is refused with her id. The clocks follow the move. Nothing is sent
    here: `dialogues.case_moves` tells the customer and staff.
    """
    made = await move_and_compare(tx, company, case, move, by, now=now, particulars=particulars)
    return made if isinstance(made, Refused) else made.after


async def move_and_compare(
    tx: Tx, company: Company, case: Case, move: Move, by: Mover, *, now: dt.datetime, particulars: Particulars
) -> Moved | Refused:
    """Do what `move_case` does, and return the case as it really was before, too."""
    into = particulars.into
    locked = await locked_cases(tx, {case.id} if into is None else {case.id, into.id})
    standing = locked.get(case.id)
    cell = TABLE.get((standing.state, move)) if standing is not None else None
    if standing is None or cell is None:
        return Refused("move_not_now")
    if into is not None:
        particulars = dataclasses.replace(particulars, into=locked.get(into.id))
    refused = await _against(tx, company, standing, move, cell, by, now, particulars)
    if refused is not None:
        return refused
    values = await _changes(tx, company, standing, move, cell, by, now, particulars)
    moved = dataclasses.replace(standing, **values)
    changed = {name: value for name, value in values.items() if value != getattr(standing, name)}
    if changed:
        await change_case(tx, case.id, **changed)
    await add_case_event(tx, case.id, move, by.staff_id, _said(move, particulars), now, moved.state)
    if by.staff_id is not None:
        # a reply is found under its customer, for the list of those whom one last had to do with
        subject = f"customer:{case.customer_id}" if move is Move.REPLY else f"case:{case.id}"
        detail = {"case": case.id} if move is Move.REPLY else None
        await note_act(tx, by.staff_id, f"case.{move.value}", subject, now, detail)
    took_place = _took_place(standing, move, particulars, now)
    return Moved(standing, await clocks.moved(tx, company, standing, moved, move, took_place))


def _took_place(case: Case, move: Move, particulars: Particulars, now: dt.datetime) -> dt.datetime:
    """Return when a move was made: a contact outside Telegram may be written down later, but is of this case."""
    if move is not Move.CONTACT or particulars.at is None:
        return now
    return min(max(particulars.at, case.opened_at), now)


async def decliner_of(tx: Tx, case: Case) -> int | None:
    """Return who declined the case where that is its last decision, else None."""
    for event in reversed(await case_history(tx, case.id)):
        if event.move in _DECIDING:
            return event.staff_id if event.move is Move.DECLINE else None
    return None


async def _against(
    tx: Tx,
    company: Company,
    case: Case,
    move: Move,
    cell: Cell,
    by: Mover,
    now: dt.datetime,
    particulars: Particulars,
) -> Refused | None:
    """Say what is against a move that the state allows: the role, whoever holds the case, or what it would do."""
    if move is Move.TAKE_OVER:
        return await _against_taking_over(tx, case, cell, by)
    if by.actor not in cell.who:
        return Refused("role_may_not")
    match move:
        case Move.TAKE if case.state is not CaseState.NEW and case.owner_id not in {None, by.staff_id}:
            return Refused("taken_by_other", case.owner_id)
        case Move.ASSESS if particulars.severity is None or particulars.impact is None:
            return Refused("assessment_missing")
        case Move.CAUSE if particulars.cause not in company.cases.causes:
            return Refused("no_such_cause")
        case Move.MERGE:
            return _against_merging(case, particulars.into)
        case Move.REOPEN if by.actor is Actor.CUSTOMER and not can_reopen(company, case, now):
            return Refused("reopen_over")
        case Move.EXPIRE if case.settle_by is None or case.settle_by > now:
            return Refused("not_expired")
    return None


def can_reopen(company: Company, case: Case, now: dt.datetime) -> bool:
    """Say whether the customer may open a decided case again: until it closes, and for a while after."""
    if case.state is CaseState.CLOSED:
        return case.closed_at is None or now <= case.closed_at + company.cases.reopen
    return case.state in {CaseState.RESOLVED, CaseState.DECLINED}


async def _against_taking_over(tx: Tx, case: Case, cell: Cell, by: Mover) -> Refused | None:
    if by.staff_id is None:
        return Refused("role_may_not")
    if case.owner_id == by.staff_id and case.state is not CaseState.NEW:
        return Refused("already_yours")
    is_held = case.owner_id not in {None, by.staff_id} and await _still_staff(tx, case.owner_id) is not None
    return Refused("taken_by_other", case.owner_id) if is_held and by.actor not in cell.who else None


def _against_merging(case: Case, into: Case | None) -> Refused | None:
    if into is None or into.id == case.id:
        return Refused("merge_itself")
    if into.customer_id != case.customer_id:
        return Refused("merge_stranger")
    return None if into.state.is_open else Refused("merge_not_open")


async def _changes(
    tx: Tx,
    company: Company,
    case: Case,
    move: Move,
    cell: Cell,
    by: Mover,
    now: dt.datetime,
    particulars: Particulars,
) -> dict[str, Any]:
    """Return the fields that a move changes."""
    values: dict[str, Any] = {"state": cell.state}
    taking = move is Move.TAKE_OVER or (move is Move.TAKE and case.state is CaseState.NEW)
    if taking or (move in _OWNING and case.owner_id is None):
        values["owner_id"] = by.staff_id
    if move in _ANSWERING and case.first_answer_at is None:
        values["first_answer_at"] = _took_place(case, move, particulars, now)
    if move in _DECIDING:
        values |= {"resolved_at": now, "settle_by": now + company.cases.settle}
    elif cell.state is not case.state:
        values["settle_by"] = None
    if cell.state is CaseState.CLOSED and case.state is not CaseState.CLOSED:
        values["closed_at"] = now
    further = _FURTHER.get(move)
    if further is not None:
        values |= further(particulars)
    if move is Move.REOPEN:
        values |= {"resolved_at": None, "closed_at": None, "merged_into": None}
        if by.actor is Actor.CUSTOMER and (decliner := await decliner_of(tx, case)) is not None:
            values["owner_id"] = await _second_look(tx, decliner) or case.owner_id
    return values


def _assessed(particulars: Particulars) -> dict[str, Any]:
    assert particulars.severity is not None
    assert particulars.impact is not None
    priority = priority_of(particulars.severity, particulars.impact)
    return {"severity": particulars.severity, "impact": particulars.impact, "priority": priority}


_FURTHER: Mapping[Move, Callable[[Particulars], dict[str, Any]]] = {
    Move.ASSESS: _assessed,
    Move.CAUSE: lambda particulars: {"cause": particulars.cause},
    Move.ASSIGN: lambda particulars: {"owner_id": particulars.owner_id},
    Move.ESCALATE: lambda particulars: {"priority": Priority.HIGH},
    Move.MERGE: lambda particulars: {"merged_into": particulars.into.id if particulars.into is not None else None},
}


async def _second_look(tx: Tx, decliner: int) -> int | None:
    """Find the manager who looks at a declined case anew: not who declined it; of several the least busy."""
    found = [member for member in await list_members(tx) if member.may(Role.MANAGER) and member.id != decliner]
    busy = await count_open_by_owner(tx, [member.id for member in found])
    found.sort(key=lambda member: (not member.reachable, busy.get(member.id, 0), member.id))
    return found[0].id if found else None


async def _still_staff(tx: Tx, staff_id: int | None) -> int | None:
    member = await find_member(tx, staff_id) if staff_id is not None else None
    return member.id if member is not None else None


def _said(move: Move, particulars: Particulars) -> str:
    """Return what the history keeps of a move beside its name."""
    match move:
        case Move.ASSESS:
            return f"{particulars.severity} {particulars.impact}"
        case Move.CAUSE:
            return particulars.cause
        case Move.MERGE:
            return str(particulars.into.id) if particulars.into is not None else ""
        case _:
            return particulars.text
