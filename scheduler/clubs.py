"""Age limits of clubs and guardians' consent: told a week before, ended exactly on the day, forgotten when too late."""

from __future__ import annotations

import datetime as dt

from dialogues.courtesy import Decision
from dialogues.starting import start_contact
from domain.clubs import CLUB, WAITS, WARNED, GuardianState, birthday
from domain.company import Company
from domain.contacts import ContactKind
from domain.languages import best_language, in_language
from domain.loyalty import Loyalty
from domain.memberships import Membership
from domain.messages import Message
from store.clubs import (
    answered_for,
    drop_guardianship,
    end_by_age,
    forget_waiting,
    leave_club,
    nearing,
    note_told,
    note_untold,
    note_unwarned,
    note_warned,
    over_age,
    untold,
)
from store.customers import customer_by_id
from store.database import Database, Tx
from templates.words import Words

WHY = "club"
_AT_ONCE = 100
_AGAIN = dt.timedelta(hours=1)


class Clubs:
    """
    The job. It looks when a day begins in the company's zone, and again when somebody who could not be told can be.

    What is done is kept in the transaction that does it, so each is told once, whatever is killed.
    """

    name = "clubs"

    def __init__(self, database: Database, company: Company, words: Words, loyalty: Loyalty) -> None:
        self._database = database
        self._company = company
        self._words = words
        self._loyalty = loyalty
        self._next: dt.datetime | None = None
        self._later: dict[tuple[int, str], dt.datetime] = {}

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when the next day begins, or when somebody can be told who could not be."""
        return self._next or now

    async def tick(self, now: dt.datetime) -> None:
        """End what is over, tell whom it concerns, and forget wishes that waited too long."""
        if self._next is not None and now < self._next:
            return
        today = now.astimezone(self._company.zone).date()
        async with self._database.write() as tx:
            await forget_waiting(tx, now - WAITS)
        await self._without_guardian(now, today)
        more = await self._end(now, today)
        self._later = {each: at for each, at in self._later.items() if at > now}
        more |= await self._tell_end(now)
        more |= await self._warn(now, today)
        self._next = now if more else min([_midnight(self._company, today), *self._later.values()])

    async def _without_guardian(self, now: dt.datetime, today: dt.date) -> None:
        """End what hung on a guardian who was forgotten; who has come of age answers for herself from now on."""
        async with self._database.read() as tx:
            orphaned = await answered_for(tx, GuardianState.WITHDRAWN)
            given = await answered_for(tx, GuardianState.GIVEN)
        orphaned += [(each, birth) for each, birth in given if each.guardian_id == each.customer_id]  # after a merge
        for each, _ in orphaned:
            async with self._database.write() as tx:
                await leave_club(tx, each.customer_id, each.club, now)
        for each, birth in given:
            club = self._loyalty.club(each.club)
            under = None if club is None else club.guardian_under
            if birth is not None and under is not None and birthday(birth, under) <= today:
                async with self._database.write() as tx:
                    await drop_guardianship(tx, each.code)

    async def _end(self, now: dt.datetime, today: dt.date) -> bool:
        """End memberships at their age limit; say whether there are more."""
        async with self._database.read() as tx:
            due = await over_age(tx, today, _AT_ONCE)
        for membership in due:
            async with self._database.write() as tx:
                if await end_by_age(tx, membership, now) and await self._may_go(tx, membership, "ended", now):
                    await note_told(tx, membership)
        return len(due) == _AT_ONCE

    async def _tell_end(self, now: dt.datetime) -> bool:
        """Tell of the end those who could not be told at once."""
        async with self._database.read() as tx:
            waiting = await untold(tx, limit := _AT_ONCE + len(self._later))
        for membership in waiting:
            if (membership.customer_id, membership.name) in self._later:
                continue
            async with self._database.write() as tx:
                if await note_told(tx, membership) and not await self._may_go(tx, membership, "ended", now):
                    await note_untold(tx, membership)
        return len(waiting) == limit

    async def _warn(self, now: dt.datetime, today: dt.date) -> bool:
        """Tell those who will be too old in a week."""
        async with self._database.read() as tx:
            near = await nearing(tx, today + WARNED, limit := _AT_ONCE + len(self._later))
        for membership in near:
            if (membership.customer_id, membership.name) in self._later:
                continue
            async with self._database.write() as tx:
                if await note_warned(tx, membership, now) and not await self._may_go(tx, membership, "near", now):
                    await note_unwarned(tx, membership)
        return len(near) == limit

    async def _may_go(self, tx: Tx, membership: Membership, key: str, now: dt.datetime) -> bool:
        """Put the message on its way; False where she is to be told later, which is noted."""
        customer = await customer_by_id(tx, membership.customer_id)
        club = self._loyalty.club(membership.name.removeprefix(CLUB))
        if customer is None or club is None:
            return True
        language = best_language(customer.language, self._company.languages)
        title = in_language(club.title, language, self._company.default_language)
        text = self._words.html(f"clubs.{key}", language, club=title, day=membership.ends_on)
        started = await start_contact(
            tx,
            self._company,
            customer.id,
            Message(text, html=True),
            ContactKind.LOYALTY,
            now,
            ref=f"{key}:{membership.name}",
            why=f"{WHY}-{club.name}",
            why_label=self._words.plain("service.label.why", language),
        )
        if isinstance(started, Decision) and started.hold.passes:
            self._later[membership.customer_id, membership.name] = started.until or now + _AGAIN
            return False
        return True


def _midnight(company: Company, today: dt.date) -> dt.datetime:
    following = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(0), company.zone)
    return following.astimezone(dt.UTC)
