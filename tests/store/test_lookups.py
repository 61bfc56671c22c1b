"""Look-ups by id: one, many and none find the same."""

from __future__ import annotations

import datetime as dt

import pytest

from store.customers import add_customers, customers_by_id
from store.database import Database
from store.types import constant

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)


async def test_one_many_and_no_ids_find_whom_they_name(database: Database) -> None:
    """The short form for one id and the long one for many differ in nothing but their price."""
    async with database.write() as tx:
        await add_customers(tx, [{"id": n, "name": f"Customer {n}", "created_at": NOW} for n in (1, 2, 3)])
        assert set(await customers_by_id(tx, [2])) == {2}
        assert set(await customers_by_id(tx, [1, 3, 9])) == {1, 3}
        assert set(await customers_by_id(tx, [])) == set()


def test_a_constant_with_a_quotation_mark_is_refused() -> None:
    """What stands in a statement as it is must be a word of ours."""
    with pytest.raises(ValueError, match="bind it"):
        constant("it's")
