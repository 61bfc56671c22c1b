"""What the dialogues tell staff: one side is known here, the other (forum or private chats) is built in `bot.forum`."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from domain.cases import Case
from domain.customers import Customer
from domain.incoming import Edited, Words
from store.database import Tx


class StaffLine(Protocol):
    """
    The way to staff. Every call only puts rows into the outbox, in the caller's transaction, and never waits.

    Where staff read it (the customer's topic in the forum, or each one's private chat) is decided here and again when
    the row is sent, so that a lost topic or group loses nothing.
    """

    async def new_case(self, tx: Tx, case: Case, customer: Customer, now: dt.datetime) -> None:
        """Show a new case as a pinned card with its buttons, followed by the files that came with it."""
        ...

    async def customer_wrote(
        self,
        tx: Tx,
        customer: Customer,
        words: Words,
        case: Case | None,
        now: dt.datetime,
        *,
        about: int | None = None,
    ) -> None:
        """
        Pass on what she wrote, text and files, so that an answer to it reaches her and belongs to *case*.

        Where it answers a newsletter, *about* is the sending.
        """
        ...

    async def customer_edited(
        self, tx: Tx, customer: Customer, edited: Edited, before: str, case: Case | None, now: dt.datetime
    ) -> None:
        """Show both versions of a message that she changed; *edited* has media only where a file is another one now."""
        ...

    async def words_kept(self, tx: Tx, customer: Customer, count: int, first: int, now: dt.datetime) -> None:
        """Say that *count* messages of hers were kept and not passed on, from the contact *first* on; show on wish."""
        ...

    async def case_changed(self, tx: Tx, case: Case, customer: Customer, text: str, now: dt.datetime) -> None:
        """Bring every card of the case up to date; a non-empty *text* is also said aloud, as a plain sentence."""
        ...
