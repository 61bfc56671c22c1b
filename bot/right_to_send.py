"""The right to send: one process at a time has it for a store, and the others stand by."""

from __future__ import annotations

from bot.trouble import Trouble
from store import leases
from store.database import Database

LEASE = "pump"
_CHECK_S = 5.0


class RightToSend:
    """Takes the lease, keeps it, and tells people who sends. Times are the event loop's."""

    def __init__(self, database: Database, trouble: Trouble) -> None:
        self._database = database
        self._trouble = trouble
        self._lease: leases.Lease | None = None
        self._checked = float("-inf")
        self.is_new = False
        """Whether it has been taken since this was last set to False: others may have sent before."""

    async def holds(self, now: float) -> bool:
        """Say whether this process may send; the lease is looked at every few seconds. Raises StoreUnavailable."""
        if self._lease is not None:
            if now - self._checked < _CHECK_S:
                return True
            self._checked = now
            if await self._lease.is_held():
                return True
            self._lease = None
        self._lease = await leases.take(self._database, LEASE)
        if self._lease is None:
            self._trouble.begins("pump.standby", "Another Vuoro process sends for this store; this one stands by.")
            return False
        self._checked = now
        self._trouble.is_over("pump.sends", "This process sends.")
        self.is_new = True
        return True

    async def release(self) -> None:
        """Give it back, should it be held."""
        if self._lease is not None:
            await self._lease.release()
            self._lease = None
