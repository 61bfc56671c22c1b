"""Tables whose rows do not simply change hands in a merge: the current, the paired, topics, what names her."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, and_, insert, or_, update

from domain.customers import Purpose
from domain.dialogues import RunState
from domain.duplicates import DuplicateState
from store.database import Tx
from store.ids import new_id
from store.merging_steps import Step, change, drop, move, put, rows_where
from store.tables import (
    consents,
    duplicates,
    facts,
    foreign_records,
    former_topics,
    metadata,
    runs,
    staff_messages,
    topics,
)

Row = dict[str, Any]
_NAMING = ("in", "customer", "lost_card")  # first parts of references whose second part is her id


async def move_facts(tx: Tx, kept: int, gone: int) -> list[Step]:
    """Of two current values of a fact the newer stays current; the other is history."""
    return await _move_current(tx, facts, "name", kept, gone, lambda row: row["at"])


async def move_consents(tx: Tx, kept: int, gone: int) -> list[Step]:
    """Of two current answers to a purpose a no wins, however old; of two alike the newer."""
    return await _move_current(tx, consents, "purpose", kept, gone, lambda row: (not row["given"], row["at"]))


async def _move_current(
    tx: Tx, table: Table, name: str, kept: int, gone: int, rank: Callable[[Mapping[str, Any]], Any]
) -> list[Step]:
    ours = {row[name]: row for row in await rows_where(tx, table, and_(table.c.customer_id == kept, table.c.current))}
    theirs = await rows_where(tx, table, table.c.customer_id == gone)
    current = [row for row in theirs if row["current"]]
    beaten = [ours[row[name]]["id"] for row in current if row[name] in ours and rank(row) > rank(ours[row[name]])]
    history = [row["id"] for row in current if row[name] in ours and ours[row[name]]["id"] not in beaten]
    older = table.c.id.in_([*beaten, *history])
    await tx.execute(update(table).where(older).values(current=False))
    step = {"op": "current", "table": str(table.name), "name": name, "kept": kept, "beaten": beaten}
    step["current"] = [row["id"] for row in current]
    step["ours"] = [row["id"] for row in ours.values()]
    return [step, *await move(tx, table, "customer_id", theirs, kept)]


async def make_current(tx: Tx, step: Step) -> None:
    """
    Make current again what was before the merge, once the rows are back: all of hers who was gone.

    Of the other that which nothing newer has replaced since.
    """
    table, name = metadata.tables[step["table"]], step["name"]
    await tx.execute(update(table).where(table.c.id.in_(step["current"])).values(current=True))
    hers = and_(table.c.customer_id == step["kept"], table.c.current)
    replaced = {row[name] for row in await rows_where(tx, table, hers)}
    beaten = await rows_where(tx, table, table.c.id.in_(step["beaten"]))
    free = [row["id"] for row in beaten if row[name] not in replaced]
    await tx.execute(update(table).where(table.c.id.in_(free)).values(current=True))


async def objects_to_profiling(tx: Tx, customer_id: int) -> bool:
    """Say whether she objects to being profiled; silence is no objection."""
    about = and_(consents.c.customer_id == customer_id, consents.c.purpose == Purpose.PROFILING.value)
    return bool(await rows_where(tx, consents, and_(about, consents.c.current, ~consents.c.given)))


async def share_later_no(tx: Tx, step: Step, gone: int) -> None:
    """
    Let a no that was said since the merge of *step*, the one of consents, count for *gone* too, who is back.

    Which of the two said it cannot be told: the chat in which it was said may go back with her.
    """
    of_kept = and_(consents.c.customer_id == step["kept"], consents.c.current, ~consents.c.given)
    known = {*step["ours"], *step["beaten"]}
    of_gone = and_(consents.c.customer_id == gone, consents.c.current)
    hers = {row["purpose"]: row for row in await rows_where(tx, consents, of_gone)}
    for row in await rows_where(tx, consents, of_kept):
        before = hers.get(row["purpose"])
        if row["id"] in known or (before is not None and not before["given"]):
            continue
        if before is not None:
            await tx.execute(update(consents).where(consents.c.id == before["id"]).values(current=False))
        await tx.execute(insert(consents).values({**row, "id": new_id(), "customer_id": gone}))


async def move_runs(tx: Tx, kept: int, gone: int, now: dt.datetime) -> list[Step]:
    """Of one script both may have been asked at once: the dialogue that was longer out of focus ends as cancelled."""
    both = await rows_where(tx, runs, runs.c.customer_id.in_([kept, gone]))
    in_focus: dict[str, Row] = {}
    steps: list[Step] = []
    for row in sorted((row for row in both if row["state"] == RunState.OPEN.value), key=lambda row: row["focus"]):
        other = in_focus.get(row["script_id"])
        in_focus[row["script_id"]] = row
        if other is not None and other["customer_id"] != row["customer_id"]:
            ended = {"state": RunState.CANCELLED.value, "ended_at": now, "due_at": None}
            steps += await change(tx, runs, other, ended)
    return steps + await move(tx, runs, "customer_id", [row for row in both if row["customer_id"] == gone], kept)


async def move_topics(tx: Tx, kept: int, gone: int) -> list[Step]:
    """The forum topic comes over; where both have one, that of the one who is gone is a former topic of the other."""
    theirs = await rows_where(tx, topics, topics.c.customer_id == gone)
    if not theirs or not await rows_where(tx, topics, topics.c.customer_id == kept):
        return await move(tx, topics, "customer_id", theirs, kept)
    steps = await drop(tx, topics, theirs)
    for row in theirs:
        same = and_(former_topics.c.chat_id == row["chat_id"], former_topics.c.thread_id == row["thread_id"])
        steps += await drop(tx, former_topics, await rows_where(tx, former_topics, same))
        steps += await put(tx, former_topics, {**row, "customer_id": kept})
    return steps


async def move_staff_messages(tx: Tx, kept: int, gone: int) -> list[Step]:
    """What staff were shown of her is answered to the one who is kept, by its reference too."""
    rows = await rows_where(tx, staff_messages, staff_messages.c.customer_id == gone)
    return await rename(tx, staff_messages, rows, kept, gone) + await move(
        tx, staff_messages, "customer_id", rows, kept
    )


async def rename(tx: Tx, table: Table, rows: Sequence[Row], kept: int, gone: int) -> list[Step]:
    """Let references such as "in:7:345" name the customer who is kept."""
    steps: list[Step] = []
    for row in rows:
        head, *rest = (row["ref"] or "").split(":")
        if head in _NAMING and rest[:1] == [str(gone)]:
            steps += await change(tx, table, row, {"ref": ":".join([head, str(kept), *rest[1:]])})
    return steps


async def move_foreign_records(tx: Tx, kept: int, gone: int) -> list[Step]:
    """Of two records of one system both are kept, so that an export gives back two rows as it got them."""
    ours = {row["system"]: row for row in await rows_where(tx, foreign_records, foreign_records.c.customer_id == kept)}
    steps: list[Step] = []
    for row in await rows_where(tx, foreign_records, foreign_records.c.customer_id == gone):
        other = ours.get(row["system"])
        if other is None:
            steps += await move(tx, foreign_records, "customer_id", [row], kept)
            continue
        record = {**row["record"]}
        also = [*other["record"].get("also", ()), record, *record.pop("also", ())]
        steps += await drop(tx, foreign_records, [row])
        steps += await change(tx, foreign_records, other, {"record": {**other["record"], "also": also}})
    return steps


async def move_duplicates(tx: Tx, kept: int, gone: int) -> list[Step]:
    """The pair is settled; what else was proposed of the one who is gone is proposed of the other, once."""
    pairs = duplicates.c.first_id, duplicates.c.second_id
    steps: list[Step] = []
    for row in await rows_where(tx, duplicates, or_(*(column == gone for column in pairs))):
        other = row["second_id"] if row["first_id"] == gone else row["first_id"]
        if other == kept:
            steps += await change(tx, duplicates, row, {"state": DuplicateState.MERGED.value})
            continue
        if row["state"] == DuplicateState.MERGED.value:
            continue  # the other is gone herself
        first, second = sorted((kept, other))
        same = and_(pairs[0] == first, pairs[1] == second)
        known = await rows_where(tx, duplicates, same)
        steps += await drop(tx, duplicates, [row])
        if not known:
            steps += await put(tx, duplicates, {**row, "first_id": first, "second_id": second})
        elif row["state"] == DuplicateState.APART.value:
            steps += await change(tx, duplicates, known[0], {"state": row["state"]})
    return steps
