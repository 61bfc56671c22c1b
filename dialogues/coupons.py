"""Coupons as customers see them: each with its code as a picture, what it gives, until when, and its terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dialogues.next_steps import tell_with_steps
from dialogues.running import Running
from dialogues.taps import short
from dialogues.turn import Conversation, Turn
from domain.campaigns import campaign_named
from domain.company import Company
from domain.contacts import ContactKind
from domain.coupons import Coupon, CouponState, Refused, coupon_token, shown_code
from domain.drawing_names import qr_media
from domain.incoming import Tap
from domain.languages import in_language
from domain.links import start_link
from domain.loyalty import Loyalty
from domain.messages import Media, Message
from store.coupons import coupons_of, find_coupon, issue
from store.coupons_key import coupons_key
from store.database import Tx
from templates.markup import escape
from templates.words import Words

ACTION = "coupons"
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class CouponTexts:
    """Puts coupons into words and pictures; the same for replies, for contacts of ours, and for staff."""

    company: Company
    words: Words
    loyalty: Loyalty

    def what(self, coupon: Coupon, language: str) -> str:
        """Say what it gives: "20 % off: coffee"."""
        product = coupon.product_name or coupon.product or coupon.group_name
        values = {"benefit": self.benefit(coupon.benefit, language), "product": product[:_LONGEST_NAME]}
        return self.words.plain("coupons.what", language, **values)

    def benefit(self, benefit: Any, language: str) -> str:
        """Say a benefit by itself: "20 % off"."""
        if "percent" in benefit:
            return self.words.plain("coupons.percent", language, percent=benefit["percent"])
        if "amount" in benefit:
            return self.words.plain("coupons.amount", language, amount=benefit["amount"])
        return in_language(benefit.get("words", {}), language, self.company.default_language)

    def good(self, coupon: Coupon, language: str, now: dt.datetime) -> str:
        """Say when it can be used, and where if that is not everywhere: "Good until 31 March at Main"."""
        when, where = self._when(coupon, language, now), self._where(coupon, language)
        return f"{when} {where}" if where else when

    def _when(self, coupon: Coupon, language: str, now: dt.datetime) -> str:
        zone = self.company.zone
        last = (coupon.valid_until - dt.timedelta(seconds=1)).astimezone(zone).date()
        if now < coupon.valid_from:
            first = coupon.valid_from.astimezone(zone).date()
            return self.words.plain("coupons.later", language, first=first, last=last)
        if last == now.astimezone(zone).date():
            return self.words.plain("coupons.today", language)
        return self.words.plain("coupons.until", language, last=last)

    def _where(self, coupon: Coupon, language: str) -> str:
        campaign = campaign_named(self.loyalty.campaigns, coupon.campaign)
        stores = [coupon.store] if coupon.store else list(campaign.stores) if campaign is not None else []
        return self.words.plain("coupons.only_in", language, store=", ".join(stores)) if stores else ""

    def terms(self, coupon: Coupon, language: str) -> str:
        """Give the terms of its campaign's file."""
        campaign = campaign_named(self.loyalty.campaigns, coupon.campaign)
        return in_language(campaign.terms, language, self.company.default_language) if campaign is not None else ""

    def values(self, coupon: Coupon, language: str, now: dt.datetime) -> dict[str, str]:
        """Give what stands on a coupon, but for its terms."""
        what, good = self.what(coupon, language), self.good(coupon, language, now)
        return {"what": what, "good": good, "code": shown_code(coupon.code)}

    def caption(self, coupon: Coupon, language: str, now: dt.datetime) -> str:
        """Give what stands below its picture, as plain text."""
        caption = self.words.plain("coupons.caption", language, **self.values(coupon, language, now))
        return "\n".join(filter(None, (caption, self.terms(coupon, language))))

    def picture(self, key: bytes, coupon: Coupon) -> Media:
        """Give its picture, which is drawn when it is sent."""
        link = start_link(self.loyalty.username, coupon_token(key, coupon.code))
        return qr_media(link, shown_code(coupon.code))

    def message(self, key: bytes, coupons: Sequence[Coupon], language: str, now: dt.datetime, lead: str) -> Message:
        """
        Put coupons, at least one, into a message: one with its caption, several as an album.

        *lead* is our own markup and stands above them.
        """
        if len(coupons) == 1:
            told = escape(self.caption(coupons[0], language, now))
            text = f"{lead}\n\n{told}" if lead else str(told)
            return Message(text, html=True, media=(self.picture(key, coupons[0]),))
        pictures = (replace(self.picture(key, each), caption=self.caption(each, language, now)) for each in coupons)
        return Message(lead, html=True, media=tuple(pictures))


def texts_of(running: Running) -> CouponTexts:
    """Return what puts coupons into words in a conversation."""
    return CouponTexts(running.company, running.speaker.words, running.loyalty)


async def show_coupons(
    running: Running, tx: Tx, turn: Turn, conversation: Conversation, coupons: Sequence[Coupon], *, lead: str = ""
) -> None:
    """Reply with coupons, their codes as pictures; without one nothing is said. *lead* is our own markup."""
    if coupons:
        language = running.language_of(conversation)
        key = await coupons_key(tx)
        message = texts_of(running).message(key, coupons, language, turn.now, lead)
        turn.say(conversation.customer, message, ContactKind.REPLY)


class Coupons:
    """What a customer asks about coupons: to see hers, and what a code that she has scanned is."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words

    async def act(self, tx: Tx, turn: Turn, conversation: Conversation, _argument: str, _tap: Tap | None) -> None:
        """Show the coupons that she can use."""
        coupons = await coupons_of(tx, conversation.customer.id, turn.now)
        if not coupons:
            tell_with_steps(self.running, turn, conversation, "coupons.none", "offers")
            return
        lead = self.words.html("coupons.yours", self.running.language_of(conversation), n=len(coupons))
        await show_coupons(self.running, tx, turn, conversation, coupons, lead=lead)

    async def from_newsletter(
        self, tx: Tx, turn: Turn, conversation: Conversation, name: str, sending_id: int | None
    ) -> None:
        """
        Give her the coupon of a newsletter's button: one for each sending, the same at each tap.

        Where the campaign has ended or has come to its budget, she is told so, unless she has hers already.
        """
        campaign, customer = campaign_named(self.running.loyalty.campaigns, name), conversation.customer
        given: list[Coupon] = []
        day = turn.now.astimezone(self.running.company.zone).date()
        if sending_id is not None and campaign is not None and customer.not_served_at is None:
            batch = f"newsletter:{short(sending_id)}"
            new = campaign.coupon(customer.id, turn.now, self.running.company.zone, batch=batch)
            given = await issue(tx, [new], turn.now) if campaign.runs_on(day) else []
        if not given:
            self.running.tell(turn, conversation, "coupons.stopped")
        elif given[0].state is CouponState.REDEEMED:
            self.running.tell(turn, conversation, "coupons.your_used", at=given[0].redeemed_at)
        elif not given[0].is_good(turn.now):
            self.running.tell(turn, conversation, "coupons.your_over")
        else:
            await show_coupons(self.running, tx, turn, conversation, given)

    async def opened(self, tx: Tx, turn: Turn, conversation: Conversation, rest: str) -> bool:
        """Answer a customer who has scanned the code of a coupon: only staff redeem one."""
        found = await find_coupon(tx, f"c-{rest}")
        if isinstance(found, Refused) or found.customer_id != conversation.customer.id:
            self.running.tell(turn, conversation, "coupons.anothers")
        elif found.state is CouponState.REDEEMED:
            self.running.tell(turn, conversation, "coupons.your_used", at=found.redeemed_at)
        elif found.state is CouponState.REVOKED or turn.now >= found.valid_until:
            self.running.tell(turn, conversation, "coupons.your_over")
        else:
            language = self.running.language_of(conversation)
            values: dict[str, Any] = {**texts_of(self.running).values(found, language, turn.now)}
            self.running.tell(turn, conversation, "coupons.your_own", **values)
        return True
