"""
Recalls as due work: what a sending has sent is queued for deletion, and fed to the outbox as the pump gets it done.

Every step is a transaction that leaves the account right; whatever is killed goes on from the store.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence

from domain.messages import Act, Lane, Message, OnUnknown, Waiting
from domain.newsletters import Sending
from domain.recalls import recall_ref
from store import outbox, recalls, recipients
from store.database import Database, Tx
from store.ids import new_id
from store.recalls import ToDelete

log = logging.getLogger(__name__)

KIND = "recall"
STEP = 20_000  # recipients looked at in one transaction while a recall is begun
AHEAD = 200
_LOCK = "recalls"
_SOON = dt.timedelta(seconds=1)
_LOOKED_AT = dt.timedelta(days=3)


class Recalls:
    """The job that takes back what was sent. What staff decide about it is in `bot.newsletters`."""

    name = "recalls"

    def __init__(self, database: Database, *, step: int = STEP, ahead: int = AHEAD) -> None:
        self._database = database
        self._step = step
        self._ahead = ahead
        self._marked: set[int] = set()
        self._done: set[int] = set()
        self._waited_for: dict[int, int] = {}

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing is to be prepared."""

    async def tick(self, now: dt.datetime) -> None:
        """Go on with each recall that is open."""
        for sending in await self._open(now):
            if sending.id not in self._marked and not await self._mark(sending, now):
                continue
            await self._go_on(sending, now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return soon while a recall is open, else None."""
        found = await recalls.open_recalls(tx, now - _LOOKED_AT)
        return now + _SOON if any(sending.id not in self._done for sending in found) else None

    async def _open(self, now: dt.datetime) -> list[Sending]:
        async with self._database.read() as tx:
            found = await recalls.open_recalls(tx, now - _LOOKED_AT)
        return [sending for sending in found if sending.id not in self._done]

    async def _mark(self, sending: Sending, now: dt.datetime) -> bool:
        """Queue all who got something, in steps; False when another machine does it just now."""
        after: int | None = 0
        while after is not None:
            async with self._database.write() as tx:
                if not await self._database.lock(tx, _LOCK):
                    return False
                after = await recalls.mark_some(tx, sending, now, after=after, size=self._step)
        self._marked.add(sending.id)
        return True

    async def _go_on(self, sending: Sending, now: dt.datetime) -> None:
        async with self._database.write() as tx:
            if not await self._database.lock(tx, _LOCK):
                return
            await recalls.mark_latest(tx, sending, now)
            fed = await recalls.count_fed(tx, sending.id)
            queued = await recalls.next_to_delete(tx, sending.id, max(self._ahead - fed, 1))
            await self._feed(tx, sending, queued if fed < self._ahead else [], now)
            if fed and not queued and fed == self._waited_for.get(sending.id):  # nothing moves: are there rows at all?
                fed -= await recalls.fail_lost(tx, sending.id)
            is_over = not fed and not queued and await recipients.count_in_outbox(tx, sending.id) == 0
        self._waited_for[sending.id] = fed
        if is_over:
            await self._end(sending)

    async def _feed(self, tx: Tx, sending: Sending, queued: Sequence[ToDelete], now: dt.datetime) -> None:
        rows: list[Waiting] = []
        fed, hopeless = [], []
        for one in queued:
            if one.chat_id is None or not one.message_ids:
                hopeless.append(one.customer_id)
                continue
            fed.append(one.customer_id)
            rows += [
                _row(sending, one.customer_id, one.chat_id, message_id, now, is_last=at == len(one.message_ids))
                for at, message_id in enumerate(one.message_ids, start=1)
            ]
        await outbox.put(tx, rows)
        await recalls.mark_fed(tx, sending.id, fed)
        await recalls.fail_queued(tx, sending.id, hopeless)

    async def _end(self, sending: Sending) -> None:
        self._done.add(sending.id)
        async with self._database.read() as tx:
            recall = await recalls.recall_of(tx, sending.id)
        counts = {"deleted": recall.deleted, "failed": recall.failed, "too_old": recall.too_old}
        log.info("newsletter.recalled", extra={"sending": sending.id, "newsletter": sending.name, **counts})


def _row(
    sending: Sending, customer_id: int, chat_id: int, message_id: int, now: dt.datetime, *, is_last: bool
) -> Waiting:
    return Waiting(
        id=new_id(),
        act=Act.DELETE,
        chat_id=chat_id,
        lane=Lane.BULK,
        kind=KIND,
        message=Message(),
        created_at=now,
        not_before=now,
        customer_id=customer_id,
        message_id=message_id,
        on_unknown=OnUnknown.NEVER_MISS,
        ref=recall_ref(sending.id, is_last=is_last),
    )
