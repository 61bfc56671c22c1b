"""How customers answer what is asked to know them: a sample of the values, and how many askings had an answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, exists, func, select

from domain.dialogues import RunState
from store.database import Tx
from store.tables import answers, facts, runs

SAMPLE = 10_000
STRETCHES = 20
NEWEST = 5_000


async def sample_values(tx: Tx, fact: str, *, sample: int = SAMPLE, stretches: int = STRETCHES) -> list[Any]:
    """
    Return known values of a fact, at most *sample*, from evenly spaced stretches of the customers by id.

    A systematic sample, since ids say nothing of a value: it costs the same for ten thousand customers as for ten
    million.
    """
    of_fact = and_(facts.c.name == fact, facts.c.current)
    first, last = (
        await tx.execute(select(func.min(facts.c.customer_id), func.max(facts.c.customer_id)).where(of_fact))
    ).one()
    if first is None:
        return []
    found: list[Any] = []
    width = (last - first) // stretches + 1
    for number in range(stretches):
        start = first + number * width
        wanted = (
            select(facts.c.value)
            .where(of_fact, facts.c.customer_id >= start, facts.c.customer_id < start + width)
            .order_by(facts.c.customer_id)
            .limit(sample // stretches)
        )
        found += (await tx.execute(wanted)).scalars()
    return found


async def asked_and_answered(tx: Tx, script_id: str, *, newest: int = NEWEST) -> tuple[int, int]:
    """
    Return how many of the *newest* small questions of a script that have ended were put, and how many had an answer.

    One that was dropped before it was sent, or that she asked for herself, counts for neither.
    """
    put = (
        select(runs.c.id)
        .where(
            runs.c.script_id == script_id,
            runs.c.started_by == "small_question",
            runs.c.asked_at.is_not(None),
            runs.c.state != RunState.OPEN.value,
        )
        .order_by(runs.c.started_at.desc())
        .limit(newest)
        .subquery()
    )
    answered = exists().where(answers.c.run_id == put.c.id, answers.c.closed, ~answers.c.skipped)
    asked = await tx.scalar(select(func.count()).select_from(put))
    return int(asked or 0), int(await tx.scalar(select(func.count()).select_from(put).where(answered)) or 0)
