"""The answers of a survey, counted by value or page by page: only the versions that stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, func, or_, select

from store.calendar_sql import local_day
from store.database import Tx
from store.survey_scope import BY_HERSELF, Scope
from store.tables import answers, runs

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote: `score` is her answer to the score question of the same run, if there is one."""

    id: int
    run_id: int
    question: str
    text: str
    at: dt.datetime
    score: Any = None


def stands(table: Any = answers) -> ColumnElement[bool]:
    """Say of an answer: is it the newest of its run and question, closed, not skipped, not reopened?"""
    newer = answers.alias()
    is_newest = ~exists().where(
        newer.c.run_id == table.c.run_id, newer.c.question == table.c.question, newer.c.version > table.c.version
    )
    return and_(table.c.closed, ~table.c.skipped, ~table.c.reopened, is_newest)


def _given(scope: Scope, question: str, *, unasked: bool) -> tuple[FromClause, ColumnElement[bool]]:
    """
    Answers to a question. Of a wave they are those of its runs, whenever given; of a period those given in it, since
    who answers in April what was asked in March belongs to April's score.
    """
    source = scope.runs.join(answers, and_(answers.c.run_id == runs.c.id, answers.c.question == question))
    if scope.wave_id is not None:
        return source, and_(scope.has_run(), stands())
    inside = and_(runs.c.script_id == scope.script_id, runs.c.started_at < scope.until)
    inside = and_(inside, answers.c.at >= scope.since, answers.c.at < scope.until, stands())
    return source, inside if unasked else and_(inside, runs.c.started_by != BY_HERSELF)


async def count_values(tx: Tx, scope: Scope, question: str, *, unasked: bool = True) -> list[tuple[Any, int]]:
    """Return the values that a question was answered with and how often each; *unasked* counts own-accord answers."""
    source, inside = _given(scope, question, unasked=unasked)
    wanted = select(answers.c.value, func.count().label("n")).select_from(source).where(inside)
    found = (await tx.execute(wanted.group_by(answers.c.value))).all()
    return [(row.value, row.n) for row in found if row.value is not None]


async def count_by_day(tx: Tx, scope: Scope, question: str, zone: dt.tzinfo) -> list[tuple[dt.date, Any, int]]:
    """Return (day in *zone*, value, how often) of the answers to a question that were given in a period."""
    source, inside = _given(scope, question, unasked=True)
    day = local_day(answers.c.at, zone, scope.until).label("day")
    each = select(day, answers.c.value).select_from(source).where(inside).subquery()
    counted = select(each.c.day, each.c.value, func.count().label("n")).group_by(each.c.day, each.c.value)
    return [(row.day, row.value, row.n) for row in (await tx.execute(counted)).all() if row.value is not None]


async def skipped_count(tx: Tx, scope: Scope, question: str) -> int:
    """Return how many passed over a question with Skip."""
    source, _ = _given(scope, question, unasked=True)
    newer = answers.alias()
    is_newest = ~exists().where(
        newer.c.run_id == answers.c.run_id, newer.c.question == answers.c.question, newer.c.version > answers.c.version
    )
    if scope.wave_id is not None:
        inside = scope.has_run()
    else:
        began = and_(runs.c.script_id == scope.script_id, runs.c.started_at < scope.until)
        inside = and_(began, answers.c.at >= scope.since, answers.c.at < scope.until)
    wanted = select(func.count()).select_from(source).where(inside, answers.c.skipped, is_newest)
    return int(await tx.scalar(wanted) or 0)


async def verbatims(
    tx: Tx,
    scope: Scope,
    questions: Sequence[str],
    score: str = "",
    values: Sequence[int] | None = None,
    *,
    limit: int,
    offset: int = 0,
) -> list[Said]:
    """
    Return what was written in answer to *questions*, the newest first, with the answer to *score* of the same run.

    *values* keeps only what stands beside one of these scores.
    """
    wanted = _verbatims(scope, questions, score, values)
    wanted = wanted.order_by(answers.c.at.desc(), answers.c.id.desc()).limit(limit).offset(offset)
    return [
        Said(row.id, row.run_id, row.question, " ".join(str(row.text or row.value).split()), row.at, row.score)
        for row in (await tx.execute(wanted)).all()
    ]


async def count_verbatims(
    tx: Tx, scope: Scope, questions: Sequence[str], score: str = "", values: Sequence[int] | None = None
) -> int:
    """Return how many `verbatims` there are in all."""
    found = _verbatims(scope, questions, score, values).subquery()
    return int(await tx.scalar(select(func.count()).select_from(found)) or 0)


def _verbatims(
    scope: Scope, questions: Sequence[str], score: str, values: Sequence[int] | None
) -> Select[tuple[Any, ...]]:
    scored = answers.alias("scored")
    text = func.substr(answers.c.text, 1, _LONGEST).label("text")
    source = scope.runs.join(answers, and_(answers.c.run_id == runs.c.id, answers.c.question.in_(list(questions))))
    columns: list[ColumnElement[Any]] = [
        answers.c.id, answers.c.run_id, answers.c.question, text, answers.c.value, answers.c.at,
        scored.c.value.label("score"),
    ]  # fmt: skip
    beside = and_(scored.c.run_id == runs.c.id, scored.c.question == score, stands(scored))
    inside = [stands(), or_(answers.c.text != "", answers.c.value.is_not(None))]
    if scope.wave_id is not None:
        inside.append(scope.has_run())
    else:
        inside += [runs.c.script_id == scope.script_id, runs.c.started_at < scope.until]
        inside += [answers.c.at >= scope.since, answers.c.at < scope.until]
    if values is not None:
        inside.append(scored.c.value.in_([*values, *(str(value) for value in values)]))
    return select(*columns).select_from(source.outerjoin(scored, beside)).where(*inside)
