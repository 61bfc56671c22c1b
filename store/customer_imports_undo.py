"""Taking back what an import did to customers: values that are still its own, customers whom nobody else knows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, and_, bindparam, delete, select, update

from store.customer_imports_stay import GO_WITH_HER, as_stored, take_what_it_gave, what_hangs, without_added
from store.customer_words import forget_words
from store.customers import change_customers
from store.database import Database, Tx
from store.stale import mark_stale
from store.tables import consents, customers, facts, foreign_records, import_changes, merges

_AT_ONCE = 1000
_LINES_AT_ONCE = 5000  # of as many values a statement may hold


@dataclass(slots=True)
class CustomersUndone:
    """What was taken back, and how many things were left, by the reason."""

    customers: int = 0
    changes: int = 0
    left: Counter[str] = field(default_factory=Counter)
    hanging: Counter[str] = field(default_factory=Counter)
    """What hangs on the customers who stay: {what: how many}."""


async def undo_customers(database: Database, import_id: int, now: dt.datetime) -> CustomersUndone:
    """
    Take back all that import *import_id* did to customers, in short transactions; a second call goes on.

    Purchases of the import are taken back before. A customer on whom something else hangs stays without what the import
    gave her, and is looked at anew by the next undo; a value that somebody has changed since stays, and customers who
    were merged into others meanwhile, or of whom others are part, are told and left alone.
    """
    total = CustomersUndone()
    last: int | None = -1
    while last is not None:
        async with database.write() as tx:
            part, last = await _undo_some(tx, import_id, last, now)
        total.customers += part.customers
        total.changes += part.changes
        total.left += part.left
        total.hanging += part.hanging
    async with database.read() as tx:
        merged = await _merged_away(tx, import_id)
    if merged:
        total.left["customers merged into others (undo those merges first)"] += merged
    return total


async def _undo_some(tx: Tx, import_id: int, after: int, now: dt.datetime) -> tuple[CustomersUndone, int | None]:
    """Take back what was done to the customers that come next *after* one; return also the last of them."""
    mine = import_changes.c.import_id == import_id
    some = select(import_changes.c.customer_id).where(mine, import_changes.c.customer_id > after).distinct()
    ids = list(await tx.scalars(some.order_by(import_changes.c.customer_id).limit(_AT_ONCE)))
    done = CustomersUndone()
    if not ids:
        return done, None
    rows = (await tx.execute(select(import_changes).where(mine, import_changes.c.customer_id.in_(ids)))).all()
    put_in = {row.customer_id for row in rows if row.field == ""}
    hanging = await what_hangs(tx, put_in, import_id)
    done.customers = len(put_in) - len(hanging)
    await _remove(tx, put_in - hanging.keys())
    if hanging:
        done.left["customers of whom more is known by now"] += len(hanging)
        done.hanging = sum(hanging.values(), Counter[str]())
    waiting = {who for who, what in hanging.items() if what["merges"]}
    still = [row for row in rows if row.customer_id not in waiting and row.customer_id not in put_in - hanging.keys()]
    noted = [row for row in still if row.field]
    kept = [row for row in noted if row.customer_id not in put_in or not _is_kept_with_her(row.field)]
    done.changes = await _take_back(tx, kept, import_id)
    changed_since = len(kept) - done.changes
    hers = await take_what_it_gave(tx, [row for row in still if not row.field], import_id)
    done.changes += hers.taken
    if changed_since + hers.changed_since:
        done.left["values that were changed since"] += changed_since + hers.changed_since
    await mark_stale(tx, sorted({row.customer_id for row in still}), now)
    of_these = import_changes.c.customer_id.in_({row.customer_id for row in noted})
    await tx.execute(delete(import_changes).where(mine, of_these, import_changes.c.field != ""))
    return done, ids[-1]


def _is_kept_with_her(name: str) -> bool:
    """Say whether a change of one whom the same import put in is not taken back by itself: her number, her record."""
    return name == "number" or name.startswith("record:")


async def _remove(tx: Tx, ids: Collection[int]) -> None:
    if not ids:
        return
    await forget_words(tx, ids)
    for table, column in GO_WITH_HER:
        await tx.execute(delete(table).where(table.c[column].in_(ids)))
    await tx.execute(delete(customers).where(customers.c.id.in_(ids)))


async def _take_back(tx: Tx, rows: Sequence[Any], import_id: int) -> int:
    """Put back what was before each change, where the present value is still the import's; return how many were."""
    by_head: dict[str, list[Any]] = {}
    for row in rows:
        head = row.field.partition(":")[0]
        by_head.setdefault(head if head in {"fact", "consent", "record"} else "", []).append(row)
    taken = await _take_back_values(tx, by_head.get("", ()))
    taken += await _take_back_said(tx, facts, by_head.get("fact", ()))
    taken += await _take_back_said(tx, consents, by_head.get("consent", ()))
    return taken + await _take_back_records(tx, by_head.get("record", ()), import_id)


async def _take_back_values(tx: Tx, rows: Sequence[Any]) -> int:
    if not rows:
        return 0
    ids = {row.customer_id for row in rows}
    present = {row.id: row._mapping for row in await tx.execute(select(customers).where(customers.c.id.in_(ids)))}
    changes: dict[int, dict[str, Any]] = {}
    taken = 0
    for row in rows:
        column, hers = customers.c[row.field], present[row.customer_id]
        before, after = (as_stored(column.type, each) for each in (row.before, row.after))
        if row.field == "tags":
            before = without_added(hers["tags"] or [], before, after)
        elif hers[row.field] != after:
            continue
        changes.setdefault(row.customer_id, {})[row.field] = "" if before is None and not column.nullable else before
        taken += 1
    await change_customers(tx, changes)
    return taken


async def _take_back_said(tx: Tx, table: Table, rows: Sequence[Any]) -> int:
    """Take the imported lines away; where one was current, what was before it is current again."""
    taken = 0
    for start in range(0, len(rows), _LINES_AT_ONCE):
        part = rows[start : start + _LINES_AT_ONCE]
        mine = table.c.id.in_([row.after for row in part])
        current = set(await tx.scalars(select(table.c.id).where(mine, table.c.current)))
        await tx.execute(delete(table).where(mine))
        again = [row.before for row in part if row.after in current and row.before is not None]
        await tx.execute(update(table).where(table.c.id.in_(again)).values(current=True))
        taken += len(current)
    return taken


async def _take_back_records(tx: Tx, rows: Sequence[Any], import_id: int) -> int:
    taken = 0
    for system in {row.field.partition(":")[2] for row in rows}:
        whose = {row.customer_id: row.before for row in rows if row.field.partition(":")[2] == system}
        hers = and_(foreign_records.c.system == system, foreign_records.c.import_id == import_id)
        still = and_(hers, foreign_records.c.customer_id.in_(list(whose)))
        found = set(await tx.scalars(select(foreign_records.c.customer_id).where(still)))
        new = [who for who in found if whose[who] is None]
        await tx.execute(delete(foreign_records).where(hers, foreign_records.c.customer_id.in_(new)))
        known = [{"who": who, "before": whose[who]} for who in found if whose[who] is not None]
        if known:
            one = and_(foreign_records.c.system == system, foreign_records.c.customer_id == bindparam("who"))
            put_back = update(foreign_records).where(one)
            await tx.execute(put_back.values(record=bindparam("before"), import_id=None), known)
        taken += len(found)
    return taken


async def _merged_away(tx: Tx, import_id: int) -> int:
    """Count customers of the import who are part of others now."""
    count = 0
    rows = await tx.execute(select(merges.c.detail).where(merges.c.undone_at.is_(None)))
    for row in rows:
        details: Mapping[str, Any] = row.detail
        count += import_id in details.get("imports", ())
    return count
