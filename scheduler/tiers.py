"""
Where members stand, looked at once a night: up at once, down only when the grace is over, each move with its evidence.

Whom a tier's rule means is found by ranges of members in the database; only those who would go down are looked at one
by one, since what is unknown of somebody takes nothing from her.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dialogues.giving import Giving
from dialogues.joining import evidence, standing_of
from dialogues.tier_words import TierWords
from domain.company import Company
from domain.customers import Customer
from domain.loyalty import Loyalty
from domain.programmes import EVERYBODY, Programme, Standing, Tier
from domain.rules_customer import CustomerFacts
from domain.rules_verdict import evaluate
from scheduler.daily import DailyWork
from store.customers import customers_by_id
from store.database import Database, Tx
from store.rule_holders import holders
from store.rules_facts import customer_facts
from store.tiers import (
    end_grace,
    last_of_next_members,
    locked_standings,
    member_of,
    put_tier,
    put_tiers,
    standings,
)

STEP = 20_000
"""How many members are looked at in one step."""

AT_ONCE = 200
"""How many are moved in one transaction."""

NIGHT = dt.time(4, 30)
"""When a night's tiers fall due, in the company's zone: after the pictures, which a tier's rule may ask for."""

MOST_EXPLAINED = 2_000
"""Of how many new members at once the measured values are kept as evidence."""

_STEPS = 2  # in one tick, so that other work has its turn


class Tiers:
    """The job. What is done of a night is kept, so that it is done once by whichever process comes first."""

    name = "tiers"

    def __init__(
        self,
        database: Database,
        company: Company,
        loyalty: Loyalty,
        giving: Giving,
        words: TierWords,
        *,
        step: int = STEP,
    ) -> None:
        self._database = database
        self._company = company
        self._loyalty = loyalty
        self._giving = giving
        self._words = words
        self._step = step
        self._work = DailyWork(database, company, "tiers.night", NIGHT)

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when the next night's tiers are due; at once where this night's are not done."""
        return await self._work.next_due(tx, now, list(self._programmes()))

    async def tick(self, now: dt.datetime) -> None:
        """Go on with the night's members, some thousands of them."""
        for _ in range(_STEPS):
            programmes = self._programmes()
            place = await self._work.place(now, list(programmes))
            if place is None:
                return
            upto = await self._members(programmes[place[0]], place[1], now)
            await self._work.keep(now, list(programmes), place[0], upto)

    async def renew(self, now: dt.datetime) -> None:
        """Look at every member now, whatever the night has done."""
        for programme in self._programmes().values():
            after: int | None = 0
            while after is not None:
                after = await self._members(programme, after, now)

    def _programmes(self) -> dict[str, Programme]:
        programmes = sorted(self._loyalty.open_programmes, key=lambda each: each.name)
        return {each.name: each for each in programmes if each.tiers}

    # One range of members ------------------------------------------------------------------------------------------

    async def _members(self, programme: Programme, after: int, now: dt.datetime) -> int | None:
        """Look at the next members, and return the last one's id; None where there are no more."""
        at = now.astimezone(self._company.zone)
        async with self._database.read() as tx:
            upto = await last_of_next_members(tx, programme.name, after, self._step)
            standing = await standings(tx, programme.name, after, upto)
            best = await self._best(tx, programme, at, standing, after, upto) if standing else {}
        new, up, kept, down = [], [], [], []
        for who, now_at in standing.items():
            place = best.get(who, 0)  # nobody is below the lowest tier
            if now_at is None:
                new.append(who)
            elif place > programme.rank(now_at.tier):
                up.append(who)
            elif place < programme.rank(now_at.tier):
                down.append(who)
            elif now_at.grace_until is not None:
                kept.append(who)
        for ids in _parts(new):
            await self._put_new(programme, ids, best if len(new) > MOST_EXPLAINED else None, at)
        for ids in _parts(up):
            await self._let_up(programme, {who: standing[who] for who in ids}, at, now)
        for ids in _parts(kept):
            async with self._database.write() as tx:
                for who in ids:
                    await end_grace(tx, who, programme.name)
        for ids in _parts(down):
            await self._look_down(programme, {who: standing[who] for who in ids}, at, now)
        return upto

    async def _best(
        self,
        tx: Tx,
        programme: Programme,
        at: dt.datetime,
        members: Iterable[int],
        after: int,
        upto: int | None,
    ) -> dict[int, int]:
        """Return the place of the highest tier whose rule holds, by member; who has none is missing."""
        belongs = (member_of(programme.name),)
        found: dict[int, int] = {}
        for place, tier in enumerate(programme.tiers):
            if tier.rule == EVERYBODY:
                found |= dict.fromkeys(members, place)
                continue
            currency = self._company.currency
            holding = await holders(tx, tier.rule, at, currency, after=after, upto=upto, before=belongs)
            found |= dict.fromkeys(holding, place)
        return found

    async def _put_new(
        self, programme: Programme, ids: Sequence[int], best: Mapping[int, int] | None, at: dt.datetime
    ) -> None:
        """
        Give those who joined without a tier theirs, in silence: joining has told them, or staff have.

        With *best* they are so many, as after an import, that the rule stands for what was measured of each.
        """
        async with self._database.write() as tx:
            if best is None:
                known = await customer_facts(tx, ids, at, currency=self._company.currency)
                made = [standing_of(programme, who, known[who]) for who in known]
            else:
                tiers = {who: programme.tiers[best.get(who, 0)] for who in ids}
                told = {tier.name: "" if tier.rule == EVERYBODY else str(tier.rule) for tier in programme.tiers}
                made = [Standing(who, tier.name, at.date(), evidence=told[tier.name]) for who, tier in tiers.items()]
            await put_tiers(tx, programme.name, [(standing, "") for standing in made])

    async def _let_up(
        self, programme: Programme, ids: Mapping[int, Standing | None], at: dt.datetime, now: dt.datetime
    ) -> None:
        async with self._database.write() as tx:
            still = await locked_standings(tx, programme.name, ids)
            known = await customer_facts(tx, list(ids), at, currency=self._company.currency)
            people = await customers_by_id(tx, ids)
            for who, before in ids.items():
                if before is None or still.get(who) != before:
                    continue  # another process has moved her, or she has left
                standing = standing_of(programme, who, known[who])
                if programme.rank(standing.tier) <= programme.rank(before.tier):
                    continue
                if not await put_tier(tx, programme.name, standing, before.tier) or programme.rank(before.tier) < 0:
                    continue  # a tier that the file calls otherwise now is no climb
                gifts = await self._giving.of_tiers(tx, programme, who, before.tier, standing.tier, at.date(), now)
                await self._words.up(tx, programme, people[who], standing, gifts, now)

    async def _look_down(
        self, programme: Programme, ids: Mapping[int, Standing | None], at: dt.datetime, now: dt.datetime
    ) -> None:
        async with self._database.write() as tx:
            still = await locked_standings(tx, programme.name, ids)
            known = await customer_facts(tx, list(ids), at, currency=self._company.currency)
            people = await customers_by_id(tx, ids)
            for who, standing in ids.items():
                if standing is None or still.get(who) != standing:
                    continue
                tier = programme.tier(standing.tier)
                verdict = None if tier is None else evaluate(tier.rule, known[who], at)
                if tier is not None and verdict is False:
                    await self._fade(tx, programme, tier, standing, (people[who], known[who]), now)

    async def _fade(
        self,
        tx: Tx,
        programme: Programme,
        tier: Tier,
        standing: Standing,
        her: tuple[Customer, CustomerFacts],
        now: dt.datetime,
    ) -> None:
        """Begin the grace, or end it: then she goes to the highest tier that is not surely lost."""
        customer, facts = her
        day = facts.at.date()
        said = evidence(tier.rule, facts)
        if standing.grace_until is None:
            until = tier.grace.after_date(day)
            fading = replace(standing, grace_until=until, evidence=said)
            if await put_tier(tx, programme.name, fading, standing.tier):
                await self._words.grace(tx, programme, customer, fading, facts, now)
        elif day > standing.grace_until:
            below = _still(programme, standing.tier, facts)
            gone = Standing(customer.id, below.name, day, evidence=said)
            if await put_tier(tx, programme.name, gone, standing.tier):
                await self._words.down(tx, programme, customer, gone, standing.tier, facts, now)


def _still(programme: Programme, tier: str, facts: CustomerFacts) -> Tier:
    """Return the highest tier below *tier* whose rule holds or is unknown, else the lowest."""
    below = programme.tiers[: programme.rank(tier)]
    return next(
        (each for each in reversed(below) if evaluate(each.rule, facts, facts.at) is not False), programme.tiers[0]
    )


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[first : first + AT_ONCE] for first in range(0, len(ids), AT_ONCE)]
