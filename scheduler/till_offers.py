"""An offer in the chat a moment after a purchase: new receipts are found by their ids, each once."""

from __future__ import annotations

import datetime as dt
import logging

from dialogues.coupons import CouponTexts
from dialogues.courtesy import hold_for, purpose_of_kind, situations
from dialogues.offer_texts import reason_of, shown_name
from dialogues.offers import PREFIX
from dialogues.offers_kept import coupons_for
from dialogues.starting import start_contact
from dialogues.till_offers import offers_after
from domain.company import Company
from domain.contacts import ContactKind
from domain.languages import best_language
from domain.loyalty import Loyalty
from domain.messages import Message, Waiting
from domain.offers import Offer
from store import survey_events
from store.coupons_key import coupons_key
from store.database import Database, Tx
from store.holds import keep_hold_once
from store.ids import new_id
from store.offers import keep_offers
from store.settings import get_setting, put_setting
from store.survey_events import Happening, Whom
from templates.markup import Safe
from templates.words import Words

log = logging.getLogger(__name__)

FRESH = dt.timedelta(hours=1)
"""A receipt that is older when it comes in is followed by no offer: she is not at the till any more."""

_MARK, _LOCK = "offers.till", "till_offers"
_STEP = 1_000
_COMMITTING = dt.timedelta(minutes=10)  # a transaction elsewhere may commit so much later than the moment it notes
_COMMITTING_HERE = dt.timedelta(seconds=5)


class TillOffers:
    """
    The job. It looks whenever it is woken, so an offer follows a purchase that comes over HTTP within a second or two.

    What is against an offer at the moment (quiet hours, the courtesy budget, no consent) is kept with its reason, and
    the offer is not made later: it belongs to the purchase.
    """

    name = "till_offers"

    def __init__(self, database: Database, company: Company, words: Words, loyalty: Loyalty) -> None:
        self._database = database
        self._company = company
        self._words = words
        self._loyalty = loyalty

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Nothing falls due by the clock: purchases wake it, and the steady look finds what another process put in."""
        return None

    async def tick(self, now: dt.datetime) -> None:
        """Go through the receipts since the last look. The first look begins with those that come from now on."""
        if not self._loyalty.offers.till.most:
            return
        margin = _COMMITTING_HERE if self._database.is_sqlite else _COMMITTING
        lately = new_id() - (int(margin.total_seconds() * 1000) << 21)
        after: int | None = None
        whom = Whom("", now.astimezone(self._company.zone), self._company.currency)
        while True:
            async with self._database.read() as tx:
                seen = await get_setting(tx, _MARK)
                newest = await survey_events.newest_purchase(tx)
            if isinstance(seen, list) and newest <= seen[2]:
                return  # nothing came in since everything was looked at for good
            async with self._database.write() as tx:
                if not await self._database.lock(tx, _LOCK):
                    return
                seen = await get_setting(tx, _MARK)
                if not isinstance(seen, list):
                    await put_setting(tx, _MARK, [newest, newest, newest])
                    return
                first, handled, settled = seen
                after = max(first, min(handled, lately)) if after is None else after
                found, last = await survey_events.receipts_after(tx, after, _STEP, now - FRESH, whom)
                if last is None:
                    if min(handled, lately) > settled:
                        await put_setting(tx, _MARK, [first, handled, min(handled, lately)])
                    return
                for each in found:
                    await self._offer(tx, each, now)
                after = last
                await put_setting(tx, _MARK, [first, max(handled, last), settled])

    async def _offer(self, tx: Tx, bought: Happening, now: dt.datetime) -> None:
        rules, who = self._loyalty.offers, bought.customer_id
        batch, offers = await offers_after(tx, who, bought.ref, bought.at, rules, self._company, now)
        if not offers:
            return
        ref = f"offer:{batch}"
        situation = (await situations(tx, [who], now))[who]
        purpose = purpose_of_kind(ContactKind.OFFER)
        held = hold_for(situation, purpose, self._company.courtesy, self._company.timezone, now)
        if held is not None:
            await keep_hold_once(tx, who, ContactKind.OFFER.value, held.hold, ref, now)
            return
        language = best_language(situation.customer.language, self._company.languages)
        message = await self._message(tx, who, offers, batch, language, now)
        if message is None:
            return
        sent = await start_contact(
            tx,
            self._company,
            who,
            message,
            ContactKind.OFFER,
            now,
            ref=ref,
            why=f"{PREFIX}-{batch}",
            why_label=self._words.plain("service.label.why", language),
            not_after=now + FRESH,
        )
        if isinstance(sent, Waiting):
            await keep_offers(tx, {who: offers}, batch, now)
            log.info("offers.till", extra={"count": len(offers)})

    async def _message(
        self, tx: Tx, who: int, offers: tuple[Offer, ...], batch: str, language: str, now: dt.datetime
    ) -> Message | None:
        """Put the offers into words with their coupons; None where there are none, since then nothing is offered."""
        today = now.astimezone(self._company.zone).date()
        told = [
            self._words.html(
                "offers.till", language, name=shown_name(each), reason=reason_of(self._words, each, language, today)
            )
            for each in offers
        ]
        lead = Safe("\n\n").join(told)
        coupons = await coupons_for(tx, who, offers, batch, self._loyalty, self._company, now)
        if not coupons:
            return None
        if len(coupons) > 1:  # an album has no buttons, and so no "why"
            return Message(Safe("\n\n").join([lead, self._words.html("offers.till_coupons", language)]), html=True)
        texts = CouponTexts(self._company, self._words, self._loyalty)
        return texts.message(await coupons_key(tx), coupons, language, now, lead)
