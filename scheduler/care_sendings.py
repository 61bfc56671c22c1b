"""Newsletters and surveys that a care plan's action starts: their own machinery sends them, the plan keeps account."""

from __future__ import annotations

import datetime as dt
import logging

from domain.care import UNAPPROVED, CareKind, CareRun, RunState
from domain.holds import Hold
from domain.newsletters import Sending, SendingState
from domain.waves import Wave
from scheduler.care_notices import CareNotices
from scheduler.newsletter_files import NewsletterFiles
from store import care, care_outcomes, sendings, waves
from store.database import Tx
from store.ids import new_id

log = logging.getLogger(__name__)

LEAST_WAIT = dt.timedelta(days=1)
"""So long at least a newsletter waits for a manager's word, however short its late policy is."""

_REMINDED = "reminded"  # in a run's content: managers were


class CareSendings:
    """Starts a newsletter's sending or a survey's wave for a run, once, and reads its ledger afterwards."""

    def __init__(self, newsletters: NewsletterFiles, notices: CareNotices, *, needs_approval: bool) -> None:
        self._newsletters = newsletters
        self._notices = notices
        self._needs_approval = needs_approval

    async def start(self, tx: Tx, run: CareRun, now: dt.datetime) -> None:
        """
        Start what a run is to send, in the transaction in which its freezing begins.

        A newsletter waits for a manager's word where no sending starts without a second person's; managers are told.
        """
        match run.content.get("kind"):
            case CareKind.NEWSLETTER:
                started = await self._newsletter(tx, run, now)
                if started is None:
                    problem = {"plan": run.plan, "action": run.action, "newsletter": run.content["newsletter"]}
                    log.error("care.newsletter_missing", extra=problem)
            case CareKind.SURVEY:
                wave = Wave(new_id(), str(run.content["survey"]), _audience(run), now, "care", run.due_at)
                await waves.add(tx, wave)
                started = wave.id
            case _:
                return
        await care.keep_content(tx, run, started=started)

    async def _newsletter(self, tx: Tx, run: CareRun, now: dt.datetime) -> int | None:
        file = self._newsletters.get(str(run.content["newsletter"]))
        if file is None:
            return None
        newsletter, waits = file.newsletter, self._needs_approval
        sends = SendingState.CANARY if newsletter.canary else SendingState.RUNNING
        sending = Sending(
            id=new_id(),
            name=newsletter.name,
            digest=newsletter.digest,
            state=SendingState.APPROVAL if waits else sends,
            created_at=now,
            started_at=None if waits else now,
            due_at=run.due_at,
            audience=_audience(run),
            canary=newsletter.canary,
            topic=newsletter.topic,
            paid_stars=newsletter.paid_stars,
        )
        await sendings.add(tx, sending, content=file.content, on_unknown=newsletter.on_unknown)
        if waits:
            await self._notices.ask_approval(tx, run, sending, now)
        return sending.id

    async def follow(self, tx: Tx, run: CareRun, now: dt.datetime) -> None:
        """Take over what has become of each customer's newsletter or invitation."""
        started = run.content.get("started")
        match run.content.get("kind"):
            case CareKind.NEWSLETTER:
                sending = await sendings.get(tx, int(started)) if started is not None else None
                over = sending is None or (sending.state.is_over and sending.frozen)
                over |= sending is not None and sending.state is SendingState.CANCELLED
                if sending is not None and sending.started_at is None and not over:
                    sending = await self._wait(tx, run, sending, now)
                    if sending is None:  # it waits for somebody's word: nobody has a fate yet
                        return
                    over = True
                why = _why_nobody(sending)
                await care_outcomes.follow_sending(tx, run.id, int(started or 0), now, over=over, otherwise=why)
            case CareKind.SURVEY:
                wave = await waves.get(tx, int(started)) if started is not None else None
                over = wave is None or (wave.frozen and not await waves.goes_on(tx, wave))
                await care_outcomes.follow_wave(tx, run.id, int(started or 0), now, over=over)

    async def next_due(self, tx: Tx) -> dt.datetime | None:
        """Return when managers are reminded of a newsletter that waits for them, or it is left out."""
        found = []
        for run in await care.runs_in(tx, RunState.RUNNING) if self._needs_approval else ():
            started = run.content.get("started") if run.content.get("kind") == CareKind.NEWSLETTER else None
            sending = await sendings.get(tx, int(started)) if started is not None else None
            if sending is not None and sending.state is SendingState.APPROVAL:
                remind_at, until = _times(run, sending)
                found.append(until if _REMINDED in run.content else remind_at)
        return min(found, default=None)

    async def _wait(self, tx: Tx, run: CareRun, sending: Sending, now: dt.datetime) -> Sending | None:
        """Remind the managers in time, and leave a newsletter out that nobody has approved; return it then."""
        if sending.state is not SendingState.APPROVAL:
            return None
        remind_at, until = _times(run, sending)
        if now < until:
            present = await care.get_run(tx, run.id) if now >= remind_at else None
            if present is not None and _REMINDED not in present.content:
                await care.keep_content(tx, present, **{_REMINDED: now.isoformat()})
                await self._notices.remind_approval(tx, run, sending, until, now)
            return None
        to, version = SendingState.CANCELLED, sending.version
        left_out = await sendings.move(tx, sending.id, to, now, version=version, reason=UNAPPROVED)
        if left_out is not None:
            await self._notices.tell_unapproved(tx, run, now)
            log.info("care.unapproved", extra={"plan": run.plan, "action": run.action, "sending": sending.id})
        return left_out


def _times(run: CareRun, sending: Sending) -> tuple[dt.datetime, dt.datetime]:
    """
    Return when managers are reminded of a newsletter that waits for them, and when it is left out.

    It may be as late as its action may, counted from when staff let it go where they did, and waits a day at least.
    They are reminded a day before, or in the middle of a shorter wait.
    """
    late = dt.timedelta(seconds=int(run.content["late_s"]))
    was_let_go = run.at > run.due_at + late
    until = max((run.at if was_let_go else run.due_at) + late, sending.created_at + LEAST_WAIT)
    return max(until - LEAST_WAIT, sending.created_at + (until - sending.created_at) / 2), until


def _why_nobody(sending: Sending | None) -> str:
    """Say why nobody at all gets a newsletter; "" where it has begun."""
    if sending is None:
        return Hold.CONTENT.value
    if sending.state is SendingState.CANCELLED and sending.started_at is None:
        return sending.reason or "cancelled"
    return ""


def _audience(run: CareRun) -> str:
    """Return who is meant: the plan's audience, and of a conditional action only those for whom its rule holds."""
    audience, only_if = str(run.content["audience"]), str(run.content.get("only_if", ""))
    return f"({audience}) and ({only_if})" if only_if else audience
