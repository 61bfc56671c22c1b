"""The governor over any network: however calls and answers bunch up on the way, the server never sees too much."""

from __future__ import annotations

import heapq
import itertools
import random
from collections import defaultdict
from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.pacing import Governor, Pace

PATIENT = settings(max_examples=60, deadline=None)


@dataclass(frozen=True, slots=True)
class Network:
    """What the way to the server does: seconds to an answer, and now and then a spike on top."""

    least: float
    spread: float
    spikes: float  # share of the calls
    spike: float

    def delay(self, luck: random.Random) -> float:
        """Return how long one call takes."""
        late = self.spike if luck.random() < self.spikes else 0.0
        return self.least + luck.uniform(0, self.spread) + late


@dataclass(slots=True)
class Seen:
    """What happened: when calls began, and when the server met them (*weight* messages each)."""

    starts: list[tuple[float, int, int]] = field(default_factory=list)  # moment, chat, weight
    arrivals: list[tuple[float, int, int]] = field(default_factory=list)
    floods: list[tuple[float, float]] = field(default_factory=list)  # answered at, until when

    def at_server(self, *chats: int) -> list[float]:
        """Return the moments at which the server met messages, to any of *chats* or to all."""
        return sorted(at for at, chat, weight in self.arrivals for _ in range(weight) if not chats or chat in chats)


def most_within(moments: list[float], span: float) -> int:
    """Return the most of *moments* (sorted) in any window of that span."""
    most = first = 0
    for last, at in enumerate(moments):
        while moments[first] <= at - span:
            first += 1
        most = max(most, last - first + 1)
    return most


def send(
    governor: Governor,
    network: Network,
    luck: random.Random,
    *,
    seconds: float = 20.0,
    chats: int = 100_000,
    groups: float = 0.0,
    albums: float = 0.0,
    floods: float = 0.0,
    in_flight: int = 100,
) -> Seen:
    """Send as fast as the governor lets us; the server meets each call somewhere between its start and its answer."""
    seen, now, at_once = Seen(), 0.0, 0
    answers: list[tuple[float, int, float, int, int, float]] = []
    numbers = itertools.count()
    while now < seconds:
        while answers and answers[0][0] <= now:
            at, _, started_at, chat, weight, retry_after = heapq.heappop(answers)
            at_once -= 1
            governor.answered(chat, at, weight)
            if retry_after:
                governor.flooded(retry_after, at, started_at)
                seen.floods.append((at, at + retry_after))
        chat = -luck.randint(1, 3) if luck.random() < groups else luck.randint(1, chats)
        weight = luck.randint(2, 10) if luck.random() < albums else 1
        wait = max(
            governor.wait(now, weight), governor.wait_for_chat(chat, now, weight) if chats < 10 or chat < 0 else 0
        )
        if wait > 0 or at_once >= in_flight:
            following = min(now + max(wait, 0.001), answers[0][0] if answers else now + wait + 0.001)
            now = max(following, now + 1e-6)
            continue
        governor.start(chat, now, weight)
        delay = network.delay(luck)
        seen.starts.append((now, chat, weight))
        seen.arrivals.append((now + luck.random() * delay, chat, weight))
        refused = luck.randint(1, 5) if luck.random() < floods else 0
        heapq.heappush(answers, (now + delay, next(numbers), now, chat, weight, refused))
        at_once += 1
    return seen


networks = st.builds(
    Network,
    least=st.floats(0, 0.2),
    spread=st.floats(0, 2.0),
    spikes=st.sampled_from([0.0, 0.02, 0.3]),
    spike=st.floats(0, 6.0),
)
lucks = st.integers(0, 2**32).map(random.Random)


@PATIENT
@given(networks, lucks, st.sampled_from([0.0, 0.1]), st.sampled_from([1.0, 7.0, 30.0]))
def test_no_second_at_the_server_ever_has_one_too_many(
    network: Network, luck: random.Random, albums: float, per_second: float
) -> None:
    """Never 31 in a second, in whatever second one looks; an album counts each of its files."""
    albums = albums if per_second >= 10 else 0.0
    seen = send(Governor(Pace(per_second=per_second)), network, luck, albums=albums)
    assert most_within(seen.at_server(), 1.0) <= per_second
    assert seen.starts


_GAP_S = 0.035  # between the starts of two calls at the full pace


@PATIENT
@example(random.Random(0), 0.03497974503776338, 0.0)
@given(lucks, st.floats(0.0, 0.05), st.floats(0.0, 0.02))
def test_pace_is_smooth_while_there_is_work(luck: random.Random, least: float, spread: float) -> None:
    """
    28 to 30 in every second of an ordinary network, each at least a thirtieth of a second after the one before.

    27 may start in a second where answers take just as long as the gap between two calls (35 ms).
    """
    least_a_second = 27 if abs(least - _GAP_S) < 0.0005 else 28
    seen = send(Governor(Pace()), Network(least, spread, 0.0, 0.0), luck, seconds=10)
    moments = [at for at, _, _ in seen.starts]
    for second in range(9):
        assert least_a_second <= sum(second <= at < second + 1 for at in moments) <= 30
    assert min(later - earlier for earlier, later in itertools.pairwise(moments)) > 1 / 30


@PATIENT
@given(networks, lucks, st.integers(1, 4))
def test_private_chat_gets_its_burst_and_then_one_a_second(network: Network, luck: random.Random, burst: int) -> None:
    """In any span of n seconds at most the burst and one each 1.05 seconds of it begin to one chat."""
    seen = send(Governor(Pace(per_second=None, chat_burst=burst)), network, luck, chats=3)
    by_chat: dict[int, list[float]] = defaultdict(list)
    for at, chat, _ in seen.starts:
        by_chat[chat].append(at)
    for moments in by_chat.values():
        for span in (0.5, 1.0, 3.0, 10.0):
            assert most_within(moments, span) <= burst + span / 1.05


@PATIENT
@given(networks, lucks)
def test_group_never_gets_more_than_twenty_a_minute(network: Network, luck: random.Random) -> None:
    """Counted at the server, whatever else is sent; other chats keep their pace beside it."""
    seen = send(Governor(Pace()), network, luck, seconds=150, groups=0.5, in_flight=30)
    for group in (-1, -2, -3):
        assert most_within(seen.at_server(group), 60.0) <= 20
    assert most_within(seen.at_server(), 1.0) <= 30


@PATIENT
@given(networks, lucks, st.sampled_from([0.01, 0.1, 0.5]))
def test_nothing_begins_before_the_latest_deadline_of_a_flood(
    network: Network, luck: random.Random, floods: float
) -> None:
    """Every 429 is obeyed, also those of calls in flight, and none ends the halt of another; albums wait as well."""
    seen = send(Governor(Pace(), jitter=lambda: 0.1), network, luck, floods=floods, albums=0.05, seconds=60)
    moments = [at for at, _, _ in seen.starts]
    for told, until in seen.floods:
        assert not any(told < at < until for at in moments)
    assert most_within(seen.at_server(), 1.0) <= 30


@PATIENT
@given(st.lists(st.tuples(st.floats(0.5, 200), st.integers(1, 9)), min_size=1, max_size=6))
def test_pace_halves_once_for_each_flood_and_recovers_by_steps_of_equal_size(floods: list[tuple[float, int]]) -> None:
    """Multiplied down, added up: as TCP finds the pace that the other side can take."""
    governor, now, share = Governor(Pace(), jitter=lambda: 0.0), 0.0, 1.0
    for pause, together in floods:
        now += pause
        share = max(governor.share(now) / 2, 0.05)
        for late in range(together):
            governor.flooded(1.0, now + late / 100, started_at=now - 0.01)
        rest_ends = now + (together - 1) / 100 + 1.0
        assert abs(governor.share(rest_ends) - share) < 1e-9
        steps = [governor.share(rest_ends + 6.0 * step) for step in range(1, 5)]
        for before, after in itertools.pairwise([share, *steps]):
            assert after == 1.0 or abs((after - before) - 0.05) < 1e-9
        now = rest_ends
