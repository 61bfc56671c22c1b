"""
"Why did I get this?": the button under everything that we start, and its answer.

What she got is named, what chose her with the values that were measured, what allowed it, and how to stop it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from dialogues import care, clubs, events, offers, points, referrals, why_dialogues, why_newsletters, why_programmes
from dialogues.running import Running
from dialogues.taps import WHY, menu_tap
from dialogues.turn import Conversation, Turn
from domain.contacts import ContactKind
from domain.incoming import Tap
from domain.messages import Button, Message
from store.database import Tx

Reason = Callable[[Running, Tx, Conversation, str, str], Awaitable[str | Message]]
"""
Tells her why she got a message: (running, tx, conversation, key, language) → HTML, or a message with its buttons.

*key* is what follows the prefix and its hyphen in `start_contact(why="prefix-key")`. It comes from a tap, and so from
outside: look up only what is hers. An empty text says that it is not known any more.
"""

REASONS: Mapping[str, Reason] = {
    why_newsletters.PREFIX: why_newsletters.reason,
    why_dialogues.PREFIX: why_dialogues.reason,
    care.PREFIX: care.reason,
    why_programmes.PREFIX: why_programmes.reason,
    points.ACTION: points.why_points,
    offers.PREFIX: offers.reason,
    referrals.WHY_PREFIX: referrals.why_thanked,
    clubs.WHY_PREFIX: clubs.why_age,
    events.WHY_PREFIX: events.why_invited,
}
"""By the prefix of the tap's argument. Each part adds one line."""


class Why:
    """The act behind the button."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words

    async def act(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """Answer in a message of its own: what she asks about stays as it is."""
        await turn.flush(tx)
        language = self.running.language_of(conversation)
        prefix, _, key = argument.partition("-")
        reason = REASONS.get(prefix)
        told: str | Message = await reason(self.running, tx, conversation, key, language) if reason else ""
        message = told if isinstance(told, Message) else Message(told, html=True)
        if not message.text:
            message = Message(self.words.html("why.unknown", language), html=True)
        if not message.keyboard:
            rows = (
                (Button(self.words.plain("service.label.topics", language), menu_tap("topics")),),
                (Button(self.words.plain("service.label.mydata", language), menu_tap("mydata")),),
            )
            message = Message(message.text, html=True, keyboard=rows)
        turn.say(conversation.customer, message, ContactKind.REPLY)


def why_button(running: Running, conversation: Conversation, argument: str) -> Button:
    """Return the button to put under a message that we start in a turn; *argument* as `start_contact(why=...)`."""
    language = running.language_of(conversation)
    return Button(running.speaker.words.plain("service.label.why", language), menu_tap(WHY, argument))
