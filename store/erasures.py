"""
That somebody was forgotten: asked for, done, and the proof of it; nothing of who it was.

Beside the store a journal tells the same, so that a backup from before, restored, is erased again.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL

from store.database import Tx
from store.ids import new_id
from store.tables import customers, erasures

AGAIN = "journal"
"""Who asks for an erasure that is done again after a restore."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure. *counts* are rows by table, None until they are erased; *done_at* once the bytes are gone, too."""

    id: int
    was_id: int
    asked_at: dt.datetime
    asked_by: str
    counts: Mapping[str, int] | None = None
    proof: str = ""
    done_at: dt.datetime | None = None


async def ask(tx: Tx, customer_id: int, asked_by: str, now: dt.datetime) -> bool:
    """Ask for a customer to be forgotten; False when that was asked before."""
    made = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(erasures)
    values = {"id": new_id(), "was_id": customer_id, "asked_at": now, "asked_by": asked_by}
    put = made.values(**values, proof="").on_conflict_do_nothing(index_elements=["was_id"])
    return (await tx.execute(put)).rowcount == 1


async def open_erasures(tx: Tx) -> list[Erasure]:
    """Return those that are not done, the oldest first."""
    wanted = select(erasures).where(erasures.c.done_at.is_(None)).order_by(erasures.c.asked_at, erasures.c.id)
    return [_erasure(row) for row in await tx.execute(wanted)]


async def erasure_of(tx: Tx, customer_id: int) -> Erasure | None:
    """Return the erasure of a customer, or None."""
    row = (await tx.execute(select(erasures).where(erasures.c.was_id == customer_id))).one_or_none()
    return None if row is None else _erasure(row)


async def erasures_done(tx: Tx, limit: int = 100) -> list[Erasure]:
    """Return the newest erasures, done or not."""
    wanted = select(erasures).order_by(erasures.c.asked_at.desc(), erasures.c.id.desc()).limit(limit)
    return [_erasure(row) for row in await tx.execute(wanted)]


async def keep_counts(tx: Tx, erasure: Erasure, counts: Mapping[str, int], proof: str) -> None:
    """Keep what was erased, with its proof, in the transaction that erased it."""
    await tx.execute(update(erasures).where(erasures.c.id == erasure.id).values(counts=dict(counts), proof=proof))


async def mark_done(tx: Tx, erasure: Erasure, now: dt.datetime) -> None:
    """The bytes are gone, and the journal knows."""
    await tx.execute(update(erasures).where(erasures.c.id == erasure.id).values(done_at=now))


# The journal beside the store ----------------------------------------------------------------------------------------


def journal_of(url: URL, folder: Path) -> Path:
    """Return the journal's file: beside a SQLite store, else in the config's *folder*."""
    return Path(f"{url.database}.erasures") if url.get_backend_name() == "sqlite" else folder / "vuoro.erasures"


async def written_line(tx: Tx, erasure: Erasure) -> str:
    """Return the journal's line of an erasure: ids, moments and the proof, no word of hers."""
    since = await tx.scalar(select(customers.c.created_at).where(customers.c.id == erasure.was_id))
    line = {
        "id": erasure.id,
        "was_id": erasure.was_id,
        "since": since.isoformat() if since is not None else None,
        "asked_at": erasure.asked_at.isoformat(),
        "proof": erasure.proof,
    }
    return json.dumps(line)


def append(journal: Path, line: str) -> None:
    """Add a line and have it on the disk; one that is there already is not added again."""
    if line in _lines(journal):
        return
    with journal.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


async def ask_again(tx: Tx, journal: Path, now: dt.datetime) -> int:
    """
    Ask anew for every erasure of the journal that a restored store does not know; return how many.

    An id alone is no proof of who it is: what was given anew after the backup has another moment of being made.
    """
    asked = 0
    for line in _lines(journal):
        entry: dict[str, Any] = json.loads(line)
        since = await tx.scalar(select(customers.c.created_at).where(customers.c.id == entry["was_id"]))
        if since is None or entry["since"] is None or since != dt.datetime.fromisoformat(entry["since"]):
            continue
        asked += await ask(tx, entry["was_id"], AGAIN, now)
    return asked


def _lines(journal: Path) -> Iterable[str]:
    return journal.read_text(encoding="utf-8").splitlines() if journal.is_file() else ()


def _erasure(row: Row[Any]) -> Erasure:
    return Erasure(row.id, row.was_id, row.asked_at, row.asked_by, row.counts, row.proof, row.done_at)
