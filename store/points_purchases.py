"""
Points from purchases: whose are to be reckoned anew, and the reckoning, which brings her lots to what receipts give.

A receipt's points are always those of all its lines as they are now, so a line that comes later, a return, a correction
or an import that is undone changes them by the difference, and reckoning twice changes nothing.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.memberships import in_programme
from domain.points import Earned, points_for
from domain.receipts import Receipt, receipts_of
from store.bulk import one_of
from store.database import Tx
from store.points import PURCHASE, keep_account, open_account
from store.points_formulas import Formulas
from store.purchases import purchases_of
from store.tables import memberships, points_due, points_lots, purchases
from store.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Given:
    """What a receipt's points changed by when they were reckoned; *is_new*: it had none before."""

    receipt: Receipt
    points: int
    is_new: bool


async def newest_line(tx: Tx) -> int:
    """Return the id of the newest line of a purchase, 0 where there is none."""
    return int(await tx.scalar(select(func.max(purchases.c.id))) or 0)


async def mark_buyers(
    tx: Tx, names: Sequence[str], after: int, most: int, now: dt.datetime, *, upto: int | None = None
) -> int:
    """
    Note as due who of the members of those programmes bought something in the next *most* lines above the id *after*.

    Nothing above the id *upto* is looked at. Return the id up to which everything was.
    """
    lines = select(purchases.c.id, purchases.c.customer_id).where(purchases.c.id > after)
    if upto is not None:
        lines = lines.where(purchases.c.id <= upto)
    some = lines.order_by(purchases.c.id).limit(most).subquery()
    count, last = (await tx.execute(select(func.count(), func.max(some.c.id)))).one()
    if not count:
        return after if upto is None else upto
    is_member = memberships.c.name.in_([in_programme(name) for name in names])
    theirs = (
        select(some.c.customer_id, literal(now, UtcDateTime()))
        .join(memberships, memberships.c.customer_id == some.c.customer_id)
        .where(is_member)
        .distinct()
        .order_by(some.c.customer_id)
    )
    put = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(points_due)
    fresh = put.from_select(["customer_id", "at"], theirs)
    await tx.execute(fresh.on_conflict_do_nothing(index_elements=["customer_id"]))
    return int(last) if upto is None or count == most else upto


async def mark_members(tx: Tx, name: str, now: dt.datetime) -> None:
    """Note all members of a programme as due: it gives points from now on."""
    theirs = select(memberships.c.customer_id, literal(now, UtcDateTime())).where(
        memberships.c.name == in_programme(name), memberships.c.until.is_(None)
    )
    put = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(points_due)
    fresh = put.from_select(["customer_id", "at"], theirs.order_by(memberships.c.customer_id))
    await tx.execute(fresh.on_conflict_do_nothing(index_elements=["customer_id"]))


async def due_customers(tx: Tx, most: int) -> list[int]:
    """Return up to *most* customers whose points are to be reckoned, by id."""
    return list(await tx.scalars(select(points_due.c.customer_id).order_by(points_due.c.customer_id).limit(most)))


async def take_due(tx: Tx, ids: Sequence[int]) -> list[int]:
    """
    Take customers out of what is due, before they are reckoned in the same transaction; return who was there.

    Who changes a purchase meanwhile puts her in again, after this transaction.
    """
    gone = delete(points_due).where(one_of(points_due.c.customer_id, tx.dialect.name))
    return sorted(await tx.scalars(gone.returning(points_due.c.customer_id), {"ids": list(ids)}))


async def reckon(
    tx: Tx, customer_id: int, programme: str, known: Formulas, zone: str, currency: str, now: dt.datetime
) -> list[Given]:
    """
    Bring her lots to what her receipts give, each by the formula of its day; return what changed.

    A receipt gives points from the day on which she joined; one that has given any is kept up to date afterwards, and
    what is gone (an import that was undone) takes back what it gave, also after she has left.
    """
    account = await open_account(tx, customer_id, programme, now)
    since = await tx.scalar(
        select(memberships.c.since).where(
            memberships.c.customer_id == customer_id,
            memberships.c.name == in_programme(programme),
            memberships.c.until.is_(None),
        )
    )
    had = {lot.ref for lot in account.lots if lot.source == PURCHASE}
    if since is None and not had:
        return []
    counts_from = None if since is None else _begin_of_day(since, zone)
    changed: list[Given] = []
    lines = (await purchases_of(tx, [customer_id])).get(customer_id, [])
    receipts = receipts_of(lines)
    for receipt in receipts:
        rules = known.at(programme, receipt.at)
        if rules is None or (receipt.ref not in had and (counts_from is None or receipt.at < counts_from)):
            continue
        more = account.give(
            points_for(rules, receipt.lines, currency).points,
            source=PURCHASE,
            ref=receipt.ref,
            at=receipt.at,
            usable_at=rules.usable_at(receipt.at, zone),
            expires_at=rules.expires_at(receipt.at, zone),
        )
        if more:
            changed.append(Given(receipt, more, is_new=receipt.ref not in had))
    for ref in sorted(had - {receipt.ref for receipt in receipts}):
        account.reverse(PURCHASE, ref)
    await keep_account(tx, account, customer_id, programme)
    return changed


def _begin_of_day(moment: dt.datetime, zone: str) -> dt.datetime:
    local = moment.astimezone(zoneinfo.ZoneInfo(zone))
    return dt.datetime.combine(local.date(), dt.time(), local.tzinfo)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A receipt with its points: *given* by the ledger, and *earned* as the formula of its day makes them."""

    receipt: Receipt
    earned: Earned
    given: int


async def reckoned(
    tx: Tx, customer_id: int, programme: str, known: Formulas, currency: str, *, limit: int, offset: int = 0
) -> list[Reckoned]:
    """Return her receipts that gave points, or may still owe some, the newest first, with how they were reckoned."""
    lots = points_lots.c
    mine = (lots.customer_id == customer_id) & (lots.programme == programme) & (lots.source == PURCHASE)
    given: dict[str, int] = {}
    for row in await tx.execute(select(lots.ref, lots.points).where(mine)):
        given[row.ref] = given.get(row.ref, 0) + row.points
    if not given:
        return []
    lines = (await purchases_of(tx, [customer_id])).get(customer_id, [])
    found: list[Reckoned] = []
    for receipt in reversed(receipts_of(lines)):
        rules = known.at(programme, receipt.at)
        if receipt.ref in given and rules is not None:
            found.append(Reckoned(receipt, points_for(rules, receipt.lines, currency), given[receipt.ref]))
    return found[offset : offset + limit]
