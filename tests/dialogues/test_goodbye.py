"""The graceful goodbye ends where she comes back by herself."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from domain.holds import Hold
from store.customers import customers_by_chat
from store.database import Database
from store.tables import customers
from tests.dialogues.conductor_stand import START, Stand


@pytest.fixture
def stand(database: Database, tmp_path: Path) -> Stand:
    """Return a conductor over an empty store."""
    return Stand(database, tmp_path)


async def test_a_word_of_hers_ends_the_goodbye_and_is_answered(stand: Stand) -> None:
    """Until then no dialogue can be started with her, not even by staff."""
    await stand.says("/rate")
    async with stand.database.write() as tx:
        await tx.execute(update(customers).values(ended_at=START))
        customer = (await customers_by_chat(tx, [7]))[7]
        assert await stand.conductor.start(tx, customer.id, "nps", "staff:9", START) is Hold.ENDED
    assert await stand.says("/rate")
    async with stand.database.read() as tx:
        assert (await customers_by_chat(tx, [7]))[7].ended_at is None
