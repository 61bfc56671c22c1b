"""
Where a row for the forum goes when it is sent, and what heals the forum when Telegram refuses.

The forum is a view: a lost topic is made again, a closed one reopened, a lost group replaced by private chats.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.cards import card_ref, topic_name
from bot.forum import CARD, TOPIC, WORDS, Forum
from bot.staff_group import Group, group_lost, group_moved, staff_group
from bot.staff_visit import NOTICE
from dialogues.taps import short
from domain.clock import Clock
from domain.contacts import ContactKind
from domain.messages import Act, Button, GivenUp, Message, Migrated, Outcome, Refusal, RetryAt, Sent, Unknown, Waiting
from store import outbox
from store.cases import case_by_id, cases_of
from store.customers import customer_by_id
from store.database import Database, Tx
from store.staff import find_member, list_members, names_of, set_reachable
from store.topics import (
    StaffMessage,
    Topic,
    find_topic,
    forget_message,
    forget_topic,
    keep_messages,
    keep_topic,
    messages_of,
)

if TYPE_CHECKING:
    import datetime as dt

log = logging.getLogger(__name__)

Call = Callable[[str, Mapping[str, object]], Awaitable[object]]
Classify = Callable[[Exception], Outcome]

REPLY = ContactKind.STAFF_REPLY.value
KINDS = frozenset({CARD, WORDS, NOTICE, REPLY})
"""The kinds of rows whose outcome is looked at here: what staff are told, and what staff say to customers."""

_GROUP_TROUBLE = frozenset(
    {Refusal.GROUP_GONE, Refusal.NO_RIGHTS, Refusal.CHAT_GONE, Refusal.BLOCKED, Refusal.DEACTIVATED, Refusal.NEVER_MET}
)


class Verdict(enum.Enum):
    """What is to become of a row whose outcome was looked at here."""

    USUAL = "usual"  # as the outcome itself says
    AGAIN = "again"  # back to waiting: the way is mended
    DONE = "done"  # other rows have taken its place, or nothing is lost with it


class ForumTopics:
    """Finds and mends the way of staff's rows; the pump asks it before each call and after each outcome."""

    def __init__(self, database: Database, forum: Forum, clock: Clock, call: Call, classify: Classify) -> None:
        self._database = database
        self._forum = forum
        self._clock = clock
        self._call = call
        self._classify = classify
        self._closed: set[int] = set()  # threads to reopen; a restart merely finds them closed again

    async def resolve(self, row: Waiting) -> Waiting | Outcome:
        """
        Turn a row for "the customer's topic" into one for a chat and thread, making the topic when there is none.

        Returns an outcome instead when the group cannot be written to. Rows for real chats come back as they are. A
        new topic costs one call to the group before the row's own.
        """
        if row.chat_id != TOPIC:
            return row
        async with self._database.read() as tx:
            group = await staff_group(tx, self._forum.group, self._clock.now())
            topic = await find_topic(tx, row.customer_id) if row.customer_id is not None else None
            customer = await customer_by_id(tx, row.customer_id) if row.customer_id is not None else None
        if group is None or group.lost:
            return GivenUp(Refusal.GROUP_GONE, group.reason if group else "no staff group is configured")
        if customer is None:
            return replace(row, chat_id=group.chat_id, thread_id=None)
        if topic is not None and topic.chat_id == group.chat_id:
            if topic.thread_id in self._closed:
                trouble = await self._ask("reopenForumTopic", group, {"message_thread_id": topic.thread_id})
                if isinstance(trouble, RetryAt | Migrated):
                    return trouble
                self._closed.discard(topic.thread_id)
            return replace(row, chat_id=group.chat_id, thread_id=topic.thread_id)
        name = topic_name(customer, self._forum.words, self._forum.company.default_language)
        made = await self._ask("createForumTopic", group, {"name": name})
        if isinstance(made, Sent):
            return GivenUp(Refusal.NO_RIGHTS, "the group got no topic")
        if not isinstance(made, Topic):
            return made
        made = replace(made, customer_id=customer.id, name=name)
        async with self._database.write() as tx:
            await keep_topic(tx, made)
        log.info("forum.topic_made", extra={"customer": customer.id, "topic": made.thread_id})
        return replace(row, chat_id=group.chat_id, thread_id=made.thread_id)

    async def settled(self, tx: Tx, row: Waiting, outcome: Outcome, now: dt.datetime) -> Verdict:
        """
        Look at what became of a row for staff, in the transaction that records it, and mend what is broken.

        *row* is as it was claimed or as `resolve` returned it. A reply that does not reach its customer is told them.
        """
        if row.kind not in KINDS:
            return Verdict.USUAL
        if row.kind == REPLY:
            await self._reply_settled(tx, row, outcome, now)
            return Verdict.USUAL
        group = await staff_group(tx, self._forum.group, now)
        in_group = group is not None and row.chat_id in {TOPIC, group.chat_id}
        match outcome:
            case Sent(message_ids):
                await self._sent(tx, row, group if in_group else None, message_ids, now)
            case Migrated(chat_id) if in_group and group is not None and self._forum.group is not None:
                await group_moved(tx, self._forum.group, group.chat_id, chat_id)
                log.warning("forum.group_moved", extra={"chat": chat_id})
                return Verdict.DONE if row.message_id is not None else Verdict.AGAIN
            case GivenUp() if row.act is not Act.SEND:
                return await self._act_refused(tx, row, outcome, now)
            case GivenUp() if in_group and group is not None:
                return await self._group_refused(tx, row, group, outcome, now)
            case GivenUp(reason):
                await self._private_refused(tx, row, reason, now)
                return Verdict.DONE
            case Unknown() | RetryAt() | Migrated():
                pass
        return Verdict.USUAL

    async def ask_staff(self, tx: Tx, row: Waiting, _raw: str, now: dt.datetime) -> None:
        """Ask staff what to do about a reply of which nobody knows whether it arrived: send it again, or leave it."""
        rows = (("send_again", "again"), ("leave", "leave"))

        def question(language: str) -> Message:
            words = self._forum.words
            buttons = [
                Button(words.plain(f"staff.label.{key}", language), f"o.{short(row.id)}.{what}") for key, what in rows
            ]
            text = words.html("staff.nobody_knows", language, who=who, name=name)
            return Message(text, html=True, keyboard=(tuple(buttons),))

        customer = await customer_by_id(tx, row.customer_id) if row.customer_id is not None else None
        if customer is None:
            return
        who, name = await self._who(tx, row), customer.name
        await self._forum.notify(tx, customer, row.case_id, question, now)

    async def _reply_settled(self, tx: Tx, row: Waiting, outcome: Outcome, now: dt.datetime) -> None:
        """Remember which message of the customer's chat a reply became, or say that it did not reach her."""
        customer = await customer_by_id(tx, row.customer_id) if row.customer_id is not None else None
        if customer is None or row.act is not Act.SEND:
            return
        match outcome:
            case Sent(message_ids):
                await keep_messages(
                    tx,
                    [
                        StaffMessage(row.chat_id, each, row.ref, now, row.customer_id, row.case_id)
                        for each in message_ids
                    ],
                )
            case GivenUp(reason):
                who, name, words = await self._who(tx, row), customer.name, self._forum.words

                def news(language: str) -> Message:
                    why = words.plain(f"staff.not_sent.{reason.value}", language)
                    return Message(
                        words.html("staff.not_delivered", language, who=who, name=name, reason=why), html=True
                    )

                await self._forum.notify(tx, customer, row.case_id, news, now)
            case _:
                pass

    async def _who(self, tx: Tx, row: Waiting) -> str:
        names = await names_of(tx, [row.staff_id]) if row.staff_id is not None else {}
        return names.get(row.staff_id or 0, "")

    async def _ask(self, method: str, group: Group, params: dict[str, object]) -> Topic | Outcome:
        try:
            answer = await self._call(method, {"chat_id": group.chat_id, **params})
        except Exception as error:
            outcome = self._classify(error)
            if isinstance(outcome, GivenUp) and outcome.reason not in _GROUP_TROUBLE | {Refusal.TOKEN}:
                # "the chat is not a forum", "topics limit": the group is there, but not of use
                return GivenUp(Refusal.NO_RIGHTS, outcome.raw)
            if isinstance(outcome, Unknown):
                return RetryAt(2.0, flood=False, reason=outcome.raw)
            return outcome
        thread = answer.get("message_thread_id") if isinstance(answer, dict) else None
        return Topic(0, group.chat_id, int(thread), "") if thread else Sent(())

    async def _sent(
        self, tx: Tx, row: Waiting, group: Group | None, message_ids: tuple[int, ...], now: dt.datetime
    ) -> None:
        if row.act is not Act.SEND or not row.ref:
            return
        chat_id = group.chat_id if group is not None else row.chat_id
        kept = [StaffMessage(chat_id, each, row.ref, now, row.customer_id, row.case_id) for each in message_ids]
        await keep_messages(tx, kept)
        if row.kind != CARD or row.case_id is None or row.customer_id is None or not message_ids:
            return
        if group is not None:
            pin = self._forum.row(chat_id, NOTICE, Message(silent=True), now)
            await outbox.put(tx, [replace(pin, act=Act.PIN, message_id=message_ids[0], thread_id=row.thread_id)])
        case, customer = await case_by_id(tx, row.case_id), await customer_by_id(tx, row.customer_id)
        if case is None or customer is None:
            return
        member = None if group is not None else await find_member(tx, chat_id)
        language = self._forum.language_of(member) if member else self._forum.company.default_language
        if self._forum.card(case, customer, language, await self._forum.names_for(tx, case)) != row.message:
            await self._forum.redraw(tx, case, customer, now)

    async def _act_refused(self, tx: Tx, row: Waiting, refused: GivenUp, now: dt.datetime) -> Verdict:
        """A pin, an edit or a toast failed: only a card that is gone matters, and it is made anew."""
        log.info("forum.act_refused", extra={"act": row.act.value, "reason": refused.reason.value})
        if row.act is not Act.EDIT or row.kind != CARD or row.case_id is None or row.customer_id is None:
            return Verdict.DONE
        if row.message_id is not None:
            await forget_message(tx, row.chat_id, row.message_id)
        case, customer = await case_by_id(tx, row.case_id), await customer_by_id(tx, row.customer_id)
        if case is not None and customer is not None and case.state.is_open:
            in_group = row.chat_id < 0
            anew = self._forum.row(TOPIC if in_group else row.chat_id, CARD, row.message, now)
            anew = replace(anew, ref=card_ref(case.id), case_id=case.id, customer_id=customer.id)
            await outbox.put(tx, [anew])
        return Verdict.DONE

    async def _group_refused(self, tx: Tx, row: Waiting, group: Group, refused: GivenUp, now: dt.datetime) -> Verdict:
        topic = await find_topic(tx, row.customer_id) if row.customer_id is not None else None
        match refused.reason:
            case Refusal.TOPIC_GONE if topic is not None:
                log.warning("forum.topic_lost", extra={"customer": topic.customer_id})
                await forget_topic(tx, topic.customer_id, topic.thread_id)
                await self._show_cards_again(tx, topic, row, now)
                return Verdict.AGAIN
            case Refusal.TOPIC_CLOSED if topic is not None and topic.thread_id not in self._closed:
                self._closed.add(topic.thread_id)
                return Verdict.AGAIN
            case Refusal.TOKEN:
                return Verdict.USUAL
            case Refusal.CONTENT if row.message.media:
                log.error("forum.file_refused", extra={"case": row.case_id})
                await outbox.put(tx, [self._without_files(row, now)])
                return Verdict.DONE
            case Refusal.CONTENT:
                log.error("forum.message_refused", extra={"case": row.case_id, "kind": row.kind})
                return Verdict.USUAL
            case _:
                assert self._forum.group is not None
                if not group.lost:
                    log.error("forum.group_lost", extra={"reason": refused.reason.value})
                    await group_lost(tx, self._forum.group, group, refused.raw, now)
                await self._to_private_chats(tx, row, now)
                return Verdict.DONE

    async def _show_cards_again(self, tx: Tx, lost: Topic, row: Waiting, now: dt.datetime) -> None:
        """Put the cards that went with the lost topic into the new one, except the one that is on its way anyway."""
        customer = await customer_by_id(tx, lost.customer_id)
        open_cases = (await cases_of(tx, [lost.customer_id], only_open=True)).get(lost.customer_id, [])
        for case in reversed(open_cases):
            shown = [each for each in await messages_of(tx, card_ref(case.id)) if each.chat_id == lost.chat_id]
            for each in shown:
                await forget_message(tx, each.chat_id, each.message_id)
            if shown and customer is not None and row.ref != card_ref(case.id):
                names = await self._forum.names_for(tx, case)
                card = self._forum.card(case, customer, self._forum.company.default_language, names)
                anew = self._forum.row(TOPIC, CARD, card, now)
                anew = replace(anew, ref=card_ref(case.id), case_id=case.id, customer_id=customer.id)
                await outbox.put(tx, [anew])

    async def _to_private_chats(self, tx: Tx, row: Waiting, now: dt.datetime) -> None:
        customer = await customer_by_id(tx, row.customer_id) if row.customer_id is not None else None
        rows = self._forum.private_rows(row, customer, await list_members(tx), now)
        if not rows:
            log.error("forum.nobody_reachable", extra={"case": row.case_id})
        await outbox.put(tx, rows)

    async def _private_refused(self, tx: Tx, row: Waiting, reason: Refusal, now: dt.datetime) -> None:
        if reason is Refusal.CONTENT and row.message.media:
            log.error("staff.file_refused", extra={"staff": row.chat_id, "case": row.case_id})
            await outbox.put(tx, [replace(self._without_files(row, now), chat_id=row.chat_id)])
        if reason in {Refusal.BLOCKED, Refusal.DEACTIVATED, Refusal.NEVER_MET, Refusal.CHAT_GONE}:
            log.warning("staff.unreachable", extra={"staff": row.chat_id, "reason": reason.value})
            await set_reachable(tx, row.chat_id, False)

    def _without_files(self, row: Waiting, now: dt.datetime) -> Waiting:
        language = self._forum.company.default_language
        lost = self._forum.words.plain("staff.file_not_passed", language)
        text = f"{row.message.text}\n{lost}".strip()
        return replace(
            self._forum.row(TOPIC, row.kind, Message(text), now),
            ref=row.ref,
            case_id=row.case_id,
            customer_id=row.customer_id,
        )
