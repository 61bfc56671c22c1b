"""/forget: what goes and what stays in plain words, her data first if she likes, two taps, and one last message."""

from __future__ import annotations

import datetime as dt

from dialogues.running import Running
from dialogues.taps import menu_tap, short
from dialogues.turn import Conversation, Turn
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.incoming import Tap
from domain.languages import best_language
from domain.messages import Act, Button, Keyboard, Lane, Message, Waiting
from store.database import Tx
from store.erasures import Erasure, ask
from store.ids import new_id
from templates.words import Words

ACTION = "forget"
BY_HERSELF = "customer"
_SURE, _YES, _NO = "sure", "yes", "no"


class Forgetting:
    """
    The act behind the command and its buttons. The buttons carry whom they mean.

    Who writes again after she was forgotten is somebody new, and a late tap on an old button must not erase her, too.
    """

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words

    async def act(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """Explain, ask once more, or take the request: the erasing itself is a job, which a kill does not stop."""
        verb, _, who = argument.partition("-")
        meant = who == short(conversation.customer.id)
        match verb:
            case "sure" if meant:
                self._show(turn, conversation, tap, "sure", self._rows(conversation, (_YES, _NO)))
            case "yes" if meant:
                await turn.flush(tx)
                await ask(tx, conversation.customer.id, BY_HERSELF, turn.now)
                self._show(turn, conversation, tap, "begun", ())
            case "no":
                self._show(turn, conversation, tap, "kept", ())
            case _:
                rows = ((self._mydata(conversation),), *self._rows(conversation, (_SURE, _NO)))
                text = self._text(conversation, "told")
                turn.say(conversation.customer, Message(text, html=True, keyboard=rows), ContactKind.REPLY)

    def _show(self, turn: Turn, conversation: Conversation, tap: Tap | None, key: str, rows: Keyboard) -> None:
        message = Message(self._text(conversation, key), html=True, keyboard=rows)
        if tap is not None and tap.message_id is not None:
            turn.touch(Act.EDIT, conversation.customer, message, message_id=tap.message_id)
        else:
            turn.say(conversation.customer, message, ContactKind.REPLY)

    def _text(self, conversation: Conversation, key: str) -> str:
        company = self.running.company
        language = self.running.language_of(conversation)
        return self.words.html(f"forgetting.{key}", language, company=company.name, cases=len(conversation.cases))

    def _rows(self, conversation: Conversation, verbs: tuple[str, ...]) -> Keyboard:
        language, who = self.running.language_of(conversation), short(conversation.customer.id)
        return tuple(
            (Button(self.words.plain(f"forgetting.label.{verb}", language), menu_tap(ACTION, f"{verb}-{who}")),)
            for verb in verbs
        )

    def _mydata(self, conversation: Conversation) -> Button:
        label = self.words.plain("forgetting.label.mydata", self.running.language_of(conversation))
        return Button(label, menu_tap("mydata"))


def last_message(
    words: Words, company: Company, customer: Customer, erasure: Erasure, proof: str, now: dt.datetime
) -> Waiting | None:
    """Return the last message that she gets, as a row without her; None for one who has no chat."""
    if customer.chat_id is None:
        return None
    language = best_language(customer.language, company.languages)
    text = words.html("forgetting.done", language, number=number_of(erasure), proof=proof[:16], company=company.name)
    return Waiting(
        id=new_id(),
        act=Act.SEND,
        chat_id=customer.chat_id,
        lane=Lane.REPLY,
        kind=ContactKind.REPLY.value,
        message=Message(text, html=True),
        created_at=now,
        not_before=now,
        ref=ref_of(erasure),
    )


def number_of(erasure: Erasure) -> str:
    """Return the number by which she, and staff, can name an erasure."""
    return short(erasure.id).upper()


def ref_of(erasure: Erasure) -> str:
    """Return the ref of the rows that an erasure puts into the outbox."""
    return f"erasure:{erasure.id}"
