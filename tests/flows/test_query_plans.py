"""How the store finds what a message needs: by an index, however much has been stored before."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bot.customer_card import collect_shown
from bot.transcript import load_transcript
from bot.transcript_player import Player
from bot.transcript_stage import Stage
from dialogues import library as dialogues
from dialogues.library import Library
from domain.cases import Move
from domain.company import Company
from scheduler.case_digest import CaseDigest
from scheduler.case_owners import CaseOwners
from scheduler.ticker import Job
from store import care, care_outcomes
from store.customers import customer_by_id, find_customers
from store.database import Database
from store.floods import next_untold, untold_floods
from store.topics import drop_acts_in, drop_waiting_edits, drop_waiting_pin
from tests.bot.case_scene import LANGUAGES, CaseScene
from tests.bot.test_customer_card import ANNA, COMPANY, NOW, OY, everything

FOLDER = Path(__file__).parents[1] / "transcripts"
LARGE = frozenset(
    {
        *("customers", "facts", "contacts", "contact_edits", "reactions", "runs", "answers", "cases", "case_events"),
        *("case_clocks", "floods"),
        *("pictures", "moves", "segment_members", "lifecycle_actions", "people", "customer_words", "signals"),
        *("consents", "purchases", "recipients", "invitations", "inbox", "outbox", "holds", "exclusions", "audit"),
    }
)
"""What grows with customers and their messages; schedules, waves and sendings stay in the hundreds."""
SHORT = frozenset(
    {"ix_inbox_new", "ix_outbox_waiting", "ix_outbox_intent", "ix_case_clocks_warn_at", "ix_case_clocks_due_at"}
    | {"ix_floods_began_at"}
)
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


async def test_no_tick_about_cases_reads_a_table_from_end_to_end(
    statements: Statements, sqlite_database: Database
) -> None:
    """Warnings, late ones, owners who left and the morning's list are found by what still waits."""
    scene = CaseScene(sqlite_database, Company(languages=LANGUAGES))
    await scene.people()
    case = await scene.opens(1, "2027-03-01 10:00")
    await scene.moves(case, Move.TAKE, "2027-03-01 10:10")
    await scene.opens(2, "2027-03-02 08:00")
    jobs: list[Job] = [
        scene.clocks,
        CaseOwners(sqlite_database, scene.company, scene.notices.forum, scene.notices),
        CaseDigest(sqlite_database, scene.company, scene.notices),
    ]
    statements.clear()
    for at in ("2027-03-01 13:30", "2027-03-02 08:45"):
        for job in jobs:
            await job.tick(scene.at(at))
            async with sqlite_database.read() as tx:
                await job.next_due(tx, scene.at(at))
    asked = dict(statements)
    assert len(await scene.told()) > 2
    assert await scans(sqlite_database, asked) == []


async def test_action_of_a_care_plan_for_everybody_is_followed_by_what_is_open_of_it(
    statements: Statements, sqlite_database: Database
) -> None:
    """Each tick asks of each run whether anything is left to do, and takes over fates: a bounded number of them."""
    now = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
    async with sqlite_database.write() as tx:
        statements.clear()
        assert await care.is_over(tx, 1)
        await care_outcomes.follow_sending(tx, 1, 1, now, over=False)
        await care_outcomes.follow_wave(tx, 1, 1, now, over=True)
        asked = list(statements.items())
        plans = [await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", given) for each, given in asked]
        steps = [step["detail"] for plan in plans for step in plan.mappings() if "plan_actions" in step["detail"]]
    assert steps == ["SEARCH plan_actions USING INDEX ix_plan_actions_open (run_id=?)"] * 3


async def test_floods_that_staff_have_not_heard_of_are_found_among_all_who_ever_wrote(
    statements: Statements, sqlite_database: Database
) -> None:
    """Every customer who has written leaves a row, and the scheduler asks at each of its wakings."""
    now = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
    async with sqlite_database.read() as tx:
        statements.clear()
        assert await untold_floods(tx, now) == []
        assert await next_untold(tx) is None
    assert await scans(sqlite_database, dict(statements)) == []


async def test_a_card_that_changes_does_not_look_through_a_newsletter_that_waits(
    statements: Statements, sqlite_database: Database
) -> None:
    """An older edit or pin of it is found in the lanes of people, beside a hundred thousand copies in bulk."""
    async with sqlite_database.write() as tx:
        statements.clear()
        await drop_waiting_edits(tx, -1001, 5)
        assert not await drop_waiting_pin(tx, -1001, 5)
        await drop_acts_in(tx, -1001)
        asked = [(statement, given) for statement, given in statements.items() if statement.startswith("DELETE")]
        plans = [await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given) for statement, given in asked]
        steps = [step["detail"] for plan in plans for step in plan.mappings()]
    assert steps == ["SEARCH outbox USING INDEX ix_outbox_waiting (lane<?)"] * 2  # an edit and a pin are one statement


@pytest.mark.parametrize(
    "asked_for", ["Mäk", "anna mäkelä", "K-1001", "1001", "@annam", "040 123 4567", "anna@example"]
)
async def test_a_search_reads_what_begins_so_and_no_more(
    asked_for: str, statements: Statements, sqlite_database: Database
) -> None:
    """However a customer is looked for, among a million."""
    async with sqlite_database.write() as tx:
        await everything(tx)
        statements.clear()
        found = await find_customers(tx, asked_for, language="fi")
    assert [each.name for each in found.customers] == ["Anna Mäkelä"]
    assert await scans(sqlite_database, dict(statements)) == []


async def test_a_card_and_its_pages_read_the_customers_own_rows(
    statements: Statements, sqlite_database: Database
) -> None:
    """Every table is read by its index of customers; only who is staff is looked through."""
    library = Library.guess([dialogues.SHIPPED], ("en",))
    async with sqlite_database.write() as tx:
        await everything(tx)
        for customer_id in (ANNA, OY):
            customer = await customer_by_id(tx, customer_id)
            assert customer is not None
            statements.clear()
            shown = await collect_shown(tx, customer, COMPANY, library, NOW, contacts=30)
            assert shown.card.people
            asked = dict(statements)
            assert len(asked) > 15
    assert await scans(sqlite_database, asked) == []


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
