"""Numbers of the report."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert

from domain.dialogues import Answer, Run, RunState
from store.database import Database, Tx
from store.report import latest_scores
from store.runs import add_answers, add_runs
from store.tables import customers

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


async def put_run(tx: Tx, run_id: int, started_by: str, at: dt.datetime, *answers: Answer) -> None:
    """Put in a run of "nps" of customer 7 with answers."""
    await add_runs(tx, [Run(run_id, 7, "nps", "d", RunState.DONE, at, started_by, run_id)])
    await add_answers(tx, [(run_id, answer) for answer in answers])


async def test_latest_score_of_a_customer_is_her_newest(database: Database) -> None:
    """One line per question, newest first; other questions are not asked for."""
    async with database.write() as tx:
        await tx.execute(insert(customers), [{"id": 7, "created_at": NOW}])
        await put_run(tx, 1, "wave:1", NOW - 30 * DAY, Answer("score", 1, NOW - 30 * DAY, 3))
        await put_run(tx, 2, "wave:2", NOW, Answer("score", 1, NOW, 8), Answer("why", 1, NOW, "slow"))
        (latest,) = await latest_scores(tx, 7, [("nps", "score")])
        assert (latest.value, latest.at) == (8, NOW)
        assert await latest_scores(tx, 7, []) == []
