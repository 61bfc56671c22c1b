"""By which words customers are found: kept beside them, one a row, and looked up by their beginnings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.folding import asked_phone, asked_words, search_words
from store.database import Tx
from store.tables import customer_words, customers

FOUND_BY = ("name", "number", "town", "company", "username", "email", "phone")
"""The columns of customers by whose words they are found, in the order of `search_words`."""
MOST = 2000
"""How many hits are put in order; a word that begins more of them is too short to choose by."""

_AT_ONCE = 500
_LAST = "\U0010ffff"  # after every word with the same beginning, in UTF-8's order too
_ENOUGH = 1000


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer who is found, by the name that she is sorted by."""

    customer_id: int
    name: str


_SEARCH = update(customers).where(customers.c.id == bindparam("who")).values(search=bindparam("words"))
_FORGET = delete(customer_words).where(
    customer_words.c.word == bindparam("of_word"), customer_words.c.customer_id == bindparam("of_who")
)


async def matching(tx: Tx, asked: str) -> list[Hit]:
    """
    Return those of whom each word of *asked* begins some word, or whose phone number ends so; at most `MOST` + 1.

    Read by the beginning of the rarest word; the others are looked for in the words of each hit.
    """
    conditions = [_begins(word) for word in asked_words(asked)]
    phone = asked_phone(asked)
    if not conditions:
        return []
    statement = _by(conditions[await _rarest(tx, conditions)], asked_words(asked))
    found = {row.id: row.name for row in (await tx.execute(statement)).all()}
    if phone is not None:
        found |= {row.id: row.name for row in (await tx.execute(_by(_begins(phone), ()))).all()}
    return [Hit(customer_id, name) for customer_id, name in found.items()][: MOST + 1]


async def add_words(tx: Tx, searched: Iterable[tuple[int, str]]) -> None:
    """Keep the words of customers given by their id and their column `search`; what is kept already stays."""
    pairs = [{"customer_id": who, "word": word} for who, search in searched for word in search.split()]
    if pairs:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        await tx.execute(dialect.insert(customer_words).on_conflict_do_nothing(), pairs)


async def renew_words(tx: Tx, customer_ids: Iterable[int]) -> None:
    """Make customers found by what they are called now, and by nothing that they were called before."""
    wanted = list(dict.fromkeys(customer_ids))
    for start in range(0, len(wanted), _AT_ONCE):
        await _renew(tx, wanted[start : start + _AT_ONCE])


async def forget_words(tx: Tx, customer_ids: Iterable[int]) -> None:
    """Let nobody find these customers any more: before their rows go, since their words are read from them."""
    rows = await tx.execute(select(customers.c.id, customers.c.search).where(customers.c.id.in_(list(customer_ids))))
    gone = [{"of_word": word, "of_who": row.id} for row in rows.all() for word in row.search.split()]
    if gone:
        await tx.execute(_FORGET, gone)


async def _renew(tx: Tx, customer_ids: Sequence[int]) -> None:
    columns = (customers.c.id, customers.c.search, *(customers.c[name] for name in FOUND_BY))
    rows = (await tx.execute(select(*columns).where(customers.c.id.in_(customer_ids)))).all()
    added: list[tuple[int, str]] = []
    gone: list[tuple[str, int]] = []
    changed: list[dict[str, Any]] = []
    for row in rows:
        before, after = row.search.split(), search_words(*row[2:])
        search = " ".join(after)
        if search != row.search:
            changed.append({"who": row.id, "words": search})
        added.append((row.id, search))
        gone += [(word, row.id) for word in before if word not in after]
    if changed:
        await tx.execute(_SEARCH, changed)
    if gone:
        await tx.execute(_FORGET, [{"of_word": word, "of_who": who} for word, who in gone])
    await add_words(tx, added)


async def _rarest(tx: Tx, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Return the place of the word with the fewest hits; beyond a thousand they count as equal."""
    if len(conditions) == 1:
        return 0
    counts = []
    for condition in conditions:
        some = select(literal(1)).select_from(customer_words).where(condition).limit(_ENOUGH).subquery()
        counts.append(int(await tx.scalar(select(func.count()).select_from(some)) or 0))
    return counts.index(min(counts))


def _begins(word: str) -> ColumnElement[bool]:
    return and_(customer_words.c.word >= word, customer_words.c.word < word + _LAST)


def _by(condition: ColumnElement[bool], words: Sequence[str]) -> Select[tuple[int, str]]:
    search = customers.c.search
    each = [
        or_(search.startswith(word, autoescape=True), search.contains(f" {word}", autoescape=True)) for word in words
    ]
    hers = select(customer_words.c.customer_id).where(condition).order_by(customer_words.c.word)
    if len(words) < 2:
        hers = hers.limit(MOST + 100)  # one customer may have several such words
    chosen = select(customers.c.id, customers.c.name).where(customers.c.id.in_(hers))
    return chosen.where(*(each if len(words) > 1 else ())).limit(MOST + 1)
