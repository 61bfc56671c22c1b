"""The governor: never too fast at the server, whatever the network does, and no slower than it must be."""

from __future__ import annotations

import heapq
import itertools
import random

import pytest

from bot.pacing import Governor, Pace, backoff


def in_any_window(arrivals: list[float], span: float) -> int:
    """Return the most arrivals in any window of that span."""
    arrivals = sorted(arrivals)
    most, first = 0, 0
    for last, at in enumerate(arrivals):
        while arrivals[first] <= at - span:
            first += 1
        most = max(most, last - first + 1)
    return most


def run(
    governor: Governor, seconds: float, chats: list[int], delay: tuple[float, float], seed: int = 1
) -> tuple[list[float], list[float]]:
    """
    Send as fast as the governor lets us over a jittering network: (starts, arrivals at the server).

    Each call arrives somewhere between its start and its answer.
    """
    luck = random.Random(seed)
    now, turn = 0.0, 0
    starts: list[float] = []
    arrivals: list[float] = []
    answers: list[tuple[float, int]] = []
    while now < seconds:
        while answers and answers[0][0] <= now:
            at, chat = heapq.heappop(answers)
            governor.answered(chat, at)
        chat = chats[turn % len(chats)]
        wait = max(governor.wait(now), governor.wait_for_chat(chat, now))
        if wait > 0:
            now = min(now + wait, answers[0][0] if answers else seconds + 1)
            continue
        governor.start(chat, now)
        starts.append(now)
        answered_at = now + luck.uniform(*delay)
        arrivals.append(luck.uniform(now, answered_at))
        heapq.heappush(answers, (answered_at, chat))
        turn += 1
    return starts, arrivals


@pytest.mark.parametrize("delay", [(0.0, 0.0), (0.01, 0.06), (0.0, 0.5), (0.0, 3.0)])
def test_no_second_at_the_server_sees_more_than_the_limit(delay: tuple[float, float]) -> None:
    """Jitter can bunch calls together on the way; still there are never 31 in a second."""
    for seed in range(5):
        _, arrivals = run(Governor(Pace()), 60, list(range(1, 10_000)), delay, seed)
        assert in_any_window(arrivals, 1.0) <= 30


def test_pace_is_even_and_close_to_the_limit() -> None:
    """No burst at the start, 28 to 30 a second over an ordinary network."""
    starts, _ = run(Governor(Pace()), 60, list(range(1, 10_000)), (0.02, 0.04))
    assert 28 <= len(starts) / 60 <= 30
    assert min(later - earlier for earlier, later in itertools.pairwise(starts)) > 0.03


def test_private_chat_takes_a_short_burst_and_then_one_a_second() -> None:
    """Two or three replies at once are fine, a flood to one customer is not; others do not wait for her."""
    governor = Governor(Pace(per_second=None))
    starts, _ = run(governor, 10, [7], (0.0, 0.0))
    assert len([at for at in starts if at < 0.5]) == 3
    assert 10 <= len(starts) <= 13
    assert governor.wait_for_chat(8, 10) == 0
    assert 7 in governor.busy_chats(10, 0.04)
    assert governor.busy_chats(1000, 0.04) == {}


def test_group_gets_twenty_a_minute_and_holds_up_nobody() -> None:
    """The staff group is a lane of its own."""
    governor = Governor(Pace())
    starts, arrivals = run(governor, 300, [-5], (0.0, 2.0))
    assert in_any_window(arrivals, 60.0) <= 20
    assert 80 <= len(starts) <= 120
    assert governor.wait_for_chat(7, 300) == governor.wait(300) == 0


def test_album_counts_for_each_of_its_files() -> None:
    """Ten files at once use ten places of the second."""
    governor = Governor(Pace())
    governor.start(7, 0.0, 10)
    governor.answered(7, 0.0, 10)
    assert governor.wait(0.1) == pytest.approx(10 / 28.5 - 0.1, abs=0.01)


def test_flood_halts_everything_until_the_latest_deadline() -> None:
    """A shorter 429 that comes later never ends a halt early."""
    governor = Governor(Pace(), jitter=lambda: 0.2)
    governor.flooded(30, now=100.0, started_at=99.0)
    governor.flooded(2, now=101.0, started_at=99.5)
    assert governor.halted_for(101.0) == pytest.approx(29.2)
    assert governor.room(101.0, 0.04, 100) == 0
    assert governor.wait(130.0) == pytest.approx(0.2)
    assert governor.room(130.3, 0.04, 100) > 0


def test_after_a_flood_the_pace_is_halved_once_and_recovers_slowly() -> None:
    """Many calls in flight are refused together; that is one reason to slow down, not many."""
    governor = Governor(Pace(), jitter=lambda: 0.0)
    for _ in range(20):
        governor.flooded(1, now=10.0, started_at=9.9)
    assert governor.share(11.0) == pytest.approx(0.5)
    assert governor.share(41.0) == pytest.approx(0.75)
    assert governor.share(200.0) == 1.0
    governor.flooded(1, now=12.0, started_at=11.5)
    assert governor.share(13.0) == pytest.approx(0.25, abs=0.01)


def test_toasts_never_wait_but_messages_make_room() -> None:
    """An answer to a tap is at once; what follows keeps the limit together with it."""
    governor = Governor(Pace())
    for _ in range(30):
        governor.toast_started()
    assert governor.wait(0.0) > 0
    for _ in range(30):
        governor.toast_answered(0.0)
    assert governor.wait(0.5) == pytest.approx(0.5)
    assert governor.wait(1.01) == 0


def test_no_limits_means_no_waiting() -> None:
    """Against a server of one's own nothing is slowed, except by its own 429."""
    governor = Governor(Pace.unlimited(), jitter=lambda: 0.0)
    assert governor.is_unlimited
    assert governor.room(0.0, 0.04, 100) == 100
    governor.flooded(5, 0.0, 0.0)
    assert governor.room(1.0, 0.04, 100) == 0


def test_memory_does_not_grow_with_the_number_of_chats() -> None:
    """A newsletter to a hundred thousand leaves no trace of each."""
    governor = Governor(Pace(per_second=None))
    for chat in range(1, 100_001):
        governor.start(chat, chat / 1000)
        governor.answered(chat, chat / 1000)
    assert len(governor._chats) < 7000
    assert governor.busy_chats(100.0, 0.0) == {}


def test_backoff_doubles_up_to_its_bound() -> None:
    """Each wait is about twice the one before, and never over the most by more than its jitter."""
    waits = [backoff(attempt, first=1, most=60) for attempt in range(1, 500)]
    assert 0.75 <= waits[0] <= 1.25
    assert 3 <= waits[2] <= 5
    assert max(waits) <= 75
