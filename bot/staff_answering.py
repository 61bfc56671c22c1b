"""Who is writing an answer just now: visible on the card, so that no customer gets two answers to one question."""

from __future__ import annotations

import dataclasses
import datetime as dt

from bot.staff_visit import Visit
from domain.cases import Case
from domain.customers import Customer
from store.cases import change_case, locked_cases
from store.database import Tx
from store.staff import find_member

LASTS = dt.timedelta(minutes=10)
"""How long a colleague is kept from the same answer; whoever needs longer has taken the case, or is disturbed."""


async def begin_answering(visit: Visit, case: Case, customer: Customer) -> bool:
    """Say on the card that the member is writing; False, and she is told who, while somebody else is."""
    case = (await locked_cases(visit.tx, {case.id}))[case.id]  # of two who begin at once the second sees the first
    other = case.answering_id
    is_busy = case.answering_until is not None and case.answering_until > visit.now
    if other is not None and other != visit.member.id and is_busy:
        colleague = await find_member(visit.tx, other)
        if colleague is not None:  # who is no longer staff keeps nobody from answering
            await visit.toast("answering", owner=colleague.name, number=case.id)
            return False
    until = visit.now + LASTS
    await change_case(visit.tx, case.id, answering_id=visit.member.id, answering_until=until)
    now = dataclasses.replace(case, answering_id=visit.member.id, answering_until=until)
    await visit.room.line.case_changed(visit.tx, now, customer, "", visit.now)
    return True


async def end_answering(tx: Tx, case: Case, by: int | None = None) -> Case:
    """Nobody is writing any more, or only *by* is not; return the case as it is now. The card is for the caller."""
    if case.answering_id is None or by not in {None, case.answering_id}:
        return case
    await change_case(tx, case.id, answering_id=None, answering_until=None)
    return dataclasses.replace(case, answering_id=None, answering_until=None)
