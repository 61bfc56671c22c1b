"""What became of staff's replies to customers: which message each became, or that it did not arrive, told to staff."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

from bot.cards import both_versions
from bot.forum import Forum
from bot.speech import plain
from dialogues.taps import short
from domain.customers import Customer
from domain.languages import best_language
from domain.messages import Act, Button, GivenUp, MediaKind, Message, OutboxState, Outcome, Refusal, Sent, Waiting
from store import outbox
from store.contacts import contact_by_message, edit_contact
from store.customers import customer_by_id
from store.database import Tx
from store.ids import new_id
from store.staff import names_of
from store.topics import StaffMessage, keep_messages

_CHOICES = (("send_again", "again"), ("leave", "leave"))
_SPOKEN = frozenset({MediaKind.VOICE, MediaKind.VIDEO_NOTE})


class ReplyOutcomes:
    """Looks at replies once their fate is known, or known to be unknown."""

    def __init__(self, forum: Forum) -> None:
        self._forum = forum

    async def settled(self, tx: Tx, row: Waiting, outcome: Outcome, now: dt.datetime) -> bool:
        """
        Remember which message of the customer's chat a reply became, or say that it did not reach her.

        True where other rows have taken its place: the files of an album that Telegram refused, each alone.
        """
        customer = await _customer_of(tx, row)
        if customer is None:
            return False
        if row.act is Act.EDIT:
            await self._edit_settled(tx, row, customer, outcome, now)
            return False
        match outcome:
            case Sent(message_ids):
                kept = [
                    StaffMessage(row.chat_id, each, row.ref, now, row.customer_id, row.case_id) for each in message_ids
                ]
                await keep_messages(tx, kept)
            case GivenUp(Refusal.CONTENT) if row.message.media:
                files = alone(row.message)
                if files:
                    await outbox.put(tx, [_anew(row, message) for message in files])
                    return True
                await self._say_in_words(tx, row, customer, now)
            case GivenUp(reason):
                spoken = reason is Refusal.PRIVACY and any(file.kind in _SPOKEN for file in row.message.media)
                await self._tell(tx, row, customer, "replies.no_voices" if spoken else f"staff.not_sent.{reason}", now)
            case _:
                pass
        return False

    async def ask_staff(self, tx: Tx, row: Waiting, now: dt.datetime) -> None:
        """Ask staff what to do about a reply of which nobody knows whether it arrived: send it again, or leave it."""

        def question(language: str) -> Message:
            words = self._forum.words
            buttons = [
                Button(words.plain(f"staff.label.{key}", language), f"o.{short(row.id)}.{what}")
                for key, what in _CHOICES
            ]
            text = words.html("staff.nobody_knows", language, who=who, name=name)
            return Message(text, html=True, keyboard=(tuple(buttons),))

        customer = await _customer_of(tx, row)
        if customer is None:
            return
        who, name = await _who(tx, row), customer.name
        await self._forum.notify(tx, customer, row.case_id, question, now)

    async def _edit_settled(self, tx: Tx, row: Waiting, customer: Customer, outcome: Outcome, now: dt.datetime) -> None:
        """Put a change that the customer sees on the timeline; of one that she does not see staff are told."""
        match outcome:
            case Sent() if row.message_id is not None:
                contact = await contact_by_message(tx, customer.id, row.message_id)
                if contact is None:
                    return
                text, media = contact.edited(row.message_id, row.message.text, row.message.media)
                if (text, media) == (contact.text, contact.media):
                    return
                await edit_contact(tx, contact, text, now, media if media != contact.media else None)
                if self._forum.group is None and text != contact.text:
                    versions = partial(both_versions, contact.text, text, self._forum.words)
                    await self._forum.notify(tx, customer, row.case_id, versions, now, but=row.staff_id)
            case GivenUp(reason):
                why = "replies.gone" if reason is Refusal.STALE else f"staff.not_sent.{reason.value}"
                await self._tell(tx, row, customer, why, now, said="replies.not_changed")
            case _:
                pass

    async def _say_in_words(self, tx: Tx, row: Waiting, customer: Customer, now: dt.datetime) -> None:
        """Give her the words that came with a file which Telegram refuses, and tell staff to send it anew."""
        language = best_language(customer.language, self._forum.company.languages)
        lost = self._forum.words.plain("service.file_lost", language)
        message = Message("\n".join(filter(None, (plain(row.message), lost))), reply_to=row.message.reply_to)
        await outbox.put(tx, [_anew(row, message)])
        await self._tell(tx, row, customer, "replies.file_refused", now)

    async def _tell(
        self,
        tx: Tx,
        row: Waiting,
        customer: Customer,
        reason: str,
        now: dt.datetime,
        *,
        said: str = "staff.not_delivered",
    ) -> None:
        who, name, words = await _who(tx, row), customer.name, self._forum.words

        def news(language: str) -> Message:
            why = words.plain(reason, language)
            return Message(words.html(said, language, who=who, name=name, reason=why), html=True)

        await self._forum.notify(tx, customer, row.case_id, news, now)


def alone(message: Message) -> list[Message]:
    """Return each of several files as a message of its own, the text with the first; nothing where there is but one."""
    if len(message.media) < 2:
        return []
    first, *others = message.media
    return [
        replace(message, media=(first,), keyboard=(), ask=None),
        *(Message(media=(file,), silent=message.silent, protect=message.protect) for file in others),
    ]


def _anew(row: Waiting, message: Message) -> Waiting:
    anew = replace(row, id=new_id(), message=message, attempts=0, state=OutboxState.WAITING)
    return replace(anew, ref=f"reply:{anew.id}" if message.media else row.ref)  # an edit must not change another file


async def _customer_of(tx: Tx, row: Waiting) -> Customer | None:
    return await customer_by_id(tx, row.customer_id) if row.customer_id is not None else None


async def _who(tx: Tx, row: Waiting) -> str:
    names = await names_of(tx, [row.staff_id]) if row.staff_id is not None else {}
    return names.get(row.staff_id or 0, "")
