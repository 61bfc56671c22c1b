"""The feeder beside the pump: it refills what drains without waiting for a tick, and leaves the others their turn."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from domain.company import Company, CourtesyRules
from domain.messages import Waiting
from domain.newsletters import Newsletter, Sending, SendingState
from scheduler.feeding import Fed, Feeder
from scheduler.rendering import Rendering
from store import outbox, queue, recipients, sendings
from store.database import Database
from templates.words import SHIPPED, Words
from tests.store.sending_rows import NOW, put_recipients, put_sending

NEWS = Newsletter("spring", "", {"en": "Hello {{ name }}"}, "abc")
COMPANY = Company(languages=("en",), courtesy=CourtesyRules(quiet_from=NOW.time(), quiet_to=NOW.time()))
READERS = 30
PATIENCE_S = 60.0  # on a busy machine it is late, and that is no failure


class StandingClock:
    """A clock that stands."""

    def now(self) -> object:
        """Return the moment of all these tests."""
        return NOW


class Scene:
    """A running sending to READERS, a feeder of few messages ahead, and a pump that only claims and settles."""

    def __init__(self, database: Database, sending: Sending) -> None:
        self.database = database
        self.sending = sending
        self.wakes = 0
        self.expected: dict[int, Waiting] = {}
        words = Words.load([SHIPPED], COMPANY.languages)
        rendering = Rendering(COMPANY, words)
        self.feeder = Feeder(database, COMPANY, rendering, ahead=10, size=5, wake=self._wake, expect=self._expect)

    def _wake(self) -> None:
        self.wakes += 1

    def _expect(self, rows: Sequence[Waiting]) -> None:
        self.expected.update((row.id, row) for row in rows)

    async def drain(self, limit: int = 4) -> Sequence[Waiting]:
        """Take some messages, as the pump does."""
        async with self.database.write() as tx:
            rows = await outbox.claim(tx, NOW, owner="test", limit=limit)
            await outbox.settle(tx, done=[row.id for row in rows])
        self.feeder.claimed(rows)
        return rows

    async def waiting(self) -> int:
        """Return how many wait in the outbox."""
        async with self.database.read() as tx:
            return await outbox.count_due(tx, NOW)

    async def drain_all(self) -> list[int | None]:
        """Take messages until nobody is queued any more; return the customers in their order."""
        taken: list[int | None] = []
        async with asyncio.timeout(PATIENCE_S):
            while True:
                taken += [row.customer_id for row in await self.drain()]
                async with self.database.read() as tx:
                    if not await queue.queued(tx, self.sending.id, 1) and not await self.waiting():
                        return taken
                await asyncio.sleep(0)


@pytest.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    """Make the scene on either database, with the feeder's own task at work."""
    async with database.write() as tx:
        sending_id = await put_sending(tx, frozen=True)
        await put_recipients(tx, sending_id, ["queued"] * READERS)
        sending = await sendings.get(tx, sending_id)
    assert sending is not None
    made = Scene(database, sending)
    running = asyncio.create_task(made.feeder.run(StandingClock()))  # type: ignore[arg-type]  # it tells one moment only
    yield made
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_what_drains_is_refilled_without_a_tick(scene: Scene) -> None:
    """One tick begins; from then on the rate is the pump's, and everybody comes once."""
    assert await scene.feeder.feed(scene.sending, NEWS, NOW) == Fed(10)
    assert await scene.waiting() == 10
    assert await scene.drain_all() == list(range(1, READERS + 1))
    assert scene.wakes >= READERS // 5


async def test_who_claims_has_been_told_of_every_row_exactly_as_it_is_stored(scene: Scene) -> None:
    """So nothing needs to be read again, and a message is the same whether it was or not."""
    await scene.feeder.feed(scene.sending, NEWS, NOW)
    async with scene.database.write() as tx:
        claimed = await outbox.claim(tx, NOW, owner="test", limit=10)
    assert [replace(scene.expected[row.id], state=row.state) for row in claimed] == claimed
    assert len(claimed) == 10


async def test_a_pause_ends_the_refilling_and_a_tick_begins_it_again(scene: Scene) -> None:
    """What the store says decides at each slice, whatever was said before."""
    await scene.feeder.feed(scene.sending, NEWS, NOW)
    async with scene.database.write() as tx:
        await sendings.move(tx, scene.sending.id, SendingState.PAUSED, NOW)
    while await scene.drain():
        await asyncio.sleep(0)
    async with scene.database.write() as tx:
        await sendings.move(tx, scene.sending.id, SendingState.RUNNING, NOW)
    assert len(await scene.drain()) == 0
    await scene.feeder.feed(scene.sending, NEWS, NOW)
    assert len(await scene.drain_all()) == READERS - 10


async def test_a_tick_that_finds_it_full_does_not_end_the_refilling(scene: Scene) -> None:
    """Full is not over."""
    await scene.feeder.feed(scene.sending, NEWS, NOW)
    assert await scene.feeder.feed(scene.sending, NEWS, NOW) == Fed()
    assert len(await scene.drain_all()) == READERS


async def test_a_canary_is_not_refilled(scene: Scene) -> None:
    """With a bound it feeds that many and no more, however fast they go."""
    assert await scene.feeder.feed(scene.sending, NEWS, NOW, most=3) == Fed(3)
    assert len(await scene.drain()) == 3
    await asyncio.sleep(0)
    assert await scene.waiting() == 0


async def test_who_was_settled_while_it_rendered_gets_nothing(scene: Scene) -> None:
    """Between the look and the commit somebody may have been skipped: the commit asks once more."""
    async with scene.database.write() as tx:
        await recipients.skip_queued(tx, scene.sending.id, "cancelled", NOW, limit=4)
    assert await scene.feeder.feed(scene.sending, NEWS, NOW) == Fed(10)
    assert [row.customer_id for row in await scene.drain()] == [5, 6, 7, 8]
