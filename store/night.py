"""How far the night's work has come, who changed since the last one, and whose picture is due: all of it durable."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Select, cast, delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.contacts import Direction
from domain.customers import Purpose
from domain.lives import REFERRED_BY
from domain.people import ContactKind
from domain.rules import Rule
from store.bulk import one_of
from store.database import Database, Tx
from store.histories import lines_of
from store.ids import id_before, new_id
from store.rule_holders import holders
from store.settings import get_setting, put_setting
from store.tables import (
    case_events,
    cases,
    consents,
    contacts,
    customers,
    facts,
    kept_measures,
    pictures,
    purchases,
    signals,
    stale_customers,
)
from store.types import UtcDateTime
from store.without_rows import customers_without

SETTING = "insight.night"
_LOCK = "pictures"
DONE = "done"


class NightTaken(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """Another process is at the night's work: it goes on there."""


@dataclass(frozen=True, slots=True)
class Night:
    """
    A night's work: the company's *day*, the moment *at* of its pictures, and which *phase* it is in, after which
    customer. *turn* grows with every transaction, so that of two processes at it one notices. *marks* are the ids up to
    which each table was looked at, *basis* what all pictures rest on, *looked* how many customers were looked at.
    """

    day: dt.date
    at: dt.datetime
    phase: str
    after: int = 0
    turn: int = 0
    basis: str = ""
    everybody: bool = False
    looked: int = 0
    marks: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Say whether nothing is left of it."""
        return self.phase == DONE


async def last_night(tx: Tx) -> Night | None:
    """Return the night that was last begun, or None where there was none yet."""
    kept: dict[str, Any] | None = await get_setting(tx, SETTING)
    if kept is None:
        return None
    at = dt.datetime.fromisoformat(kept["at"])
    return Night(**{**kept, "day": dt.date.fromisoformat(kept["day"]), "at": at})


async def advance(database: Database, tx: Tx, before: Night | None, after: Night) -> Night:
    """
    Keep that the night has come from *before* to *after*, in the transaction that did it.

    Raises NightTaken where another process moved it meanwhile: then nothing of this transaction may stay.
    """
    if not await database.lock(tx, _LOCK):
        raise NightTaken
    known = await last_night(tx)
    if (known.turn if known else 0) != (before.turn if before else 0):
        raise NightTaken
    moved = dataclasses.replace(after, turn=(before.turn if before else 0) + 1)
    kept = {name: getattr(moved, name) for name in Night.__slots__}
    await put_setting(tx, SETTING, {**kept, "day": moved.day.isoformat(), "at": moved.at.isoformat()})
    return moved


def new_marks(database: Database) -> dict[str, int]:
    """Return up to which ids a night that begins now sees everything."""
    return dict.fromkeys((name for name, _ in _WATCHED), id_before(new_id(), database.late))


async def changed_since(tx: Tx, marks: Mapping[str, int]) -> list[int]:
    """Return the customers about whom rows came in with ids above *marks*, and who sent them; each once."""
    found: set[int] = set()
    for name, wanted in _WATCHED:
        if name in marks:
            found.update((await tx.scalars(wanted(marks[name]))).all())
    found.discard(0)
    for part in _parts(sorted(found)):
        referrer = cast(facts.c.figure, BigInteger)
        whose = select(referrer).where(facts.c.name == REFERRED_BY, facts.c.current, facts.c.figure.is_not(None))
        found.update(
            (
                await tx.scalars(whose.where(one_of(facts.c.customer_id, tx.dialect.name)).distinct(), {"ids": part})
            ).all()
        )
    return sorted(found)


async def put_stale(tx: Tx, ids: Sequence[int], at: dt.datetime) -> None:
    """Note that the pictures of those customers no longer tell what is in the store; who is gone is left out."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    there = select(customers.c.id, literal(at, UtcDateTime())).where(one_of(customers.c.id, tx.dialect.name))
    statement = dialect.insert(stale_customers).from_select(["customer_id", "at"], there)
    put = statement.on_conflict_do_update(index_elements=["customer_id"], set_={"at": statement.excluded.at})
    await tx.execute(put, {"ids": list(ids)})


async def whose_turn(tx: Tx, day: dt.date, *, everybody: bool) -> list[int]:
    """
    Return the customers whose pictures are to be made anew, by id: those without one, stale ones, and those who are due
    by *day*; or all.
    """
    if everybody:
        return list((await tx.scalars(select(customers.c.id).order_by(customers.c.id))).all())
    without = await customers_without(tx, pictures)
    found = set[int]() if without is None else set((await tx.scalars(without)).all())
    for wanted in (
        select(stale_customers.c.customer_id),
        select(pictures.c.customer_id).where(pictures.c.due_on <= day),
        select(kept_measures.c.customer_id).where(kept_measures.c.due_on <= day),
    ):
        found.update((await tx.scalars(wanted)).all())
    return sorted(found)


async def stale_among(tx: Tx, ids: Sequence[int]) -> dict[int, int]:
    """Return who of *ids* is stale, each with how many lines she has, as *tx* sees them."""
    whose = stale_customers.c.customer_id
    stale = list((await tx.scalars(select(whose).where(one_of(whose, tx.dialect.name)), {"ids": list(ids)})).all())
    return dict.fromkeys(stale, 0) | await lines_of(tx, stale)


async def still_there(tx: Tx, ids: Sequence[int], stale: Mapping[int, int], at: dt.datetime) -> frozenset[int]:
    """
    Take *ids* out of `stale_customers` and return who of them is still in the store.

    *stale* is what `stale_among` said as their lines were read. Who was not among them, or has not as many lines any
    more, stays stale: somebody changed them meanwhile. Lines that came in are found by the next night anyway.
    """
    values, whose = {"ids": list(ids)}, stale_customers.c.customer_id
    gone = delete(stale_customers).where(one_of(whose, tx.dialect.name)).returning(whose)
    marked = list((await tx.scalars(gone, values)).all())
    there = frozenset(
        (await tx.scalars(select(customers.c.id).where(one_of(customers.c.id, tx.dialect.name)), values)).all()
    )
    now = await lines_of(tx, marked)
    moved = [each for each in marked if each in there and now.get(each, 0) != stale.get(each, -1)]
    if moved:
        await put_stale(tx, moved, at)
    return there


async def loyal_ones(tx: Tx, rule: Rule, at: dt.datetime, currency: str) -> frozenset[int]:
    """Return of whom *rule* holds as of *at*, which is aware and in the company's zone."""
    return await holders(tx, rule, at, currency)


async def told_totals(tx: Tx, ids: Sequence[int], name: str) -> dict[int, float]:
    """Return the number that the fact *name* tells of each of those customers, without those of whom none is known."""
    wanted = select(facts.c.customer_id, facts.c.figure).where(
        facts.c.name == name, facts.c.current, facts.c.figure.is_not(None), one_of(facts.c.customer_id, tx.dialect.name)
    )
    return {row[0]: float(row[1]) for row in await tx.execute(wanted, {"ids": list(ids)})}


async def objectors(tx: Tx) -> list[int]:
    """Return who objects to profiling, by id."""
    said = consents.c
    wanted = select(said.customer_id).where(~said.given, said.current, said.purpose == Purpose.PROFILING.value)
    return sorted(await tx.scalars(wanted))  # few; were they to come in order, SQLite would go through an index


async def unjudged(tx: Tx) -> list[int]:
    """Return of whom nothing is reckoned, by id: who objects to profiling, and who is no customer (a supplier)."""
    others = select(customers.c.id).where(customers.c.contact_kind != ContactKind.CUSTOMER.value)
    return sorted({*await objectors(tx), *(await tx.scalars(others)).all()})


async def without_class(tx: Tx, after: int, most: int, names: Sequence[str]) -> list[list[Any]]:
    """Return those columns of the next pictures whose class is to be told anew, of customers above *after*."""
    wanted = (
        select(*(pictures.c[name] for name in names))
        .where(pictures.c.customer_id > after, pictures.c.class_reason == "")
        .order_by(pictures.c.customer_id)
        .limit(most)
    )
    rows = (await tx.execute(wanted)).all()
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in names]


async def count_without_class(tx: Tx) -> int:
    """Return how many pictures wait for their class to be told anew."""
    return int(await tx.scalar(select(func.count()).where(pictures.c.class_reason == "")) or 0)


_ALL = 2**62


def _parts(ids: Sequence[int], most: int = 20_000) -> Iterator[list[int]]:
    for start in range(0, len(ids), most):
        yield list(ids[start : start + most])


def _above(column: Any, identifier: Any, *where: Any) -> Callable[[int], Select[Any]]:
    """Select whose rows came in above a mark, by their ids: a plain DISTINCT would have SQLite read a whole index."""

    def above(mark: int) -> Select[Any]:
        new = select(column.label("who")).where(identifier > mark, *where).limit(_ALL).subquery()
        return select(new.c.who).distinct()

    return above


def _of_cases(mark: int) -> Select[Any]:
    return (
        select(cases.c.customer_id)
        .join(case_events, case_events.c.case_id == cases.c.id)
        .where(case_events.c.id > mark)
        .distinct()
    )


_WATCHED: tuple[tuple[str, Callable[[int], Select[Any]]], ...] = (
    ("purchases", _above(purchases.c.customer_id, purchases.c.id)),
    ("contacts", _above(contacts.c.customer_id, contacts.c.id, contacts.c.direction == Direction.IN.value)),
    ("facts", _above(facts.c.customer_id, facts.c.id)),
    ("consents", _above(consents.c.customer_id, consents.c.id)),
    ("case_events", _of_cases),
    ("signals", _above(signals.c.customer_id, signals.c.id)),
)
"""Tables whose new rows change a picture, with the customers above a mark. Bulk that goes out changes none."""
