"""Offers as they were chosen, who may be offered something, and what the choice looks at beside purchases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, insert, literal, select, union

from domain.coupons import CouponKind
from domain.customers import Purpose, Reach
from domain.offers import Favourite, Favourites, Offer, OfferKind, OfferPerson, age_on
from domain.people import ContactKind
from store.bulk import one_of
from store.database import Tx
from store.settings import get_setting, put_setting
from store.tables import consents, coupons, customers, offers, pictures, purchases
from store.types import UtcDateTime

_BATCH, _FAVOURITES = "offers.batch", "offers.favourites"
_OBJECTS = exists().where(
    consents.c.customer_id == customers.c.id,
    consents.c.purpose == Purpose.PROFILING.value,
    consents.c.current,
    ~consents.c.given,
)
_OFFERABLE = and_(
    customers.c.contact_kind == ContactKind.CUSTOMER.value,
    customers.c.not_served_at.is_(None),
    customers.c.ended_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class OfferBatch:
    """How far a batch has come: made as of *at*, for all customers up to the id *after*."""

    name: str
    at: dt.datetime
    after: int = 0
    is_done: bool = False


async def batch_at_work(tx: Tx) -> OfferBatch | None:
    """Return the batch that was last begun, or None."""
    kept: dict[str, Any] | None = await get_setting(tx, _BATCH)
    return None if kept is None else OfferBatch(**{**kept, "at": dt.datetime.fromisoformat(kept["at"])})


async def keep_batch(tx: Tx, batch: OfferBatch) -> None:
    """Keep how far it has come, in the transaction that did it."""
    kept = {"name": batch.name, "at": batch.at.isoformat(), "after": batch.after, "is_done": batch.is_done}
    await put_setting(tx, _BATCH, kept)


async def keep_favourites(tx: Tx, made: Favourites) -> None:
    """Keep the favourites of a batch, for whoever comes after it was made."""
    lists = {
        circle: [[each.product, each.name, each.group, each.customers] for each in favourites]
        for circle, favourites in made.lists.items()
    }
    await put_setting(tx, _FAVOURITES, {"lists": lists, "sizes": dict(made.sizes)})


async def kept_favourites(tx: Tx) -> Favourites:
    """Return the favourites that were kept last; none where there are none."""
    kept: dict[str, Any] = await get_setting(tx, _FAVOURITES) or {"lists": {}, "sizes": {}}
    lists = {circle: tuple(Favourite(*each) for each in found) for circle, found in kept["lists"].items()}
    return Favourites(lists, kept["sizes"])


async def keep_offers(tx: Tx, chosen: Mapping[int, Sequence[Offer]], batch: str, now: dt.datetime) -> int:
    """
    Keep what was chosen for customers in a batch, and return for how many it is new.

    Who has offers of that batch keeps them as they are: she may have seen them.
    """
    ids = [who for who, hers in chosen.items() if hers]
    known = set(await _with_offers(tx, ids, batch))
    there = set(
        (await tx.scalars(select(customers.c.id).where(one_of(customers.c.id, tx.dialect.name)), {"ids": ids})).all()
    )
    fresh = [who for who in ids if who in there and who not in known]
    rows = [_row(who, batch, each, now) for who in fresh for each in chosen[who]]
    if rows:
        await tx.execute(insert(offers), rows)
    return len(fresh)


async def offers_of(tx: Tx, customer_id: int, batch: str) -> tuple[Offer, ...]:
    """Return a customer's offers of a batch, in their order."""
    wanted = select(offers).where(offers.c.customer_id == customer_id, offers.c.batch == batch)
    return tuple(_offer(row) for row in await tx.execute(wanted.order_by(offers.c.place)))


async def offer_at(tx: Tx, customer_id: int, batch: str, place: int) -> Offer | None:
    """Return one of a customer's offers, or None."""
    return next((each for each in await offers_of(tx, customer_id, batch) if each.place == place), None)


async def each_offer(tx: Tx, batch: str, after: int, most: int) -> list[tuple[int, str | None, str, tuple[Offer, ...]]]:
    """Return the next so many customers above *after* with offers of a batch: id, number, name, and the offers."""
    has = select(literal(1)).where(offers.c.customer_id == customers.c.id, offers.c.batch == batch).exists()
    wanted = select(customers.c.id, customers.c.number, customers.c.name).where(customers.c.id > after, has)
    people = (await tx.execute(wanted.order_by(customers.c.id).limit(most))).all()
    theirs = select(offers).where(one_of(offers.c.customer_id, tx.dialect.name), offers.c.batch == batch)
    found: dict[int, list[Offer]] = {}
    rows = await tx.execute(theirs.order_by(offers.c.customer_id, offers.c.place), {"ids": [row[0] for row in people]})
    for row in rows:
        found.setdefault(row.customer_id, []).append(_offer(row))
    return [(row[0], row[1], row[2], tuple(found[row[0]])) for row in people]


async def till_batches_since(tx: Tx, customer_id: int, since: dt.datetime) -> frozenset[str]:
    """
    Return the batches of the offers after a purchase that she got from *since* on, or has coupons of since then.

    Coupons count too: when she objected to profiling meanwhile, the offers themselves were deleted.
    """
    kept = select(offers.c.batch).where(
        offers.c.customer_id == customer_id, offers.c.kind == OfferKind.TILL.value, offers.c.made_at >= since
    )
    given = select(coupons.c.batch).where(
        coupons.c.customer_id == customer_id, coupons.c.kind == CouponKind.TILL.value, coupons.c.issued_at >= since
    )
    return frozenset(await tx.scalars(union(kept, given)))


async def last_new(tx: Tx, ids: Sequence[int], batch: str) -> dict[int, frozenset[str]]:
    """Return the new products of each customer's last batch before *batch*, which is left out."""
    wanted = (
        select(offers.c.customer_id, offers.c.batch, offers.c.product, offers.c.made_at)
        .where(
            one_of(offers.c.customer_id, tx.dialect.name),
            offers.c.kind == OfferKind.NEW.value,
            offers.c.batch != batch,
        )
        .order_by(offers.c.customer_id, offers.c.made_at)
    )
    found: dict[int, tuple[str, set[str]]] = {}
    for who, name, product, _ in await tx.execute(wanted, {"ids": list(ids)}):
        if who not in found or found[who][0] != name:
            found[who] = name, set()
        found[who][1].add(product)
    return {who: frozenset(products) for who, (_, products) in found.items()}


async def next_offerable(tx: Tx, after: int, most: int, *, reachable: bool) -> list[int]:
    """Return the next so many customers above *after* who may be offered something; *reachable*: by the bot."""
    wanted = select(customers.c.id).where(customers.c.id > after, _OFFERABLE)
    if reachable:
        wanted = wanted.where(customers.c.reach == Reach.REACHABLE.value, customers.c.chat_id.is_not(None))
    return list((await tx.scalars(wanted.order_by(customers.c.id).limit(most))).all())


async def next_unsent(tx: Tx, batch: str, campaign: str, after: int, most: int) -> list[int]:
    """
    Return the next reachable customers above *after* with offers of a batch and no coupons of it yet.

    Who objects to profiling by now is left out: they were chosen by what she bought.
    """
    has = select(literal(1)).where(offers.c.customer_id == customers.c.id, offers.c.batch == batch).exists()
    given = (
        select(literal(1))
        .where(coupons.c.customer_id == customers.c.id, coupons.c.campaign == campaign, coupons.c.batch == batch)
        .exists()
    )
    wanted = select(customers.c.id).where(
        customers.c.id > after, _OFFERABLE, customers.c.reach == Reach.REACHABLE.value, has, ~given, ~_OBJECTS
    )
    return list((await tx.scalars(wanted.order_by(customers.c.id).limit(most))).all())


async def people_of(tx: Tx, ids: Sequence[int], day: dt.date, batch: str) -> dict[int, OfferPerson]:
    """Return what the choice looks at of each of those customers who may be offered something, as of *day*."""
    wanted = (
        select(customers.c.id, customers.c.birth_date, customers.c.kind, customers.c.town, pictures.c.cluster, _OBJECTS)
        .outerjoin_from(customers, pictures, pictures.c.customer_id == customers.c.id)
        .where(one_of(customers.c.id, tx.dialect.name), _OFFERABLE)
    )
    before = await last_new(tx, ids, batch)
    return {
        who: OfferPerson(
            age=age_on(birth, day),
            kind=kind,
            town="" if objecting else town or "",
            cluster=None if objecting else cluster,
            objects=bool(objecting),
            last_new=before.get(who, frozenset()),
        )
        for who, birth, kind, town, cluster, objecting in await tx.execute(wanted, {"ids": list(ids)})
    }


async def objecting_of(tx: Tx, ids: Sequence[int]) -> frozenset[int]:
    """Return who of those customers objects to profiling."""
    wanted = select(customers.c.id).where(one_of(customers.c.id, tx.dialect.name), _OBJECTS)
    return frozenset(await tx.scalars(wanted, {"ids": list(ids)}))


async def next_buyers(
    tx: Tx, after: int, most: int, since: dt.datetime, until: dt.datetime
) -> tuple[list[int], int | None]:
    """
    Look at the next so many customers above *after*: return those who bought something from *since* to *until*, and
    may be learnt from, and the last id that was looked at (None: there is nobody above).
    """
    page = select(customers.c.id).where(customers.c.id > after).order_by(customers.c.id).limit(most)
    ids = list((await tx.scalars(page)).all())
    if not ids:
        return [], None
    line = purchases.c
    bought = select(literal(1)).where(line.customer_id == customers.c.id, line.at >= since, line.at <= until).exists()
    wanted = select(customers.c.id).where(
        customers.c.id > after,
        customers.c.id <= ids[-1],
        customers.c.contact_kind == ContactKind.CUSTOMER.value,
        bought,
        ~_OBJECTS,
    )
    return list((await tx.scalars(wanted.order_by(customers.c.id))).all()), ids[-1]


async def count_lines(tx: Tx, most: int) -> int:
    """Count the lines of all purchases, up to *most*."""
    some = select(purchases.c.id).limit(most).subquery()
    return int(await tx.scalar(select(func.count()).select_from(some)) or 0)


async def product_names(tx: Tx, ids: Sequence[int], until: dt.datetime) -> dict[str, tuple[str, str]]:
    """Return the newest name of each product that those customers bought until then, by code, with when that was."""
    line = purchases.c
    wanted = (
        select(line.product, line.product_name, func.max(line.at, type_=UtcDateTime()))
        .where(
            one_of(line.customer_id, tx.dialect.name),
            line.product != "",
            line.product_name != "",
            line.at <= bindparam("until", type_=UtcDateTime()),
        )
        .group_by(line.product, line.product_name)
    )
    found: dict[str, tuple[str, str]] = {}
    for code, name, at in await tx.execute(wanted, {"ids": list(ids), "until": until}):
        found[code] = max(found.get(code, ("", "")), (at.isoformat(), name))
    return found


def newest_names(parts: Iterable[Mapping[str, tuple[str, str]]]) -> dict[str, str]:
    """Put names from several parts together: the newest of each product holds, of equally new ones the last by name."""
    found: dict[str, tuple[str, str]] = {}
    for part in parts:
        for code, told in part.items():
            found[code] = max(found.get(code, ("", "")), told)
    return {code: name for code, (_, name) in found.items()}


async def _with_offers(tx: Tx, ids: Sequence[int], batch: str) -> list[int]:
    wanted = select(offers.c.customer_id).where(one_of(offers.c.customer_id, tx.dialect.name), offers.c.batch == batch)
    return list((await tx.scalars(wanted.distinct(), {"ids": list(ids)})).all())


def _row(customer_id: int, batch: str, offer: Offer, now: dt.datetime) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "batch": batch,
        "place": offer.place,
        "kind": offer.kind.value,
        "product": offer.product,
        "product_name": offer.name,
        "group_name": offer.group,
        "score": offer.score,
        "evidence": dict(offer.evidence),
        "made_at": now,
    }


def _offer(row: Any) -> Offer:
    return Offer(
        place=row.place,
        kind=OfferKind(row.kind),
        product=row.product,
        name=row.product_name,
        group=row.group_name,
        score=row.score,
        evidence=row.evidence,
    )
