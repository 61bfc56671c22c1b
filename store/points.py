"""
The ledger of points: lots and entries, each step in the caller's transaction and exact while others write, too.

Each function first locks the customer's row (on SQLite the whole store is the writer's), so that of two processes
one waits for the other. See `domain.points_account` for what always holds.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, case, func, insert, select, update

from domain.points_account import Account, Balance, EntryKind, Lot, Short, Spent, balance
from store.database import Tx
from store.ids import new_id
from store.tables import customers, points_entries, points_lots

BY_HAND = "manual"
PURCHASE = "purchase"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a statement: what one act did to her points; *source* is what the lots that it changed came from."""

    at: dt.datetime
    kind: EntryKind
    points: int
    source: str
    ref: str = ""
    reason: str = ""
    staff_id: int | None = None


async def open_account(tx: Tx, customer_id: int, programme: str, now: dt.datetime) -> Account:
    """Lock the customer until *tx* ends and return her account; `keep_account` writes what was changed."""
    locked = select(customers.c.id).where(customers.c.id == customer_id).with_for_update(key_share=True)
    await tx.execute(locked)
    return Account(await _lots(tx, customer_id, programme, now), now, new_id)


async def keep_account(tx: Tx, account: Account, customer_id: int, programme: str) -> None:
    """Write the changes of an account, in the transaction in which it was opened."""
    if not account.entries:
        return
    whose = {"customer_id": customer_id, "programme": programme}
    fresh = {lot.id for lot in account.fresh}
    if account.fresh:
        await tx.execute(insert(points_lots), [{**_lot_values(lot, customer_id), **whose} for lot in account.fresh])
    touched = {entry.lot_id for entry in account.entries} - fresh
    changed = [
        {"the_id": lot.id, "points": lot.points, "points_left": lot.left} for lot in account.lots if lot.id in touched
    ]
    if changed:
        await tx.execute(update(points_lots).where(points_lots.c.id == bindparam("the_id")), changed)
    rows = [
        {
            "id": new_id(),
            "lot_id": entry.lot_id,
            **whose,
            "at": account.now,
            "kind": entry.kind.value,
            "points": entry.points,
            "ref": entry.ref,
            "reason": entry.reason,
            "staff_id": entry.staff_id,
        }
        for entry in account.entries
    ]
    await tx.execute(insert(points_entries), rows)
    account.entries.clear()
    account.fresh.clear()


async def earn(
    tx: Tx,
    customer_id: int,
    programme: str,
    points: int,
    *,
    source: str,
    ref: str,
    now: dt.datetime,
    usable_at: dt.datetime | None = None,
    expires_at: dt.datetime | None = None,
    reason: str = "",
    staff_id: int | None = None,
) -> bool:
    """
    Give *points* (above 0) as a lot; False where she has had those of *source* and *ref* before, and nothing changes.

    What she owes is paid from them first. Without *usable_at* they are usable now, without *expires_at* for ever; an
    empty *ref* is new each time.
    """
    if points <= 0:
        raise ValueError(f"{points} points cannot be given; give one or more")
    account = await open_account(tx, customer_id, programme, now)
    if account.of(source, ref):
        return False
    account.earn(
        points,
        source=source,
        ref=ref,
        usable_at=usable_at,
        expires_at=expires_at,
        kind=EntryKind.MANUAL if source == BY_HAND else EntryKind.EARN,
        reason=reason,
        staff_id=staff_id,
    )
    await keep_account(tx, account, customer_id, programme)
    return True


async def spend(
    tx: Tx,
    customer_id: int,
    programme: str,
    points: int,
    *,
    now: dt.datetime,
    ref: str = "",
    reason: str = "",
    staff_id: int | None = None,
    by_hand: bool = False,
) -> Spent | Short:
    """
    Take *points* (above 0) of what is usable, the nearest expiry first; all of them, or none with what is missing.

    With a *ref* that has been spent for before nothing more is taken.
    """
    if points <= 0:
        raise ValueError(f"{points} points cannot be spent; spend one or more")
    account = await open_account(tx, customer_id, programme, now)
    if ref:
        mine = select(func.sum(points_entries.c.points)).join(points_lots, points_lots.c.id == points_entries.c.lot_id)
        kinds = points_entries.c.kind.in_([EntryKind.SPEND.value, EntryKind.MANUAL.value])
        is_hers = (points_lots.c.customer_id == customer_id) & (points_lots.c.programme == programme)
        spent = await tx.scalar(mine.where(is_hers, kinds, points_entries.c.ref == ref, points_entries.c.points < 0))
        if spent:
            return Spent(-int(spent), before=True)
    kind = EntryKind.MANUAL if by_hand else EntryKind.SPEND
    done = account.spend(points, ref=ref, kind=kind, reason=reason, staff_id=staff_id)
    await keep_account(tx, account, customer_id, programme)
    return done


async def reverse(
    tx: Tx,
    customer_id: int,
    programme: str,
    *,
    source: str,
    ref: str,
    now: dt.datetime,
    points: int | None = None,
    reason: str = "",
) -> int:
    """
    Take back what came for *source* and *ref*, or *points* of it, pending or not; return how many were taken back.

    What was spent of them becomes owed, and what comes later pays it first; what expired of them is not taken again.
    """
    account = await open_account(tx, customer_id, programme, now)
    taken = account.reverse(source, ref, points, reason)
    await keep_account(tx, account, customer_id, programme)
    return taken


async def balance_of(tx: Tx, customer_id: int, programme: str, now: dt.datetime) -> Balance:
    """Return what she has, as it is once what she owes has been paid."""
    wanted = _of(customer_id, programme, now).where(points_lots.c.points_left != 0)
    return balance([_lot(row) for row in await tx.execute(wanted)], now)


async def paid_by(tx: Tx, customer_id: int, programme: str, source: str, ref: str) -> int:
    """Return how many of the points that came for *source* and *ref* paid what she owed."""
    lots = points_lots.c
    of_ref = (lots.customer_id == customer_id) & (lots.programme == programme)
    of_ref &= (lots.source == source) & (lots.ref == ref)
    paid = (points_entries.c.kind == EntryKind.SETTLE.value) & (points_entries.c.points < 0)
    wanted = select(func.sum(points_entries.c.points)).join(points_lots, lots.id == points_entries.c.lot_id)
    return -int(await tx.scalar(wanted.where(of_ref, paid)) or 0)


async def programmes_of(tx: Tx, customer_id: int) -> list[str]:
    """Return the programmes in which she has ever had points, by name."""
    wanted = select(points_lots.c.programme).where(points_lots.c.customer_id == customer_id).distinct()
    return sorted(await tx.scalars(wanted))


async def statement(tx: Tx, customer_id: int, programme: str, *, limit: int = 20, offset: int = 0) -> list[Entry]:
    """
    Return what changed her points, the newest first: acts over several lots as one line, paying of debts left out.

    The points of all lines are what is left of all her lots.
    """
    entries, lots = points_entries.c, points_lots.c
    wanted = (
        select(
            entries.at,
            entries.kind,
            func.sum(entries.points).label("points"),
            func.min(lots.source).label("source"),
            entries.ref,
            entries.reason,
            entries.staff_id,
        )
        .join(points_lots, lots.id == entries.lot_id)
        .where(lots.customer_id == customer_id, lots.programme == programme, entries.kind != EntryKind.SETTLE.value)
        .group_by(entries.at, entries.kind, entries.ref, entries.reason, entries.staff_id)
        .order_by(entries.at.desc(), func.max(entries.id).desc())
        .limit(limit)
        .offset(offset)
    )
    rows = await tx.execute(wanted)
    return [
        Entry(row.at, EntryKind(row.kind), int(row.points), row.source, row.ref, row.reason, row.staff_id)
        for row in rows
    ]


def _of(customer_id: int, programme: str, now: dt.datetime) -> Select[Any]:
    lots = points_lots.c
    went = select(-func.sum(points_entries.c.points)).where(
        points_entries.c.lot_id == lots.id, points_entries.c.kind == EntryKind.EXPIRE.value
    )
    expired = case((lots.expires_at <= now, func.coalesce(went.scalar_subquery(), 0)), else_=0)
    is_hers = (lots.customer_id == customer_id) & (lots.programme == programme)
    return select(points_lots, expired.label("expired")).where(is_hers).order_by(lots.id)


async def _lots(tx: Tx, customer_id: int, programme: str, now: dt.datetime) -> list[Lot]:
    return [_lot(row) for row in await tx.execute(_of(customer_id, programme, now))]


def _lot(row: Any) -> Lot:
    return Lot(
        row.id,
        row.source,
        row.ref,
        row.points,
        row.points_left,
        row.earned_at,
        row.usable_at,
        row.expires_at,
        int(row.expired),
    )


def _lot_values(lot: Lot, customer_id: int) -> dict[str, Any]:
    return {
        "id": lot.id,
        "points": lot.points,
        "points_left": lot.left,
        "earner_id": customer_id,
        "source": lot.source,
        "ref": lot.ref,
        "earned_at": lot.earned_at,
        "usable_at": lot.usable_at,
        "expires_at": lot.expires_at,
    }
