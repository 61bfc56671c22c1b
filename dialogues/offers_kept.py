"""A customer's offers as they stand: kept ones, or chosen at the moment she asks; and the coupons they become."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib.util
from collections.abc import Sequence
from typing import Any

from domain.campaigns import campaign_named
from domain.company import Company
from domain.coupons import Coupon, NewCoupon
from domain.loyalty import Loyalty
from domain.offers import FOR_EVERYBODY, Discount, Offer, OfferKind, OfferRules, six_without_history
from store.coupons import issue
from store.coupons_chosen import given_in_batch
from store.database import Tx
from store.offers import count_lines, keep_offers, kept_favourites, offers_of, people_of
from store.purchases import purchases_of

LIVE_LINES = 5_000
"""A shop with so few lines at the most is learnt from while the customer waits: a fraction of a second."""


async def offers_now(
    tx: Tx, customer_id: int, rules: OfferRules, company: Company, now: dt.datetime
) -> tuple[str, tuple[Offer, ...]]:
    """
    Return a customer's batch of now and its six, and keep them, so that she sees the same ones until the next batch.

    Where no batch was made for her, or she objected to profiling and takes that back, they are chosen now: from
    everything in a small shop, else by her own purchases and the favourites that the last batch kept. None where nobody
    may offer her something, or nothing is known to offer.
    """
    local = now.astimezone(company.zone)
    batch = rules.batch(local.date())
    person = (await people_of(tx, [customer_id], local.date(), batch)).get(customer_id)
    if person is None:
        return batch, ()
    if person.objects:
        batch += FOR_EVERYBODY
    kept = await offers_of(tx, customer_id, batch)
    if kept:
        return batch, kept
    if await count_lines(tx, LIVE_LINES + 1) <= LIVE_LINES and can_choose():
        from dialogues.offers_made import choose_now

        chosen = await choose_now(tx, customer_id, rules, company, now, batch)
    elif can_choose() and not person.objects:
        from dialogues.offers_made import choose_alone

        chosen = await choose_alone(tx, customer_id, rules, company, now, batch, await kept_favourites(tx))
    else:
        hers = (await purchases_of(tx, [customer_id])).get(customer_id, []) if not person.objects else []
        bought = frozenset(line.product for line in hers)
        chosen = six_without_history(await kept_favourites(tx), person, rules, bought)
    await keep_offers(tx, {customer_id: chosen}, batch, now)
    return batch, await offers_of(tx, customer_id, batch)


async def coupons_for(
    tx: Tx, customer_id: int, offers: Sequence[Offer], batch: str, loyalty: Loyalty, company: Company, now: dt.datetime
) -> list[Coupon]:
    """
    Turn offers into coupons, each once; the same ones come back when asked again.

    What she has used of the same batch, before she began or ended to object to profiling, counts as one of them, also
    where its use was taken back: it comes back instead of a coupon for the same product, or else of its place.

    None where the campaign has ended, or would have before they are good, has come to its budget, or there is none of
    that name.
    """
    new = [each for offer in offers if (each := _new_coupon(customer_id, offer, batch, loyalty, company, now))]
    if not new:
        return []
    hers, of_other_set = await given_in_batch(tx, customer_id, new[0].campaign, batch)
    left = _beside(new, hers, of_other_set)
    return [*of_other_set, *(await issue(tx, left, now) if left else [])]


def _beside(new: Sequence[NewCoupon], hers: Sequence[Coupon], of_other_set: Sequence[Coupon]) -> list[NewCoupon]:
    """Leave as many of the *new* ones out as there are of the other set; what was given stays."""
    given, products = {each.place for each in hers}, {each.product for each in (*hers, *of_other_set)}
    places = {each.place for each in of_other_set}
    fresh = [each for each in new if each.place not in given]
    fresh.sort(key=lambda each: (each.product not in products, each.place not in places, -each.place))
    left_out = {each.place for each in fresh[: len(of_other_set)]}
    return [each for each in new if each.place not in left_out]


def _new_coupon(
    customer_id: int, offer: Offer, batch: str, loyalty: Loyalty, company: Company, now: dt.datetime
) -> NewCoupon | None:
    rules = loyalty.offers
    is_till = offer.kind is OfferKind.TILL
    campaign = campaign_named(loyalty.campaigns, rules.till.campaign if is_till else rules.campaign)
    if campaign is None or not campaign.runs_on(now.astimezone(company.zone).date()):
        return None
    coupon = campaign.coupon(
        customer_id,
        now,
        company.zone,
        batch=batch,
        place=offer.place,
        product=offer.product,
        product_name=offer.name,
        group_name=offer.group,
        evidence=dict(offer.evidence),
    )
    discount = rules.discount(offer.kind)
    if discount is not None:
        coupon = dataclasses.replace(coupon, benefit=_benefit(discount))
    if is_till and rules.till.from_tomorrow:
        tomorrow = now.astimezone(company.zone).date() + dt.timedelta(days=1)
        begins = max(coupon.valid_from, dt.datetime.combine(tomorrow, dt.time(), company.zone))
        coupon = dataclasses.replace(coupon, valid_from=begins)
    return coupon if coupon.valid_from < coupon.valid_until else None  # a campaign's last day has no tomorrow


def _benefit(discount: Discount) -> dict[str, Any]:
    if discount.amount is not None:
        return {"amount": discount.amount}
    assert discount.percent is not None, "offers: a discount has neither percent nor amount; its reader lets none pass"
    return {"percent": int(discount.percent) if discount.percent == int(discount.percent) else float(discount.percent)}


def can_choose() -> bool:
    """Say whether what the choice needs is installed (extra "insight")."""
    return all(importlib.util.find_spec(name) is not None for name in ("numpy", "scipy"))
