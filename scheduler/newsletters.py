"""
Newsletters as due work: a slot or a scheduled time starts a sending, its audience is frozen in steps, then it is fed
to the outbox until everybody's fate is settled.

Every step is a transaction that leaves the account right; whatever is killed goes on from the store.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

from domain.company import Company
from domain.customers import Purpose
from domain.newsletters import SENDS, Newsletter, RecipientState, Sending, SendingState
from domain.rules import RuleError
from scheduler import schedules as slots
from scheduler.breaker import look_at_canary, look_while_running
from scheduler.feeding import LOCK, Fed, Feeder
from scheduler.frozen_newsletters import FrozenNewsletters
from scheduler.late_rows import skip_late
from scheduler.newsletter_files import NewsletterFiles
from scheduler.newsletter_slots import NewsletterSlots
from scheduler.notices import Notices, SendingFinished, SendingStopped
from store import freezing, recipients, schedules, sendings, under_way
from store.database import Database, Tx

log = logging.getLogger(__name__)

KIND = "newsletter"
STEP = 10_000  # customers looked at in one transaction while an audience is frozen
_FREEZING_S = 5.0  # so long an audience is frozen in one tick
_SOON = dt.timedelta(seconds=1)
_LOOK_AGAIN = dt.timedelta(minutes=1)
_ALIVE = (SendingState.SCHEDULED, *SENDS, SendingState.PAUSED, SendingState.STOPPED)

_Standing = tuple[SendingState, int, dt.datetime | None]


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
        self._feeder = feeder
        self._notices = notices
        self._step = step
        self._frozen = FrozenNewsletters(database, company, files, commands)
        self._slots = NewsletterSlots(database, company, files, notices)
        self._rests: dict[int, tuple[_Standing, dt.datetime]] = {}

    def use(self, files: NewsletterFiles) -> None:
        """Take other files from now on; sendings that exist keep what was frozen."""
        self._frozen.files = self._slots.files = files

    async def prepare(self, now: dt.datetime) -> None:
        """Make the stored schedules those of the files."""
        scheduled = [file.newsletter for file in self._slots.files.all() if file.newsletter.schedule]
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
        await slots.handle_due(self._database, KIND, self._slots, now)
        async with self._database.read() as tx:
            alive = await sendings.in_state(tx, *_ALIVE)
            cancelled = await sendings.unsettled_cancelled(tx)
        for sending in cancelled:
            await self._skip_rest(sending, now)
        for sending in alive:
            match sending.state:
                case SendingState.SCHEDULED if sending.due_at is not None and sending.due_at <= now:
                    if await self._slots.start_scheduled(sending, await self._frozen.of(sending), now):
                        await self._go_on(sending, now)
                case SendingState.CANARY | SendingState.RUNNING if not self._is_resting(sending, now):
                    await self._go_on(sending, now)
                case SendingState.PAUSED | SendingState.STOPPED:
                    await self._take_back(sending, RecipientState.QUEUED, "", now)
                case _:
                    pass

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when a slot or a scheduled sending is due; soon while anything runs or is to be taken back."""
        found = [await slots.next_due(tx, KIND), await sendings.next_due(tx)]
        found += [
            self._rests[sending.id][1] if self._is_resting(sending, now) else now + _SOON
            for sending in await sendings.in_state(tx, *SENDS)
        ]
        halted = await sendings.in_state(tx, SendingState.PAUSED, SendingState.STOPPED)
        if halted and await under_way.with_waiting_rows(tx, [sending.id for sending in halted]):
            found.append(now + _SOON)
        return min((due for due in found if due is not None), default=None)

    def _is_resting(self, sending: Sending, now: dt.datetime) -> bool:
        """Say whether nothing has changed since a sending was found to have nothing to do until later."""
        known, until = self._rests.get(sending.id, (None, now))
        return known == _standing(sending) and until > now

    # A sending that runs ------------------------------------------------------------------------------------------

    async def _go_on(self, sending: Sending, now: dt.datetime) -> None:
        try:
            if await self._frozen.of(sending) is None:
                await self._stop(sending, "gone", now)
            elif sending.frozen or await self._freeze(sending):
                await self._feed(sending, now)
        except RuleError:  # its names may have gone since the file was read; the other sendings go on
            await self._stop(sending, "audience", now)

    async def _freeze(self, sending: Sending) -> bool:
        """
        Freeze the audience step by step, from where it was; say whether it is complete.

        It is not when another machine does it just now, or when it takes so long that the other jobs are to have their
        turn: the next tick goes on.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        newsletter = await self._frozen.of(sending)
        if newsletter is None:
            return False
        after: int | None = None
        while after is None or loop.time() - began < _FREEZING_S:
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
                    at=(present.audience_at or present.started_at or present.created_at).astimezone(self._company.zone),
                    currency=self._company.currency,
                    exclude=newsletter.exclude,
                    holdout=newsletter.holdout,
                    purpose=None if newsletter.service else Purpose.MARKETING,
                    after=await freezing.checkpoint(tx, sending.id) if after is None else after,
                    size=self._step,
                    experiment=None if present.decided_at is not None else newsletter.experiment,
                )
                if after is None:
                    await sendings.mark_frozen(tx, sending.id)
                    log.info("newsletter.frozen", extra={"sending": sending.id, "newsletter": sending.name})
                    return True
        return False

    async def _feed(self, sending: Sending, now: dt.datetime) -> None:
        newsletter = await self._frozen.of(sending)
        if newsletter is None:
            await self._stop(sending, "gone", now)
            return
        await skip_late(self._database, self._company, sending, newsletter, now)
        most, rests_until = await self._look(sending, newsletter, now)
        if most != 0:
            fed = await self._feeder.feed(sending, newsletter, now, most=most)
            if fed.is_broken:
                await self._stop(sending, "content", now)
                return
            rests_until = await self._rest(sending, fed, now)
        if not await self._finish(sending, now) and rests_until is not None:
            self._rests[sending.id] = (_standing(sending), rests_until)

    async def _look(
        self, sending: Sending, newsletter: Newsletter, now: dt.datetime
    ) -> tuple[int | None, dt.datetime | None]:
        """Let the breaker look: return how many may be fed (None: all), and until when there is nothing to do."""
        if sending.state is SendingState.CANARY:
            async with self._database.read() as tx:
                look = await look_at_canary(tx, sending, newsletter, now)
            over, most, rests_until = look.over, look.most, look.rests_until
            if most is None:
                async with self._database.write() as tx:
                    await sendings.prove(tx, sending.id, now)
                log.info("newsletter.proved", extra={"sending": sending.id, "newsletter": sending.name})
        else:
            async with self._database.read() as tx:
                over, most, rests_until = await look_while_running(tx, sending, newsletter, now), None, None
        if over is None:
            return most, rests_until
        await self._stop(sending, over.reason, now)
        return 0, None

    async def _rest(self, sending: Sending, fed: Fed, now: dt.datetime) -> dt.datetime | None:
        """Return until when a sending has nothing to do: all that is left of it waits for a later moment."""
        if not fed.is_dry and fed.rests_until is None:
            return None
        async with self._database.read() as tx:
            if await under_way.count_under_way(tx, sending.id, now):
                return None
            held = await under_way.held(tx, sending.id, now)
        moments = [each.until for each in held] + [at for at in (fed.rests_until,) if at is not None]
        return min(moments, default=now + _LOOK_AGAIN)

    async def _finish(self, sending: Sending, now: dt.datetime) -> bool:
        """End a sending when everybody's fate is settled; say whether it is over."""
        async with self._database.read() as tx:
            if not await recipients.is_settled(tx, sending.id):
                return False
        async with self._database.write() as tx:
            if not await recipients.is_settled(tx, sending.id):
                return False
            await recipients.settle_erased(tx, sending.id, now)
            account = await recipients.account(tx, sending.id)
            reason = "" if account.snapshot else "empty"
            finished = await sendings.move(tx, sending.id, SendingState.FINISHED, now, reason=reason)
            if finished is None:
                return True
            await self._notices.tell(tx, SendingFinished(finished, account), now)
        self._frozen.forget(sending.id)
        self._rests.pop(sending.id, None)
        log.info("newsletter.finished", extra={"sending": sending.id, "newsletter": sending.name, "sent": account.sent})
        return True

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
            if not await under_way.with_waiting_rows(tx, [sending.id]):
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


def _standing(sending: Sending) -> _Standing:
    """Return what changes whenever somebody decides anything about a sending."""
    return sending.state, sending.version, sending.decided_at
