"""
Points by the clock: purchases of members give theirs, what is over goes, and who loses some is told beforehand.

Only who bought something, whose purchases were changed or whose points are due is looked at.
"""

from __future__ import annotations

import datetime as dt

from dialogues.courtesy import Decision
from dialogues.points_words import ToldPoints, expiry_message, title_of, told_message
from dialogues.starting import start_contact
from domain.company import Company
from domain.contacts import ContactKind
from domain.languages import best_language
from domain.loyalty import Loyalty
from domain.points import PointsRules
from store.customers import customer_by_id
from store.database import Database, Tx
from store.ids import id_before, new_id
from store.points import PURCHASE, balance_of, open_account, paid_by
from store.points_expiry import (
    expire,
    expired_accounts,
    first_unwarned,
    keep_warned,
    last_warned,
    next_expiry,
    next_unwarned,
    unwarned,
)
from store.points_formulas import Formulas, formulas, note_formulas
from store.points_purchases import Given, due_customers, mark_buyers, mark_members, newest_line, reckon, take_due
from store.settings import get_setting, put_setting
from templates.words import Words

LINES_AT_ONCE = 5000
PEOPLE_AT_ONCE = 20
MONTH = dt.timedelta(days=31)
"""Of what she is told in one message: all that goes until this long after the day of which it warns, so that the next
message cannot come sooner."""

_STEPS = 25  # of each kind in one tick, so that other work has its turn
_LATE = dt.timedelta(minutes=1)
_MARKS, _LOCK = "points.marks", "points"
_TOLD_WITHIN = dt.timedelta(days=1)
_MOST_HELD = 5_000  # so many wait at once, as at night; others are looked at when these have been told


class Points:
    """The job of all programmes that give points."""

    name = "points"

    def __init__(self, database: Database, company: Company, words: Words, loyalty: Loyalty) -> None:
        self._database = database
        self._company = company
        self._words = words
        self._loyalty = loyalty
        self._held: dict[int, dt.datetime] = {}  # who cannot be told yet, and until when

    @property
    def _rules(self) -> dict[str, PointsRules]:
        return {each.name: each.points for each in self._loyalty.open_programmes if each.points is not None}

    async def prepare(self, now: dt.datetime) -> None:
        """
        Note the formulas that count from now on; members of a programme that is new to points are reckoned.

        The first time lines are looked at from here on: what members bought before is found by who is due.
        """
        async with self._database.write() as tx:
            if not await self._database.lock(tx, _LOCK):
                return  # another process does the same just now
            if await get_setting(tx, _MARKS) is None:
                newest = await newest_line(tx)
                await put_setting(tx, _MARKS, {"new": newest, "sure": id_before(newest, _LATE)})
            for name in await note_formulas(tx, self._rules, now):
                await mark_members(tx, name, now)

    async def tick(self, now: dt.datetime) -> None:
        """Reckon what is new, let go what is over, and tell who is about to lose points."""
        await self._find_buyers(now)
        await self._reckon(now)
        await self._expire(now)
        await self._warn(now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return *now* where somebody is to be reckoned, else when the next points go or are warned of."""
        if await due_customers(tx, 1) or await self._has_new_lines(tx):
            return now
        moments = [await next_expiry(tx)]
        for name, rules in self._rules.items():
            first = await next_unwarned(tx, name) if rules.warn_before is not None else None
            if first is not None and rules.warn_before is not None:
                due = rules.warn_before.before(first)
                moments.append(due if due > now else min(self._held.values(), default=None))
        return min((each for each in moments if each is not None), default=None)

    # Purchases -----------------------------------------------------------------------------------------------------

    async def _has_new_lines(self, tx: Tx) -> bool:
        marks: dict[str, int] = await get_setting(tx, _MARKS) or {}
        return bool(self._rules) and await newest_line(tx) > marks.get("new", 0)

    async def _find_buyers(self, now: dt.datetime) -> None:
        """
        Note who of the members bought something since the last time.

        On PostgreSQL a line may be committed after one with a higher id, so a minute later each is looked at again.
        """
        names = sorted(self._rules)
        for _ in range(_STEPS if names else 0):
            async with self._database.read() as tx:
                if not await self._has_new_lines(tx) and not await self._has_late_lines(tx):
                    return
            async with self._database.write() as tx:
                if not await self._database.lock(tx, _LOCK):
                    return
                marks: dict[str, int] = await get_setting(tx, _MARKS) or {"new": 0, "sure": 0}
                new = await mark_buyers(tx, names, marks["new"], LINES_AT_ONCE, now)
                sure = marks["sure"]
                if tx.dialect.name == "postgresql" and sure < (end := min(marks["new"], _settled())):
                    sure = await mark_buyers(tx, names, sure, LINES_AT_ONCE, now, upto=end)
                await put_setting(tx, _MARKS, {"new": new, "sure": sure})

    async def _has_late_lines(self, tx: Tx) -> bool:
        marks: dict[str, int] = await get_setting(tx, _MARKS) or {}
        return tx.dialect.name == "postgresql" and marks.get("sure", 0) < min(marks.get("new", 0), _settled())

    async def _reckon(self, now: dt.datetime) -> None:
        rules = self._rules
        for _ in range(_STEPS):
            async with self._database.read() as tx:
                due = await due_customers(tx, PEOPLE_AT_ONCE)
            if not due:
                return
            async with self._database.write() as tx:
                known = await formulas(tx)
                for customer_id in await take_due(tx, due):
                    for name in sorted(rules):
                        await self._reckon_one(tx, customer_id, name, known, now)

    async def _reckon_one(self, tx: Tx, customer_id: int, name: str, known: Formulas, now: dt.datetime) -> None:
        company = self._company
        changed = await reckon(tx, customer_id, name, known, company.timezone, company.currency, now)
        if self._rules[name].tell:
            for given in changed:
                if given.is_new and given.points > 0 and now - given.receipt.at < _TOLD_WITHIN:
                    await self._tell(tx, customer_id, name, given, now)

    async def _tell(self, tx: Tx, customer_id: int, name: str, given: Given, now: dt.datetime) -> None:
        """Tell of a purchase's points the same day, or not at all."""
        programme = self._loyalty.programme(name)
        customer = await customer_by_id(tx, customer_id)
        if programme is None or customer is None:
            return
        language = best_language(customer.language, self._company.languages)
        usable = (await balance_of(tx, customer_id, name, now)).usable
        at, title = given.receipt.at, title_of(programme, language, self._company.default_language)
        usable_at = self._rules[name].usable_at(at, self._company.timezone)
        later = usable_at if usable_at > now else None
        paid = await paid_by(tx, customer_id, name, PURCHASE, given.receipt.ref)
        told = ToldPoints(given.points, at, later, usable, min(paid, given.points))
        message = told_message(self._words, title, told, language)
        await start_contact(
            tx,
            self._company,
            customer_id,
            message,
            ContactKind.LOYALTY,
            now,
            ref=f"points:{new_id():x}",
            why=f"points-{name}",
            why_label=self._words.plain("service.label.why", language),
            not_after=given.receipt.at + _TOLD_WITHIN,
        )

    # What goes -----------------------------------------------------------------------------------------------------

    async def _expire(self, now: dt.datetime) -> None:
        for _ in range(_STEPS):
            async with self._database.read() as tx:
                due = await next_expiry(tx)
                over = await expired_accounts(tx, now, PEOPLE_AT_ONCE) if due is not None and due <= now else []
            if not over:
                return
            async with self._database.write() as tx:
                for customer_id, name in over:
                    await expire(tx, customer_id, name, now)

    async def _warn(self, now: dt.datetime) -> None:
        self._held = {who: until for who, until in self._held.items() if until > now}
        for name, rules in self._rules.items():
            if rules.warn_before is None:
                continue
            until = rules.warn_before.after(now)
            for _ in range(_STEPS):
                async with self._database.read() as tx:
                    soon = await unwarned(tx, name, until, PEOPLE_AT_ONCE, without=self._held)
                if not soon or len(self._held) >= _MOST_HELD:
                    break
                async with self._database.write() as tx:
                    for customer_id in soon:
                        await self._warn_one(tx, customer_id, name, until, now)

    async def _warn_one(self, tx: Tx, customer_id: int, name: str, until: dt.datetime, now: dt.datetime) -> None:
        """
        Tell her of all that goes until a month after *until*, once a month at most; a hold that passes waits.

        Who was told less than a month ago, and has got points since that go earlier, is told again when that month is
        over, or at once where they would be gone by then.
        """
        account = await open_account(tx, customer_id, name, now)
        last = await last_warned(tx, customer_id, name)
        customer = await customer_by_id(tx, customer_id)
        programme = self._loyalty.programme(name)
        going = account.going(until + MONTH)
        first = await first_unwarned(tx, customer_id, name)
        if first is None or first > until:
            return  # another process has told her meanwhile
        if going and last is not None and now < last + MONTH < first:
            self._held[customer_id] = last + MONTH
            return
        if customer is not None and programme is not None and going:
            language = best_language(customer.language, self._company.languages)
            title = title_of(programme, language, self._company.default_language)
            held = await start_contact(
                tx,
                self._company,
                customer_id,
                expiry_message(self._words, title, going, language),
                ContactKind.LOYALTY,
                now,
                ref=f"points:{name[:40]}:{until:%Y%m%d}",
                why=f"points-{name}",
                why_label=self._words.plain("service.label.why", language),
                not_after=going[-1].at,
            )
            if isinstance(held, Decision) and held.until is not None:
                self._held[customer_id] = held.until
                return
        await keep_warned(tx, customer_id, name, until + MONTH, now)


def _settled() -> int:
    """Return the id below which no line can come any more."""
    return id_before(new_id(), _LATE)
