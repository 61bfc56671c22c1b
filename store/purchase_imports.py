"""
Imported purchases in the store: many lines at once by columns, each known line recognised and passed by.

SQLAlchemy would look at each value of each row; here a different value of a column is made ready once.
"""

from __future__ import annotations

import collections
import datetime as dt
import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Column, insert, text

from store.customers import add_customers
from store.database import Tx
from store.former_customers import customers_by_former_number
from store.ids import new_id
from store.member_cards import customers_by_card
from store.tables import purchases

Key = tuple[Any, ...]
_COMPARED = ("customer", "receipt", "at", "product", "group", "quantity", "amount", "currency", "store")
_COLUMNS = (
    "id",
    "customer_id",
    "receipt",
    "at",
    "product",
    "product_name",
    "group_name",
    "quantity",
    "amount_minor",
    "currency",
    "store",
    "external_id",
    "import_id",
)
_FIELDS = "p.customer_id, p.receipt, p.at, p.product, p.group_name, p.quantity, p.amount_minor, p.currency, p.store"
_LINE = f"SELECT {_FIELDS} FROM "  # noqa: S608  (constants of ours, here and below)
_LINE_BY_ID = f"SELECT p.external_id, {_FIELDS} FROM purchases AS p WHERE "  # noqa: S608
_ON_SQLITE, _ON_POSTGRESQL = "sqlite", "postgresql"
_THERE = {
    _ON_SQLITE: text(
        _LINE + "json_each(:pairs) AS j CROSS JOIN purchases AS p"
        " ON p.customer_id = json_extract(j.value, '$[0]') AND p.at = json_extract(j.value, '$[1]')"
        " WHERE p.import_id IS NOT :import_id"
    ),
    _ON_POSTGRESQL: text(
        _LINE + "unnest(CAST(:ids AS bigint[]), CAST(:ats AS timestamptz[])) AS j(customer_id, at)"
        " JOIN purchases AS p ON p.customer_id = j.customer_id AND p.at = j.at"
        " WHERE p.import_id IS DISTINCT FROM CAST(:import_id AS bigint)"
    ),
}
_BY_EXTERNAL_ID = {
    _ON_SQLITE: text(_LINE_BY_ID + "p.external_id IN (SELECT j.value FROM json_each(:ids) AS j)"),  # noqa: S608
    _ON_POSTGRESQL: text(_LINE_BY_ID + "p.external_id = ANY(CAST(:ids AS text[]))"),
}
_BY_NUMBER = {
    _ON_SQLITE: text("SELECT number, id FROM customers WHERE number IN (SELECT value FROM json_each(:numbers))"),
    _ON_POSTGRESQL: text("SELECT number, id FROM customers WHERE number = ANY(CAST(:numbers AS text[]))"),
}


@dataclass(frozen=True, slots=True)
class ImportedLines:
    """Lines of receipts by columns of one length; `ats` are aware, `quantities` have three decimals at most."""

    customer_ids: Sequence[int]
    receipts: Sequence[str]
    ats: Sequence[dt.datetime]
    products: Sequence[str]
    product_names: Sequence[str]
    groups: Sequence[str]
    quantities: Sequence[Decimal]
    amounts: Sequence[int]
    currencies: Sequence[str]
    stores: Sequence[str]
    external_ids: Sequence[str | None] | None = None


@dataclass(slots=True)
class LinesKept:
    """What became of lines; `differing` has by place (column, as given, as known) of those that differ from theirs."""

    kept: int = 0
    skipped: int = 0
    differing: dict[int, tuple[str, Any, Any]] = field(default_factory=dict)


async def ids_by_number(tx: Tx, numbers: Collection[str]) -> dict[str, int]:
    """
    Return the store ids of customers by their numbers, former ones of the merged too; unknown are missing.

    A number of a membership card that is good is its holder's: a till knows no other.
    """
    bound: Any = sorted(set(numbers))
    if tx.dialect.name == _ON_SQLITE:
        bound = orjson.dumps(bound).decode()
    found = {row[0]: row[1] for row in await tx.execute(_BY_NUMBER[tx.dialect.name], {"numbers": bound})}
    unknown = set(numbers) - found.keys()
    if unknown:
        found |= await customers_by_former_number(tx, unknown)
        found |= await customers_by_card(tx, unknown - found.keys())
    return found


async def add_numbers(tx: Tx, numbers: Sequence[str], now: dt.datetime) -> dict[str, int]:
    """Put in customers of whom only the number is known, and return their ids by number."""
    if not numbers:
        return {}
    await add_customers(tx, [{"number": number, "created_at": now} for number in numbers])
    return await ids_by_number(tx, numbers)


class PurchaseImport:
    """
    Keeps the lines of one import, batch by batch, each in a transaction of its own; a dry run writes nothing.

    A line with an external id is known by it. One without is known when a line that this import did not put in has
    the same customer, receipt, time, product, group, quantity, amount, currency and store, in whatever capitals; each
    such line stands for one of the import's, so that two equal lines of a receipt stay two.
    """

    def __init__(self, import_id: int, *, dry_run: bool = False) -> None:
        self._import_id = import_id
        self._dry_run = dry_run
        self._matched: collections.Counter[int] = collections.Counter()
        self._spent: set[int] = set()
        self._given: dict[str, Key] = {}  # external ids of a dry run, which the store cannot remember

    async def keep(self, tx: Tx, lines: ImportedLines) -> LinesKept:
        """Store what is new of *lines* in *tx*, in which no other import may write (`imports.hold_imports`)."""
        is_sqlite = tx.dialect.name == _ON_SQLITE
        ats: Sequence[Any] = _each(lines.ats, _sqlite_instant) if is_sqlite else lines.ats
        keys = list(
            zip(
                lines.customer_ids,
                lines.receipts,
                ats,
                lines.products,
                lines.groups,
                _each(lines.quantities, _thousandths),
                lines.amounts,
                lines.currencies,
                _each(lines.stores, str.casefold),
                strict=True,
            )
        )
        done = LinesKept()
        places: Sequence[int] = range(len(keys))
        if lines.external_ids is not None:
            places = await self._without_known_ids(tx, keys, lines.external_ids, done)
        places = await self._without_known_lines(tx, keys, lines.external_ids, places, done)
        if places and not self._dry_run:
            await self._write(tx, lines, ats, places)
        done.kept = len(places)
        return done

    async def _without_known_ids(
        self, tx: Tx, keys: Sequence[Key], external_ids: Sequence[str | None], done: LinesKept
    ) -> list[int]:
        given = [each for each in external_ids if each is not None]
        known = await _by_external_id(tx, given) if given else {}
        if self._dry_run:
            known = self._given | known
        places = []
        for place, external_id in enumerate(external_ids):
            if external_id is None:
                places.append(place)
                continue
            theirs = known.setdefault(external_id, keys[place])
            if theirs is keys[place]:
                places.append(place)
            elif theirs == keys[place]:
                done.skipped += 1
            else:
                done.differing[place] = _difference(keys[place], theirs)
        if self._dry_run:
            self._given.update((external_id, known[external_id]) for external_id in given)
        return places

    async def _without_known_lines(
        self,
        tx: Tx,
        keys: Sequence[Key],
        external_ids: Sequence[str | None] | None,
        places: Sequence[int],
        done: LinesKept,
    ) -> Sequence[int]:
        bare = places if external_ids is None else [place for place in places if external_ids[place] is None]
        there = await self._there(tx, {(keys[place][0], keys[place][2]) for place in bare}) if bare else {}
        if not there:
            return places
        used: collections.Counter[Key] = collections.Counter()
        known = set()
        for place in bare:
            key = keys[place]
            if there.get(key, 0) > used[key]:
                used[key] += 1
                known.add(place)
        done.skipped += len(known)
        self._remember(there, used)
        return [place for place in places if place not in known]

    async def _there(self, tx: Tx, pairs: set[tuple[int, Any]]) -> dict[Key, int]:
        """Count the lines at those (customer, time) that stand for none of this import's yet."""
        wanted = [pair for pair in pairs if hash(pair) not in self._spent] if self._spent else list(pairs)
        if not wanted:
            return {}
        if tx.dialect.name == _ON_SQLITE:
            bound: dict[str, Any] = {"pairs": orjson.dumps(wanted).decode()}
        else:
            bound = {"ids": [pair[0] for pair in wanted], "ats": [pair[1] for pair in wanted]}
        rows = await tx.execute(_THERE[tx.dialect.name], {**bound, "import_id": self._import_id})
        counted = collections.Counter(map(_key, rows))
        if not self._matched:
            return counted
        return {key: count - self._matched[hash(key)] for key, count in counted.items()}

    def _remember(self, there: Mapping[Key, int], used: Mapping[Key, int]) -> None:
        """
        Note which known lines have been stood for, in case the file comes back to their receipts.

        Where all lines of a customer's moment are, one number for the moment is enough.
        """
        open_pairs = {(key[0], key[2]) for key, count in there.items() if count > used.get(key, 0)}
        for key, count in there.items():
            pair = (key[0], key[2])
            if pair not in open_pairs:
                self._spent.add(hash(pair))
            elif used.get(key, 0) and count:
                self._matched[hash(key)] += used[key]

    async def _write(self, tx: Tx, lines: ImportedLines, ats: Sequence[Any], places: Sequence[int]) -> None:
        quantity = _treatment(tx, purchases.c.quantity)
        columns = [
            lines.customer_ids,
            lines.receipts,
            ats,
            lines.products,
            lines.product_names,
            lines.groups,
            lines.quantities if quantity is None else _each(lines.quantities, quantity),
            lines.amounts,
            lines.currencies,
            lines.stores,
            lines.external_ids if lines.external_ids is not None else itertools.repeat(None),
        ]
        rows: list[tuple[Any, ...]] = list(zip(*columns, strict=False))
        if len(places) < len(rows):
            rows = [rows[place] for place in places]
        rows.sort(key=_customer_of)  # neighbours in the index by customer are written together
        filled = [(new_id(), *row, self._import_id) for row in rows]
        statement: Any = insert(purchases).compile(dialect=tx.dialect, column_keys=list(_COLUMNS))
        assert tuple(statement.positiontup) == _COLUMNS
        await tx.exec_driver_sql(statement.string, filled)


async def _by_external_id(tx: Tx, external_ids: list[str]) -> dict[str, Key]:
    bound: Any = orjson.dumps(external_ids).decode() if tx.dialect.name == _ON_SQLITE else external_ids
    rows = await tx.execute(_BY_EXTERNAL_ID[tx.dialect.name], {"ids": bound})
    return {row[0]: _key(row[1:]) for row in rows}


def _key(row: Any) -> Key:
    customer_id, receipt, at, product, group, quantity, amount, currency, store = row
    return customer_id, receipt, at, product, group, _thousandths(quantity), amount, currency, store.casefold()


def _difference(ours: Key, theirs: Key) -> tuple[str, Any, Any]:
    """Return the first column in which two lines differ with both values; amounts count before all others."""
    by_name = dict(zip(_COMPARED, zip(ours, theirs, strict=True), strict=True))
    for name in ("amount", *_COMPARED):
        mine, known = by_name[name]
        if mine != known:
            return name, mine, known
    raise ValueError("the lines are equal; ask only about lines that differ")


def _each(values: Sequence[Any], make: Callable[[Any], Any]) -> list[Any]:
    made = {value: make(value) for value in set(values)}
    return [made[value] for value in values]


def _thousandths(quantity: Decimal | float) -> int:
    return round(quantity * 1000)


def _sqlite_instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _customer_of(row: tuple[Any, ...]) -> Any:
    return row[0]


def _treatment(tx: Tx, column: Column[Any]) -> Callable[[Any], Any] | None:
    treat: Callable[[Any], Any] | None = column.type.dialect_impl(tx.dialect).bind_processor(tx.dialect)
    return treat
