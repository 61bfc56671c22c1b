"""
Imports in the store: begun, counted batch by batch, ended, and taken back.

An import that runs holds a lease, so whoever opens the store next can tell one that broke off, and undo it.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from domain.imports import ImportKind, ImportRun, ImportState, Taken
from store import leases
from store.bulk import one_of
from store.customer_imports_undo import undo_customers
from store.database import Database, StoreUnavailable, Tx
from store.stale import mark_stale
from store.tables import import_changes, imports, purchases

_LEASE = "import"
_UNFINISHED = (ImportState.RUNNING.value, ImportState.UNDOING.value)
_AT_ONCE = 10_000
_TRIES = 6  # SQLite waits five seconds each time
_PAUSE_S = 0.5
_LOCK = 0x56554F524F494D50  # of PostgreSQL; any number that nothing else uses


class ImportUnderWay(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """Another import runs, or broke off a moment ago; try again when it is over or undone."""

    def __init__(self) -> None:
        super().__init__("another import is under way; wait until it is over, then try again")


@dataclass(frozen=True, slots=True)
class RunningImport:
    """An import that this process carries out."""

    id: int
    kind: ImportKind


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo took back, and why it left things: {reason: how many}."""

    id: int
    purchases: int = 0
    customers: int = 0
    changes: int = 0
    left: Mapping[str, int] = field(default_factory=dict)
    hanging: Mapping[str, int] = field(default_factory=dict)
    """What hangs on the customers who stay: {what: how many}."""
    was_undone: bool = False


@contextlib.asynccontextmanager
async def begun(
    database: Database,
    kind: ImportKind,
    source: str,
    now: dt.datetime,
    *,
    digest: str = "",
    staff_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> AsyncIterator[RunningImport]:
    """
    Begin an import and hold its lease while the block runs; `end` within the block says that it is whole.

    A block that ends without `end` leaves an import that broke off: `undo_unfinished` takes it back. One import runs at
    a time: a line that it knows from another must stay, whatever becomes of that other. Raises ImportUnderWay and
    StoreUnavailable.
    """
    async with alone(database):
        async with database.write() as tx:
            if await tx.scalar(select(imports.c.id).where(imports.c.state.in_(_UNFINISHED)).limit(1)) is not None:
                raise ImportUnderWay
            identifier = await tx.scalar(
                insert(imports)
                .values(
                    kind=kind.value,
                    source=source,
                    digest=digest,
                    state=ImportState.RUNNING.value,
                    started_at=now,
                    staff_id=staff_id,
                    detail=dict(detail or {}),
                )
                .returning(imports.c.id)
            )
        assert identifier is not None
        yield RunningImport(identifier, kind)


@contextlib.asynccontextmanager
async def alone(database: Database) -> AsyncIterator[None]:
    """Let no other import nor undo run beside the block, on any machine; raises ImportUnderWay where one does."""
    lease = await leases.take(database, _LEASE)
    if lease is None:
        raise ImportUnderWay
    try:
        yield
    finally:
        await lease.release()


@contextlib.asynccontextmanager
async def patient_write(database: Database) -> AsyncIterator[Tx]:
    """
    As `Database.write`, for work that waits rather than breaks off: where the store is locked it is tried for a while.

    Only the beginning is tried again; what fails within the transaction raises.
    """
    async with contextlib.AsyncExitStack() as stack:
        for left in reversed(range(_TRIES)):
            try:
                tx = await stack.enter_async_context(database.write())
                break
            except StoreUnavailable:
                if not left:
                    raise
                await asyncio.sleep(_PAUSE_S)
        yield tx


async def hold_imports(tx: Tx) -> None:
    """Let no other import write until *tx* ends, so that what was looked up in it stays true."""
    if tx.dialect.name == "postgresql":
        await tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def note_new_customers(tx: Tx, import_id: int, customer_ids: Iterable[int]) -> None:
    """Note that an import put these customers in (the field ""), so that its undo can take them out."""
    rows = [{"import_id": import_id, "customer_id": each, "field": "", "after": {}} for each in customer_ids]
    if rows:
        await tx.execute(insert(import_changes), rows)


async def count_batch(tx: Tx, import_id: int, taken: Taken, read: int) -> None:
    """Add a batch to the counts of its import, in the transaction that stores the batch."""
    await tx.execute(
        update(imports)
        .where(imports.c.id == import_id)
        .values(
            read_rows=imports.c.read_rows + read,
            kept_rows=imports.c.kept_rows + taken.kept,
            skipped_rows=imports.c.skipped_rows + taken.skipped,
            bad_rows=imports.c.bad_rows + len(taken.bad),
        )
    )


async def end(tx: Tx, import_id: int, now: dt.datetime, detail: Mapping[str, Any]) -> None:
    """Say that an import is whole, and keep *detail* about it."""
    await tx.execute(
        update(imports)
        .where(imports.c.id == import_id)
        .values(state=ImportState.DONE.value, ended_at=now, detail=dict(detail))
    )


async def import_run(tx: Tx, import_id: int) -> ImportRun | None:
    """Return one import, or None."""
    row = (await tx.execute(select(imports).where(imports.c.id == import_id))).one_or_none()
    return None if row is None else _run(row)


async def latest_imports(tx: Tx, limit: int = 20) -> list[ImportRun]:
    """Return the latest imports, the newest first."""
    return [_run(row) for row in await tx.execute(select(imports).order_by(imports.c.id.desc()).limit(limit))]


async def is_running(database: Database, run: ImportRun) -> bool:
    """Say whether some process carries that import out at this moment."""
    if run.state is not ImportState.RUNNING:
        return False
    lease = await leases.take(database, _LEASE)
    if lease is None:
        return True
    await lease.release()
    return False


async def undo_unfinished(database: Database, now: dt.datetime) -> list[Undone]:
    """
    Take back every import that broke off, and finish every undo that did; those that run elsewhere are let be.

    For the start of `vuoro run` and of every import. Raises StoreUnavailable; then what is left is for the next call.
    """
    if not await _unfinished(database):
        return []
    try:
        async with alone(database):
            found = await _unfinished(database)  # once more: one that ran just now may have come to its end since
            return [await undo_import(database, each, now) for each in found]
    except ImportUnderWay:
        return []


async def undo_import(database: Database, import_id: int, now: dt.datetime) -> Undone:
    """
    Take back what an import stored, in short transactions; killed in between, a second call goes on.

    Customers who lose purchases become stale. Of one that is undone already it looks whether the customers that it left
    can go by now; where it left nobody all stays as it is. Raises LookupError when there is no such import; the caller
    makes sure that it does not run (`is_running`).
    """
    async with patient_write(database) as tx:
        run = await import_run(tx, import_id)
        if run is None:
            raise LookupError(f"{import_id}: no such import")
        mine = select(import_changes.c.import_id).where(import_changes.c.import_id == import_id).limit(1)
        if run.state is ImportState.UNDONE and await tx.scalar(mine) is None:
            return Undone(import_id, was_undone=True)
        await tx.execute(update(imports).where(imports.c.id == import_id).values(state=ImportState.UNDOING.value))
    removed = 0
    while count := await _undo_batch(database, import_id, now):
        removed += count
    hers = await undo_customers(database, import_id, now)
    undone = Undone(import_id, removed, hers.customers, hers.changes, dict(hers.left), dict(hers.hanging))
    async with patient_write(database) as tx:
        told = {"purchases": removed, "customers": hers.customers, "changes": hers.changes, "left": dict(hers.left)}
        detail = {**run.detail, "undone": told}
        values = {"state": ImportState.UNDONE.value, "ended_at": now, "detail": detail}
        await tx.execute(update(imports).where(imports.c.id == import_id).values(values))
    return undone


async def _unfinished(database: Database) -> list[int]:
    wanted = select(imports.c.id).where(imports.c.state.in_(_UNFINISHED)).order_by(imports.c.id)
    async with database.read() as tx:
        return list(await tx.scalars(wanted))


async def _undo_batch(database: Database, import_id: int, now: dt.datetime) -> int:
    wanted = select(purchases.c.id, purchases.c.customer_id).where(purchases.c.import_id == import_id).limit(_AT_ONCE)
    async with patient_write(database) as tx:
        rows = (await tx.execute(wanted)).all()
        if not rows:
            return 0
        await mark_stale(tx, {row.customer_id for row in rows}, now)
        await tx.execute(
            delete(purchases).where(one_of(purchases.c.id, tx.dialect.name)), {"ids": [row[0] for row in rows]}
        )
        return len(rows)


def _run(row: Row[Any]) -> ImportRun:
    return ImportRun(
        id=row.id,
        kind=ImportKind(row.kind),
        source=row.source,
        state=ImportState(row.state),
        started_at=row.started_at,
        ended_at=row.ended_at,
        staff_id=row.staff_id,
        read=row.read_rows,
        kept=row.kept_rows,
        skipped=row.skipped_rows,
        bad=row.bad_rows,
        digest=row.digest,
        detail=row.detail or {},
    )
