"""A move on a case with all that follows from it: the customer is told, staff's cards change, surveys are put down."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dialogues.cases import PLAIN, Mover, Particulars, Refused, can_reopen, decliner_of, move_and_compare
from dialogues.courtesy import quiet_until_for
from dialogues.library import Library
from dialogues.staff_line import StaffLine
from dialogues.taps import menu_tap
from domain.cases import TABLE, WORDS, Actor, Case, CaseState, Move
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.languages import best_language, in_language
from domain.messages import Act, Button, Keyboard, Lane, Message, OnUnknown, Waiting
from domain.staff import Role
from store import outbox
from store.cases import standing_case
from store.database import Tx
from store.ids import new_id
from store.staff import list_members, names_of
from store.waves import invite_later
from templates.markup import TEXT_LIMIT, Safe, parse
from templates.words import Words

NOTICE = "staff_notice"
_ASKING = {  # what her two buttons say: it is all right, or it is not
    CaseState.RESOLVED: ("settled", "not_settled"),
    CaseState.DECLINED: ("accept", "disagree"),
}
_SURVEYED = {CaseState.RESOLVED: "case_resolved", CaseState.CLOSED: "case_closed"}


def asking(words: Words, case: Case, language: str) -> Keyboard:
    """Return the customer's two buttons under a decision: it is all right, or it is not. None in any other state."""
    return tuple(
        (Button(words.plain(f"service.label.{label}", language), menu_tap(act, str(case.id))),)
        for label, act in zip(_ASKING.get(case.state, ()), ("accept", "reopen"), strict=False)
    )


@dataclass(frozen=True, slots=True)
class CaseMoves:
    """Makes moves in the caller's transaction. Everything that goes out is put into the outbox there."""

    company: Company
    words: Words
    library: Library
    line: StaffLine

    async def make(
        self,
        tx: Tx,
        case: Case,
        customer: Customer,
        move: Move,
        by: Mover,
        *,
        now: dt.datetime,
        particulars: Particulars = PLAIN,
    ) -> Case | Refused:
        """
        Make a move, tell the customer what the table says, and bring staff's cards up to date; or say why not.

        A reply and a note tell nobody here: the words themselves are what is told. What she is told because time has
        passed waits until her quiet hours are over.
        """
        made = await move_and_compare(tx, self.company, case, move, by, now=now, particulars=particulars)
        if isinstance(made, Refused):
            return made
        before, moved = made.before, made.after
        told = TABLE[before.state, move].told
        if told not in {"", WORDS} and moved != before:
            await self._tell(tx, _Told(told, before, moved, move, by, particulars), customer, now)
        if move is not Move.CUSTOMER_WRITES:
            await self.line.case_changed(tx, moved, customer, self._said(before, move, by), now)
        if CaseState.MERGED in {before.state, moved.state} and move is not Move.NOTE:
            other = await standing_case(tx, moved if move is Move.MERGE else before)
            await self.line.case_changed(tx, other, customer, "", now)
        if moved.state is not before.state and moved.state in _SURVEYED:
            for script in self.library.after(_SURVEYED[moved.state]):
                await invite_later(tx, script.id, customer.id, now + script.starts.delay, f"case:{moved.id}")
        return moved

    def _said(self, before: Case, move: Move, by: Mover) -> str:
        """Return what staff are told aloud: only that she is not content."""
        if by.actor is not Actor.CUSTOMER or move is not Move.REOPEN:
            return ""
        label = "disagree" if before.state is CaseState.DECLINED else "not_settled"
        return self.words.plain(f"service.label.{label}", self.company.default_language)

    async def _tell(self, tx: Tx, told: _Told, customer: Customer, now: dt.datetime) -> None:
        name = told.by.name or self.company.name
        if told.key == "service.case_second_look":
            name = await self._who_looks_again(tx, told, now)
        if customer.chat_id is None:
            return
        language = best_language(customer.language, self.company.languages)
        text = self.words.html(
            told.key,
            language,
            number=told.after.id,
            name=name,
            routes=in_language(self.company.cases.routes, language, self.company.default_language),
            into=told.after.merged_into,
            until=(told.after.closed_at or now) + self.company.cases.reopen,
        )
        by_clock = told.by.actor is Actor.CLOCK
        zone = customer.timezone or self.company.timezone
        awake_at = quiet_until_for(zone, self.company.courtesy, now) if by_clock else None
        kind = ContactKind.REPLY if told.by.actor is Actor.CUSTOMER else ContactKind.SERVICE
        rows = [
            Waiting(
                id=new_id(),
                act=Act.SEND,
                chat_id=customer.chat_id,
                lane=Lane.SERVICE if by_clock else Lane.REPLY,
                kind=kind.value,
                message=message,
                created_at=now,
                not_before=awake_at or now,
                customer_id=customer.id,
                case_id=told.after.id,
                on_unknown=OnUnknown.NEVER_MISS,
            )
            for message in self._messages(told, text, language, now)
        ]
        await outbox.put(tx, rows)

    def _messages(self, told: _Told, text: Safe, language: str, now: dt.datetime) -> list[Message]:
        """Return our sentence below the words of staff; where both are too long for one message, after them."""
        keyboard, said = self._keyboard(told, language, now), told.particulars.text
        if not said:
            return [Message(text, html=True, keyboard=keyboard)]
        whole = self.words.html("staff.to_customer", language, text=said, told=text)
        if parse(whole).units <= TEXT_LIMIT:
            return [Message(whole, html=True, keyboard=keyboard)]
        return [Message(said), Message(text, html=True, keyboard=keyboard)]

    def _keyboard(self, told: _Told, language: str, now: dt.datetime) -> Keyboard:
        """Return her buttons under a decision; under a case that closed by itself the one that opens it again."""
        if told.move is not Move.EXPIRE:
            return asking(self.words, told.after, language)
        if not can_reopen(self.company, told.after, now):
            return ()
        _, not_all_right = _ASKING[told.before.state]
        label = self.words.plain(f"service.label.{not_all_right}", language)
        return ((Button(label, menu_tap("reopen", str(told.after.id))),),)

    async def _who_looks_again(self, tx: Tx, told: _Told, now: dt.datetime) -> str:
        """Return the name of another person than who declined; where there is none, admins are told instead."""
        owner, decliner = told.after.owner_id, await decliner_of(tx, told.after)
        if told.by.actor is not Actor.CUSTOMER or decliner is None:
            return ""
        if owner is not None and owner != decliner:
            return (await names_of(tx, [owner])).get(owner, "")
        rows = [
            Waiting(
                id=new_id(),
                act=Act.SEND,
                chat_id=member.id,
                lane=Lane.STAFF,
                kind=NOTICE,
                message=Message(self.words.html("cases.nobody_else", member.language, number=told.after.id), html=True),
                created_at=now,
                not_before=now,
                case_id=told.after.id,
            )
            for member in await list_members(tx)
            if member.reachable and member.may(Role.ADMIN)
        ]
        await outbox.put(tx, rows)
        return ""


@dataclass(frozen=True, slots=True)
class _Told:
    """What the customer is told about: the text's key and the move behind it."""

    key: str
    before: Case
    after: Case
    move: Move
    by: Mover
    particulars: Particulars
