"""Trouble around a newsletter that is under way: the staff group gone, and Telegram's 429 for a whole minute."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.content import Content
from bot.pacing import Pace
from bot.playground.faults import Fault, Faults
from bot.playground.faults import FaultKind as F
from domain.newsletters import Account, SendingState
from tests.flows.hurried_loop import hurried
from tests.flows.newsletter_stand import EDITOR, MANAGER, NewsletterStand, load, stand

OTHER_GROUP = -1009
GROUP_TROUBLE = [F.KICKED, F.NOT_A_MEMBER, F.GROUP_DELETED, F.CHAT_NOT_FOUND, F.NO_RIGHTS, F.MIGRATED,
                 F.THREAD_NOT_FOUND, F.TOPIC_CLOSED, F.TOPIC_DELETED]  # fmt: skip
MENDED = {F.MIGRATED, F.THREAD_NOT_FOUND, F.TOPIC_CLOSED, F.TOPIC_DELETED}
STORM_S = 60.0
ON_THE_WIRE_S = 0.1  # calls that began before the 429 came back


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What is sent, read once."""
    return load(tmp_path_factory.mktemp("content"))


def _heard_by_staff(one: NewsletterStand, words: str) -> tuple[int, int]:
    """Return how often *words* stand in the groups, and in the private chats of staff."""
    chats = one.playground.world.chats
    in_groups = sum(words in m.text for group in one.playground.groups for m in group.messages if m.from_bot)
    return in_groups, sum(words in m.text for member in (EDITOR, MANAGER) for m in chats[member].messages if m.from_bot)


@pytest.mark.parametrize("kind", GROUP_TROUBLE, ids=str)
def test_trouble_with_the_staff_group_costs_neither_newsletter_nor_words(
    kind: F, tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """The way to staff is mended, or they hear it privately, once; the newsletter goes on beside it."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content, group=True) as one:
            assert one.group is not None
            one.playground.add_group("New", members=one.playground.people[:2], chat_id=OTHER_GROUP)
            ann = one.readers[2]
            ann.sends("My order is late")
            await one.until(lambda: _heard_by_staff(one, "My order is late")[0] == 1)
            times = 1 if kind in MENDED else -1
            one.playground.faults.add(kind, chat=one.group, times=times, migrate_to=OTHER_GROUP)
            sending = await one.begin()
            ann.sends("It is still late")
            assert (await one.run(sending.id)).state is SendingState.FINISHED
            await one.until(lambda: any(_heard_by_staff(one, "It is still late")))
            assert _heard_by_staff(one, "It is still late") == ((1, 0) if kind in MENDED else (0, 2))
            assert await one.account(sending.id) == Account(sent=len(one.readers))
            await one.check_books(sending.id)

    hurried(story())


class Storm(Faults):
    """Refuses every message for a minute with 429 and a wait that grows and shrinks, and notes who came too early."""

    def __init__(self) -> None:
        super().__init__()
        self.active.append(Fault(F.TOO_MANY_REQUESTS))
        self._loop = asyncio.get_running_loop()
        self._began: float | None = None
        self._halts: list[tuple[float, float]] = []
        self.refused = 0
        self.early: list[float] = []

    def meet(self, method: str, chat: int | None, *, only: F | None = None) -> Fault | None:
        """Refuse what comes while the storm lasts."""
        if not method.lower().startswith("send") or only is not None:
            return None
        now = self._loop.time()
        if self._began is None and chat == 1009:
            self._began = now
        if any(told + ON_THE_WIRE_S < now < until for told, until in self._halts):
            self.early.append(now)
        if self._began is None or now > self._began + STORM_S:
            return None
        self.refused += 1
        seconds = (7, 2, 11, 1, 4)[self.refused % 5]
        self._halts.append((now, now + seconds))
        return Fault(F.TOO_MANY_REQUESTS, retry_after=seconds)


@pytest.mark.parametrize("pace", [Pace(), Pace.unlimited()], ids=["paced", "unpaced"])
def test_storm_of_a_minute_sees_no_call_inside_a_halt_and_no_duplicate(
    pace: Pace, tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """A shorter wait told later never ends a longer one; afterwards everybody gets it, once."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content, pace=pace, at_once=50, readers=60) as one:
            storm = one.playground.world.faults = Storm()
            sending = await one.begin()
            began = asyncio.get_running_loop().time()
            assert (await one.run(sending.id)).state is SendingState.FINISHED
            assert asyncio.get_running_loop().time() - began > STORM_S
            assert storm.early == []
            assert storm.refused >= 8
            assert one.arrived() == dict.fromkeys(range(1, 61), 1)
            assert await one.account(sending.id) == Account(sent=60)
            await one.check_books(sending.id)

    hurried(story())
