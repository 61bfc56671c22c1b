"""
Kept measures in the store: which measure each column holds, the rows that a night writes, and what has been asked for.

How a rule uses them is in `store.fresh_measures`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.kept_measures import STANDARD, Measure, measures_to_keep, read_measure
from domain.newsletters import SendingState
from domain.rules import Rule, RuleError, parse_rule
from store.column_by_column import upsert_columns
from store.database import Tx
from store.settings import get_setting, put_setting
from store.tables import kept_measures, measure_slots, pictures, schedules, sendings, stale_customers, waves
from store.tables_knowing import MEASURE_SLOTS
from store.types import UtcDateTime

_MEASURED = "kept measures"
_ASKED = "asked measures"
_MOST_ASKED = 50
_LATELY = dt.timedelta(days=90)
_RECKONING = 2
"""How this program measures: one more whenever a measure comes to mean something else."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Which measure stands in which column; *measures* are in the order in which `put_kept` takes their columns."""

    numbers: tuple[int, ...] = ()
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """As of when everything kept is right: the night's moment, the purchase id up to which lines are in, and where."""

    at: dt.datetime
    mark: int
    zone: str
    currency: str


async def begin_keeping(tx: Tx, at: dt.datetime, mark: int, currency: str) -> None:
    """
    Say that a night begins: what is kept from now on is right from *at* (aware, in the company's zone) on.

    Call it in the transaction in which everybody whose lines have ids up to *mark* that the last night did not see is
    put into `stale_customers`. Another zone or currency than the last night's makes everybody stale, and so does a
    clock that was put back, and a program that measured otherwise.
    """
    now = Measured(at.astimezone(dt.UTC), mark, str(at.tzinfo), currency)
    before, is_first = await last_measured(tx), await get_setting(tx, _MEASURED) is None
    if before is None:
        goes_on = is_first
    else:
        goes_on = (before.zone, before.currency) == (now.zone, now.currency) and before.at <= now.at
    if not goes_on:
        await _all_stale(tx, at)
    value = {"at": now.at.isoformat(), "mark": now.mark, "zone": now.zone, "currency": now.currency}
    await put_setting(tx, _MEASURED, {**value, "reckoning": _RECKONING})


async def last_measured(tx: Tx) -> Measured | None:
    """Return what the last `begin_keeping` said; None where no night has begun yet, or a program measured otherwise."""
    value = await get_setting(tx, _MEASURED)
    if value is None or value.get("reckoning") != _RECKONING:
        return None
    return Measured(dt.datetime.fromisoformat(value["at"]), value["mark"], value["zone"], value["currency"])


async def settle_slots(tx: Tx, in_use: Sequence[Measure], now: dt.datetime) -> Slots:
    """
    Settle what is kept from now on, and return it; to be called as a night begins, before anything is measured.

    First those *in_use* by rules that have a name, and by audiences of schedules, sendings and waves; then the standard
    ones, and those asked for lately. What has a column keeps it while it is wanted or nobody needs the room. A measure
    that is new makes everybody stale who has a picture: so each row that is kept and not stale holds all columns.
    """
    asked = await _asked_lately(tx, now)
    audiences = measures_to_keep([rule async for rule in _audiences(tx, now)])
    wanted = list(dict.fromkeys([*in_use, *audiences, *STANDARD, *asked]))[:MEASURE_SLOTS]
    present = await the_slots(tx)
    held = dict(zip(present.measures, present.numbers, strict=True))
    new = [each for each in wanted if each not in held]
    if new:
        free = [number for number in range(1, MEASURE_SLOTS + 1) if number not in held.values()]
        free += [number for measure, number in held.items() if measure not in wanted]
        await tx.execute(delete(measure_slots).where(measure_slots.c.slot.in_(free[: len(new)])))
        rows = [
            {"slot": number, "measure": str(measure), "asked_at": asked.get(measure, now), "kept_since": now.date()}
            for number, measure in zip(free, new, strict=False)
        ]
        await tx.execute(measure_slots.insert(), rows)
        await _all_stale(tx, now)
    return await the_slots(tx)


async def the_slots(tx: Tx) -> Slots:
    """Return which measure stands in which column now."""
    rows = (
        await tx.execute(select(measure_slots.c.slot, measure_slots.c.measure).order_by(measure_slots.c.slot))
    ).all()
    known = [(slot, measure) for slot, text in rows if (measure := _read(text)) is not None]
    return Slots(tuple(slot for slot, _ in known), tuple(measure for _, measure in known))


def _read(text: str) -> Measure | None:
    try:
        return read_measure(text)
    except ValueError:  # a function of another version of the program
        return None


async def put_kept(
    tx: Tx,
    slots: Slots,
    day: dt.date,
    customers: Sequence[int],
    due_on: Sequence[dt.date],
    values: Sequence[Sequence[float | None]],
) -> None:
    """
    Keep *values* (a column for each measure, in the order of *slots*) of those *customers* as of *day*.

    They take the place of what was kept for them. Call it in the transaction in which the same customers' rows of
    `stale_customers` are taken out.
    """
    columns: dict[str, Sequence[Any]] = {"customer_id": customers, "day": [day] * len(customers), "due_on": due_on}
    columns |= {f"m{number:02d}": column for number, column in zip(slots.numbers, values, strict=True)}
    await upsert_columns(tx, kept_measures, columns)


async def note_asked(tx: Tx, measures: Iterable[Measure], now: dt.datetime) -> None:
    """Remember that an audience had to measure these live: the next night keeps them where there is room."""
    asked = {str(each): now.astimezone(dt.UTC).isoformat() for each in measures}
    if asked:
        before = await get_setting(tx, _ASKED) or {}
        latest = sorted({**before, **asked}.items(), key=lambda item: item[1], reverse=True)
        await put_setting(tx, _ASKED, dict(latest[:_MOST_ASKED]))


async def _asked_lately(tx: Tx, now: dt.datetime) -> dict[Measure, dt.datetime]:
    """Return what was asked for within 90 days with when it was last, the latest first."""
    asked = {text: dt.datetime.fromisoformat(at) for text, at in (await get_setting(tx, _ASKED) or {}).items()}
    found = {_read(text): at for text, at in sorted(asked.items(), key=lambda item: item[1], reverse=True)}
    return {measure: at for measure, at in found.items() if measure is not None and at > now - _LATELY}


async def _audiences(tx: Tx, now: dt.datetime) -> AsyncIterator[Rule]:
    lately = literal(now - _LATELY, UtcDateTime())
    over = [state.value for state in SendingState if state.is_over]
    texts = select(sendings.c.audience).where((sendings.c.created_at > lately) | sendings.c.state.not_in(over))
    asked = select(waves.c.audience).where(waves.c.started_at > lately)
    planned = select(schedules.c.audience).where(schedules.c.enabled)
    for text in (await tx.scalars(texts.union(asked, planned))).all():
        try:
            rule = parse_rule(text)
        except RuleError:
            continue
        yield rule


async def _all_stale(tx: Tx, now: dt.datetime) -> None:
    everybody = select(pictures.c.customer_id, literal(now, UtcDateTime()))
    if tx.dialect.name == "sqlite":
        everybody = everybody.where(pictures.c.customer_id > 0)  # else SQLite takes ON for a join's
    put = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(stale_customers)
    await tx.execute(put.from_select(["customer_id", "at"], everybody).on_conflict_do_nothing())
