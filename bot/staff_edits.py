"""What staff change of a reply that they have written: its text, a caption, a file, or one part of an album."""

from __future__ import annotations

from dataclasses import replace

from bot.staff_replies import typed_head
from bot.staff_visit import Visit
from domain.contacts import ContactKind
from domain.incoming import Edited
from domain.messages import Act, Lane, Media, Message
from store import outbox
from store.customers import customer_by_id
from store.topics import change_waiting, drop_waiting_edits, find_message, is_on_its_way, messages_of


async def edit_reply(visit: Visit, edited: Edited) -> bool:
    """
    Bring the customer's copy of a reply up to date with the member's edit; False when *edited* is no reply of hers.

    A reply that still waits is changed before it goes; one that is just on its way has to be edited once more. What
    becomes of the change, and of its line on the timeline, `bot.reply_outcomes` sees.
    """
    theirs = await find_message(visit.tx, visit.place.chat_id, edited.message_id)
    if theirs is None or not theirs.ref.startswith("reply:") or theirs.customer_id is None:
        return not visit.place.private
    customer = await customer_by_id(visit.tx, theirs.customer_id)
    if customer is None or customer.chat_id is None:
        return True
    typed = typed_head(visit, edited.text)
    if typed is not None:
        edited = replace(edited, text=typed[2])
    known = await messages_of(visit.tx, theirs.ref)
    written = [each.message_id for each in known if each.chat_id == visit.place.chat_id]
    copies = [each.message_id for each in known if each.chat_id == customer.chat_id]
    place = written.index(edited.message_id)
    if copies:
        is_apart = len(written) == 1 < len(copies)  # its words came as a message of their own, below the file
        message = Message(edited.text, media=() if is_apart else _file(edited))
        copy = copies[-1] if is_apart else copies[min(place, len(copies) - 1)]
        await drop_waiting_edits(visit.tx, customer.chat_id, copy)
        row = visit.row(message, act=Act.EDIT, message_id=copy, ref=theirs.ref, customer_id=customer.id)
        row = replace(row, kind=ContactKind.STAFF_REPLY.value, case_id=theirs.case_id, staff_id=visit.member.id)
        await outbox.put(visit.tx, [replace(row, chat_id=customer.chat_id, thread_id=None, lane=Lane.REPLY)])
    else:
        row_id = int(theirs.ref.partition(":")[2])
        if not await change_waiting(visit.tx, row_id, lambda waiting: _with_edit(waiting, edited, place)):
            if await is_on_its_way(visit.tx, row_id):
                await visit.say("edit_again")
            else:
                await visit.send(Message(visit.room.words.html("replies.no_copy", visit.language), html=True))
            return True
    await visit.note("case.edit_reply", f"customer:{customer.id}")
    return True


def _file(edited: Edited) -> tuple[Media, ...]:
    return tuple(replace(file, size=None) for file in edited.media)


def _with_edit(waiting: Message, edited: Edited, place: int) -> Message:
    files = _file(edited)
    if len(waiting.media) < 2 or place >= len(waiting.media):
        return replace(waiting, text=edited.text, media=files or waiting.media)
    changed = replace(files[0] if files else waiting.media[place], caption=edited.text)
    return replace(waiting, media=(*waiting.media[:place], changed, *waiting.media[place + 1 :]))
