"""What staff are told: rows for the customer's forum topic (chat id 0 until they are sent) or for each private chat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.cards import both_versions, card_ref, case_card, display_name, headed, relayed
from bot.case_lines import given
from bot.kept_words import kept_tap
from bot.newsletter_titles import title_of_sending
from bot.pins import pin_as_it_stands
from bot.staff_group import TOPIC
from bot.staff_labels import Labels
from bot.staff_visit import NOTICE, to_member
from domain.case_clocks import CaseClock, nearest
from domain.cases import Case
from domain.company import Company
from domain.customers import Customer
from domain.incoming import Edited
from domain.incoming import Words as Incoming
from domain.messages import Act, Button, Lane, Message, OnUnknown, OutboxState, Waiting
from domain.staff import StaffMember
from store import outbox
from store.case_clocks import clocks_of
from store.cases import merged_into
from store.database import Tx
from store.ids import new_id
from store.runs import runs_by_id
from store.staff import find_member, list_members, names_of
from store.topics import StaffMessage, drop_waiting_edits, messages_of
from templates.words import Words

CARD = "staff_card"
WORDS = "staff_words"

Drawing = Callable[[str], Message | None]  # language -> what is said in it


@dataclass(frozen=True, slots=True)
class Known:
    """What a case's card shows beside the case: staff's names by id, the cases that go on in it, what is due next."""

    names: Mapping[int, str]
    merged: Sequence[Case] = ()
    clock: CaseClock | None = None


@dataclass(frozen=True, slots=True)
class Forum:
    """
    The staff's side of every conversation; implements `dialogues.staff_line.StaffLine`.

    With a configured *group*, rows go to the customer's topic in the company's first language; without one, to every
    reachable member's private chat in her own.
    """

    company: Company
    words: Words
    labels: Labels
    group: int | None = None

    async def new_case(self, tx: Tx, case: Case, customer: Customer, now: dt.datetime) -> None:
        """
        Show a new case as a card with its buttons, followed by the files that came with it.

        Whose it is already is told so in private.
        """
        names = await self._names(tx, case)
        owner = await find_member(tx, case.owner_id) if case.owner_id is not None else None
        if owner is not None and owner.reachable:
            message = given(case, customer, self.words, self.labels, self.language_of(owner))
            await outbox.put(tx, [to_member(owner.id, message, now, case_id=case.id)])
        await self._tell(
            tx, customer, case.id, CARD, card_ref(case.id), lambda at: self.card(case, customer, at, names), now
        )
        run = (await runs_by_id(tx, [case.run_id])).get(case.run_id) if case.run_id is not None else None
        if run is None:
            return
        latest = {answer.question: answer for answer in run.answers if not answer.reopened}
        files = tuple(media for answer in latest.values() for media in answer.media)
        await self._tell(
            tx, customer, case.id, WORDS, f"case:{case.id}", lambda _: Message(media=files) if files else None, now
        )

    async def customer_wrote(
        self,
        tx: Tx,
        customer: Customer,
        words: Incoming,
        case: Case | None,
        now: dt.datetime,
        *,
        about: int | None = None,
    ) -> None:
        """
        Pass on what she wrote, text and files, so that an answer to it reaches her and belongs to *case*.

        Where it answers a newsletter, the sending *about*, its title stands above.
        """
        ref = f"in:{customer.id}:{words.message_id}"
        title = await title_of_sending(tx, about) if about is not None else ""

        def drawn(language: str) -> Message | None:
            message = relayed(words, self.words, language)
            if message is None or not title:
                return message
            return headed(message, self.words.plain("staff.about_newsletter", language, title=title))

        await self._tell(tx, customer, case.id if case else None, WORDS, ref, drawn, now)

    async def customer_edited(
        self, tx: Tx, customer: Customer, edited: Edited, before: str, case: Case | None, now: dt.datetime
    ) -> None:
        """Show both versions of a message that she changed; *edited* has media only where a file is another one now."""
        ref = f"in:{customer.id}:{edited.message_id}"

        def drawn(language: str) -> Message:
            if edited.text != before or not edited.media:
                return replace(both_versions(before, edited.text, self.words, language), media=edited.media)
            return Message(self.words.plain("replies.other_file", language), media=edited.media)

        await self._tell(
            tx,
            customer,
            case.id if case else None,
            WORDS,
            ref,
            drawn,
            now,
        )

    async def words_kept(self, tx: Tx, customer: Customer, count: int, first: int, now: dt.datetime) -> None:
        """Say how many of her messages were kept and not passed on, with a button that shows them."""

        def drawn(language: str) -> Message:
            name = display_name(customer, self.words, language)
            show = Button(self.words.plain("floods.label.show", language), kept_tap(customer.id, first))
            text = self.words.html("floods.kept", language, name=name, n=count)
            return Message(text, html=True, keyboard=((show,),))

        await self.notify(tx, customer, None, drawn, now)

    async def case_changed(self, tx: Tx, case: Case, customer: Customer, text: str, now: dt.datetime) -> None:
        """Bring every card of the case up to date; a non-empty *text* is also said aloud, as a plain sentence."""
        await self.redraw(tx, case, customer, now)
        if text:
            await self.notify(tx, customer, case.id, lambda _: Message(text), now)

    async def notify(
        self,
        tx: Tx,
        customer: Customer,
        case_id: int | None,
        drawing: Drawing,
        now: dt.datetime,
        *,
        but: int | None = None,
    ) -> None:
        """Say something about a customer where staff talk about her; in private chats not to the member *but*."""
        ref = f"case:{case_id}" if case_id is not None else f"customer:{customer.id}"
        await self._tell(tx, customer, case_id, NOTICE, ref, drawing, now, but=but)

    async def redraw(self, tx: Tx, case: Case, customer: Customer, now: dt.datetime) -> None:
        """
        Edit the cards of the case to what it is now: in each chat the first (the pinned one) and the newest.

        An edit that has not gone out yet is replaced. A card that itself still waits is compared, and edited if need
        be, once it has been sent.
        """
        names = await self._names(tx, case)
        languages = {member.id: self.language_of(member) for member in await list_members(tx)}
        chats: dict[int, list[StaffMessage]] = {}
        for shown in await messages_of(tx, card_ref(case.id)):
            chats.setdefault(shown.chat_id, []).append(shown)
        for chat_id, cards in chats.items():
            language = languages.get(chat_id, self.company.default_language)
            card = self.card(case, customer, language, names)
            for shown in dict.fromkeys((cards[0], cards[-1])):
                await drop_waiting_edits(tx, chat_id, shown.message_id)
                row = replace(self.row(chat_id, CARD, card, now), act=Act.EDIT, message_id=shown.message_id)
                await outbox.put(tx, [replace(row, case_id=case.id, customer_id=customer.id, ref=shown.ref)])
            await pin_as_it_stands(tx, self.group, case, cards, now)

    async def show_card(self, tx: Tx, case: Case, customer: Customer, now: dt.datetime) -> None:
        """Put a case's card, as it stands, into the customer's topic."""
        card = self.card(case, customer, self.company.default_language, await self._names(tx, case))
        made = self.row(TOPIC, CARD, card, now)
        await outbox.put(tx, [replace(made, ref=card_ref(case.id), case_id=case.id, customer_id=customer.id)])

    async def names_for(self, tx: Tx, case: Case) -> Known:
        """Return what the case's card needs beside the case."""
        return await self._names(tx, case)

    def card(self, case: Case, customer: Customer, language: str, known: Known) -> Message:
        """Draw the case's card in a language."""
        return case_card(
            case,
            customer,
            words=self.words,
            labels=self.labels,
            language=language,
            names=known.names,
            merged=known.merged,
            clock=known.clock,
        )

    def header(self, customer: Customer, case_id: int | None, language: str) -> str:
        """Name customer and case in one line, for private chats where nothing else does."""
        name = display_name(customer, self.words, language)
        if case_id is None:
            return name
        return f"{name} · {self.words.plain('staff.number', language, number=case_id)}"

    def language_of(self, member: StaffMember) -> str:
        """Return the language in which a member reads."""
        return member.language or self.company.default_language

    def private_rows(
        self, row: Waiting, customer: Customer | None, members: Sequence[StaffMember], now: dt.datetime
    ) -> list[Waiting]:
        """Turn one row for the forum into rows for each reachable member's private chat."""
        rows = []
        for member in members:
            if not member.reachable or (row.kind == NOTICE and member.id == row.staff_id):
                continue
            header = self.header(customer, row.case_id, self.language_of(member)) if customer else ""
            private = replace(
                row,
                id=new_id(),
                chat_id=member.id,
                thread_id=None,
                message=headed(row.message, header),
                not_before=now,
                attempts=0,
                state=OutboxState.WAITING,
            )
            rows.append(private)
        return rows

    def to_group(self, key: str, now: dt.datetime, **values: object) -> Waiting:
        """Make a row that says one of our sentences to all staff in the group's General topic."""
        text = self.words.html(key, self.company.default_language, **values)
        return self.row(TOPIC, NOTICE, Message(text, html=True), now)

    async def to_members(self, tx: Tx, key: str, now: dt.datetime) -> list[Waiting]:
        """Make rows that say one of our sentences to each reachable member in private, in her language."""
        members = [member for member in await list_members(tx) if member.reachable]
        texts = [self.words.html(key, self.language_of(member)) for member in members]
        return [
            self.row(member.id, NOTICE, Message(text, html=True), now)
            for member, text in zip(members, texts, strict=True)
        ]

    def row(self, chat_id: int, kind: str, message: Message, now: dt.datetime) -> Waiting:
        """Make a plain row for staff."""
        return Waiting(
            id=new_id(),
            act=Act.SEND,
            chat_id=chat_id,
            lane=Lane.STAFF,
            kind=kind,
            message=message,
            created_at=now,
            not_before=now,
            on_unknown=OnUnknown.NEVER_MISS,
        )

    async def _tell(
        self,
        tx: Tx,
        customer: Customer,
        case_id: int | None,
        kind: str,
        ref: str,
        drawing: Drawing,
        now: dt.datetime,
        *,
        but: int | None = None,
    ) -> None:
        def row(language: str) -> Waiting | None:
            message = drawing(language)
            if message is None:
                return None
            made = self.row(TOPIC, kind, message, now)
            return replace(made, customer_id=customer.id, case_id=case_id, ref=ref, staff_id=but)

        if self.group is not None:
            if (made := row(self.company.default_language)) is not None:
                await outbox.put(tx, [made])
            return
        for member in await list_members(tx):
            if member.id != but and (made := row(self.language_of(member))) is not None:
                await outbox.put(tx, self.private_rows(made, customer, [member], now))

    async def _names(self, tx: Tx, case: Case) -> Known:
        named = {member for member in (case.owner_id, case.answering_id) if member is not None}
        running = (await clocks_of(tx, [case.id], only_unstopped=True)).get(case.id, [])
        names = await names_of(tx, named) if named else {}
        return Known(names, await merged_into(tx, case.id), nearest(running))
