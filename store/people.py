"""People at companies: who plays which part where; what each agreed to stays her own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.people import CompanyRole, PersonAtCompany, in_order
from store.database import Tx
from store.tables import people


async def put_person(tx: Tx, part: PersonAtCompany, now: dt.datetime) -> None:
    """
    Keep a person's part at a company, in place of the one she had there; she stays since when she first came.

    Raises ValueError for a company that would be its own person.
    """
    if part.company_id == part.person_id:
        raise ValueError("a company cannot be a person at itself; give the customer who works there")
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    values = {"roles": [role.value for role in in_order(part.roles)], "title": part.title}
    new = dialect.insert(people).values(
        company_id=part.company_id, person_id=part.person_id, since=part.since or now, **values
    )
    await tx.execute(new.on_conflict_do_update(index_elements=["company_id", "person_id"], set_=values))


async def remove_person(tx: Tx, company_id: int, person_id: int) -> bool:
    """Let a person have no part at a company any more; False where she had none."""
    hers = (people.c.company_id == company_id, people.c.person_id == person_id)
    return (await tx.execute(delete(people).where(*hers))).rowcount > 0


async def people_at(tx: Tx, company_id: int, limit: int | None = None) -> list[PersonAtCompany]:
    """Return the people of a company, those who are there longest first."""
    return await _parts(tx, people.c.company_id == company_id, limit)


async def companies_of(tx: Tx, person_id: int, limit: int | None = None) -> list[PersonAtCompany]:
    """Return a person's parts at companies, the oldest first."""
    return await _parts(tx, people.c.person_id == person_id, limit)


async def _parts(tx: Tx, condition: ColumnElement[bool], limit: int | None) -> list[PersonAtCompany]:
    wanted = select(people).where(condition).order_by(people.c.since, people.c.person_id, people.c.company_id)
    return [_part(row) for row in await tx.execute(wanted.limit(limit) if limit is not None else wanted)]


def _part(row: Row[Any]) -> PersonAtCompany:
    return PersonAtCompany(row.company_id, row.person_id, _known(row.roles), row.title, row.since)


def _known(roles: Iterable[str]) -> tuple[CompanyRole, ...]:
    return in_order(CompanyRole(role) for role in roles if role in set(CompanyRole))
