"""Pictures and moves: written as columns, read as values, changed in part."""

from __future__ import annotations

import datetime as dt

from domain.pictures import CustomerClass, Move, MoveKind, Picture
from store.customers import add_customers
from store.database import Database, Tx
from store.moves import add_moves, count_moves, moves_of
from store.pictures import change_pictures, count_pictures, newest_day, picture_columns, picture_of, put_pictures
from store.pictures import pictures_of as columns_between

DAY = dt.date(2027, 3, 28)
NOW = dt.datetime(2027, 3, 28, 1, tzinfo=dt.UTC)


async def _three(tx: Tx) -> None:
    await add_customers(tx, [{"id": each, "name": "", "created_at": NOW} for each in (1, 2, 5)])


async def test_picture_comes_back_as_it_was_put(database: Database) -> None:
    """What is left out keeps its default; what is put again changes, and the rest stays."""
    async with database.write() as tx:
        await _three(tx)
        await put_pictures(tx, {"customer_id": [1, 2], "day": [DAY, DAY], "last_on": [DAY, None], "spent": [1999, 0]})
        classes = ["keep", "develop"]
        await change_pictures(tx, {"customer_id": [1, 5], "customer_class": classes, "expected": [1.5, 2.0]})
        await put_pictures(tx, {"customer_id": [1], "day": [DAY + dt.timedelta(1)], "visits": [3]})
    async with database.read() as tx:
        expected = Picture(
            1, DAY + dt.timedelta(1), last_on=DAY, visits=3, spent=1999, expected=1.5, customer_class=CustomerClass.KEEP
        )
        assert await picture_of(tx, 1) == expected
        assert await picture_of(tx, 2) == Picture(2, DAY)
        assert await picture_of(tx, 5) is None
        assert await count_pictures(tx) == 2
        assert await newest_day(tx) == DAY + dt.timedelta(1)


async def test_columns_are_read_in_the_order_of_customers(database: Database) -> None:
    """Part after part, nobody twice; days in a form that numpy takes."""
    async with database.write() as tx:
        await _three(tx)
        await put_pictures(tx, {"customer_id": [5, 1, 2], "day": [DAY] * 3, "visits": [50, 10, 20]})
    async with database.read() as tx:
        assert await picture_columns(tx, ["customer_id", "visits"], most=2) == [[1, 2], [10, 20]]
        ids, days = await picture_columns(tx, ["customer_id", "day"], after=2, most=2)
        assert (ids, [str(day) for day in days]) == ([5], ["2027-03-28"])
        assert await picture_columns(tx, ["customer_id"], after=5) == [[]]
        assert await columns_between(tx, ["visits"], 1, 5) == [[20, 50]]


async def test_moves_are_kept_with_their_evidence(database: Database) -> None:
    """The newest first; a day's moves are counted by kind."""
    first = Move(1, MoveKind.CLASS, DAY, "keep", "develop", "bought 40 % less")
    second = Move(1, MoveKind.SEGMENT, DAY + dt.timedelta(1), "out", "in", name="parents")
    async with database.write() as tx:
        await _three(tx)
        await add_moves(tx, [first, second, Move(2, MoveKind.CLASS, DAY, "develop", "keep")])
        await add_moves(tx, [])
    async with database.read() as tx:
        assert await moves_of(tx, 1) == [second, first]
        assert await moves_of(tx, 1, most=1) == [second]
        assert await moves_of(tx, 5) == []
        assert await count_moves(tx, DAY) == {MoveKind.CLASS: 2}
