"""Referrals that have come true: they count once, both get their thanks, and who brought somebody is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from dialogues.benefit_coupons import coupon_for
from dialogues.telling import Telling, tell
from domain.benefits import Benefit, Bond, Form, Give, Occasion
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.languages import best_language, in_language
from domain.loyalty import Loyalty
from domain.messages import Media, Message
from domain.programmes import Programme
from domain.referrals import Referral, ReferralState, Refusal, Thanks
from store.customers import customers_by_id
from store.database import Database, Tx
from store.memberships import membership_of
from store.points import earn
from store.referrals import (
    began_before,
    counted_in_year,
    counting,
    has_bought,
    is_same_person,
    is_upstream,
    move_referral,
    refuse_late,
    unthanked,
)
from templates.markup import Safe
from templates.words import Words

SOURCE = "referral"
_AT_ONCE = 100
_SAME_DAY = dt.timedelta(days=1)  # tills that tell days, not times, have what she bought after the link before it
_COUPON = Benefit("referral", {}, form=Form.RELATIONSHIP, bond=Bond.SOCIAL, give=Give.COUPON, occasion=Occasion.JOINING)


class Referrals:
    """The job. A referral counts in one transaction with what is given for it, so both happen once."""

    name = "referrals"

    def __init__(self, database: Database, company: Company, words: Words, loyalty: Loyalty) -> None:
        self._database = database
        self._company = company
        self._words = words
        self._loyalty = loyalty

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def tick(self, now: dt.datetime) -> None:
        """Count those whose customer has come, refuse those that are too late, and thank."""
        rules = self._loyalty.referrals
        if rules.on:
            async with self._database.read() as tx:
                due = await counting(tx, rules.counts, _AT_ONCE)
                is_late = await began_before(tx, now - rules.within)
            for referral in due:
                async with self._database.write() as tx:
                    await self._count(tx, referral, now)
            if is_late:
                async with self._database.write() as tx:
                    await refuse_late(tx, now - rules.within, rules.counts)
        async with self._database.read() as tx:
            waiting = await unthanked(tx, _AT_ONCE)
        for referral in waiting:
            async with self._database.write() as tx:
                await self._thank(tx, referral, now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return *now* while somebody is to be thanked; purchases and joining wake the ticker."""
        return now if await unthanked(tx, 1) else None

    async def _count(self, tx: Tx, referral: Referral, now: dt.datetime) -> None:
        rules = self._loyalty.referrals
        refusal = await self._refusal(tx, referral, now)
        if refusal is not None:
            await move_referral(tx, referral, ReferralState.REFUSED, now, refusal.value)
        elif await move_referral(tx, referral, ReferralState.JOINED, now):
            people = await customers_by_id(tx, [referral.customer_id, referral.referred_id])
            for who, thanks in ((referral.customer_id, rules.thanks), (referral.referred_id, rules.welcome)):
                if who in people and _may_have(people[who]):
                    await self._earn(tx, people[who], thanks, f"referral:{referral.referred_id}", now)

    async def _refusal(self, tx: Tx, referral: Referral, now: dt.datetime) -> Refusal | None:
        """
        Say why it does not count after all.

        Who opened the link was new in the chat; since then she may have told her telephone, or have been found to be a
        customer of long standing, or the referrer herself, and been merged.
        """
        rules, who, by = self._loyalty.referrals, referral.referred_id, referral.customer_id
        if now - referral.at > rules.within:
            return Refusal.TOO_LATE
        if who == by:
            return Refusal.SELF
        if await is_upstream(tx, who, by):
            return Refusal.RING
        if await has_bought(tx, who, before=referral.at - _SAME_DAY):
            return Refusal.KNOWN
        if await is_same_person(tx, who, by):
            return Refusal.SAME_PERSON
        return Refusal.TOO_MANY if await counted_in_year(tx, by, now) >= rules.per_year else None

    async def _earn(self, tx: Tx, who: Customer, thanks: Thanks, ref: str, now: dt.datetime) -> None:
        programme = await self._programme_of(tx, who, thanks)
        if programme is None:
            return
        expires = programme.points.expires_at(now, self._company.timezone) if programme.points is not None else None
        title = in_language(programme.title, self._company.default_language, "")
        await earn(
            tx, who.id, programme.name, thanks.points, source=SOURCE, ref=ref, now=now, expires_at=expires, reason=title
        )

    async def _programme_of(self, tx: Tx, who: Customer, thanks: Thanks) -> Programme | None:
        """Return the programme in which she gets points: none where she is no member of it."""
        programme = self._loyalty.programme(thanks.programme) if thanks.points else None
        if programme is None or await membership_of(tx, who.id, programme.membership) is None:
            return None
        return programme

    async def _thank(self, tx: Tx, referral: Referral, now: dt.datetime) -> None:
        """Tell both, each now or when what holds it back has passed; of two processes one does it."""
        if not await move_referral(tx, referral, ReferralState.THANKED, now):
            return
        people = await customers_by_id(tx, [referral.customer_id, referral.referred_id])
        rules = self._loyalty.referrals
        if (referrer := people.get(referral.customer_id)) is not None:
            await self._tell(tx, referrer, rules.thanks, "thanks", referral, now)
        referred = people.get(referral.referred_id)
        if referred is not None and (rules.welcome.points or rules.welcome.campaign):
            await self._tell(tx, referred, rules.welcome, "came", referral, now)

    async def _tell(
        self, tx: Tx, customer: Customer, thanks: Thanks, key: str, referral: Referral, now: dt.datetime
    ) -> None:
        language = best_language(customer.language, self._company.languages)
        gift, media = Safe(""), tuple[Media, ...]()
        if thanks.campaign and _may_have(customer):
            benefit = replace(_COUPON, campaign=thanks.campaign)
            ref = f"referral:{referral.referred_id}"
            coupon = await coupon_for(tx, self._company, self._loyalty, self._words, benefit, customer, ref, now)
            if coupon is not None:
                gift, media = coupon.text, coupon.media
        elif (programme := await self._programme_of(tx, customer, thanks)) is not None:
            title = in_language(programme.title, language, self._company.default_language)
            gift = self._words.html("referrals.got_points", language, n=thanks.points, programme=title)
        text = self._words.html(f"referrals.{key}", language, gift=gift)
        label = self._words.plain("service.label.why", language)
        ref, why = f"referral:{referral.referred_id}:{key}", f"ref-{referral.referred_id}"
        telling = Telling(ContactKind.LOYALTY, ref, why, label)
        await tell(tx, self._company, customer, Message(text, html=True, media=media), telling, now)


def _may_have(customer: Customer) -> bool:
    return customer.not_served_at is None and customer.ended_at is None
