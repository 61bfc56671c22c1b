"""The words that somebody said yes or no to, kept once for each version and language."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.tables import consent_texts

_LONGEST = 64
_DIGEST = 8


@dataclass(frozen=True, slots=True)
class ConsentText:
    """What was shown: for which purpose, in which version and language."""

    purpose: str
    version: str
    language: str
    text: str


def version_of(name: str, text: str) -> str:
    """Return the version of a text: its *name* ("welcome/1") and its digest's beginning; other words, another one."""
    return f"{name[: _LONGEST - _DIGEST - 1]}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]}"


async def keep_texts(tx: Tx, shown: Collection[ConsentText], now: dt.datetime) -> None:
    """Keep the words; those that are known stay as they were first kept."""
    if not shown:
        return
    rows = [
        {"purpose": each.purpose, "version": each.version, "language": each.language, "text": each.text, "since": now}
        for each in dict.fromkeys(shown)
    ]
    made = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(consent_texts)
    await tx.execute(made.on_conflict_do_nothing(index_elements=["purpose", "version", "language"]), rows)


async def text_of(tx: Tx, purpose: str, version: str) -> dict[str, str]:
    """Return the words of a version, by language."""
    same = consent_texts.c.purpose == purpose, consent_texts.c.version == version
    rows = await tx.execute(select(consent_texts.c.language, consent_texts.c.text).where(*same))
    return {row.language: row.text for row in rows}
