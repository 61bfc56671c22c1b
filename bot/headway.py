"""How many rows the pump may claim now, so that none waits long for its call, and how long until it may claim more."""

from __future__ import annotations

from collections.abc import Collection

from bot.claiming import Claims, Room
from bot.connection import Connection
from bot.delivery import Deliverer
from bot.pacing import Governor
from bot.paid import SHARE_IN_FLIGHT
from domain.messages import Waiting

_HORIZON_S = 0.03  # a row is claimed when its call may start this soon, beside what a commit takes
_LONGEST_HORIZON_S = 0.25

NO_ROOM = Room(0)


class Headway:
    """Asks pace, connection and the calls in flight, of which there are at most *at_once*. Times are the loop's."""

    def __init__(
        self, governor: Governor, connection: Connection, deliverer: Deliverer, claims: Claims, at_once: int
    ) -> None:
        self._governor = governor
        self._connection = connection
        self._deliverer = deliverer
        self._claims = claims
        self._at_once = at_once
        self.horizon = _HORIZON_S

    def took(self, seconds: float) -> None:
        """Note how long a commit took: on a slow disk rows must be claimed earlier, or the pace is lost."""
        wanted = _HORIZON_S + 1.5 * seconds
        self.horizon += (min(wanted, _LONGEST_HORIZON_S) - self.horizon) / 8

    def room(self, now: float, on_its_way: Collection[Waiting]) -> Room:
        """Return how many rows may be claimed now; none while nothing gets through."""
        if self._connection.rests_for() > 0:
            return NO_ROOM
        most = 1 if self._connection.failures else self._at_once
        left = max(most - len(on_its_way), 0)
        if self._governor.is_unlimited:
            return Room(self._governor.room(now, self.horizon, left))
        queued = self._deliverer.next_in_line  # the next places are theirs already
        free = max(self._governor.room(now, self.horizon, left + queued) - queued, 0)
        return Room(free, self._paid_room(now, on_its_way, left - free) if self._claims.pays(now) else 0)

    def _paid_room(self, now: float, on_its_way: Collection[Waiting], left: int) -> int:
        paid = sum(row.paid for row in on_its_way)
        most = min(left, int(self._at_once * SHARE_IN_FLIGHT) - paid)
        queued = self._deliverer.next_in_paid_line
        return max(self._governor.paid_room(now, self.horizon, most + queued) - queued, 0)

    def wait(self, now: float) -> float:
        """Return the seconds until there may be room for a row that is due, while fewer calls than most are made."""
        wait = self._governor.wait(now)
        if self._claims.pays(now):
            wait = min(wait, self._governor.wait(now, paid=True))
        return max(self._connection.rests_for(), wait - self.horizon, 0.001)
