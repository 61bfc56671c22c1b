"""How the store finds what a message needs: by an index, however much has been stored before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bot.transcript import load_transcript
from bot.transcript_player import Player
from bot.transcript_stage import Stage
from store.database import Database

FOLDER = Path(__file__).parents[1] / "transcripts"
LARGE = frozenset(
    {
        *("customers", "facts", "contacts", "contact_edits", "reactions", "runs", "answers", "cases", "case_events"),
        *("consents", "purchases", "recipients", "invitations", "inbox", "outbox", "holds", "exclusions", "audit"),
    }
)
"""What grows with customers and their messages; schedules, waves and sendings stay in the hundreds."""
SHORT = frozenset({"ix_inbox_new", "ix_outbox_waiting", "ix_outbox_intent"})
"""Partial indexes that hold only what waits at this moment."""
_SCAN = re.compile(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")

Statements = dict[str, Any]


@pytest.fixture
def statements() -> Iterator[Statements]:
    """What was asked of any store during the test, with the parameters of the last time."""
    seen: Statements = {}

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.split(maxsplit=1)[0] in {"SELECT", "UPDATE", "DELETE", "WITH"}:
            seen[statement] = parameters[0] if many else parameters

    event.listen(Engine, "before_cursor_execute", keep)
    yield seen
    event.remove(Engine, "before_cursor_execute", keep)


@pytest.mark.parametrize(
    "name", ["nps/happy-path", "nps/detractor", "complaint/correction", "feedback/language-change"]
)
async def test_no_message_reads_a_table_from_end_to_end(
    name: str, statements: Statements, sqlite_template: Path, tmp_path: Path
) -> None:
    """From the update that comes in to the answer that goes out, a million runs cost no more than a thousand."""
    file = FOLDER / f"{name}.chat"
    stage = Stage(load_transcript(file), tmp_path, beside=file.parent)
    try:
        await stage.open(sqlite_template)
        statements.clear()
        await Player(stage, file.parent).play()
        asked = dict(statements)
        assert len(asked) > 10
        assert await scans(stage.running.database, asked) == []
    finally:
        await stage.close()


async def scans(database: Database, asked: Statements) -> list[str]:
    """Return the scans of what may grow large in the plans of statements."""
    found = []
    async with database.read() as tx:
        for statement, parameters in asked.items():
            plan = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            for step in plan.mappings():
                scan = _SCAN.search(step["detail"])
                if scan is not None and scan[1] in LARGE and scan[2] not in SHORT:
                    found.append(f"{step['detail']} in {statement}")
    return found
