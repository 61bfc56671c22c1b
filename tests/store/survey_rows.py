"""Rows of a survey for tests of the store and of reports: customers, waves, invitations, runs, answers, contacts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import insert

from domain.customers import Consent, Purpose
from domain.dialogues import Answer, Run, RunState
from store.consents import give_consents
from store.database import Tx
from store.ids import new_id
from store.runs import add_answers, add_runs
from store.tables import contacts, customers, invitations, waves

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


async def put_customers(tx: Tx, *ids: int) -> None:
    """Put in customers who agreed to surveys."""
    await tx.execute(insert(customers), [{"id": each, "created_at": NOW - 400 * DAY} for each in ids])


async def put_wave(tx: Tx, wave_id: int, at: dt.datetime, *, script: str = "nps", by: str = "schedule") -> None:
    """Put in a frozen wave."""
    row = {"id": wave_id, "script_id": script, "started_at": at, "started_by": by, "frozen": True}
    await tx.execute(insert(waves), [row])


async def put_skipped(tx: Tx, wave_id: int, customer_id: int, at: dt.datetime, reason: str, **values: Any) -> None:
    """Put in an invitation that came to no run."""
    row = {"wave_id": wave_id, "customer_id": customer_id, "state": "skipped", "reason": reason, "at": at, **values}
    await tx.execute(insert(invitations), [row])


async def put_invited(
    tx: Tx,
    wave_id: int,
    customer_id: int,
    at: dt.datetime,
    *given: tuple[str, Any],
    state: RunState = RunState.DONE,
    sent: str = "sent",
    by: str = "wave:schedule",
    script: str = "nps",
) -> int:
    """Put in an invited run with answers an hour later; *sent* is the state of its message, "" for none."""
    run_id = new_id()
    ended = None if state is RunState.OPEN else at + 5 * DAY
    run = Run(run_id, customer_id, script, "d", state, at, by, run_id, wave_id=wave_id or None, ended_at=ended)
    await add_runs(tx, [run])
    hour = dt.timedelta(hours=1)
    await add_answers(
        tx,
        [
            (run_id, Answer(question, 1, at + hour, value, str(value) if isinstance(value, str) else ""))
            for question, value in given
        ],
    )
    if wave_id:
        row = {"wave_id": wave_id, "customer_id": customer_id, "state": "invited", "run_id": run_id, "at": at}
        await tx.execute(insert(invitations), [row])
    if sent:
        await put_contact(tx, customer_id, at, run_id=run_id, state=sent, kind="survey", proactive=True)
    return run_id


async def put_contact(tx: Tx, customer_id: int, at: dt.datetime, **values: Any) -> None:
    """Put in a line of the timeline: our message, unless *values* say something else."""
    row = {
        "id": new_id(), "customer_id": customer_id, "at": at, "channel": "telegram", "direction": "out",
        "kind": "reply", "text": "", "state": "sent", **values,
    }  # fmt: skip
    await tx.execute(insert(contacts), [row])


async def put_no_more(tx: Tx, customer_id: int, at: dt.datetime) -> None:
    """Let her take back her consent to surveys."""
    await give_consents(tx, [(customer_id, Consent(Purpose.SURVEYS, False, "topics/1", "topics", at))])
