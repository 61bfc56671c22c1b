"""What a customer wants to hear from us: stop, a pause, and the topics of newsletters, each in one tap and back."""

from __future__ import annotations

import dataclasses
import datetime as dt

from dialogues.learning import learn_consent
from dialogues.running import Running
from dialogues.taps import menu_tap, sending_of
from dialogues.turn import Conversation, Turn
from domain.clubs import club_of_topic
from domain.contacts import ContactKind
from domain.customers import Consent, Purpose
from domain.incoming import Tap
from domain.languages import in_language
from domain.messages import Act, Button, Message
from store import sendings
from store.contacts import contact_by_message
from store.database import Tx
from store.topic_choices import choose_topics, topics_off

PAUSES = {"week": 7, "month": 30, "quarter": 91}
"""How many days each pause lasts that is offered; one tap on Pause takes the month."""

CHOSEN_BY_HER = (Purpose.MARKETING, Purpose.SURVEYS)
_STOP, _PAUSE, _TOPICS = "stop", "pause", "topics"


class Subscriptions:
    """
    The acts behind Stop, Pause and Topics, as commands, under newsletters, and on the buttons of our own answers.

    Each button says what is to be, not that it is to change: a tap that comes twice, late, or from a second device
    leaves what the first one made.
    """

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words

    # Stop ---------------------------------------------------------------------------------------------------------

    async def stop(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """
        End all newsletters, and offer the way back; under a letter of a topic also to go without that topic only.

        Under a club's own letter that letter ends, too. Arguments of our own buttons: "only-TOPIC", "again",
        "again-TOPIC", and "letter-TOPIC" for a club's letter alone.
        """
        verb, _, topic = argument.partition("-")
        topic = topic if self._is_topic(topic) else ""
        match verb:
            case "only" if topic:
                await self._only(tx, turn, conversation, topic, tap)
            case "letter" if topic:
                await self._letter_again(tx, turn, conversation, topic, tap)
            case "again":
                await self._again(tx, turn, conversation, topic, tap)
            case _:
                await self._end(tx, turn, conversation, argument, tap)

    async def _end(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        agreed = conversation.customer.agrees(Purpose.MARKETING)
        topic = await self._topic_of(tx, argument)
        of_club = bool(club_of_topic(topic))
        off = of_club or (bool(topic) and await self._needs_no_consent(tx, conversation, tap))
        if off:  # the letter goes to those who take no newsletters, too: only without its topic does it end
            await choose_topics(tx, conversation.customer.id, {topic: False}, argument or _STOP, turn.now)
        self._consent(turn, conversation, Purpose.MARKETING, given=False, source=argument or _STOP)
        verb = "letter" if of_club and not agreed else "again"
        rows = [self._button(conversation, "service.label.resume", _STOP, f"{verb}-{topic}" if topic else "again")]
        if topic and agreed and not off:
            label = self._name(conversation, topic)
            rows.insert(0, self._button(conversation, "service.label.only_topic", _STOP, f"only-{topic}", topic=label))
        rows.append(self._button(conversation, "service.label.topics", _TOPICS))
        key = "service.stopped" if agreed or off else "service.already_stopped"
        text = self.words.html(key, self.running.language_of(conversation))
        keyboard = tuple((button,) for button in rows)
        turn.say(conversation.customer, Message(text, html=True, keyboard=keyboard), ContactKind.REPLY)

    async def _only(self, tx: Tx, turn: Turn, conversation: Conversation, topic: str, tap: Tap | None) -> None:
        """She takes newsletters again, but none of this topic."""
        await choose_topics(tx, conversation.customer.id, {topic: False}, _STOP, turn.now)
        self._consent(turn, conversation, Purpose.MARKETING, given=True, source=_STOP)
        rows = (
            (self._button(conversation, "service.label.resume", _STOP, f"again-{topic}"),),
            (self._button(conversation, "service.label.topics", _TOPICS),),
        )
        text = self._text(conversation, "service.stopped_topic", topic=self._name(conversation, topic))
        self._answer(turn, conversation, tap, Message(text, html=True, keyboard=rows))

    async def _again(self, tx: Tx, turn: Turn, conversation: Conversation, topic: str, tap: Tap | None) -> None:
        if topic:
            await choose_topics(tx, conversation.customer.id, {topic: True}, _STOP, turn.now)
        self._consent(turn, conversation, Purpose.MARKETING, given=True, source=_STOP)
        rows = ((self._button(conversation, "service.label.topics", _TOPICS),),)
        text = self._text(conversation, "service.resumed")
        self._answer(turn, conversation, tap, Message(text, html=True, keyboard=rows))

    async def _letter_again(self, tx: Tx, turn: Turn, conversation: Conversation, topic: str, tap: Tap | None) -> None:
        """A club's letter comes again; who took no other newsletters takes none now."""
        await choose_topics(tx, conversation.customer.id, {topic: True}, _STOP, turn.now)
        self._answer(turn, conversation, tap, Message(self._text(conversation, "service.resumed"), html=True))

    def _is_topic(self, topic: str) -> bool:
        return topic in self.running.company.topics or self.running.loyalty.club(club_of_topic(topic)) is not None

    async def _topic_of(self, tx: Tx, argument: str) -> str:
        """Name the topic of the newsletter under which she tapped, or ""."""
        sending_id = sending_of(argument) if argument.startswith("newsletter:") else None
        sending = await sendings.get(tx, sending_id) if sending_id is not None else None
        return sending.topic if sending is not None and self._is_topic(sending.topic) else ""

    async def _needs_no_consent(self, tx: Tx, conversation: Conversation, tap: Tap | None) -> bool:
        if tap is None or tap.message_id is None:
            return False
        letter = await contact_by_message(tx, conversation.customer.id, tap.message_id)
        return letter is not None and letter.kind is ContactKind.SERVICE

    # Pause --------------------------------------------------------------------------------------------------------

    async def pause(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """
        Start nothing with her for a month, and offer other lengths and the end; her own words are answered as always.

        Arguments of our own buttons: the names of `PAUSES`, and "over".
        """
        chosen = argument if argument in PAUSES else "" if argument == "over" else "month"
        until = turn.now + dt.timedelta(days=PAUSES[chosen]) if chosen else None
        self._pause_until(turn, conversation, until)
        others = [name for name in PAUSES if name != chosen]
        rows = [(self._button(conversation, f"service.label.pause_{name}", _PAUSE, name),) for name in others]
        if until is None:
            message = Message(self._text(conversation, "service.pause_over"), html=True)
        else:
            rows.append((self._button(conversation, "service.label.pause_over", _PAUSE, "over"),))
            text = self.words.html("service.paused", self.running.language_of(conversation), until=until)
            message = Message(text, html=True, keyboard=tuple(rows))
        if argument in PAUSES or argument == "over":
            self._answer(turn, conversation, tap, message)
        else:
            turn.say(conversation.customer, message, ContactKind.REPLY)

    @staticmethod
    def _pause_until(turn: Turn, conversation: Conversation, until: dt.datetime | None) -> None:
        if conversation.customer.paused_until != until:
            turn.change(conversation.customer.id, paused_until=until)
            conversation.customer = dataclasses.replace(conversation.customer, paused_until=until)

    # Topics -------------------------------------------------------------------------------------------------------

    async def topics(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """
        Show what she gets, and change it when a button says so.

        Arguments of our own buttons: "on-NAME" and "off-NAME" with the name of a purpose or a topic, and "go" for the
        end of a pause. A purpose alone, as older messages' buttons say it, is switched.
        """
        verb, _, name = argument.partition("-")
        chosen = True
        if argument in CHOSEN_BY_HER:
            purpose = Purpose(argument)
            given = not conversation.customer.agrees(purpose)
            self._consent(turn, conversation, purpose, given=given, source=_TOPICS)
        elif verb in {"on", "off"} and name in CHOSEN_BY_HER:
            self._consent(turn, conversation, Purpose(name), given=verb == "on", source=_TOPICS)
        elif verb in {"on", "off"} and name in self.running.company.topics:
            await self._choose(tx, turn, conversation, name, wanted=verb == "on")
        elif argument == "go":
            self._pause_until(turn, conversation, None)
        else:
            chosen = False
        message = await self._overview(tx, turn, conversation)
        if chosen:
            self._answer(turn, conversation, tap, message)
        else:
            turn.say(conversation.customer, message, ContactKind.REPLY)

    async def _choose(self, tx: Tx, turn: Turn, conversation: Conversation, name: str, *, wanted: bool) -> None:
        """Switch one topic; who takes no newsletters at all and wants one topic gets that one, and no other."""
        choices = {name: wanted}
        if wanted and not conversation.customer.agrees(Purpose.MARKETING):
            choices = {each: each == name for each in self.running.company.topics}
            self._consent(turn, conversation, Purpose.MARKETING, given=True, source=_TOPICS)
        await choose_topics(tx, conversation.customer.id, choices, _TOPICS, turn.now)

    async def _overview(self, tx: Tx, turn: Turn, conversation: Conversation) -> Message:
        who, language = conversation.customer, self.running.language_of(conversation)
        agrees = who.agrees(Purpose.MARKETING)
        names = {each: self._name(conversation, each) for each in self.running.company.topics}
        off = await topics_off(tx, who.id) if names else frozenset()
        listed = [
            (Purpose.MARKETING.value, self.words.plain("service.purpose.marketing", language), agrees),
            *((name, label, agrees and name not in off) for name, label in names.items()),
            (Purpose.SURVEYS.value, self.words.plain("service.purpose.surveys", language), who.agrees(Purpose.SURVEYS)),
        ]
        rows = [
            (
                Button(
                    self.words.plain("dialogue.chosen", language, label=label) if on else label,
                    menu_tap(_TOPICS, f"{'off' if on else 'on'}-{name}"),
                ),
            )
            for name, label, on in listed
        ]
        lines = [self.words.html("service.topics_intro", language)]
        if who.paused_until is not None and who.paused_until > turn.now:
            lines.append(self.words.html("service.topics_paused", language, until=who.paused_until))
            rows.append((self._button(conversation, "service.label.pause_over", _TOPICS, "go"),))
        return Message("\n\n".join(lines), html=True, keyboard=tuple(rows))

    # What all three share -----------------------------------------------------------------------------------------

    def _consent(self, turn: Turn, conversation: Conversation, purpose: Purpose, *, given: bool, source: str) -> None:
        if conversation.customer.consents.get(purpose) is not given:
            language = self.running.language_of(conversation)
            named = self.words.plain(f"service.purpose.{purpose.value}", language)
            shown = f"{self.words.plain('service.topics_intro', language)} {'✓' if given else '–'} {named}"
            consent = Consent(purpose, given, f"{source}/1", source, turn.now)
            learn_consent(turn, conversation, consent, shown=shown, language=language)
        if given:
            self._pause_until(turn, conversation, None)

    @staticmethod
    def _answer(turn: Turn, conversation: Conversation, tap: Tap | None, message: Message) -> None:
        """Put *message* in the place of the one whose button she tapped."""
        if tap is not None and tap.message_id is not None:
            turn.touch(Act.EDIT, conversation.customer, message, message_id=tap.message_id)
        else:
            turn.say(conversation.customer, message, ContactKind.REPLY)

    def _name(self, conversation: Conversation, topic: str) -> str:
        company = self.running.company
        language = self.running.language_of(conversation)
        return in_language(company.topics[topic], language, company.default_language)

    def _text(self, conversation: Conversation, key: str, **values: str) -> str:
        return self.words.html(key, self.running.language_of(conversation), **values)

    def _button(self, conversation: Conversation, key: str, action: str, argument: str = "", **values: str) -> Button:
        label = self.words.plain(key, self.running.language_of(conversation), **values)
        return Button(label, menu_tap(action, argument))
