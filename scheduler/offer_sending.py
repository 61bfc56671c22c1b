"""The six brought by the bot itself, once a batch, where the offers' file says so: to who agreed to advertising."""

from __future__ import annotations

import datetime as dt
import logging

from dialogues.courtesy import Situation, hold_for, purpose_of_kind, situations
from dialogues.offer_texts import reason_of, shown_name
from dialogues.offers import ACTION, PREFIX
from dialogues.offers_kept import coupons_for
from dialogues.starting import start_contact
from dialogues.taps import menu_tap
from domain.company import Company
from domain.contacts import ContactKind
from domain.holds import Hold
from domain.languages import best_language
from domain.loyalty import Loyalty
from domain.messages import Button, Message
from domain.offers import Offer, OfferKind
from store.database import Database, Tx
from store.holds import keep_hold_once
from store.offers import batch_at_work, next_unsent, offers_of
from templates.markup import Safe
from templates.words import Words

log = logging.getLogger(__name__)

AGAIN = dt.timedelta(hours=1)
"""Whom something that passes held back is asked about again so much later, as long as the batch lasts."""

_LOCK = "offer_sending"
_AT_ONCE = 200
_OUTBOX_LASTS = dt.timedelta(hours=12)


class OfferSending:
    """
    The job. Who has her coupons of the batch, since they were brought or she looked herself, is not written to again:
    the coupons are the mark, given in the transaction that puts the message on its way.
    """

    name = "offer_sending"

    def __init__(self, database: Database, company: Company, words: Words, loyalty: Loyalty) -> None:
        self._database = database
        self._company = company
        self._words = words
        self._loyalty = loyalty
        self._next: dt.datetime | None = None
        self._held: dict[int, tuple[str, Hold]] = {}

    async def prepare(self, now: dt.datetime) -> None:
        """Look at the next tick: what the file says may have changed."""
        self._next = None
        self._held.clear()

    async def tick(self, now: dt.datetime) -> None:
        """Bring the batch of now to all who may have it and do not yet."""
        rules, local = self._loyalty.offers, now.astimezone(self._company.zone)
        if not rules.send or (self._next is not None and now < self._next):
            return
        self._next = None
        if local.time() < rules.send_at:
            its_hour = dt.datetime.combine(local.date(), rules.send_at, self._company.zone)
            its_hour = its_hour.replace(fold=local.fold)  # where an hour comes twice: not the one that is over
            self._next = its_hour.astimezone(dt.UTC)
            return
        async with self._database.read() as tx:
            batch = await batch_at_work(tx)
        if batch is None or not batch.is_done or batch.name != rules.batch(local.date()):
            return
        after: int | None = 0
        while after is not None:
            after = await self._some(batch.name, after, now)
        self._next = now + AGAIN

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """While the file says so: at the day's hour, then every hour, since what passes may have held somebody back."""
        if not self._loyalty.offers.send:
            return None
        return self._next or now + AGAIN

    async def _some(self, batch: str, after: int, now: dt.datetime) -> int | None:
        held_back: dict[int, tuple[str, Hold]] = {}
        async with self._database.write() as tx:
            if not await self._database.lock(tx, _LOCK):
                return None
            ids = await next_unsent(tx, batch, self._loyalty.offers.campaign, after, _AT_ONCE)
            for who, situation in (await situations(tx, ids, now)).items():
                if (held := await self._bring(tx, situation, batch, now)) is not None:
                    held_back[who] = batch, held
        self._held |= held_back  # once the transaction has kept them
        return ids[-1] if len(ids) == _AT_ONCE else None

    async def _bring(self, tx: Tx, situation: Situation, batch: str, now: dt.datetime) -> Hold | None:
        company, kind, ref, who = self._company, ContactKind.OFFER, f"offer:{batch}", situation.customer.id
        held = hold_for(situation, purpose_of_kind(kind), company.courtesy, company.timezone, now)
        if held is not None:
            if self._held.get(who) != (batch, held.hold):  # else it was kept an hour ago, and once is enough
                await keep_hold_once(tx, who, kind.value, held.hold, ref, now)
            return held.hold
        offers = await offers_of(tx, who, batch)
        if not await coupons_for(tx, who, offers, batch, self._loyalty, company, now):
            return None  # the campaign has ended or is used up
        language = best_language(situation.customer.language, company.languages)
        await start_contact(
            tx,
            company,
            who,
            self._message(offers, language, now.astimezone(company.zone).date()),
            kind,
            now,
            ref=ref,
            why=f"{PREFIX}-{batch}",
            why_label=self._words.plain("service.label.why", language),
            not_after=now + _OUTBOX_LASTS,
        )
        return None

    def _message(self, offers: tuple[Offer, ...], language: str, today: dt.date) -> Message:
        words = self._words
        lines = [words.html("offers.sent", language)]
        lines += [
            words.html(
                "offers.line",
                language,
                name=shown_name(each),
                is_new=each.kind is OfferKind.NEW,
                reason=reason_of(words, each, language, today),
            )
            for each in offers
        ]
        button = Button(words.plain("offers.label.offers", language), menu_tap(ACTION))
        return Message(Safe("\n\n").join(lines), html=True, keyboard=((button,),))
