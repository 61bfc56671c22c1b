"""
Which rows go next: claimed in their order, asked once more whether each may go, and put back where there is no room.

A newsletter that nobody has got yet goes to very few at once, so that a broken one is found out by these.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.delivery import Delivered
from bot.outcomes import Recorder, admissible
from bot.pacing import Governor
from bot.paid import reserve
from dialogues import courtesy
from domain.company import Company
from domain.messages import GivenUp, Refusal, Sent, Waiting
from store import outbox
from store.database import Tx
from store.paid import budgets

_MOST_HELD_AT_ONCE = 200
_UNPROVEN_AT_ONCE = 4
_PAID_RESTS_S = 0.1
_MOST_EXPECTED = 2000


@dataclass(frozen=True, slots=True)
class Room:
    """How many rows may be claimed now: for nothing, and beside them for Stars."""

    free: int
    paid: int = 0

    def __bool__(self) -> bool:
        return self.free > 0 or self.paid > 0


@dataclass(frozen=True, slots=True)
class Claimed:
    """
    What one claim gave: the rows that go now, whether any were *found*, and whether some were *held* for good reason.

    *rest* is the shortest time, in seconds, after which a chat that was passed over may get its next message.
    *is_partial* says that only what may be paid for was looked at.
    """

    going: list[Waiting]
    found: bool = True
    held: bool = False
    rest: float = float("inf")
    is_partial: bool = False


class Claims:
    """Claims rows as *owner*, and remembers what is known of chats and newsletters between two claims."""

    def __init__(self, owner: str, governor: Governor, recorder: Recorder, company: Company) -> None:
        self._owner = owner
        self._governor = governor
        self._recorder = recorder
        self._company = company
        self._resting_chats: dict[int, float] = {}
        self._forum_chat: int | None = None
        self._claim_more = 1
        self._expected: dict[int, Waiting] = {}
        self._proven: set[int] = set()
        self._broken: set[int] = set()
        self._may_spend: dict[int, int] = {}
        self._paid_rests_until = float("-inf")

    def pays(self, at: float) -> bool:
        """Say whether it is worth looking for what may be paid for: a sending had Stars left, and messages due."""
        return bool(self._may_spend) and at >= self._paid_rests_until

    def expect(self, rows: Iterable[Waiting]) -> None:
        """
        Spare the reading of *rows* when they are claimed: they are about to be put in, and nobody has claimed them.

        It must be told before they are committed. Each is expected once: whatever comes back is read from the store.
        """
        self._expected.update((row.id, row) for row in rows)
        while len(self._expected) > _MOST_EXPECTED:  # some were never put in, or were withdrawn: the oldest
            del self._expected[next(iter(self._expected))]

    def begin(self) -> None:
        """Begin to claim, after others may have done so: what was expected may have changed."""
        self._expected.clear()

    async def prepare(self, tx: Tx) -> None:
        """Look up what may be spent, before anything else is written in *tx*."""
        if self._governor.has_paid_lane:
            self._may_spend = await budgets(tx)

    async def take(
        self, tx: Tx, room: Room, on_its_way: Iterable[Waiting], now: dt.datetime, at: float, horizon: float
    ) -> Claimed:
        """
        Turn at most *room* rows into intents, ask of each whether it may go, and put back what may not.

        *now* is the clock's time, *at* the loop's; no chat whose next message has to wait longer than *horizon*. What
        is above the free rate goes for Stars, reserved in *tx*, where its sending has some left.
        """
        busy = self._busy_chats(at, horizon)
        claimed = await self._take_free(tx, room.free, on_its_way, now, busy) if room.free > 0 else _NOTHING
        if self._may_spend and room.paid > 0:
            more = await self._take_paid(tx, room.paid, [*on_its_way, *claimed.going], now, busy)
            if not more.going and not more.held:
                self._paid_rests_until = at + _PAID_RESTS_S
            claimed = _both(claimed, more)
        return replace(claimed, is_partial=room.free <= 0)

    async def _take_free(
        self, tx: Tx, room: int, on_its_way: Iterable[Waiting], now: dt.datetime, busy: Mapping[int, float]
    ) -> Claimed:
        most = max(room, self._claim_more)
        rows = await outbox.claim(
            tx, now, owner=self._owner, limit=most, skip_chats=busy.keys(), expected=self._expected
        )
        if not rows:
            return Claimed(
                [], found=False, rest=min((wait for wait in busy.values() if wait > 0), default=float("inf"))
            )
        admitted = await self._without_held(tx, rows, now)
        going, back = self._admit(admitted, room, on_its_way)
        await _put_back(tx, back)
        held = len(admitted) < len(rows)
        # Many that must not go are passed over quickly, so that they do not keep the others waiting.
        self._claim_more = min(len(rows) * 2, _MOST_HELD_AT_ONCE) if held and not going else 1
        return Claimed(going, held=held)

    async def _take_paid(
        self, tx: Tx, room: int, on_its_way: Iterable[Waiting], now: dt.datetime, busy: Mapping[int, float]
    ) -> Claimed:
        rows = await outbox.claim(
            tx,
            now,
            owner=self._owner,
            limit=room,
            skip_chats=busy.keys(),
            newsletters=self._may_spend.keys(),
            expected=self._expected,
        )
        admitted = await self._without_held(tx, rows, now)
        wanted, back = self._admit(admitted, room, on_its_way)
        going, over = await reserve(tx, wanted, self._may_spend)
        await _put_back(tx, [*back, *over])
        return Claimed(going, found=bool(rows), held=len(admitted) < len(rows))

    async def _without_held(self, tx: Tx, rows: list[Waiting], now: dt.datetime) -> list[Waiting]:
        """Ask once more whether each may go; those that may not are recorded as held."""
        decisions: dict[int, courtesy.Decision] = {}
        if any(courtesy.is_asked(row) for row in rows):
            decisions = await courtesy.holds_for(tx, rows, self._company.courtesy, self._company.timezone, now)
        held = [(row, decision) for row in rows if (decision := admissible(row, decisions)) is not None]
        if held:
            await self._recorder.hold(tx, held, now)
        kept = {row.id for row, _ in held}
        return [row for row in rows if row.id not in kept]

    def _busy_chats(self, at: float, horizon: float) -> dict[int, float]:
        busy = self._governor.busy_chats(at, horizon)
        self._resting_chats = {chat: until for chat, until in self._resting_chats.items() if until > at}
        busy.update((chat, until - at) for chat, until in self._resting_chats.items())
        if self._forum_chat is not None and self._forum_chat in busy:
            busy[0] = busy[self._forum_chat]
        return busy

    def _admit(
        self, rows: list[Waiting], room: int, on_its_way: Iterable[Waiting]
    ) -> tuple[list[Waiting], list[Waiting]]:
        """Part rows into those that go now and those that go back: no room, or a newsletter that is not yet proven."""
        going: list[Waiting] = []
        back: list[Waiting] = []
        unproven: dict[int, int] = {}
        for row in on_its_way:
            if row.newsletter_id is not None and row.newsletter_id not in self._proven:
                unproven[row.newsletter_id] = unproven.get(row.newsletter_id, 0) + 1
        for row in rows:
            newsletter = row.newsletter_id
            if len(going) >= room or newsletter in self._broken:
                back.append(row)
                continue
            if newsletter is not None and newsletter not in self._proven:
                if unproven.get(newsletter, 0) >= _UNPROVEN_AT_ONCE:
                    back.append(row)
                    continue
                unproven[newsletter] = unproven.get(newsletter, 0) + 1
            going.append(row)
        return going, back

    # What outcomes teach -------------------------------------------------------------------------------------------

    def is_broken(self, newsletter_id: int | None) -> bool:
        """Say whether Telegram has refused a newsletter's content and the stop of it is not recorded yet."""
        return newsletter_id in self._broken

    def learn(self, delivered: Delivered) -> None:
        """Draw from one outcome what it says about its chat and its newsletter."""
        row = delivered.row
        if delivered.claimed.chat_id == 0 and row.chat_id < 0:
            self._forum_chat = row.chat_id
        if not delivered.called or row.newsletter_id is None:
            return
        match delivered.outcome:
            case GivenUp(reason=Refusal.CONTENT):
                self._broken.add(row.newsletter_id)
            case Sent():
                self._proven.add(row.newsletter_id)

    def rest_chat(self, chat_id: int, until: float) -> None:
        """Keep the chat's order: what follows waits until the row of unknown fate has gone again."""
        self._resting_chats[chat_id] = until

    def recorded(self, delivered: Iterable[Delivered]) -> None:
        """Once the stop of a broken newsletter is recorded, its rows are gone; a mended one may begin again."""
        for one in delivered:
            newsletter = one.row.newsletter_id
            if newsletter in self._broken and isinstance(one.outcome, GivenUp):
                self._broken.discard(newsletter)
                self._proven.discard(newsletter)


_NOTHING = Claimed([], found=False)


def _both(first: Claimed, second: Claimed) -> Claimed:
    return Claimed(
        [*first.going, *second.going],
        first.found or second.found,
        first.held or second.held,
        min(first.rest, second.rest),
    )


async def _put_back(tx: Tx, rows: Sequence[Waiting]) -> None:
    if rows:
        await outbox.settle(tx, again=[outbox.Again(row.id, row.not_before, row.attempts, row.reason) for row in rows])
