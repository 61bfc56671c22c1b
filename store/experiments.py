"""Experiments of sendings: who is on trial, what was seen at the one look, and what was decided."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, or_, select, update

from domain.newsletters import Measure, RecipientState
from store.database import Tx
from store.settings import get_setting, put_setting
from store.tables import recipients, sendings
from store.types import UtcDateTime, constant

_QUEUED = constant(RecipientState.QUEUED.value)
_NO_VARIANT = constant("")
_ON_TRIAL = recipients.c.variant != _NO_VARIANT


@dataclass(frozen=True, slots=True)
class Trial:
    """
    How the asking of an experiment goes: the first and the last message on trial that has gone, and whether more will.

    *rest* is how many wait for what is decided.
    """

    first_at: dt.datetime | None
    last_at: dt.datetime | None
    is_complete: bool
    rest: int


@dataclass(frozen=True, slots=True)
class Look:
    """
    What was seen at the one look: {variant: (how many did it, how many got it)} by *measure*.

    *best* is the variant with the highest share, *by_chance* says that the difference is no more than chance gives.
    """

    at: dt.datetime
    measure: Measure
    counts: Mapping[str, tuple[int, int]]
    best: str = ""
    by_chance: bool = True
    split: bool = False  # staff chose to give each variant to an even part of the rest


async def trial_of(tx: Tx, sending_id: int) -> Trial:
    """Return how an experiment goes; it reads all recipients of the sending."""
    of_sending = recipients.c.sending_id == sending_id
    first, last = (function(recipients.c.at, type_=UtcDateTime()) for function in (func.min, func.max))
    gone = select(first, last).where(of_sending, _ON_TRIAL, recipients.c.state == RecipientState.SENT.value)
    first_at, last_at = (await tx.execute(gone)).one()
    waits = or_(recipients.c.state == _QUEUED, recipients.c.state == RecipientState.OUTBOX.value)
    one_waits = select(recipients.c.customer_id).where(of_sending, _ON_TRIAL, waits).limit(1)
    rest = select(func.count()).where(of_sending, ~_ON_TRIAL, recipients.c.state == _QUEUED)
    is_complete = await tx.scalar(one_waits) is None
    return Trial(first_at, last_at, is_complete, int(await tx.scalar(rest) or 0))


async def last_outcome_at(tx: Tx, sending_id: int) -> dt.datetime | None:
    """Return when the last outcome of a sending so far was recorded; found by index."""
    found: dt.datetime | None = await tx.scalar(
        select(func.max(recipients.c.at, type_=UtcDateTime())).where(
            recipients.c.sending_id == sending_id, recipients.c.at.is_not(None)
        )
    )
    return found


async def look_at(tx: Tx, sending_id: int) -> Look | None:
    """Return what was seen at the look, or None before it."""
    kept = await get_setting(tx, _name(sending_id))
    if kept is None:
        return None
    counts = {variant: (int(done), int(n)) for variant, (done, n) in kept["counts"].items()}
    at = dt.datetime.fromisoformat(kept["at"])
    return Look(at, Measure(kept["measure"]), counts, kept["best"], kept["by_chance"], kept["split"])


async def keep_look(tx: Tx, sending_id: int, look: Look) -> None:
    """Keep what was seen, so that a restart does not look again."""
    value = {
        "at": look.at.isoformat(),
        "measure": look.measure.value,
        "counts": {variant: list(counted) for variant, counted in look.counts.items()},
        "best": look.best,
        "by_chance": look.by_chance,
        "split": look.split,
    }
    await put_setting(tx, _name(sending_id), value)


async def decide(tx: Tx, sending_id: int, winner: str, now: dt.datetime) -> bool:
    """
    Say which variant the rest gets; False when that has been said already.

    The version stays: the buttons of its card hold.
    """
    change = (
        update(sendings)
        .where(sendings.c.id == sending_id, sendings.c.decided_at.is_(None))
        .values(winner=winner, decided_at=now)
    )
    return (await tx.execute(change)).rowcount == 1


async def split_some(tx: Tx, sending_id: int, variants: Sequence[str], size: int) -> int:
    """
    Give the next *size* of those who wait an even mix of *variants*, drawn by lot; return how many there were.

    They go on trial, too: what they do counts for the variant that they get.
    """
    waiting = (
        select(recipients.c.customer_id)
        .where(recipients.c.sending_id == sending_id, recipients.c.state == _QUEUED, ~_ON_TRIAL)
        .order_by(recipients.c.customer_id)
        .limit(size)
        .with_for_update()
    )
    ids = list((await tx.scalars(waiting)).all())
    if not ids:
        return 0
    drawn = [variants[place % len(variants)] for place in range(len(ids))]
    random.Random(f"{sending_id} {ids[0]}").shuffle(drawn)  # the same again after a kill
    change = (
        update(recipients)
        .where(recipients.c.sending_id == sending_id, recipients.c.customer_id == bindparam("of_customer"))
        .values(variant=bindparam("drawn"))
    )
    await tx.execute(change, [{"of_customer": who, "drawn": what} for who, what in zip(ids, drawn, strict=True)])
    return len(ids)


def _name(sending_id: int) -> str:
    return f"experiment.{sending_id}"
