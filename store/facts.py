"""What is known of customers: the current value of each fact, and the older ones behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, insert, or_, select, tuple_, update

from domain.customers import KnownFact
from domain.dialogues import RunState
from domain.facts import PREFIX
from store.database import Tx
from store.ids import new_id
from store.lookups import lookup
from store.tables import facts, runs

DECLINED = "declined"
"""Who starts the run that stands for a customer's wish not to be asked; no question of it was ever put."""

_KNOWN = lookup(
    facts.c.customer_id,
    lambda hers: (
        select(facts.c.customer_id, facts.c.name, facts.c.value, facts.c.source, facts.c.at)
        .where(hers, facts.c.current)
        .order_by(facts.c.name)
    ),
)


async def set_facts(tx: Tx, known: Sequence[tuple[int, KnownFact]]) -> None:
    """
    Make each fact the current one of its customer; the value before stays as history.

    Of several values of one fact in *known* the last wins.
    """
    latest = {(customer_id, fact.name): (customer_id, fact) for customer_id, fact in known}
    if not latest:
        return
    await tx.execute(
        update(facts)
        .where(tuple_(facts.c.customer_id, facts.c.name).in_(list(latest)), facts.c.current)
        .values(current=False)
    )
    await tx.execute(insert(facts), [_row(customer_id, fact) for customer_id, fact in latest.values()])


async def known_facts(tx: Tx, customer_ids: Iterable[int]) -> dict[int, list[KnownFact]]:
    """Return the current facts of those customers, by customer, in the order of their names."""
    found: dict[int, list[KnownFact]] = {}
    for customer_id, name, value, source, at in (await tx.execute(*_KNOWN.of(customer_ids))).all():
        found.setdefault(customer_id, []).append(KnownFact(name, value, source, at))
    return found


async def forget_facts(tx: Tx, customer_id: int, names: Sequence[str] = ()) -> None:
    """Make facts unknown again: those *names*, or all when none is given. History stays until erasure."""
    which = [facts.c.name == name for name in names]
    await tx.execute(
        update(facts)
        .where(facts.c.customer_id == customer_id, facts.c.current, *([or_(*which)] if which else []))
        .values(current=False)
    )


async def put_since(tx: Tx, customer_id: int, since: dt.datetime) -> dict[str, dt.datetime]:
    """
    Return when each fact was last asked of her by itself since then, by the fact's name.

    Counted are questions that were really put, and her own wish not to be asked (`decline_fact`).
    """
    wanted = (
        select(runs.c.script_id, func.max(runs.c.started_at))
        .where(
            runs.c.customer_id == customer_id,
            runs.c.started_at > since,
            runs.c.script_id.like(f"{PREFIX}%"),
            or_(runs.c.asked_at.is_not(None), runs.c.started_by == DECLINED),
        )
        .group_by(runs.c.script_id)
    )
    return {script_id.removeprefix(PREFIX): at for script_id, at in (await tx.execute(wanted)).all()}


async def decline_fact(tx: Tx, customer_id: int, name: str, now: dt.datetime) -> None:
    """Make a fact unknown because she wants it so, and remember that she is not to be asked for it for a while."""
    await forget_facts(tx, customer_id, [name])
    await tx.execute(
        insert(runs).values(
            id=(declined := new_id()),
            customer_id=customer_id,
            script_id=f"{PREFIX}{name}"[:64],
            script_digest="",
            state=RunState.CANCELLED.value,
            started_at=now,
            started_by=DECLINED,
            focus=declined,
            ended_at=now,
        )
    )


def _row(customer_id: int, fact: KnownFact) -> dict[str, Any]:
    value = fact.value
    word = ("yes" if value else "no") if isinstance(value, bool) else value if isinstance(value, str) else None
    figure = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return {
        "id": new_id(),
        "customer_id": customer_id,
        "name": fact.name,
        "value": value,
        "word": word,
        "figure": figure,
        "source": fact.source,
        "at": fact.at,
        "current": True,
    }
