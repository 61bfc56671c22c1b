"""Clubs in the store: members, guardians' consent, age limits, and what goes when somebody is in no club any more."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.clubs import CLUB, Guardianship, GuardianState
from domain.coupons import SIGNS
from domain.customers import KnownFact
from domain.memberships import Membership
from store.database import Tx
from store.facts import set_facts
from store.memberships import join, leave
from store.stale import mark_stale
from store.tables import customers, facts, guardians, memberships

BORN_FOR_CLUBS = "birth_date_for_clubs"
"""The fact that says of a date of birth that it was given for clubs: without any club it goes."""

_LENGTH = 16
_IS_CLUB = memberships.c.name.startswith(CLUB, autoescape=True)


@dataclass(frozen=True, slots=True)
class Child:
    """Whom a guardian answers for in a club, and since when."""

    customer_id: int
    name: str
    club: str
    code: str
    birth: dt.date | None
    since: dt.datetime


async def birth_of(tx: Tx, customer_id: int) -> dt.date | None:
    """Return the day on which a customer was born, None where that is not known."""
    found: dt.date | None = await tx.scalar(select(customers.c.birth_date).where(customers.c.id == customer_id))
    return found


async def join_club(
    tx: Tx,
    customer_id: int,
    club: str,
    now: dt.datetime,
    source: str,
    *,
    birth: dt.date | None = None,
    ends_on: dt.date | None = None,
) -> bool:
    """
    Make her a member; False where she is one already. A *birth* that was not known is kept from now on, for clubs.
    """
    if not await join(tx, customer_id, f"{CLUB}{club}", now, source, ends_on):
        return False
    if birth is not None and await birth_of(tx, customer_id) is None:
        await tx.execute(update(customers).where(customers.c.id == customer_id).values(birth_date=birth))
        await set_facts(tx, [(customer_id, KnownFact(BORN_FOR_CLUBS, True, "club", now))])
    return True


async def leave_club(tx: Tx, customer_id: int, club: str, now: dt.datetime) -> bool:
    """
    End her membership; False where she is no member. Of a child, nothing of the club stays behind.

    A date of birth that came only for clubs goes with the last of them.
    """
    name = f"{CLUB}{club}"
    left = await leave(tx, customer_id, name, now)
    hers = (guardians.c.customer_id == customer_id) & (guardians.c.club == club)
    had_guardian = (await tx.execute(delete(guardians).where(hers))).rowcount > 0
    if left and had_guardian:
        await tx.execute(
            delete(memberships).where(memberships.c.customer_id == customer_id, memberships.c.name == name)
        )
    elif left:
        await _clear(tx, customer_id, name)
    await drop_birth(tx, customer_id, now)
    return left


async def drop_birth(tx: Tx, customer_id: int, now: dt.datetime) -> bool:
    """Forget a date of birth that was given for clubs only, where she is in none of them; say whether it went."""
    in_club = exists().where(memberships.c.customer_id == customer_id, _IS_CLUB, memberships.c.until.is_(None))
    given = (facts.c.customer_id == customer_id) & (facts.c.name == BORN_FOR_CLUBS)
    if not await tx.scalar(select(exists().where(given) & ~in_club)):
        return False
    await tx.execute(delete(facts).where(given))
    await tx.execute(update(customers).where(customers.c.id == customer_id).values(birth_date=None))
    await mark_stale(tx, [customer_id], now)
    return True


# Guardians -----------------------------------------------------------------------------------------------------------


async def ask_guardian(tx: Tx, customer_id: int, club: str, now: dt.datetime) -> Guardianship:
    """Keep that a child waits for a guardian's consent; the same one, with its code, as long as it waits."""
    put = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(guardians)
    code = "".join(secrets.choice(SIGNS) for _ in range(_LENGTH))
    row = {"customer_id": customer_id, "club": club, "code": code, "state": GuardianState.ASKED.value, "at": now}
    await tx.execute(put.values(row).on_conflict_do_nothing(index_elements=["customer_id", "club"]))
    found = await guardianship(tx, customer_id, club)
    assert found is not None
    return found


async def guardianship(tx: Tx, customer_id: int, club: str) -> Guardianship | None:
    """Return how a guardian's consent for that child and club stands."""
    return await _one(tx, (guardians.c.customer_id == customer_id) & (guardians.c.club == club))


async def guardianship_by_code(tx: Tx, code: str) -> Guardianship | None:
    """Return the one whose link has that code, held until the end of the transaction."""
    return await _one(tx, guardians.c.code == code)


async def give_consent(tx: Tx, asked: Guardianship, guardian_id: int, now: dt.datetime) -> bool:
    """Keep that the guardian has said yes; False where it does not wait any more."""
    waits = (guardians.c.code == asked.code) & (guardians.c.state == GuardianState.ASKED.value)
    given = {"guardian_id": guardian_id, "state": GuardianState.GIVEN.value, "at": now}
    return (await tx.execute(update(guardians).where(waits).values(given))).rowcount > 0


async def drop_guardianship(tx: Tx, code: str) -> bool:
    """Forget a wish, or that a guardian answers; False where there is none (any more)."""
    return (await tx.execute(delete(guardians).where(guardians.c.code == code))).rowcount > 0


async def children_of(tx: Tx, guardian_id: int) -> list[Child]:
    """Return the children for whom somebody answers, by name."""
    columns = (guardians.c.customer_id, customers.c.name, guardians.c.club, guardians.c.code, guardians.c.at)
    wanted = (
        select(*columns, customers.c.birth_date)
        .join(customers, customers.c.id == guardians.c.customer_id)
        .where(guardians.c.guardian_id == guardian_id, guardians.c.state == GuardianState.GIVEN.value)
    )
    rows = (await tx.execute(wanted)).all()
    found = [Child(row.customer_id, row.name, row.club, row.code, row.birth_date, row.at) for row in rows]
    return sorted(found, key=lambda each: (each.name, each.club))


async def waiting_clubs(tx: Tx, customer_id: int) -> frozenset[str]:
    """Name the clubs for which she waits for a guardian's consent."""
    mine = (guardians.c.customer_id == customer_id) & (guardians.c.state == GuardianState.ASKED.value)
    return frozenset(await tx.scalars(select(guardians.c.club).where(mine)))


async def forget_waiting(tx: Tx, before: dt.datetime) -> int:
    """Forget wishes that have waited since before then; return how many."""
    late = (guardians.c.state == GuardianState.ASKED.value) & (guardians.c.at < before)
    return (await tx.execute(delete(guardians).where(late))).rowcount


async def answered_for(tx: Tx, state: GuardianState) -> list[tuple[Guardianship, dt.date | None]]:
    """Return guardianships in that state with the child's date of birth."""
    wanted = (
        select(guardians, customers.c.birth_date)
        .join(customers, customers.c.id == guardians.c.customer_id)
        .where(guardians.c.state == state.value)
        .order_by(guardians.c.customer_id, guardians.c.club)
    )
    return [(_guardianship(row), row.birth_date) for row in await tx.execute(wanted)]


def is_child() -> ColumnElement[bool]:
    """Say, for each row of `customers`, whether a guardian answers for her or has been asked to."""
    return customers.c.id.in_(select(guardians.c.customer_id))


async def children_among(tx: Tx, ids: Sequence[int]) -> frozenset[int]:
    """Return those of *ids* for whom a guardian answers or has been asked to."""
    return frozenset(await tx.scalars(select(guardians.c.customer_id).where(guardians.c.customer_id.in_(ids))))


# Age limits ----------------------------------------------------------------------------------------------------------


async def nearing(tx: Tx, upto: dt.date, limit: int) -> list[Membership]:
    """Return members of clubs whose age limit is on *upto* or before and who have not been told so."""
    near = memberships.c.until.is_(None) & (memberships.c.ends_on <= upto) & memberships.c.warned_at.is_(None)
    return await _some(tx, near, limit)


async def note_warned(tx: Tx, membership: Membership, now: dt.datetime) -> bool:
    """Keep that she was told; False where that has been kept, or she has left."""
    hers = _same(membership) & memberships.c.until.is_(None) & memberships.c.warned_at.is_(None)
    return (await tx.execute(update(memberships).where(hers).values(warned_at=now))).rowcount > 0


async def note_unwarned(tx: Tx, membership: Membership) -> None:
    """Keep that she is still to be told."""
    await tx.execute(update(memberships).where(_same(membership)).values(warned_at=None))


async def over_age(tx: Tx, day: dt.date, limit: int) -> list[Membership]:
    """Return members of clubs whose age limit is on *day* or before."""
    return await _some(tx, memberships.c.until.is_(None) & (memberships.c.ends_on <= day), limit)


async def end_by_age(tx: Tx, membership: Membership, now: dt.datetime) -> bool:
    """
    End a membership at its age limit with what was kept for it; False where it has ended. She is still to be told.
    """
    if not await leave(tx, membership.customer_id, membership.name, now):
        return False
    club = membership.name.removeprefix(CLUB)
    hers = (guardians.c.customer_id == membership.customer_id) & (guardians.c.club == club)
    await tx.execute(delete(guardians).where(hers))
    await drop_birth(tx, membership.customer_id, now)
    return True


async def untold(tx: Tx, limit: int) -> list[Membership]:
    """Return memberships in clubs that have ended by age, and whose members have not been told."""
    return await _some(tx, memberships.c.until.is_not(None) & memberships.c.ends_on.is_not(None), limit)


async def note_told(tx: Tx, membership: Membership) -> bool:
    """Keep that she was told of the end; False where that has been kept."""
    return await _clear(tx, membership.customer_id, membership.name)


async def note_untold(tx: Tx, membership: Membership) -> None:
    """Keep that she is still to be told of the end."""
    ended = _same(membership) & memberships.c.until.is_not(None)
    await tx.execute(update(memberships).where(ended).values(ends_on=membership.ends_on))


async def _clear(tx: Tx, customer_id: int, name: str) -> bool:
    ended = (memberships.c.customer_id == customer_id) & (memberships.c.name == name) & memberships.c.until.is_not(None)
    cleared = update(memberships).where(ended, memberships.c.ends_on.is_not(None)).values(ends_on=None)
    return (await tx.execute(cleared)).rowcount > 0


async def _some(tx: Tx, which: ColumnElement[bool], limit: int) -> list[Membership]:
    wanted = select(memberships).where(_IS_CLUB, which).order_by(memberships.c.customer_id, memberships.c.name)
    rows = await tx.execute(wanted.limit(limit))
    return [Membership(row.customer_id, row.name, row.since, row.until, row.source, row.ends_on) for row in rows]


def _same(membership: Membership) -> ColumnElement[bool]:
    return (memberships.c.customer_id == membership.customer_id) & (memberships.c.name == membership.name)


async def _one(tx: Tx, which: ColumnElement[bool]) -> Guardianship | None:
    row = (await tx.execute(select(guardians).where(which).with_for_update())).one_or_none()
    return None if row is None else _guardianship(row)


def _guardianship(row: Any) -> Guardianship:
    return Guardianship(row.customer_id, row.club, row.guardian_id, row.code, GuardianState(row.state), row.at)
