"""
What heals the staff forum when Telegram refuses: topics are made again, cards shown again, and a lost group is replaced
by private chats until a look finds it usable.
"""

from __future__ import annotations

import datetime as dt
import enum
import logging
from dataclasses import replace

from bot.cards import card_ref, lost_card_ref
from bot.forum import CARD, WORDS, Forum
from bot.forum_return import lose_group
from bot.pins import pin_as_it_stands
from bot.reply_outcomes import ReplyOutcomes, alone
from bot.speech import plain
from bot.staff_group import (
    LOOK,
    TOPIC,
    Group,
    group_moved,
    lack_of,
    pins_refused,
    staff_group,
)
from bot.staff_visit import NOTICE
from domain.contacts import ContactKind
from domain.messages import (
    Act,
    GivenUp,
    Message,
    Migrated,
    OutboxState,
    Outcome,
    Refusal,
    RetryAt,
    Sent,
    Unknown,
    Waiting,
)
from store import outbox
from store.cases import case_by_id, cases_of
from store.customers import customer_by_id
from store.database import Tx
from store.forum_lane import as_put_in
from store.ids import new_id
from store.staff import find_member, list_members, set_reachable
from store.topics import (
    StaffMessage,
    Topic,
    find_topic_at,
    forget_message,
    forget_topic,
    keep_messages,
    know_message_as,
    messages_of,
    set_pinned,
)

log = logging.getLogger(__name__)

REPLY = ContactKind.STAFF_REPLY.value
KINDS = frozenset({CARD, WORDS, NOTICE, REPLY, LOOK})
"""The kinds of rows whose outcome is looked at here: what staff are told, and what staff say to customers."""

GENERAL = 0  # stands for the General topic among closed ones
_MOST_REPAIRS = 4
_NOBODY_WAITS = dt.timedelta(minutes=10)
_GROUP_TROUBLE = frozenset(
    {Refusal.GROUP_GONE, Refusal.NO_RIGHTS, Refusal.CHAT_GONE, Refusal.BLOCKED, Refusal.DEACTIVATED, Refusal.NEVER_MET}
)
_UNREACHABLE = frozenset({Refusal.BLOCKED, Refusal.DEACTIVATED, Refusal.NEVER_MET, Refusal.CHAT_GONE})


class Verdict(enum.Enum):
    """What is to become of a row whose outcome was looked at here."""

    USUAL = "usual"  # as the outcome itself says
    AGAIN = "again"  # back to waiting: the way is mended
    DONE = "done"  # other rows have taken its place, or nothing is lost with it


class ForumMending:
    """Looks at every outcome of staff's rows; *closed* are the topics that are to be reopened before the next row."""

    def __init__(self, forum: Forum, closed: set[int]) -> None:
        self._forum = forum
        self._replies = ReplyOutcomes(forum)
        self._closed = closed

    async def settled(self, tx: Tx, row: Waiting, outcome: Outcome, now: dt.datetime) -> Verdict:
        """
        Look at what became of a row for staff, in the transaction that records it, and mend what is broken.

        *row* is as it was claimed or as it was resolved. A reply that does not reach its customer is told them.
        """
        if row.kind == REPLY:
            return Verdict.DONE if await self._replies.settled(tx, row, outcome, now) else Verdict.USUAL
        if row.kind not in KINDS or row.act is Act.LOOK:
            return Verdict.USUAL
        group = await staff_group(tx, self._forum.group)
        in_group = group is not None and row.chat_id in {TOPIC, group.chat_id}
        match outcome:
            case Sent(message_ids):
                await self._sent(tx, row, group if in_group else None, message_ids, now)
            case Migrated(chat_id) if in_group and group is not None and self._forum.group is not None:
                await group_moved(tx, self._forum.group, group, chat_id, now)
                log.warning("forum.group_moved", extra={"chat": chat_id})
                return Verdict.DONE if row.message_id is not None else await self._once_more(tx, row, now)
            case GivenUp() as refused if row.act is not Act.SEND:
                return await self._act_refused(tx, row, group if in_group else None, refused, now)
            case GivenUp() as refused if in_group and group is not None:
                return await self._group_refused(tx, row, group, refused, now)
            case GivenUp(reason):
                await self._private_refused(tx, row, reason, now)
                return Verdict.DONE
            case Unknown() | RetryAt() | Migrated():
                pass
        return Verdict.USUAL

    async def ask_staff(self, tx: Tx, row: Waiting, _raw: str, now: dt.datetime) -> None:
        """Ask staff what to do about a reply of which nobody knows whether it arrived: send it again, or leave it."""
        await self._replies.ask_staff(tx, row, now)

    # What went out -------------------------------------------------------------------------------------------------

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
        case, customer = await case_by_id(tx, row.case_id), await customer_by_id(tx, row.customer_id)
        if case is None or customer is None:
            return
        if group is not None:
            cards = [card for card in await messages_of(tx, row.ref) if card.chat_id == chat_id]
            await pin_as_it_stands(tx, self._forum.group, case, cards, now)
        member = None if group is not None else await find_member(tx, chat_id)
        language = self._forum.language_of(member) if member else self._forum.company.default_language
        if self._forum.card(case, customer, language, await self._forum.names_for(tx, case)) != row.message:
            await self._forum.redraw(tx, case, customer, now)

    # What Telegram refused -----------------------------------------------------------------------------------------

    async def _act_refused(
        self, tx: Tx, row: Waiting, group: Group | None, refused: GivenUp, now: dt.datetime
    ) -> Verdict:
        """A pin or an edit failed: a card that is gone is made anew, and without the right to pin it goes on."""
        log.info("forum.act_refused", extra={"act": row.act.value, "reason": refused.reason.value})
        if row.act in {Act.PIN, Act.UNPIN} and row.message_id is not None:
            await set_pinned(tx, row.chat_id, row.message_id, False)
            if refused.reason is Refusal.NO_RIGHTS and group is not None and not group.lost:
                await self._do_without_pins(tx, group, now)
            return Verdict.DONE
        if row.act is not Act.EDIT or row.kind != CARD or row.case_id is None or row.customer_id is None:
            return Verdict.DONE
        if row.message_id is not None:
            await forget_message(tx, row.chat_id, row.message_id)
        case, customer = await case_by_id(tx, row.case_id), await customer_by_id(tx, row.customer_id)
        if case is not None and customer is not None and case.state.is_open:
            anew = self._forum.row(TOPIC if row.chat_id < 0 else row.chat_id, CARD, row.message, now)
            anew = replace(anew, ref=card_ref(case.id), case_id=case.id, customer_id=customer.id)
            await outbox.put(tx, [anew])
        return Verdict.DONE

    async def _do_without_pins(self, tx: Tx, group: Group, now: dt.datetime) -> None:
        assert self._forum.group is not None
        is_told = group.no_pins_until is not None
        if group.may_pin(now):
            await pins_refused(tx, self._forum.group, group, now)
        if not is_told:
            log.warning("forum.no_pins")
            await outbox.put(tx, [self._forum.to_group("forum.no_pins", now)])

    async def _group_refused(self, tx: Tx, row: Waiting, group: Group, refused: GivenUp, now: dt.datetime) -> Verdict:
        match refused.reason:
            case Refusal.TOKEN:
                return Verdict.USUAL
            case Refusal.TOPIC_GONE if row.thread_id is not None:
                topic = await find_topic_at(tx, group.chat_id, row.thread_id)
                if topic is not None:
                    log.warning("forum.topic_lost", extra={"customer": topic.customer_id})
                    await forget_topic(tx, topic.customer_id, topic.thread_id)
                    await self._show_cards_again(tx, topic, row, now)
                return await self._once_more(tx, row, now, topic)
            case Refusal.TOPIC_CLOSED:
                self._closed.add(row.thread_id or GENERAL)
                return await self._once_more(tx, row, now)
            case Refusal.CONTENT | Refusal.PRIVACY if row.message.media:
                log.error("forum.file_refused", extra={"case": row.case_id})
                await outbox.put(tx, self._without_files(row, TOPIC, now))
                return Verdict.DONE
            case Refusal.CONTENT:
                log.error("forum.message_refused", extra={"case": row.case_id, "kind": row.kind})
                return Verdict.USUAL
            case reason:
                if reason in _GROUP_TROUBLE and not group.lost:
                    await lose_group(tx, self._forum, group, lack_of(reason, refused.raw), now)
                await self._to_private_chats(tx, await as_put_in(tx, row), now)
                return Verdict.DONE

    async def _once_more(self, tx: Tx, row: Waiting, now: dt.datetime, topic: Topic | None = None) -> Verdict:
        """
        Send a row again by the mended way; after some tries in private, so that it is not lost.

        One that was made for a thread of its own goes to the customer's topic, or to the General one.
        """
        kept = await as_put_in(tx, row)
        customer_id = row.customer_id or (topic.customer_id if topic is not None else None)
        if row.attempts >= _MOST_REPAIRS:
            await self._to_private_chats(tx, kept, now)
            return Verdict.DONE
        if kept.chat_id == TOPIC:
            return Verdict.AGAIN
        anew = replace(_for_topic(kept), customer_id=customer_id, attempts=row.attempts + 1)
        await outbox.put(tx, [anew])
        return Verdict.DONE

    async def _show_cards_again(self, tx: Tx, lost: Topic, row: Waiting, now: dt.datetime) -> None:
        """Put the cards that went with the lost topic into the new one, except the one that is on its way anyway."""
        customer = await customer_by_id(tx, lost.customer_id)
        open_cases = (await cases_of(tx, [lost.customer_id], only_open=True)).get(lost.customer_id, [])
        for case in reversed(open_cases):
            shown = [each for each in await messages_of(tx, card_ref(case.id)) if each.chat_id == lost.chat_id]
            for each in shown:  # no card any more; where topics are only switched off, it becomes one again
                await know_message_as(tx, each.chat_id, each.message_id, lost_card_ref(lost.customer_id))
            if shown and customer is not None and row.ref != card_ref(case.id):
                await self._forum.show_card(tx, case, customer, now)

    async def _to_private_chats(self, tx: Tx, row: Waiting, now: dt.datetime) -> None:
        """Let every member read it in private; while nobody can be reached, it waits."""
        customer = await customer_by_id(tx, row.customer_id) if row.customer_id is not None else None
        rows = self._forum.private_rows(row, customer, await list_members(tx), now)
        if not rows:
            log.error("forum.nobody_reachable", extra={"case": row.case_id})
            rows = [replace(_for_topic(row), attempts=0, not_before=now + _NOBODY_WAITS)]
        await outbox.put(tx, rows)

    async def _private_refused(self, tx: Tx, row: Waiting, reason: Refusal, now: dt.datetime) -> None:
        if reason in {Refusal.CONTENT, Refusal.PRIVACY} and row.message.media:
            log.error("staff.file_refused", extra={"staff": row.chat_id, "case": row.case_id})
            await outbox.put(tx, self._without_files(row, row.chat_id, now))
        if reason in _UNREACHABLE:
            log.warning("staff.unreachable", extra={"staff": row.chat_id, "reason": reason.value})
            await set_reachable(tx, row.chat_id, False)

    def _without_files(self, row: Waiting, chat_id: int, now: dt.datetime) -> list[Waiting]:
        """Say in words what Telegram refused with its file; of several files each tries alone."""
        language = self._forum.company.default_language
        messages = alone(row.message)
        if not messages:
            lost = self._forum.words.plain("staff.file_not_passed", language)
            messages = [Message("\n".join(filter(None, (plain(row.message), lost))))]
        rows = [self._forum.row(chat_id, row.kind, message, now) for message in messages]
        return [replace(each, ref=row.ref, case_id=row.case_id, customer_id=row.customer_id) for each in rows]


def _for_topic(row: Waiting) -> Waiting:
    return replace(row, id=new_id(), chat_id=TOPIC, thread_id=None, state=OutboxState.WAITING)
