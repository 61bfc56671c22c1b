"""Every invitation and own-accord answer of a survey, page by page, with its evidence and its answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, case, exists, literal, select

from domain.response import Evidence
from store.database import Tx
from store.survey_cases import asked_from, evidence_columns, not_asked_from
from store.survey_scope import BY_HERSELF, Scope, is_late
from store.tables import answers, customers, invitations, runs

PAGE = 2000


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """The newest version of an answer: skipped, or with a value, its text and how many files came with it."""

    skipped: bool
    value: Any
    text: str
    files: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class ExportedCase:
    """One row: who, in which wave, what is known of how it went, and her answers by question."""

    customer_id: int
    number: str | None
    name: str
    language: str | None
    wave_id: int | None
    stratum: str
    at: dt.datetime | None
    unasked: bool
    ended_at: dt.datetime | None
    evidence: Evidence
    answers: dict[str, GivenAnswer] = field(default_factory=dict)


async def exported_cases(tx: Tx, scope: Scope, key: str, now: dt.datetime) -> AsyncIterator[list[ExportedCase]]:
    """
    Give all cases of *scope* in pages of at most `PAGE`: first the runs, unasked ones included, then those without one.

    *key* is the question that the survey is about ("" for any). Never more than a page is in memory.
    """
    async for page in _runs(tx, scope, key, now):
        yield page
    async for page in _without_run(tx, scope):
        yield page


async def _runs(tx: Tx, scope: Scope, key: str, now: dt.datetime) -> AsyncIterator[list[ExportedCase]]:
    source = scope.runs.join(customers, customers.c.id == runs.c.customer_id)
    if scope.wave_id is None:
        hers = and_(invitations.c.wave_id == runs.c.wave_id, invitations.c.customer_id == runs.c.customer_id)
        source = source.outerjoin(invitations, hers)
    wanted = (
        select(
            runs.c.id,
            runs.c.customer_id,
            runs.c.started_by,
            runs.c.started_at,
            runs.c.ended_at,
            runs.c.wave_id,
            invitations.c.stratum,
            customers.c.number,
            customers.c.name,
            customers.c.language,
            *evidence_columns(key, now),
        )
        .select_from(source)
        .where(scope.has_run(unasked=True))
        .order_by(runs.c.id)
        .limit(PAGE)
    )
    last = 0
    while True:
        rows = (await tx.execute(wanted.where(runs.c.id > last))).all()
        if not rows:
            return
        last = rows[-1].id
        given = await _answers(tx, [row.id for row in rows])
        yield [
            ExportedCase(
                row.customer_id,
                row.number,
                row.name,
                row.language,
                row.wave_id,
                row.stratum or "",
                row.started_at,
                row.started_by == BY_HERSELF,
                row.ended_at,
                asked_from(row),
                given.get(row.id, {}),
            )
            for row in rows
        ]


async def _answers(tx: Tx, run_ids: Sequence[int]) -> dict[int, dict[str, GivenAnswer]]:
    newer = answers.alias()
    is_newest = ~exists().where(
        newer.c.run_id == answers.c.run_id, newer.c.question == answers.c.question, newer.c.version > answers.c.version
    )
    found: dict[int, dict[str, GivenAnswer]] = {}
    wanted = select(answers).where(answers.c.run_id.in_(run_ids), ~answers.c.reopened, is_newest)
    for row in (await tx.execute(wanted)).all():
        given = GivenAnswer(row.skipped, row.value, row.text, len(row.media or ()), row.at)
        found.setdefault(row.run_id, {})[row.question] = given
    return found


async def _without_run(tx: Tx, scope: Scope) -> AsyncIterator[list[ExportedCase]]:
    late = case((is_late(), literal(1)), else_=literal(0)).label("late")
    wanted = (
        select(
            invitations.c.customer_id,
            invitations.c.wave_id,
            invitations.c.state,
            invitations.c.reason,
            invitations.c.stratum,
            customers.c.number,
            customers.c.name,
            customers.c.language,
            late,
        )
        .select_from(scope.invited.join(customers, customers.c.id == invitations.c.customer_id))
        .where(scope.has_invitation())
        .order_by(invitations.c.wave_id, invitations.c.customer_id)
        .limit(PAGE)
    )
    last = (0, 0)
    while True:
        after = (invitations.c.wave_id > last[0]) | (
            (invitations.c.wave_id == last[0]) & (invitations.c.customer_id > last[1])
        )
        rows = (await tx.execute(wanted.where(after))).all()
        if not rows:
            return
        last = (rows[-1].wave_id, rows[-1].customer_id)
        yield [
            ExportedCase(
                row.customer_id,
                row.number,
                row.name,
                row.language,
                row.wave_id,
                row.stratum,
                None,
                False,
                None,
                not_asked_from(row),
            )
            for row in rows
        ]
