"""The thanks for coming: a coupon of the event's campaign, once for each guest who came."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from dialogues.benefit_coupons import ShownCoupon, coupon_for
from domain.benefits import Benefit, Bond, Form, Give, Occasion
from domain.company import Company
from domain.customers import Customer
from domain.events import Event
from domain.loyalty import Loyalty
from store.database import Tx
from templates.words import Words

_COUPON = Benefit("event", {}, form=Form.RELATIONSHIP, bond=Bond.SOCIAL, give=Give.COUPON, occasion=Occasion.JOINING)


async def guest_coupon(
    tx: Tx, company: Company, loyalty: Loyalty, words: Words, event: Event, customer: Customer, now: dt.datetime
) -> ShownCoupon | None:
    """Give a guest who came her coupon; None where the event gives none, or the campaign gives no more."""
    if not event.campaign or customer.not_served_at is not None or customer.ended_at is not None:
        return None
    benefit = replace(_COUPON, campaign=event.campaign)
    return await coupon_for(tx, company, loyalty, words, benefit, customer, f"event:{event.name}", now)
