"""A customer whom an undone import put in and who cannot go: she stays with her number, and loses what it gave her."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Table, bindparam, delete, func, or_, select, update

from domain.customer_rows import IMPORTED
from domain.customers import CustomerKind, Reach
from store.customers import change_customers
from store.database import Tx
from store.merging_rules import TREATMENTS
from store.tables import consents, customers, facts, foreign_records, import_changes, merges, metadata

_OF_ONE_WHO_WRITES = frozenset({"chat_id", "language"})
_WITHOUT = {"name": "", "kind": CustomerKind.CONSUMER.value}  # of columns that are never null
_OF_HERS_ALONE = frozenset(
    {
        *("consents", "customer_words", "duplicates", "facts", "foreign_records", "import_changes", "kept_measures"),
        *("lifecycle_actions", "merges", "moves", "pictures", "points_due", "segment_members", "stale_customers"),
    }
)
"""Tables whose rows go with a customer whom an import put in: what the import wrote, and what is reckoned from it."""
GO_WITH_HER = tuple(
    (metadata.tables[name], column)
    for name, column in TREATMENTS
    if name in _OF_HERS_ALONE - {"customer_words", "merges"}
)
"""The tables of these that are emptied row by row, each with the column that names her."""


@dataclass(frozen=True, slots=True)
class TakenFrom:
    """How many values were taken from those who stay, and how many of the import's were changed by somebody since."""

    taken: int
    changed_since: int


async def what_hangs(tx: Tx, ids: Collection[int], import_id: int) -> dict[int, Counter[str]]:
    """Return what others know of whom the import put in: {customer: {what: how many}}; who is missing can go."""
    found: dict[int, Counter[str]] = {}
    if not ids:
        return found
    met = or_(customers.c.met_at.is_not(None), customers.c.reach != Reach.NEVER_MET.value)
    of_others = [
        ("chats", customers.c.id, met),
        ("owners", customers.c.id, customers.c.owner_id.is_not(None)),
        ("facts of others", facts.c.customer_id, ~facts.c.source.like(f"{IMPORTED}:%")),
        ("answers of hers", consents.c.customer_id, consents.c.text_version != IMPORTED),
        ("changes by other imports", import_changes.c.customer_id, import_changes.c.import_id != import_id),
        ("merges", merges.c.kept_id, merges.c.undone_at.is_(None)),
    ]
    for name, column in TREATMENTS:
        if name not in _OF_HERS_ALONE:
            hers = metadata.tables[name].c[column]
            of_others.append((name.replace("_", " "), hers, hers.is_not(None)))
    for what, hers, condition in of_others:
        counted = select(hers, func.count()).where(hers.in_(ids), condition).group_by(hers)
        for customer_id, count in await tx.execute(counted):
            found.setdefault(customer_id, Counter())[what] += count
    return found


async def take_what_it_gave(tx: Tx, rows: Sequence[Any], import_id: int) -> TakenFrom:
    """
    Take from customers who stay what putting them in gave them, where it is still the import's; the number stays.

    *rows* are their lines of `import_changes` with the field "", which keep what could not be taken back.
    """
    if not rows:
        return TakenFrom(0, 0)
    ids = sorted(row.customer_id for row in rows)
    taken, changed_since = await _take_values(tx, rows)
    whose = facts.c.source == f"{IMPORTED}:{import_id}"
    taken += await _take_lines(tx, facts, list(await tx.scalars(_ids_of(facts, ids).where(whose))))
    taken += await _take_lines(tx, consents, await _its_answers(tx, ids, import_id))
    records = foreign_records.c.import_id == import_id
    gone = await tx.execute(delete(foreign_records).where(records, foreign_records.c.customer_id.in_(ids)))
    return TakenFrom(taken + gone.rowcount, changed_since)


async def _take_values(tx: Tx, rows: Sequence[Any]) -> tuple[int, int]:
    wanted = select(customers).where(customers.c.id.in_([row.customer_id for row in rows]))
    locked = wanted.order_by(customers.c.id).with_for_update()
    present = {row.id: row._mapping for row in await tx.execute(locked)}
    changes: dict[int, dict[str, Any]] = {}
    notes: list[dict[str, Any]] = []
    taken = changed_since = 0
    for row in rows:
        hers, left = present[row.customer_id], dict(row.after or {})
        has_met = hers["met_at"] is not None or hers["reach"] != Reach.NEVER_MET.value
        given: dict[str, Any] = {}
        for name, value in (row.after or {}).items():
            if has_met and name in _OF_ONE_WHO_WRITES:
                continue
            if name == "tags":
                given[name] = without_added(hers[name] or [], None, value)
            elif hers[name] == as_stored(customers.c[name].type, value):
                given[name] = _WITHOUT.get(name)
            else:
                changed_since += 1
                continue
            del left[name]
        if given:
            changes[row.customer_id] = given
            notes.append({"of_import": row.import_id, "who": row.customer_id, "left": left})
            taken += len(given)
    await change_customers(tx, changes)
    if notes:
        one = (import_changes.c.import_id == bindparam("of_import"), import_changes.c.customer_id == bindparam("who"))
        note = update(import_changes).where(*one, import_changes.c.field == "")
        await tx.execute(note.values(after=bindparam("left")), notes)
    return taken, changed_since


async def _its_answers(tx: Tx, ids: Sequence[int], import_id: int) -> list[int]:
    """Return the imported answers that no other import has noted as its own."""
    imported = list(await tx.scalars(_ids_of(consents, ids).where(consents.c.text_version == IMPORTED)))
    others = (import_changes.c.import_id != import_id, import_changes.c.field.like("consent:%"))
    noted = select(import_changes.c.after).where(import_changes.c.customer_id.in_(ids), *others)
    of_others = set(await tx.scalars(noted))
    return [each for each in imported if each not in of_others]


def _ids_of(table: Table, customer_ids: Sequence[int]) -> Any:
    return select(table.c.id).where(table.c.customer_id.in_(customer_ids))


async def _take_lines(tx: Tx, table: Table, ids: Sequence[int]) -> int:
    """Take lines away; return how many of them were current."""
    taken = 0
    for start in range(0, len(ids), 5000):
        mine = table.c.id.in_(ids[start : start + 5000])
        taken += await tx.scalar(select(func.count()).select_from(table).where(mine, table.c.current)) or 0
        await tx.execute(delete(table).where(mine))
    return taken


def without_added(present: Sequence[str], before: Sequence[str] | None, after: Sequence[str]) -> list[str] | None:
    """Return the tags without those that were added between *before* and *after*; None for none."""
    added = [tag for tag in after if tag not in (before or ())]
    left = [tag for tag in present if tag not in added]
    return left or None


def as_stored(kind: Any, value: Any) -> Any:
    """Return a noted value as its column has it."""
    return dt.date.fromisoformat(value) if isinstance(kind, Date) and value is not None else value
