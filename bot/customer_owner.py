"""Giving a customer an owner, and changing what somebody is: each with its line in the audit log."""

from __future__ import annotations

import datetime as dt

from domain.customers import Customer, CustomerKind
from domain.lifecycle import Action, ActionTaken
from domain.people import CompanyRole, ContactKind, PersonAtCompany
from scheduler.care_owners import hand_over
from store.audit import note_act
from store.database import Tx
from store.lifecycle import record_actions
from store.people import put_person, remove_person
from store.profiles import set_contact_kind, set_owner
from store.stale import mark_stale

NO_COMPANY = (
    "is no company; give one (vuoro customer find NAME shows its number), "
    'or import a row of this number with the kind "company" (vuoro import customers)'
)


async def give_owner(tx: Tx, customer: Customer, owner_id: int | None, by: int | None, now: dt.datetime) -> None:
    """
    Make a member the owner of a customer, or nobody; that she has got one is an action of the lifecycle.

    Open tasks of the care plans go with the customer; her open cases stay with whom they are.
    """
    await set_owner(tx, customer.id, owner_id)
    tasks = await hand_over(tx, customer.id, owner_id, now)
    detail = {"owner": owner_id, "tasks": tasks} if tasks else {"owner": owner_id}
    await note_act(tx, by, "customer.owner", f"customer:{customer.id}", now, detail)
    if owner_id is not None:
        await record_actions(tx, [ActionTaken(customer.id, Action.OWNER, now, f"owner:{owner_id}", by)])


async def change_kind(tx: Tx, customer: Customer, kind: ContactKind, by: int | None, now: dt.datetime) -> None:
    """Keep what somebody is to the company; the next night looks at her anew."""
    await set_contact_kind(tx, customer.id, kind)
    await mark_stale(tx, [customer.id], now)
    await note_act(tx, by, "customer.kind", f"customer:{customer.id}", now, {"kind": kind.value})


async def change_part(
    tx: Tx,
    company: Customer,
    person: Customer,
    roles: tuple[CompanyRole, ...] | None,
    by: int | None,
    now: dt.datetime,
    *,
    title: str = "",
) -> None:
    """
    Keep a person's part at a company; None takes it away.

    Raises ValueError where both are the same, and where the company is none.
    """
    if roles is None:
        await remove_person(tx, company.id, person.id)
    else:
        if company.kind is not CustomerKind.COMPANY:
            raise ValueError(NO_COMPANY)
        await put_person(tx, PersonAtCompany(company.id, person.id, roles, title), now)
    detail = {"company": company.id, "roles": None if roles is None else [role.value for role in roles]}
    await note_act(tx, by, "customer.role", f"customer:{person.id}", now, detail)
