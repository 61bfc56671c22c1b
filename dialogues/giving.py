"""Giving a benefit: points, a coupon, a task for staff or words, each once for its occasion, and what she reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dialogues.benefit_coupons import coupon_for
from dialogues.cases import open_case_for
from dialogues.staff_line import StaffLine
from domain.benefits import Benefit, Give, Occasion, choose, occasion_ref, was_given
from domain.cases import CaseKind
from domain.company import Company
from domain.customers import Customer, Purpose
from domain.dialogues import OpenCase
from domain.languages import best_language, in_language
from domain.loyalty import Loyalty
from domain.messages import Media
from domain.money import minor_digits
from domain.programmes import Programme
from store.benefits import Given, given_to, note_given
from store.customers import customer_by_id
from store.database import Tx
from store.points import earn
from templates.markup import Safe
from templates.words import Words

TASK = "benefit"
"""The category of the case by which staff learn what they are to do for a member."""

SOURCE = "benefit"


@dataclass(frozen=True, slots=True)
class Gift:
    """What was given, with what she reads of it as HTML, and the picture of a coupon where it is one."""

    benefit: Benefit
    text: Safe
    media: tuple[Media, ...] = ()


class Giving:
    """Gives benefits, in the caller's transaction; telling is the caller's."""

    def __init__(self, company: Company, loyalty: Loyalty, words: Words, line: StaffLine) -> None:
        self._company = company
        self._loyalty = loyalty
        self._words = words
        self._line = line

    async def on(
        self,
        tx: Tx,
        programme: Programme,
        occasion: Occasion,
        customer_id: int,
        day: dt.date,
        now: dt.datetime,
        *,
        tier: str = "",
        had: Sequence[Given] | None = None,
        which: Callable[[Benefit], bool] = lambda _: True,
    ) -> list[Gift]:
        """
        Give what falls due on an occasion of hers on *day*, once each; of those that take turns the next one.

        *tier* is where she stands, *had* what she was given before (looked up where it is None), *which* those that are
        meant. Nothing goes to who is not served or has ended, and of a silent programme to who objects to profiling.
        """
        due = [each for each in programme.benefits_at(tier) if each.occasion is occasion and which(each)]
        customer = await customer_by_id(tx, customer_id) if due else None
        if customer is None or not may_have(programme, customer):
            return []
        if had is None:
            had = (await given_to(tx, [customer_id], programme.name)).get(customer_id, [])
        names, refs = [each.benefit for each in had], {each.ref for each in had}
        gifts: list[Gift] = []
        for turn in dict.fromkeys(each.turn for each in due):
            candidates = [each for each in due if each.turn == turn]
            ref = occasion_ref(candidates[0], day, tier if occasion is Occasion.TIER else "")
            chosen = choose(candidates, names)
            if chosen is None or was_given(ref, refs):
                continue
            gift = await self._give(tx, programme, chosen, customer, ref, now)
            if gift is not None:
                names.append(chosen.id)
                gifts.append(gift)
        return gifts

    async def of_tiers(
        self,
        tx: Tx,
        programme: Programme,
        customer_id: int,
        before: str,
        tier: str,
        day: dt.date,
        now: dt.datetime,
        *,
        joins: bool = False,
    ) -> list[Gift]:
        """
        Give what each tier above *before* ("" for none) up to *tier* brings, as if she had climbed one at a time.

        Who *joins* gets nothing that an earlier membership brought her: leaving and coming back is no climb.
        """
        had = (await given_to(tx, [customer_id], programme.name)).get(customer_id, [])
        earlier = {each.ref.rpartition(":")[0] for each in had} if joins else set()
        gifts: list[Gift] = []
        for rank in range(programme.rank(before) + 1, programme.rank(tier) + 1):
            step = programme.tiers[rank]
            lower = {each for below in programme.tiers[:rank] for each in below.benefits}

            def comes(benefit: Benefit, lower: set[str] = lower, name: str = step.name) -> bool:
                return benefit.id not in lower and occasion_ref(benefit, day, name).rpartition(":")[0] not in earlier

            gifts += await self.on(tx, programme, Occasion.TIER, customer_id, day, now, tier=step.name, which=comes)
        return gifts

    async def _give(
        self, tx: Tx, programme: Programme, benefit: Benefit, customer: Customer, ref: str, now: dt.datetime
    ) -> Gift | None:
        currency = self._company.currency
        cost = int(benefit.cost.scaleb(minor_digits(currency)))
        coupon = None
        if benefit.give is Give.COUPON:  # first, since its campaign may have come to its end
            coupon = await coupon_for(tx, self._company, self._loyalty, self._words, benefit, customer, ref, now)
            if coupon is None:
                return None
        if not await note_given(tx, Given(customer.id, programme.name, benefit.id, now, ref, cost)):
            return None
        if benefit.give is Give.POINTS:
            await self._earn(tx, programme, benefit, customer, ref, now)
        elif benefit.give is Give.TASK:
            await self._ask_staff(tx, benefit, customer, now)
        text = self._text(programme, benefit, customer, "" if coupon is None else coupon.text)
        return Gift(benefit, text, () if coupon is None else coupon.media)

    async def _earn(
        self, tx: Tx, programme: Programme, benefit: Benefit, customer: Customer, ref: str, now: dt.datetime
    ) -> None:
        expires = programme.points.expires_at(now, self._company.timezone) if programme.points is not None else None
        await earn(
            tx,
            customer.id,
            programme.name,
            benefit.points,
            source=SOURCE,
            ref=f"{benefit.id}:{ref}",
            now=now,
            usable_at=now,
            expires_at=expires,
            reason=in_language(benefit.title, self._company.default_language, ""),
        )

    async def _ask_staff(self, tx: Tx, benefit: Benefit, customer: Customer, now: dt.datetime) -> None:
        default = self._company.default_language
        opening = OpenCase(CaseKind.FOLLOW_UP, TASK, summary=in_language(benefit.task, default, default))
        case = await open_case_for(tx, self._company, customer.id, opening, now)
        await self._line.new_case(tx, case, customer, now)

    def _text(self, programme: Programme, benefit: Benefit, customer: Customer, extra: str) -> Safe:
        """Put into words what she got; of a silent programme nothing but the benefit's own words."""
        language = best_language(customer.language, self._company.languages)
        say = in_language(benefit.say, language, self._company.default_language)
        title = in_language(benefit.title, language, self._company.default_language)
        key = "programmes.given" if programme.is_open else "programmes.given_quietly"
        return self._words.html(key, language, title=title, say=say, extra=Safe(extra))


def may_have(programme: Programme, customer: Customer) -> bool:
    """Say whether anything may be given to her at all."""
    if customer.not_served_at is not None or customer.ended_at is not None:
        return False
    return programme.is_open or customer.consents.get(Purpose.PROFILING) is not False


def told_together(gifts: Sequence[Gift]) -> Safe:
    """Join what she reads of several gifts."""
    return Safe("\n\n").join([gift.text for gift in gifts if gift.text])
