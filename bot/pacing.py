"""
The governor: when the next call may start, so that Telegram never has to say 429. Pure; time is passed in, monotonic.

The pace is even and without bursts. Beyond that a window is kept over what the server may have seen: a call counts
from its start until a full span after its answer. The server handled it somewhere in between, so no jitter of the
network can put more than the limit into any window of that span at the server.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

_JITTER_S = (0.1, 0.5)
_FLOOR_SHARE = 0.05
_RECOVERY_S = 60.0  # from half to the full pace after a 429
_EVEN_SHARE = 0.95  # of the limit, kept by spacing; the rest is the window's reserve
_PRUNE_EVERY = 1000
_NO_WAIT_S = 1e-5
_CATCH_UP_S = 0.02
_PAID_RESTS_S = 600.0


@dataclass(frozen=True, slots=True)
class Pace:
    """
    Telegram's limits as we keep them; None is no limit.

    *per_second* counts messages to all chats, *group_per_minute* those to one group. A private chat takes
    *chat_burst* at once and one each *chat_interval* seconds. *paid_per_second* counts what is paid for, beside the
    free ones; 0 is none.
    """

    per_second: float | None = 30.0
    paid_per_second: float = 0.0
    chat_interval: float | None = 1.05
    chat_burst: int = 3
    group_per_minute: int | None = 20
    group_interval: float = 1.05

    @classmethod
    def unlimited(cls) -> Pace:
        """Return no limits at all, for tests of what is not about pace."""
        return cls(per_second=None, chat_interval=None, group_per_minute=None)


class Governor:
    """Decides when calls start. Every `start` must be followed by one `answered`."""

    def __init__(self, pace: Pace, jitter: Callable[[], float] = lambda: random.uniform(*_JITTER_S)) -> None:
        self.pace = pace
        self._jitter = jitter
        self._free = None if pace.per_second is None else _Road(pace.per_second)
        self._paid = (
            None if self._free is None or not pace.paid_per_second else _Road(pace.paid_per_second, _CATCH_UP_S)
        )
        self._paid_closed_until = float("-inf")
        self._groups: dict[int, _Group] = {}
        self._chats: dict[int, tuple[float, float]] = {}  # tokens left, and when they were counted
        self._spent: set[int] = set()  # chats that have had their burst
        self._halted_until = float("-inf")
        self._share = 1.0
        self._slowed_at = float("-inf")
        self._starts = 0

    # What the pump asks before it claims ---------------------------------------------------------------------------

    @property
    def is_unlimited(self) -> bool:
        """Say whether nothing but a 429 ever makes a call wait."""
        return self._free is None and self.pace.chat_interval is None and not self._limits_groups

    @property
    def has_paid_lane(self) -> bool:
        """Say whether calls above the free rate may be paid for."""
        return self._paid is not None

    def wait(self, now: float, weight: int = 1, *, paid: bool = False) -> float:
        """Return the seconds until *weight* messages may start, to any chat that is ready; 0 when they may now."""
        wait = _wait(self._halted_until, now)
        road = self._paid if paid else self._free
        return wait if road is None else max(wait, road.wait(now, weight))

    def room(self, now: float, horizon: float, most: int) -> int:
        """Return how many messages, at most *most*, may start within *horizon* seconds."""
        if self._halted_until > now:
            return 0
        return most if self._free is None else self._free.room(now, horizon, most, self.share(now))

    def paid_room(self, now: float, horizon: float, most: int) -> int:
        """Return how many more, at most *most*, may start beside them when they are paid for."""
        if self._paid is None or max(self._halted_until, self._paid_closed_until) > now:
            return 0
        return self._paid.room(now, horizon, most, self.share(now))

    def close_paid_lane(self, now: float) -> None:
        """Pay for nothing for a while: the bot has no Stars, or may not."""
        self._paid_closed_until = now + _PAID_RESTS_S

    def busy_chats(self, now: float, horizon: float) -> dict[int, float]:
        """Return the chats that must not get another message within *horizon* seconds, each with its wait."""
        busy = {chat: wait for chat, group in self._groups.items() if (wait := group.wait(now)) > horizon}
        self._spent = {chat for chat in self._spent if self._chat_wait(chat, now) > 0}
        busy.update((chat, wait) for chat in self._spent if (wait := self._chat_wait(chat, now)) > horizon)
        return busy

    # What a call asks ----------------------------------------------------------------------------------------------

    def wait_for_chat(self, chat_id: int, now: float, weight: int = 1) -> float:
        """Return the seconds until that chat may get *weight* messages; 0 when it may now."""
        own = self._group(chat_id).wait(now, weight) if chat_id < 0 and self._limits_groups else 0.0
        return max(own, self._chat_wait(chat_id, now))

    def start(self, chat_id: int, now: float, weight: int = 1, *, paid: bool = False) -> None:
        """Count a call that starts now, *weight* messages at once."""
        road = self._paid if paid else self._free
        if road is not None:
            road.start(now, weight, self.share(now))
        if chat_id < 0 and self._limits_groups:
            self._group(chat_id).start(now, weight)
        if self.pace.chat_interval is not None and chat_id > 0:
            left = self._tokens(chat_id, now) - weight
            self._chats[chat_id] = (left, now)
            if left < 1:
                self._spent.add(chat_id)
            self._starts += 1
            if self._starts % _PRUNE_EVERY == 0:
                self._prune(now)

    def answered(self, chat_id: int, now: float, weight: int = 1, *, paid: bool = False) -> None:
        """Count the answer, whatever it is, of a call that `start` counted."""
        road = self._paid if paid else self._free
        if road is not None:
            road.window.answered(now, weight)
        if chat_id < 0 and self._limits_groups:
            self._group(chat_id).window.answered(now, weight)

    def toast_started(self) -> None:
        """Count an answer to a tap: it never waits, but messages make room for it."""
        if self._free is not None:
            self._free.window.start(1)

    def toast_answered(self, now: float) -> None:
        """Count that a toast got its answer."""
        if self._free is not None:
            self._free.window.answered(now, 1)

    # 429 -----------------------------------------------------------------------------------------------------------

    def flooded(self, retry_after: float, now: float, started_at: float) -> None:
        """
        Telegram said 429: nothing starts before max(the older deadline, now + *retry_after* + jitter).

        The pace is halved, once for all calls that were in flight together, and recovers slowly.
        """
        share = self.share(now)  # with what it has recovered since the last one; the new halt would hide that
        self._halted_until = max(self._halted_until, now + retry_after + self._jitter())
        if started_at > self._slowed_at:
            self._share = max(share / 2, _FLOOR_SHARE)
            self._slowed_at = now

    def group_flooded(self, chat_id: int, retry_after: float, now: float) -> bool:
        """
        Telegram said 429 to a call to a group: nothing goes there before now + *retry_after* + jitter.

        It is the group that is full, so customers do not wait for it; were it all chats, the next call to one of them
        is told so. False where groups are not paced apart, and for other chats.
        """
        if chat_id >= 0 or not self._limits_groups:
            return False
        self._group(chat_id).rest(now + retry_after + self._jitter())
        return True

    def halted_for(self, now: float) -> float:
        """Return the seconds for which Telegram asked for silence; 0 when it does not."""
        return max(self._halted_until - now, 0.0)

    def share(self, now: float) -> float:
        """Return the part of the full pace that is kept now, up to 1."""
        resting = max(now - max(self._slowed_at, self._halted_until), 0.0)
        if resting == float("inf"):
            return 1.0
        return min(1.0, self._share + resting / (2 * _RECOVERY_S))

    # -------------------------------------------------------------------------------------------------------------

    @property
    def _limits_groups(self) -> bool:
        return self.pace.group_per_minute is not None

    def _group(self, chat_id: int) -> _Group:
        group = self._groups.get(chat_id)
        if group is None:
            assert self.pace.group_per_minute is not None
            group = self._groups[chat_id] = _Group(self.pace.group_per_minute, self.pace.group_interval)
        return group

    def _tokens(self, chat_id: int, now: float) -> float:
        assert self.pace.chat_interval is not None
        left, at = self._chats.get(chat_id, (float(self.pace.chat_burst), now))
        return min(float(self.pace.chat_burst), left + (now - at) / self.pace.chat_interval)

    def _chat_wait(self, chat_id: int, now: float) -> float:
        if self.pace.chat_interval is None or chat_id not in self._chats:
            return 0.0
        missing = 1.0 - self._tokens(chat_id, now)
        return _wait(now + missing * self.pace.chat_interval, now)

    def _prune(self, now: float) -> None:
        full = float(self.pace.chat_burst)
        self._chats = {chat: kept for chat, kept in self._chats.items() if self._tokens(chat, now) < full}


class _Window:
    """Counts what the server may see in one span: calls without an answer, and those answered less than a span ago."""

    def __init__(self, limit: float, span: float) -> None:
        self._limit = max(int(limit), 1)
        self._span = span
        self._open = 0
        self._answered: deque[float] = deque()

    def start(self, weight: int) -> None:
        self._open += weight

    def answered(self, now: float, weight: int) -> None:
        self._open -= weight
        self._answered.extend([now] * weight)

    def used(self, now: float) -> int:
        while self._answered and self._answered[0] <= now - self._span:
            self._answered.popleft()
        return self._open + len(self._answered)

    def free(self, now: float) -> int:
        return self._limit - self.used(now)

    def wait(self, now: float, weight: int = 1) -> float:
        """Return the seconds until *weight* more fit; when only answers can make room, a moment."""
        excess = self.used(now) + min(weight, self._limit) - self._limit
        if excess <= 0:
            return 0.0
        if excess > len(self._answered):
            return 0.005
        return max(self._answered[excess - 1] + self._span - now, 0.001)


class _Road:
    """
    All chats together, evenly spaced, within a window.

    Where the spacing is finer than the machine can sleep, what a late start lost is made up for, at most *catch_up*
    seconds of it; the window bounds that, too.
    """

    def __init__(self, per_second: float, catch_up: float = 0.0) -> None:
        self.window = _Window(per_second, 1.0)
        self._per_second = per_second
        self._catch_up = catch_up
        self._next_at = float("-inf")

    def wait(self, now: float, weight: int) -> float:
        return max(_wait(self._next_at, now), self.window.wait(now, weight))

    def room(self, now: float, horizon: float, most: int, share: float) -> int:
        first = max(self._next_at, now)
        in_time = 0 if first > now + horizon else 1 + int((now + horizon - first) / self._interval(share))
        return max(min(in_time, most, self.window.free(now)), 0)

    def start(self, now: float, weight: int, share: float) -> None:
        self._next_at = max(self._next_at, now - self._catch_up) + self._interval(share) * weight
        self.window.start(weight)

    def _interval(self, share: float) -> float:
        return 1.0 / (self._per_second * _EVEN_SHARE * share)


class _Group:
    """One group's own lane: quick while few were sent in the last minute, then evenly spread."""

    def __init__(self, per_minute: int, interval: float) -> None:
        self.window = _Window(per_minute, 60.0)
        self._quick = per_minute // 2
        self._interval = interval
        self._slow = 60.0 / per_minute
        self._next_at = float("-inf")

    def wait(self, now: float, weight: int = 1) -> float:
        return max(self.window.wait(now, weight), _wait(self._next_at, now))

    def rest(self, until: float) -> None:
        self._next_at = max(self._next_at, until)

    def start(self, now: float, weight: int) -> None:
        self.window.start(weight)
        spacing = self._interval if self.window.used(now) <= self._quick else self._slow
        self._next_at = max(self._next_at, now + spacing * weight)


def _wait(until: float, now: float) -> float:
    """Return the seconds until then; what no clock can measure is no wait."""
    return until - now if until - now > _NO_WAIT_S else 0.0


def backoff(attempt: int, *, first: float = 1.0, most: float = 60.0) -> float:
    """Return the seconds to wait before try number *attempt* (from 1): doubling, a quarter more or less."""
    return min(first * 2.0 ** min(attempt - 1, 16), most) * random.uniform(0.75, 1.25)
