"""
Two customers become one, without losing a line of either, and two again when that was wrong.

All that is known of the one who is gone changes hands; her row and every step are kept in `merges`, from which the
merge is undone. What came after it stays with the one who was kept.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, insert, or_, select, update

from domain.duplicates import Merge, MergeRefusal, NotMerged
from domain.messages import OutboxState
from store import merging_care
from store import merging_own as own
from store.audit import note_act
from store.customer_words import forget_words, renew_words
from store.database import Tx
from store.merging_rules import TREATMENTS, Way, filled
from store.merging_steps import (
    Step,
    change,
    drop,
    move,
    read,
    rows_where,
    take_back,
    unique_keys,
    written,
)
from store.profiling import end_profiling
from store.stale import mark_stale
from store.tables import consents, customers, import_changes, merges, metadata, outbox

_ON_ITS_WAY = outbox.c.state == OutboxState.INTENT.value


async def merge_customers(
    tx: Tx, kept_id: int, gone_id: int, now: dt.datetime, staff_id: int | None = None
) -> Merge | NotMerged:
    """
    Make *gone_id* a part of *kept_id*, in this transaction; both are locked until it ends.

    Refused where both have a chat in Telegram (two chats cannot be one), where one is unknown, and for the second in
    which a message to the one who would be gone is being sent.
    """
    rows = await _both(tx, kept_id, gone_id)
    refusal = await _refusal(tx, rows, kept_id, gone_id)
    if refusal is not None:
        return NotMerged(refusal)
    kept, gone = rows[kept_id], rows[gone_id]
    imported = import_changes.c.customer_id == gone_id
    imports = sorted(set(await tx.scalars(select(import_changes.c.import_id).where(imported))))
    await forget_words(tx, [gone_id])
    steps = await _hand_over(tx, kept_id, gone_id, now)
    await tx.execute(delete(customers).where(customers.c.id == gone_id))
    fills = filled(kept, gone)
    steps += await change(tx, customers, kept, fills)
    owners, owner = {each["id"]: each["owner_id"] for each in (kept, gone)}, fills.get("owner_id", kept["owner_id"])
    steps += await merging_care.give_tasks(tx, steps, kept_id, owner, owners, now)
    await renew_words(tx, [kept_id])
    await mark_stale(tx, [kept_id], now)
    if await own.objects_to_profiling(tx, kept_id):
        await end_profiling(tx, {kept_id: now})
    moved = Counter[str]()
    for step in steps:
        moved[step["table"]] += len(step["keys"]) if step["op"] == "move" else 0
    detail = {"gone": written(customers, gone), "steps": steps, "imports": imports, "moved": dict(+moved)}
    values = {"kept_id": kept_id, "gone_id": gone_id, "gone_number": gone["number"], "at": now, "staff_id": staff_id}
    merge_id = await tx.scalar(insert(merges).values(**values, detail=detail).returning(merges.c.id))
    assert merge_id is not None
    await note_act(tx, staff_id, "customer.merge", f"customer:{kept_id}", now, {"gone": gone_id, "merge": merge_id})
    went = merging_care.how_many_went(steps)
    return Merge(merge_id, kept_id, gone_id, now, staff_id, None, gone["name"], gone["number"], dict(+moved), went)


async def unmerge(tx: Tx, merge_id: int, now: dt.datetime, staff_id: int | None = None) -> Merge | NotMerged:
    """
    Make two of one again: every row that changed hands goes back, and what the merge changed is as it was.

    What came after the merge stays with the one who was kept; a no to a purpose counts for both. Refused while a later
    merge of the same customer stands: merges are undone in reverse order.
    """
    row = (await tx.execute(select(merges).where(merges.c.id == merge_id).with_for_update())).one_or_none()
    if row is None:
        return NotMerged(MergeRefusal.NO_SUCH_MERGE)
    if row.undone_at is not None:
        return NotMerged(MergeRefusal.UNDONE)
    later = await _later(tx, row)
    if later is not None:
        return NotMerged(MergeRefusal.LATER_MERGE, later)
    kept = (await _both(tx, row.kept_id)).get(row.kept_id)
    if kept is None:
        return NotMerged(MergeRefusal.UNKNOWN)
    if await tx.scalar(select(outbox.c.id).where(outbox.c.customer_id == row.kept_id, _ON_ITS_WAY).limit(1)):
        return NotMerged(MergeRefusal.UNDER_WAY)
    gone = read(customers, row.detail["gone"])
    own_steps = [step for step in row.detail["steps"] if step["table"] == customers.name]
    taken = await _taken(tx, gone, _as_before(kept, own_steps))
    if taken is not None:
        return NotMerged(MergeRefusal.NUMBER_TAKEN, taken)
    for step in own_steps:
        await take_back(tx, step)
    await tx.execute(insert(customers).values(gone))
    await _take_back(tx, row.detail["steps"], row.gone_id, now)
    await renew_words(tx, [row.kept_id, row.gone_id])
    await mark_stale(tx, [row.kept_id, row.gone_id], now)
    if await own.objects_to_profiling(tx, row.gone_id):
        await end_profiling(tx, {row.gone_id: now})
    await tx.execute(update(merges).where(merges.c.id == merge_id).values(undone_at=now))
    await note_act(
        tx, staff_id, "customer.unmerge", f"customer:{row.kept_id}", now, {"back": row.gone_id, "merge": merge_id}
    )
    return dataclasses.replace(_merge(row), undone_at=now)


async def _take_back(tx: Tx, steps: Sequence[Step], gone: int, now: dt.datetime) -> None:
    """Undo the steps of a merge but those of the customers' own rows, the last first."""
    for step in reversed(steps):
        if step["op"] == "current":
            await own.make_current(tx, step)
            if step["table"] == consents.name:
                await own.share_later_no(tx, step, gone)
        elif step["op"] == merging_care.OP:
            await merging_care.give_back(tx, step, now)
        elif step["table"] != customers.name:
            await take_back(tx, step)


async def merges_of(tx: Tx, customer_id: int) -> list[Merge]:
    """Return the merges in which she was one of the two, the newest first, undone ones too."""
    hers = or_(merges.c.kept_id == customer_id, merges.c.gone_id == customer_id)
    rows = await tx.execute(select(merges).where(hers).order_by(merges.c.id.desc()))
    return [_merge(row) for row in rows]


async def merge_by_id(tx: Tx, merge_id: int) -> Merge | None:
    """Return one merge, or None."""
    row = (await tx.execute(select(merges).where(merges.c.id == merge_id))).one_or_none()
    return None if row is None else _merge(row)


async def _both(tx: Tx, *ids: int) -> dict[int, dict[str, Any]]:
    wanted = select(customers).where(customers.c.id.in_(sorted(ids))).order_by(customers.c.id).with_for_update()
    return {row.id: dict(row._mapping) for row in await tx.execute(wanted)}


async def _refusal(tx: Tx, rows: Mapping[int, Mapping[str, Any]], kept: int, gone: int) -> MergeRefusal | None:
    if kept == gone:
        return MergeRefusal.SAME
    if len(rows) < 2:
        return MergeRefusal.UNKNOWN
    if None not in (rows[kept]["chat_id"], rows[gone]["chat_id"]):
        return MergeRefusal.TWO_CHATS
    waiting = select(outbox.c.id, outbox.c.state).where(outbox.c.customer_id == gone).with_for_update()
    if any(row.state == OutboxState.INTENT.value for row in await tx.execute(waiting)):
        return MergeRefusal.UNDER_WAY
    return None


async def _hand_over(tx: Tx, kept: int, gone: int, now: dt.datetime) -> list[Step]:
    steps = await own.move_facts(tx, kept, gone)
    steps += await own.move_consents(tx, kept, gone)
    steps += await own.move_runs(tx, kept, gone, now)
    steps += await own.move_topics(tx, kept, gone)
    steps += await own.move_staff_messages(tx, kept, gone)
    steps += await own.move_foreign_records(tx, kept, gone)
    steps += await own.move_duplicates(tx, kept, gone)
    steps += await own.rename(tx, outbox, await rows_where(tx, outbox, outbox.c.customer_id == gone), kept, gone)
    for (name, column), treatment in TREATMENTS.items():
        table = metadata.tables[name]
        match treatment.way:
            case Way.MOVE:
                steps += await _move(tx, name, column, kept, gone)
            case Way.AWAY:
                steps += await drop(tx, table, await rows_where(tx, table, table.c[column] == gone))
            case Way.OWN | Way.STAY:
                pass
    return steps


async def _move(tx: Tx, name: str, column: str, kept: int, gone: int) -> list[Step]:
    """Let rows change hands; where both have one that only one may have, the other is kept in the step."""
    table, rank = metadata.tables[name], TREATMENTS[name, column].rank
    theirs = await rows_where(tx, table, table.c[column] == gone)
    keys = [names for names in unique_keys(table) if column in names]
    ours = await rows_where(tx, table, table.c[column] == kept) if theirs and keys else []
    held = {(names, tuple(row[each] for each in names)): row for row in ours for names in keys}
    moved: list[dict[str, Any]] = []
    dropped: list[dict[str, Any]] = []
    for row in theirs:
        as_ours = {**row, column: kept}
        clashes = [held.get((names, tuple(as_ours[each] for each in names))) for names in keys]
        other = next((each for each in clashes if each is not None), None)
        if name == "people" and as_ours["company_id"] == as_ours["person_id"]:
            dropped.append(row)
        elif other is None:
            moved.append(row)
        elif rank(row) > rank(other):
            dropped.append(other)
            moved.append(row)
        else:
            dropped.append(row)
    return await drop(tx, table, dropped) + await move(tx, table, column, moved, kept)


async def _later(tx: Tx, row: Row[Any]) -> int | None:
    """Return a later merge that stands and has to do with the same customer: the newest, which goes back first."""
    same = or_(merges.c.kept_id.in_([row.kept_id]), merges.c.gone_id.in_([row.kept_id]))
    later = select(merges.c.id).where(and_(merges.c.id > row.id, merges.c.undone_at.is_(None), same))
    found: int | None = await tx.scalar(later.order_by(merges.c.id.desc()).limit(1))
    return found


async def _taken(tx: Tx, gone: Mapping[str, Any], kept: Mapping[str, Any]) -> int | None:
    """Return who has the number or the chat of the one who comes back, where *kept* is as she will be then, or None."""
    unique = [name for name in ("number", "chat_id") if gone[name] is not None]
    if any(kept[name] == gone[name] for name in unique):
        return int(kept["id"])
    others = or_(customers.c.id == gone["id"], *(customers.c[name] == gone[name] for name in unique))
    found: int | None = await tx.scalar(select(customers.c.id).where(others, customers.c.id != kept["id"]).limit(1))
    return found


def _as_before(kept: Mapping[str, Any], steps: Iterable[Step]) -> dict[str, Any]:
    """Return her row as taking back *steps* will leave it."""
    row = dict(kept)
    for step in steps:
        before, after = read(customers, step["before"]), read(customers, step["after"])
        row |= {name: value for name, value in before.items() if row[name] == after[name]}
    return row


def _merge(row: Row[Any]) -> Merge:
    gone, moved = row.detail["gone"], row.detail["moved"]
    went = merging_care.how_many_went(row.detail["steps"])
    names = gone["name"], row.gone_number
    return Merge(row.id, row.kept_id, row.gone_id, row.at, row.staff_id, row.undone_at, *names, moved, went)
