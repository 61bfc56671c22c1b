"""
The frozen audience of a sending: who gets it, and who was left out and why, fixed step by step when it starts.

Everybody whom the audience's rule holds for becomes a recipient or an exclusion, never both. When it is over, it may be
opened once more to newcomers: the audience grows, and nobody leaves it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Table, case, delete, exists, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.clubs import club_of_topic
from domain.customers import Purpose
from domain.holds import Hold
from domain.newsletters import Experiment, RecipientState, Sending, SendingState
from store import sendings, tallies
from store.chance_sql import below, chance
from store.database import Tx
from store.eligibility import in_audience, in_sending_audience, last_of_next, reason_against, switched_off
from store.tables import customers, exclusions, recipients
from store.tables import sendings as sendings_table


async def checkpoint(tx: Tx, sending_id: int) -> int:
    """Return the customer id up to which the audience of a sending is frozen so far; 0 at the beginning."""
    wanted = select(sendings_table.c.frozen_upto).where(sendings_table.c.id == sending_id)
    return int(await tx.scalar(wanted) or 0)


async def freeze_some(
    tx: Tx,
    sending: Sending,
    *,
    at: dt.datetime,
    currency: str,
    exclude: str,
    holdout: int,
    purpose: Purpose | None,
    after: int,
    size: int,
    experiment: Experiment | None = None,
) -> int | None:
    """
    Freeze the audience among the next *size* customers after id *after*; return the last of these ids, None at the end.

    Who the sending's rule holds for as of *at* (its start, in the company's zone) becomes a queued recipient, with the
    variant that *experiment* tries on her, or, where something is against it, an exclusion with the reason. A step may
    be repeated, or come again later with newcomers: recipients stay what they are, and exclusions that hold no longer
    become recipients. How far it is (`checkpoint`) is stored with it. Only one process may do it at a time.
    """
    last = await last_of_next(tx, after, size)
    if last is not None:  # first, as everybody takes the sending before its tallies
        await tx.execute(update(sendings_table).where(sendings_table.c.id == sending.id).values(frozen_upto=last))
    reason = await reason_against_sending(tx, sending, at, currency, exclude, holdout, purpose)
    among = [*_between(customers.c.id, after, last), await in_sending_audience(tx, sending.audience, at, currency)]
    before = await _left_out(tx, sending.id, after, last)
    is_known = bool(before) or await _has_recipients(tx, sending.id, after, last)
    changes: Counter[tallies.Place] = Counter()
    taken = await _take(tx, sending, [*among, reason == ""], experiment, is_known=is_known)
    changes[sending.id, RecipientState.QUEUED.value, ""] = taken
    if before:
        of_range = (exclusions.c.sending_id == sending.id, *_between(exclusions.c.customer_id, after, last))
        await tx.execute(delete(exclusions).where(*of_range, _is_recipient(sending.id, exclusions.c.customer_id)))
    if is_known:
        among.append(~_is_recipient(sending.id, customers.c.id))
    await _leave_out(tx, sending, [*among, reason != ""], reason)
    changes.update(await _left_out(tx, sending.id, after, last))
    changes.subtract(before)
    await tallies.add(tx, changes)
    return last


async def _take(
    tx: Tx, sending: Sending, which: list[ColumnElement[bool]], experiment: Experiment | None, *, is_known: bool
) -> int:
    """Make those recipients who are none yet (all of them, where nobody *is known*); return how many."""
    who = (literal(sending.id, BigInteger()), customers.c.id, literal(RecipientState.QUEUED.value), literal(""))
    taken = select(*who, _variant(sending, experiment)).where(*which)
    columns = ["sending_id", "customer_id", "state", "reason", "variant"]
    put = _insert(tx, recipients).from_select(columns, taken)
    return (await tx.execute(put.on_conflict_do_nothing() if is_known else put)).rowcount


async def _leave_out(tx: Tx, sending: Sending, which: list[ColumnElement[bool]], reason: ColumnElement[str]) -> None:
    left_out = select(literal(sending.id, BigInteger()), customers.c.id, reason).where(*which)
    put = _insert(tx, exclusions).from_select(["sending_id", "customer_id", "reason"], left_out)
    of = ["sending_id", "customer_id"]
    await tx.execute(put.on_conflict_do_update(index_elements=of, set_={"reason": put.excluded.reason}))


def _insert(tx: Tx, table: Table) -> Any:
    return (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table)


def _variant(sending: Sending, experiment: Experiment | None) -> ColumnElement[str]:
    """Say, for each row of `customers`, which variant is tried on her; "" for the rest."""
    if experiment is None or not experiment.variants:
        return literal("")
    tested = below(experiment.share)
    place = chance(f"{sending.id} variant", customers.c.id) * len(experiment.variants) // max(tested, 1)
    return case(dict(enumerate(experiment.variants)), value=place, else_="")


def _between(column: ColumnElement[int], after: int, last: int | None) -> list[ColumnElement[bool]]:
    return [column > after] if last is None else [column > after, column <= last]


def _is_recipient(sending_id: int, customer_id: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(recipients.c.sending_id == sending_id, recipients.c.customer_id == customer_id)


async def _has_recipients(tx: Tx, sending_id: int, after: int, last: int | None) -> bool:
    wanted = select(recipients.c.customer_id).where(
        recipients.c.sending_id == sending_id, *_between(recipients.c.customer_id, after, last)
    )
    return await tx.scalar(wanted.limit(1)) is not None


async def _left_out(tx: Tx, sending_id: int, after: int, last: int | None) -> Counter[tallies.Place]:
    """Count by reason who is left out among the customers above id *after* up to *last*."""
    wanted = (
        select(exclusions.c.reason, func.count())
        .where(exclusions.c.sending_id == sending_id, *_between(exclusions.c.customer_id, after, last))
        .group_by(exclusions.c.reason)
    )
    return Counter({(sending_id, tallies.EXCLUDED, row[0]): int(row[1]) for row in await tx.execute(wanted)})


async def count_audience(
    tx: Tx, sending: Sending, *, at: dt.datetime, currency: str, exclude: str, holdout: int, purpose: Purpose | None
) -> dict[str, int]:
    """Count who would be frozen as of *at*, by reason against; "" is those who would get it. Nothing is stored."""
    reason = await reason_against_sending(tx, sending, at, currency, exclude, holdout, purpose)
    audience = (
        select(reason.label("reason")).where(await in_sending_audience(tx, sending.audience, at, currency)).subquery()
    )
    wanted = select(audience.c.reason, func.count().label("n")).group_by(audience.c.reason)
    return {row.reason: row.n for row in (await tx.execute(wanted)).all()}


async def count_newcomers(
    tx: Tx, sending: Sending, *, at: dt.datetime, currency: str, exclude: str, holdout: int, purpose: Purpose | None
) -> int:
    """
    Count who would get the sending as of *at* and is no recipient: new customers, and those left out for what has gone.

    Its hold-out group stays left out. Reads the whole audience, so ask it beside the road.
    """
    reason = await reason_against_sending(tx, sending, at, currency, exclude, holdout, purpose)
    belongs = await in_sending_audience(tx, sending.audience, at, currency)
    new = (belongs, reason == "", ~_is_recipient(sending.id, customers.c.id))
    return int(await tx.scalar(select(func.count()).select_from(customers).where(*new)) or 0)


async def admit_newcomers(tx: Tx, sending_id: int, now: dt.datetime, *, version: int | None = None) -> Sending | None:
    """
    Let a finished sending go on for those who match its rule at *now* and are no recipients; None when refused.

    The audience is frozen once more from the beginning, as of *now*; what was sent stays sent. Refused: one that is not
    finished or was recalled, and a *version* that is no longer the present one.
    """
    present = await sendings.hold(tx, sending_id)
    if present is None or present.state is not SendingState.FINISHED or present.recalled_at is not None:
        return None
    moved = await sendings.move(tx, sending_id, SendingState.RUNNING, now, version=version)
    if moved is None:
        return None
    opened = {"frozen": False, "frozen_upto": 0, "audience_at": now}
    await tx.execute(update(sendings_table).where(sendings_table.c.id == sending_id).values(opened))
    return await sendings.get(tx, sending_id)


async def reason_against_sending(
    tx: Tx, sending: Sending, at: dt.datetime, currency: str, exclude: str, holdout: int, purpose: Purpose | None
) -> ColumnElement[str]:
    """
    Say, for each row of `customers`, why this sending leaves her out as of *at*, or "" when she would get it.

    Held out, *holdout* per cent by chance, are only those who would get it otherwise: so they compare.
    """
    further = [(switched_off(sending.topic), Hold.TOPIC_OFF)] if sending.topic else []
    if exclude.strip():
        further.append((await in_audience(tx, exclude, at, currency), Hold.EXCLUDED))
    if holdout:
        held_out = chance(f"{sending.id} hold-out", customers.c.id) < below(holdout / 100)
        further.append((held_out, Hold.HOLD_OUT))
    return reason_against(purpose, at, further, club=club_of_topic(sending.topic))
