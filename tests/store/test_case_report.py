"""What the report of cases is counted from: found by indexes, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from store import case_report
from store.case_report import ReportedCase, reported_cases
from store.database import Database
from tests.bot.case_rows import SINCE, UNTIL, put_cases

QUESTIONS = [("csat", "score")]


async def read(database: Database) -> list[ReportedCase]:
    """Return all of the table's three weeks."""
    async with database.read() as tx:
        return [case async for page in reported_cases(tx, SINCE, UNTIL, QUESTIONS) for case in page]


async def test_cases_come_in_pages_by_number_each_with_what_is_its_own(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However small the pages are, every case has its history, its clocks and its rating."""
    async with database.write() as tx:
        await put_cases(tx)
    whole = await read(database)
    assert [case.life.number for case in whole] == list(range(1, 13))
    monkeypatch.setattr(case_report, "PAGE", 1)
    assert await read(database) == whole
    rated = {case.life.number: case.rating.value for case in whole if case.rating is not None}
    assert rated == {1: 5, 2: 4, 4: None, 6: 2, 11: 5}


async def test_nothing_is_scanned(sqlite_database: Database) -> None:
    """A month among years of cases is found by indexes, as SQLite plans it with nothing known of the tables."""
    async with sqlite_database.write() as tx:
        await put_cases(tx)
    lines: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if not statement.startswith("EXPLAIN"):
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            lines.extend(f"{row[3]} <- {statement}" for row in found)

    engine = sqlite_database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", explain)
    try:
        await read(sqlite_database)
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    tables = ("cases", "case_events", "case_clocks", "runs", "answers")
    assert any("USING INDEX ix_cases_closed_at" in line for line in lines)
    assert [line for line in lines if line.startswith(tuple(f"SCAN {table}" for table in tables))] == []
