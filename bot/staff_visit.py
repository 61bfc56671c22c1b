"""One staff member's act: who she is, where she acts, and the ways to answer her, all through the outbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.config import Approval
from bot.errands import Errands
from bot.staff_labels import Labels
from domain.clock import Clock
from domain.company import Company
from domain.incoming import Place
from domain.loyalty import Loyalty
from domain.messages import Act, Keyboard, Lane, Message, OnUnknown, Waiting
from domain.segments import Segment
from domain.staff import StaffMember
from domain.themes import Theme
from scheduler.lemmatizing import Lemmatizer
from store import outbox
from store.audit import note_act
from store.database import Database, Tx
from store.ids import new_id
from store.topics import Topic
from templates.answers import Answers
from templates.words import Words

if TYPE_CHECKING:
    from bot.forum import Forum
    from bot.newsletters import Newsletters
    from dialogues.library import Library

NOTICE = "staff_notice"  # the kind of rows that only staff see; no contact of a customer


AskBalance = Callable[[], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class StaffRoom:
    """
    What every staff command needs, made once at start-up. *pictures* is a folder for those that are to be sent.

    *test_list* are customer numbers; *per_second* and *paid_per_second* is the pace that is set for newsletters, and
    *star_balance* asks how many Stars the bot has.
    """

    company: Company
    words: Words
    labels: Labels
    library: Library
    line: Forum
    newsletters: Newsletters
    database: Database
    clock: Clock
    errands: Errands
    pictures: Path
    approval: Approval = Approval.SECOND_PERSON
    themes: Sequence[Theme] = ()
    lemmatizer: Lemmatizer = field(default_factory=Lemmatizer)
    test_list: Sequence[str] = ()
    per_second: int = 30
    paid_per_second: int = 0
    star_balance: AskBalance | None = None
    answers: Answers = field(default_factory=lambda: Answers({}))
    segments: Sequence[Segment] = ()
    loyalty: Loyalty = field(default_factory=Loyalty)


@dataclass(slots=True)
class Visit:
    """
    One act of one member in one transaction.

    `topic` is the customer's topic in which it happens, be it a former one, if any; `tapped` the message under which
    she pressed a button, `callback_id` the tap itself, which is answered exactly once; `quoted` the message that her
    words answer.
    """

    room: StaffRoom
    tx: Tx
    member: StaffMember
    place: Place
    now: dt.datetime
    topic: Topic | None = None
    message_id: int | None = None
    callback_id: str = ""
    quoted: int | None = None
    toasted: bool = field(default=False, init=False)

    @property
    def language(self) -> str:
        """The language to answer in: her own, in the group too, since the answer is for her."""
        return self.member.language or self.room.company.default_language

    @property
    def tapped(self) -> int | None:
        """The message whose button she pressed, or None when she wrote."""
        return self.message_id if self.callback_id else None

    @property
    def in_her_topic(self) -> bool:
        """Say whether this is the customer's present topic, where her colleagues read what she does."""
        return self.topic is not None and not self.topic.former

    def privately(self) -> Visit:
        """Go on in the member's private chat, wherever she began."""
        if self.place.private:
            return self
        place = Place(self.member.id, private=True)
        return Visit(self.room, self.tx, self.member, place, self.now)

    def again(self, tx: Tx) -> Visit:
        """Go on in another transaction, later: for errands."""
        return Visit(self.room, tx, self.member, self.place, self.room.clock.now(), self.topic)

    def html(self, key: str, /, **values: Any) -> str:
        """Give a staff text in her language, as Telegram HTML."""
        return self.room.words.html(f"staff.{key}", self.language, **values)

    def plain(self, key: str, /, **values: Any) -> str:
        """Give a staff text in her language, for a label or a toast."""
        return self.room.words.plain(f"staff.{key}", self.language, **values)

    async def say(self, key: str, /, *, keyboard: Keyboard = (), ref: str = "", **values: Any) -> None:
        """Answer where she is with a staff text."""
        await self.send(Message(self.html(key, **values), html=True, keyboard=keyboard), ref=ref)

    async def send(
        self, message: Message, *, ref: str = "", customer_id: int | None = None, case_id: int | None = None
    ) -> None:
        """Send any message where she is."""
        await outbox.put(self.tx, [self.row(message, ref=ref, customer_id=customer_id, case_id=case_id)])

    async def show(self, message: Message, *, ref: str = "", customer_id: int | None = None) -> None:
        """Put *message* in place of the one whose button she pressed; where she only wrote, send it."""
        if self.tapped is None:
            await self.send(message, ref=ref, customer_id=customer_id)
            return
        row = self.row(message, act=Act.EDIT, message_id=self.tapped, ref=ref, customer_id=customer_id)
        await outbox.put(self.tx, [row])

    async def show_html(self, html: str, keyboard: Keyboard = ()) -> None:
        """Like `show`, for our own markup."""
        await self.show(Message(html, html=True, keyboard=keyboard))

    async def toast(self, key: str = "", /, *, area: str = "staff.toast", **values: Any) -> None:
        """Answer the tap with a line at the top of her screen, one of *area*; only the first answer counts."""
        if not self.callback_id or self.toasted:
            return
        self.toasted = True
        text = self.room.words.plain(f"{area}.{key}", self.language, **values)[:200] if key else ""
        await outbox.put(self.tx, [self.row(Message(text), act=Act.TOAST)])

    async def clear_buttons(self) -> None:
        """Take the buttons off the message that she tapped: they have done their work."""
        if self.tapped is not None:
            await outbox.put(self.tx, [self.row(Message(), act=Act.CLEAR, message_id=self.tapped)])

    def row(
        self,
        message: Message,
        *,
        act: Act = Act.SEND,
        message_id: int | None = None,
        ref: str = "",
        customer_id: int | None = None,
        case_id: int | None = None,
    ) -> Waiting:
        """Make an outbox row for the place where she is."""
        return Waiting(
            id=new_id(),
            act=act,
            chat_id=self.place.chat_id,
            thread_id=self.place.thread_id,
            lane=Lane.REPLY if act is Act.TOAST else Lane.STAFF,
            kind=NOTICE,
            message=message,
            created_at=self.now,
            not_before=self.now,
            message_id=message_id,
            callback_id=self.callback_id if act is Act.TOAST else "",
            customer_id=customer_id,
            case_id=case_id,
            ref=ref,
            on_unknown=OnUnknown.NEVER_MISS,
        )

    async def note(self, act: str, subject: str, **detail: Any) -> None:
        """Write what she did into the audit log."""
        await note_act(self.tx, self.member.id, act, subject, self.now, detail or None)


def id_of(text: str) -> int | None:
    """Read an identifier as buttons carry it (base 36); None when it is none."""
    try:
        number = int(text, 36)
    except ValueError:
        return None
    return number if 0 <= number < 2**63 else None


def to_member(
    member_id: int,
    message: Message,
    now: dt.datetime,
    *,
    ref: str = "",
    customer_id: int | None = None,
    case_id: int | None = None,
) -> Waiting:
    """Make an outbox row for a member's private chat."""
    return Waiting(
        id=new_id(),
        act=Act.SEND,
        chat_id=member_id,
        lane=Lane.STAFF,
        kind=NOTICE,
        message=message,
        created_at=now,
        not_before=now,
        customer_id=customer_id,
        case_id=case_id,
        ref=ref,
    )
