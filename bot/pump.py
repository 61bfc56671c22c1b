"""
The pump: takes waiting rows out of the outbox, most urgent first, and carries them to Telegram.

One commit holds the outcomes so far and the next intents, and no more intents than calls that may start now: so a
reply overtakes everything, and after a kill no more is unknown than was on its way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.claiming import Claims, Room
from bot.connection import Connection
from bot.delivery import Delivered, Deliverer, lost
from bot.forum_topics import ForumTopics
from bot.headway import NO_ROOM, Headway
from bot.outcomes import Hooks, Recorder
from bot.pacing import Governor, Pace, backoff
from bot.right_to_send import RightToSend
from bot.singly import record_singly
from bot.telegram_api import TelegramApi
from bot.trouble import Say, Trouble, say_to_stderr
from bot.uploads import Uploads
from domain.clock import Clock
from domain.company import Company
from domain.messages import Unknown, Waiting
from store import outbox
from store.database import Database, StoreUnavailable, Tx

log = logging.getLogger(__name__)

_LINGER_S = 0.004  # at full speed a few more outcomes share a commit
_BUSY = 16


@dataclass(frozen=True, slots=True)
class PumpSettings:
    """
    How the pump works: *at_once* bounds the calls in flight.

    *first_wait* and *longest_wait* bound the back-off while Telegram cannot be reached, in seconds. *poll* is how
    often the outbox is looked at for what other processes put there.
    """

    pace: Pace = field(default_factory=Pace)
    at_once: int = 100
    most_tries: int = 8
    first_wait: float = 1.0
    longest_wait: float = 60.0
    poll: float = 0.25


class Pump:
    """
    Sends what waits, until `stop`. Only the process that holds the lease sends; others stand by.

    `forum` finds and mends topics (set it before `run`; it makes its calls by `call`). After `kill` or a cancelled
    `run` nothing more is recorded, as if the process had died.
    """

    def __init__(
        self,
        database: Database,
        api: TelegramApi,
        clock: Clock,
        company: Company,
        settings: PumpSettings | None = None,
        *,
        hooks: Hooks | None = None,
        say: Say = say_to_stderr,
    ) -> None:
        self.settings = settings or PumpSettings()
        self.owner = secrets.token_hex(8)
        self._database = database
        self._clock = clock
        governor = Governor(self.settings.pace)
        self.uploads = Uploads(database, api.bot_id, company)
        self._deliverer = Deliverer(api, governor, self.uploads, self._must_rest)
        self._recorder = Recorder(hooks, self.settings.most_tries)
        self._claims = Claims(self.owner, governor, self._recorder, company)
        self.call = self._deliverer.call
        self.expect = self._claims.expect
        self._right = RightToSend(database, Trouble(log, say))
        self._connection = Connection(api, Trouble(log, say), self.settings.first_wait, self.settings.longest_wait)
        self._headway = Headway(governor, self._connection, self._deliverer, self._claims, self.settings.at_once)
        self._store_trouble = Trouble(log, say)
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self._stopping = False
        self._on_its_way: dict[int, tuple[Waiting, asyncio.Task[None]]] = {}
        self._finished: list[Delivered] = []
        self._committing = False
        self._turns = 0
        self._may_be_due = True
        self._wakes = 0
        self._look_again_at = float("-inf")
        self.on_claim: Callable[[Sequence[Waiting]], None] | None = None  # told of rows that are on their way from now

    @property
    def forum(self) -> ForumTopics | None:
        """What finds and mends the topics of the staff forum."""
        return self._deliverer.forum

    @forum.setter
    def forum(self, forum: ForumTopics | None) -> None:
        self._deliverer.forum = self._recorder.forum = forum

    def wake(self) -> None:
        """Say that something new may be due: call it after each commit that put rows into the outbox."""
        self._may_be_due = True
        self._wakes += 1
        self._event.set()

    async def is_idle(self) -> bool:
        """Say whether nothing that is due waits, is on its way, or is not yet recorded. Raises StoreUnavailable."""
        before = self._turns
        if self._on_its_way or self._finished or self._committing:
            return False
        async with self._database.read(quick=True) as tx:
            quiet = await outbox.is_quiet(tx, self._clock.now())
        return quiet and before == self._turns and not self._committing

    async def stop(self) -> None:
        """Begin nothing more; `run` ends when the calls in flight have their outcome recorded."""
        self._stopping = True
        self._event.set()

    async def run(self) -> None:
        """Work until `stop`, or until cancelled, which drops everything at once as a kill would."""
        try:
            while not self._stopping or self._on_its_way or self._finished:
                try:
                    if await self._may_send():
                        await self._work()
                except StoreUnavailable as error:
                    self._store_trouble.begins(
                        "pump.store_down",
                        f"Sending stopped: {error}. Nothing is lost; it goes on by itself.",
                        reason=str(error),
                    )
                    await asyncio.sleep(self.settings.first_wait)
        finally:
            for _, task in self._on_its_way.values():
                task.cancel()
            await self._right.release()

    # The right to send ---------------------------------------------------------------------------------------------

    async def _may_send(self) -> bool:
        if not await self._right.holds(self._loop.time()):
            if self._stopping and not self._on_its_way:
                self._finished.clear()  # whoever sends now has found these rows and decided
            await self._sleep(1.0)
            return False
        if self._right.is_new:
            self._claims.begin()
            await self._recover()
            self._right.is_new = False
        return True

    async def _recover(self) -> None:
        """Find what a dead process left on its way: nobody knows its outcome, so each row's policy decides."""
        async with self._database.write() as tx:
            rows = [row for row in await outbox.recover(tx, self.owner) if row.id not in self._on_its_way]
            if rows:
                log.warning("pump.recovered", extra={"rows": len(rows)})
                await self._recorder.record(tx, [lost(row) for row in rows], self._clock.now())

    # One turn ------------------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        """Wait until there is something to do, then commit outcomes and intents together and begin the calls."""
        room = await self._wait_for_work()
        if not self._finished and not room:
            return
        self._committing = True
        self._turns += 1
        began = self._loop.time()
        try:
            rows = await self._commit(room)
            for row in rows:
                self._deliverer.queue(row)
                self._on_its_way[row.id] = (row, self._loop.create_task(self._carry(row)))
            if rows and self.on_claim is not None:
                self.on_claim(rows)
        finally:
            self._committing = False
            self._headway.took(self._loop.time() - began)

    async def _commit(self, room: Room) -> list[Waiting]:
        finished, self._finished = self._finished, []
        try:
            async with self._database.write(quick=True) as tx:
                await self._claims.prepare(tx)
                if finished:
                    await self._recorder.record(tx, finished, self._clock.now())
                rows = await self._claim(tx, room) if room else []
        except StoreUnavailable:
            self._finished = finished + self._finished
            raise
        except Exception:
            log.exception("pump.group_failed", extra={"rows": len(finished)})
            left = list(finished)
            try:
                await record_singly(self._database, self._recorder, left, self._clock)
            finally:
                self._finished = left + self._finished
            await asyncio.sleep(self.settings.poll)  # should the claim be what fails, it must not spin
            rows = []
        self._store_trouble.is_over("pump.store_back", "Sending goes on.")
        self._claims.recorded(finished)
        return rows

    async def _wait_for_work(self) -> Room:
        """Return how many rows may be claimed now; none only when there are outcomes to record, or after a wait."""
        room = self._room()
        if not self._finished and (not room or not self._is_due()):
            await self._sleep(self._patience())
            room = self._room()
        if self._connection.must_probe and room and not self._on_its_way and not await self._connection.probe():
            return NO_ROOM
        if len(self._on_its_way) >= _BUSY and not self._stopping:
            await asyncio.sleep(_LINGER_S)
            room = self._room()
        # What is recorded now makes way for the next message of its chat.
        return room if self._finished or self._is_due() else NO_ROOM

    def _room(self) -> Room:
        return NO_ROOM if self._stopping else self._headway.room(self._loop.time(), self._rows_on_their_way())

    def _rows_on_their_way(self) -> list[Waiting]:
        return [row for row, _ in self._on_its_way.values()]

    def _is_due(self) -> bool:
        return self._may_be_due or self._loop.time() >= self._look_again_at

    def _patience(self) -> float:
        """Return how long to sleep when nothing wakes us before."""
        now = self._loop.time()
        if not self._is_due():
            return self._look_again_at - now
        if len(self._on_its_way) >= self.settings.at_once:
            return self.settings.poll
        return self._headway.wait(now)

    async def _sleep(self, seconds: float) -> None:
        self._event.clear()
        if self._finished:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()

    async def _claim(self, tx: Tx, room: Room) -> list[Waiting]:
        """Turn rows into intents; note whether it pays to look again at once."""
        wakes = self._wakes
        self._may_be_due = False
        at, now = self._loop.time(), self._clock.now()
        claimed = await self._claims.take(tx, room, self._rows_on_their_way(), now, at, self._headway.horizon)
        if claimed.is_partial and not claimed.going:
            self._may_be_due = True
            return []
        if not claimed.found:
            self._look_again_at = self._loop.time() + max(min(self.settings.poll, claimed.rest), 0.001)
            return []
        self._may_be_due = True
        if not claimed.going and not claimed.held and wakes == self._wakes:
            self._may_be_due = False
            self._look_again_at = self._loop.time() + self.settings.poll
        return claimed.going

    # Calls and their outcomes --------------------------------------------------------------------------------------

    async def _carry(self, row: Waiting) -> None:
        delivered = await self._deliverer.deliver(row)
        del self._on_its_way[row.id]
        self._learn(delivered)
        self._finished.append(delivered)
        self._may_be_due = True
        self._event.set()

    def _must_rest(self, row: Waiting) -> bool:
        return self._stopping or self._claims.is_broken(row.newsletter_id) or self._connection.rests_for() > 0

    def _learn(self, delivered: Delivered) -> None:
        """Draw from one outcome what it says about all that follow."""
        self._claims.learn(delivered)
        if not delivered.called:
            return
        self._connection.learn(delivered.outcome)
        if isinstance(delivered.outcome, Unknown):
            settings = self.settings
            pause = backoff(delivered.row.attempts + 1, first=settings.first_wait / 2, most=settings.longest_wait)
            self._claims.rest_chat(delivered.row.chat_id, self._loop.time() + pause)
