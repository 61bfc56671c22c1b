"""Where a row for the forum goes when it is sent: the customer's topic, made, named or reopened as need be."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.cards import headed, lost_card_ref, plain_topic_name, topic_name
from bot.forum import WORDS, Forum
from bot.forum_mending import GENERAL, ForumMending, Verdict
from bot.forum_return import ForumReturn
from bot.staff_group import TOPIC, Group, staff_group, topics_given, topics_refused
from domain.clock import Clock
from domain.customers import Customer
from domain.messages import Act, GivenUp, Migrated, Outcome, Refusal, RetryAt, Sent, Unknown, Waiting
from store import outbox
from store.customers import customer_by_id
from store.database import Database, Tx
from store.forum_lane import join_waiting
from store.topics import Topic, find_topic, keep_topic, know_message_as, messages_of, name_topic

log = logging.getLogger(__name__)

Call = Callable[[str, Mapping[str, object]], Awaitable[object]]
Classify = Callable[[Exception], Outcome]

BEHIND = dt.timedelta(seconds=5)
"""Words that have waited for so long are joined with those of the same customer that wait behind them."""


class ForumTopics:
    """Finds and mends the way of staff's rows; the pump asks it before each call and after each outcome."""

    def __init__(
        self, database: Database, forum: Forum, clock: Clock, call: Call, classify: Classify, *, bot_id: int
    ) -> None:
        self._database = database
        self._forum = forum
        self._clock = clock
        self._call = call
        self._classify = classify
        self._closed: set[int] = set()  # threads to reopen; a restart merely finds them closed again
        self._mending = ForumMending(forum, self._closed)
        self._return = ForumReturn(database, forum, clock, call, classify, bot_id)

    async def resolve(self, row: Waiting) -> Waiting | Outcome:
        """
        Turn a row for "the customer's topic" into one for a chat and thread, making the topic when there is none.

        Returns an outcome instead when the group cannot be written to. Rows for real chats come back as they are. A
        new topic, a new name or a reopening costs one call to the group before the row's own. Words that have waited
        long take those behind them along.
        """
        if row.chat_id != TOPIC:
            return row
        if row.act is Act.LOOK:
            return await self._return.look(row)
        async with self._database.read() as tx:
            group = await staff_group(tx, self._forum.group)
            topic = await find_topic(tx, row.customer_id) if row.customer_id is not None else None
            customer = await customer_by_id(tx, row.customer_id) if row.customer_id is not None else None
        if group is None or group.lack is not None:
            return GivenUp(Refusal.GROUP_GONE, group.lack.value if group and group.lack else "no staff group")
        if topic is not None and topic.chat_id != group.chat_id:
            topic = None
        if customer is not None and topic is None and group.takes_topics(self._clock.now()):
            made = await self._make(group, customer)
            if not isinstance(made, Topic | None):
                return made
            topic = made
        elif customer is not None and topic is not None:
            await self._name(group, topic, customer)
        thread = topic.thread_id if topic is not None else None
        if (thread or GENERAL) in self._closed:
            trouble = await self._reopen(group, thread)
            if trouble is not None:
                return trouble
        row = replace(await self._joined(row), chat_id=group.chat_id, thread_id=thread)
        if customer is not None and topic is None:  # in General nothing but the name says whose it is
            header = self._forum.header(customer, row.case_id, self._forum.company.default_language)
            row = replace(row, message=headed(row.message, header))
        return row

    async def settled(self, tx: Tx, row: Waiting, outcome: Outcome, now: dt.datetime) -> Verdict:
        """See `ForumMending.settled`."""
        return await self._mending.settled(tx, row, outcome, now)

    async def ask_staff(self, tx: Tx, row: Waiting, raw: str, now: dt.datetime) -> None:
        """See `ForumMending.ask_staff`."""
        await self._mending.ask_staff(tx, row, raw, now)

    async def _joined(self, row: Waiting) -> Waiting:
        now = self._clock.now()
        if row.kind != WORDS or now - row.created_at < BEHIND:
            return row
        async with self._database.write() as tx:
            return await join_waiting(tx, row, TOPIC, now)

    async def _make(self, group: Group, customer: Customer) -> Topic | Outcome | None:
        """Make the customer's topic. None: Telegram takes no more of them, and staff have been told."""
        assert self._forum.group is not None
        words, language = self._forum.words, self._forum.company.default_language
        name = topic_name(customer, words, language)
        made = await self._ask("createForumTopic", group, {"name": name})
        if isinstance(made, GivenUp) and _is_about_name(made.raw):
            plain = plain_topic_name(customer, words, language)
            made = await self._ask("createForumTopic", group, {"name": plain})
        if isinstance(made, GivenUp) and made.reason is Refusal.CONTENT:
            if _is_no_forum(made.raw):
                return GivenUp(Refusal.NO_RIGHTS, made.raw)
            await self._no_topics(group, made.raw)
            return None
        if not isinstance(made, dict):
            return GivenUp(Refusal.NO_RIGHTS, "the group got no topic") if isinstance(made, Sent) else made
        topic = Topic(customer.id, group.chat_id, int(made["message_thread_id"]), name)
        async with self._database.write() as tx:
            await keep_topic(tx, topic)
            for card in await messages_of(tx, lost_card_ref(customer.id)):  # it has its successor in the new topic
                await know_message_as(tx, card.chat_id, card.message_id, f"case:{card.case_id}")
            await topics_given(tx, self._forum.group, group)
        log.info("forum.topic_made", extra={"customer": customer.id, "topic": topic.thread_id})
        return topic

    async def _no_topics(self, group: Group, raw: str) -> None:
        assert self._forum.group is not None
        now = self._clock.now()
        log.warning("forum.no_topics", extra={"reason": raw})
        async with self._database.write() as tx:
            await topics_refused(tx, self._forum.group, group, now)
            if group.no_topics_until is None:
                await outbox.put(tx, [self._forum.to_group("forum.no_topics", now)])

    async def _name(self, group: Group, topic: Topic, customer: Customer) -> None:
        """Bring the topic's name up to date with the customer's, unless staff have named it. It is tried once."""
        name = topic_name(customer, self._forum.words, self._forum.company.default_language)
        if topic.name in {"", name}:
            return
        named = await self._ask("editForumTopic", group, {"message_thread_id": topic.thread_id, "name": name})
        if isinstance(named, RetryAt):
            return
        async with self._database.write() as tx:
            await name_topic(tx, topic, name)

    async def _reopen(self, group: Group, thread: int | None) -> Outcome | None:
        """Reopen a topic that somebody closed; None when it is open now."""
        method, about = "reopenForumTopic", {"message_thread_id": thread}
        answer = await (self._ask(method, group, about) if thread else self._ask("reopenGeneralForumTopic", group, {}))
        if isinstance(answer, RetryAt | Migrated):
            return answer
        self._closed.discard(thread or GENERAL)
        if isinstance(answer, GivenUp) and answer.reason is not Refusal.CONTENT:
            return answer if answer.reason is not Refusal.TOPIC_GONE else None
        return None

    async def _ask(self, method: str, group: Group, params: Mapping[str, object]) -> dict[str, Any] | Outcome:
        """Make a call to the group: its answer as an object, or what else became of it."""
        try:
            answer = await self._call(method, {"chat_id": group.chat_id, **params})
        except Exception as error:
            outcome = self._classify(error)
            return RetryAt(2.0, flood=False, reason=outcome.raw) if isinstance(outcome, Unknown) else outcome
        return answer if isinstance(answer, dict) and answer.get("message_thread_id") else Sent(())


def _is_about_name(raw: str) -> bool:
    return "title" in raw.lower() or "topic name" in raw.lower()


def _is_no_forum(raw: str) -> bool:
    return "forum" in raw.lower() or "supergroup" in raw.lower()
