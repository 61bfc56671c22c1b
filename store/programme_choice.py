"""Whom a programme's rule chooses: who is in, who is kept out to compare with, who may not be in any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, select

from domain.memberships import held_out_of, in_programme
from domain.people import ContactKind
from domain.programmes import Programme
from store.database import Tx
from store.rule_holders import holders
from store.segment_renewal import objects_to_profiling
from store.tables import benefits_given, customers, memberships


def may_be_chosen() -> ColumnElement[bool]:
    """Say, for each row of `customers`, whether a rule may choose her: no objection, served, not ended, a customer."""
    return and_(
        customers.c.contact_kind == ContactKind.CUSTOMER.value,
        customers.c.not_served_at.is_(None),
        customers.c.ended_at.is_(None),
        ~objects_to_profiling(),
    )


async def chosen(
    tx: Tx, programme: Programme, at: dt.datetime, currency: str, after: int = 0, upto: int | None = None
) -> frozenset[int]:
    """Return the ids above *after* up to *upto* (None: all) of those whom the programme's rule chooses at *at*."""
    if programme.rule is None:
        return frozenset()
    return await holders(tx, programme.rule, at, currency, after=after, upto=upto, then=(may_be_chosen(),))


async def belonging(tx: Tx, programme: str, after: int = 0, upto: int | None = None) -> frozenset[int]:
    """Return who in that range is a member now, or kept out to compare with."""
    names = memberships.c.name.in_([in_programme(programme), held_out_of(programme)])
    wanted = select(memberships.c.customer_id).where(names, memberships.c.until.is_(None), _within(after, upto))
    return frozenset(await tx.scalars(wanted))


async def unfit(tx: Tx, programme: str, after: int = 0, upto: int | None = None) -> list[int]:
    """Return, by id, who in that range belongs to a programme and may not be chosen any more."""
    names = memberships.c.name.in_([in_programme(programme), held_out_of(programme)])
    wanted = (
        select(memberships.c.customer_id)
        .join(customers, customers.c.id == memberships.c.customer_id)
        .where(names, memberships.c.until.is_(None), _within(after, upto), ~may_be_chosen())
        .distinct()
    )
    return sorted(await tx.scalars(wanted))


async def ever_had(tx: Tx, programme: str, benefit: str, ids: Iterable[int]) -> frozenset[int]:
    """Return those of *ids* to whom that was ever given."""
    wanted = select(benefits_given.c.customer_id).where(
        benefits_given.c.customer_id.in_(sorted(ids)),
        benefits_given.c.programme == programme,
        benefits_given.c.benefit == benefit,
    )
    return frozenset(await tx.scalars(wanted))


async def ever_member(tx: Tx, name: str, ids: Iterable[int]) -> frozenset[int]:
    """Return those of *ids* who are or were members under that whole name."""
    wanted = select(memberships.c.customer_id).where(
        memberships.c.customer_id.in_(sorted(ids)), memberships.c.name == name
    )
    return frozenset(await tx.scalars(wanted))


def _within(after: int, upto: int | None) -> ColumnElement[bool]:
    who = memberships.c.customer_id
    return who > after if upto is None else and_(who > after, who <= upto)
