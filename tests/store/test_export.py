"""Exports page by page: every row once, whatever the page's size."""

from __future__ import annotations

import pytest

from store.database import Database
from store.export import COLUMNS, count_rows, export_pages
from tests.store.rules_rows import put_random_customers


@pytest.mark.parametrize("what", list(COLUMNS))
async def test_pages_hold_every_row_once(database: Database, what: str) -> None:
    """The same rows in the same order from pages of three as from one page; as many cells as columns."""
    async with database.write() as tx:
        await put_random_customers(tx, seed=1, count=10)
    async with database.read() as tx:
        small = [row async for page in export_pages(tx, what, size=3) for row in page]
        large = [row async for page in export_pages(tx, what) for row in page]
        assert small == large
        assert len(large) == await count_rows(tx, what)
    assert all(len(row) == len(COLUMNS[what]) for row in large)
