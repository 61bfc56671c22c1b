"""Taking back what an import did to customers: values that are still its own, customers whom nobody else knows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Date, and_, delete, or_, select, update

from domain.customer_rows import IMPORTED
from domain.customers import Reach
from store.customer_words import forget_words, renew_words
from store.database import Database, Tx
from store.merging import mark_stale
from store.merging_rules import TREATMENTS
from store.tables import consents, customers, facts, foreign_records, import_changes, merges, metadata

_AT_ONCE = 1000
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
    for row in kept:
        if await _take_back(tx, row, import_id):
            done.changes += 1
        else:
            done.left["values that were changed since"] += 1
    changed = {row.customer_id for row in kept}
    await renew_words(tx, sorted(changed))
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


async def _take_back(tx: Tx, row: Any, import_id: int) -> bool:
    head, _, name = row.field.partition(":")
    match head:
        case "fact" | "consent":
            return await _take_back_said(tx, facts if head == "fact" else consents, row)
        case "record":
            return await _take_back_record(tx, row, name, import_id)
        case "tags":
            return await _take_back_tags(tx, row)
        case _:
            return await _take_back_value(tx, row)


async def _take_back_value(tx: Tx, row: Any) -> bool:
    column = customers.c[row.field]
    present = await tx.scalar(select(column).where(customers.c.id == row.customer_id))
    before, after = (_read(column.type, each) for each in (row.before, row.after))
    if present != after:
        return False
    if before is None and not column.nullable:
        before = ""
    await tx.execute(update(customers).where(customers.c.id == row.customer_id).values({row.field: before}))
    return True


async def _take_back_tags(tx: Tx, row: Any) -> bool:
    present = await tx.scalar(select(customers.c.tags).where(customers.c.id == row.customer_id)) or []
    added = [tag for tag in row.after if tag not in (row.before or ())]
    left = [tag for tag in present if tag not in added]
    tags = row.before if present == row.after else left or None
    await tx.execute(update(customers).where(customers.c.id == row.customer_id).values(tags=tags))
    return True


async def _take_back_said(tx: Tx, table: Any, row: Any) -> bool:
    """Take the imported line away; where it was the current one, what was before is current again."""
    was_current = await tx.scalar(select(table.c.current).where(table.c.id == row.after))
    await tx.execute(delete(table).where(table.c.id == row.after))
    if was_current and row.before is not None:
        await tx.execute(update(table).where(table.c.id == row.before).values(current=True))
    return bool(was_current)


async def _take_back_record(tx: Tx, row: Any, system: str, import_id: int) -> bool:
    same = and_(foreign_records.c.customer_id == row.customer_id, foreign_records.c.system == system)
    present = await tx.scalar(select(foreign_records.c.import_id).where(same))
    if present != import_id:
        return False
    if row.before is None:
        await tx.execute(delete(foreign_records).where(same))
    else:
        await tx.execute(update(foreign_records).where(same).values(record=row.before, import_id=None))
    return True


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
