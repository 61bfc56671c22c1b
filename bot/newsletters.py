"""
What people decide about newsletters, the same in Telegram, the console and on the command line: draft, preview,
confirm, pause, resume, cancel, and how a sending goes on. The scheduler does the work.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import templates
from bot.config import Approval
from bot.newsletter_texts import NewsletterTexts
from bot.sending_progress import Progress, progress_of
from dialogues.library import Library
from domain.company import Company
from domain.newsletters import SENDS, Newsletter, RecipientState, Sending, SendingState
from scheduler.newsletter_files import NewsletterFile, NewsletterFiles
from scheduler.rendering import Rendering
from store import freezing, recalls, recipients, sendings
from store.database import Tx
from store.ids import new_id

SHIPPED = Path(templates.__file__).parent / "newsletters"
_S = SendingState


class Refusal(enum.StrEnum):
    """Why an act on a sending is refused; nothing was changed, except that CHANGED brings the draft up to date."""

    GONE = "gone"  # no such sending or newsletter
    STALE = "stale"  # somebody changed it since; the button is of an older version
    NOT_NOW = "not_now"  # its state does not allow that
    SAME_PERSON = "same_person"  # a second person must approve
    CHANGED = "changed"  # its files were edited since the preview
    NOTHING = "nothing"  # there is nobody whom it would concern
    TOO_LATE = "too_late"  # Telegram deletes nothing that is older than two days


def commands_of(library: Library) -> dict[str, str]:
    """Return the command of each dialogue that has one: what a newsletter's button may start."""
    return {script.id: script.starts.command for script in library.all() if script.starts.command}


def load_newsletters(content: Path | None, languages: Sequence[str], library: Library) -> NewsletterFiles:
    """Read the shipped newsletters and those of the *content* folder, which win; raises `Faults` with all faults."""
    folders = [SHIPPED] if content is None else [SHIPPED, content / "newsletters"]
    return NewsletterFiles.load(folders, languages, commands_of(library))


class Newsletters(NewsletterTexts):
    """The acts of staff on newsletters, each in the caller's transaction; *wake* is called when one starts work."""

    def __init__(
        self,
        company: Company,
        files: NewsletterFiles,
        rendering: Rendering,
        *,
        approval: Approval = Approval.SECOND_PERSON,
        commands: Mapping[str, str] | None = None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(company, files, rendering, commands or {})
        self._approval = approval
        self._wake = wake

    def wake(self) -> None:
        """Say that there is something new for the scheduler to do."""
        self._wake()

    def all(self) -> tuple[NewsletterFile, ...]:
        """Return the newsletters that can be sent, by name."""
        return self.files.all()

    async def draft(self, tx: Tx, name: str, staff_id: int | None, now: dt.datetime) -> Sending | Refusal:
        """Make a draft of a newsletter as its files are now; nothing goes out before it is confirmed."""
        file = self.files.get(name)
        if file is None:
            return Refusal.GONE
        newsletter = file.newsletter
        return await self.draft_of(tx, newsletter, file.content, staff_id, now)

    async def draft_of(
        self, tx: Tx, newsletter: Newsletter, content: Mapping[str, str], staff_id: int | None, now: dt.datetime
    ) -> Sending:
        """Make a draft of these texts, which need no files: what was written in the chat goes the way of all others."""
        sending = Sending(
            new_id(),
            newsletter.name,
            newsletter.digest,
            _S.DRAFT,
            now,
            created_by=staff_id,
            audience=newsletter.audience,
            canary=newsletter.canary,
            topic=newsletter.topic,
            paid_stars=newsletter.paid_stars,
        )
        await sendings.add(tx, sending, content=content, on_unknown=newsletter.on_unknown)
        return sending

    async def confirm(
        self,
        tx: Tx,
        sending_id: int,
        version: int,
        staff_id: int,
        now: dt.datetime,
        *,
        at: dt.datetime | None = None,
    ) -> Sending | Refusal:
        """
        Say yes to what was shown as *version*: a draft goes on to approval by a second person, or starts (at *at*).

        Where a second person must approve, the one who made the draft cannot. A draft whose files were edited since is
        brought up to date and refused as CHANGED, so that it is looked at again.
        """
        sending = await sendings.get(tx, sending_id)
        refusal = _refusal(sending, version, {_S.DRAFT, _S.APPROVAL, _S.SCHEDULED})
        if sending is None or refusal is not None:
            return refusal or Refusal.GONE
        if await self.differs(tx, sending):
            return Refusal.CHANGED
        needs_second = self._approval is Approval.SECOND_PERSON
        if sending.state is _S.DRAFT and needs_second:
            due_at = at or (now if sending.due_at is not None else None)  # a time of before it was declined is no more
            return await self._move(tx, sending, _S.APPROVAL, now, due_at=due_at)
        if sending.state is _S.APPROVAL and needs_second and sending.created_by == staff_id:
            return Refusal.SAME_PERSON
        start = at or (sending.due_at if sending.state is _S.APPROVAL else None)
        approver = staff_id if sending.state is _S.APPROVAL else None
        if start is not None and start > now:
            if sending.state is _S.SCHEDULED:
                return Refusal.NOT_NOW  # its time was approved with it
            return await self._move(tx, sending, _S.SCHEDULED, now, due_at=start, approved_by=approver)
        return await self._move(tx, sending, _S.RUNNING, now, approved_by=approver)

    async def decline(self, tx: Tx, sending_id: int, version: int, now: dt.datetime) -> Sending | Refusal:
        """
        Do not approve it: it is a draft again, and its author may ask once more.

        What a slot of a schedule made has no author who could: it is cancelled, and the next slot makes another.
        """
        sending = await sendings.get(tx, sending_id)
        to = _S.CANCELLED if sending is not None and sending.created_by is None else _S.DRAFT
        return await self._move_from(tx, sending_id, version, {_S.APPROVAL}, to, now, reason="declined")

    async def pause(self, tx: Tx, sending_id: int, version: int, now: dt.datetime) -> Sending | Refusal:
        """Stop feeding and take back what waits; only messages whose call has begun still arrive."""
        moved = await self._move_from(tx, sending_id, version, set(SENDS), _S.PAUSED, now)
        if isinstance(moved, Sending):
            await recipients.take_back(tx, sending_id, RecipientState.QUEUED, "", now)
        return moved

    async def resume(self, tx: Tx, sending_id: int, version: int, now: dt.datetime) -> Sending | Refusal:
        """Go on exactly where it was paused or stopped."""
        return await self._move_from(tx, sending_id, version, {_S.PAUSED, _S.STOPPED}, _S.RUNNING, now)

    async def cancel(self, tx: Tx, sending_id: int, version: int, now: dt.datetime) -> Sending | Refusal:
        """End it: whoever has not got it is skipped as cancelled. What was sent stays sent."""
        alive = {state for state in _S if not state.is_over}
        moved = await self._move_from(tx, sending_id, version, alive, _S.CANCELLED, now)
        if isinstance(moved, Sending):
            await recipients.take_back(tx, sending_id, RecipientState.SKIPPED, "cancelled", now)
        return moved

    async def retry_failed(
        self,
        tx: Tx,
        sending_id: int,
        version: int,
        now: dt.datetime,
        *,
        reasons: Collection[str] | None = None,
        unknown: bool = False,
    ) -> Sending | Refusal:
        """
        Send it once more to those for whom it failed, and to nobody else. NOTHING when it failed for nobody.

        With *reasons* only to those for whom it failed for one of them; with *unknown* also to those of whom nobody
        knows whether they got it, so that some of them get it twice.
        """
        sending = await sendings.get(tx, sending_id)
        refusal = _refusal(sending, version, {_S.FINISHED})
        if sending is None or refusal is not None:
            return refusal or Refusal.GONE
        if sending.recalled_at is not None:
            return Refusal.NOT_NOW
        account = await recipients.account(tx, sending_id)
        failed = [why for why in account.failed if reasons is None or why in reasons]
        if not failed and not (unknown and account.unknown):
            return Refusal.NOTHING
        moved = await self._move(tx, sending, _S.RUNNING, now)
        if isinstance(moved, Sending):
            await recipients.retry_failed(tx, sending_id, reasons=reasons, unknown=unknown)
        return moved

    async def continue_for_newcomers(
        self, tx: Tx, sending_id: int, version: int, now: dt.datetime
    ) -> Sending | Refusal:
        """Send it to those who match its rule by now and were no recipients; who got it does not get it again."""
        refusal = _refusal(await sendings.get(tx, sending_id), version, {_S.FINISHED})
        if refusal is not None:
            return refusal
        admitted = await freezing.admit_newcomers(tx, sending_id, now, version=version)
        if admitted is None:
            return Refusal.NOT_NOW
        self.wake()
        return admitted

    async def recall(self, tx: Tx, sending_id: int, version: int, now: dt.datetime) -> Sending | Refusal:
        """
        Delete again what was sent, as far as Telegram lets, and send no more of it.

        NOTHING when nobody got it, TOO_LATE when everybody got it more than 48 hours ago.
        """
        sending = await sendings.get(tx, sending_id)
        refusal = _refusal(sending, version, {*SENDS, _S.PAUSED, _S.STOPPED, _S.FINISHED, _S.CANCELLED})
        if sending is None or refusal is not None:
            return refusal or Refusal.GONE
        if sending.started_at is None or sending.recalled_at is not None:
            return Refusal.NOT_NOW
        can, too_old = await recalls.count_recallable(tx, sending_id, now)
        if not can:
            return Refusal.TOO_LATE if too_old else Refusal.NOTHING
        begun = await recalls.begin(tx, sending_id, now, version=version)
        if begun is None:
            return Refusal.STALE
        self.wake()
        return begun

    async def progress(self, tx: Tx, sending_id: int, now: dt.datetime) -> Progress | None:
        """Return how a sending goes on, or None when there is no such one."""
        return await progress_of(tx, self._company, sending_id, now, self.newsletter_of)

    async def _move_from(
        self,
        tx: Tx,
        sending_id: int,
        version: int,
        states: set[SendingState],
        to: SendingState,
        now: dt.datetime,
        *,
        reason: str = "",
    ) -> Sending | Refusal:
        sending = await sendings.get(tx, sending_id)
        refusal = _refusal(sending, version, states)
        if sending is None or refusal is not None:
            return refusal or Refusal.GONE
        return await self._move(tx, sending, to, now, reason=reason)

    async def _move(
        self,
        tx: Tx,
        sending: Sending,
        to: SendingState,
        now: dt.datetime,
        *,
        due_at: dt.datetime | None = None,
        approved_by: int | None = None,
        reason: str = "",
    ) -> Sending | Refusal:
        moved = await sendings.move(
            tx, sending.id, to, now, version=sending.version, due_at=due_at, approved_by=approved_by, reason=reason
        )
        if moved is None:
            return Refusal.STALE
        self.wake()
        return moved


def _refusal(sending: Sending | None, version: int, states: set[SendingState]) -> Refusal | None:
    if sending is None:
        return Refusal.GONE
    if sending.state not in states:
        return Refusal.NOT_NOW
    return None if sending.version == version else Refusal.STALE
