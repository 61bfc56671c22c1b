"""What became of staff's replies to customers: which message each became, or that it did not arrive, told to staff."""

from __future__ import annotations

import datetime as dt

from bot.forum import Forum
from dialogues.taps import short
from domain.customers import Customer
from domain.messages import Act, Button, GivenUp, Message, Outcome, Sent, Waiting
from store.customers import customer_by_id
from store.database import Tx
from store.staff import names_of
from store.topics import StaffMessage, keep_messages

_CHOICES = (("send_again", "again"), ("leave", "leave"))


class ReplyOutcomes:
    """Looks at replies once their fate is known, or known to be unknown."""

    def __init__(self, forum: Forum) -> None:
        self._forum = forum

    async def settled(self, tx: Tx, row: Waiting, outcome: Outcome, now: dt.datetime) -> None:
        """Remember which message of the customer's chat a reply became, or say that it did not reach her."""
        customer = await _customer_of(tx, row)
        if customer is None or row.act is not Act.SEND:
            return
        match outcome:
            case Sent(message_ids):
                kept = [
                    StaffMessage(row.chat_id, each, row.ref, now, row.customer_id, row.case_id) for each in message_ids
                ]
                await keep_messages(tx, kept)
            case GivenUp(reason):
                who, name, words = await _who(tx, row), customer.name, self._forum.words

                def news(language: str) -> Message:
                    why = words.plain(f"staff.not_sent.{reason.value}", language)
                    return Message(
                        words.html("staff.not_delivered", language, who=who, name=name, reason=why), html=True
                    )

                await self._forum.notify(tx, customer, row.case_id, news, now)
            case _:
                pass

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


async def _customer_of(tx: Tx, row: Waiting) -> Customer | None:
    return await customer_by_id(tx, row.customer_id) if row.customer_id is not None else None


async def _who(tx: Tx, row: Waiting) -> str:
    names = await names_of(tx, [row.staff_id]) if row.staff_id is not None else {}
    return names.get(row.staff_id or 0, "")
