"""`/offers`: a customer's six with a sentence of why each, their coupons, and after a purchase one more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence

from dialogues.coupons import show_coupons
from dialogues.next_steps import tell_with_steps
from dialogues.offer_texts import reason_of, shown_name
from dialogues.offers_kept import can_choose, coupons_for, offers_now
from dialogues.profiling import button as profiling_button
from dialogues.profiling import objects
from dialogues.running import Running
from dialogues.taps import menu_tap
from dialogues.turn import Conversation, Turn
from dialogues.why_newsletters import told_consent
from domain.contacts import ContactKind
from domain.coupons import Coupon, CouponState
from domain.customers import Purpose
from domain.incoming import Tap
from domain.messages import Button, Message
from domain.offers import Basis, Offer, OfferKind, is_favourite
from store.database import Tx
from store.offers import offers_of
from templates.markup import Safe

ACTION = "offers"
PREFIX = "offer"
"""Of the why button under what we send by ourselves."""

Doing = Callable[[Tx, Turn, Conversation, str, Tap | None], Awaitable[None]]


class Offers:
    """The act behind the command and its buttons: the six, their coupons, and why."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words

    def acts(self) -> Mapping[str, Doing]:
        """Give what the menu knows of it."""
        return {ACTION: self._act}

    async def _act(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        await turn.flush(tx)
        running = self.running
        batch, offers = await offers_now(
            tx, conversation.customer.id, running.loyalty.offers, running.company, turn.now
        )
        if not offers:
            has_card = bool(running.loyalty.open_programmes)
            key = "offers.none" if can_choose() else "offers.cannot"
            tell_with_steps(running, turn, conversation, key, *(("card",) if has_card else ()), card=has_card)
            return
        if argument == "why":
            self._explain(turn, conversation)
            return
        coupons = await coupons_for(
            tx, conversation.customer.id, offers, batch, running.loyalty, running.company, turn.now
        )
        products = {each.product for each in coupons}
        is_whole = len(coupons) >= len(offers)
        told = [each for each in offers if each.product in products] if is_whole else offers
        if told:  # an earlier coupon may stand for an offer, and then nothing else is offered in its place
            label = self.words.plain("offers.label.why", running.language_of(conversation))
            why = Button(label, menu_tap(ACTION, "why"))
            text = self._listed(conversation, told, turn.now)
            turn.say(conversation.customer, Message(text, html=True, keyboard=((why,),)), ContactKind.REPLY)
        await self._coupons(tx, turn, conversation, coupons)

    def _explain(self, turn: Turn, conversation: Conversation) -> None:
        """Say how the six are chosen, with the button that ends it, or takes it back."""
        key = "offers.why_same" if objects(conversation) else "offers.why"
        text = self.words.html(key, self.running.language_of(conversation))
        rows = ((profiling_button(self.running, conversation),),)
        turn.say(conversation.customer, Message(text, html=True, keyboard=rows), ContactKind.REPLY)

    def _listed(self, conversation: Conversation, offers: Sequence[Offer], now: dt.datetime) -> Safe:
        language = self.running.language_of(conversation)
        key = "offers.same" if all(each.basis is Basis.EVERYBODY for each in offers) else "offers.yours"
        today = now.astimezone(self.running.company.zone).date()
        often = sum(each.basis is Basis.OFTEN for each in offers)  # fewer where others fill up her history
        whole = (often, len(offers) - often) == (4, 2)
        liked = is_favourite(offers[0].evidence.get("customers", 0))
        lines = [self.words.html(key, language, whole=whole, liked=liked)]
        lines += [
            self.words.html(
                "offers.line",
                language,
                name=shown_name(each),
                is_new=each.kind is OfferKind.NEW,
                reason=reason_of(self.words, each, language, today),
            )
            for each in offers
        ]
        return Safe("\n\n").join(lines)

    async def _coupons(self, tx: Tx, turn: Turn, conversation: Conversation, coupons: Sequence[Coupon]) -> None:
        running = self.running
        usable = [each for each in coupons if each.state is CouponState.OPEN and turn.now < each.valid_until]
        if coupons and not usable:
            all_used = all(each.redeemed_at is not None for each in coupons)
            running.tell(turn, conversation, "offers.used" if all_used else "offers.over")
        lead = self.words.html("offers.coupons", running.language_of(conversation), n=len(usable))
        await show_coupons(running, tx, turn, conversation, usable, lead=lead)


async def reason(running: Running, tx: Tx, conversation: Conversation, key: str, language: str) -> str | Message:
    """Tell why she got the offers of the batch *key*, each with what was measured, and which consent allows it."""
    words, who = running.speaker.words, conversation.customer.id
    offers = await offers_of(tx, who, key)
    if not offers:
        return ""
    today = conversation.known["now"].astimezone(running.company.zone).date()
    is_till = offers[0].kind is OfferKind.TILL
    lines = [words.html("offers.why_till" if is_till else "offers.why_six", language)]
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
    lines.append(await told_consent(running, tx, who, Purpose.MARKETING, language))
    rows = (
        (Button(words.plain("service.label.topics", language), menu_tap("topics")),),
        (Button(words.plain("service.label.unprofile", language), menu_tap("profiling", "off")),),
    )
    return Message(Safe("\n\n").join(lines), html=True, keyboard=rows)
