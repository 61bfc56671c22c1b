"""Whose turn it is at night, and who stays stale because her lines changed while the night read them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, insert, select

from store.database import Database
from store.ids import new_id
from store.night import put_stale, stale_among, still_there, whose_turn
from store.pictures import put_pictures
from store.tables import pictures, purchases, stale_customers
from store.without_rows import customers_without
from tests.store.sending_rows import put_customers

NOW = dt.datetime(2027, 3, 1, 3, tzinfo=dt.UTC)


async def test_who_has_no_row_is_found_wherever_she_is(database: Database) -> None:
    """The newest by their ids alone; where one in between has none, by looking everybody up; each also in a range."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3, 4, 5])
        assert await whose_turn(tx, NOW.date(), everybody=False) == [1, 2, 3, 4, 5]
        await put_pictures(tx, {"customer_id": [1, 2, 3], "day": [NOW.date()] * 3})
        for gone, after, upto, found in (
            (None, 0, None, [4, 5]),
            (None, 0, 4, [4]),
            (None, 0, 3, []),
            (2, 0, None, [2, 4, 5]),
            (2, 2, 4, [4]),
            (2, 0, 3, [2]),
        ):
            if gone is not None:
                await tx.execute(delete(pictures).where(pictures.c.customer_id == gone))
            without = await customers_without(tx, pictures, after, upto)
            assert sorted([] if without is None else await tx.scalars(without)) == found
        assert await whose_turn(tx, NOW.date(), everybody=False) == [2, 4, 5]


async def test_who_was_changed_while_her_lines_were_read_stays_stale(database: Database) -> None:
    """Marked since, or fewer lines than were read: she is looked at again; of the others nothing is left to do."""
    line = {"receipt": "r", "at": NOW, "amount_minor": 1, "currency": "EUR"}
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3, 4])
        await tx.execute(insert(purchases), [{"id": new_id(), "customer_id": who, **line} for who in (1, 2, 3, 3)])
        await put_stale(tx, [1, 3, 9], NOW)
        assert (read := await stale_among(tx, [1, 2, 3, 4])) == {1: 1, 3: 2}
        await put_stale(tx, [2], NOW)
        one = select(purchases.c.id).where(purchases.c.customer_id == 3).limit(1)
        await tx.execute(delete(purchases).where(purchases.c.id.in_(one)))
        assert await still_there(tx, [1, 2, 3, 4, 9], read, NOW) == {1, 2, 3, 4}
        assert set(await tx.scalars(select(stale_customers.c.customer_id))) == {2, 3}
