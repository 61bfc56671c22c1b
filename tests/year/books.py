"""The program's own books at the end of the year, read once from its store."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, select

from domain.dialogues import Run
from domain.newsletters import Account
from domain.schedules import Schedule, Slot
from store import schedules
from store.database import Database, Tx
from store.recipients import account
from store.runs import runs_by_id
from store.tables import contacts, customers, holds, invitations, runs, sendings, waves

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Books:
    """Rows as the store has them; `chat_of` gives the private chat of a customer's id."""

    chat_of: dict[int, int]
    contacts: Sequence[Row[Any]]
    runs: Sequence[Run]
    waves: Sequence[Row[Any]]
    invitations: Sequence[Row[Any]]
    sendings: Sequence[Row[Any]]
    accounts: dict[int, Account]
    slots: dict[int, list[Slot]]
    schedules: Sequence[Schedule]
    holds: Sequence[Row[Any]]

    def holds_by_reason(self) -> Counter[str]:
        """Count what was held, skipped or put off, by reason: at the call, and of the invitations to surveys."""
        counted = Counter(f"{row.kind}: {row.reason}" for row in self.holds)
        counted.update(f"invitation: {row.reason}" for row in self.invitations if row.reason)
        return counted


async def read_books(database: Database, since: dt.datetime) -> Books:
    """Read all of it in one transaction."""
    async with database.read() as tx:
        people = await _rows(tx, customers)
        run_ids = list((await tx.scalars(select(runs.c.id).order_by(runs.c.id))).all())
        found: list[Run] = []
        for start in range(0, len(run_ids), _AT_ONCE):
            found += (await runs_by_id(tx, run_ids[start : start + _AT_ONCE])).values()
        sent = await _rows(tx, sendings)
        known = [schedule for schedule, _ in await schedules.enabled(tx)]
        return Books(
            chat_of={row.id: row.chat_id for row in people},
            contacts=await _rows(tx, contacts),
            runs=found,
            waves=await _rows(tx, waves),
            invitations=await _rows(tx, invitations),
            sendings=sent,
            accounts={row.id: await account(tx, row.id) for row in sent},
            slots={schedule.id: await schedules.slots_of(tx, schedule.id, since) for schedule in known},
            schedules=known,
            holds=await _rows(tx, holds),
        )


async def _rows(tx: Tx, table: Table) -> Sequence[Row[Any]]:
    return (await tx.execute(select(table))).all()
