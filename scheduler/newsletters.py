"""
Newsletters as due work: a slot or a scheduled time starts a sending, its audience is frozen in steps, then it is fed
to the outbox until everybody's fate is settled.

Every step is a transaction that leaves the account right; whatever is killed goes on from the store.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging

from domain.company import Company
from domain.customers import Purpose
from domain.faults import FaultList
from domain.newsletters import SENDS, Newsletter, RecipientState, Sending, SendingState
from domain.rules import RuleError
from domain.schedules import Schedule
from scheduler import schedules as slots
from scheduler.feeding import LOCK, Feeder
from scheduler.newsletter_files import NewsletterFiles, read_newsletter
from scheduler.notices import Late, Notices, SendingFinished, SendingStopped
from scheduler.slots import ReportLate
from store import freezing, recipients, schedules, sendings
from store.database import Database, Tx
from store.ids import new_id

log = logging.getLogger(__name__)

KIND = "newsletter"
STEP = 20_000  # customers looked at in one transaction while an audience is frozen
_SOON = dt.timedelta(seconds=1)
_CANARY_LIMIT = 0.2  # share of the canary that may fail
_ALIVE = (SendingState.SCHEDULED, *SENDS, SendingState.PAUSED, SendingState.STOPPED)


class Newsletters:
    """The job that moves sendings on. What staff decide about them is in `bot.newsletters`."""

    name = "newsletters"

    def __init__(
        self,
        database: Database,
        company: Company,
        files: NewsletterFiles,
        feeder: Feeder,
        notices: Notices,
        *,
        commands: dict[str, str] | None = None,
        step: int = STEP,
    ) -> None:
        self._database = database
        self._company = company
        self._files = files
        self._feeder = feeder
        self._notices = notices
        self._commands = commands or {}
        self._step = step
        self._read: dict[int, Newsletter] = {}
        self._rests: dict[int, dt.datetime] = {}

    def use(self, files: NewsletterFiles) -> None:
        """Take other files from now on; sendings that exist keep what was frozen."""
        self._files = files

    async def prepare(self, now: dt.datetime) -> None:
        """Make the stored schedules those of the files."""
        scheduled = [file.newsletter for file in self._files.all() if file.newsletter.schedule]
        async with self._database.write() as tx:
            for newsletter in scheduled:
                await schedules.keep(
                    tx,
                    KIND,
                    newsletter.name,
                    cron=newsletter.schedule,
                    timezone=newsletter.timezone or self._company.timezone,
                    late=newsletter.late.within,
                    audience=newsletter.audience,
                    now=now,
                )
            await schedules.disable_others(tx, KIND, [newsletter.name for newsletter in scheduled])

    async def tick(self, now: dt.datetime) -> None:
        """Start what is due, freeze, feed and finish what runs, and take back what may no longer go."""
        await slots.handle_due(self._database, KIND, self, now)
        async with self._database.read() as tx:
            alive = await sendings.in_state(tx, *_ALIVE)
            cancelled = await sendings.unsettled_cancelled(tx)
        for sending in cancelled:
            await self._skip_rest(sending, now)
        for sending in alive:
            match sending.state:
                case SendingState.SCHEDULED if sending.due_at is not None and sending.due_at <= now:
                    if await self._start_scheduled(sending, now):
                        await self._go_on(sending, now)
                case SendingState.CANARY | SendingState.RUNNING:
                    await self._go_on(sending, now)
                case SendingState.PAUSED | SendingState.STOPPED:
                    await self._take_back(sending, RecipientState.QUEUED, "", now)
                case _:
                    pass

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when a slot or a scheduled sending is due; soon while anything runs."""
        found = [await slots.next_due(tx, KIND), await sendings.next_due(tx)]
        for sending in await sendings.in_state(tx, *SENDS):
            found.append(self._rests.get(sending.id, now + _SOON))  # noqa: PERF401
        return min((due for due in found if due is not None), default=None)

    # What becomes of slots (scheduler.schedules.Starter) ----------------------------------------------------------

    async def start(self, tx: Tx, schedule: Schedule, due_at: dt.datetime, now: dt.datetime) -> None:
        """Start a sending of what the newsletter's files say now."""
        await self._put(tx, schedule, due_at, now, SendingState.RUNNING)

    async def report(self, tx: Tx, schedule: Schedule, late: tuple[ReportLate, ...], now: dt.datetime) -> None:
        """Tell staff; where the late policy is to ask, the newest slot's sending waits for their word."""
        file = self._files.get(schedule.name)
        asks = file is not None and file.newsletter.late.ask
        newest = late[-1].due_at
        sending = await self._put(tx, schedule, newest, now, SendingState.APPROVAL) if asks else None
        await self._notices.tell(tx, Late(schedule.name, newest, len(late), sending), now)

    async def _put(
        self, tx: Tx, schedule: Schedule, due_at: dt.datetime, now: dt.datetime, state: SendingState
    ) -> Sending | None:
        file = self._files.get(schedule.name)
        if file is None:
            return None
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
            reason="" if sends else "too_late",
            canary=newsletter.canary,
            topic=newsletter.topic,
        )
        added = await sendings.add(
            tx, sending, content=file.content, on_unknown=newsletter.on_unknown, schedule_id=schedule.id
        )
        return sending if added else None

    async def _start_scheduled(self, sending: Sending, now: dt.datetime) -> bool:
        """Start what was scheduled by hand, or ask staff when an outage made it too late; say whether it runs."""
        newsletter = await self._newsletter_of(sending)
        due_at = sending.due_at or now
        is_late = newsletter is not None and now - due_at > newsletter.late.within
        to, reason = (SendingState.APPROVAL, "too_late") if is_late else (SendingState.RUNNING, "")
        async with self._database.write() as tx:
            moved = await sendings.move(tx, sending.id, to, now, version=sending.version, reason=reason)
            if moved is not None and is_late:
                await self._notices.tell(tx, Late(moved.name, due_at, sending=moved), now)
        return moved is not None and not is_late

    # A sending that runs ------------------------------------------------------------------------------------------

    async def _go_on(self, sending: Sending, now: dt.datetime) -> None:
        try:
            if sending.frozen or await self._freeze(sending):
                await self._feed(sending, now)
        except RuleError:  # its names may have gone since the file was read; the other sendings go on
            await self._stop(sending, "audience", now)

    async def _freeze(self, sending: Sending) -> bool:
        """Freeze the audience step by step, from where it was; False when another machine does it just now."""
        newsletter = await self._newsletter_of(sending)
        if newsletter is None:
            return False
        after: int | None = None
        while True:
            async with self._database.write() as tx:
                present = await sendings.get(tx, sending.id)
                if present is None or not present.state.is_sending:
                    return False
                if present.frozen:
                    return True
                if not await self._database.lock(tx, "freezing"):
                    return False
                after = await freezing.freeze_some(
                    tx,
                    present,
                    at=(present.started_at or present.created_at).astimezone(self._company.zone),
                    currency=self._company.currency,
                    exclude=newsletter.exclude,
                    holdout=newsletter.holdout,
                    purpose=None if newsletter.service else Purpose.MARKETING,
                    after=await freezing.checkpoint(tx, sending.id) if after is None else after,
                    size=self._step,
                )
                if after is None:
                    await sendings.mark_frozen(tx, sending.id)
                    log.info("newsletter.frozen", extra={"sending": sending.id, "newsletter": sending.name})
                    return True

    async def _feed(self, sending: Sending, now: dt.datetime) -> None:
        newsletter = await self._newsletter_of(sending)
        if newsletter is None:
            await self._stop(sending, "gone", now)
            return
        self._rests.pop(sending.id, None)
        most = None
        if sending.state is SendingState.CANARY:
            most, went_badly = await self._canary_room(sending, newsletter.canary, now)
            if went_badly:
                await self._stop(sending, "canary", now)
                return
        if most != 0:
            fed = await self._feeder.feed(sending, newsletter, now, most=most)
            if fed.is_broken:
                await self._stop(sending, "content", now)
                return
            if fed.rests_until is not None:
                self._rests[sending.id] = fed.rests_until
        await self._finish(sending, now)

    async def _canary_room(self, sending: Sending, canary: int, now: dt.datetime) -> tuple[int | None, bool]:
        """
        Return how many more may be fed before the outcomes of the first *canary* are there, and no.

        When they are: no limit any more, and whether too many of them are bad. Messages that are held until later (by
        courtesy) are no part of it: others go in their place.
        """
        async with self._database.read() as tx:
            account = await recipients.account(tx, sending.id)
            under_way = await recipients.count_under_way(tx, sending.id, now)
        settled = account.snapshot - account.queued
        if settled >= min(canary, account.snapshot):
            failed = sum(account.failed.values()) + account.unknown
            if failed > _CANARY_LIMIT * settled:
                return 0, True
            async with self._database.write() as tx:
                await sendings.prove(tx, sending.id, now)
            return None, False
        return max(canary - settled - under_way, 0), False

    async def _finish(self, sending: Sending, now: dt.datetime) -> None:
        async with self._database.read() as tx:
            if not await recipients.is_settled(tx, sending.id):
                return
        async with self._database.write() as tx:
            if not await recipients.is_settled(tx, sending.id):
                return
            await recipients.settle_erased(tx, sending.id, now)
            account = await recipients.account(tx, sending.id)
            reason = "" if account.snapshot else "empty"
            finished = await sendings.move(tx, sending.id, SendingState.FINISHED, now, reason=reason)
            if finished is None:
                return
            await self._notices.tell(tx, SendingFinished(finished, account), now)
        self._read.pop(sending.id, None)
        log.info("newsletter.finished", extra={"sending": sending.id, "newsletter": sending.name, "sent": account.sent})

    async def _stop(self, sending: Sending, reason: str, now: dt.datetime) -> None:
        async with self._database.write() as tx:
            stopped = await sendings.move(tx, sending.id, SendingState.STOPPED, now, reason=reason)
            if stopped is None:
                return
            await recipients.take_back(tx, sending.id, RecipientState.QUEUED, "", now)
            await self._notices.tell(tx, SendingStopped(stopped), now)
        log.error("newsletter.stopped", extra={"sending": sending.id, "newsletter": sending.name, "reason": reason})

    # A sending that does not --------------------------------------------------------------------------------------

    async def _take_back(self, sending: Sending, state: RecipientState, reason: str, now: dt.datetime) -> None:
        """Take back rows that came to wait again after the pause: their call was answered with "try later"."""
        async with self._database.read() as tx:
            if not await recipients.with_waiting_rows(tx, [sending.id]):
                return
        async with self._database.write() as tx:
            present = await sendings.get(tx, sending.id)
            if present is not None and not present.state.is_sending and await self._database.lock(tx, LOCK):
                await recipients.take_back(tx, sending.id, state, reason, now)

    async def _skip_rest(self, sending: Sending, now: dt.datetime) -> None:
        await self._take_back(sending, RecipientState.SKIPPED, "cancelled", now)
        skipped = 1
        while skipped:
            async with self._database.write() as tx:
                skipped = await recipients.skip_queued(tx, sending.id, "cancelled", now)

    async def _newsletter_of(self, sending: Sending) -> Newsletter | None:
        """Return the newsletter as it was frozen for this sending."""
        if sending.id not in self._read:
            async with self._database.read() as tx:
                content = await sendings.content_of(tx, sending.id)
            present = self._files.get(sending.name)
            newsletter = read_newsletter(
                sending.name,
                content,
                self._company.languages,
                FaultList(),
                folder=present.folder if present is not None else None,
                commands=self._commands,
            )
            if newsletter is None or (newsletter.media and present is None):
                return None
            self._read[sending.id] = dataclasses.replace(newsletter, digest=sending.digest)
        return self._read[sending.id]
