"""The numbers of the reports: a customer's newest scores, cases, and what was sent; computing is done above."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, case, func, select

from domain.cases import CaseState
from store.database import Tx
from store.tables import answers, cases, recipient_tallies, runs, sendings

_STANDS = (answers.c.closed, ~answers.c.skipped, ~answers.c.reopened)


@dataclass(frozen=True, slots=True)
class LatestScore:
    """A customer's newest answer to a survey's score question."""

    script_id: str
    question: str
    value: float
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class CaseNumbers:
    """
    Cases of a period: opened in it, by category; answered first and resolved in it, with how long each took; and how
    many are open at its end.
    """

    opened: int = 0
    by_category: Mapping[str, int] = field(default_factory=dict)
    first_answers: Sequence[dt.timedelta] = ()
    resolutions: Sequence[dt.timedelta] = ()
    open_now: int = 0
    late_now: int = 0


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


async def case_numbers(tx: Tx, since: dt.datetime, until: dt.datetime) -> CaseNumbers:
    """Return what happened with cases from *since* up to *until*, and what is open now (late as of *until*)."""
    opened = select(cases.c.category, func.count()).where(cases.c.opened_at >= since, cases.c.opened_at < until)
    by_category = {row[0]: row[1] for row in (await tx.execute(opened.group_by(cases.c.category))).all()}
    answered = select(cases.c.opened_at, cases.c.first_answer_at).where(
        cases.c.first_answer_at >= since, cases.c.first_answer_at < until
    )
    resolved = select(cases.c.opened_at, cases.c.resolved_at).where(
        cases.c.resolved_at >= since, cases.c.resolved_at < until
    )
    is_late = and_(cases.c.first_answer_at.is_(None), cases.c.first_answer_due < until)
    open_states = [state.value for state in CaseState if state.is_open]
    now = select(func.count(), func.coalesce(func.sum(case((is_late, 1), else_=0)), 0)).where(
        cases.c.state.in_(open_states)
    )
    open_now, late_now = (await tx.execute(now)).one()
    return CaseNumbers(
        opened=sum(by_category.values()),
        by_category=dict(sorted(by_category.items(), key=lambda item: (-item[1], item[0]))),
        first_answers=[row[1] - row[0] for row in (await tx.execute(answered)).all()],
        resolutions=[row[1] - row[0] for row in (await tx.execute(resolved)).all()],
        open_now=int(open_now),
        late_now=int(late_now),
    )


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
