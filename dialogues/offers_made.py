"""
Six offers made from what the store holds: the pool is read and learnt from, then customers' six are chosen.

Needs numpy and scipy (`pip install "vuoro[insight]"`); whoever imports this module without them gets ImportError.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.company import Company
from domain.offers import Favourites, Offer, OfferPerson, OfferRules
from insight.histories import Histories, day_number, histories_of
from insight.offers import Learnt, choose, learn
from insight.offers_pool import joined
from store.database import Tx
from store.histories import load_histories
from store.offers import newest_names, next_buyers, people_of, product_names

YEAR = dt.timedelta(days=365)
"""Whoever bought nothing for so long tells nothing of what sells now."""

_SMALL = 1_000  # customers of a small shop who are learnt from at once


@dataclass(frozen=True, slots=True)
class Part:
    """Some customers as the choice sees them: what they bought, who they are, and how the products are called."""

    histories: Histories
    people: tuple[OfferPerson, ...]
    names: Mapping[str, tuple[str, str]]
    offerable: frozenset[int]


async def read_part(tx: Tx, ids: Sequence[int], at: dt.datetime, company: Company, batch: str) -> Part:
    """Read those customers up to *at*, which is aware; a few hundred at a time."""
    raw = await load_histories(tx, 0, 0, at, company.zone, company.currency, ids=ids)
    people = await people_of(tx, raw.customers, at.astimezone(company.zone).date(), batch)
    names = await product_names(tx, raw.customers, at)
    everybody = tuple(people.get(each, OfferPerson()) for each in raw.customers)
    return Part(histories_of(raw), everybody, names, frozenset(people))


def learn_from(parts: Sequence[Part], at: dt.datetime, company: Company) -> Learnt:
    """Learn from a pool, at least one part; the order of its customers makes no difference."""
    day = day_number(at.astimezone(company.zone).date())
    people = [person for part in parts for person in part.people]
    return learn(joined([part.histories for part in parts]), day, newest_names(part.names for part in parts), people)


def choose_for(learnt: Learnt, part: Part, rules: OfferRules) -> dict[int, tuple[Offer, ...]]:
    """Choose for those of *part* who may be offered something."""
    chosen = choose(learnt, part.histories, part.people, rules, newest_names([part.names]))
    whose = zip(part.histories.customers.tolist(), chosen, strict=True)
    return {who: offers for who, offers in whose if who in part.offerable}


async def choose_now(
    tx: Tx, customer_id: int, rules: OfferRules, company: Company, now: dt.datetime, batch: str
) -> tuple[Offer, ...]:
    """Choose for one customer of a small shop, learning from its first thousand buyers in this very transaction."""
    buyers: list[int] = []
    after = 0
    while len(buyers) < _SMALL:
        found, upto = await next_buyers(tx, after, _SMALL, now - YEAR, now)
        buyers += found
        if upto is None:
            break
        after = upto
    her = await read_part(tx, [customer_id], now, company, batch)
    pool = await read_part(tx, buyers[:_SMALL], now, company, batch) if buyers else her
    return choose_for(learn_from([pool], now, company), her, rules).get(customer_id, ())


async def choose_alone(
    tx: Tx, customer_id: int, rules: OfferRules, company: Company, now: dt.datetime, batch: str, kept: Favourites
) -> tuple[Offer, ...]:
    """Choose for one customer of a large shop: by what she bought herself, and the favourites that a batch *kept*."""
    her = await read_part(tx, [customer_id], now, company, batch)
    learnt = learn_from([her], now, company)
    learnt = replace(learnt, model=replace(learnt.model, favourites=kept))
    return choose_for(learnt, her, rules).get(customer_id, ())
