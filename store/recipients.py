"""
Recipients of a sending, as they are written: the ledger behind its account, which `store.ledger` reads out.

A recipient is queued, then in the outbox, then sent, skipped, failed or unknown; none is ever in two states or lost.
Every change is tallied in its own transaction (`store.tallies`), in the order outbox, recipients, tallies.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, func, select, true, update

from domain.holds import Hold
from domain.newsletters import Account, RecipientState
from store import tallies
from store.bulk import one_of
from store.database import Tx
from store.outbox import withdraw_newsletter
from store.queue import queued
from store.row_by_row import RowByRow
from store.tables import outbox, recipients
from store.types import constant

_QUEUED = constant(RecipientState.QUEUED.value)
_OPEN = frozenset({RecipientState.QUEUED, RecipientState.OUTBOX, RecipientState.UNKNOWN})
_UNSETTLED = frozenset({RecipientState.QUEUED, RecipientState.OUTBOX})
_AT_ONCE = 10_000

MISSED = frozenset({RecipientState.SKIPPED, RecipientState.FAILED, RecipientState.UNKNOWN})
"""Those who did not get it, or may not have: exactly they have a reason."""

HAS_REASON = recipients.c.reason != constant("")
"""The words of the partial index that leads to those who have one."""


@dataclass(frozen=True, slots=True)
class RecipientOutcome:
    """What became of one recipient: sent with its message id, or skipped, failed or unknown with the reason."""

    sending_id: int
    customer_id: int
    state: RecipientState
    reason: str = ""
    message_id: int | None = None
    at: dt.datetime | None = None


async def record(tx: Tx, outcomes: Sequence[RecipientOutcome]) -> None:
    """
    Put down what became of recipients; give it in the transaction that takes their rows out of the outbox.

    A recipient whose fate is settled (sent, skipped, failed) keeps it: a second report changes nothing. Exactly those
    who did not get it, or may not have, have a reason.
    """
    of_sending: dict[int, list[RecipientOutcome]] = {}
    for outcome in outcomes:
        of_sending.setdefault(outcome.sending_id, []).append(outcome)
    changes: Counter[tallies.Place] = Counter()
    for sending_id in sorted(of_sending):
        reported = of_sending[sending_id]
        before = await _standing(tx, sending_id, {outcome.customer_id for outcome in reported})
        final = _final(before, reported)
        await _store(tx, sending_id, final)
        for customer_id, outcome in final.items():
            changes[sending_id, *before[customer_id]] -= 1
            changes[sending_id, outcome.state.value, _reason_of(outcome)] += 1
    await tallies.add(tx, changes)


async def _standing(tx: Tx, sending_id: int, customer_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return {customer id: (state, reason)}, and let nobody change them until the transaction ends."""
    found = await tx.execute(_STANDING[tx.dialect.name], {"of_sending": sending_id, "ids": sorted(customer_ids)})
    return {row[0]: (row[1], row[2]) for row in found}


def _final(before: Mapping[int, tuple[str, str]], reported: Iterable[RecipientOutcome]) -> dict[int, RecipientOutcome]:
    """Return, for each recipient, the last report that came while her fate was open."""
    final: dict[int, RecipientOutcome] = {}
    for outcome in reported:
        earlier = final.get(outcome.customer_id)
        state = before.get(outcome.customer_id, ("", ""))[0] if earlier is None else earlier.state
        if state in _OPEN:
            final[outcome.customer_id] = outcome
    return final


async def _store(tx: Tx, sending_id: int, final: Mapping[int, RecipientOutcome]) -> None:
    """Write the reports, those that are alike in one statement."""
    alike: dict[tuple[str, str, int | None, dt.datetime | None], list[int]] = {}
    for customer_id, outcome in final.items():
        kind = (outcome.state.value, _reason_of(outcome), outcome.message_id, outcome.at)
        alike.setdefault(kind, []).append(customer_id)
    single = []
    for (state, reason, message_id, at), ids in sorted(alike.items(), key=lambda item: item[1]):
        values = {"new_state": state, "new_reason": reason, "new_message_id": message_id, "new_at": at}
        if len(ids) == 1:
            single.append({"of_sending": sending_id, "of_customer": ids[0], **values})
        else:
            await tx.execute(_SETTLE_ALIKE[tx.dialect.name], {"of_sending": sending_id, "ids": sorted(ids), **values})
    await _SETTLE.run(tx, single)


def _reason_of(outcome: RecipientOutcome) -> str:
    return (outcome.reason or outcome.state.value) if outcome.state in MISSED else ""


_DIALECTS = ("sqlite", "postgresql")
_OF_SENDING = recipients.c.sending_id == bindparam("of_sending")
_NEW: dict[str, BindParameter[Any]] = {
    name: bindparam(f"new_{name}") for name in ("state", "reason", "message_id", "at")
}
_STANDING = {
    dialect: select(recipients.c.customer_id, recipients.c.state, recipients.c.reason)
    .where(_OF_SENDING, one_of(recipients.c.customer_id, dialect))
    .order_by(recipients.c.customer_id)
    .with_for_update()
    for dialect in _DIALECTS
}
_SETTLE = RowByRow(
    lambda _: update(recipients).where(_OF_SENDING, recipients.c.customer_id == bindparam("of_customer")).values(_NEW)
)
_SETTLE_ALIKE = {
    dialect: update(recipients).where(_OF_SENDING, one_of(recipients.c.customer_id, dialect)).values(_NEW)
    for dialect in _DIALECTS
}


async def account(tx: Tx, sending_id: int) -> Account:
    """Return the exact account of a sending; recipients in the outbox still count as queued."""
    sent = unknown = queued = 0
    skipped: dict[str, int] = {}
    failed: dict[str, int] = {}
    left_out: dict[str, int] = {}
    for (state, reason), count in (await tallies.counts(tx, sending_id)).items():
        if state == tallies.EXCLUDED:
            left_out[reason] = count
            continue
        match RecipientState(state):
            case RecipientState.SENT:
                sent += count
            case RecipientState.UNKNOWN:
                unknown += count
            case RecipientState.SKIPPED:
                skipped[reason] = count
            case RecipientState.FAILED:
                failed[reason] = count
            case RecipientState.QUEUED | RecipientState.OUTBOX:
                queued += count
    return Account(sent, skipped, failed, unknown, queued, left_out)


async def settled_lately(tx: Tx, sending_id: int, since: dt.datetime) -> tuple[int, dt.datetime | None]:
    """
    Return how many recipients of a sending have had their outcome since then, and when the first of them had.

    Of more than 10,000 only the latest are looked at: as many as a rate needs.
    """
    latest = (
        select(recipients.c.at)
        .where(recipients.c.sending_id == sending_id, recipients.c.at.is_not(None), recipients.c.at >= since)
        .order_by(recipients.c.at.desc())
        .limit(_AT_ONCE)
        .subquery()
    )
    count, first = (await tx.execute(select(func.count(), func.min(latest.c.at)))).one()
    return count, first


async def count_in_outbox(tx: Tx, sending_id: int) -> int:
    """Return how many messages of a sending are in the outbox, waiting or on their way."""
    return int(await tx.scalar(select(func.count()).where(outbox.c.newsletter_id == sending_id)) or 0)


async def is_settled(tx: Tx, sending_id: int) -> bool:
    """Say whether nobody of a sending is queued and no row of it is in the outbox: only then may it finish."""
    if await queued(tx, sending_id, 1):
        return False
    return await tx.scalar(select(outbox.c.id).where(outbox.c.newsletter_id == sending_id).limit(1)) is None


async def settle_erased(tx: Tx, sending_id: int, now: dt.datetime) -> int:
    """
    Make those skipped whose row in the outbox was deleted because they asked to be forgotten; return how many.

    In any other way a row leaves the outbox together with its outcome.
    """
    if not (await tallies.counts(tx, sending_id)).get((RecipientState.OUTBOX.value, "")):
        return 0
    has_row = exists().where(outbox.c.newsletter_id == sending_id, outbox.c.customer_id == recipients.c.customer_id)
    skipped = RecipientOutcome(sending_id, 0, RecipientState.SKIPPED, Hold.ERASED.value, at=now)
    return await _move(tx, RecipientState.OUTBOX, skipped, ~has_row)


async def take_back(tx: Tx, sending_id: int, outcome: RecipientState, reason: str, now: dt.datetime) -> int:
    """
    Take a sending's rows that only wait out of the outbox and give their recipients *outcome*; return how many.

    Rows whose call has begun stay, and their outcome will be recorded. The row goes first, so that the pump cannot
    claim it in between.
    """
    ids = sorted(await withdraw_newsletter(tx, sending_id))
    at = None if outcome in _UNSETTLED else now
    for first in range(0, len(ids), _AT_ONCE):
        few = ids[first : first + _AT_ONCE]
        await record(tx, [RecipientOutcome(sending_id, customer_id, outcome, reason, at=at) for customer_id in few])
    return len(ids)


async def retry_failed(
    tx: Tx, sending_id: int, *, reasons: Collection[str] | None = None, unknown: bool = False
) -> int:
    """
    Queue those again whom a sending failed for, all or those for one of *reasons*; return how many.

    With *unknown* also those of whom nobody knows whether they got it: some of them get it twice. What was refused for
    its content is refused again unless it was hers alone, for the text is frozen. Whoever has blocked the bot is
    skipped when her turn comes.
    """
    chosen = true() if reasons is None else recipients.c.reason.in_(list(reasons))
    changes = await _queue_again(tx, sending_id, RecipientState.FAILED, chosen)
    if unknown:
        changes.update(await _queue_again(tx, sending_id, RecipientState.UNKNOWN, true()))
    await tallies.add(tx, changes)
    return changes[sending_id, RecipientState.QUEUED.value, ""]


async def _queue_again(
    tx: Tx, sending_id: int, state: RecipientState, chosen: ColumnElement[bool]
) -> Counter[tallies.Place]:
    """Queue those in *state*, some thousands at once; return what the tallies change by."""
    wanted = (
        select(recipients.c.customer_id, recipients.c.reason)
        .where(recipients.c.sending_id == sending_id, recipients.c.state == state.value, HAS_REASON, chosen)
        .order_by(recipients.c.customer_id)
        .limit(_AT_ONCE)
        .with_for_update()
    )
    changes: Counter[tallies.Place] = Counter()
    rows = (await tx.execute(wanted)).all()
    while rows:
        again = {row.customer_id: RecipientOutcome(sending_id, row.customer_id, RecipientState.QUEUED) for row in rows}
        await _store(tx, sending_id, again)
        changes.subtract((sending_id, state.value, row.reason) for row in rows)
        changes[sending_id, RecipientState.QUEUED.value, ""] += len(rows)
        rows = (await tx.execute(wanted.where(recipients.c.customer_id > rows[-1].customer_id))).all()
    return changes


async def skip_queued(tx: Tx, sending_id: int, reason: str, now: dt.datetime, limit: int = 10_000) -> int:
    """Make at most *limit* recipients that no outbox row exists for skipped with *reason*; return how many."""
    next_ones = (
        select(recipients.c.customer_id)
        .where(recipients.c.sending_id == sending_id, recipients.c.state == _QUEUED)
        .order_by(recipients.c.customer_id)
        .limit(limit)
    )
    skipped = RecipientOutcome(sending_id, 0, RecipientState.SKIPPED, reason, at=now)
    return await _move(tx, RecipientState.QUEUED, skipped, recipients.c.customer_id.in_(next_ones))


async def _move(tx: Tx, state: RecipientState, outcome: RecipientOutcome, *which: ColumnElement[bool]) -> int:
    """
    Give *outcome* to those of its sending in *state* (queued or in the outbox) that *which* holds for; return how many.

    They have no reason, so the number of changed rows is what the tallies change by.
    """
    change = (
        update(recipients)
        .where(recipients.c.sending_id == outcome.sending_id, recipients.c.state == state.value, *which)
        .values(state=outcome.state.value, reason=_reason_of(outcome), message_id=None, at=outcome.at)
    )
    moved = (await tx.execute(change)).rowcount
    changes = Counter({(outcome.sending_id, state.value, ""): -moved})
    changes[outcome.sending_id, outcome.state.value, _reason_of(outcome)] += moved
    await tallies.add(tx, changes)
    return moved
