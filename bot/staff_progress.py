"""The live progress card of a sending: drawn, and kept up to date in place, at most every three seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from bot.experiment_waits import ON_TRIAL, UNDECIDED
from bot.newsletters import Newsletters
from bot.sending_progress import Progress
from bot.staff_visit import NOTICE
from dialogues.taps import short
from domain.breaker import over_from
from domain.company import Company
from domain.messages import Act, Button, Keyboard, Lane, Message, Waiting
from domain.newsletters import SENDS, Sending, SendingState
from store import outbox, recalls, sendings
from store.database import Database, Tx
from store.ids import new_id
from store.staff import list_members
from store.topics import StaffMessage, drop_waiting_edits, messages_of
from templates.markup import Safe
from templates.words import Words

EVERY = dt.timedelta(seconds=3)
_BAR = 18
_ALIVE = (*SENDS, SendingState.PAUSED, SendingState.STOPPED, SendingState.SCHEDULED)
_RECALLS_AFTER = dt.timedelta(minutes=10)  # a recall that ended is shown for so long by then
_MOVES: Mapping[SendingState, tuple[str, ...]] = {
    SendingState.CANARY: ("pause", "cancel"),
    SendingState.RUNNING: ("pause", "cancel"),
    SendingState.PAUSED: ("resume", "cancel"),
    SendingState.STOPPED: ("resume", "cancel"),
    SendingState.SCHEDULED: ("cancel",),
}
_ON_REQUEST = (
    ("staff.label.approve", "start"),
    ("staff.label.decline", "decline"),
    ("sendings.label.remind", "remind"),
)
"""What can be done with one that waits for approval; whoever made it may not approve it."""


def sending_ref(sending_id: int) -> str:
    """Name the progress cards of a sending among the staff messages."""
    return f"sending:{sending_id}"


def sending_tap(sending: Sending, move: str) -> str:
    """Return what stands behind a button of a sending: it carries the version, so an old one is refused."""
    return f"n.{short(sending.id)}.{sending.version}.{move}"


def looking_tap(sending_id: int, what: str) -> str:
    """Return what stands behind a button that only shows something of a sending: no version makes it old."""
    return f"n.i.{short(sending_id)}.{what}"


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
        "sendings.card",
        language,
        title=title,
        state=words.plain(f"staff.sending_state.{sending.state.value}", language),
        bar="█" * filled + "░" * (_BAR - filled),
        percent=int(share * 100),
        started=sending.started_at is not None,
        due_at=sending.due_at if sending.state is SendingState.SCHEDULED else None,
        zone=zone,
        sent=account.sent,
        snapshot=account.snapshot,
        skipped=sum(account.skipped.values()),
        failed=sum(account.failed.values()),
        unknown=account.unknown,
        queued=account.queued,
        rate=progress.rate,
        eta=time_left(progress.eta, words, language),
        held=_held(progress, words, language, zone),
        reason=why_stopped(sending, words, language),
        stopped=sending.state is SendingState.STOPPED,
        recall=progress.recall,
    )
    return Message(str(text).strip(), html=True, keyboard=_keyboard(progress, words, language))


def time_left(eta: dt.timedelta | None, words: Words, language: str) -> str:
    """Say roughly how long that is; nothing for None."""
    if eta is None:
        return ""
    seconds = eta.total_seconds()
    if seconds < 90:
        return words.plain("staff.eta_seconds", language, n=max(1, round(seconds)))
    if seconds < 5400:
        return words.plain("staff.eta_minutes", language, n=round(seconds / 60))
    return words.plain("staff.eta_hours", language, n=round(seconds / 3600))


def why_stopped(sending: Sending, words: Words, language: str | None) -> str:
    """Say why a sending is as it is, with the numbers where the breaker stopped it; "" where there is no reason."""
    over = over_from(sending.reason)
    if over is not None:
        key = f"sendings.over.{over.ill.value}"
        return words.plain(key, language, bad=over.bad, of=over.of, limit=over.limit * 100)
    for key in (f"newsletter.reason.{sending.reason}", f"sendings.reason.{sending.reason}"):
        if sending.reason and words.has(key):
            return words.plain(key, language)
    return sending.reason


def _held(progress: Progress, words: Words, language: str, zone: str) -> Safe:
    lines = (
        words.html(
            f"effects.held_{each.reason}" if each.reason in {ON_TRIAL, UNDECIDED} else "staff.progress_held",
            language,
            n=each.count,
            reason=words.plain(key, language) if words.has(key := f"staff.hold.{each.reason}") else each.reason,
            until=each.until,
            zone=zone,
        )
        for each in progress.held
    )
    return Safe("\n").join(lines)


def _keyboard(progress: Progress, words: Words, language: str) -> Keyboard:
    sending = progress.sending
    moves = tuple(
        Button(words.plain(f"staff.label.{move}", language), sending_tap(sending, move))
        for move in _MOVES.get(sending.state, ())
    )
    if sending.state is SendingState.APPROVAL:
        asked = [(Button(words.plain(key, language), sending_tap(sending, move)),) for key, move in _ON_REQUEST]
        return (*asked, (who_does_not(sending, words, language),))
    rows = [moves, *(_afterwards(progress, words, language) if sending.state.is_over else ())]
    looks = [who_does_not(sending, words, language)] if sending.state is SendingState.SCHEDULED else []
    if progress.account.snapshot or progress.account.excluded:
        looks.append(Button(words.plain("sendings.label.details", language), looking_tap(sending.id, "details")))
    if progress.account.sent:
        looks.append(Button(words.plain("effects.label.results", language), f"r.{short(sending.id)}"))
    rows.append(tuple(looks))
    return tuple(row for row in rows if row)


def who_does_not(sending: Sending, words: Words, language: str) -> Button:
    """Return the button that lists those of the audience who do not get it."""
    return Button(words.plain("sendings.label.who_not", language), looking_tap(sending.id, "not"))


def _afterwards(progress: Progress, words: Words, language: str) -> list[tuple[Button, ...]]:
    """What can be done with a sending that is over: again to the failed, on to newcomers, or take it back."""
    sending, failed = progress.sending, sum(progress.account.failed.values())
    if sending.started_at is None or sending.recalled_at is not None:
        return []
    on: list[Button] = []
    if sending.state is SendingState.FINISHED and failed:
        on.append(Button(words.plain("sendings.label.retry", language, n=failed), sending_tap(sending, "retry")))
    if sending.state is SendingState.FINISHED:
        on.append(Button(words.plain("sendings.label.newcomers", language), sending_tap(sending, "newcomers")))
    back = Button(words.plain("sendings.label.recall", language), sending_tap(sending, "recall"))
    return [tuple(on), (back,) if progress.account.sent else ()]


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
        self._titles: dict[int, str] = {}

    async def prepare(self, now: dt.datetime) -> None:
        """Watch the newest sendings: one may have ended while nobody looked."""
        async with self._database.read() as tx:
            self._watched |= {sending.id for sending in await sendings.recent(tx, limit=10)}

    async def tick(self, now: dt.datetime) -> None:
        """Edit the cards that show something old, each at most every three seconds."""
        async with self._database.read() as tx:
            alive = {sending.id for sending in await sendings.in_state(tx, *_ALIVE)}
            alive |= {sending.id for sending in await recalls.open_recalls(tx, now - _RECALLS_AFTER)}
            due = []
            for sending_id in sorted(self._watched | alive):
                due += await self._stale(tx, sending_id, now)
        self._watched |= alive
        if not due:
            return
        async with self._database.write() as tx:
            for card, message in due:
                await drop_waiting_edits(tx, card.chat_id, card.message_id)
                await outbox.put(tx, [edit_of(card, message, now)])
        for card, message in due:
            self._shown[card.chat_id, card.message_id] = (message, now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when a running sending's card is to be looked at again, or None while none runs."""
        running = await sendings.in_state(tx, *SENDS)
        over = self._watched - {sending.id for sending in await sendings.in_state(tx, *_ALIVE)}
        if not running and not over:
            running = await recalls.open_recalls(tx, now)
        return now + EVERY if running or over else None

    async def _stale(self, tx: Tx, sending_id: int, now: dt.datetime) -> list[tuple[StaffMessage, Message]]:
        cards = await messages_of(tx, sending_ref(sending_id))
        progress = await self._newsletters.progress(tx, sending_id, now) if cards else None
        if progress is None:
            self._watched.discard(sending_id)
            return []
        languages = {member.id: member.language for member in await list_members(tx)}
        if sending_id not in self._titles:
            self._titles[sending_id] = await self._newsletters.title_of(tx, progress.sending)
        title = self._titles[sending_id]
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


def edit_of(card: StaffMessage, message: Message, now: dt.datetime) -> Waiting:
    """Make an outbox row that puts *message* in place of what staff were shown."""
    row = Waiting(new_id(), Act.EDIT, card.chat_id, Lane.STAFF, NOTICE, message, now, now)
    return replace(row, message_id=card.message_id, ref=card.ref)
