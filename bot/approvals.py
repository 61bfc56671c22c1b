"""
Asking for approval of a sending: whoever may give it sees the message itself and its numbers, and approves just that.

The same from Telegram and from the command line. Nothing is decided here; the buttons are.
"""

from __future__ import annotations

import datetime as dt

from bot.staff_costs import cost_line
from bot.staff_previews import previews_of
from bot.staff_progress import sending_tap, who_does_not
from bot.staff_visit import StaffRoom, to_member
from domain.messages import Button, Keyboard, Message
from domain.newsletters import Sending
from domain.staff import Role, StaffMember
from store import outbox
from store.database import Tx
from store.staff import find_member, list_members

_NEXT_TO = (("approve", "start"), ("decline", "decline"))


async def ask_others(
    tx: Tx, room: StaffRoom, sending: Sending, by: StaffMember, count: int, now: dt.datetime, *, left_out: int = 0
) -> int:
    """
    Show *sending* to every other manager whom the bot can reach, with the buttons that approve it and decline it.

    *count* customers would get it and *left_out* of its audience would not. The buttons carry the sending's version, so
    what they approve is what is shown. Return how many were asked; 0 says that nobody can approve it in Telegram.
    """
    asked = 0
    for member in await list_members(tx):
        if member.id == by.id or not member.reachable or not member.may(Role.MANAGER):
            continue
        previews, _ = await previews_of(tx, room, sending, member, now)
        language = member.language or room.company.default_language
        request = await _request(tx, room, sending, by, language, count, left_out)
        await outbox.put(tx, [to_member(member.id, message, now) for message in (*previews, request)])
        asked += 1
    return asked


async def tell_author(tx: Tx, room: StaffRoom, sending: Sending, by: StaffMember, words: str, now: dt.datetime) -> bool:
    """
    Tell who made *sending* that *by* declined it, with her *words* where she wrote any; False when nobody can be told.

    Where a slot of its schedule made it, all other managers are told: they had been asked.
    """
    if sending.created_by is None:
        return await _tell_managers(tx, room, sending, by, words, now)
    author = await find_member(tx, sending.created_by)
    if author is None or author.id == by.id or not author.reachable:
        return False
    language = author.language or room.company.default_language
    title = await room.newsletters.title_of(tx, sending)
    text = room.words.html("sendings.declined", language, name=by.name, title=title, words=words)
    look = Button(room.words.plain("sendings.label.look", language), sending_tap(sending, "look"))
    await outbox.put(tx, [to_member(author.id, Message(text, html=True, keyboard=((look,),)), now)])
    return True


async def _tell_managers(
    tx: Tx, room: StaffRoom, sending: Sending, by: StaffMember, words: str, now: dt.datetime
) -> bool:
    title = await room.newsletters.title_of(tx, sending)
    when = {"due_at": sending.due_at, "zone": room.company.timezone}
    rows = []
    for member in await list_members(tx):
        if member.id == by.id or not member.reachable or not member.may(Role.MANAGER):
            continue
        language = member.language or room.company.default_language
        text = room.words.html("sendings.declined_slot", language, name=by.name, title=title, words=words, **when)
        rows.append(to_member(member.id, Message(text, html=True), now))
    await outbox.put(tx, rows)
    return bool(rows)


async def _request(
    tx: Tx, room: StaffRoom, sending: Sending, by: StaffMember, language: str, count: int, left_out: int
) -> Message:
    text = room.words.html(
        "sendings.approve",
        language,
        name=by.name,
        title=await room.newsletters.title_of(tx, sending),
        n=count,
        left_out=left_out,
        audience=sending.audience,
        due_at=sending.due_at,
        zone=room.company.timezone,
    )
    keyboard: Keyboard = tuple(
        (Button(room.words.plain(f"staff.label.{label}", language), sending_tap(sending, move)),)
        for label, move in _NEXT_TO
    )
    if left_out:
        keyboard = (*keyboard, (who_does_not(sending, room.words, language),))
    return Message(text + cost_line(room, sending, count, language), html=True, keyboard=keyboard)
