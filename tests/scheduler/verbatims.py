"""Runs with answers in a store, as customers would have left them, for the tests of themes and signals."""

from __future__ import annotations

import datetime as dt

from domain.dialogues import Answer, Run, RunState
from store.database import Database
from store.ids import new_id
from store.runs import add_answers, add_runs

START = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)


async def put_run(
    database: Database,
    customer_id: int,
    *,
    script: str = "nps",
    at: dt.datetime = START,
    state: RunState = RunState.DONE,
    started_by: str = "wave:schedule",
    ended_at: dt.datetime | None = None,
    case_id: int | None = None,
    **answers: object,
) -> int:
    """Put in a run with those answers at *at*; None is a skipped one. Return its id."""
    run_id = new_id()
    run = Run(
        run_id, customer_id, script, "digest", state, at, started_by, new_id(), case_id=case_id, ended_at=ended_at
    )
    given = [
        Answer(question, 1, at, value, value if isinstance(value, str) else "", skipped=value is None)
        for question, value in answers.items()
    ]
    async with database.write() as tx:
        await add_runs(tx, [run])
        await add_answers(tx, [(run_id, answer) for answer in given])
    return run_id


async def edit(database: Database, run_id: int, question: str, text: str, version: int, at: dt.datetime) -> None:
    """Let her change her words; an empty text takes them back."""
    answer = Answer(question, version, at, text or None, text, reopened=not text)
    async with database.write() as tx:
        await add_answers(tx, [(run_id, answer)])
