"""The scheduler's words to staff: late slots, stopped and finished sendings, told to managers in private."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.experiments import judged
from bot.staff_labels import Labels
from bot.staff_progress import why_stopped
from dialogues.taps import short
from domain.company import Company
from domain.holds import Hold
from domain.messages import Act, Button, Keyboard, Lane, Message, Waiting
from domain.newsletters import Sending
from domain.staff import Role
from scheduler.notices import ExperimentJudged, Holiday, Late, Notice, SendingFinished, SendingStopped
from store import outbox
from store.database import Tx
from store.ids import new_id
from store.staff import list_members
from templates.words import Words

KIND = "staff_notice"
SHOWN = 3
"""How many faults of changed files one message names."""


class StaffNotices:
    """Puts each notice into the outbox for every manager whom the bot can reach, in her language."""

    def __init__(self, company: Company, words: Words, labels: Labels) -> None:
        self._company = company
        self._words = words
        self._labels = labels

    async def tell_refused(self, tx: Tx, faults: Sequence[str], now: dt.datetime) -> None:
        """Tell the managers that changed files are not used, with the first of their *faults*."""
        shown = "\n".join(faults[:SHOWN])
        rows = [
            self._row(member.id, self._refused(shown, len(faults) - SHOWN, member.language), now)
            for member in await list_members(tx)
            if member.reachable and member.may(Role.MANAGER)
        ]
        await outbox.put(tx, rows)

    def _refused(self, faults: str, more: int, language: str | None) -> Message:
        return Message(self._words.html("staff.content_refused", language, faults=faults, more=max(more, 0)), html=True)

    async def tell(self, tx: Tx, notice: Notice, now: dt.datetime) -> None:
        """Tell the managers; an agent or editor is not bothered."""
        rows = [
            self._row(member.id, self.message(notice, member.language), now)
            for member in await list_members(tx)
            if member.reachable and member.may(Role.MANAGER)
        ]
        await outbox.put(tx, rows)

    def message(self, notice: Notice, language: str | None) -> Message:
        """Return what staff read of *notice*, with the buttons that answer it."""
        spoken = language or self._company.default_language
        match notice:
            case Late(name=name, due_at=due_at, count=count, sending=sending):
                key = "late" if sending is None else "late_ask"
                zone, title = self._company.timezone, self._labels.sent(name, spoken)
                text = self._words.html(f"newsletter.{key}", language, name=title, n=count, due_at=due_at, zone=zone)
                return Message(text, html=True, keyboard=self._buttons(sending, "start", language))
            case Holiday(name=name, due_at=due_at, goes_at=goes_at):
                values = {"due_at": due_at, "goes_at": goes_at, "zone": self._company.timezone}
                text = self._words.html("newsletter.holiday", language, name=self._labels.sent(name, spoken), **values)
                return Message(text, html=True)
            case SendingStopped(sending=sending):
                reason = why_stopped(sending, self._words, language)
                title = self._labels.sent(sending.name, spoken)
                text = self._words.html("newsletter.stopped", language, name=title, reason=reason)
                return Message(text, html=True, keyboard=self._buttons(sending, "resume", language))
            case SendingFinished(sending=sending, account=account):
                counts = {
                    "sent": account.sent,
                    "snapshot": account.snapshot,
                    "skipped": sum(account.skipped.values()),
                    "failed": sum(account.failed.values()),
                    "unknown": account.unknown,
                    "unmade": account.failed.get(Hold.CONTENT.value, 0),
                }
                title = self._labels.sent(sending.name, spoken)
                results = Button(self._words.plain("effects.label.results", spoken), f"r.{short(sending.id)}")
                text = self._words.html("newsletter.finished", language, name=title, **counts)
                return Message(text, html=True, keyboard=((results,),))
            case ExperimentJudged(sending=sending):
                title = self._labels.sent(sending.name, spoken)
                return judged(notice, title, self._company, self._words, language)

    def _buttons(self, sending: Sending | None, go: str, language: str | None) -> Keyboard:
        if sending is None:
            return ()
        data = f"n.{short(sending.id)}.{sending.version}"
        return tuple(
            (Button(self._words.plain(f"newsletter.label.{move}", language), f"{data}.{move}"),)
            for move in (go, "cancel")
        )

    @staticmethod
    def _row(chat_id: int, message: Message, now: dt.datetime) -> Waiting:
        return Waiting(new_id(), Act.SEND, chat_id, Lane.STAFF, KIND, message, now, now)
