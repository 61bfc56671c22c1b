"""
A customer is forgotten: in one transaction every table gives up what says who she was, and the sums stay.

What is left of her is a number that nobody is behind. How the bytes leave the file is `store.erasing_bytes`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from domain.messages import Lane, OutboxState
from store import erasing_own as own
from store.database import Tx
from store.erasing_rules import ERASING, Erasing, Fate
from store.stale import mark_stale
from store.tables import customers, former_topics, metadata, outbox, runs, staff_messages, topics


@dataclass(frozen=True, slots=True)
class Shown:
    """Where staff were shown her: topics of the forum (chat, thread), and single messages (chat, message, when)."""

    topics: tuple[tuple[int, int], ...]
    messages: tuple[tuple[int, int, dt.datetime], ...]


async def is_under_way(tx: Tx, customer_id: int) -> bool:
    """Say whether a message to her is being sent at this moment: what becomes of it must be known first."""
    sending = outbox.c.state == OutboxState.INTENT.value
    row = select(outbox.c.id).where(outbox.c.customer_id == customer_id, sending).limit(1)
    return await tx.scalar(row) is not None


async def is_answered(tx: Tx, customer_id: int) -> bool:
    """Say whether an answer to her own words or tap waits in the outbox."""
    ours = (outbox.c.customer_id == customer_id, outbox.c.lane == int(Lane.REPLY), outbox.c.chat_id > 0)
    return await tx.scalar(select(outbox.c.id).where(*ours).limit(1)) is not None


async def has_rows(tx: Tx, ref: str) -> bool:
    """Say whether rows with that ref are still in the outbox."""
    return await tx.scalar(select(outbox.c.id).where(outbox.c.ref == ref).limit(1)) is not None


async def drop_rows(tx: Tx, ref: str) -> None:
    """Give up the rows with that ref."""
    await tx.execute(delete(outbox).where(outbox.c.ref == ref))


async def script_digests(tx: Tx, customer_id: int) -> list[str]:
    """Return the versions of scripts that her runs began with."""
    wanted = select(runs.c.script_digest).where(runs.c.customer_id == customer_id).distinct()
    return sorted(await tx.scalars(wanted))


async def shown_to_staff(tx: Tx, customer_id: int) -> Shown:
    """Return what Telegram holds of her for staff, before it is forgotten here."""
    threads: list[tuple[int, int]] = []
    for table in (topics, former_topics):
        rows = await tx.execute(select(table.c.chat_id, table.c.thread_id).where(table.c.customer_id == customer_id))
        threads += [(row.chat_id, row.thread_id) for row in rows]
    columns = (staff_messages.c.chat_id, staff_messages.c.message_id, staff_messages.c.at)
    told = await tx.execute(select(*columns).where(staff_messages.c.customer_id == customer_id))
    return Shown(tuple(dict.fromkeys(threads)), tuple((row.chat_id, row.message_id, row.at) for row in told))


async def erase(tx: Tx, customer_id: int, now: dt.datetime, figures: own.Figures) -> dict[str, int]:
    """
    Erase a customer in this transaction and return how many rows of each table were dropped or blanked.

    Her row is locked; *figures* name the questions whose answers are figures. Idempotent: a second time finds nothing
    but the husk. The caller has seen that no message to her `is_under_way`.
    """
    row = (await tx.execute(select(customers).where(customers.c.id == customer_id).with_for_update())).one_or_none()
    if row is None:
        return {}
    ids = await own.all_ids(tx, customer_id)
    told = own.told_of(dict(row._mapping), await own.names_before(tx, ids))
    counts: Counter[str] = Counter()
    counts.update(await own.erase_contacts_to_come(tx, customer_id, now))
    counts["answers"] += await own.erase_answers(tx, customer_id, figures)
    counts["runs"] += await own.erase_runs(tx, customer_id, now)
    counts["cases"] += await own.erase_cases(tx, customer_id, now)
    counts["consents"] += await own.erase_consents(tx, customer_id, now)
    counts["topic_choices"] += await own.erase_topic_choices(tx, customer_id)
    counts.update(await own.erase_loyalty(tx, customer_id, now))
    counts.update(await own.erase_forum(tx, customer_id))
    counts.update(await own.erase_traces(tx, ids, told))
    await own.erase_customer(tx, customer_id, now)
    await mark_stale(tx, [customer_id], now)
    for name, erasing in _in_order():
        counts[name] += await _apply(tx, name, erasing, customer_id)
    counts["customers"] = 1
    return {str(name): count for name, count in sorted(counts.items()) if count}


def _in_order() -> Iterable[tuple[str, Erasing]]:
    """Give the tables that only say drop or blank, those that refer to others first."""
    for table in reversed(metadata.sorted_tables):
        erasing = ERASING[table.name]
        if erasing.fate in {Fate.DROP, Fate.BLANK}:
            yield table.name, erasing


async def _apply(tx: Tx, name: str, erasing: Erasing, customer_id: int) -> int:
    table = metadata.tables[name]
    which = _hers(name, erasing, customer_id)
    if erasing.fate is Fate.DROP:
        return (await tx.execute(delete(table).where(which))).rowcount
    if not erasing.blank:
        return 0
    return (await tx.execute(update(table).where(which).values(**erasing.blank))).rowcount


def _hers(name: str, erasing: Erasing, customer_id: int) -> ColumnElement[bool]:
    table = metadata.tables[name]
    if erasing.through is not None:
        column, parent = erasing.through
        parents = metadata.tables[parent]
        return and_(table.c[column].in_(select(parents.c.id).where(parents.c.customer_id == customer_id)))
    return or_(*(table.c[column] == customer_id for column in erasing.by))
