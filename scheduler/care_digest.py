"""
The day's tasks of the care plans: on opening days each owner reads hers in one message, and managers what is late.

Also: tasks of those who have left go to somebody else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from domain.care_owners import owner_for
from domain.company import Company
from domain.hours import opens_on
from domain.staff import Role, StaffMember
from scheduler.care_notices import CareNotices, Workload
from store import care_tasks
from store.customers import customers_by_id
from store.database import Database, Tx
from store.settings import get_setting, put_setting
from store.staff import list_members

SHOWN = 8
"""How many tasks one message names."""

HOUR = dt.time(8, 30)
"""When the day's tasks are told where the config has no hour for the morning's list (`cases.digest`)."""

GRACE = dt.timedelta(hours=6)
"""How late that may still be, after an outage; later it is none."""

_AHEAD = 40  # days in which the next opening day is looked for
_SOON = dt.timedelta(days=1)
_SETTING, _WEEKLY = "care.digest", "care.overdue"
_AT_ONCE = 200  # tasks that are given to somebody else in one transaction


class CareDigest:
    """Writes the day's messages, all of a day in one transaction with the note that they are written."""

    def __init__(self, database: Database, company: Company, notices: CareNotices) -> None:
        self._database = database
        self._company = company
        self._notices = notices
        self._members: frozenset[int] | None = None  # to none but these tasks were given, as was last looked

    async def tick(self, now: dt.datetime) -> None:
        """Give on what is of members who have left, and tell the day's tasks when their hour has come, once."""
        async with self._database.read() as tx:
            if not await care_tasks.any_task(tx):
                return
            members = await list_members(tx)
            due = self._due_on(now.astimezone(self._company.zone).date())
            is_time = due is not None and due <= now < due + GRACE and await self._last(tx) < due
        present = frozenset(member.id for member in members)
        if members and (is_time or present != self._members):
            await self._give_on(members)
            self._members = present
        if due is None or not is_time:
            return
        async with self._database.write() as tx:
            last = await self._last(tx)
            if await self._database.lock(tx, _SETTING) and last < due:
                await put_setting(tx, _SETTING, due.isoformat())
                await self._write(tx, last, now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return the next hour on an opening day while there are tasks; None without any."""
        if not await care_tasks.any_task(tx):
            return None
        today, last = now.astimezone(self._company.zone).date(), await self._last(tx)
        for days in range(_AHEAD):
            due = self._due_on(today + dt.timedelta(days=days))
            if due is not None and now < due + GRACE and last < due:
                return due
        return None

    def _due_on(self, day: dt.date) -> dt.datetime | None:
        if not opens_on(self._company, day):
            return None
        hour = self._company.cases.digest or HOUR
        return dt.datetime.combine(day, hour, self._company.zone).astimezone(dt.UTC)

    @staticmethod
    async def _last(tx: Tx) -> dt.datetime:
        last = await get_setting(tx, _SETTING)
        return dt.datetime.min.replace(tzinfo=dt.UTC) if last is None else dt.datetime.fromisoformat(last)

    async def _give_on(self, members: Sequence[StaffMember]) -> None:
        """Give the tasks of whoever is no member any more to the customer's owner now, else to the stand-in."""
        while True:
            async with self._database.write() as tx:
                found = await care_tasks.tasks_without_owner_among(tx, [m.id for m in members], _AT_ONCE)
                hers = await care_tasks.owners_of_customers(tx, {task.row.customer_id for task in found})
                for task in found:
                    who = task.row.customer_id
                    owner = owner_for(task.run.content, who, hers.get(who), members)
                    await care_tasks.give_tasks(tx, [task.row.id], owner)
            if len(found) < _AT_ONCE:
                return

    async def _write(self, tx: Tx, last: dt.datetime, now: dt.datetime) -> None:
        members = [member for member in await list_members(tx) if member.reachable]
        midnight = dt.datetime.combine(now.astimezone(self._company.zone).date(), dt.time(), self._company.zone)
        for member in members:
            load = await care_tasks.load_of(tx, member.id, now, soon=now + _SOON, late=midnight, since=last)
            if not load.open or not (load.soon or load.new):
                continue
            shown = await care_tasks.tasks(tx, now=now, owner_id=member.id, limit=SHOWN)
            customers = await customers_by_id(tx, {task.row.customer_id for task in shown})
            await self._notices.digest(tx, member, Workload(shown, customers, load.open - len(shown), load.late), now)
        await self._weekly(tx, members, midnight, now)

    async def _weekly(self, tx: Tx, members: Sequence[StaffMember], midnight: dt.datetime, now: dt.datetime) -> None:
        """Tell the managers what is late, on the first day of each week on which we are open."""
        year, week, _ = midnight.isocalendar()
        this_week = f"{year}-W{week:02}"
        if await get_setting(tx, _WEEKLY) == this_week:
            return
        await put_setting(tx, _WEEKLY, this_week)
        late = await care_tasks.owners_with_tasks(tx, due_before=midnight)
        for member in members if late else ():
            if member.may(Role.MANAGER):
                await self._notices.overdue(tx, member, late, now)
