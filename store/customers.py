"""Customers in the store: met, found, changed."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Result, Update, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.collation import collation_key
from domain.customers import Customer, CustomerKind, Purpose, Reach
from domain.folding import fold, search_words
from domain.incoming import Sender
from store.customer_words import FOUND_BY, MOST, add_words, matching, renew_words
from store.database import Tx
from store.former_customers import customers_by_former_number
from store.lookups import lookup
from store.member_cards import customer_of_card
from store.tables import consents, customer_words, customers

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
    customers.c.not_served_at,
    customers.c.ended_at,
)
_WITH_CONSENTS = select(*_SEEN, consents.c.purpose, consents.c.given).outerjoin_from(
    customers, consents, and_(consents.c.customer_id == customers.c.id, consents.c.current)
)
_FOUND_BY = frozenset(FOUND_BY)
_SEARCHED = (customers.c.id, customers.c.search)
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
            "search": " ".join(search_words(sender.name, username=sender.username)),
            "username": sender.username,
            "language": sender.language,
            "reach": Reach.REACHABLE.value,
            "met_at": now,
            "created_at": now,
        }
        for chat_id, sender in senders.items()
    ]
    new = dialect.insert(customers).on_conflict_do_nothing(index_elements=["chat_id"])
    await add_words(tx, _pairs(await tx.execute(new.returning(*_SEARCHED), rows)))


async def change_customers(tx: Tx, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """
    Change columns of customers, keyed by id; those that change the same columns share a statement.

    A changed name, town or other word by which customers are found is found by the search at once.
    """
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for customer_id, values in changes.items():
        row = {"key": customer_id, **{f"new_{name}": value for name, value in values.items()}}
        alike.setdefault(tuple(sorted(values)), []).append(row)
    for names, rows in alike.items():
        await tx.execute(_change(names), rows)
    await renew_words(tx, [key for key, values in changes.items() if _FOUND_BY & values.keys()])


@functools.lru_cache(maxsize=64)
def _change(names: tuple[str, ...]) -> Update:
    """Make the statement that changes those columns of customers; once, since making it costs more than its work."""
    statement = update(customers).where(customers.c.id == bindparam("key"))
    return statement.values({name: bindparam(f"new_{name}") for name in names})


async def set_reach(tx: Tx, chat_ids: Sequence[int], reach: Reach) -> None:
    """Keep whether these chats can be written to; a deactivated account stays so until she writes again."""
    if chat_ids:
        await tx.execute(update(customers).where(customers.c.chat_id.in_(list(chat_ids))).values(reach=reach.value))


async def add_customers(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put in many customers at once; each row has `created_at` and any other column, the search words are made here."""
    filled = [{**row, "search": " ".join(search_words(*(row.get(name) for name in FOUND_BY)))} for row in rows]
    if filled:
        await add_words(tx, _pairs(await tx.execute(insert(customers).returning(*_SEARCHED), filled)))


def _pairs(result: Result[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(row.id, row.search) for row in result.all()]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of those whom a search finds; *total* counts all of them unless there are `more` than are put in order."""

    customers: list[Customer]
    total: int
    more: bool = False


async def search_customers(
    tx: Tx, word: str, limit: int = 10, *, language: str | None = None, offset: int = 0
) -> list[Customer]:
    """Return those whom `find_customers` finds, a page of them."""
    return (await find_customers(tx, word, limit=limit, language=language, offset=offset)).customers


async def find_customers(tx: Tx, asked: str, *, limit: int = 10, language: str | None = None, offset: int = 0) -> Found:
    """
    Find customers by number, store id, Telegram id, card, user name, or by words of which each begins one of theirs.

    Words are those of name, company, number, town, user name and e-mail, in any order and spelling: "Mäk", "makela" and
    "anna mäk" find Anna Mäkelä. A phone number is found by its last four digits or more, however it is written. What is
    exactly somebody's number, id or @user name gives just her, and the number of one who was merged into another gives
    the other. In the alphabetical order of *language*.
    """
    exact = await _exactly(tx, asked)
    if exact:
        hits = exact
    else:
        found = await matching(tx, asked)
        found.sort(key=lambda hit: (collation_key(hit.name, language), hit.customer_id))
        hits = [hit.customer_id for hit in found]
    page = hits[offset : offset + limit]
    known = await customers_by_id(tx, page)
    return Found([known[customer_id] for customer_id in page], min(len(hits), MOST), len(hits) > MOST)


async def _exactly(tx: Tx, asked: str) -> list[int]:
    word = asked.strip()
    conditions = [customers.c.number == word]
    if word.isdecimal() and int(word) < 2**63:
        conditions += [customers.c.id == int(word), customers.c.chat_id == int(word)]
    found = set(await tx.scalars(select(customers.c.id).where(or_(*conditions))))
    if not found and (holder := await customer_of_card(tx, word)) is not None:
        found = {holder}
    if not found and word:
        found = set((await customers_by_former_number(tx, [word])).values())
    name = word.removeprefix("@")
    if not found and name and " " not in name:
        called = select(customer_words.c.customer_id).where(customer_words.c.word == fold(name)[:64]).limit(MOST)
        wanted = select(customers.c.id).where(customers.c.id.in_(called), customers.c.username == name)
        found = set(await tx.scalars(wanted))
    return sorted(found)


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
