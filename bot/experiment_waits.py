"""Who of a sending waits for the outcome of its experiment, and until when."""

from __future__ import annotations

import datetime as dt

from domain.newsletters import Held, Newsletter, Sending
from store import queue
from store.database import Tx
from store.experiments import last_outcome_at, look_at

ON_TRIAL = "on_trial"
"""They wait until the variants have been tried for long enough."""
UNDECIDED = "undecided"
"""They wait for staff: the difference was no more than chance gives. When they go on, nobody knows."""


async def waits_for_experiment(
    tx: Tx, sending: Sending, newsletter: Newsletter | None, unfed: int, now: dt.datetime
) -> Held | None:
    """Return what the *unfed* of a sending wait for where that is its experiment, else None."""
    if newsletter is None or newsletter.experiment is None or sending.decided_at is not None:
        return None
    if await queue.next_queued(tx, sending.id, 1, tested_only=True):
        return None
    if await look_at(tx, sending.id) is not None:
        return Held(UNDECIDED, unfed, now)
    last = await last_outcome_at(tx, sending.id)
    return Held(ON_TRIAL, unfed, max(now, last + newsletter.experiment.wait) if last is not None else now)
