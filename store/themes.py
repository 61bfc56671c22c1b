"""What customers wrote in answer to open questions, and the themes that were found in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from domain.themes import Verbatim
from store.database import Tx
from store.tables import answers, customers, runs, verbatim_themes

OpenQuestion = tuple[str, str]
"""A script's id and the id of its question that takes free words."""


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer's version by its id, and where it stands."""

    id: int
    run_id: int
    script_id: str
    question: str


async def newest_answer(tx: Tx) -> int:
    """Return the id of the newest answer, 0 where there is none; read from the end of an index."""
    return await tx.scalar(select(func.max(answers.c.id))) or 0


async def answers_after(tx: Tx, after: int, limit: int) -> list[NewAnswer]:
    """Return the next answers of any kind above the id *after*, by id; edits are answers of their own."""
    wanted = (
        select(answers.c.id, answers.c.run_id, runs.c.script_id, answers.c.question)
        .join(runs, runs.c.id == answers.c.run_id)
        .where(answers.c.id > after)
        .order_by(answers.c.id)
        .limit(limit)
    )
    return [NewAnswer(row.id, row.run_id, row.script_id, row.question) for row in (await tx.execute(wanted)).all()]


async def verbatims_of(tx: Tx, places: Collection[tuple[int, str]]) -> list[Verbatim]:
    """
    Return what stands now at each of *places* (run id, question).

    The text is empty where the answer was taken back, skipped, or is not complete yet.
    """
    if not places:
        return []
    mine = tuple_(answers.c.run_id, answers.c.question).in_(list(places))
    rows = (await tx.execute(_newest().where(mine))).all()
    return [_verbatim(row) for row in rows]


async def verbatims_between(
    tx: Tx,
    questions: Collection[OpenQuestion],
    since: dt.datetime,
    until: dt.datetime,
    *,
    wave_id: int | None = None,
    limit: int = 5000,
) -> list[Verbatim]:
    """
    Return what was written to *questions* from *since* up to *until* and stands, the newest *limit*, in order.

    With *wave_id* only what those wrote whom that wave asked.
    """
    if not questions:
        return []
    mine = tuple_(runs.c.script_id, answers.c.question).in_(list(questions))
    wanted = _newest().where(mine, answers.c.at >= since, answers.c.at < until)
    if wave_id is not None:
        wanted = wanted.where(runs.c.wave_id == wave_id)
    rows = (await tx.execute(wanted.order_by(answers.c.at.desc(), answers.c.id.desc()).limit(limit))).all()
    return [said for said in map(_verbatim, reversed(rows)) if said.text]


async def put_themes(tx: Tx, found: Iterable[tuple[Verbatim, Collection[str]]]) -> None:
    """Make these the themes of each verbatim, in the place of those that an earlier version had. May be repeated."""
    said = list(found)
    if not said:
        return
    places = [(each.run_id, each.question) for each, _ in said]
    await tx.execute(
        delete(verbatim_themes).where(tuple_(verbatim_themes.c.run_id, verbatim_themes.c.question).in_(places))
    )
    rows = [
        {
            "run_id": each.run_id,
            "question": each.question,
            "theme": theme,
            "customer_id": each.customer_id,
            "at": each.at,
        }
        for each, themes in said
        for theme in sorted(themes)
    ]
    if rows:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        await tx.execute(dialect.insert(verbatim_themes).on_conflict_do_nothing(), rows)


async def themes_of(tx: Tx, said: Sequence[Verbatim]) -> Mapping[tuple[int, str], frozenset[str]]:
    """Return the themes of each verbatim, by run and question; those without any are missing."""
    found: dict[tuple[int, str], set[str]] = {}
    for start in range(0, len(said), 500):
        places = [(each.run_id, each.question) for each in said[start : start + 500]]
        wanted = select(verbatim_themes.c.run_id, verbatim_themes.c.question, verbatim_themes.c.theme)
        mine = tuple_(verbatim_themes.c.run_id, verbatim_themes.c.question).in_(places)
        for run_id, question, theme in (await tx.execute(wanted.where(mine))).all():
            found.setdefault((run_id, question), set()).add(theme)
    return {place: frozenset(themes) for place, themes in found.items()}


async def numbers_given(tx: Tx, run_ids: Iterable[int], question: str) -> dict[int, float]:
    """Return the number that each run's answer to *question* stands at, by run; those without one are missing."""
    ids, found = list(run_ids), dict[int, float]()
    for start in range(0, len(ids), 500):
        mine = answers.c.run_id.in_(ids[start : start + 500])
        wanted = select(answers).where(mine, answers.c.question == question).order_by(answers.c.version)
        for row in (await tx.execute(wanted)).all():  # of several versions the last wins
            found.pop(row.run_id, None)
            is_number = isinstance(row.value, int | float) and not isinstance(row.value, bool)
            if row.closed and not row.skipped and not row.reopened and is_number:
                found[row.run_id] = float(row.value)
    return found


async def themes_said_by(tx: Tx, customer_ids: Iterable[int]) -> dict[int, list[tuple[str, dt.datetime]]]:
    """Return each customer's themes with the moment she spoke of them; those who never did are missing."""
    wanted = select(verbatim_themes.c.customer_id, verbatim_themes.c.theme, verbatim_themes.c.at)
    found: dict[int, list[tuple[str, dt.datetime]]] = {}
    mine = verbatim_themes.c.customer_id.in_(list(customer_ids))
    for customer_id, theme, at in (await tx.execute(wanted.where(mine))).all():
        found.setdefault(customer_id, []).append((theme, at))
    return found


def _newest() -> Select[Any]:
    later = answers.alias()
    is_newest: ColumnElement[bool] = ~(
        select(later.c.id)
        .where(
            and_(
                later.c.run_id == answers.c.run_id,
                later.c.question == answers.c.question,
                later.c.version > answers.c.version,
            )
        )
        .exists()
    )
    return (
        select(answers, runs.c.customer_id, customers.c.language)
        .join(runs, runs.c.id == answers.c.run_id)
        .join(customers, customers.c.id == runs.c.customer_id)
        .where(is_newest)
    )


def _verbatim(row: Row[Any]) -> Verbatim:
    text = row.text or (row.value if isinstance(row.value, str) else "")
    stands = row.closed and not row.skipped and not row.reopened
    return Verbatim(
        row.run_id, row.question, row.customer_id, row.at, text if stands else "", language=row.language or ""
    )
