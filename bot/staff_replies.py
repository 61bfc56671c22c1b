"""Answers of staff to customers: sent, kept inside as notes, edited later, and settled when nobody knows their fate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.cards import display_name, outgoing
from bot.staff_answering import end_answering
from bot.staff_customers import topic_link
from bot.staff_moving import tell_refusal
from bot.staff_visit import Visit, id_of
from dialogues.cases import Particulars, Refused, by_member, move_case
from dialogues.courtesy import unreachable_for
from domain.cases import Case, CaseState, Move
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.holds import Hold
from domain.incoming import Words
from domain.messages import Act, Lane, Message, OnUnknown, Refusal, Waiting
from store import outbox
from store.cases import case_by_id, cases_of, standing_case
from store.customers import customer_by_id
from store.ids import new_id
from store.outbox import Again
from store.topics import StaffMessage, find_message, keep_messages

_OURS = ("in:", "card:", "case:", "customer:", "lost_card:")  # answers to these go to their customer


_UNREACHABLE: Mapping[Hold | None, Refusal] = {
    Hold.LEFT_BOT: Refusal.BLOCKED,
    Hold.DEACTIVATED: Refusal.DEACTIVATED,
}


@dataclass(frozen=True, slots=True)
class Answered:
    """Whom a staff message answers: the customer, her case if one is meant, and her own message when it was quoted."""

    customer: Customer
    case: Case | None = None
    her_message_id: int | None = None


async def find_answered(visit: Visit) -> Answered | None:
    """
    Find out whom her words answer: the message that they quote, else the topic they stand in; None for nobody.

    In a topic the case is the member's own open one, else the newest open one, else the last that can be answered.
    """
    quoted = None
    if visit.quoted is not None and visit.quoted != visit.place.thread_id:
        quoted = await find_message(visit.tx, visit.place.chat_id, visit.quoted)
    if quoted is not None and quoted.customer_id is not None and quoted.ref.startswith(_OURS):
        customer = await customer_by_id(visit.tx, quoted.customer_id)
        if customer is None:
            return None
        case = await case_by_id(visit.tx, quoted.case_id) if quoted.case_id is not None else None
        case = await standing_case(visit.tx, case) if case is not None else None
        head, _, message_id = quoted.ref.rpartition(":")
        hers = int(message_id) if head.startswith("in:") else None
        return Answered(customer, case or await _case_meant(visit, customer), hers)
    if visit.topic is None:
        return None
    customer = await customer_by_id(visit.tx, visit.topic.customer_id)
    return None if customer is None else Answered(customer, await _case_meant(visit, customer))


async def _case_meant(visit: Visit, customer: Customer) -> Case | None:
    found = (await cases_of(visit.tx, [customer.id])).get(customer.id, [])
    open_ones = [case for case in found if case.state.is_open]
    own = [case for case in open_ones if case.owner_id == visit.member.id]
    answerable = [case for case in found if case.state in {CaseState.RESOLVED, CaseState.DECLINED}]
    return next(iter([*own, *open_ones, *answerable]), None)


async def reply(visit: Visit, answered: Answered, words: Words) -> None:
    """Send a member's words and files to the customer, and move the case on; or say why not."""
    message = outgoing(words, answered.her_message_id)
    if message is None:
        await visit.say("cannot_send_this")
        return
    sent = await send_reply(visit, answered, message, words.text)
    if sent is None:
        return
    number = sent.case.id if sent.case else None
    theirs = [
        StaffMessage(visit.place.chat_id, each, sent.ref, visit.now, sent.customer.id, number)
        for each in words.message_ids or (words.message_id,)
    ]
    await keep_messages(visit.tx, theirs)
    name = display_name(sent.customer, visit.room.words, visit.language)
    if words.live:
        first = visit.room.words.html("replies.first_place", visit.language, name=name)
        await visit.send(Message(first, html=True))
    if not visit.in_her_topic:
        link = await topic_link(visit, sent.customer) if visit.topic is not None else []
        key = "on_its_way_from_former" if link else "on_its_way"
        await visit.say(key, keyboard=(tuple(link),) if link else (), name=name, number=number)


@dataclass(frozen=True, slots=True)
class SentReply:
    """A reply that is on its way: to whom, in which case as it stands now, and how its messages are known (*ref*)."""

    customer: Customer
    case: Case | None
    ref: str


async def send_reply(visit: Visit, answered: Answered, message: Message, text: str) -> SentReply | None:
    """
    Send *message*, whose plain words are *text*, to the customer and move the case on; None when she is told why not.

    The row takes the lane of replies, and nobody's guess decides when its fate is unknown: staff are asked. Outside the
    customer's topic the colleagues are told what was answered.
    """
    customer, case = answered.customer, answered.case
    hold = unreachable_for(customer)
    if hold is not None or customer.chat_id is None:
        known = Hold.ENDED if hold is Hold.ENDED else _UNREACHABLE.get(hold, Refusal.NEVER_MET)
        reason = visit.plain(f"not_sent.{known.value}")
        name = display_name(customer, visit.room.words, visit.language)
        await visit.say("cannot_reach", name=name, reason=reason)
        return None
    if case is not None:
        moved = await _move(visit, case, Move.REPLY, text)
        if isinstance(moved, Refused):
            await tell_refusal(visit, moved, case)
            return None
        case = await end_answering(visit.tx, moved)
    row = _reply_row(visit, customer, case, message)
    await outbox.put(visit.tx, [row])
    if case is None:
        await visit.note("case.reply", f"customer:{customer.id}")
    else:
        await visit.room.line.case_changed(visit.tx, case, customer, "", visit.now)
    if not visit.in_her_topic:
        said = replace(message, text=f"{visit.member.name}: {text}", html=False, reply_to=None)
        case_id = case.id if case else None
        await visit.room.line.notify(visit.tx, customer, case_id, lambda _: said, visit.now, but=visit.member.id)
    return SentReply(customer, case, row.ref)


async def typed(visit: Visit, words: Words) -> bool:
    """Do what "reply 12 words" or "note 12 words" says, in any of our languages; False for anything else."""
    found = typed_head(visit, words.text)
    if found is None or not (found[2] or words.media):
        return False
    what, number, text = found
    case = await case_by_id(visit.tx, int(number))
    customer = await customer_by_id(visit.tx, case.customer_id) if case is not None else None
    if case is None or customer is None:
        await visit.say("no_such_case", number=number)
    elif what == "reply":
        answered = Answered(customer, await standing_case(visit.tx, case))
        await reply(visit, answered, replace(words, text=text))
    else:
        await take_note(visit, case, text)
    return True


def typed_head(visit: Visit, text: str) -> tuple[str, str, str] | None:
    """Read "reply 12 words" or "note 12 words": what it is, the case's number and the words; None for anything else."""
    head, _, rest = text.partition(" ")
    number, _, said = rest.strip().partition(" ")
    if not number.isdecimal() or len(number) > 18:
        return None
    for what in ("reply", "note"):
        heads = {what, *(label.casefold() for label in visit.room.words.every(f"staff.label.{what}").values())}
        if head.casefold() in heads:
            return what, number, said.strip()
    return None


async def note_command(visit: Visit, argument: str) -> None:
    """`/note words` in a customer's topic stays inside; elsewhere it needs the case's number first."""
    number, _, text = argument.partition(" ")
    if visit.topic is not None:
        found = (await cases_of(visit.tx, [visit.topic.customer_id])).get(visit.topic.customer_id, [])
        case = next((each for each in found if each.state.is_open), found[0] if found else None)
        await take_note(visit, case, argument)
    elif number.isdecimal() and len(number) <= 18 and (case := await case_by_id(visit.tx, int(number))) is not None:
        await take_note(visit, case, text)
    else:
        await visit.say("note_usage")


async def take_note(visit: Visit, case: Case | None, text: str) -> None:
    """Keep a member's words inside, in the case's history: the customer never sees them."""
    if not text.strip():
        await visit.say("note_empty")
        return
    if case is None:
        await visit.say("note_needs_case")
        return
    await _move(visit, case, Move.NOTE, text)
    await visit.say("noted", number=case.id)


async def settle_unknown(visit: Visit, rest: Sequence[str]) -> None:
    """A member decides about a reply of which nobody knows whether it arrived: send it again, or leave it."""
    row_id, choice = (id_of(rest[0]), rest[1]) if len(rest) == 2 else (None, "")
    row = await outbox.fetch_asked(visit.tx, row_id) if row_id is not None else None
    if row is None or choice not in {"again", "leave"}:
        await visit.toast("already_settled")
        await visit.clear_buttons()
        return
    if choice == "again":
        await outbox.settle(visit.tx, again=[Again(row.id, visit.now, row.attempts)])
    else:
        await outbox.settle(visit.tx, done=[row.id])
    await visit.note(f"reply.{choice}", f"customer:{row.customer_id}")
    await visit.clear_buttons()
    await visit.toast(f"reply_{choice}")


async def _move(visit: Visit, case: Case, move: Move, text: str) -> Case | Refused:
    """Make a move whose words are all that follows from it."""
    by, company = by_member(visit.member), visit.room.company
    return await move_case(visit.tx, company, case, move, by, now=visit.now, particulars=Particulars(text=text))


def _reply_row(visit: Visit, customer: Customer, case: Case | None, message: Message) -> Waiting:
    assert customer.chat_id is not None
    row_id = new_id()
    return Waiting(
        id=row_id,
        act=Act.SEND,
        chat_id=customer.chat_id,
        lane=Lane.REPLY,
        kind=ContactKind.STAFF_REPLY.value,
        message=message,
        created_at=visit.now,
        not_before=visit.now,
        customer_id=customer.id,
        case_id=case.id if case else None,
        staff_id=visit.member.id,
        on_unknown=OnUnknown.ASK_STAFF,
        ref=f"reply:{row_id}",
    )
