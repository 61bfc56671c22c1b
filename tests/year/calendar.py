"""What happens when: who writes of her own accord, in a few moments of each day, drawn from the seed."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.year.people import Customer

BEGIN = dt.datetime(2027, 1, 1, 4, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
AWAKE = (6, 10, 14, 18)
NIGHT = 22
"""Hours (UTC) of a day's moments. Four hours lie between two: what is due four hours or a day later falls on one."""
MINUTE = 9


@dataclass(frozen=True, slots=True)
class Grain:
    """How often the program is woken for what is due and is no slot: *step* apart, at minute 10 of such an hour."""

    step: dt.timedelta = dt.timedelta(hours=4)

    def waking(self, due: dt.datetime) -> dt.datetime:
        """Return the first waking at or after *due*."""
        first = BEGIN.replace(hour=14, minute=MINUTE + 1) - DAY
        return first + -((first - due) // self.step) * self.step


@dataclass(slots=True)
class Calendar:
    """
    The moments of *days* days in which people act, and what each of them does then.

    With *every* above 1 people act only on each so manyth day, and then only at noon and at night.
    """

    days: int
    every: int = 1
    acts: dict[dt.datetime, list[tuple[Customer, str]]] = field(default_factory=dict)

    def moments(self) -> list[dt.datetime]:
        """Return every moment in which anybody may act, in order."""
        hours = (*AWAKE, NIGHT) if self.every == 1 else (AWAKE[1], NIGHT)
        days = range(0, self.days, self.every)
        return [_at(day, hour) for day in days for hour in hours if hour != NIGHT or _at(day, hour) in self.acts]

    def plan(self, customers: Sequence[Customer], rng: random.Random) -> None:
        """Draw what each customer does in the year: she starts within its first weeks, and then has her habits."""
        for customer in customers:
            first = min(int(rng.expovariate(1 / 12)), self.days // 2)
            self._put(first, False, customer, "start", rng)
            for what, yearly in customer.nature.yearly.items():
                for _ in range(_drawn(yearly * self.days / 365, rng)):
                    day = rng.randrange(first + 1, max(self.days - 1, first + 2))
                    if what == "block":
                        self._put(min(day + rng.randint(2, 40), self.days - 1), False, customer, "returns", rng)
                    self._put(day, what == "night", customer, what, rng)

    def _put(self, day: int, night: bool, customer: Customer, what: str, rng: random.Random) -> None:
        day -= day % self.every
        hour = NIGHT if night else rng.choice(AWAKE if self.every == 1 else AWAKE[1:2])
        self.acts.setdefault(_at(day, hour), []).append((customer, what))


def _at(day: int, hour: int) -> dt.datetime:
    return BEGIN.replace(hour=hour, minute=MINUTE) + day * DAY


def _drawn(mean: float, rng: random.Random) -> int:
    """Draw a whole number with that mean."""
    return int(mean) + (rng.random() < mean % 1)
