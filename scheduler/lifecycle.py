"""
The actions of the lifecycle, found in what took place: every ten minutes, by the ids of new rows, some thousand a step.

A step keeps what it found and how far it came in one transaction; what is seen twice counts once. What lies longer back
than two months when it comes in, as with an import, is history and no action.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from domain.company import Company
from domain.lifecycle import Action, ActionTaken
from scheduler.lifecycle_finding import OFFERS, REACHED, FindingRules, in_contact, in_fact, in_purchases
from store import lifecycle as stored
from store import lifecycle_events as events
from store.database import Database, Tx
from store.ids import id_before
from store.lives import WELCOME
from store.settings import get_setting, put_setting

EVERY = dt.timedelta(minutes=10)
FRESH = dt.timedelta(days=62)
CHUNK = 5000
_STEPS = 5  # of each kind in one tick, so that other work has its turn
_LATE = dt.timedelta(minutes=1)
_OVERLAP = dt.timedelta(hours=1)
_MARKS, _UNTIL = "lifecycle.marks", "lifecycle.until"

_Find = Callable[[Tx, int, int, dt.datetime], Awaitable[tuple[list[ActionTaken], list[int]]]]


class Lifecycle:
    """The job. *rules* say what counts as what."""

    name = "lifecycle"

    def __init__(
        self, database: Database, company: Company, *, rules: FindingRules | None = None, chunk: int = CHUNK
    ) -> None:
        self._database = database
        self._company = company
        self._rules = rules or FindingRules()
        self._chunk = chunk
        self._next: dt.datetime | None = None
        self._places: dict[str, int] = {}  # how far a round has come, while it is under way
        self._seen: dict[str, int] = {}  # the newest row of a kind after which nothing came in a whole round
        # Contacts come before purchases: whether a purchase wins somebody back depends on what was said to her.
        self._kinds: dict[str, _Find] = {
            "contacts": self._contacts,
            "facts": self._facts,
            "cases": self._complaints,
            "purchases": self._purchases,
        }

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def tick(self, now: dt.datetime) -> None:
        """Look for what took place since the last time, some thousand rows of each kind."""
        if self._next is None or now >= self._next:
            has_more = await self.find(now, _STEPS)
            self._next = now if has_more else now + EVERY

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return *now* while a round is under way; else it needs no wake-up of its own: any tick will do."""
        return now if self._places else None

    async def find(self, now: dt.datetime, steps: int | None = None) -> bool:
        """Record what took place up to *now*, at most so many steps of each kind; say whether there is more."""
        for kind in self._kinds:
            taken = 0
            while await self._step(kind, now):
                taken += 1
                if steps is not None and taken >= steps:
                    return True
        await self._welcomes(now)
        return False

    async def _step(self, kind: str, now: dt.datetime) -> bool:
        """
        Look at the next rows of a kind; False where there were no more.

        Each round begins a minute before the end of the last one: a row may be committed after one with a higher id.
        """
        async with self._database.read() as tx:
            marks: dict[str, int] = await get_setting(tx, _MARKS) or {}
            newest = await events.newest_id(tx, kind)
            after = self._places.get(kind)
            if after is None:
                after = marks.get(kind)
                after = await _beginning(tx, kind) if after is None else self._with_late(kind, after)
                if newest == self._seen.get(kind):
                    return False
            upto = await events.next_id(tx, kind, after, self._chunk)
            found, back = await self._kinds[kind](tx, after, upto, now)
        async with self._database.write() as tx:
            await stored.record_actions(tx, found)
            await stored.resume_relationships(tx, back, now)
            kept: dict[str, int] = await get_setting(tx, _MARKS) or {}
            await put_setting(tx, _MARKS, {**kept, kind: max(upto, kept.get(kind, 0))})
        if upto < newest:
            self._places[kind] = upto
            return True
        self._places.pop(kind, None)
        if newest == marks.get(kind):  # what was late has had its time
            self._seen[kind] = newest
        return False

    def _with_late(self, kind: str, mark: int) -> int:
        return mark if kind == "cases" else id_before(mark, min(_LATE, self._database.late))

    # What each kind of row is -------------------------------------------------------------------------------------

    async def _contacts(self, tx: Tx, after: int, upto: int, now: dt.datetime) -> tuple[list[ActionTaken], list[int]]:
        said = await events.said_between(tx, after, upto, now - FRESH)
        zone = self._company.zone
        return [each for one in said for each in in_contact(one, self._rules, zone)], []

    async def _facts(self, tx: Tx, after: int, upto: int, now: dt.datetime) -> tuple[list[ActionTaken], list[int]]:
        learnt = await events.learnt_between(tx, after, upto, now - FRESH)
        return [each for one in learnt for each in in_fact(one)], []

    async def _complaints(self, tx: Tx, after: int, upto: int, now: dt.datetime) -> tuple[list[ActionTaken], list[int]]:
        found = await events.complaints_between(tx, after, upto, now - FRESH)
        return [ActionTaken(who, Action.COMPLAINT, at, f"case:{number}") for number, who, at in found], []

    async def _purchases(self, tx: Tx, after: int, upto: int, now: dt.datetime) -> tuple[list[ActionTaken], list[int]]:
        new = await events.bought_between(tx, after, upto, now - FRESH, now)
        if not new:
            return [], []
        ids = list(new)
        lines = await events.lines_of(tx, ids, now)
        known = await stored.actions_of_many(tx, ids, (*OFFERS, *REACHED))
        rules, zone, currency = self._rules, self._company.zone, self._company.currency
        found = [
            each
            for who, numbers in new.items()
            for each in in_purchases(lines[who], set(numbers), known.get(who, ()), rules, zone, currency)
        ]
        ended = await events.ended_among(tx, ids)
        return found, [who for who, at in ended.items() if any(line.at > at for line in lines[who])]

    async def _welcomes(self, now: dt.datetime) -> None:
        """Record the welcomes that were finished, which no new row tells."""
        async with self._database.read() as tx:
            kept: Any = await get_setting(tx, _UNTIL)
            since = now - FRESH if kept is None else dt.datetime.fromisoformat(kept) - _OVERLAP
            welcomed = await events.welcomed_between(tx, WELCOME, since, now)
            found = [ActionTaken(who, Action.WELCOME, at) for who, at in welcomed]
        async with self._database.write() as tx:
            await stored.record_actions(tx, found)
            await put_setting(tx, _UNTIL, now.isoformat())


async def _beginning(tx: Tx, kind: str) -> int:
    """Return the id from which a store that was never looked at is read: of rows that are fresh by their ids."""
    if kind == "cases":
        return 0
    return id_before(await events.newest_id(tx, kind), FRESH)
