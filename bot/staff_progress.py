"""The live progress card of a sending: drawn, and kept up to date in place, at most every three seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from bot.newsletters import Newsletters
from bot.sending_progress import Progress
from bot.staff_visit import NOTICE
from dialogues.taps import short
from domain.company import Company
from domain.messages import Act, Button, Keyboard, Lane, Message, Waiting
from domain.newsletters import SENDS, Sending, SendingState
from store import outbox, sendings
from store.database import Database, Tx
from store.ids import new_id
from store.staff import list_members
from store.topics import StaffMessage, drop_waiting_edits, messages_of
from templates.markup import Safe
from templates.words import Words

EVERY = dt.timedelta(seconds=3)
_BAR = 18
_ALIVE = (*SENDS, SendingState.PAUSED, SendingState.STOPPED)
_MOVES: Mapping[SendingState, tuple[str, ...]] = {
    SendingState.CANARY: ("pause", "cancel"),
    SendingState.RUNNING: ("pause", "cancel"),
    SendingState.PAUSED: ("resume", "cancel"),
    SendingState.STOPPED: ("resume", "cancel"),
    SendingState.SCHEDULED: ("cancel",),
}


def sending_ref(sending_id: int) -> str:
    """Name the progress cards of a sending among the staff messages."""
    return f"sending:{sending_id}"


def sending_tap(sending: Sending, move: str) -> str:
    """Return what stands behind a button of a sending: it carries the version, so an old one is refused."""
    return f"n.{short(sending.id)}.{sending.version}.{move}"


def progress_card(progress: Progress, title: str, words: Words, language: str, zone: str) -> Message:
    """
    Draw how a sending goes on: bar, the exact account, rate and an honest estimate, and what can be done.

    What waits for a later moment is told with its reason, in the time of *zone*.
    """
    sending, account = progress.sending, progress.account
    settled = account.snapshot - account.queued
    share = settled / account.snapshot if account.snapshot else float(sending.state is SendingState.FINISHED)
    filled = int(share * _BAR)
    text = words.html(
        "staff.progress_card",
        language,
        title=title,
        state=words.plain(f"staff.sending_state.{sending.state.value}", language),
        bar="█" * filled + "░" * (_BAR - filled),
        percent=int(share * 100),
        sent=account.sent,
        snapshot=account.snapshot,
        skipped=sum(account.skipped.values()),
        failed=sum(account.failed.values()),
        unknown=account.unknown,
        rate=progress.rate,
        eta=_eta(progress.eta, words, language),
        held=_held(progress, words, language, zone),
        reason=_reason(sending, words, language),
    )
    return Message(str(text).strip(), html=True, keyboard=_keyboard(sending, words, language))


def _eta(eta: dt.timedelta | None, words: Words, language: str) -> str:
    if eta is None:
        return ""
    seconds = eta.total_seconds()
    if seconds < 90:
        return words.plain("staff.eta_seconds", language, n=max(1, round(seconds)))
    if seconds < 5400:
        return words.plain("staff.eta_minutes", language, n=round(seconds / 60))
    return words.plain("staff.eta_hours", language, n=round(seconds / 3600))


def _held(progress: Progress, words: Words, language: str, zone: str) -> Safe:
    lines = (
        words.html(
            "staff.progress_held",
            language,
            n=each.count,
            reason=words.plain(key, language) if words.has(key := f"staff.hold.{each.reason}") else each.reason,
            until=each.until,
            zone=zone,
        )
        for each in progress.held
    )
    return Safe("\n").join(lines)


def _reason(sending: Sending, words: Words, language: str) -> str:
    key = f"newsletter.reason.{sending.reason}"
    return words.plain(key, language) if sending.reason and words.has(key) else sending.reason


def _keyboard(sending: Sending, words: Words, language: str) -> Keyboard:
    row = tuple(
        Button(words.plain(f"staff.label.{move}", language), sending_tap(sending, move))
        for move in _MOVES.get(sending.state, ())
    )
    return (row,) if row else ()


class ProgressCards:
    """
    The job that edits progress cards while a sending lives, and once more when it is over.

    What was shown last is kept in memory: a restart shows each card once more, which changes nothing.
    """

    name = "progress cards"

    def __init__(self, database: Database, company: Company, newsletters: Newsletters, words: Words) -> None:
        self._database = database
        self._company = company
        self._newsletters = newsletters
        self._words = words
        self._shown: dict[tuple[int, int], tuple[Message, dt.datetime]] = {}
        self._watched: set[int] = set()

    async def prepare(self, now: dt.datetime) -> None:
        """Watch the newest sendings: one may have ended while nobody looked."""
        async with self._database.read() as tx:
            self._watched |= {sending.id for sending in await sendings.recent(tx, limit=10)}

    async def tick(self, now: dt.datetime) -> None:
        """Edit the cards that show something old, each at most every three seconds."""
        async with self._database.read() as tx:
            alive = {sending.id for sending in await sendings.in_state(tx, *_ALIVE)}
            due = []
            for sending_id in sorted(self._watched | alive):
                due += await self._stale(tx, sending_id, now)
        self._watched |= alive
        if not due:
            return
        async with self._database.write() as tx:
            for card, message in due:
                await drop_waiting_edits(tx, card.chat_id, card.message_id)
                await outbox.put(tx, [_edit(card, message, now)])
        for card, message in due:
            self._shown[card.chat_id, card.message_id] = (message, now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when a running sending's card is to be looked at again, or None while none runs."""
        running = await sendings.in_state(tx, *SENDS)
        over = self._watched - {sending.id for sending in await sendings.in_state(tx, *_ALIVE)}
        return now + EVERY if running or over else None

    async def _stale(self, tx: Tx, sending_id: int, now: dt.datetime) -> list[tuple[StaffMessage, Message]]:
        cards = await messages_of(tx, sending_ref(sending_id))
        progress = await self._newsletters.progress(tx, sending_id, now) if cards else None
        if progress is None:
            self._watched.discard(sending_id)
            return []
        languages = {member.id: member.language for member in await list_members(tx)}
        file = self._newsletters.files.get(progress.sending.name)
        title = file.newsletter.title if file is not None else progress.sending.name
        over = progress.sending.state.is_over
        due = []
        for card in cards:
            language = languages.get(card.chat_id) or self._company.default_language
            message = progress_card(progress, title, self._words, language, self._company.timezone)
            shown, at = self._shown.get((card.chat_id, card.message_id), (None, None))
            if message != shown and (over or at is None or now - at >= EVERY):
                due.append((card, message))
        if over:
            self._watched.discard(sending_id)
        return due


def _edit(card: StaffMessage, message: Message, now: dt.datetime) -> Waiting:
    row = Waiting(new_id(), Act.EDIT, card.chat_id, Lane.STAFF, NOTICE, message, now, now)
    return replace(row, message_id=card.message_id, ref=card.ref)
