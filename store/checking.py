"""Looking the store over: is the file whole, is the schema ours, do the accounts add up, does anything lie stuck."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, exists, func, select, text

from domain.newsletters import RecipientState, SendingState
from store import tallies
from store.database import Database, Tx
from store.tables import (
    cases,
    contacts,
    customers,
    exclusions,
    inbox,
    outbox,
    purchases,
    recipients,
    runs,
    sendings,
)
from store.upgrade import latest_revision, revision_of


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What was found: the schema, how many rows there are, and what is wrong (empty when nothing is)."""

    revision: str | None
    counts: dict[str, int]
    problems: tuple[str, ...]


async def check_store(database: Database) -> StoreReport:
    """Look the whole store over without changing it; raises StoreUnavailable."""
    async with database.read() as tx:
        revision = await revision_of(tx)
        problems = await (_integrity(tx) if database.is_sqlite else _strangers(tx))
        if revision != latest_revision():
            problems.append(f"the schema is {revision or 'missing'}, not {latest_revision()}; run: vuoro store upgrade")
            return StoreReport(revision, {}, tuple(problems))
        counted = (customers, contacts, purchases, runs, cases, sendings)
        counts = {
            str(table.name): int(await tx.scalar(select(func.count()).select_from(table)) or 0) for table in counted
        }
        for name, table in (("inbox", inbox), ("outbox", outbox)):
            for state, number in await tx.execute(select(table.c.state, func.count()).group_by(table.c.state)):
                counts[f"{name} {state}"] = number
        problems += await _stuck(tx)
        problems += await _accounts(tx)
        problems += await _tallies(tx)
    return StoreReport(revision, counts, tuple(problems))


async def _integrity(tx: Tx) -> list[str]:
    found = [row[0] for row in await tx.execute(text("PRAGMA integrity_check(10)")) if row[0] != "ok"]
    orphans = {row[0] for row in await tx.execute(text("PRAGMA foreign_key_check"))}
    return [f"the file is broken: {problem}; restore a backup" for problem in found] + [
        f"{name} has rows that belong to nothing; restore a backup" for name in sorted(orphans)
    ]


async def _strangers(tx: Tx) -> list[str]:
    """Look for what PostgreSQL has no foreign key for: `store.schema.audience_keys`."""
    problems = []
    for table in (recipients, exclusions):
        of_nobody = ~exists().where(customers.c.id == table.c.customer_id)
        if await tx.scalar(select(table.c.customer_id).where(of_nobody).limit(1)) is not None:
            problems.append(f"{table.name} has rows that belong to nothing; restore a backup")
    return problems


async def _stuck(tx: Tx) -> list[str]:
    parked = await tx.scalar(select(func.count()).select_from(inbox).where(inbox.c.state == "parked"))
    asked = await tx.scalar(select(func.count()).select_from(outbox).where(outbox.c.state == "asked"))
    problems = []
    if parked:
        problems.append(f"{parked} updates could not be read and are set aside; see the log for the reasons")
    if asked:
        problems.append(f"{asked} messages may or may not have arrived; staff were asked whether to send them again")
    return problems


async def _tallies(tx: Tx) -> list[str]:
    """What the accounts are read from must be what the ledgers hold, recipient by recipient."""
    wrong = await tallies.recount(tx)
    ids = {place[0] for place in wrong}
    found = await tx.execute(select(sendings.c.id, sendings.c.name).where(sendings.c.id.in_(ids)))
    names = {row.id: row.name for row in found}
    return [
        f"newsletter {names[sending_id]}, sending {sending_id}: its account says {tallied} {state} {reason or '-'}, "
        f"its ledger has {counted}; run: vuoro store check --mend"
        for (sending_id, state, reason), (tallied, counted) in wrong.items()
    ]


async def _accounts(tx: Tx) -> list[str]:
    """A finished sending must have no recipient without an outcome."""
    open_ = [RecipientState.QUEUED.value, RecipientState.OUTBOX.value]
    rows = await tx.execute(
        select(sendings.c.name, func.count())
        .join(recipients, and_(recipients.c.sending_id == sendings.c.id, recipients.c.state.in_(open_)))
        .where(sendings.c.state == SendingState.FINISHED.value)
        .group_by(sendings.c.name)
    )
    return [f"newsletter {name} is finished, but {number} recipients have no outcome" for name, number in rows]
