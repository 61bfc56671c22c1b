"""What a rehearsed year held: contacts by month and by customer, what was held back and why, what waits for staff."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from domain.care import UNAPPROVED
from domain.contacts import ContactState
from domain.newsletters import SendingState
from store.care_costs import CareCount, care_counts
from store.customers import count_customers
from store.database import Tx
from store.holds import count_holds
from store.rehearsed import begun_contacts
from store.sendings import in_state

MONTHS = 12
_REACHED = frozenset({ContactState.SENT.value, ContactState.UNKNOWN.value, ContactState.DELETED.value})
_APPROVAL = SendingState.APPROVAL.value  # where a care plan's newsletter stood until it was left out


@dataclass(frozen=True, slots=True)
class Waits:
    """A newsletter that would not go by itself, and where it would stand."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """
    The year from *since* up to *until*.

    *months* counts by month (from 1) the messages that reached customers and were begun by the company, by kind;
    *customers* says for each customer who got any how many in each month; *lost* counts those that did not arrive, by
    kind. *holds* is by (kind, reason). *care* is by month what the care plan asked for, with its cost in minor units.
    """

    since: dt.datetime
    until: dt.datetime
    everybody: int
    months: tuple[Mapping[str, int], ...]
    customers: Mapping[int, tuple[int, ...]]
    lost: Mapping[str, int]
    holds: Mapping[tuple[str, str], int]
    waits: tuple[Waits, ...]
    care: tuple[CareCount, ...] = ()

    @property
    def contacts(self) -> int:
        """Return how many messages reached customers."""
        return sum(sum(month.values()) for month in self.months)

    @property
    def cost(self) -> int:
        """Return what the care plans cost in the year, in minor units of the company's currency."""
        return sum(each.cost for each in self.care)

    def share(self, part: float) -> int:
        """Return how many contacts in the year that *part* of all customers has at most (0.5: the median)."""
        got = sorted(map(sum, self.customers.values()))
        place = max(0, min(self.everybody - 1, round(part * (self.everybody - 1))))
        untouched = self.everybody - len(got)
        return 0 if place < untouched or not got else got[place - untouched]


async def rehearsed(tx: Tx, since: dt.datetime, until: dt.datetime) -> Rehearsed:
    """Read what a rehearsal left in its store; *since* is aware and in the company's zone, whose months count."""
    months: list[Counter[str]] = [Counter() for _ in range(MONTHS)]
    customers: dict[int, list[int]] = {}
    lost: Counter[str] = Counter()
    async for contact in begun_contacts(tx, since, until):
        if contact.state not in _REACHED:
            lost[contact.kind] += 1
            continue
        month = contact.at.astimezone(since.tzinfo).month - 1
        months[month][contact.kind] += 1
        customers.setdefault(contact.customer_id, [0] * MONTHS)[month] += 1
    waiting = await in_state(tx, SendingState.DRAFT, SendingState.APPROVAL, SendingState.PAUSED, SendingState.STOPPED)
    left_out = [each for each in await in_state(tx, SendingState.CANCELLED) if each.reason == UNAPPROVED]
    stood = [Waits(each.name, each.state.value) for each in waiting]
    stood += [Waits(each.name, _APPROVAL) for each in left_out if (each.finished_at or since) >= since]
    return Rehearsed(
        since,
        until,
        await count_customers(tx),
        tuple(months),
        {who: tuple(counts) for who, counts in customers.items()},
        lost,
        await count_holds(tx, since, until),
        tuple(stood),
        tuple(await care_counts(tx, since, until)),
    )
