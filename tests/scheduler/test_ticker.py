"""The ticker and the alarm clock: a failing job is told once and stops no other; the clock only wakes."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

import pytest

from scheduler.clock import AlarmClock
from scheduler.ticker import Ticker
from store.database import Database, StoreUnavailable, Tx

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
PATIENCE_S = 60.0  # on a busy machine it is late, and that is no failure


class Recorded:
    """A job that counts its ticks and raises what it is told to."""

    def __init__(self, name: str, due: dt.datetime | None = None) -> None:
        self._name = name
        self.due = due
        self.raises: Exception | None = None
        self.prepared = 0
        self.ticks: list[dt.datetime] = []
        self.ticked = asyncio.Event()

    @property
    def name(self) -> str:
        """Its name in events."""
        return self._name

    async def prepare(self, now: dt.datetime) -> None:
        """Count."""
        self.prepared += 1

    async def tick(self, now: dt.datetime) -> None:
        """Count, or fail."""
        if self.raises is not None:
            raise self.raises
        self.ticks.append(now)
        self.ticked.set()

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return what it was given."""
        return self.due


class Fixed:
    """A clock that stands still."""

    def now(self) -> dt.datetime:
        """Return the same instant always."""
        return NOW


async def test_a_failing_job_is_told_once_and_the_others_go_on(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """One event when it begins, one when it is over; an error's own words are not logged."""
    bad, good = Recorded("bad"), Recorded("good")
    ticker = Ticker(sqlite_database, [bad, good])
    bad.raises = ValueError("a customer's secret words")
    with caplog.at_level(logging.INFO, logger="scheduler.ticker"):
        await ticker.tick(NOW)
        await ticker.tick(NOW)
        assert ticker.troubles == {"bad": "ValueError"}
        bad.raises = StoreUnavailable("the disk is full")
        await ticker.tick(NOW)
        bad.raises = None
        await ticker.tick(NOW)
    assert len(good.ticks) == 4
    assert len(bad.ticks) == 1
    assert [record.message for record in caplog.records] == [
        "scheduler.failed",
        "scheduler.failed",
        "scheduler.recovered",
    ]
    assert "secret" not in caplog.text
    assert ticker.troubles == {}


async def test_files_are_brought_in_before_the_first_tick_and_after_a_reload(sqlite_database: Database) -> None:
    """Preparing is not repeated at each tick."""
    job = Recorded("one")
    ticker = Ticker(sqlite_database, [job])
    await ticker.tick(NOW)
    await ticker.tick(NOW)
    assert job.prepared == 1
    ticker.reload()
    await ticker.tick(NOW)
    assert job.prepared == 2


async def test_the_next_due_is_the_earliest_and_a_job_in_trouble_plans_nothing(sqlite_database: Database) -> None:
    """What fails is not tried in a hurry."""
    first, second = Recorded("a", NOW), Recorded("b", NOW + dt.timedelta(hours=1))
    ticker = Ticker(sqlite_database, [first, second, Recorded("c")])
    assert await ticker.next_due(NOW) == NOW
    first.raises = ValueError()
    await ticker.tick(NOW)
    assert await ticker.next_due(NOW) == second.due


async def test_the_alarm_clock_wakes_at_start_when_due_and_when_told(sqlite_database: Database) -> None:
    """It ticks by itself at once, again when something is due, and when somebody wakes it."""
    job = Recorded("one", NOW)
    short = dt.timedelta(milliseconds=5)
    alarm = AlarmClock(Ticker(sqlite_database, [job]), Fixed(), steady=dt.timedelta(hours=1), shortest=short)
    alarm.wake()  # not running yet: nothing happens
    alarm.start()
    try:
        for _ in range(3):
            await asyncio.wait_for(job.ticked.wait(), PATIENCE_S)
            job.ticked.clear()
        job.due = None
        alarm.wake()
        await asyncio.wait_for(job.ticked.wait(), PATIENCE_S)
    finally:
        alarm.stop()
    assert set(job.ticks) == {NOW}


async def test_stopping_amid_a_tick_is_no_failure(sqlite_database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever ends the program in its first second reads no traceback."""
    under_way: asyncio.Future[asyncio.Task[None]] = asyncio.get_running_loop().create_future()

    class Long(Recorded):
        async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
            task = asyncio.current_task()
            assert task is not None
            under_way.set_result(task)
            await asyncio.Event().wait()
            return None

    alarm = AlarmClock(Ticker(sqlite_database, [Long("one")]), Fixed())
    alarm.start()
    ticking = await asyncio.wait_for(under_way, PATIENCE_S)
    alarm.stop()
    await asyncio.wait({ticking}, timeout=PATIENCE_S)
    assert ticking.done()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
