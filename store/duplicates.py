"""Pairs of customers who may be one: found by what they have in common, proposed once, settled by a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, case, cast, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.duplicates import (
    Doubt,
    Duplicate,
    DuplicateState,
    Evidence,
    Particulars,
    compare,
    plain_email,
    plain_name,
    plain_phone,
)
from domain.folding import fold
from store.database import Database, Tx
from store.tables import cases, contacts, customers, duplicates, import_changes, people, purchases

_COLUMNS = tuple(
    customers.c[name]
    for name in ("id", "name", "kind", "town", "birth_date", "email", "phone", "number", "chat_id", "company")
)  # in the order of the fields of Particulars
_MOST_IN_COMMON = 12
"""An address, number or name that more customers share than this says nothing of any two of them."""
_AT_ONCE = 500

Pair = tuple[int, int]
Key = Callable[[Particulars, str], str]
"""Gives what a customer shares with those whom she is compared with, from her particulars and her plain name; or ""."""


@dataclass(frozen=True, slots=True)
class Found:
    """A pair that is alike, the lower id first, with what speaks for one person and what against."""

    pair: Pair
    evidence: tuple[Evidence, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class How:
    """How much is known of a customer."""

    contacts: int = 0
    purchases: int = 0
    cases: int = 0


async def how_much(tx: Tx, ids: Iterable[int]) -> dict[int, How]:
    """Count the contacts, lines of receipts and cases of a few customers, by id."""
    found = {}
    for who in ids:
        counts = [
            int(await tx.scalar(select(func.count()).select_from(table).where(table.c.customer_id == who)) or 0)
            for table in (contacts, purchases, cases)
        ]
        found[who] = How(*counts)
    return found


async def find_duplicates(tx: Tx, among: Collection[int] | None = None) -> list[Found]:
    """
    Return pairs of customers who may be one, the best supported first; with *among*, at least one of each is of these.

    Customers are brought together by what they have exactly in common, never each with each, so that 100,000 take
    seconds. A person and her company are two.
    """
    known = [Particulars(*row) for row in (await tx.execute(select(*_COLUMNS).order_by(customers.c.id))).all()]
    names = [plain_name(each.name) for each in known]
    wanted = None if among is None else frozenset(among)
    at_company = {_pair(*row) for row in (await tx.execute(select(people.c.company_id, people.c.person_id))).all()}
    found: dict[Pair, Found] = {}
    for key in _KEYS:
        for one, other in _together(known, names, key, wanted):
            pair = _pair(one.id, other.id)
            if pair in found or pair in at_company:
                continue
            evidence, doubts = compare(one, other)
            if evidence:
                found[pair] = Found(pair, evidence, doubts)
    return sorted(found.values(), key=lambda each: (_strength(each.evidence, each.doubts), each.pair))


async def propose(tx: Tx, found: Iterable[Found], now: dt.datetime) -> int:
    """Propose what is not known yet and return how many are new; what was settled stays so."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    rows = [
        {
            "first_id": each.pair[0],
            "second_id": each.pair[1],
            "found_at": now,
            "evidence": {"for": [str(one) for one in each.evidence], "against": [str(one) for one in each.doubts]},
            "state": DuplicateState.PROPOSED.value,
        }
        for each in found
    ]
    if not rows:
        return 0
    before = await count_proposals(tx)
    await tx.execute(dialect.insert(duplicates).on_conflict_do_nothing(), rows)
    return await count_proposals(tx) - before


async def propose_after_import(database: Database, import_id: int, now: dt.datetime) -> int:
    """Look for duplicates of the customers whom an import put in or changed, and return how many pairs are new."""
    touched = select(import_changes.c.customer_id).where(import_changes.c.import_id == import_id).distinct()
    async with database.read() as tx:
        ids = set(await tx.scalars(touched))
        found = await find_duplicates(tx, ids) if ids else []
    async with database.write() as tx:
        return await propose(tx, found, now)


async def proposals(tx: Tx, limit: int = 50, *, of: int | None = None) -> list[Duplicate]:
    """Return what is proposed, the best supported first and of equals the longest waiting; *of*: with that customer."""
    wanted = select(duplicates).where(duplicates.c.state == DuplicateState.PROPOSED.value)
    if of is not None:
        wanted = wanted.where(or_(duplicates.c.first_id == of, duplicates.c.second_id == of))
    ordered = wanted.order_by(*_ORDER).limit(limit)
    return [_duplicate(row) for row in (await tx.execute(ordered)).all()]


async def next_proposal(tx: Tx, after: Duplicate | None = None) -> Duplicate | None:
    """Return the proposal that follows *after* in the order of `proposals`, or the first; None after the last."""
    waiting = select(duplicates).where(duplicates.c.state == DuplicateState.PROPOSED.value)
    if after is not None:
        rank, against = _strength(after.evidence, after.doubts)
        stands = tuple_(
            literal(rank),
            literal(against),
            literal(after.found_at, duplicates.c.found_at.type),
            literal(after.first_id, duplicates.c.first_id.type),
            literal(after.second_id, duplicates.c.second_id.type),
        )
        waiting = waiting.where(tuple_(*_ORDER) > stands)
    row = (await tx.execute(waiting.order_by(*_ORDER).limit(1))).one_or_none()
    return None if row is None else _duplicate(row)


async def duplicate_of(tx: Tx, one: int, other: int) -> Duplicate | None:
    """Return what is known of this pair, in any state, or None."""
    row = (await tx.execute(select(duplicates).where(_is(_pair(one, other))))).one_or_none()
    return None if row is None else _duplicate(row)


async def count_proposals(tx: Tx) -> int:
    """Return how many pairs wait for a person."""
    waiting = duplicates.c.state == DuplicateState.PROPOSED.value
    return int(await tx.scalar(select(func.count()).select_from(duplicates).where(waiting)) or 0)


async def settle(tx: Tx, one: int, other: int, state: DuplicateState, now: dt.datetime) -> None:
    """Say what became of a pair: told apart, it is never proposed again."""
    first, second = _pair(one, other)
    changed = await tx.execute(update(duplicates).where(_is((first, second))).values(state=state.value))
    if changed.rowcount == 0:
        values = {"first_id": first, "second_id": second, "found_at": now, "evidence": {"for": [], "against": []}}
        await tx.execute(insert(duplicates).values(**values, state=state.value))


async def particulars(tx: Tx, ids: Iterable[int]) -> dict[int, Particulars]:
    """Return by what these customers are told apart, by id."""
    wanted = list(ids)
    found: dict[int, Particulars] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = await tx.execute(select(*_COLUMNS).where(customers.c.id.in_(wanted[start : start + _AT_ONCE])))
        found |= {row.id: Particulars(*row) for row in rows}
    return found


def _together(
    known: Sequence[Particulars], names: Sequence[str], key: Key, wanted: frozenset[int] | None
) -> Iterator[tuple[Particulars, Particulars]]:
    """Give each two customers of one key; a key that too many share is passed over."""
    groups: dict[str, Particulars | list[Particulars]] = {}
    for each, name in zip(known, names, strict=True):
        word = key(each, name)
        if not word:
            continue
        group = groups.get(word)
        if group is None:
            groups[word] = each
        elif isinstance(group, list):
            group.append(each)
        else:
            groups[word] = [group, each]
    for group in groups.values():
        if not isinstance(group, list) or len(group) > _MOST_IN_COMMON:
            continue
        for place, one in enumerate(group):
            for other in group[place + 1 :]:
                if wanted is None or one.id in wanted or other.id in wanted:
                    yield one, other


_KEYS: tuple[Key, ...] = (
    lambda each, _name: plain_email(each.email),
    lambda each, _name: plain_phone(each.phone),
    lambda each, name: f"{name} {each.birth_date}" if each.birth_date and name else "",
    # One edit leaves the beginning or the end of a name as it is: similar ones share one of the next two.
    lambda each, name: f"{name[:3]}* {each.birth_date}" if each.birth_date and name else "",
    lambda each, name: f"*{name[-3:]} {each.birth_date}" if each.birth_date and name else "",
    lambda each, name: f"{name}, {fold(each.town)}" if each.town and name else "",
)


def _strength(evidence: Sequence[Evidence], doubts: Sequence[Doubt]) -> tuple[int, int]:
    """Return how well a pair is supported, the best first: by the best evidence and how many there are, then doubts."""
    best = min((list(Evidence).index(each) for each in evidence), default=len(Evidence))
    return best - len(evidence), len(doubts)


def _says(word: str) -> ColumnElement[int]:
    """Return 1 where the evidence that the store keeps has that word; all words of evidence and doubts differ."""
    return case((cast(duplicates.c.evidence, Text).contains(f'"{word}"', autoescape=True), 1), else_=0)


_BEST = case(*((_says(each) == 1, place) for place, each in enumerate(Evidence)), else_=len(Evidence))
_ORDER: tuple[ColumnElement[Any], ...] = (
    _BEST - sum((_says(each) for each in Evidence), literal(0)),
    sum((_says(each) for each in Doubt), literal(0)),
    duplicates.c.found_at,
    duplicates.c.first_id,
    duplicates.c.second_id,
)
"""What `_strength` says of a pair, in SQL; then the longest waiting first."""


def _pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def _is(pair: Pair) -> ColumnElement[bool]:
    return and_(duplicates.c.first_id == pair[0], duplicates.c.second_id == pair[1])


def _duplicate(row: Row[Any]) -> Duplicate:
    said = row.evidence
    return Duplicate(
        row.first_id,
        row.second_id,
        row.found_at,
        tuple(Evidence(each) for each in said.get("for", ())),
        tuple(Doubt(each) for each in said.get("against", ())),
        DuplicateState(row.state),
    )
