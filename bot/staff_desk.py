"""
Staff's desk: what staff write and press, in the group and in their private chats, and who may.

What is not staff's comes back as False and goes on to the customer's side: staff may be customers too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping

from bot.forum_return import lose_group
from bot.pins import pin_open_cards
from bot.staff_care import EXPECTED as EXPECTED_TASK
from bot.staff_care import task_words
from bot.staff_cases import move_by_button
from bot.staff_commands import COMMANDS, TAPS
from bot.staff_coupons import EXPECTED_AMOUNT, EXPECTED_BACK, scanned, typed_amount, typed_mistake
from bot.staff_edits import edit_reply
from bot.staff_expects import expected_here, forget_expected
from bot.staff_group import Group, Lack, group_moved, look_at, pins_allowed, staff_group
from bot.staff_letters import write_letter
from bot.staff_log import log_words
from bot.staff_mutes import EXPECTED as EXPECTED_MUTE
from bot.staff_mutes import typed_reason
from bot.staff_replies import Answered, find_answered, reply, take_note, typed
from bot.staff_schedules import EXPECTED as EXPECTED_TIME
from bot.staff_schedules import typed_time
from bot.staff_sendings import EXPECTED as EXPECTED_REASON
from bot.staff_sendings import pass_on
from bot.staff_visit import NOTICE, StaffRoom, Visit
from domain.cases import Move
from domain.incoming import (
    Edited,
    Incoming,
    Membership,
    Moved,
    Place,
    Reaction,
    Sender,
    Service,
    Tap,
    TopicRenamed,
    Words,
)
from domain.languages import best_language
from domain.messages import Act, Lane, Message, Waiting
from domain.staff import Role, StaffMember
from store import outbox
from store.cases import case_by_id, standing_case
from store.customers import customer_by_id
from store.database import Tx, unhurried
from store.ids import new_id
from store.staff import find_member, ids_of_members, note_presence, set_reachable
from store.topics import Topic, find_former_topic, find_topic_at, name_topic

ANONYMOUS_ADMIN = 1087968824  # Telegram's one id for every group admin who hides her name

_TYPED: Mapping[str, Callable[[Visit, str, str], Awaitable[object]]] = {
    EXPECTED_MUTE: typed_reason,
    EXPECTED_TIME: typed_time,
    EXPECTED_TASK: task_words,
    EXPECTED_REASON: pass_on,
    EXPECTED_AMOUNT: typed_amount,
    EXPECTED_BACK: typed_mistake,
}
"""What takes the words that a member was asked for."""


class StaffDesk:
    """Hears staff. Every act is checked against the member's role and written into the audit log."""

    def __init__(self, room: StaffRoom, group: int | None, *, bot_id: int) -> None:
        self._room = room
        self._group = group
        self._bot_id = bot_id
        self._ids: tuple[Tx | None, frozenset[int]] = (None, frozenset())

    async def handle(self, tx: Tx, incoming: Incoming, now: dt.datetime) -> bool:
        """Handle what is staff's and return True; False leaves it to the customer's side."""
        match incoming:
            case Service():
                return False
            case Moved(place=place, new_chat_id=new):
                return await self._moved(tx, place, new, now)
            case TopicRenamed(place=place, name=name):
                return await self._renamed(tx, place, name)
            case Membership(place=Place(private=False)):
                return await self._joined_or_left(tx, incoming, now)
            case Reaction(place=place):
                return not place.private
            case Membership():
                if await self._is_member(tx, incoming.sender.id):
                    await set_reachable(tx, incoming.sender.id, incoming.present)
                return False
            case Words() | Edited() | Tap() if incoming.place.private:
                return await self._in_private(tx, incoming, now)
            case Words() | Edited() | Tap():
                with unhurried(tx):
                    await self._in_group(tx, incoming, now)
                return True

    async def _in_private(self, tx: Tx, incoming: Words | Edited | Tap, now: dt.datetime) -> bool:
        known = await self._is_member(tx, incoming.sender.id)
        member = await find_member(tx, incoming.sender.id) if known else None
        if member is None:
            if isinstance(incoming, Tap) and incoming.data.split(".")[0] in TAPS:
                await self._refuse(tx, incoming, "not_staff", now)
                return True
            return False
        with unhurried(tx):  # what staff ask may count a million customers
            visit = await self._visit(tx, member, incoming, now)
            match incoming:
                case Tap():
                    return await self._tap(visit, incoming)
                case Edited():
                    return await edit_reply(visit, incoming)
                case Words():
                    return await self._private_words(visit, incoming)

    async def _private_words(self, visit: Visit, words: Words) -> bool:
        if words.command:
            await forget_expected(visit.tx, visit.member)
            return await self._command(visit, words)
        if await typed(visit, words):
            return True
        answered = await find_answered(visit)
        if answered is not None:
            await reply(visit, answered, words)
            return True
        return await self._expected(visit, words)

    async def _in_group(self, tx: Tx, incoming: Words | Edited | Tap, now: dt.datetime) -> None:
        group = await staff_group(tx, self._group)
        if group is None or incoming.place.chat_id != group.chat_id or self._group is None:
            await self._in_strange_group(tx, incoming, now)
            return
        if group.lack is Lack.GONE:  # who hears something in it is in it
            await look_at(tx, now, now)
        sender = incoming.sender
        if sender.anonymous or sender.id == ANONYMOUS_ADMIN:
            await self._refuse(tx, incoming, "anonymous", now)
            return
        if sender.is_bot:
            return
        member = await find_member(tx, sender.id)
        visit = None if member is None else await self._visit(tx, member, incoming, now)
        if visit is None:
            in_topic = await self._topic(tx, incoming.place) is not None
            if in_topic or isinstance(incoming, Tap) or (isinstance(incoming, Words) and incoming.command):
                await self._refuse(tx, incoming, "not_staff", now)
            return
        match incoming:
            case Tap():
                if not await self._tap(visit, incoming):
                    await visit.toast("old_button")
            case Edited():
                await edit_reply(visit, incoming)
            case Words():
                await self._group_words(visit, incoming)

    async def _group_words(self, visit: Visit, words: Words) -> None:
        if words.command:
            if not await self._command(visit, words):
                await visit.say("no_such_command")
            return
        if await typed(visit, words) or await self._expected(visit, words):
            return
        answered = await find_answered(visit)
        if answered is not None:
            await reply(visit, answered, words)
        elif words.topic_by == self._bot_id and visit.topic is None:
            await visit.say("nobodys_topic")

    async def _expected(self, visit: Visit, words: Words) -> bool:
        expectation = expected_here(visit.member, visit.place, visit.now)
        if expectation is None:
            return False
        await forget_expected(visit.tx, visit.member)
        typing = _TYPED.get(expectation.what)
        if typing is not None:
            await typing(visit, expectation.argument, words.text)
            return True
        if expectation.what == "log":
            await log_words(visit, expectation.argument, words)
            return True
        if expectation.what == "letter":
            await write_letter(visit, expectation.argument, words)
            return True
        case = await case_by_id(visit.tx, int(expectation.argument)) if expectation.argument.isdigit() else None
        customer = await customer_by_id(visit.tx, case.customer_id) if case is not None else None
        if case is None or customer is None:
            return False
        match expectation.what:
            case "reply":
                await reply(visit, Answered(customer, await standing_case(visit.tx, case)), words)
            case "note":
                await take_note(visit, case, words.text)
            case "decline":
                await move_by_button(visit, case, Move.DECLINE, words.text)
            case _:
                return False
        return True

    async def _command(self, visit: Visit, words: Words) -> bool:
        command = COMMANDS.get(words.command)
        if command is None:
            return words.command == "start" and await scanned(visit, words.argument)
        if not visit.member.may(command.role):
            await visit.say("role_too_low", role=visit.plain(f"role.{command.role.value}"))
            return True
        await command.run(visit, words.argument)
        return True

    async def _tap(self, visit: Visit, tap: Tap) -> bool:
        kind, *rest = tap.data.split(".")
        button = TAPS.get(kind)
        if button is None:
            return False
        if visit.member.may(button.role):
            await button.run(visit, rest)
        else:
            await visit.toast("role_too_low", role=visit.plain(f"role.{button.role.value}"))
        await visit.toast()
        return True

    async def _visit(self, tx: Tx, member: StaffMember, incoming: Words | Edited | Tap, now: dt.datetime) -> Visit:
        sender = incoming.sender
        member = await note_presence(tx, member, sender.name, self._language(sender))
        topic = None if incoming.place.private else await self._topic(tx, incoming.place)
        return Visit(
            self._room,
            tx,
            member,
            incoming.place,
            now,
            topic,
            incoming.message_id,
            incoming.callback_id if isinstance(incoming, Tap) else "",
            incoming.reply_to if isinstance(incoming, Words) else None,
        )

    def _language(self, sender: Sender) -> str | None:
        return best_language(sender.language, self._room.company.languages) if sender.language else None

    async def _topic(self, tx: Tx, place: Place) -> Topic | None:
        """Return whose topic this is or, where she has got another since, was."""
        if place.thread_id is None:
            return None
        topic = await find_topic_at(tx, place.chat_id, place.thread_id)
        return topic or await find_former_topic(tx, place.chat_id, place.thread_id)

    async def _is_member(self, tx: Tx, staff_id: int) -> bool:
        """Say whether *staff_id* may be staff: asked once per transaction, since most that comes in is customers'."""
        if self._ids[0] is not tx:
            self._ids = (tx, await ids_of_members(tx))
        return staff_id in self._ids[1]

    async def _refuse(self, tx: Tx, incoming: Words | Edited | Tap, key: str, now: dt.datetime) -> None:
        """Say a plain sentence to somebody without rights."""
        if isinstance(incoming, Edited):
            return
        language = self._language(incoming.sender) or self._room.company.default_language
        refusal = self._room.words.plain(f"staff.toast.{key}", language)
        tapped = isinstance(incoming, Tap)
        row = Waiting(
            id=new_id(),
            act=Act.TOAST if tapped else Act.SEND,
            chat_id=incoming.place.chat_id,
            thread_id=incoming.place.thread_id,
            lane=Lane.STAFF,
            kind=NOTICE,
            message=Message(refusal, reply_to=None if tapped else incoming.message_id),
            created_at=now,
            not_before=now,
            callback_id=incoming.callback_id if isinstance(incoming, Tap) else "",
        )
        await outbox.put(tx, [row])

    async def _in_strange_group(self, tx: Tx, incoming: Words | Edited | Tap, now: dt.datetime) -> None:
        """Only a staff member who uses a command in another group gets an answer: how to make it the staff group."""
        if not isinstance(incoming, Words) or not incoming.command:
            return
        member = await find_member(tx, incoming.sender.id)
        if member is not None and member.may(Role.ADMIN):
            visit = Visit(self._room, tx, member, incoming.place, now)
            await visit.say("strange_group", chat_id=incoming.place.chat_id)

    async def _moved(self, tx: Tx, place: Place, new: int, now: dt.datetime) -> bool:
        group = await staff_group(tx, self._group)
        if group is not None and self._group is not None and place.chat_id == group.chat_id:
            await group_moved(tx, self._group, group, new, now)
        return True

    async def _renamed(self, tx: Tx, place: Place, name: str) -> bool:
        """Staff's own name for a topic is kept, whatever the customer's becomes."""
        topic = await self._topic(tx, place)
        if topic is not None and not topic.former and topic.name != name:
            await name_topic(tx, topic, "")
        return True

    async def _joined_or_left(self, tx: Tx, change: Membership, now: dt.datetime) -> bool:
        """The bot came in, went out, or has other rights now: what was lacking may be there."""
        group: Group | None = await staff_group(tx, self._group)
        if group is None or self._group is None or change.place.chat_id != group.chat_id:
            return True
        if not change.present:
            await lose_group(tx, self._room.line, group, Lack.GONE, now)
        elif group.lost:
            await look_at(tx, now, now)
        elif group.no_pins_until is not None:
            await pin_open_cards(tx, await pins_allowed(tx, self._group, group), now)
        return True
