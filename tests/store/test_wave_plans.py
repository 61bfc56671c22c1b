"""Waves among a million of single events: what every tick asks is found by an index, on SQLite as it is planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from domain.recontact import Rest
from domain.waves import Wave
from store import draws, survey_events, waves
from store.database import Database, Tx
from store.frames import frame_counts
from store.survey_events import Happening, Whom
from tests.store.sending_rows import NOW

WHOM = Whom("", NOW, "EUR")
WAVE = Wave(5, "nps", "", NOW, "staff:7", frozen=True)
SHORT = ("ix_waves_unfrozen", "ix_waves_closing", "ix_invitations_due")  # partial: only what waits is in them


@pytest.fixture
async def plans(sqlite_database: Database) -> AsyncIterator[list[str]]:
    """Every statement's plan, line by line, as SQLite makes it with nothing known of the tables."""
    lines: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith("EXPLAIN") or many:
            return
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        lines.extend(f"{row[3]} <- {statement}" for row in found)

    engine = sqlite_database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", explain)
    yield lines
    event.remove(engine, "before_cursor_execute", explain)


@pytest.mark.parametrize(
    "ask",
    [
        waves.unfrozen,
        waves.closing,
        lambda tx: waves.due(tx, NOW, 50),
        waves.next_due,
        lambda tx: waves.recent(tx, "nps"),
        lambda tx: waves.last_asked(tx, [1, 2]),
        lambda tx: waves.counts(tx, 5),
        lambda tx: waves.checkpoint(tx, 5),
        lambda tx: waves.goes_on(tx, WAVE),
        lambda tx: draws.frame_after(tx, 5, 0, 100),
        lambda tx: draws.call_up(tx, 5, 100, NOW),
        lambda tx: draws.fieldwork_of(tx, 5, NOW),
        lambda tx: draws.someone_is_due(tx, 5, NOW),
        lambda tx: draws.dismiss_some(tx, 5, "cancelled", NOW, 100),
        survey_events.newest_purchase,
        lambda tx: survey_events.receipts_after(tx, 0, 100, NOW, WHOM),
        lambda tx: survey_events.met_after(tx, (NOW, 0), NOW + dt.timedelta(hours=1), 100, WHOM),
        lambda tx: survey_events.waiting_for(tx, "nps", [1, 2]),
    ],
)
async def test_nothing_is_scanned(
    sqlite_database: Database, plans: list[str], ask: Callable[[Tx], Awaitable[object]]
) -> None:
    """A million waves of single events, and as many invitations, cost a tick nothing."""
    async with sqlite_database.write() as tx:
        row = Happening(1, "A", NOW)
        await tx.execute(text("INSERT INTO customers (id, reach, created_at) VALUES (1, 'reachable', '2027-01-01')"))
        await tx.execute(text("INSERT INTO purchases VALUES (1,1,'A','2027-01-01','','','',1,5,'EUR','',NULL,NULL)"))
        await survey_events.put_down(tx, "nps", "nps", "purchase", [row], None)
        plans.clear()
        await ask(tx)
    assert plans
    steps = [line.split(" <- ")[0] for line in plans]
    scans = [step for step in steps if step.startswith("SCAN") and not step.endswith(SHORT)]
    assert [step for step in scans if not step.startswith(("SCAN anon", "SCAN (sub"))] == []


async def test_a_rest_is_looked_up_for_each_customer_of_the_frame(sqlite_database: Database, plans: list[str]) -> None:
    """Only the customers themselves are gone through, once."""
    async with sqlite_database.read() as tx:
        rests = (Rest(dt.timedelta(days=7)), Rest(dt.timedelta(days=60), frozenset({"nps"})))
        await frame_counts(tx, "", NOW, currency="EUR", purpose=None, rests=rests, by="cars")
    scans = {line.split(" <- ")[0] for line in plans if line.startswith("SCAN")}
    assert scans == {"SCAN customers"}, scans
