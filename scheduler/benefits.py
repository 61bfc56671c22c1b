"""
Benefits as they fall due: each once for its occasion, in turns, and with words that nobody gets at night.

Looked for once a day, when the quiet hours end: who joined, whose birthday or anniversary it is, and what has its day
in the calendar. What a tier brings comes with the climb, and what joining in the chat brings with the answer to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from dialogues.courtesy import hold_for, purpose_of_kind, situations
from dialogues.giving import Giving, told_together
from dialogues.telling import Telling, tell
from dialogues.tier_words import why_of
from domain.benefits import LATE, Benefit, Give, Occasion, is_yearly_day
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.languages import best_language
from domain.loyalty import Loyalty
from domain.messages import Message
from domain.programmes import Programme, Told
from scheduler.daily import DailyWork
from scheduler.slots import slots_between
from store.benefits import (
    Due,
    Given,
    given_to,
    members_from,
    members_who_joined,
    members_with_anniversary,
    members_with_birthday,
)
from store.database import Database, Tx
from store.tiers import tiers_among
from templates.words import Words

AT_ONCE = 200
"""How many members are looked at in one transaction."""

_STEPS = 5  # in one tick, so that other work has its turn
_YEARLY = (Occasion.BIRTHDAY, Occasion.ANNIVERSARY)
_YEARLY_LATE = dt.timedelta(days=3)  # a birthday is not wished a fortnight later


@dataclass(frozen=True, slots=True)
class _Unit:
    """One occasion of one programme; *cron* of those that have their day in the calendar."""

    programme: Programme
    occasion: Occasion
    cron: str = ""

    @property
    def name(self) -> str:
        return f"{self.programme.name}/{self.occasion.value}/{self.cron}"

    def has(self, benefit: Benefit) -> bool:
        return benefit.occasion is self.occasion and benefit.cron == self.cron


class Benefits:
    """The job."""

    name = "benefits"

    def __init__(
        self,
        database: Database,
        company: Company,
        loyalty: Loyalty,
        giving: Giving,
        words: Words,
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        self._database = database
        self._company = company
        self._loyalty = loyalty
        self._giving = giving
        self._words = words
        self._at_once = at_once
        self._work = DailyWork(database, company, "benefits.day", company.courtesy.quiet_to)

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when the next day's benefits are due; at once where this day's are not done."""
        return await self._work.next_due(tx, now, list(self._units()))

    async def tick(self, now: dt.datetime) -> None:
        """Go on with the day's members, some hundreds of them."""
        for _ in range(_STEPS):
            units = self._units()
            place = await self._work.place(now, list(units))
            if place is None:
                return
            unit, after = units[place[0]], place[1]
            upto = await self.step(unit.programme, unit.occasion, unit.cron, after, now)
            await self._work.keep(now, list(units), unit.name, upto)

    def _units(self) -> dict[str, _Unit]:
        found: dict[str, _Unit] = {}
        for programme in sorted(self._loyalty.programmes, key=lambda each: each.name):
            for benefit in programme.benefits:
                if benefit.occasion is not Occasion.TIER:
                    unit = _Unit(programme, benefit.occasion, benefit.cron)
                    found[unit.name] = unit
        return found

    async def step(
        self, programme: Programme, occasion: Occasion, cron: str, after: int, now: dt.datetime
    ) -> int | None:
        """Give the next members what is due to them, in one transaction; return the last one's id, None at the end."""
        unit = _Unit(programme, occasion, cron)
        async with self._database.write() as tx:
            due = await self._due(tx, unit, after, now)
            if due:
                await self._give(tx, unit, due, now)
        return due[-1].customer_id if len(due) >= self._at_once else None

    async def _due(self, tx: Tx, unit: _Unit, after: int, now: dt.datetime) -> list[Due]:
        """Find members above *after*; among the yearly ones are some whose day it is not, after all."""
        zone, name = self._company.zone, unit.programme.name
        today = now.astimezone(zone).date()
        match unit.occasion:
            case Occasion.JOINING:
                return await members_who_joined(tx, name, now - LATE, zone, after, self._at_once)
            case Occasion.BIRTHDAY:
                return await members_with_birthday(tx, name, today - _YEARLY_LATE, today, after, self._at_once)
            case Occasion.ANNIVERSARY:
                first = today - _YEARLY_LATE
                return await members_with_anniversary(tx, name, first, today, zone, after, self._at_once)
            case _:
                slot = self._slot(unit.cron, now)
                if slot is None:
                    return []
                ids = await members_from(tx, name, slot, after, self._at_once)
                return [Due(each, slot.astimezone(zone).date()) for each in ids]

    def _slot(self, cron: str, now: dt.datetime) -> dt.datetime | None:
        """Return the last moment of a cron line that is not too long ago."""
        return max(slots_between(cron, self._company.timezone, now - LATE, now), default=None)

    async def _give(self, tx: Tx, unit: _Unit, due: Sequence[Due], now: dt.datetime) -> None:
        programme, ids = unit.programme, [each.customer_id for each in due]
        today = now.astimezone(self._company.zone).date()
        had = await given_to(tx, ids, programme.name)
        tiers = await tiers_among(tx, programme.name, ids)
        reached = await self._reached(tx, programme, ids, now)
        for each in due:
            day = _day_of(unit, each, today)
            if day is None:
                continue
            who = each.customer_id
            await self._give_one(tx, unit, who, day, tiers.get(who, ""), had.get(who, []), reached.get(who), now)

    async def _reached(self, tx: Tx, programme: Programme, ids: Sequence[int], now: dt.datetime) -> dict[int, Customer]:
        """Return those to whom a message may go now or once what holds it has passed."""
        if programme.is_open and Told.BENEFITS not in programme.communication.messages:
            return {}
        purpose = purpose_of_kind(_kind(programme))
        found = {}
        for who, situation in (await situations(tx, ids, now)).items():
            held = hold_for(situation, purpose, self._company.courtesy, self._company.timezone, now)
            if held is None or held.until is not None:
                found[who] = situation.customer
        return found

    async def _give_one(
        self,
        tx: Tx,
        unit: _Unit,
        who: int,
        day: dt.date,
        tier: str,
        had: Sequence[Given],
        customer: Customer | None,
        now: dt.datetime,
    ) -> None:
        """Give what is due; words that cannot reach her are no benefit, and wait until they can."""

        def fits(benefit: Benefit) -> bool:
            return unit.has(benefit) and (customer is not None or benefit.give is not Give.WORDS)

        programme = unit.programme
        gifts = await self._giving.on(tx, programme, unit.occasion, who, day, now, tier=tier, had=had, which=fits)
        text = told_together(gifts)
        if customer is None or not text:
            return
        media = tuple(each for gift in gifts for each in gift.media)[:1]
        language = best_language(customer.language, self._company.languages)
        label = self._words.plain("service.label.why", language)
        telling = Telling(_kind(programme), f"prog:{programme.name}", why_of(programme), label)
        await tell(tx, self._company, customer, Message(text, html=True, media=media), telling, now)


def _kind(programme: Programme) -> ContactKind:
    """Members have agreed to hear from their programme; to others a gift is advertising, which needs their consent."""
    return ContactKind.LOYALTY if programme.is_open else ContactKind.OFFER


def _day_of(unit: _Unit, due: Due, today: dt.date) -> dt.date | None:
    """Return the day for which something is given; None where it is not her day."""
    if unit.occasion not in _YEARLY:
        return due.day
    days = (today - dt.timedelta(days=back) for back in range(_YEARLY_LATE.days + 1))
    return next((day for day in days if is_yearly_day(day, due.day)), None)
