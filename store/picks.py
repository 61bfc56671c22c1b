"""A customer's list in a store: what she is likely to want there, what she has chosen, and that she has done so."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.ids import new_id
from store.tables import customers, picks, purchases

HALF_LIFE_DAYS = 60
"""After so many days a purchase counts half; older ones than a year count nothing."""

_LOOKED_BACK = dt.timedelta(days=365)
_NEWEST = 5_000
_MOST_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Product:
    """A product that may be picked."""

    product: str
    name: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Pick:
    """One customer's list of a store and day; *chosen* are places in *offered*, in the order of the list."""

    id: int
    customer_id: int
    store: str
    batch: str
    offered: tuple[Product, ...]
    chosen: tuple[int, ...] = ()
    confirmed_at: dt.datetime | None = None

    @property
    def products(self) -> list[Product]:
        """What she has chosen."""
        return [self.offered[place] for place in self.chosen]


async def own_products(tx: Tx, customer_id: int, now: dt.datetime) -> list[Product]:
    """
    Return what a customer buys, the likeliest first: each line of a purchase counts less the longer ago it was.

    The weight of a line is 2^(-age / 60 days); what she brought back counts against what she bought.
    """
    query = (
        select(purchases)
        .where(purchases.c.customer_id == customer_id, purchases.c.at >= now - _LOOKED_BACK, purchases.c.at <= now)
        .order_by(purchases.c.at.desc(), purchases.c.id.desc())
        .limit(_MOST_LINES)
    )
    weights: dict[str, float] = defaultdict(float)
    found: dict[str, Product] = {}
    for row in await tx.execute(query):
        product = _product(row)
        if product is not None:
            age = (now - row.at).total_seconds() / 86_400
            sign = 1 if row.amount_minor >= 0 and row.quantity >= 0 else -1
            weights[product.product] += sign * 2 ** (-age / HALF_LIFE_DAYS)
            found.setdefault(product.product, product)
    liked = [name for name, weight in weights.items() if weight > 0]
    return [found[name] for name in sorted(liked, key=lambda name: (-weights[name], name))]


async def popular_products(tx: Tx, store: str) -> list[Product]:
    """Return what most customers have bought lately, in *store* first and then anywhere; ties by the product's code."""
    newest = select(purchases).order_by(purchases.c.id.desc()).limit(_NEWEST)
    here: dict[str, set[int]] = defaultdict(set)
    anywhere: dict[str, set[int]] = defaultdict(set)
    found: dict[str, Product] = {}
    for row in await tx.execute(newest):
        product = _product(row)
        if product is None or row.amount_minor <= 0:
            continue
        found.setdefault(product.product, product)
        anywhere[product.product].add(row.customer_id)
        if row.store.casefold() == store.casefold():
            here[product.product].add(row.customer_id)
    ranked = sorted(here, key=lambda name: (-len(here[name]), name))
    others = sorted(anywhere.keys() - here.keys(), key=lambda name: (-len(anywhere[name]), name))
    return [found[name] for name in (*ranked, *others)]


async def pick_list(
    tx: Tx,
    customer_id: int,
    store: str,
    count: int,
    now: dt.datetime,
    *,
    personal: bool = True,
    only: Collection[str] = (),
    groups: Collection[str] = (),
    allowed: Callable[[str, str], bool] = lambda _product, _group: True,
) -> list[Product]:
    """
    Return at most *count* products for a customer in a store: what she buys herself, then what others buy there.

    Without *personal* only the latter, the same for everybody. *only* and *groups* bound what there is, where one of
    them is given; *allowed* says of a code and its group whether that may be offered to her.
    """
    own = await own_products(tx, customer_id, now) if personal else []
    listed = {each.product: each for each in [*await popular_products(tx, store), *own[::-1]]}
    order = list(dict.fromkeys([*(each.product for each in own), *listed]))

    def fits(each: Product) -> bool:
        within = not (only or groups) or each.product in only or each.group in groups
        return within and allowed(each.product, each.group)

    return [listed[name] for name in order if fits(listed[name])][:count]


async def birth_of(tx: Tx, customer_id: int) -> dt.date | None:
    """Return the day on which a customer was born, where that is known: some products are not for everybody."""
    found: dt.date | None = await tx.scalar(select(customers.c.birth_date).where(customers.c.id == customer_id))
    return found


async def open_pick(
    tx: Tx, customer_id: int, store: str, batch: str, offered: Sequence[Product], now: dt.datetime
) -> Pick:
    """Return her list of a store and *batch* (a day): the one that she has opened before, else one of *offered*."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    made = dialect.insert(picks).values(
        id=new_id(),
        customer_id=customer_id,
        store=store,
        batch=batch,
        offered=[dataclasses.asdict(each) for each in offered],
        chosen=[],
        opened_at=now,
    )
    await tx.execute(made.on_conflict_do_nothing(index_elements=["customer_id", "store", "batch"]))
    one = (picks.c.customer_id == customer_id, picks.c.store == store, picks.c.batch == batch)
    return _pick((await tx.execute(select(picks).where(*one))).one())


async def find_pick(tx: Tx, customer_id: int, store: str, batch: str) -> Pick | None:
    """Return her list of a store and batch, or None where she has not opened it."""
    one = (picks.c.customer_id == customer_id, picks.c.store == store, picks.c.batch == batch)
    row = (await tx.execute(select(picks).where(*one))).one_or_none()
    return None if row is None else _pick(row)


async def lock_pick(tx: Tx, pick_id: int, customer_id: int) -> Pick | None:
    """Return a list of hers as it stands; nobody changes it before *tx* ends."""
    one = select(picks).where(picks.c.id == pick_id, picks.c.customer_id == customer_id).with_for_update()
    row = (await tx.execute(one)).one_or_none()
    return None if row is None else _pick(row)


async def choose(tx: Tx, pick: Pick, place: int, *, chosen: bool, most: int) -> Pick | None:
    """
    Choose a place of a locked list, or take it away; the same again changes nothing.

    None where she has chosen *most* already.
    """
    places = set(pick.chosen) - {place}
    if chosen:
        if len(places) >= most:
            return None
        places.add(place)
    changed = dataclasses.replace(pick, chosen=tuple(sorted(places)))
    if changed != pick:
        await tx.execute(update(picks).where(picks.c.id == pick.id).values(chosen=list(changed.chosen)))
    return changed


async def confirm(tx: Tx, pick: Pick, now: dt.datetime) -> bool:
    """Note that she has taken what she chose; of two at once one is told True."""
    one = (picks.c.id == pick.id) & picks.c.confirmed_at.is_(None)
    return bool((await tx.execute(update(picks).where(one).values(confirmed_at=now))).rowcount)


async def forget_open_picks(tx: Tx, customer_ids: Collection[int]) -> int:
    """
    Delete the lists of those customers of which nothing was taken yet, and return how many.

    When one begins or ends to object to profiling, the next list is made by what holds then.
    """
    open_ = picks.c.customer_id.in_(list(customer_ids)) & picks.c.confirmed_at.is_(None)
    return int((await tx.execute(delete(picks).where(open_))).rowcount)


def _product(row: Any) -> Product | None:
    code = row.product or row.product_name[:64]
    return Product(code, row.product_name or row.product, row.group_name) if code else None


def _pick(row: Any) -> Pick:
    offered: Iterable[Mapping[str, str]] = row.offered
    return Pick(
        row.id,
        row.customer_id,
        row.store,
        row.batch,
        tuple(Product(**each) for each in offered),
        tuple(row.chosen),
        row.confirmed_at,
    )
