"""A customer's own cases: shown to her with their numbers, accepted, added to, or opened again, each in one tap."""

from __future__ import annotations

import datetime as dt

from dialogues.case_moves import CaseMoves, asking
from dialogues.cases import HERSELF, Refused, can_reopen, open_case_for
from dialogues.running import Running
from dialogues.taps import menu_tap
from dialogues.turn import Conversation, Turn
from domain.cases import Case, CaseKind, Move
from domain.contacts import ContactKind
from domain.dialogues import OpenCase
from domain.incoming import Tap
from domain.messages import Act, Button, Message
from store.cases import case_about, case_by_id, cases_of, standing_case
from store.database import Tx
from templates.markup import Safe

SHOWN = 10
_LONGEST = 40
_HERS = frozenset({CaseKind.COMPLAINT, CaseKind.QUESTION, CaseKind.FEEDBACK})  # told in her own words


class OwnCases:
    """The acts behind a customer's buttons about her cases."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words
        self._moves = CaseMoves(running.company, self.words, running.library, running.staff_line)

    async def show(self, tx: Tx, turn: Turn, conversation: Conversation) -> bool:
        """
        Show her newest cases in plain words, with buttons to add to an open one or to reopen one that is decided.

        False when she has none.
        """
        who = conversation.customer.id
        hers = (await cases_of(tx, [who])).get(who, [])[:SHOWN]
        language = self.running.language_of(conversation)
        lines, rows = [self.words.html("service.cases_title", language)], []
        for case in hers:
            lines.append(self._line(case, language))
            button = self._button(case, language, turn.now)
            if button is not None:
                rows.append((button,))
        if hers:
            message = Message("\n".join(lines), html=True, keyboard=tuple(rows))
            turn.say(conversation.customer, message, ContactKind.REPLY)
        return bool(hers)

    async def accept(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """She says that a decided case is settled: it closes, and later she is asked how it went."""
        case = await self._hers(tx, conversation, argument)
        if case is None:
            self._settle_buttons(turn, conversation, tap, "dialogue.not_here")
            return
        self._clear(turn, conversation, tap)
        moved = await self._moves.make(tx, case, conversation.customer, Move.ACCEPT, HERSELF, now=turn.now)
        if isinstance(moved, Refused):
            self._say_state(turn, conversation, case)

    async def reopen(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """
        She says that it is not settled: the case opens again, and staff see it.

        Where the time for that is over a new case is opened about the old one, and she is told its number.
        """
        case = await self._hers(tx, conversation, argument)
        if case is None:
            self._settle_buttons(turn, conversation, tap, "dialogue.not_here")
            return
        self._clear(turn, conversation, tap)
        moved = await self._moves.make(tx, case, conversation.customer, Move.REOPEN, HERSELF, now=turn.now)
        if isinstance(moved, Case):
            conversation.cases.insert(0, moved)
        elif moved.reason == "reopen_over":
            await self._open_anew(tx, turn, conversation, case)
        else:
            self._say_state(turn, conversation, case)

    async def add(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """Ask what she would like to add to an open case: her next words go there."""
        case = await self._hers(tx, conversation, argument)
        if case is None:
            self._settle_buttons(turn, conversation, tap, "dialogue.not_here")
        elif not case.state.is_open:
            self._say_state(turn, conversation, case)
        else:
            text = self.words.html("service.case_add", self.running.language_of(conversation), number=case.id)
            turn.say(conversation.customer, Message(text, html=True), ContactKind.REPLY, case_id=case.id)

    def say(self, turn: Turn, conversation: Conversation, case: Case, key: str) -> None:
        """Say a sentence about a case; under one about a decided case are the buttons that accept or reopen it."""
        language = self.running.language_of(conversation)
        text = self.words.html(key, language, number=case.id)
        message = Message(text, html=True, keyboard=asking(self.words, case, language))
        turn.say(conversation.customer, message, ContactKind.REPLY, case_id=case.id)

    async def _open_anew(self, tx: Tx, turn: Turn, conversation: Conversation, old: Case) -> None:
        """Open a case about an old one, once: a second tap names the one that is open about it already."""
        running, customer = self.running, conversation.customer
        case = await case_about(tx, old.id)
        if case is None:
            opening = OpenCase(old.kind, old.category, summary=old.summary, remedy=old.remedy, order=old.order_ref)
            case = await open_case_for(tx, running.company, customer.id, opening, turn.now, about=old)
            conversation.cases.insert(0, case)
            await running.staff_line.new_case(tx, case, customer, turn.now)
        text = self.words.html("service.case_anew", running.language_of(conversation), old=old.id, number=case.id)
        turn.say(customer, Message(text, html=True), ContactKind.REPLY, case_id=case.id)

    async def _hers(self, tx: Tx, conversation: Conversation, argument: str) -> Case | None:
        """Return the case that a button of hers names, or the one that it was merged into."""
        known = argument.isdecimal() and len(argument) <= 18
        case = await case_by_id(tx, int(argument)) if known else None
        if case is None or case.customer_id != conversation.customer.id:
            return None
        return await standing_case(tx, case)

    def _line(self, case: Case, language: str) -> Safe:
        kind = self.words.plain(f"service.case_kind.{case.kind.value.replace('-', '_')}", language)
        what = " ".join(case.summary.split()) if case.kind in _HERS else ""
        what = what if len(what) <= _LONGEST else what[:_LONGEST].rsplit(" ", 1)[0].rstrip(" .,;:") + "…"
        state = self.words.plain(
            f"service.case_state.{case.state.value}", language, at=case.closed_at, into=case.merged_into
        )
        values = {"kind": kind, "opened": case.opened_at, "what": what, "state": state}
        return self.words.html("service.cases_line", language, number=case.id, **values)

    def _button(self, case: Case, language: str, now: dt.datetime) -> Button | None:
        if case.state.is_open:
            act, label = "add", "add_to_case"
        elif can_reopen(self.running.company, case, now):
            act, label = "reopen", "reopen_case"
        else:
            return None
        return Button(self.words.plain(f"service.label.{label}", language, number=case.id), menu_tap(act, str(case.id)))

    def _say_state(self, turn: Turn, conversation: Conversation, case: Case) -> None:
        """Say why a button does nothing: where the case stands."""
        language = self.running.language_of(conversation)
        state = self.words.plain(
            f"service.case_state.{case.state.value}", language, at=case.closed_at, into=case.merged_into
        )
        self.running.tell(turn, conversation, "service.case_not_now", number=case.id, state=state)

    def _clear(self, turn: Turn, conversation: Conversation, tap: Tap | None) -> None:
        if tap is not None and tap.message_id is not None:
            turn.touch(Act.CLEAR, conversation.customer, message_id=tap.message_id)

    def _settle_buttons(self, turn: Turn, conversation: Conversation, tap: Tap | None, key: str) -> None:
        """Take the tapped message's buttons away, and say the sentence."""
        self._clear(turn, conversation, tap)
        self.running.tell(turn, conversation, key)
