"""How a sending goes on: its exact account, its rate, an honest estimate, and what waits for a later moment."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from bot.experiment_waits import waits_for_experiment
from domain.company import Company
from domain.newsletters import Account, Held, Newsletter, Sending
from domain.recalls import Recall
from scheduler.moments import Moment, begins_at, moment_for, zone_of
from store import queue, recalls, recipients, sendings, under_way
from store.customers import customers_by_id
from store.database import Tx

_WINDOW = dt.timedelta(minutes=1)
_LEAST_S = 3.0  # a rate of less than that says nothing
_NEXT = 200
_COUNTED = 100_000  # so many of the queue are counted by time zone; they stand for the others
_WITHOUT_LOCAL_TIME = Newsletter("", "", {}, "")

NewsletterOf = Callable[[Tx, Sending], Awaitable[Newsletter | None]]


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How a sending goes on. *rate* is outcomes a second over the last minute, *eta* when it is done at that rate.

    `eta` is None while nothing moves, and leaves out what is `held`: what waits for a later moment, such as the end of
    quiet hours, or the local time of a zone. *recall* is how far it is taken back, None while nobody asked for that.
    """

    sending: Sending
    account: Account
    rate: float
    eta: dt.timedelta | None
    held: tuple[Held, ...] = ()
    recall: Recall | None = None


async def progress_of(
    tx: Tx, company: Company, sending_id: int, now: dt.datetime, newsletter_of: NewsletterOf | None = None
) -> Progress | None:
    """
    Return how a sending goes on, or None when there is no such one.

    *newsletter_of* reads the newsletter as it was frozen: only so is it known that people wait for a local time.
    """
    sending = await sendings.get(tx, sending_id)
    if sending is None:
        return None
    account = await recipients.account(tx, sending_id)
    held = await _held(tx, company, sending, account, now, newsletter_of)
    rate = await _rate(tx, sending, now) if sending.state.is_sending else 0.0
    moving = account.queued - sum(each.count for each in held)
    eta = dt.timedelta(seconds=round(moving / rate)) if rate > 0 and moving > 0 else None
    recall = await recalls.recall_of(tx, sending_id) if sending.recalled_at is not None else None
    return Progress(sending, account, rate, eta, held, recall)


async def _rate(tx: Tx, sending: Sending, now: dt.datetime) -> float:
    """Return outcomes a second since the first of the last minute."""
    count, first = await recipients.settled_lately(tx, sending.id, now - _WINDOW)
    return count / max((now - first).total_seconds(), _LEAST_S) if first is not None else 0.0


async def _held(
    tx: Tx, company: Company, sending: Sending, account: Account, now: dt.datetime, newsletter_of: NewsletterOf | None
) -> tuple[Held, ...]:
    """Return what waits for a later moment; those for whom no row was made because they sleep are among it."""
    if not sending.state.is_sending or account.queued == 0:
        return ()
    found = await under_way.held(tx, sending.id, now)
    unfed = await queue.count_unfed(tx, sending.id)
    if not unfed:
        return found
    newsletter = await newsletter_of(tx, sending) if newsletter_of is not None else None
    moves = await under_way.count_under_way(tx, sending.id, now) > 0
    experiment = None if moves else await waits_for_experiment(tx, sending, newsletter, unfed, now)
    if experiment is not None:
        return (experiment, *found)
    if newsletter is not None and newsletter.local_time is not None:
        return _together([*await _asleep(tx, company, sending, newsletter, unfed, now), *found])
    if moves:
        return found
    wait = await _wait_of_the_next(tx, company, sending, newsletter or _WITHOUT_LOCAL_TIME, now)
    if wait is None or wait.hold is None or wait.wait_until is None:
        return found
    reason, until = wait.hold.value, wait.wait_until
    same = next((each for each in found if each.reason == reason), Held("", 0, until))
    asleep = Held(reason, unfed + same.count, min(until, same.until))
    return (asleep, *(each for each in found if each is not same))


async def _asleep(
    tx: Tx, company: Company, sending: Sending, newsletter: Newsletter, unfed: int, now: dt.datetime
) -> list[Held]:
    """Return who of the *unfed* waits for her local time, by the moment at which it comes."""
    zones = await queue.count_by_zone(tx, sending.id, company.timezone, most=_COUNTED)
    begins, rules = begins_at(sending, now), company.courtesy
    scale = max(unfed / sum(zones.values()), 1.0) if zones else 1.0
    asleep = []
    for zone, count in zones.items():
        moment = moment_for(newsletter, begins, zone, rules, now)
        if moment.hold is not None and moment.wait_until is not None:
            asleep.append(Held(moment.hold.value, round(count * scale), moment.wait_until))
    return asleep


def _together(held: Iterable[Held]) -> tuple[Held, ...]:
    """Count together those who wait for the same reason until the same moment; the first moment comes first."""
    counts: Counter[tuple[dt.datetime, str]] = Counter()
    for each in held:
        counts[each.until, each.reason] += each.count
    return tuple(Held(reason, n, until) for (until, reason), n in sorted(counts.items()))


async def _wait_of_the_next(
    tx: Tx, company: Company, sending: Sending, newsletter: Newsletter, now: dt.datetime
) -> Moment | None:
    """Return what the first of the next recipients waits for; None when one of them may get it now."""
    queued = await queue.queued(tx, sending.id, _NEXT)
    begins, rules = begins_at(sending, now), company.courtesy
    zones = {zone_of(customer, company) for customer in (await customers_by_id(tx, queued)).values()}
    moments = [moment_for(newsletter, begins, zone, rules, now) for zone in sorted(zones)]
    if any(moment.wait_until is None for moment in moments):
        return None
    return min(moments, key=lambda moment: moment.wait_until or now, default=None)
