"""The playground's own time."""

import datetime as dt

import pytest

from bot.playground import PlayClock


def test_the_play_clock_jumps_and_stands_still() -> None:
    """Frozen it is exactly what it was set to; a naive time is refused."""
    at = dt.datetime(2027, 3, 2, 10, 0, tzinfo=dt.UTC)
    clock = PlayClock(at, frozen=True)
    assert clock.now() == clock.now() == at
    clock.advance(dt.timedelta(hours=4))
    assert clock.now() == at + dt.timedelta(hours=4)
    moving = PlayClock(at)
    assert moving.now() >= at
    with pytest.raises(ValueError, match="time zone"):
        clock.set(dt.datetime(2027, 1, 1))  # noqa: DTZ001  # the mistake itself


async def test_a_move_starts_the_listeners_and_can_be_waited_for() -> None:
    """Once for each move, whether or not anybody waits; an error reaches the one who does."""
    clock = PlayClock(dt.datetime(2027, 3, 2, tzinfo=dt.UTC), frozen=True)
    heard: list[int] = []

    async def listener() -> None:
        heard.append(clock.now().hour)

    async def broken() -> None:
        raise LookupError("nobody")

    clock.on_change.append(listener)
    clock.advance(dt.timedelta(hours=1))
    await clock.changed()
    await clock.changed()
    assert heard == [1]
    clock.on_change.append(broken)
    clock.advance(dt.timedelta(hours=1))
    with pytest.raises(LookupError):
        await clock.changed()
    assert heard == [1, 2]


def test_without_a_loop_it_only_moves() -> None:
    """A plain script may set the time before anything runs."""

    async def listener() -> None:
        raise AssertionError

    clock = PlayClock(frozen=True)
    clock.on_change.append(listener)
    before = clock.now()
    clock.advance(dt.timedelta(days=1))
    assert clock.now() - before == dt.timedelta(days=1)
