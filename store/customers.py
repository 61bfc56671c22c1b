"""Customers in the store: met, found, changed."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Update, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.customers import Customer, CustomerKind, Purpose, Reach
from domain.folding import fold
from domain.incoming import Sender
from store.database import Tx
from store.lookups import lookup
from store.tables import consents, customers

_SEEN = (  # in the order of Customer's fields
    customers.c.id,
    customers.c.number,
    customers.c.chat_id,
    customers.c.name,
    customers.c.username,
    customers.c.language,
    customers.c.kind,
    customers.c.company,
    customers.c.town,
    customers.c.timezone,
    customers.c.reach,
    customers.c.met_at,
    customers.c.paused_until,
    customers.c.muted_until,
)
_WITH_CONSENTS = select(*_SEEN, consents.c.purpose, consents.c.given).outerjoin_from(
    customers, consents, and_(consents.c.customer_id == customers.c.id, consents.c.current)
)
_BY_CHAT = lookup(customers.c.chat_id, _WITH_CONSENTS.where)
_BY_ID = lookup(customers.c.id, _WITH_CONSENTS.where)


async def customers_by_chat(tx: Tx, chat_ids: Iterable[int]) -> dict[int, Customer]:
    """Return the customers of those private chats, keyed by chat id; unknown chats are missing."""
    found = _customers((await tx.execute(*_BY_CHAT.of(chat_ids))).all())
    return {customer.chat_id: customer for customer in found if customer.chat_id is not None}


async def customers_by_id(tx: Tx, ids: Iterable[int]) -> dict[int, Customer]:
    """Return the customers of those store ids, keyed by id."""
    return {customer.id: customer for customer in _customers((await tx.execute(*_BY_ID.of(ids))).all())}


async def customer_by_id(tx: Tx, customer_id: int) -> Customer | None:
    """Return one customer, or None."""
    return (await customers_by_id(tx, [customer_id])).get(customer_id)


async def meet(tx: Tx, senders: Mapping[int, Sender], now: dt.datetime) -> None:
    """Put in those who write for the first time, by private chat; who is known already stays as she is."""
    if not senders:
        return
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    rows = [
        {
            "chat_id": chat_id,
            "name": sender.name,
            "search": fold(sender.name),
            "username": sender.username,
            "language": sender.language,
            "reach": Reach.REACHABLE.value,
            "met_at": now,
            "created_at": now,
        }
        for chat_id, sender in senders.items()
    ]
    await tx.execute(dialect.insert(customers).on_conflict_do_nothing(index_elements=["chat_id"]), rows)


async def change_customers(tx: Tx, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """
    Change columns of customers, keyed by id; those that change the same columns share a statement.

    A changed name or town is found by the search at once.
    """
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for customer_id, values in changes.items():
        row = {"key": customer_id, **{f"new_{name}": value for name, value in values.items()}}
        alike.setdefault(tuple(sorted(values)), []).append(row)
    for names, rows in alike.items():
        await tx.execute(_change(names), rows)
    await _renew_search(tx, [key for key, values in changes.items() if {"name", "town", "number"} & values.keys()])


@functools.lru_cache(maxsize=64)
def _change(names: tuple[str, ...]) -> Update:
    """Make the statement that changes those columns of customers; once, since making it costs more than its work."""
    statement = update(customers).where(customers.c.id == bindparam("key"))
    return statement.values({name: bindparam(f"new_{name}") for name in names})


async def _renew_search(tx: Tx, customer_ids: Sequence[int]) -> None:
    if not customer_ids:
        return
    wanted = select(customers.c.id, customers.c.name, customers.c.number, customers.c.town)
    for row in (await tx.execute(wanted.where(customers.c.id.in_(list(customer_ids))))).all():
        words = fold(" ".join(filter(None, (row.name, row.number, row.town))))
        await tx.execute(update(customers).where(customers.c.id == row.id).values(search=words))


async def set_reach(tx: Tx, chat_ids: Sequence[int], reach: Reach) -> None:
    """Keep whether these chats can be written to; a deactivated account stays so until she writes again."""
    if chat_ids:
        await tx.execute(update(customers).where(customers.c.chat_id.in_(list(chat_ids))).values(reach=reach.value))


async def add_customers(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put in many customers at once; each row has `created_at` and any other column, the search words are made here."""
    filled = [
        {**row, "search": fold(" ".join(filter(None, (row.get("name"), row.get("number"), row.get("town")))))}
        for row in rows
    ]
    if filled:
        await tx.execute(insert(customers), filled)


async def search_customers(tx: Tx, word: str, limit: int = 10) -> list[Customer]:
    """
    Find customers by store id, customer number, Telegram id, user name, or the beginning of any word of the name.

    "Mäk" and "makela" both find Mäkelä. A number that is somebody's id, number or Telegram id gives just her.
    """
    folded = fold(word.lstrip("@"))
    if not folded:
        return []
    exact = [customers.c.number == word.strip(), customers.c.username == word.strip().lstrip("@")]
    if folded.isdigit() and int(folded) < 2**63:
        exact += [customers.c.id == int(folded), customers.c.chat_id == int(folded)]
    found = list(await tx.scalars(select(customers.c.id).where(or_(*exact)).order_by(customers.c.id).limit(limit)))
    if not found:
        escaped = folded.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        starts = or_(
            customers.c.search.like(f"{escaped}%", escape="\\"), customers.c.search.like(f"% {escaped}%", escape="\\")
        )
        found = list(await tx.scalars(select(customers.c.id).where(starts).order_by(customers.c.search).limit(limit)))
    known = await customers_by_id(tx, found)
    return [known[customer_id] for customer_id in found]


async def count_customers(tx: Tx) -> int:
    """Return how many customers the store holds."""
    return int(await tx.scalar(select(func.count()).select_from(customers)) or 0)


_KINDS = {kind.value: kind for kind in CustomerKind}
_REACHES = {reach.value: reach for reach in Reach}
_PURPOSES = {purpose.value: purpose for purpose in Purpose}


def _customers(rows: Sequence[Any]) -> list[Customer]:
    """Make customers of rows, of which each holds one of her consents, or none."""
    seen: dict[int, Any] = {}
    given: dict[int, dict[Purpose, bool]] = {}
    for row in rows:
        *values, purpose, is_given = row
        customer_id = values[0]
        if customer_id not in seen:
            seen[customer_id] = values
        if purpose is not None:
            given.setdefault(customer_id, {})[_PURPOSES[purpose]] = is_given
    made = []
    for customer_id, values in seen.items():
        values[_AT_KIND] = _KINDS[values[_AT_KIND]]
        values[_AT_REACH] = _REACHES[values[_AT_REACH]]
        values.append(given.get(customer_id, {}))
        made.append(Customer(*values))
    return made


_AT_KIND, _AT_REACH = ([column.name for column in _SEEN].index(name) for name in ("kind", "reach"))
