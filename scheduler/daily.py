"""Work over many customers, done once a day, unit by unit: how far it has come is kept, so a kill loses nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from domain.company import Company
from store.database import Database, Tx
from store.settings import get_setting, put_setting


class DailyWork:
    """
    Keeps the place of one kind of daily work under *name*: the unit that is at work, and the id after which it goes on.

    A day's work falls due at *time* in the company's zone. Units are named; one that is gone is passed over, one that
    is new comes the next day.
    """

    def __init__(self, database: Database, company: Company, name: str, time: dt.time) -> None:
        self._database = database
        self._company = company
        self._name = name
        self._time = time

    def day_of(self, now: dt.datetime) -> dt.date:
        """Return the day whose work fell due last."""
        local = now.astimezone(self._company.zone)
        return local.date() if local.time() >= self._time else local.date() - dt.timedelta(days=1)

    async def next_due(self, tx: Tx, now: dt.datetime, units: Sequence[str]) -> dt.datetime | None:
        """Return when there is work: *now* where the day's is not done, else the next day; None without any unit."""
        if not units:
            return None
        if await self._read(tx, self.day_of(now), units) is not None:
            return now
        following = dt.datetime.combine(self.day_of(now) + dt.timedelta(days=1), self._time, self._company.zone)
        return following.astimezone(dt.UTC)

    async def place(self, now: dt.datetime, units: Sequence[str]) -> tuple[str, int] | None:
        """Return the unit to go on with and the id after which; None where the day's work is done."""
        if not units:
            return None
        async with self._database.read() as tx:
            return await self._read(tx, self.day_of(now), units)

    async def keep(self, now: dt.datetime, units: Sequence[str], unit: str, upto: int | None) -> None:
        """Keep that *unit* has come to the id *upto*, None: to its end."""
        if upto is None:
            following = units.index(unit) + 1
            unit = units[following] if following < len(units) else ""
        kept = {"day": self.day_of(now).isoformat(), "unit": unit, "after": upto or 0}
        async with self._database.write() as tx:
            await put_setting(tx, self._name, kept)

    async def _read(self, tx: Tx, day: dt.date, units: Sequence[str]) -> tuple[str, int] | None:
        kept: dict[str, Any] = await get_setting(tx, self._name) or {}
        if kept.get("day") != day.isoformat():
            return units[0], 0
        unit = kept["unit"]
        return (unit, kept["after"]) if unit in units else None
