"""What she can do next where there is nothing to show: a sentence with the buttons that lead on."""

from __future__ import annotations

from typing import Any

from dialogues.running import Running
from dialogues.taps import menu_tap
from dialogues.turn import Conversation, Turn
from domain.contacts import ContactKind
from domain.messages import Button, Message

_LABELS = {
    "card": "offers.label.card",
    "coupons": "coupons.label.coupons",
    "offers": "offers.label.offers",
    "topics": "service.label.topics",
}


def tell_with_steps(
    running: Running, turn: Turn, conversation: Conversation, key: str, /, *steps: str, **values: Any
) -> None:
    """Say one of our own sentences, with a button for each of *steps*: "card", "coupons", "offers" or "topics"."""
    language, words = running.language_of(conversation), running.speaker.words
    rows = tuple((Button(words.plain(_LABELS[step], language), menu_tap(step)),) for step in steps)
    message = Message(words.html(key, language, **values), html=True, keyboard=rows)
    turn.say(conversation.customer, message, ContactKind.REPLY)
