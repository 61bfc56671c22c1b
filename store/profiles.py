"""What the register holds of a customer beside what dialogues need: read for her card, changed by staff."""

from __future__ import annotations

from sqlalchemy import select, update

from domain.people import ContactKind, Profile
from store.database import Tx
from store.tables import customers

_WANTED = (
    customers.c.id,
    customers.c.contact_kind,
    customers.c.owner_id,
    customers.c.email,
    customers.c.phone,
    customers.c.birth_date,
    customers.c.tags,
    customers.c.created_at,
    customers.c.not_served_at,
    customers.c.not_served_why,
    customers.c.ended_at,
)


async def profile_of(tx: Tx, customer_id: int) -> Profile | None:
    """Return what the register holds of one customer, or None where there is no such customer."""
    row = (await tx.execute(select(*_WANTED).where(customers.c.id == customer_id))).one_or_none()
    if row is None:
        return None
    return Profile(
        customer_id=row.id,
        contact_kind=ContactKind(row.contact_kind),
        owner_id=row.owner_id,
        email=row.email or "",
        phone=row.phone or "",
        birth_date=row.birth_date,
        tags=tuple(row.tags or ()),
        created_at=row.created_at,
        not_served_at=row.not_served_at,
        not_served_why=row.not_served_why,
        ended_at=row.ended_at,
    )


async def set_owner(tx: Tx, customer_id: int, owner_id: int | None) -> None:
    """Give a customer to a member of staff, or to nobody; her open cases stay with whom they are."""
    await tx.execute(update(customers).where(customers.c.id == customer_id).values(owner_id=owner_id))


async def set_contact_kind(tx: Tx, customer_id: int, kind: ContactKind) -> None:
    """Say what somebody is to the company."""
    await tx.execute(update(customers).where(customers.c.id == customer_id).values(contact_kind=kind.value))
