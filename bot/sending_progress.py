"""How a sending goes on: its exact account, its rate, an honest estimate, and what waits for a later moment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dialogues.courtesy import quiet_until_for
from domain.company import Company
from domain.holds import Hold
from domain.newsletters import Account, Held, Sending
from domain.recalls import Recall
from store import recalls, recipients, sendings, under_way
from store.customers import customers_by_id
from store.database import Tx

_WINDOW = dt.timedelta(minutes=1)
_LEAST_S = 3.0  # a rate of less than that says nothing


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How a sending goes on. *rate* is outcomes a second over the last minute, *eta* when it is done at that rate.

    `eta` is None while nothing moves, and leaves out what is `held`: what waits for a later moment, such as the end of
    quiet hours. *recall* is how far it is taken back, None while nobody asked for that.
    """

    sending: Sending
    account: Account
    rate: float
    eta: dt.timedelta | None
    held: tuple[Held, ...] = ()
    recall: Recall | None = None


async def progress_of(tx: Tx, company: Company, sending_id: int, now: dt.datetime) -> Progress | None:
    """Return how a sending goes on, or None when there is no such one."""
    sending = await sendings.get(tx, sending_id)
    if sending is None:
        return None
    account = await recipients.account(tx, sending_id)
    held = await _held(tx, company, sending, account, now)
    rate = await _rate(tx, sending, now) if sending.state.is_sending else 0.0
    moving = account.queued - sum(each.count for each in held)
    eta = dt.timedelta(seconds=round(moving / rate)) if rate > 0 and moving > 0 else None
    recall = await recalls.recall_of(tx, sending_id) if sending.recalled_at is not None else None
    return Progress(sending, account, rate, eta, held, recall)


async def _rate(tx: Tx, sending: Sending, now: dt.datetime) -> float:
    """Return outcomes a second since the first of the last minute."""
    count, first = await recipients.settled_lately(tx, sending.id, now - _WINDOW)
    return count / max((now - first).total_seconds(), _LEAST_S) if first is not None else 0.0


async def _held(tx: Tx, company: Company, sending: Sending, account: Account, now: dt.datetime) -> tuple[Held, ...]:
    """Return what waits for a later moment; those for whom no row was made because of the night are among it."""
    if not sending.state.is_sending or account.queued == 0:
        return ()
    found = await under_way.held(tx, sending.id, now)
    following = await customers_by_id(tx, await recipients.queued(tx, sending.id, 1))
    nights = [
        quiet_until_for(customer.timezone or company.timezone, company.courtesy, now) for customer in following.values()
    ]
    until = min((night for night in nights if night is not None), default=None)
    if until is None:
        return found
    unfed = account.queued - await recipients.count_in_outbox(tx, sending.id)
    same = next((each for each in found if each.reason == Hold.QUIET_HOURS.value), Held("", 0, until))
    night = Held(Hold.QUIET_HOURS.value, unfed + same.count, min(until, same.until))
    return (night, *(each for each in found if each is not same))
