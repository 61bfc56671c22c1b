"""Whether we may work out what a customer is like from what she buys: her objection in one tap, and back."""

from __future__ import annotations

from dialogues.learning import learn_consent
from dialogues.running import Running
from dialogues.taps import menu_tap
from dialogues.turn import Conversation, Turn
from domain.contacts import ContactKind
from domain.customers import Consent, Purpose
from domain.incoming import Tap
from domain.messages import Button, Message
from store.database import Tx

ACTION = "profiling"
_SOURCE = "mydata"
_OFF, _ON = "off", "on"


class Profiling:
    """
    The act behind "Don't profile me" and the way back, and behind the command `/profiling`, which says how it stands.

    Silence is no objection. Each button says what is to be, so a tap that comes twice or late does no harm.
    """

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words

    async def act(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """Object, take the objection back, or only say how it stands; always with the button for the other way."""
        if argument in {_OFF, _ON} and objects(conversation) is not (argument == _OFF):
            given = argument == _ON
            language = self.running.language_of(conversation)
            shown = self.words.plain(f"service.profiling_{'on' if given else 'off'}", language)
            consent = Consent(Purpose.PROFILING, given, f"{ACTION}/1", _SOURCE, turn.now)
            learn_consent(turn, conversation, consent, shown=shown, language=language)
        key = {_OFF: "profiling_off", _ON: "profiling_on"}.get(argument, "profiling_told")
        if key == "profiling_told" and objects(conversation):
            key = "profiling_off"
        text = self.words.html(f"service.{key}", self.running.language_of(conversation))
        message = Message(text, html=True, keyboard=((button(self.running, conversation),),))
        turn.say(conversation.customer, message, ContactKind.REPLY)


def objects(conversation: Conversation) -> bool:
    """Say whether she has objected to being profiled."""
    return conversation.customer.consents.get(Purpose.PROFILING) is False


def button(running: Running, conversation: Conversation) -> Button:
    """Return the button that objects, or the one that takes the objection back."""
    key, argument = ("profile", _ON) if objects(conversation) else ("unprofile", _OFF)
    language = running.language_of(conversation)
    return Button(running.speaker.words.plain(f"service.label.{key}", language), menu_tap(ACTION, argument))
