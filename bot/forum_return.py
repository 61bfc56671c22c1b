"""The way back into the staff group: Telegram is asked whether it can be used, and open cards are shown there again."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping

from bot.cards import card_ref, lost_card_ref
from bot.forum import CARD, Forum
from bot.pins import MOST_SHOWN
from bot.staff_group import MOVED, TOPIC, Group, Lack, group_found, group_lost, staff_group
from domain.clock import Clock
from domain.messages import GivenUp, Outcome, Refusal, RetryAt, Sent, Unknown, Waiting
from store import outbox
from store.cases import case_by_id, count_cases, list_cases
from store.customers import customer_by_id, customers_by_id
from store.database import Database, Tx
from store.forum_lane import refs_under_way
from store.topics import bring_topics_back, know_message_as, messages_of

log = logging.getLogger(__name__)

Call = Callable[[str, Mapping[str, object]], Awaitable[object]]
Classify = Callable[[Exception], Outcome]


async def lose_group(tx: Tx, forum: Forum, group: Group, lack: Lack, now: dt.datetime) -> None:
    """Write in private from now on and look again later; staff are told once why, and what brings the group back."""
    assert forum.group is not None
    if group.lack is not lack:
        log.error("forum.group_lost", extra={"reason": lack.value})
        await outbox.put(tx, await forum.to_members(tx, f"forum.lost.{lack.value}", now))
    await group_lost(tx, forum.group, group, lack, now)


class ForumReturn:
    """Looks whether a group that could not be used can be used again. A look says nothing in the group."""

    def __init__(
        self, database: Database, forum: Forum, clock: Clock, call: Call, classify: Classify, bot_id: int
    ) -> None:
        self._database = database
        self._forum = forum
        self._clock = clock
        self._call = call
        self._classify = classify
        self._bot_id = bot_id

    async def look(self, row: Waiting) -> Outcome:
        """
        Carry out a look: take the group into use again, with a word and the open cards, or look again later.

        Nothing happens for a group that is in use, except that one that moved gets its cards.
        """
        async with self._database.read() as tx:
            group = await staff_group(tx, self._forum.group)
        if group is None or not (group.lost or row.ref == MOVED):
            return Sent(())
        found = await self._lack(group)
        if isinstance(found, RetryAt):
            return found
        async with self._database.write() as tx:
            known = await staff_group(tx, self._forum.group)
            if known is not None and self._forum.group is not None and known.chat_id == group.chat_id:
                await self._take(tx, self._forum.group, known, found)
        return Sent(())

    async def _take(self, tx: Tx, configured: int, group: Group, lack: Lack | None) -> None:
        now = self._clock.now()
        if lack is not None:
            await lose_group(tx, self._forum, group, lack, now)
            return
        log.info("forum.group_found")
        await group_found(tx, configured, group)
        count = sum(n for state, n in (await count_cases(tx)).items() if state.is_open)
        await outbox.put(tx, [self._forum.to_group("forum.back", now, n=count)])
        await self._bring_topics_back(tx, group)
        await self._show_open_cards(tx, group)

    async def _bring_topics_back(self, tx: Tx, group: Group) -> None:
        """
        Go on in topics of which Telegram said that they are gone, and that have no successor: they may be there still.

        One that is gone indeed is made anew when its next row is refused, and so are its cards.
        """
        now = self._clock.now()
        for topic in await bring_topics_back(tx, group.chat_id):
            customer = await customer_by_id(tx, topic.customer_id)
            cards = await messages_of(tx, lost_card_ref(topic.customer_id))
            for card in cards:
                if card.case_id is not None:
                    await know_message_as(tx, card.chat_id, card.message_id, card_ref(card.case_id))
            for case_id in {card.case_id for card in cards if card.case_id is not None}:
                case = await case_by_id(tx, case_id)
                if case is not None and customer is not None and not case.state.is_open:  # of open ones all are drawn
                    await self._forum.redraw(tx, case, customer, now)

    async def _show_open_cards(self, tx: Tx, group: Group) -> None:
        """Show every open case that has no card in the group; the cards that are there are brought up to date."""
        now = self._clock.now()
        cases = await list_cases(tx, limit=MOST_SHOWN)
        customers = await customers_by_id(tx, {case.customer_id for case in cases})
        under_way = await refs_under_way(tx, TOPIC, CARD)
        for case in cases:
            cards = [card for card in await messages_of(tx, card_ref(case.id)) if card.chat_id == group.chat_id]
            if cards:
                await self._forum.redraw(tx, case, customers[case.customer_id], now)
            elif card_ref(case.id) not in under_way:
                await self._forum.show_card(tx, case, customers[case.customer_id], now)

    async def _lack(self, group: Group) -> Lack | RetryAt | None:
        """Ask Telegram what the group lacks; None for nothing. A server without these methods is taken at its word."""
        try:
            chat = await self._call("getChat", {"chat_id": group.chat_id})
            me = await self._call("getChatMember", {"chat_id": group.chat_id, "user_id": self._bot_id})
        except Exception as error:
            match self._classify(error):
                case RetryAt() as later:
                    return later
                case Unknown(raw):
                    return RetryAt(2.0, flood=False, reason=raw)
                case GivenUp(reason=Refusal.CONTENT):
                    return None
                case _:
                    return Lack.GONE
        if not isinstance(chat, Mapping) or not isinstance(me, Mapping):
            return None
        if me.get("status") in {"left", "kicked"}:
            return Lack.GONE
        if not chat.get("is_forum"):
            return Lack.NO_FORUM
        return None if me.get("status") == "administrator" and me.get("can_manage_topics") else Lack.NO_RIGHTS
