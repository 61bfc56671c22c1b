"""Whether a customer's words are passed on to staff, or only kept: too many in a minute, or staff have muted her."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from dialogues.speaking import Speaker
from dialogues.staff_line import StaffLine
from dialogues.turn import Conversation, Turn
from domain.cases import Case, CaseKind
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.floods import Flood, Kept
from domain.languages import best_language
from domain.messages import Message
from store.cases import cases_of
from store.database import Tx
from store.floods import first_kept, flood_of, keep_flood, untold_floods
from store.mutes import mute_of, note_told

WARNED_FOR = dt.timedelta(days=1)
"""For how long one warning is enough."""

A_CASE_EVERY = dt.timedelta(days=1)
"""How often a customer who is muted can open a case."""


async def case_while_muted(tx: Tx, customer_id: int, now: dt.datetime) -> Case | None:
    """Return the case that a muted customer has opened lately, so that she opens no further one; else None."""
    if await mute_of(tx, customer_id, now) is None:
        return None
    found = (await cases_of(tx, [customer_id])).get(customer_id, [])
    hers = (case for case in found if case.kind is not CaseKind.FOLLOW_UP)
    return next((case for case in hers if now - case.opened_at < A_CASE_EVERY), None)


class Floods:
    """Counts what customers write to staff, in the caller's turn and transaction."""

    def __init__(self, company: Company, speaker: Speaker, staff_line: StaffLine) -> None:
        self.company = company
        self.speaker = speaker
        self.staff_line = staff_line

    async def keeps(self, tx: Tx, turn: Turn, conversation: Conversation, *, is_new: bool = True) -> Kept | None:
        """
        Count one message of hers to staff and say whether, and why, it is only kept; None: it is passed on.

        She is told once. Staff are told how many of a flood were kept, when its minute is over; a changed message
        (not *is_new*) is none of these.
        """
        if await self.is_muted(tx, turn, conversation):
            return Kept.MUTED
        who = conversation.customer
        known = await flood_of(tx, who.id)
        if known is None or known.is_over(turn.now):
            if known is not None and known.kept_back:
                await turn.flush(tx)
                await self._tell_staff(tx, who, known, turn.now)
            began = Flood(who.id, turn.now, 1, 0, known.warned_at if known is not None else None)
            await keep_flood(tx, began, is_new=known is None)
            return None
        counted = dataclasses.replace(known, messages=known.messages + 1)
        if counted.messages <= self.company.cases.flood:
            await keep_flood(tx, counted, is_new=False)
            return None
        counted = dataclasses.replace(counted, kept_back=counted.kept_back + is_new)
        if counted.warned_at is None or turn.now - counted.warned_at >= WARNED_FOR:
            self._say(turn, conversation, "service.flood_warning")
            counted = dataclasses.replace(counted, warned_at=turn.now)
        await keep_flood(tx, counted, is_new=False)
        return Kept.FLOOD

    async def is_muted(self, tx: Tx, turn: Turn, conversation: Conversation, *, asks: bool = False) -> bool:
        """Say whether staff have muted her; she is told so once, and whenever she *asks* for a person."""
        mute = await mute_of(tx, conversation.customer.id, turn.now)
        if mute is None:
            return False
        if mute.told_at is None or asks:
            self._say(turn, conversation, "service.muted", until=mute.until)
            await note_told(tx, conversation.customer.id, turn.now)
        return True

    async def refuses_talk(self, tx: Tx, turn: Turn, conversation: Conversation) -> bool:
        """Say whether staff are not told that she wants a person: she is muted, or floods a case that they have."""
        if await self.is_muted(tx, turn, conversation, asks=True):
            return True
        return bool(conversation.cases) and await self.keeps(tx, turn, conversation, is_new=False) is not None

    async def tell_staff(self, tx: Tx, customer: Customer, flood: Flood, now: dt.datetime) -> bool:
        """Tell staff how much of a flood that is over was kept. False when that has been told meanwhile."""
        known = await flood_of(tx, customer.id)
        if known is None or not known.kept_back or known.began_at != flood.began_at:
            return False
        await self._tell_staff(tx, customer, known, now)
        await keep_flood(tx, dataclasses.replace(known, kept_back=0), is_new=False)
        return True

    async def untold(self, tx: Tx, now: dt.datetime) -> list[Flood]:
        """Return the floods that are over and of which staff have not been told."""
        return await untold_floods(tx, now)

    async def _tell_staff(self, tx: Tx, customer: Customer, flood: Flood, now: dt.datetime) -> None:
        first = await first_kept(tx, customer.id, Kept.FLOOD, flood.kept_back)
        if first is not None:
            await self.staff_line.words_kept(tx, customer, flood.kept_back, first, now)

    def _say(self, turn: Turn, conversation: Conversation, key: str, **values: Any) -> None:
        language = best_language(conversation.customer.language, self.company.languages)
        text = self.speaker.words.html(key, language, **values)
        turn.say(conversation.customer, Message(text, html=True), ContactKind.REPLY)
