"""Imported lines: each kept once, however often and in whatever parts their file is imported."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from domain.duplicates import Merge
from domain.purchases import Purchase
from store.customers import add_customers
from store.database import Database, Tx
from store.merging import merge_customers
from store.purchase_imports import ImportedLines, LinesKept, PurchaseImport, add_numbers, ids_by_number
from store.purchases import add_purchases, purchases_of
from store.tables import customers

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
COFFEE = Purchase("R1", NOW, 1999, "EUR", "p1", "Coffee, dark", "food", Decimal("1.250"), "Turku")
TEA = dataclasses.replace(COFFEE, product="p2", amount_minor=-300)


async def _ann(tx: Tx) -> int:
    await add_customers(tx, [{"name": "Ann", "number": "4711", "created_at": NOW}])
    found: int | None = await tx.scalar(select(customers.c.id))
    assert found is not None
    return found


def _lines(customer_id: int, *lines: Purchase) -> ImportedLines:
    return ImportedLines(
        customer_ids=[customer_id] * len(lines),
        receipts=[line.receipt for line in lines],
        ats=[line.at for line in lines],
        products=[line.product for line in lines],
        product_names=[line.product_name for line in lines],
        groups=[line.group for line in lines],
        quantities=[line.quantity for line in lines],
        amounts=[line.amount_minor for line in lines],
        currencies=[line.currency for line in lines],
        stores=[line.store for line in lines],
        external_ids=[line.external_id for line in lines] if any(line.external_id for line in lines) else None,
    )


def _counts(done: LinesKept) -> tuple[int, int]:
    return done.kept, done.skipped


async def test_line_comes_back_as_the_file_had_it(database: Database) -> None:
    """What an import writes reads like what `add_purchases` writes."""
    async with database.write() as tx:
        ann = await _ann(tx)
        assert _counts(await PurchaseImport(1).keep(tx, _lines(ann, COFFEE, TEA))) == (2, 0)
        assert (await purchases_of(tx, [ann]))[ann] == [COFFEE, TEA]
        assert await add_purchases(tx, [(ann, TEA)]) == 1


async def test_two_equal_lines_are_two_and_a_second_import_changes_nothing(database: Database) -> None:
    """Known lines are counted, not only looked for: of three, where two are known, one is new."""
    async with database.write() as tx:
        ann = await _ann(tx)
        assert _counts(await PurchaseImport(1).keep(tx, _lines(ann, COFFEE, COFFEE, TEA))) == (3, 0)
        assert _counts(await PurchaseImport(2).keep(tx, _lines(ann, COFFEE, TEA, COFFEE))) == (0, 3)
        assert _counts(await PurchaseImport(3).keep(tx, _lines(ann, *[COFFEE] * 3))) == (1, 2)
        assert len((await purchases_of(tx, [ann]))[ann]) == 4


async def test_lines_of_a_receipt_far_apart_in_the_file_count_together(database: Database) -> None:
    """A known line stands for one of the file's, in whichever batch its twin comes."""
    async with database.write() as tx:
        ann = await _ann(tx)
        first = PurchaseImport(1)
        assert [_counts(await first.keep(tx, _lines(ann, COFFEE))) for _ in range(2)] == [(1, 0), (1, 0)]
        second = PurchaseImport(2)
        assert [_counts(await second.keep(tx, _lines(ann, COFFEE))) for _ in range(3)] == [(0, 1), (0, 1), (1, 0)]
        third = PurchaseImport(3)
        assert _counts(await third.keep(tx, _lines(ann, COFFEE, COFFEE, COFFEE, TEA))) == (1, 3)
        assert _counts(await third.keep(tx, _lines(ann, COFFEE))) == (1, 0)


async def test_other_quantity_store_or_moment_is_another_line(database: Database) -> None:
    """Only a line that is alike in everything but its product's name is the same."""
    others = [
        dataclasses.replace(COFFEE, quantity=Decimal("1.251")),
        dataclasses.replace(COFFEE, store="Lahti"),
        dataclasses.replace(COFFEE, at=NOW + dt.timedelta(seconds=1)),
        dataclasses.replace(COFFEE, currency="CZK"),
    ]
    async with database.write() as tx:
        ann = await _ann(tx)
        await PurchaseImport(1).keep(tx, _lines(ann, COFFEE))
        assert _counts(await PurchaseImport(2).keep(tx, _lines(ann, *others))) == (4, 0)
        renamed = dataclasses.replace(COFFEE, product_name="Dark coffee")
        assert _counts(await PurchaseImport(3).keep(tx, _lines(ann, renamed))) == (0, 1)


async def test_external_id_is_known_and_a_difference_is_told_with_both_figures(database: Database) -> None:
    """The same line is passed by, a changed one is named and not kept; the same within one file."""
    one, two = (dataclasses.replace(COFFEE, external_id=each) for each in ("till-1", "till-2"))
    changed = dataclasses.replace(one, amount_minor=2000)
    async with database.write() as tx:
        ann = await _ann(tx)
        assert _counts(await PurchaseImport(1).keep(tx, _lines(ann, one))) == (1, 0)
        done = await PurchaseImport(2).keep(tx, _lines(ann, changed, one, two, two, TEA))
        assert (_counts(done), done.differing) == ((2, 2), {0: ("amount", 2000, 1999)})


async def test_dry_run_writes_nothing_and_counts_the_same(database: Database) -> None:
    """What a dry run says would be kept is what the import keeps."""
    lines = [dataclasses.replace(COFFEE, external_id="till-1")] * 2 + [TEA, TEA]
    async with database.write() as tx:
        ann = await _ann(tx)
        dry = PurchaseImport(0, dry_run=True)
        assert [_counts(await dry.keep(tx, _lines(ann, *lines))) for _ in range(2)] == [(3, 1), (2, 2)]
        assert await purchases_of(tx, [ann]) == {}
        real = PurchaseImport(1)
        assert [_counts(await real.keep(tx, _lines(ann, *lines))) for _ in range(2)] == [(3, 1), (2, 2)]


async def test_numbers_find_their_customers_and_new_ones_are_made(database: Database) -> None:
    """A number is text: "0815" is not "815"."""
    async with database.write() as tx:
        ann = await _ann(tx)
        assert await ids_by_number(tx, ["4711", "0815"]) == {"4711": ann}
        made = await add_numbers(tx, ["0815"], NOW)
        assert await ids_by_number(tx, ["4711", "0815", "815"]) == {"4711": ann} | made


async def test_number_of_a_merged_customer_still_means_her(database: Database) -> None:
    """The till does not hear of a merge: its next file, and the one of last month, are of the one who stayed."""
    async with database.write() as tx:
        ann = await _ann(tx)
        other = (await add_numbers(tx, ["0815"], NOW))["0815"]
        await PurchaseImport(1).keep(tx, _lines(other, COFFEE))
        assert isinstance(await merge_customers(tx, ann, other, NOW), Merge)
        assert await ids_by_number(tx, ["0815"]) == {"0815": ann}
        assert _counts(await PurchaseImport(2).keep(tx, _lines(ann, COFFEE))) == (0, 1)
