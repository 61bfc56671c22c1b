"""Taking back what an import did to customers: values that are still its own, customers whom nobody else knows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Date, Table, and_, bindparam, delete, or_, select, update

from domain.customer_rows import IMPORTED
from domain.customers import Reach
from store.customer_words import forget_words
from store.customers import change_customers
from store.database import Database, Tx
from store.merging_rules import TREATMENTS
from store.stale import mark_stale
from store.tables import consents, customers, facts, foreign_records, import_changes, merges, metadata

_AT_ONCE = 1000
_LINES_AT_ONCE = 5000  # of as many values a statement may hold
_OF_HERS_ALONE = frozenset(
    {
        *("consents", "customer_words", "duplicates", "facts", "foreign_records", "import_changes", "kept_measures"),
        *("lifecycle_actions", "merges", "moves", "pictures", "segment_members", "stale_customers"),
    }
)
"""Tables whose rows go with a customer whom an import put in: what the import wrote, and what is reckoned from it."""


@dataclass(slots=True)
class CustomersUndone:
    """What was taken back, and how many things were left, by the reason."""

    customers: int = 0
    changes: int = 0
    left: Counter[str] = field(default_factory=Counter)

    @property
    def is_over(self) -> bool:
        """Say whether nothing was left to take back."""
        return not (self.customers or self.changes or self.left)


async def undo_customers(database: Database, import_id: int, now: dt.datetime) -> CustomersUndone:
    """
    Take back all that import *import_id* did to customers, in short transactions; a second call goes on.

    Purchases of the import are taken back before. A customer on whom something else hangs stays, and so does a value
    that somebody has changed since; customers who were merged into others meanwhile are told.
    """
    total = CustomersUndone()
    while True:
        async with database.write() as tx:
            part = await _undo_some(tx, import_id, now)
        if part.is_over:
            break
        total.customers += part.customers
        total.changes += part.changes
        total.left += part.left
    async with database.read() as tx:
        merged = await _merged_away(tx, import_id)
    if merged:
        total.left["customers merged into others (undo those merges first)"] += merged
    return total


async def _undo_some(tx: Tx, import_id: int, now: dt.datetime) -> CustomersUndone:
    mine = import_changes.c.import_id == import_id
    some = select(import_changes.c.customer_id).where(mine).distinct().order_by(import_changes.c.customer_id)
    ids = list(await tx.scalars(some.limit(_AT_ONCE)))
    done = CustomersUndone()
    if not ids:
        return done
    rows = (await tx.execute(select(import_changes).where(mine, import_changes.c.customer_id.in_(ids)))).all()
    put_in = {row.customer_id for row in rows if row.field == ""}
    removable = await _removable(tx, put_in, import_id)
    await _remove(tx, removable)
    done.customers = len(removable)
    stay = len(put_in - removable)
    if stay:
        done.left["customers of whom more is known by now"] += stay
    kept = [row for row in rows if row.field and row.customer_id not in put_in]
    taken = await _take_back(tx, kept, import_id)
    done.changes = taken
    if taken < len(kept):
        done.left["values that were changed since"] += len(kept) - taken
    changed = {row.customer_id for row in kept}
    await mark_stale(tx, sorted(changed), now)
    await tx.execute(delete(import_changes).where(mine, import_changes.c.customer_id.in_(ids)))
    return done


async def _removable(tx: Tx, ids: Collection[int], import_id: int) -> set[int]:
    """Return those whom nothing but the import knows: no chat, no purchase, no case, nothing that was said."""
    left = set(ids)
    if not left:
        return left
    met = or_(
        customers.c.met_at.is_not(None), customers.c.reach != Reach.NEVER_MET.value, customers.c.owner_id.is_not(None)
    )
    left -= set(await tx.scalars(select(customers.c.id).where(customers.c.id.in_(left), met)))
    for name, column in TREATMENTS:
        if name in _OF_HERS_ALONE:
            continue
        hers = metadata.tables[name].c[column]
        left -= set(await tx.scalars(select(hers).where(hers.in_(left)).distinct()))
    foreign = [
        (facts.c.customer_id, ~facts.c.source.like(f"{IMPORTED}:%")),
        (consents.c.customer_id, consents.c.text_version != IMPORTED),
        (import_changes.c.customer_id, import_changes.c.import_id != import_id),
        (merges.c.kept_id, merges.c.undone_at.is_(None)),
    ]
    for hers, other in foreign:
        left -= set(await tx.scalars(select(hers).where(hers.in_(left), other).distinct()))
    return left


async def _remove(tx: Tx, ids: Collection[int]) -> None:
    if not ids:
        return
    await forget_words(tx, ids)
    for name, column in TREATMENTS:
        if name in _OF_HERS_ALONE - {"customer_words", "merges"}:
            table = metadata.tables[name]
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
        before, after = (_read(column.type, each) for each in (row.before, row.after))
        if row.field == "tags":
            before = _without_added(hers["tags"] or [], before, after)
        elif hers[row.field] != after:
            continue
        changes.setdefault(row.customer_id, {})[row.field] = "" if before is None and not column.nullable else before
        taken += 1
    await change_customers(tx, changes)
    return taken


def _without_added(present: Sequence[str], before: Sequence[str] | None, after: Sequence[str]) -> list[str] | None:
    added = [tag for tag in after if tag not in (before or ())]
    left = [tag for tag in present if tag not in added]
    return left or None


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


def _read(kind: Any, value: Any) -> Any:
    return dt.date.fromisoformat(value) if isinstance(kind, Date) and value is not None else value
