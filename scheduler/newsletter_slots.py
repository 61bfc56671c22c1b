"""What becomes of the slots of scheduled newsletters, and of times set by hand: started, or late and told to staff."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from domain.company import Company
from domain.newsletters import Newsletter, OnHoliday, Sending, SendingState
from domain.schedules import Schedule
from scheduler.newsletter_files import NewsletterFile, NewsletterFiles
from scheduler.notices import Holiday, Late, Notices
from scheduler.slots import ReportLate, instant_of
from store import sendings
from store.database import Database, Tx
from store.ids import new_id

TOO_LATE = "too_late"
"""Why a sending waits for staff, or was dropped, when an outage made it too late."""


HOLIDAY = "holiday"
"""Why a sending goes on another day than its slot."""


class NewsletterSlots:
    """Makes a sending of each slot (a `scheduler.schedules.Starter`), by the newsletter's late policy."""

    def __init__(self, database: Database, company: Company, files: NewsletterFiles, notices: Notices) -> None:
        self._database = database
        self._company = company
        self._notices = notices
        self.files = files

    async def start(self, tx: Tx, schedule: Schedule, due_at: dt.datetime, now: dt.datetime) -> None:
        """Start a sending of what the newsletter's files say now; an older one that waits for staff is outdated."""
        await sendings.supersede(tx, schedule.id, TOO_LATE, now)
        file = self.files.get(schedule.name)
        if file is None:
            return
        on_holiday = file.newsletter.on_holiday
        if on_holiday is OnHoliday.SEND or not self._is_holiday(schedule, due_at):
            await self._put(tx, file, schedule.id, due_at, now, SendingState.RUNNING)
            return
        goes_at = self._after_holidays(schedule, due_at) if on_holiday is OnHoliday.NEXT_DAY else None
        if goes_at is not None:  # where a slot of that day has the same moment, they are one
            await self._put(tx, file, schedule.id, goes_at, now, SendingState.SCHEDULED, HOLIDAY)
        await self._notices.tell(tx, Holiday(schedule.name, due_at, goes_at), now)

    def _is_holiday(self, schedule: Schedule, at: dt.datetime) -> bool:
        return at.astimezone(zoneinfo.ZoneInfo(schedule.timezone)).date() in self._company.holidays

    def _after_holidays(self, schedule: Schedule, due_at: dt.datetime) -> dt.datetime:
        """Return the same time of the next day that is no holiday."""
        zone = zoneinfo.ZoneInfo(schedule.timezone)
        wall = due_at.astimezone(zone).replace(tzinfo=None)
        while wall.date() in self._company.holidays:
            wall += dt.timedelta(days=1)
        return instant_of(wall, zone)

    async def report(self, tx: Tx, schedule: Schedule, late: tuple[ReportLate, ...], now: dt.datetime) -> None:
        """
        Tell staff; where the late policy is to ask, the newest slot's sending waits for their word.

        However many slots were missed, in one outage or in several, one question is open.
        """
        file = self.files.get(schedule.name)
        newest = late[-1].due_at
        sending = None
        if file is not None and file.newsletter.late.ask:
            await sendings.supersede(tx, schedule.id, TOO_LATE, now)
            sending = await self._put(tx, file, schedule.id, newest, now, SendingState.APPROVAL, TOO_LATE)
        await self._notices.tell(tx, Late(schedule.name, newest, len(late), sending), now)

    async def start_scheduled(self, sending: Sending, newsletter: Newsletter | None, now: dt.datetime) -> bool:
        """
        Start what was scheduled by hand; say whether it runs.

        When an outage made it too late, staff are asked or, where the late policy is to drop it, only told.
        """
        due_at = sending.due_at or now
        is_late = newsletter is not None and now - due_at > newsletter.late.within
        asks = newsletter is not None and newsletter.late.ask
        to = SendingState.RUNNING
        if is_late:
            to = SendingState.APPROVAL if asks else SendingState.CANCELLED
        async with self._database.write() as tx:
            moved = await sendings.move(
                tx, sending.id, to, now, version=sending.version, reason=TOO_LATE if is_late else ""
            )
            if moved is not None and is_late:
                await self._notices.tell(tx, Late(moved.name, due_at, sending=moved if asks else None), now)
        return moved is not None and not is_late

    @staticmethod
    async def _put(
        tx: Tx,
        file: NewsletterFile,
        schedule_id: int,
        due_at: dt.datetime,
        now: dt.datetime,
        state: SendingState,
        reason: str = "",
    ) -> Sending | None:
        newsletter = file.newsletter
        sends = state.is_sending
        sending = Sending(
            id=new_id(),
            name=newsletter.name,
            digest=newsletter.digest,
            state=SendingState.CANARY if sends and newsletter.canary else state,
            created_at=now,
            started_at=now if sends else None,
            due_at=due_at,
            audience=newsletter.audience,
            reason=reason,
            canary=newsletter.canary,
            topic=newsletter.topic,
            paid_stars=newsletter.paid_stars,
        )
        added = await sendings.add(
            tx, sending, content=file.content, on_unknown=newsletter.on_unknown, schedule_id=schedule_id
        )
        return sending if added else None
