"""The queue of updates: offered again until confirmed, filtered by `allowed_updates`, one poller at a time."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bot.playground.faults import Faults
from bot.playground.wire import ApiError, Encoded, JsonObject, bad_request, encode

KINDS = frozenset(
    {
        "message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message",
        "edited_business_message", "deleted_business_messages", "message_reaction", "message_reaction_count",
        "inline_query", "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query",
        "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member", "chat_join_request",
        "chat_boost", "removed_chat_boost", "managed_bot",
    }
)  # fmt: skip
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
LONGEST_POLL = 50
MOST_AT_ONCE = 100
OTHER_POLLER = ApiError(
    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE = ApiError(
    409,
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
)
WEBHOOK_SET = ApiError(409, "Conflict: terminated by setWebhook request")


@dataclass(slots=True, eq=False)
class Offered:
    """One update that waits for its confirmation; `text` is its JSON, frozen at the moment it happened."""

    update_id: int
    kind: str
    chat_id: int
    text: str
    wanted: int = 1
    deliveries: int = 0
    not_before: float = 0.0
    failures: int = 0


@dataclass(slots=True)
class Updates:
    """
    What the bot has not confirmed yet, in order.

    `made` counts every update that was put in the queue. `on_put` is told of each (the webhook's sender listens).
    """

    faults: Faults
    seed: int = 1
    allowed: frozenset[str] | None = None
    made: int = 0
    pending: deque[Offered] = field(default_factory=deque)
    on_put: Callable[[], None] | None = None
    next_id: int = 0
    delivered: int = 0
    _poll: asyncio.Future[ApiError | None] | None = None
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.next_id = random.Random(self.seed).randrange(100_000_000, 900_000_000)
        self._idle.set()

    @property
    def idle(self) -> bool:
        """Whether nothing is unconfirmed."""
        return not self.pending

    async def until_idle(self) -> None:
        """Wait until everything that was offered is confirmed."""
        await self._idle.wait()

    def takes(self, kind: str) -> bool:
        """Say whether the bot has asked for updates of *kind*."""
        return kind not in ON_REQUEST if self.allowed is None else kind in self.allowed

    def allow(self, kinds: list[Any] | None) -> None:
        """Remember `allowed_updates`: None leaves it as it was, an empty list is the default set."""
        if kinds is None:
            return
        if not all(isinstance(kind, str) for kind in kinds):
            raise bad_request("can't parse allowed_updates: expected an Array of String")
        self.allowed = frozenset(kinds) & KINDS if kinds else None

    def put(self, kind: str, content: JsonObject, chat_id: int = 0) -> int | None:
        """Queue one update; return its id, or None where the bot did not ask for this kind."""
        if not self.takes(kind):
            return None
        update_id = self._queue(kind, encode(content), chat_id)
        if kind == "callback_query" and self.faults.double_taps:
            self._queue(kind, encode(content), chat_id)
        return update_id

    def put_raw(self, kind: str, content: JsonObject) -> int:
        """Queue *content* whether or not the bot asked for its kind, and whatever it looks like."""
        return self._queue(kind, encode(content), 0)

    def restart_ids(self, at: int) -> None:
        """Number the next updates from *at*, as Telegram does after a week of silence: ids may go down."""
        self.next_id = at

    def forget(self) -> int:
        """Drop everything unconfirmed (`drop_pending_updates`, or a day without anyone asking); return how many."""
        count = len(self.pending)
        self.pending.clear()
        self._idle.set()
        return count

    def _queue(self, kind: str, content: str, chat_id: int) -> int:
        return self._append(kind, chat_id, f'"{kind}":{content}')

    def _append(self, kind: str, chat_id: int, members: str) -> int:
        update_id = self.next_id
        self.next_id += 1
        self.made += 1
        text = f'{{"update_id":{update_id},{members}}}'
        self.pending.append(Offered(update_id, kind, chat_id, text, wanted=2 if self.faults.double_updates else 1))
        self._idle.clear()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        if self.on_put is not None:
            self.on_put()
        return update_id

    def done(self, offered: Offered) -> None:
        """Take one update out: it was delivered as often as wanted."""
        self.pending.remove(offered)
        if not self.pending:
            self._idle.set()

    def end_poll(self, problem: ApiError) -> None:
        """Answer a waiting long poll with *problem*."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(problem)

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()
        elif offset > 0:
            if offset > self.next_id + 10:
                return  # beyond anything given out: the public server then starts from the oldest
            again = []
            while self.pending and self.pending[0].update_id < offset:
                offered = self.pending.popleft()
                if 0 < offered.deliveries < offered.wanted:
                    again.append(offered)
            self.pending.extendleft(reversed(again))
        if not self.pending:
            self._idle.set()

    async def get(self, offset: int, limit: int, patience: float) -> Encoded:
        """
        Answer `getUpdates`: a JSON array as text. Confirms everything before *offset* first, waits *patience* seconds.

        A second call ends the first one with 409, as it does at Telegram's.
        """
        self.end_poll(OTHER_POLLER)
        self._confirm(offset)
        if not self.pending and patience > 0:
            poll: asyncio.Future[ApiError | None] = asyncio.get_running_loop().create_future()
            self._poll = poll
            try:
                async with asyncio.timeout(patience):
                    problem = await poll
            except TimeoutError:
                problem = None
            finally:
                if self._poll is poll:
                    self._poll = None
            if problem is not None:
                raise ApiError(problem.code, problem.description)
        batch = list(islice(self.pending, limit))
        for offered in batch:
            offered.deliveries += 1
        self.delivered += len(batch)
        return Encoded(f"[{','.join(offered.text for offered in batch)}]")
