"""A customer's purchases in a few figures, and what staff felt, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.measures import Measures
from domain.purchases import Purchase
from domain.spending import Feeling, GroupSpending, Spending
from store.contacts import add_contacts
from store.customers import add_customers
from store.database import Database
from store.ids import new_id
from store.purchases import add_purchases
from store.spending import feeling_of, spending_of

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
async def two(database: Database) -> Database:
    """Return a store with two customers."""
    async with database.write() as tx:
        await add_customers(tx, [{"id": who, "name": str(who), "created_at": NOW} for who in (1, 2)])
    return database


def bought(receipt: str, days: int, amount: int, group: str = "", currency: str = "EUR", name: str = "") -> Purchase:
    """Make one line."""
    return Purchase(receipt, NOW - days * DAY, amount, currency, product_name=name, group=group, store="Kamppi")


LINES = [
    bought("A", 800, 5000, "garden"),
    bought("B", 200, 1000, "garden", name="Shears"),
    bought("B", 200, 3000, "books", name="Novel"),
    bought("B-R", 190, -500, "garden"),
    bought("C", 100, 700, "coffee", "SEK"),
    bought("D", 2, 900, ""),
    bought("later", -5, 99900, "garden"),
]


async def test_visits_sums_groups_and_receipts_are_hers_alone(two: Database) -> None:
    """Returns lessen the sums and are no visit; other currencies are visits but no money of ours; no future."""
    async with two.write() as tx:
        await add_purchases(tx, [*((1, line) for line in LINES), (2, bought("X", 3, 123, "garden"))])
        found = await spending_of(tx, 1, since=NOW - 365 * DAY, until=NOW, currency="EUR")
        assert (found.visits, found.visits_year, found.spent, found.spent_year) == (4, 3, 9400, 4400)
        assert (found.first_at, found.last_at, found.other_currencies) == (NOW - 800 * DAY, NOW - 2 * DAY, 1)
        assert found.groups == (GroupSpending("garden", 2, 5500), GroupSpending("books", 1, 3000))
        assert [(each.receipt, each.amount_minor, each.currency) for each in found.receipts] == [
            ("D", 900, "EUR"), ("C", 700, "SEK"), ("B-R", -500, "EUR"), ("B", 4000, "EUR"), ("A", 5000, "EUR"),
        ]  # fmt: skip
        assert found.receipts[3].products == ("Novel", "Shears")
        assert found.receipts[3].lines == 2
        measured = Measures(LINES, NOW)
        assert (measured.call("visits", {}), measured.call("spent", {})) == (found.visits, found.spent / 100)
        assert await spending_of(tx, 2, since=NOW, until=NOW - 9 * DAY, currency="EUR") == Spending("EUR")


async def test_a_receipt_that_was_cut_off_is_not_shown_as_whole(two: Database) -> None:
    """Of a very long receipt the sum of some lines would be wrong; the others are shown."""
    async with two.write() as tx:
        lines = [bought("long", 9, 100) for _ in range(200)]
        await add_purchases(tx, [(1, line) for line in [*lines, bought("new", 1, 100)]])
        found = await spending_of(tx, 1, since=NOW, until=NOW, currency="EUR")
    assert [each.receipt for each in found.receipts] == ["new"]
    assert found.spent == 20100


async def test_what_staff_felt_is_the_latest_and_the_mean(two: Database) -> None:
    """Contacts without a feeling say nothing."""
    async with two.write() as tx:
        assert await feeling_of(tx, 1) is None
        felt = ((9, 2), (5, None), (3, 5), (1, None))
        rows = [
            Contact(
                new_id(), 1, NOW - days * DAY, Channel.PHONE, Direction.IN, ContactKind.WORDS, "",
                ContactState.RECEIVED, feeling=feeling,
            )
            for days, feeling in felt
        ]  # fmt: skip
        await add_contacts(tx, rows)
        assert await feeling_of(tx, 1) == Feeling(5, NOW - 3 * DAY, 3.5, 2)
