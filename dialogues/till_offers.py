"""Offers after a purchase, or from a receipt: chosen from a customer's last weeks, within what one week allows."""

from __future__ import annotations

import datetime as dt
import hashlib

from domain.company import Company
from domain.offers import Offer, OfferRules
from domain.till_offers import till_offers
from store.database import Tx
from store.offers import offers_of, people_of, till_batches_since
from store.purchases import purchases_of
from store.receipts import Receipt, lines_on

WEEK = dt.timedelta(days=7)
_AFTER, _FROM = "till", "receipt"


async def is_enough(tx: Tx, customer_id: int, rules: OfferRules, now: dt.datetime) -> bool:
    """Say whether a customer has had as many offers of this kind in the last seven days as she may have."""
    return len(await till_batches_since(tx, customer_id, now - WEEK)) >= rules.till.per_week


async def offers_after(
    tx: Tx, customer_id: int, number: str, at: dt.datetime, rules: OfferRules, company: Company, now: dt.datetime
) -> tuple[str, tuple[Offer, ...]]:
    """
    Choose what is offered after the receipt *number* of *at*, and return it with the batch that it is to be kept as.

    Nothing for a receipt after which she was offered something already, for who has had enough of it this week, may
    be offered nothing, or objects to profiling.
    """
    batch = _batch(_AFTER, number, at)
    if await offers_of(tx, customer_id, batch):
        return batch, ()
    return batch, await _chosen(tx, customer_id, number, at, rules, company, now)


async def offers_from_receipt(
    tx: Tx, customer_id: int, receipt: Receipt, rules: OfferRules, company: Company, now: dt.datetime
) -> tuple[str, tuple[Offer, ...]]:
    """
    Choose offers for products that are on a receipt, and return them with the batch that they are to be kept as, once
    they have coupons; those that are kept come back.

    By the rules of the offers after a purchase, which this counts as one of.
    """
    batch = _batch(_FROM, receipt.number, receipt.at)
    kept = await offers_of(tx, customer_id, batch)
    if kept:
        return batch, kept
    only = frozenset(line.product for line in await lines_on(tx, customer_id, receipt.line_id) if line.product)
    if not only:
        return batch, ()
    return batch, await _chosen(tx, customer_id, receipt.number, now, rules, company, now, only=only)


async def _chosen(
    tx: Tx,
    customer_id: int,
    number: str,
    at: dt.datetime,
    rules: OfferRules,
    company: Company,
    now: dt.datetime,
    *,
    only: frozenset[str] = frozenset(),
) -> tuple[Offer, ...]:
    today = now.astimezone(company.zone).date()
    person = (await people_of(tx, [customer_id], today, "")).get(customer_id)
    if person is None or person.objects or await is_enough(tx, customer_id, rules, now):
        return ()
    since = at - dt.timedelta(days=rules.till.days + 2)  # two more: days begin at the company's midnight
    lines = (await purchases_of(tx, [customer_id], since=since)).get(customer_id, [])
    six = await offers_of(tx, customer_id, rules.batch(today)) if not only else ()
    without = frozenset(each.product for each in six)
    return till_offers(lines, number, at, company.zone, rules, age=person.age, without=without, only=only)


def _batch(kind: str, number: str, at: dt.datetime) -> str:
    """Name the batch of a receipt in the few letters that a button can carry; numbers may come again another year."""
    told = f"{number}\x1f{at.astimezone(dt.UTC):%Y}"
    return f"{kind}-{hashlib.blake2b(told.encode(), digest_size=8).hexdigest()}"
