"""Purchases of a file: its cells made into lines of receipts, column by column, and every bad row named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from bot.imports import ImportSettings
from bot.imports_stores import StoreNames
from bot.imports_warnings import Future, ShortYears
from domain.import_columns import PURCHASES as COLUMNS
from domain.import_values import (
    EMPTY,
    Unfit,
    amount_value,
    currency_value,
    decimal_sign_of,
    instant_value,
    quantity_value,
    quoted,
    text_value,
    words_value,
)
from domain.imports import Batch, Mapped, RowProblem, Taken, cell_text
from domain.money import major_units
from store.database import Tx
from store.imports import hold_imports, note_new_customers
from store.purchase_imports import ImportedLines, PurchaseImport, add_numbers, ids_by_number

_WIDTHS = {column.name: column.width for column in COLUMNS}
_ONE = Decimal(1)
_MOST_KEPT = 200_000
_NO_RECEIPT = Unfit(
    "is empty; fill it in, or leave the whole column out: --map receipt= makes one visit of what she buys at one moment"
)


class _Column:
    """One column's cells as values; each different cell is read once, and remembered for the batches that follow."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read
        self._known: dict[Hashable, Any] = {}
        self._has_unfit = False

    def values(self, cells: Sequence[Any]) -> tuple[list[Any], dict[int, Unfit]]:
        """Return the value of each cell, and by place those that cannot be taken."""
        known = self._known
        if len(known) > _MOST_KEPT:
            known.clear()
        for cell in set(cells) - known.keys():
            known[cell] = value = self._read(cell)
            self._has_unfit = self._has_unfit or isinstance(value, Unfit)
        values = [known[cell] for cell in cells]
        if not self._has_unfit:
            return values, {}
        return values, {place: value for place, value in enumerate(values) if isinstance(value, Unfit)}


class PurchaseImporter:
    """The importer of purchases: see `bot.imports.Importer`."""

    def __init__(self, settings: ImportSettings, mapped: Mapped) -> None:
        self._settings = settings
        self._kept: PurchaseImport | None = None
        self._decimal_sign: str | None = None
        self._looked_ahead = False
        self._made: dict[str, int] = {}  # numbers of customers that a dry run would make
        self._short_years = ShortYears("at", settings.zone)
        self._future = Future(settings.now, settings.zone)
        self._stores = StoreNames()
        usual = settings.currency
        self._columns = {
            "customer": _Column(lambda cell: _needed(text_value(cell, _WIDTHS["customer"]))),
            "receipt": _Column(lambda cell: _needed(text_value(cell, _WIDTHS["receipt"]), _NO_RECEIPT)),
            "at": _Column(lambda cell: instant_value(cell, settings.zone)),
            "product": _Column(lambda cell: text_value(cell, _WIDTHS["product"])),
            "product_name": _Column(lambda cell: words_value(cell, _WIDTHS["product_name"] or 0)),
            "group": _Column(lambda cell: text_value(cell, _WIDTHS["group"])),
            "quantity": _Column(quantity_value),
            "currency": _Column(lambda cell: currency_value(cell, usual)),
            "amount": _Column(lambda pair: self._amount(*pair)),
            "store": _Column(lambda cell: text_value(cell, _WIDTHS["store"])),
            "external_id": _Column(lambda cell: text_value(cell, _WIDTHS["external_id"])),
        }

    async def take(self, tx: Tx, import_id: int, batch: Batch) -> Taken:
        """Store the batch's good lines that are new, as `Importer.take` says."""
        taken = Taken()
        problems: dict[int, list[tuple[str, str]]] = {}
        values = self._values(batch, problems)
        await hold_imports(tx)
        good = [place for place in range(len(batch)) if place not in problems]
        ids = await self._customers(tx, import_id, {values["customer"][place] for place in good}, taken)
        for place in good:
            if values["customer"][place] not in ids:
                problems[place] = [("customer", _nobody(values["customer"][place]))]
        good = [place for place in good if place not in problems] if problems else good
        self._short_years.look(batch.lines, batch.column("at") or (), values["at"])
        self._future.look([batch.lines[place] for place in good], [values["at"][place] for place in good])
        if "store" in values:
            values["store"] = await self._stores.known(tx, values["store"])
        if self._kept is None:
            self._kept = PurchaseImport(import_id, dry_run=self._settings.dry_run)
        done = await self._kept.keep(tx, _lines(values, ids, good, len(batch), self._settings.currency))
        for at, (column, ours, theirs) in done.differing.items():
            place = good[at]
            problems[place] = [("external_id", self._differs(values, place, column, ours, theirs))]
        taken.kept, taken.skipped = done.kept, done.skipped
        taken.bad = [_problem(batch.lines[place], told) for place, told in sorted(problems.items())]
        return taken

    def warnings(self) -> list[str]:
        """Tell of purchases in the future and of years with two digits."""
        return [*self._future.told(), *self._short_years.told()]

    def _values(self, batch: Batch, problems: dict[int, list[tuple[str, str]]]) -> dict[str, list[Any]]:
        """Read the columns; what cannot be taken is noted in *problems* by place."""
        found: dict[str, list[Any]] = {}
        for name, column in self._columns.items():
            cells = batch.column(name)
            if name == "amount" and cells is not None:
                currencies = found.get("currency", [self._settings.currency] * len(batch))
                cells = list(zip(cells, currencies, strict=True))  # type: ignore[arg-type]  # pairs are its cells
            if cells is None:
                continue
            found[name], unfit = column.values(cells)
            for place, each in unfit.items():
                problems.setdefault(place, []).append((name, each.problem))
        return found

    def _amount(self, cell: Any, currency: str | Unfit) -> int | Unfit:
        if isinstance(currency, Unfit):
            return 0  # the row is bad by its currency already
        found = amount_value(cell, currency, self._decimal_sign)
        if isinstance(found, Unfit) and not self._looked_ahead and isinstance(cell, str):
            self._looked_ahead = True
            self._decimal_sign = decimal_sign_of(map(cell_text, self._settings.look_ahead("amount")))
            return amount_value(cell, currency, self._decimal_sign)
        return found

    async def _customers(self, tx: Tx, import_id: int, numbers: set[str], taken: Taken) -> Mapping[str, int]:
        ids = await ids_by_number(tx, numbers)
        if not self._settings.new_customers:
            return ids
        unknown = sorted(numbers - ids.keys())
        if self._settings.dry_run:
            fresh = [number for number in unknown if number not in self._made]
            self._made.update((number, -len(self._made) - at) for at, number in enumerate(fresh, 1))
            taken.new_customers = len(fresh)
            return ids | {number: self._made[number] for number in unknown}
        made = await add_numbers(tx, unknown, self._settings.now)
        await note_new_customers(tx, import_id, made.values())
        taken.new_customers = len(made)
        return ids | made

    def _differs(self, values: Mapping[str, list[Any]], place: int, column: str, ours: Any, theirs: Any) -> str:
        if column == "amount":
            currency = values["currency"][place] if "currency" in values else self._settings.currency
            ours, theirs = major_units(ours, currency), major_units(theirs, currency)
        if column == "quantity":
            ours, theirs = Decimal(ours) / 1000, Decimal(theirs) / 1000
        if column == "customer":
            return f"{quoted(values['external_id'][place])} is known as another customer's; give each line its own id"
        name = quoted(values["external_id"][place])
        told = f"{name} is known with {column} {quoted(str(theirs))}, here it is {quoted(str(ours))}"
        return f"{told}; correct the file, or undo the import that brought it"


def _needed(value: str | Unfit, otherwise: Unfit = EMPTY) -> str | Unfit:
    return value if value != "" else otherwise


def _nobody(number: str) -> str:
    return f"nobody has the number {quoted(number)}; import customers first, or --new-customers"


def _problem(line: int, told: Sequence[tuple[str, str]]) -> RowProblem:
    column, problem = told[0]
    return RowProblem(line, column, "; also ".join([problem, *(f"{name} {words}" for name, words in told[1:])]))


def _lines(
    values: Mapping[str, list[Any]], ids: Mapping[str, int], good: Sequence[int], count: int, currency: str
) -> ImportedLines:
    def column(name: str, usual: Any) -> list[Any]:
        cells = values.get(name)
        if cells is None:
            return [usual] * len(good)
        return cells if len(good) == count else [cells[place] for place in good]

    ats = column("at", None)
    external = column("external_id", None) if "external_id" in values else None
    return ImportedLines(
        customer_ids=[ids[number] for number in column("customer", None)],
        receipts=column("receipt", "") if "receipt" in values else [_moment(at) for at in ats],
        ats=ats,
        products=column("product", ""),
        product_names=column("product_name", ""),
        groups=column("group", ""),
        quantities=column("quantity", _ONE),
        amounts=column("amount", 0),
        currencies=column("currency", currency),
        stores=column("store", ""),
        external_ids=None if external is None else [each or None for each in external],
    )


def _moment(at: dt.datetime) -> str:
    """Name the receipt of a file without receipts: what she bought at one moment is one visit."""
    return at.isoformat()
