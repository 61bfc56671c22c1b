"""What members are told of their tiers: that they climbed, that a tier will end and what keeps it, that it ended."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Sequence

from dialogues.giving import Gift, told_together
from dialogues.telling import Telling, tell
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.languages import best_language, in_language
from domain.messages import Media, Message
from domain.money import minor_digits
from domain.needs import Need, needs
from domain.programmes import Programme, Standing, Told
from domain.rules_customer import CustomerFacts
from store.database import Tx
from templates.markup import Safe
from templates.words import Words

PREFIX = "prog"
"""How what stands behind "why did I get this?" begins under what a programme sends."""


class TierWords:
    """Tells members of their tiers, where their programme has it among its messages."""

    def __init__(self, company: Company, words: Words) -> None:
        self._company = company
        self._words = words

    async def up(
        self,
        tx: Tx,
        programme: Programme,
        customer: Customer,
        standing: Standing,
        gifts: Sequence[Gift],
        now: dt.datetime,
    ) -> None:
        """Tell her that she climbed, with what it brings."""
        media = tuple(each for gift in gifts for each in gift.media)[:1]
        await self._tell(tx, programme, customer, "tier_up", standing, now, media=media, gifts=told_together(gifts))

    async def grace(
        self,
        tx: Tx,
        programme: Programme,
        customer: Customer,
        standing: Standing,
        facts: CustomerFacts,
        now: dt.datetime,
    ) -> None:
        """Tell her, once, until when she keeps her tier all the same, and what would keep it for longer."""
        takes = self.takes(programme, standing.tier, facts, self._language(customer))
        await self._tell(tx, programme, customer, "tier_grace", standing, now, until=standing.grace_until, takes=takes)

    async def down(
        self,
        tx: Tx,
        programme: Programme,
        customer: Customer,
        standing: Standing,
        before: str,
        facts: CustomerFacts,
        now: dt.datetime,
    ) -> None:
        """Tell her where she stands now, and what brings the tier back."""
        language = self._language(customer)
        takes = self.takes(programme, before, facts, language)
        was = title_of_tier(programme, before, language, self._company)
        await self._tell(tx, programme, customer, "tier_down", standing, now, takes=takes, was=was)

    def takes(self, programme: Programme, tier: str, facts: CustomerFacts, language: str) -> str:
        """Say what a tier takes: her own figures where they tell it, else staff's words; "" without either."""
        wanted = programme.tier(tier)
        if wanted is None:
            return ""
        lacking = needs(wanted.rule, facts, facts.at)
        if lacking:
            return self.of_needs(lacking, language)
        return in_language(wanted.how, language, self._company.default_language)

    def of_needs(self, lacking: Sequence[Need], language: str) -> str:
        """Put what is missing into one line, in plain text."""
        parts = [
            self._words.plain(f"programmes.need_{need.function}", language, more=self._figure(need), group=need.group)
            for need in lacking
        ]
        return self._words.plain("programmes.and", language).join(parts)

    def _figure(self, need: Need) -> int:
        """Return what is missing as the texts take it: money in minor units, a part of a piece as a whole one."""
        if need.function == "spent":
            return int(need.more.scaleb(minor_digits(self._company.currency)))
        return math.ceil(need.more)

    async def _tell(
        self,
        tx: Tx,
        programme: Programme,
        customer: Customer,
        key: str,
        standing: Standing,
        now: dt.datetime,
        *,
        media: Sequence[Media] = (),
        **values: object,
    ) -> None:
        if Told.TIERS not in programme.communication.messages:
            return
        language = self._language(customer)
        text = self._words.html(
            f"programmes.{key}",
            language,
            programme=in_language(programme.title, language, self._company.default_language),
            tier=title_of_tier(programme, standing.tier, language, self._company),
            **values,
        )
        message = Message(Safe(text.strip()), html=True, media=tuple(media))
        label = self._words.plain("service.label.why", language)
        telling = Telling(ContactKind.LOYALTY, f"prog:{programme.name}", why_of(programme), label)
        await tell(tx, self._company, customer, message, telling, now)

    def _language(self, customer: Customer) -> str:
        return best_language(customer.language, self._company.languages)


def title_of_tier(programme: Programme, tier: str, language: str, company: Company) -> str:
    """Return what customers call a tier; its name where the file has it no more."""
    found = programme.tier(tier)
    return tier if found is None else in_language(found.title, language, company.default_language)


def why_of(programme: Programme) -> str:
    """Return what stands for a programme behind the button: nobody reads a silent one's name there, either."""
    return f"{PREFIX}-{hashlib.sha256(programme.name.encode()).hexdigest()[:12]}"
