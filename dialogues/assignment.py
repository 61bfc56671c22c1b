"""Whose a case is by the company's rules: a new one, and one whose owner is no longer staff."""

from __future__ import annotations

from domain.assignment import Candidate, chosen_owner
from domain.case_rules import Assignment
from domain.company import Company
from store.assignment import last_given, owner_of_customer
from store.cases import count_open_by_owner
from store.database import Tx
from store.staff import list_members


async def owner_for(tx: Tx, company: Company, customer_id: int, category: str) -> int | None:
    """
    Return whose a case of that customer and category is, or None: nobody's, until somebody takes it.

    Only present members whom the bot can write to are given one, so that whoever has it knows.
    """
    ways = company.cases.assign
    if not ways:
        return None
    members = [member.id for member in await list_members(tx) if member.reachable]
    busy, given = await count_open_by_owner(tx, members), await last_given(tx, members)
    candidates = [Candidate(each, busy.get(each, 0), given.get(each, 0)) for each in members]
    own = await owner_of_customer(tx, customer_id) if Assignment.CUSTOMER_OWNER in ways else None
    return chosen_owner(ways, candidates, own=own, desk=company.cases.desks.get(category, ()))
