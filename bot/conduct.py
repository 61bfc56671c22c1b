"""
From the inbox to the outbox: stored updates are translated, gathered into albums, and handed to staff's desk or the
conductor, a batch in one transaction.

An update that cannot be read or handled is parked with its error; the rest goes on.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import orjson

from bot.mending import mended
from bot.translate import Unreadable, translate
from dialogues.conductor import Conductor
from domain.clock import Clock
from domain.incoming import Edited, Incoming, Membership, Reaction, Tap, Words
from domain.messages import Media
from store import inbox
from store.database import Database, StoreUnavailable, Tx

log = logging.getLogger(__name__)

BATCH = 200
WINDOW = 2000
SHARE = 50
"""Of so many updates that wait, at most these of one chat are taken at once: who floods us keeps nobody waiting."""

GATHER = dt.timedelta(seconds=1.2)
"""How long after its newest part an album counts as complete; its parts arrive as updates of their own."""
STORE_RETRY_S = 1.0


class Desk(Protocol):
    """Where staff are heard."""

    async def handle(self, tx: Tx, incoming: Incoming, now: dt.datetime) -> bool:
        """Handle what is staff's and return True; False leaves it to the customer's side."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    """One incoming thing and the inbox rows that it came in."""

    rows: tuple[int, ...]
    incoming: Incoming


class Conduct:
    """The loop between inbox and outbox. Woken by intake; wakes the pump."""

    def __init__(
        self, database: Database, conductor: Conductor, desk: Desk, clock: Clock, on_done: Callable[[], None]
    ) -> None:
        self._database = database
        self._conductor = conductor
        self._desk = desk
        self._clock = clock
        self._on_done = on_done
        self._woken = asyncio.Event()
        self._gathers_until: dt.datetime | None = None

    def wake(self) -> None:
        """Say that the inbox may hold something new."""
        self._woken.set()

    @property
    def gathers_until(self) -> dt.datetime | None:
        """When the album that is being gathered will be complete, or None."""
        return self._gathers_until

    async def is_idle(self) -> bool:
        """Say whether every stored update has been handled."""
        async with self._database.read(quick=True) as tx:
            return await inbox.count_new(tx) == 0

    async def run(self) -> None:
        """Work until cancelled. A store that cannot be used is tried again; nothing is lost, it waits in the inbox."""
        while True:
            self._woken.clear()
            try:
                more = await self.work()
            except StoreUnavailable as error:
                log.warning("conduct.waiting", extra={"reason": str(error)})
                await asyncio.sleep(STORE_RETRY_S)
                continue
            if more:
                continue
            wait = STORE_RETRY_S if self._gathers_until is None else min(self._left_to_gather(), STORE_RETRY_S)
            try:
                async with asyncio.timeout(max(wait, 0.02)):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def work(self) -> bool:
        """Handle one batch; True when there may be more to do at once."""
        now = self._clock.now()
        parked: dict[int, str] = {}
        try:
            async with self._database.write(quick=True) as tx:
                if not await self._database.lock(tx, "conduct"):
                    return False
                rows, heard, parked = await _next(tx)
                ready = self._ready(heard, {row.id: row.received_at for row in rows}, now)
                await self._settle(tx, ready, parked, now)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("conduct.batch_failed")
            return await self._one_by_one(now)
        if ready or parked:
            self._on_done()
        return len(rows) >= BATCH

    async def _settle(self, tx: Tx, ready: Sequence[Heard], parked: dict[int, str], now: dt.datetime) -> None:
        for row, error in parked.items():
            log.error("conduct.parked", extra={"inbox_id": row, "problem": error})
            await inbox.park(tx, row, error, now)
        for_customers: list[Incoming] = []
        for one in ready:
            if await self._desk.handle(tx, one.incoming, now):
                continue
            for_customers.append(one.incoming)
        await self._conductor.handle(tx, for_customers, now)
        await inbox.mark_done(tx, [row for one in ready for row in one.rows], now)

    async def _one_by_one(self, now: dt.datetime) -> bool:
        """Handle the batch again, each update in a transaction of its own, so that only the bad one is parked."""
        async with self._database.read(quick=True) as tx:
            rows, heard, parked = await _next(tx)
        ready = self._ready(heard, {row.id: row.received_at for row in rows}, now)
        for one in ready:
            try:
                async with self._database.write(quick=True) as tx:
                    await self._settle(tx, [one], {}, now)
            except StoreUnavailable:
                raise
            except Exception as error:
                log.exception("conduct.update_failed", extra={"inbox_id": one.rows[0]})
                async with self._database.write() as tx:
                    for row in one.rows:
                        await inbox.park(tx, row, f"{type(error).__name__} while handling it", now)
        if parked:
            async with self._database.write() as tx:
                await self._settle(tx, [], parked, now)
        self._on_done()
        return len(rows) >= BATCH

    def _ready(self, heard: Sequence[Heard], received: dict[int, dt.datetime], now: dt.datetime) -> list[Heard]:
        """
        Leave out albums that may still grow, and what their chats sent after them, so that each chat keeps its order.
        """
        self._gathers_until = None
        waiting: set[Any] = set()
        ready = []
        for one in heard:
            chat = _chat_of(one.incoming)
            if chat in waiting:
                continue
            if isinstance(one.incoming, Words) and one.incoming.album is not None:
                complete = max(received[row] for row in one.rows) + GATHER
                if complete > now:
                    waiting.add(chat)
                    self._gathers_until = min(complete, self._gathers_until or complete)
                    continue
            ready.append(one)
        return ready

    def _left_to_gather(self) -> float:
        assert self._gathers_until is not None
        return (self._gathers_until - self._clock.now()).total_seconds()


async def _next(tx: Tx) -> tuple[list[inbox.InboxRow], list[Heard], dict[int, str]]:
    """
    Fetch what waits longest, and read it. Where one chat takes up most of a batch, look further for the others.

    Each chat keeps its order: what is left out of it is later than what is taken.
    """
    rows = await inbox.fetch_new(tx, BATCH)
    heard, parked = _read(rows)
    if len(rows) < BATCH or len(_shared(heard)) == len(heard):
        return rows, heard, parked
    rows = await inbox.fetch_new(tx, WINDOW)
    heard, parked = _read(rows)
    return rows, _shared(heard)[:BATCH], parked


def _shared(heard: Sequence[Heard]) -> list[Heard]:
    """Take of each chat no more than its share."""
    taken: Counter[Any] = Counter()
    shared = []
    for one in heard:
        chat = _chat_of(one.incoming)
        if chat is None or taken[chat] < SHARE:
            taken[chat] += 1
            shared.append(one)
    return shared


def _read(rows: Sequence[inbox.InboxRow]) -> tuple[list[Heard], dict[int, str]]:
    """Translate rows, joining the parts of each album at the place of its first; those unreadable come back by id."""
    heard: list[Heard] = []
    albums: dict[tuple[Any, str], int] = {}
    parked: dict[int, str] = {}
    for row in rows:
        try:
            incoming = translate(mended(orjson.loads(row.body), row.received_at))
        except Unreadable as error:
            parked[row.id] = str(error)
            continue
        except orjson.JSONDecodeError:
            parked[row.id] = "the update is no JSON"
            continue
        if not isinstance(incoming, Words) or incoming.album is None:
            heard.append(Heard((row.id,), incoming))
            continue
        key = (incoming.place.chat_id, incoming.album)
        if key not in albums:
            albums[key] = len(heard)
            begun = dataclasses.replace(incoming, media=_captioned(incoming), message_ids=(incoming.message_id,))
            heard.append(Heard((row.id,), begun))
        else:
            first = heard[albums[key]]
            heard[albums[key]] = Heard((*first.rows, row.id), _joined(first.incoming, incoming))
    return heard, parked


def _joined(first: Incoming, part: Words) -> Words:
    """Add a part to an album: its media, its message id, and its caption on a line of its own, too."""
    assert isinstance(first, Words)
    return dataclasses.replace(
        first,
        text="\n".join(filter(None, (first.text, part.text))),
        media=(*first.media, *_captioned(part)),
        message_ids=(*first.message_ids, part.message_id),
    )


def _captioned(part: Words) -> tuple[Media, ...]:
    """Let each file of an album keep its own caption."""
    return tuple(dataclasses.replace(file, caption=part.text) for file in part.media)


def _chat_of(incoming: Incoming) -> Any:
    match incoming:
        case Words() | Edited() | Tap() | Membership() | Reaction():
            return incoming.place.chat_id
        case _:
            return None
