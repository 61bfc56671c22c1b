"""The pins of case cards in the staff forum: one for each open case, none for one that has ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from bot.cards import card_ref
from bot.staff_group import TOPIC, Group, staff_group
from bot.staff_visit import NOTICE
from domain.cases import Case
from domain.messages import Act, Lane, Message, Waiting
from store import outbox
from store.cases import list_cases
from store.database import Tx
from store.forum_lane import count_waiting
from store.ids import new_id
from store.topics import StaffMessage, drop_waiting_pin, messages_of, set_pinned

MOST_SHOWN = 200
"""How many open cases are brought back at once; those beyond come back with their next change."""
_FEW = 10
_EACH = dt.timedelta(seconds=3)  # what one message to a group takes at twenty a minute


async def pin_as_it_stands(
    tx: Tx, configured: int | None, case: Case, cards: Sequence[StaffMessage], now: dt.datetime
) -> None:
    """Pin the first of a case's *cards* in the group while the case is open, and unpin it once it has ended."""
    first = next((card for card in cards if card.chat_id < 0), None)
    if first is None or first.pinned is case.state.is_open:
        return
    group = await staff_group(tx, configured)
    if group is None or group.chat_id != first.chat_id:
        return
    if case.state.is_open:
        if group.may_pin(now):
            await _put(tx, first, Act.PIN, now)
    elif not await drop_waiting_pin(tx, first.chat_id, first.message_id):
        await _put(tx, first, Act.UNPIN, now)
    await set_pinned(tx, first.chat_id, first.message_id, case.state.is_open and group.may_pin(now))


async def pin_open_cards(tx: Tx, group: Group, now: dt.datetime) -> None:
    """Pin what could not be pinned before."""
    for case in await list_cases(tx, limit=MOST_SHOWN):
        cards = [card for card in await messages_of(tx, card_ref(case.id)) if card.chat_id == group.chat_id]
        if cards and not cards[0].pinned:
            await _put(tx, cards[0], Act.PIN, now)
            await set_pinned(tx, group.chat_id, cards[0].message_id, True)


async def _put(tx: Tx, card: StaffMessage, act: Act, now: dt.datetime) -> None:
    """A pin is worth less than a word: where much waits for the group, it goes after all of that."""
    behind = await count_waiting(tx, [TOPIC])
    at = now + behind * _EACH if behind > _FEW else now
    row = Waiting(
        new_id(),
        act,
        card.chat_id,
        Lane.SERVICE,
        NOTICE,
        Message(silent=True),
        created_at=now,
        not_before=at,
        message_id=card.message_id,
    )
    await outbox.put(tx, [replace(row, case_id=card.case_id)])
