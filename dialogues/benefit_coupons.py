"""A benefit that is a coupon: issued once for its occasion, with its picture and what stands on it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from domain.benefits import Benefit
from domain.campaigns import campaign_named
from domain.company import Company
from domain.coupons import coupon_token, shown_code
from domain.customers import Customer
from domain.drawing_names import qr_media
from domain.languages import best_language, in_language
from domain.links import start_link
from domain.loyalty import Loyalty
from domain.messages import Media
from store.coupons import issue
from store.coupons_key import coupons_key
from store.database import Tx
from templates.markup import Safe
from templates.words import Words


@dataclass(frozen=True, slots=True)
class ShownCoupon:
    """A coupon as a picture, and its line of text."""

    media: tuple[Media, ...]
    text: Safe


async def coupon_for(
    tx: Tx,
    company: Company,
    loyalty: Loyalty,
    words: Words,
    benefit: Benefit,
    customer: Customer,
    ref: str,
    now: dt.datetime,
) -> ShownCoupon | None:
    """
    Give her the coupon of a benefit for the occasion *ref*.

    None where its campaign is gone or over, or has come to its budget.
    """
    campaign = campaign_named(loyalty.campaigns, benefit.campaign)
    if campaign is None or not campaign.runs_on(now.astimezone(company.zone).date()):
        return None
    new = campaign.coupon(customer.id, now, company.zone, batch=f"benefit:{benefit.id}:{ref}")
    coupons = await issue(tx, [new], now)
    if not coupons:
        return None
    (coupon,) = coupons
    language = best_language(customer.language, company.languages)
    code = shown_code(coupon.code)
    link = start_link(loyalty.username, coupon_token(await coupons_key(tx), coupon.code))
    text = words.html(
        "programmes.coupon",
        language,
        title=in_language(campaign.title, language, company.default_language),
        code=code,
        last=(coupon.valid_until - dt.timedelta(seconds=1)).astimezone(company.zone).date(),
    )
    return ShownCoupon((qr_media(link, code),), text)
