"""Telegram's pace: how many messages a second in all, to one chat and to one group; above it the answer is 429."""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.playground.wire import too_many_requests


@dataclass(frozen=True, slots=True)
class Limits:
    """
    The numbers; None means no limit.

    `per_second`: messages to all chats in any sliding second. `paid_per_second`: the same with
    `allow_paid_broadcast`. `chat_burst`: how many one chat takes at once, refilled by `chat_per_second`.
    `group_per_minute`: messages, edits and topics of one group together in any sliding minute.
    """

    per_second: int | None = 30
    paid_per_second: int | None = 1000
    chat_per_second: float | None = 1.0
    chat_burst: int = 5
    group_per_minute: int | None = 20

    @classmethod
    def telegram(cls) -> "Limits":
        """Return what Telegram is known to tolerate."""
        return cls()

    @classmethod
    def none(cls) -> "Limits":
        """Return no limits at all, for benches."""
        return cls(per_second=None, paid_per_second=None, chat_per_second=None, group_per_minute=None)


@dataclass(slots=True)
class _Window:
    """The moments of the last *span* seconds and, after a refusal, until when everything is refused."""

    most: int
    span: float
    moments: deque[float] = field(default_factory=deque)
    closed_until: float = 0.0

    def wait(self, now: float, count: int) -> float:
        """Return the seconds until *count* more fit; 0 when they fit now."""
        if now < self.closed_until:
            return self.closed_until - now
        moments = self.moments
        while moments and moments[0] <= now - self.span:
            moments.popleft()
        excess = len(moments) + count - self.most
        if excess <= 0 or not moments:
            return 0.0
        return max(moments[min(excess, len(moments)) - 1] + self.span - now, 0.001)

    def take(self, now: float, count: int) -> None:
        self.moments.extend([now] * count)


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Pace:
    """
    Counts what the bot sends and refuses what is too fast, with the whole seconds to wait (at least 1).

    Time is the machine's monotonic one (or *monotonic*), never the play clock: a jump in the demo frees nothing.
    After a 429 the same lane stays shut until its `retry_after` has passed, whoever knocks meanwhile.
    """

    def __init__(self, limits: Limits, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._monotonic = monotonic
        self._overall = _Window(limits.per_second, 1.0) if limits.per_second else None
        self._paid = _Window(limits.paid_per_second, 1.0) if limits.paid_per_second else None
        self._groups: dict[int, _Window] = {}
        self._chats: dict[int, _Bucket] = {}
        self.refused = 0

    def check(self, chat_id: int, *, group: bool, count: int = 1, paid: bool = False) -> None:
        """Count *count* messages to the chat, or raise the 429 and count nothing."""
        limits = self.limits
        if limits.per_second is None and limits.chat_per_second is None and limits.group_per_minute is None:
            return
        now = self._monotonic()
        lane = self._paid if paid else self._overall
        self._refuse_if_late(lane, now, count)
        window = self._group(chat_id) if group else None
        self._refuse_if_late(window, now, count)
        bucket = self._bucket(chat_id, now)
        if bucket is not None:
            if bucket.left < 1.0:
                self.refused += 1
                assert limits.chat_per_second is not None
                raise too_many_requests(max(math.ceil((1.0 - bucket.left) / limits.chat_per_second), 1))
            bucket.left -= 1.0
        if lane is not None:
            lane.take(now, count)
        if window is not None:
            window.take(now, count)

    def _refuse_if_late(self, window: _Window | None, now: float, count: int) -> None:
        wait = window.wait(now, count) if window is not None else 0.0
        if window is not None and wait > 0.0:
            self.refused += 1
            seconds = max(math.ceil(wait), 1)
            if now >= window.closed_until:
                window.closed_until = now + seconds
            raise too_many_requests(seconds)

    def _group(self, chat_id: int) -> _Window | None:
        if self.limits.group_per_minute is None:
            return None
        return self._groups.setdefault(chat_id, _Window(self.limits.group_per_minute, 60.0))

    def _bucket(self, chat_id: int, now: float) -> _Bucket | None:
        rate = self.limits.chat_per_second
        if rate is None:
            return None
        bucket = self._chats.get(chat_id)
        if bucket is None:
            if len(self._chats) > 10_000:
                full = self.limits.chat_burst
                self._chats = {k: b for k, b in self._chats.items() if b.left + (now - b.at) * rate < full}
            bucket = self._chats[chat_id] = _Bucket(float(self.limits.chat_burst), now)
        bucket.left = min(bucket.left + (now - bucket.at) * rate, float(self.limits.chat_burst))
        bucket.at = now
        return bucket


class Counts:
    """
    What a bench asks for: messages that the bot sent, the busiest chat, the busiest sliding second, requests, errors.

    The bot's service messages (pins, topics opened) are no messages here.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self.messages_from_bot = 0
        self.per_chat: dict[int, int] = {}
        self.max_in_any_second = 0
        self.requests = 0
        self.errors = 0
        self._second: deque[float] = deque()

    def message(self, chat_id: int) -> None:
        """Count one message that the bot brought to a chat."""
        self.messages_from_bot += 1
        self.per_chat[chat_id] = self.per_chat.get(chat_id, 0) + 1
        now = self._monotonic()
        second = self._second
        second.append(now)
        while second[0] <= now - 1.0:
            second.popleft()
        self.max_in_any_second = max(self.max_in_any_second, len(second))

    @property
    def per_chat_max(self) -> int:
        """The number of messages in the chat that got most."""
        return max(self.per_chat.values(), default=0)
