"""Kept measures in the store: what is kept, for how long it is true, and what makes room for what."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select

from domain.durations import Duration, Unit
from domain.kept_measures import STANDARD, Measure, measures_to_keep, read_measure
from domain.rules import parse_rule
from store.database import Database, Tx
from store.kept_measures import (
    Measured,
    Slots,
    begin_keeping,
    last_measured,
    note_asked,
    put_kept,
    settle_slots,
    the_slots,
)
from store.settings import get_setting, put_setting
from store.tables import kept_measures, pictures, schedules, stale_customers
from tests.store.sending_rows import put_customers, put_sending

ZONE = ZoneInfo("Europe/Helsinki")
NIGHT = dt.datetime(2027, 3, 2, 3, tzinfo=ZONE)
DAY = NIGHT.date()


def spent_on(number: int) -> Measure:
    return read_measure(f'spent(group="g{number}")')


async def stale(tx: Tx) -> int:
    return int(await tx.scalar(select(func.count()).select_from(stale_customers)) or 0)


async def with_pictures(tx: Tx, count: int) -> None:
    await put_customers(tx, range(1, count + 1))
    await tx.execute(insert(pictures), [{"customer_id": i, "day": DAY} for i in range(1, count + 1)])


async def test_first_night_keeps_the_standard_measures_and_those_of_rules(database: Database) -> None:
    """What the shipped rules ask for is there, too; and the audience of a newsletter that runs."""
    in_use = measures_to_keep([parse_rule('unbroken("magazine") > 3y')])
    async with database.write() as tx:
        await put_sending(tx, audience='bought("car") >= 2 and visits(12m) > 1')
        planned = {"kind": "survey", "name": "nps", "cron": "0 9 * * *", "timezone": "", "late_s": 0, "since": NIGHT}
        await tx.execute(insert(schedules).values(**planned, audience="visits(3y) > 1", enabled=True))
        await tx.execute(
            insert(schedules).values(**planned | {"name": "old"}, audience="visits(4y) > 1", enabled=False)
        )
        slots = await settle_slots(tx, in_use, NIGHT)
        assert slots == await the_slots(tx)
    assert set(slots.measures) == {
        *STANDARD,
        *in_use,
        read_measure('bought(group="car")'),
        read_measure("visits(window=3y)"),
    }
    assert slots.numbers == tuple(range(1, len(slots.measures) + 1))


async def test_rows_are_put_in_place_of_the_older_ones(database: Database) -> None:
    """A customer has one row, whose columns are those of the slots; unknown is null."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        slots = Slots((2, 5), STANDARD[:2])
        await put_kept(tx, slots, DAY, [1, 2], [dt.date(2027, 4, 1), dt.date.max], [[3.0, None], [12.5, 0.0]])
        await put_kept(tx, slots, DAY, [2], [dt.date(2027, 5, 1)], [[7.0], [None]])
        await put_kept(tx, slots, DAY, [], [], [[], []])
        c = kept_measures.c
        rows = (await tx.execute(select(c.customer_id, c.due_on, c.m01, c.m02, c.m05).order_by(c.customer_id))).all()
    assert [tuple(row) for row in rows] == [
        (1, dt.date(2027, 4, 1), None, 3.0, 12.5),
        (2, dt.date(2027, 5, 1), None, 7.0, None),
    ]


async def test_new_measure_makes_everybody_stale_and_the_same_ones_nobody(database: Database) -> None:
    """So no column ever holds another measure than its slot says, at whatever moment the night breaks off."""
    async with database.write() as tx:
        await with_pictures(tx, 3)
        await settle_slots(tx, [], NIGHT)
        assert await stale(tx) == 3
        await tx.execute(stale_customers.delete())
        await settle_slots(tx, [], NIGHT)
        assert await stale(tx) == 0
        await note_asked(tx, [spent_on(1)], NIGHT)
        slots = await settle_slots(tx, [], NIGHT)
        assert (slots.measures[-1], await stale(tx)) == (spent_on(1), 3)


async def test_least_lately_asked_gives_way(database: Database) -> None:
    """There is room for 24: what is in use and the standard ones stay, of the rest those asked last."""
    async with database.write() as tx:
        for number in range(12):
            await note_asked(tx, [spent_on(number)], NIGHT + dt.timedelta(minutes=number))
        slots = await settle_slots(tx, [], NIGHT)
        assert len(slots.measures) == 24
        assert spent_on(0) not in slots.measures
        await note_asked(tx, [spent_on(0)], NIGHT + dt.timedelta(hours=1))
        after = await settle_slots(tx, [], NIGHT)
        assert spent_on(0) in after.measures
        assert spent_on(1) not in after.measures
        assert [m for m in slots.measures if m != spent_on(1)] == [m for m in after.measures if m != spent_on(0)]


async def test_measure_nobody_asked_for_in_90_days_makes_room(database: Database) -> None:
    """A passing question does not cost a column for ever."""
    async with database.write() as tx:
        await note_asked(tx, [spent_on(n) for n in range(11)], NIGHT)
        await settle_slots(tx, [], NIGHT)
        later = NIGHT + dt.timedelta(days=91)
        slots = await settle_slots(tx, [spent_on(20)], later)
    assert spent_on(20) in slots.measures
    assert set(STANDARD) < set(slots.measures)


async def test_night_in_another_zone_or_currency_or_before_the_last_believes_nothing_kept(database: Database) -> None:
    """Days and amounts would mean something else."""
    async with database.write() as tx:
        await with_pictures(tx, 2)
        assert await last_measured(tx) is None
        await begin_keeping(tx, NIGHT, 17, "EUR")
        assert await last_measured(tx) == Measured(NIGHT.astimezone(dt.UTC), 17, "Europe/Helsinki", "EUR")
        await begin_keeping(tx, NIGHT, 18, "EUR")
        assert await stale(tx) == 0
        await begin_keeping(tx, NIGHT, 19, "SEK")
        assert await stale(tx) == 2
        await tx.execute(stale_customers.delete())
        await begin_keeping(tx, NIGHT - dt.timedelta(seconds=1), 19, "SEK")
        assert await stale(tx) == 2


async def test_what_an_older_program_kept_is_believed_no_more(database: Database) -> None:
    """A measure may mean something else since: until the next night it is measured anew, and then for everybody."""
    async with database.write() as tx:
        await with_pictures(tx, 2)
        await begin_keeping(tx, NIGHT, 17, "EUR")
        told = await get_setting(tx, "kept measures")
        told.pop("reckoning", None)
        await put_setting(tx, "kept measures", told)
        assert await last_measured(tx) is None
        assert await stale(tx) == 0
        await begin_keeping(tx, NIGHT, 18, "EUR")
        assert await stale(tx) == 2
        assert await last_measured(tx) == Measured(NIGHT.astimezone(dt.UTC), 18, "Europe/Helsinki", "EUR")


def test_measures_of_rules_come_with_the_most_used_first() -> None:
    """Where there is no room for all, those stay that more rules need."""
    rules = [
        parse_rule(text) for text in ("visits(12m) > 1 and spent(3h) > 1", 'since("purchase") > 1y', "visits(12m) > 2")
    ]
    visits = Measure("visits", (("window", Duration(12, Unit.MONTHS)),))
    assert measures_to_keep(rules) == [visits, read_measure('days_since(what="purchase")')]
