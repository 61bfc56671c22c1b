"""Requests of the HTTP interface that were carried out: found again by their key, and counted for the metrics."""

from __future__ import annotations

from sqlalchemy import func, select

from domain.imports import ImportKind, ImportRun, ImportState
from store.database import Tx
from store.imports import import_run
from store.tables import imports

SOURCE = "http"


async def earlier_request(tx: Tx, kind: ImportKind, digest: str) -> ImportRun | None:
    """
    Return the newest import that a request of this digest was carried out as; None when there is none.

    One that was undone does not count, nor one of which no row was good: what was wrong may have been put right since.
    """
    found = await tx.scalar(
        select(func.max(imports.c.id)).where(
            imports.c.source == SOURCE,
            imports.c.kind == kind.value,
            imports.c.digest == digest,
            imports.c.state == ImportState.DONE.value,
            imports.c.kept_rows + imports.c.skipped_rows > 0,
        )
    )
    return None if found is None else await import_run(tx, found)


async def count_imports(tx: Tx) -> dict[tuple[str, str], int]:
    """Count imports by kind and state."""
    wanted = select(imports.c.kind, imports.c.state, func.count()).group_by(imports.c.kind, imports.c.state)
    return {(kind, state): count for kind, state, count in (await tx.execute(wanted)).all()}
