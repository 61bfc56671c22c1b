"""Numbers of the report: a customer's newest scores, and what became of newsletter sendings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from store.database import Tx
from store.tables import answers, recipient_tallies, runs, sendings

_STANDS = (answers.c.closed, ~answers.c.skipped, ~answers.c.reopened)


@dataclass(frozen=True, slots=True)
class LatestScore:
    """A customer's newest answer to a survey's score question."""

    script_id: str
    question: str
    value: float
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class SendingNumbers:
    """What became of one newsletter sending: recipients by state."""

    name: str
    at: dt.datetime
    sent: int
    skipped: int
    failed: int
    unknown: int
    queued: int


async def latest_scores(tx: Tx, customer_id: int, questions: Iterable[tuple[str, str]]) -> list[LatestScore]:
    """Return a customer's newest answer to each of *questions* (script id, question id), the newest first."""
    wanted_questions = list(questions)
    query = (
        select(runs.c.script_id, answers.c.question, answers.c.value, answers.c.at)
        .join(answers, answers.c.run_id == runs.c.id)
        .where(
            runs.c.customer_id == customer_id,
            runs.c.script_id.in_({script for script, _ in wanted_questions}),
            *_STANDS,
        )
        .order_by(answers.c.at.desc(), answers.c.version.desc())
    )
    found: dict[tuple[str, str], LatestScore] = {}
    for row in (await tx.execute(query)).all():
        key = (row.script_id, row.question)
        if key in wanted_questions and key not in found and isinstance(row.value, int | float):
            found[key] = LatestScore(row.script_id, row.question, float(row.value), row.at)
    return list(found.values())


async def sending_numbers(tx: Tx, since: dt.datetime, until: dt.datetime, limit: int = 5) -> list[SendingNumbers]:
    """Return the newsletter sendings that started from *since* up to *until*, the newest first."""
    wanted = (
        select(sendings.c.id, sendings.c.name, sendings.c.started_at)
        .where(sendings.c.started_at >= since, sendings.c.started_at < until)
        .order_by(sendings.c.started_at.desc())
        .limit(limit)
    )
    found = (await tx.execute(wanted)).all()
    counted = (
        select(recipient_tallies.c.sending_id, recipient_tallies.c.state, func.sum(recipient_tallies.c.n))
        .where(recipient_tallies.c.sending_id.in_([row.id for row in found]))
        .group_by(recipient_tallies.c.sending_id, recipient_tallies.c.state)
    )
    counts: dict[int, dict[str, int]] = {}
    for sending_id, state, count in (await tx.execute(counted)).all():
        counts.setdefault(sending_id, {})[state] = int(count)
    return [
        SendingNumbers(
            row.name,
            row.started_at,
            sent=counts.get(row.id, {}).get("sent", 0),
            skipped=counts.get(row.id, {}).get("skipped", 0),
            failed=counts.get(row.id, {}).get("failed", 0),
            unknown=counts.get(row.id, {}).get("unknown", 0),
            queued=counts.get(row.id, {}).get("queued", 0) + counts.get(row.id, {}).get("outbox", 0),
        )
        for row in found
    ]
