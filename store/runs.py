"""Runs of dialogues, their answers, and the script versions that they began with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.dialogues import Answer, Run, RunState
from store.database import Tx
from store.ids import new_id
from store.lookups import lookup
from store.media import media_from, media_rows
from store.tables import answers, runs, scripts
from store.types import constant

_OPEN = constant(RunState.OPEN.value)
_CHANGING = (
    "state",
    "focus",
    "asking",
    "asked",
    "asked_at",
    "misses",
    "reminders",
    "due_at",
    "case_id",
    "ended_at",
)
# Statements of every message are made once: making one costs more than carrying it out.
_GIVEN = ("question", "version", "at", "value", "text", "skipped", "closed", "reopened", "media", "message_id")
_WITH_ANSWERS = select(runs, *(answers.c[name].label(f"answer_{name}") for name in _GIVEN)).outerjoin_from(
    runs, answers, answers.c.run_id == runs.c.id
)
_OPEN_RUNS = lookup(
    runs.c.customer_id,
    lambda hers: _WITH_ANSWERS.where(hers, runs.c.state == _OPEN).order_by(runs.c.focus, answers.c.id),
)
_CHANGE = update(runs).where(runs.c.id == bindparam("key")).values({name: bindparam(name) for name in _CHANGING})
_ADD = insert(runs)
_ADD_ANSWERS = insert(answers)


async def open_runs(tx: Tx, customer_ids: Iterable[int]) -> dict[int, list[Run]]:
    """Return the open runs of those customers with their answers, by customer, the one in focus last."""
    found: dict[int, list[Run]] = {}
    for run in _runs((await tx.execute(*_OPEN_RUNS.of(customer_ids))).all()):
        found.setdefault(run.customer_id, []).append(run)
    return found


async def runs_by_id(tx: Tx, ids: Iterable[int]) -> dict[int, Run]:
    """Return runs in any state with their answers, by id."""
    wanted = _WITH_ANSWERS.where(runs.c.id.in_(list(ids))).order_by(runs.c.id, answers.c.id)
    return {run.id: run for run in _runs((await tx.execute(wanted)).all())}


async def due_runs(tx: Tx, now: dt.datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Return (run id, customer id) of open runs whose reminder or expiry is due, the longest due first."""
    wanted = (
        select(runs.c.id, runs.c.customer_id)
        .where(runs.c.state == _OPEN, runs.c.due_at <= now)
        .order_by(runs.c.due_at)
        .limit(limit)
    )
    return [(row.id, row.customer_id) for row in (await tx.execute(wanted)).all()]


async def next_run_due(tx: Tx) -> dt.datetime | None:
    """Return when the next reminder or expiry is due, or None."""
    wanted = select(runs.c.due_at).where(runs.c.state == _OPEN, runs.c.due_at.is_not(None))
    due: dt.datetime | None = await tx.scalar(wanted.order_by(runs.c.due_at).limit(1))
    return due


async def last_run(tx: Tx, customer_id: int, script_id: str) -> Run | None:
    """Return her newest run of a script in any state, or None."""
    hers = select(runs.c.id).where(runs.c.customer_id == customer_id, runs.c.script_id == script_id)
    newest: int | None = await tx.scalar(hers.order_by(runs.c.started_at.desc()).limit(1))
    return None if newest is None else (await runs_by_id(tx, [newest]))[newest]


async def add_runs(tx: Tx, new: Sequence[Run]) -> None:
    """Put in new runs; their answers are not written here."""
    if new:
        await tx.execute(_ADD, [_values(run) for run in new])


async def change_runs(tx: Tx, changed: Sequence[Run]) -> None:
    """Write what may change of runs that exist."""
    if changed:
        values = [_values(run) for run in changed]
        await tx.execute(_CHANGE, [{"key": row["id"], **{name: row[name] for name in _CHANGING}} for row in values])


async def drop_unasked(tx: Tx, ids: Sequence[int], now: dt.datetime) -> None:
    """End runs whose question was never sent: they count as not asked. Those that have moved on meanwhile stay."""
    dropped = runs.c.id.in_(list(ids)), runs.c.state.in_([RunState.OPEN.value, RunState.EXPIRED.value])
    await tx.execute(
        update(runs).where(*dropped).values(state=RunState.EXPIRED.value, asked_at=None, due_at=None, ended_at=now)
    )


async def add_answers(tx: Tx, new: Sequence[tuple[int, Answer]]) -> None:
    """Write (run id, answer) versions; a version that exists is refused by the database, so nothing is told twice."""
    if new:
        await tx.execute(
            _ADD_ANSWERS,
            [
                {
                    "id": new_id(),
                    "run_id": run_id,
                    "question": answer.question,
                    "version": answer.version,
                    "at": answer.at,
                    "value": list(answer.value) if isinstance(answer.value, tuple) else answer.value,
                    "text": answer.text,
                    "skipped": answer.skipped,
                    "closed": answer.closed,
                    "reopened": answer.reopened,
                    "media": media_rows(answer.media),
                    "message_id": answer.message_id,
                }
                for run_id, answer in new
            ],
        )


async def keep_script(tx: Tx, digest: str, script_id: str, version: int, source: str, now: dt.datetime) -> None:
    """Keep the text of a script version once, for the runs that began with it."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(scripts).values(
        digest=digest, script_id=script_id, version=version, source=source, kept_at=now
    )
    await tx.execute(statement.on_conflict_do_nothing(index_elements=["digest"]))


async def script_source(tx: Tx, digest: str) -> str | None:
    """Return the kept text of a script version, or None."""
    source: str | None = await tx.scalar(select(scripts.c.source).where(scripts.c.digest == digest))
    return source


async def answers_between(
    tx: Tx, script_id: str, question: str, since: dt.datetime, until: dt.datetime
) -> list[tuple[int, Any]]:
    """
    Return (customer id, value) of the answers to one question given from *since* up to *until*.

    Only the version that stands counts: not skipped, not reopened, the newest of its run.
    """
    wanted = (
        select(
            runs.c.customer_id,
            answers.c.run_id,
            answers.c.version,
            answers.c.value,
            answers.c.skipped,
            answers.c.reopened,
        )
        .join(runs, runs.c.id == answers.c.run_id)
        .where(
            runs.c.script_id == script_id, answers.c.question == question, answers.c.at >= since, answers.c.at < until
        )
        .order_by(answers.c.run_id, answers.c.version)
    )
    newest = {row.run_id: row for row in (await tx.execute(wanted)).all()}
    return [(row.customer_id, row.value) for row in newest.values() if not row.skipped and not row.reopened]


def _runs(rows: Sequence[Row[Any]]) -> list[Run]:
    """Make runs of rows, of which each holds one of its answers, or none."""
    seen: dict[int, Row[Any]] = {}
    given: dict[int, list[Answer]] = {}
    for row in rows:
        seen.setdefault(row.id, row)
        if row.answer_question is not None:
            given.setdefault(row.id, []).append(_answer(row))
    return [
        Run(
            id=row.id,
            customer_id=row.customer_id,
            script_id=row.script_id,
            script_digest=row.script_digest,
            state=RunState(row.state),
            started_at=row.started_at,
            started_by=row.started_by,
            focus=row.focus,
            asking=row.asking,
            asked=row.asked,
            asked_at=row.asked_at,
            misses=row.misses,
            reminders=row.reminders,
            due_at=row.due_at,
            case_id=row.case_id,
            wave_id=row.wave_id,
            ended_at=row.ended_at,
            answers=tuple(given.get(row.id, ())),
        )
        for row in seen.values()
    ]


def _answer(row: Row[Any]) -> Answer:
    value = row.answer_value
    return Answer(
        question=row.answer_question,
        version=row.answer_version,
        at=row.answer_at,
        value=tuple(value) if isinstance(value, list) else value,
        text=row.answer_text,
        skipped=row.answer_skipped,
        closed=row.answer_closed,
        reopened=row.answer_reopened,
        media=media_from(row.answer_media),
        message_id=row.answer_message_id,
    )


def _values(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "customer_id": run.customer_id,
        "script_id": run.script_id,
        "script_digest": run.script_digest,
        "state": run.state.value,
        "started_at": run.started_at,
        "started_by": run.started_by,
        "focus": run.focus,
        "asking": run.asking,
        "asked": run.asked,
        "asked_at": run.asked_at,
        "misses": run.misses,
        "reminders": run.reminders,
        "due_at": run.due_at,
        "case_id": run.case_id,
        "wave_id": run.wave_id,
        "ended_at": run.ended_at,
    }
