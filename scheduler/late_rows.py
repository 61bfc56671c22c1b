"""Messages of a local time that were held too long: skipped as too late, rather than sent at a wrong time."""

from __future__ import annotations

import datetime as dt

from domain.company import Company
from domain.contacts import ContactKind
from domain.holds import Hold
from domain.newsletters import Newsletter, RecipientState, Sending
from scheduler.feeding import LOCK
from scheduler.moments import begins_at, moment_for
from store import recipients
from store.database import Database
from store.holds import keep_holds
from store.late_rows import WaitingRow, waiting_rows, withdraw_some
from store.recipients import RecipientOutcome

_AT_ONCE = 500


async def skip_late(
    database: Database, company: Company, sending: Sending, newsletter: Newsletter, now: dt.datetime
) -> int:
    """
    Skip who would get a sending only after its deadline where she lives; return how many.

    Her message was held at the call, by the courtesy budget for instance, or an outage came between. Nothing is done
    for a newsletter without a `local_time`, which has no wrong time.
    """
    if newsletter.local_time is None:
        return 0
    async with database.read() as tx:
        rows = await waiting_rows(tx, sending.id)
    late = [row.customer_id for row in rows if _is_late(row, company, sending, newsletter, now)]
    skipped = 0
    for at in range(0, len(late), _AT_ONCE):
        async with database.write() as tx:
            if not await database.lock(tx, LOCK):
                return skipped
            gone = await withdraw_some(tx, sending.id, late[at : at + _AT_ONCE])
            reason, kind = Hold.TOO_LATE, ContactKind.SERVICE if newsletter.service else ContactKind.NEWSLETTER
            await recipients.record(
                tx,
                [RecipientOutcome(sending.id, who, RecipientState.SKIPPED, reason.value, at=now) for who in gone],
            )
            await keep_holds(tx, [(who, kind.value, reason, f"newsletter:{sending.id}") for who in gone], now)
            skipped += len(gone)
    return skipped


def _is_late(row: WaitingRow, company: Company, sending: Sending, newsletter: Newsletter, now: dt.datetime) -> bool:
    zone = row.timezone or company.timezone
    deadline = moment_for(newsletter, begins_at(sending, now), zone, company.courtesy, now).deadline
    return deadline is not None and max(row.not_before, now) > deadline
