"""
Whom rules choose, once a night: members of silent programmes, and who is invited to one that is by invitation.

A silent programme takes in for whom its rule holds, less a share that is held out to compare with; who objects to
profiling, is not served or has said goodbye goes out. An invitation is sent once, to who takes our advertising.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from dialogues.programmes import JOIN
from dialogues.taps import menu_tap
from dialogues.telling import Telling, tell
from dialogues.tier_words import why_of
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.languages import best_language, in_language
from domain.loyalty import Loyalty
from domain.memberships import held_out_of
from domain.messages import Button, Message
from domain.programmes import Joining, Programme
from scheduler.daily import DailyWork
from store.benefits import INVITED, Given, note_given
from store.chance_sql import below, chance_of
from store.customers import customers_by_id
from store.database import Database, Tx
from store.eligibility import last_of_next
from store.memberships import CHOSEN, join_many, leave_many
from store.programme_choice import belonging, chosen, ever_had, ever_member, unfit
from store.tiers import lock_people
from templates.words import Words

NIGHT = dt.time(5)
"""When a night's choice falls due, in the company's zone: after pictures and tiers, for which a rule may ask."""

STEP = 20_000
"""How many customers are looked at in one step."""

AT_ONCE = 500
"""How many come or go in one transaction."""

_STEPS = 2  # in one tick, so that other work has its turn


class Chosen:
    """The job."""

    name = "chosen"

    def __init__(
        self, database: Database, company: Company, loyalty: Loyalty, words: Words, *, step: int = STEP
    ) -> None:
        self._database = database
        self._company = company
        self._loyalty = loyalty
        self._words = words
        self._step = step
        self._work = DailyWork(database, company, "chosen.night", NIGHT)

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when the next night's choice is due; at once where this night's is not done."""
        return await self._work.next_due(tx, now, list(self._units()))

    async def tick(self, now: dt.datetime) -> None:
        """Go on with the night's customers, some thousands of them."""
        for _ in range(_STEPS):
            units = self._units()
            place = await self._work.place(now, list(units))
            if place is None:
                return
            upto = await self.look_at(units[place[0]], place[1], now)
            await self._work.keep(now, list(units), place[0], upto)

    async def renew(self, now: dt.datetime) -> None:
        """Choose now, whatever the night has done."""
        for programme in self._units().values():
            after: int | None = 0
            while after is not None:
                after = await self.look_at(programme, after, now)

    def _units(self) -> dict[str, Programme]:
        programmes = sorted(self._loyalty.programmes, key=lambda each: each.name)
        return {
            each.name: each
            for each in programmes
            if each.rule is not None and (not each.is_open or each.join is Joining.INVITATION)
        }

    async def look_at(self, programme: Programme, after: int, now: dt.datetime) -> int | None:
        """Look at the next customers, and return the last one's id; None where there are no more."""
        at = now.astimezone(self._company.zone)
        async with self._database.read() as tx:
            upto = await last_of_next(tx, after, self._step)
            belong = await chosen(tx, programme, at, self._company.currency, after, upto)
            inside = await belonging(tx, programme.name, after, upto)
            out = [] if programme.is_open else await unfit(tx, programme.name, after, upto)
        new = sorted(belong - inside)
        for ids in (new[first : first + AT_ONCE] for first in range(0, len(new), AT_ONCE)):
            async with self._database.write() as tx:
                if programme.is_open:
                    await self._invite(tx, programme, ids, now)
                else:
                    await self._take_in(tx, programme, ids, now)
        for ids in (out[first : first + AT_ONCE] for first in range(0, len(out), AT_ONCE)):
            async with self._database.write() as tx:
                for name in (programme.membership, held_out_of(programme.name)):
                    await leave_many(tx, ids, name, now)
        return upto

    async def _take_in(self, tx: Tx, programme: Programme, ids: Sequence[int], now: dt.datetime) -> None:
        """Let them in, or hold them out: drawn once and for all by who they are, as for newsletters."""
        limit = below(programme.holdout / 100)
        held_out = [each for each in ids if chance_of(held_out_of(programme.name), each) < limit]
        kept_out = frozenset(held_out)
        await join_many(tx, held_out, held_out_of(programme.name), now, CHOSEN)
        await join_many(tx, [each for each in ids if each not in kept_out], programme.membership, now, CHOSEN)

    async def _invite(self, tx: Tx, programme: Programme, ids: Sequence[int], now: dt.datetime) -> None:
        """Invite who never was; who left once is not asked again."""
        await lock_people(tx, ids)  # of two processes the second one sees whom the first has invited
        asked = await ever_had(tx, programme.name, INVITED, ids) | await ever_member(tx, programme.membership, ids)
        people = await customers_by_id(tx, [each for each in ids if each not in asked])
        for who, customer in sorted(people.items()):
            if await self._send(tx, programme, customer, now):
                await note_given(tx, Given(who, programme.name, INVITED, now, "once"))

    async def _send(self, tx: Tx, programme: Programme, customer: Customer, now: dt.datetime) -> bool:
        language = best_language(customer.language, self._company.languages)
        told = in_language(programme.invitation, language, self._company.default_language)
        label = self._words.plain("programmes.label.join", language)
        message = Message(
            self._words.html("programmes.invited", language, text=told),
            html=True,
            keyboard=((Button(label, menu_tap(JOIN, f"!{programme.name}")),),),
        )
        why = self._words.plain("service.label.why", language)
        telling = Telling(ContactKind.INVITATION, f"prog:{programme.name}", why_of(programme), why)
        return await tell(tx, self._company, customer, message, telling, now)
