"""
The conductor: a batch of what customers sent becomes, in the caller's one transaction, contacts, answers and replies.

Customers are loaded together and heard in order. It decides everything and sends nothing.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence
from typing import Any

from dialogues.courtesy import hold_for, situations
from dialogues.due import expires_at, put_off
from dialogues.engine import correct
from dialogues.library import Library
from dialogues.listening import Listening
from dialogues.menu import Menu
from dialogues.running import Running
from dialogues.speaking import Speaker
from dialogues.staff_line import StaffLine
from dialogues.standing import answer_by
from dialogues.turn import Conversation, Turn
from domain.cases import Case
from domain.company import Company
from domain.contacts import Contact, ContactKind
from domain.customers import Customer, Reach
from domain.dialogues import RunState
from domain.holds import Hold
from domain.incoming import Edited, Incoming, Membership, Reaction, Tap, Words
from domain.loyalty import Loyalty
from store.cases import case_by_id, cases_of, standing_case
from store.contacts import contact_by_message, edit_contact, keep_reaction
from store.customers import customers_by_chat, customers_by_id, meet
from store.database import Tx
from store.facts import known_facts
from store.holds import keep_hold_once
from store.runs import change_runs, open_runs, runs_by_id
from store.signals import raise_blocked
from templates.words import Words as Texts

Personal = Words | Edited | Tap | Membership | Reaction


class Conductor:
    """Keeps the company's side of the conversation with customers in their private chats."""

    def __init__(
        self, company: Company, library: Library, words: Texts, staff_line: StaffLine, loyalty: Loyalty | None = None
    ) -> None:
        self.company = company
        self.library = library
        speaker = Speaker(words, company.languages)
        self.running = Running(company, library, speaker, staff_line, loyalty)
        self.menu = Menu(self.running)
        self.listening = Listening(self.running, self.menu)

    async def handle(self, tx: Tx, batch: Sequence[Incoming], now: dt.datetime) -> None:
        """
        Hear *batch* in order and store all that follows from it.

        Only what comes from private chats is a customer's; anything else is left alone.
        """
        personal = [one for one in batch if isinstance(one, Personal) and one.place.private and not one.sender.is_bot]
        if not personal:
            return
        turn = Turn(now)
        conversations = await self._conversations(tx, personal, now)
        for incoming in personal:
            conversation = conversations[incoming.place.chat_id]
            await self._hear(tx, turn, conversation, incoming)
        await turn.flush(tx)

    def relearn(self) -> None:
        """Make anew what was made of the words, after other ones were taken into use."""
        self.running.relearn()
        self.listening.relearn()

    async def start(
        self,
        tx: Tx,
        customer_id: int,
        script_id: str,
        started_by: str,
        now: dt.datetime,
        wave_id: int | None = None,
        case_id: int | None = None,
    ) -> int | Hold:
        """
        Start a dialogue with a customer who has met the bot; return the run's id, or why it must not start now.

        Starts of our own making ask the courtesy budget; one by staff ("staff:ID") only asks whether she can be
        reached. Raises LookupError for a script that does not exist.
        """
        script = self.library.get(script_id)
        if script is None:
            raise LookupError(f"{script_id}: no such dialogue; `vuoro check` lists those that there are")
        situation = (await situations(tx, [customer_id], now)).get(customer_id)
        if situation is None:
            return Hold.ERASED
        by_staff = started_by.startswith("staff:")
        decision = hold_for(situation, script.purpose, self.company.courtesy, self.company.timezone, now)
        if decision is not None and (not by_staff or not decision.hold.passes):
            return decision.hold
        conversation = await self._conversation_of(tx, customer_id, now)
        if conversation.dialogue is not None and not by_staff:  # a small question makes way
            return Hold.IN_DIALOGUE
        turn = Turn(now)
        kind = ContactKind.SURVEY if script.survey else ContactKind.SERVICE
        run = await self.running.begin(
            tx, turn, conversation, script, started_by, kind=kind, wave_id=wave_id, case_id=case_id
        )
        await turn.flush(tx)
        return run.id

    async def remind(self, tx: Tx, run_id: int, now: dt.datetime) -> bool:
        """
        Remind of an open question that is due. False when nothing was due any more, or when it must not be now.

        A reminder is something that we start: it asks the whole courtesy budget. One that is held is put off until
        the hold ends, or left out where it does not end by itself, and the reason is kept.
        """
        found = await self._due(tx, run_id, now)
        if found is None:
            return False
        conversation, turn = found
        run = next(run for run in conversation.runs if run.id == run_id)
        script = await self.running.script_of(tx, run)
        situation = (await situations(tx, [run.customer_id], now))[run.customer_id]
        against = () if script.purpose is None else (script.purpose,)
        courtesy, zone = self.company.courtesy, self.company.timezone
        decision = hold_for(situation, None, courtesy, zone, now, objections=against)
        if decision is not None:
            await keep_hold_once(
                tx, run.customer_id, ContactKind.REMINDER.value, decision.hold, f"run:{run.id}.{run.reminders + 1}", now
            )
            await change_runs(tx, [put_off(script, run, decision.until if decision.hold.passes else None)])
            return False
        await self.running.remind(tx, turn, conversation, run)
        await turn.flush(tx)
        return True

    async def expire(self, tx: Tx, run_id: int, now: dt.datetime) -> bool:
        """End an open run whose time is over. False when it is not over, or ended meanwhile."""
        found = await self._due(tx, run_id, now)
        if found is None:
            return False
        conversation, turn = found
        run = next(run for run in conversation.runs if run.id == run_id)
        ends = expires_at(await self.running.script_of(tx, run), run)
        if ends is None or ends > now:
            return False
        await self.running.expire(tx, turn, conversation, run)
        await turn.flush(tx)
        return True

    async def _due(self, tx: Tx, run_id: int, now: dt.datetime) -> tuple[Conversation, Turn] | None:
        run = (await runs_by_id(tx, [run_id])).get(run_id)
        if run is None or run.state is not RunState.OPEN or run.due_at is None or run.due_at > now:
            return None
        return await self._conversation_of(tx, run.customer_id, now), Turn(now)

    async def _hear(self, tx: Tx, turn: Turn, conversation: Conversation, incoming: Personal) -> None:
        if not isinstance(incoming, Membership):
            self._welcome_back(turn, conversation, incoming.sender.language)
        if conversation.customer.ended_at is not None and isinstance(incoming, Words | Tap | Edited):
            turn.change(conversation.customer.id, ended_at=None)
            conversation.customer = dataclasses.replace(conversation.customer, ended_at=None)
        match incoming:
            case Words():
                turn.change(conversation.customer.id, last_in_at=incoming.at)
                await self.listening.words(tx, turn, conversation, incoming)
            case Tap():
                await self.listening.tap(tx, turn, conversation, incoming)
            case Edited():
                await turn.flush(tx)
                await self._edited(tx, turn, conversation, incoming)
            case Reaction():
                await keep_reaction(tx, conversation.customer.id, incoming.message_id, incoming.emoji, turn.now)
            case Membership():
                reach = Reach.REACHABLE if incoming.present else Reach.BLOCKED
                if reach is Reach.BLOCKED and conversation.customer.chat_id is not None:
                    await raise_blocked(tx, [conversation.customer.chat_id], turn.now)
                turn.change(conversation.customer.id, reach=reach.value)
                conversation.customer = dataclasses.replace(conversation.customer, reach=reach)

    async def _edited(self, tx: Tx, turn: Turn, conversation: Conversation, edited: Edited) -> None:
        """Keep both versions; an answer to an open question gets a new version, and staff see the change."""
        contact = await contact_by_message(tx, conversation.customer.id, edited.message_id)
        if contact is None:
            return
        text, media = contact.edited(edited.message_id, edited.text, edited.media)
        is_other_file = contact.has_other_file(edited.message_id, edited.media)
        if contact.text == text and not is_other_file:
            return
        await edit_contact(tx, contact, text, turn.now, media if media != contact.media else None)
        edited = dataclasses.replace(edited, text=text)
        running = self.running
        run = next((run for run in conversation.runs if run.id == contact.run_id), None)
        if run is not None:
            words = Words(**{name: getattr(edited, name) for name in _SHARED})
            script = await running.script_of(tx, run)
            setting = running.setting_of(conversation)
            asked = contact.question or ""
            answer = correct(script, run, words, setting, turn.now, before=contact.text, asked=asked)
            if answer is not None:
                await running.corrected(tx, turn, conversation, run, answer)
                return
            if answer_by(run, edited.message_id) is not None:
                running.tell(turn, conversation, "dialogue.edit_missed", run_id=run.id)
                return
        case = await self._case_of(tx, contact) or next(iter(conversation.cases), None)
        edited = dataclasses.replace(edited, media=edited.media if is_other_file else ())
        if contact.kind in {ContactKind.WORDS, ContactKind.ANSWER} and (case is not None or run is None):
            if await running.floods.keeps(tx, turn, conversation, is_new=False) is not None:
                return
            await running.staff_line.customer_edited(tx, conversation.customer, edited, contact.text, case, turn.now)

    async def _case_of(self, tx: Tx, contact: Contact) -> Case | None:
        """Return the case that a contact belongs to, open or not: an edit opens none again."""
        case = await case_by_id(tx, contact.case_id) if contact.case_id is not None else None
        return None if case is None else await standing_case(tx, case)

    def _welcome_back(self, turn: Turn, conversation: Conversation, language: str | None) -> None:
        """Any word from her shows that she can be reached again; where no language of hers is known, Telegram's is."""
        if conversation.customer.reach is Reach.REACHABLE:
            return
        language = conversation.customer.language or language
        turn.change(
            conversation.customer.id,
            reach=Reach.REACHABLE.value,
            met_at=conversation.customer.met_at or turn.now,
            language=language,
        )
        conversation.customer = dataclasses.replace(conversation.customer, reach=Reach.REACHABLE, language=language)

    async def _conversations(self, tx: Tx, batch: Sequence[Personal], now: dt.datetime) -> dict[int, Conversation]:
        """Return the conversation of each private chat in *batch*, meeting those who write for the first time."""
        chats = list(dict.fromkeys(one.place.chat_id for one in batch))
        known = await customers_by_chat(tx, chats)
        new = {one.place.chat_id: one.sender for one in batch if one.place.chat_id not in known}
        if new:
            await meet(tx, new, now)
            known |= await customers_by_chat(tx, new)
        found = await self._conversations_of(tx, {who.id: who for who in known.values()}, now)
        return {chat: found[who.id] for chat, who in known.items()}

    async def _conversation_of(self, tx: Tx, customer_id: int, now: dt.datetime) -> Conversation:
        customers = await customers_by_id(tx, [customer_id])
        return (await self._conversations_of(tx, customers, now))[customer_id]

    async def _conversations_of(
        self, tx: Tx, customers: Mapping[int, Customer], now: dt.datetime
    ) -> dict[int, Conversation]:
        runs = await open_runs(tx, customers)
        cases = await cases_of(tx, customers, only_open=True)
        facts = await known_facts(tx, customers)
        return {
            who: Conversation(
                customer,
                runs.get(who, []),
                cases.get(who, []),
                {fact.name: fact.value for fact in facts.get(who, [])},
                {"now": now.astimezone(self._zone_of(customer)), "languages": self.company.languages},
            )
            for who, customer in customers.items()
        }

    def _zone_of(self, customer: Customer) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(customer.timezone or self.company.timezone)


_SHARED: tuple[Any, ...] = ("update_id", "sender", "place", "at", "message_id", "text", "media")
