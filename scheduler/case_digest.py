"""The morning's list: on opening days staff read which cases are pressing. Where nothing is, nothing is said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from domain.case_clocks import CaseClock, nearest
from domain.cases import Case, CaseState
from domain.company import Company
from domain.hours import opens_on
from domain.staff import Role, StaffMember
from scheduler.case_notices import CaseNotices, Pressed, Pressing
from store.case_clocks import clocks_of
from store.cases import last_moves, list_cases
from store.customers import customers_by_id
from store.database import Database, Tx
from store.settings import get_setting, put_setting
from store.staff import list_members

LINES = 10
"""How long the message is at most, with its title."""

GRACE = dt.timedelta(hours=4)
"""How late a morning's list may still come, after an outage; later it is none."""

LONG = dt.timedelta(days=3)
"""After how long a case that waits for its customer is brought to mind."""

_MOST = 5000  # open cases that are looked at, the oldest
_AHEAD = 60  # days in which the next opening day is looked for
_SETTING = "cases.digest"
_ORDER = list(Pressing)


@dataclass(frozen=True, slots=True)
class Standing:
    """An open case with the clock that is due next, and since when nothing has happened."""

    case: Case
    clock: CaseClock | None
    still_since: dt.datetime


def pressing(standing: Standing, company: Company, now: dt.datetime) -> tuple[Pressing, dt.datetime] | None:
    """Say why a case is brought to mind, the most pressing reason, and since or until when; None: it is not."""
    case, zone = standing.case, company.zone
    due = standing.clock.due_at if standing.clock is not None else None
    if due is not None and due < now:
        return Pressing.LATE, due
    if due is not None and due.astimezone(zone).date() == now.astimezone(zone).date():
        return Pressing.TODAY, due
    if case.owner_id is None:
        return Pressing.NOBODYS, case.opened_at
    if case.state is CaseState.WAITING_CUSTOMER and standing.still_since <= now - LONG:
        return Pressing.WAITING, standing.still_since
    return None


def concerns(case: Case, why: Pressing, member: StaffMember) -> bool:
    """Say whether a member reads of a case: her own and nobody's; a manager of every late one, too."""
    return case.owner_id in {None, member.id} or (why is Pressing.LATE and member.may(Role.MANAGER))


class CaseDigest:
    """
    The job that writes the morning's lists, all of a day in one transaction with the note that they are written.

    So a restart, a kill or a second process sends none twice and none half.
    """

    name = "case digest"

    def __init__(self, database: Database, company: Company, notices: CaseNotices) -> None:
        self._database = database
        self._company = company
        self._notices = notices

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def tick(self, now: dt.datetime) -> None:
        """Write today's lists when their hour has come, once."""
        due = self._due_on(now.astimezone(self._company.zone).date())
        if due is None or not due <= now < due + GRACE:
            return
        async with self._database.read() as tx:
            if await self._is_done(tx, due):
                return
        async with self._database.write() as tx:
            if await self._database.lock(tx, _SETTING) and not await self._is_done(tx, due):
                await put_setting(tx, _SETTING, due.isoformat())
                await self._write(tx, now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return the next hour of the lists on an opening day, or None where there is none."""
        today = now.astimezone(self._company.zone).date()
        for days in range(_AHEAD):
            due = self._due_on(today + dt.timedelta(days=days))
            if due is not None and now < due + GRACE and not await self._is_done(tx, due):
                return due
        return None

    def _due_on(self, day: dt.date) -> dt.datetime | None:
        hour = self._company.cases.digest
        if hour is None or not opens_on(self._company, day):
            return None
        return dt.datetime.combine(day, hour, self._company.zone).astimezone(dt.UTC)

    async def _is_done(self, tx: Tx, due: dt.datetime) -> bool:
        last = await get_setting(tx, _SETTING)
        return last is not None and dt.datetime.fromisoformat(last) >= due

    async def _write(self, tx: Tx, now: dt.datetime) -> None:
        found = []
        for standing in await _standings(tx):
            reason = pressing(standing, self._company, now)
            if reason is not None:
                found.append(_Found(standing, *reason))
        found.sort(key=lambda each: (_ORDER.index(each.why), each.since, each.standing.case.id))
        for member in await list_members(tx):
            hers = [each for each in found if concerns(each.standing.case, each.why, member)]
            if hers and member.reachable:
                shown = hers if len(hers) < LINES else hers[: LINES - 2]
                await self._notices.digest(tx, member, await _pressed(tx, shown), len(hers) - len(shown), now)


@dataclass(frozen=True, slots=True)
class _Found:
    """A case that is to be brought to mind, and why."""

    standing: Standing
    why: Pressing
    since: dt.datetime


async def _standings(tx: Tx) -> list[Standing]:
    cases = await list_cases(tx, limit=_MOST)
    numbers = [case.id for case in cases]
    clocks = await clocks_of(tx, numbers, only_unstopped=True)
    moved = await last_moves(tx, [case.id for case in cases if case.state is CaseState.WAITING_CUSTOMER])
    return [Standing(case, nearest(clocks.get(case.id, ())), moved.get(case.id, case.opened_at)) for case in cases]


async def _pressed(tx: Tx, found: Sequence[_Found]) -> list[Pressed]:
    customers = await customers_by_id(tx, {each.standing.case.customer_id for each in found})
    return [
        Pressed(
            each.standing.case, customers[each.standing.case.customer_id], each.why, each.since, each.standing.clock
        )
        for each in found
    ]
