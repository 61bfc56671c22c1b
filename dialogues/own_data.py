"""What is known of a customer, shown to herself: with source and date, and hers to correct or to take away."""

from __future__ import annotations

import datetime as dt
import zlib
from collections import Counter
from collections.abc import Sequence

from dialogues.own_sections import LISTED, OwnSections
from dialogues.profiling import button as profiling_button
from dialogues.running import Running
from dialogues.speaking import cut
from dialogues.taps import menu_tap
from dialogues.turn import Conversation, Turn
from domain.contacts import ContactKind
from domain.customers import KnownFact
from domain.dialogues import Question, QuestionKind
from domain.incoming import Tap
from domain.languages import in_language
from domain.lives import REFERRED_BY
from domain.messages import Act, Button, Keyboard, Message
from domain.own_files import own_file
from store.clicks import followed_by
from store.consents import consents_of
from store.contacts import count_contacts
from store.database import Tx, unhurried
from store.facts import decline_fact, known_facts
from store.mutes import mute_of
from store.own_data import own_data
from store.own_data_rules import Section
from store.topic_choices import choices_of
from templates import locales

ACTION = "mydata"
MOST = 60  # facts to choose among; Telegram shows at most 100 buttons
MOST_FOLLOWED = 10  # newsletters of which she followed something, the latest
_ROOM = 2600  # signs for values, of the 4096 that a message has


class OwnData:
    """The letter of what is known, and the steps behind its buttons, all in the one message."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words
        self._sections = OwnSections(running.company, self.words, running.loyalty)

    async def act(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """Show what is known, or do what a button says; of a fact that has gone meanwhile the others are shown."""
        await turn.flush(tx)
        facts = (await known_facts(tx, [conversation.customer.id])).get(conversation.customer.id, [])
        verb, _, key = argument.partition("-")
        fact = next((each for each in facts if _key(each.name) == key), None)
        match verb:
            case "see" if fact is not None:
                self._show(turn, conversation, tap, self._one(conversation, fact))
            case "ask" if fact is not None:
                await self._ask(tx, turn, conversation, tap, fact)
            case "drop" if fact is not None:
                await self._drop(tx, turn, conversation, tap, fact)
            case "change" | "see" | "ask" | "drop":
                self._show(turn, conversation, tap, self._choice(conversation, facts))
            case "section" if key in LISTED:
                await self._section(tx, turn, conversation, tap, Section(key))
            case "file":
                self._file(turn, conversation)
            case "all":
                self._show(turn, conversation, tap, await self._letter(tx, conversation, facts))
            case _:
                turn.say(conversation.customer, await self._letter(tx, conversation, facts), ContactKind.REPLY)

    async def _letter(self, tx: Tx, conversation: Conversation, facts: Sequence[KnownFact]) -> Message:
        who, language = conversation.customer, self.running.language_of(conversation)
        lines: list[str] = [self.words.html("service.mydata_intro", language)]
        longest = max(_ROOM // max(len(facts), 1) - 60, 20)
        lines += [self._line(conversation, fact, longest) for fact in facts]
        if not facts:
            lines.append(self.words.html("service.mydata_nothing", language))
        lines += await self._agreed(tx, who.id, language)
        lines += await self._followed(tx, who.id, language)
        mute = await mute_of(tx, who.id, conversation.known["now"])
        if mute is not None:
            lines.append(self.words.html("service.mydata_muted", language, at=mute.at, until=mute.until))
        count = await count_contacts(tx, who.id)
        lines.append(self.words.html("service.mydata_counts", language, n=count, cases=len(conversation.cases)))
        change = ((self._button(conversation, "service.label.change_something", "change"),),) if facts else ()
        rows = (*change, *self._sections_rows(conversation), (profiling_button(self.running, conversation),))
        return Message("\n".join(lines), html=True, keyboard=rows)

    async def _agreed(self, tx: Tx, customer_id: int, language: str) -> list[str]:
        """Return the lines of her yes and no to purposes and topics, under their heading; none without any."""
        lines: list[str] = []
        newest = {consent.purpose: consent for consent in reversed(await consents_of(tx, customer_id))}
        for purpose, consent in newest.items():
            name = self.words.plain(f"service.purpose.{purpose}", language)
            lines.append(
                self.words.html("service.consent_line", language, purpose=name, given=consent.given, at=consent.at)
            )
        for choice in await choices_of(tx, customer_id):
            labels = self.running.company.topics.get(choice.topic, {"": choice.topic})
            name = in_language(labels, language, self.running.company.default_language)
            lines.append(
                self.words.html("service.consent_line", language, purpose=name, given=choice.wanted, at=choice.at)
            )
        return [self.words.html("service.mydata_consents", language), *lines] if lines else []

    def _sections_rows(self, conversation: Conversation) -> Keyboard:
        """Two sections in a row, and the file."""
        language = self.running.language_of(conversation)
        buttons = [
            Button(self._sections.title(each, language), menu_tap(ACTION, f"section-{each.value}")) for each in LISTED
        ]
        rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
        return (*rows, (self._button(conversation, "mydata.label.file", "file"),))

    async def _section(self, tx: Tx, turn: Turn, conversation: Conversation, tap: Tap | None, section: Section) -> None:
        with unhurried(tx):  # some tables are kept by what they belong to, not by whom they are about
            document = await own_data(tx, conversation.customer.id, turn.now)
        language = self.running.language_of(conversation)
        text = self._sections.text(section, document["sections"][section.value], language)
        rows = (
            (self._button(conversation, "mydata.label.back", "all"),),
            (self._button(conversation, "mydata.label.file", "file"),),
        )
        self._show(turn, conversation, tap, Message(text, html=True, keyboard=rows))

    def _file(self, turn: Turn, conversation: Conversation) -> None:
        """Send everything as a file, which is made when it goes."""
        text = self.words.html("mydata.file", self.running.language_of(conversation))
        file = own_file(conversation.customer.id, turn.now)
        turn.say(conversation.customer, Message(text, html=True, media=(file,)), ContactKind.REPLY)

    async def _followed(self, tx: Tx, customer_id: int, language: str) -> list[str]:
        """Return the lines of the newsletters of which she followed something: how often, and when last."""
        followed = await followed_by(tx, customer_id)
        if not followed:
            return []
        count = Counter(each.newsletter for each in followed)
        last = {each.newsletter: each.at for each in reversed(followed)}
        names = sorted(last, key=lambda name: last[name], reverse=True)[:MOST_FOLLOWED]
        lines = [
            self.words.html("service.click_line", language, newsletter=name, n=count[name], at=last[name])
            for name in names
        ]
        return [self.words.html("service.mydata_clicks", language), *lines]

    def _choice(self, conversation: Conversation, facts: Sequence[KnownFact]) -> Message:
        language = self.running.language_of(conversation)
        back = (self._button(conversation, "dialogue.back", "all"),)
        if not facts:
            return Message(self.words.html("service.mydata_nothing", language), html=True, keyboard=(back,))
        rows = [
            (Button(cut(f"{self._name(fact.name, language)}: {self._value(fact, language)}", 40), _tap("see", fact)),)
            for fact in facts[:MOST]
        ]
        return Message(self.words.html("service.mydata_which", language), html=True, keyboard=(*rows, back))

    def _one(self, conversation: Conversation, fact: KnownFact) -> Message:
        text = self._line(conversation, fact, _ROOM)
        buttons = [Button(self._label(conversation, "service.label.remove"), _tap("drop", fact))]
        if self.running.library.asking_for(fact.name) is not None:
            buttons.insert(0, Button(self._label(conversation, "service.label.correct"), _tap("ask", fact)))
        else:
            hint = self.words.html("service.mydata_write_us", self.running.language_of(conversation))
            text = f"{text}\n\n{hint}"
        rows: Keyboard = (tuple(buttons), (self._button(conversation, "dialogue.back", "change"),))
        return Message(text, html=True, keyboard=rows)

    async def _ask(self, tx: Tx, turn: Turn, conversation: Conversation, tap: Tap | None, fact: KnownFact) -> None:
        """Put the fact's own question again; the value before stays as history."""
        script = self.running.library.asking_for(fact.name)
        if script is None:
            self._show(turn, conversation, tap, self._one(conversation, fact))
            return
        self._show(turn, conversation, tap, Message(self._line(conversation, fact, _ROOM), html=True))
        await self.running.begin(tx, turn, conversation, script, "customer")

    async def _drop(self, tx: Tx, turn: Turn, conversation: Conversation, tap: Tap | None, fact: KnownFact) -> None:
        """Make the fact unknown; she is not asked for it again for a while."""
        await decline_fact(tx, conversation.customer.id, fact.name, turn.now)
        conversation.facts.pop(fact.name, None)
        language = self.running.language_of(conversation)
        text = self.words.html("service.mydata_removed", language, name=self._name(fact.name, language))
        rows = ((self._button(conversation, "dialogue.back", "change"),),)
        self._show(turn, conversation, tap, Message(text, html=True, keyboard=rows))

    def _show(self, turn: Turn, conversation: Conversation, tap: Tap | None, message: Message) -> None:
        if tap is not None and tap.message_id is not None:
            turn.touch(Act.EDIT, conversation.customer, message, message_id=tap.message_id)
        else:
            turn.say(conversation.customer, message, ContactKind.REPLY)

    def _line(self, conversation: Conversation, fact: KnownFact, longest: int) -> str:
        language = self.running.language_of(conversation)
        return self.words.html(
            "service.mydata_fact",
            language,
            name=self._name(fact.name, language),
            value=cut(self._value(fact, language), longest),
            source=self._source(fact.source, language),
            at=fact.at,
        )

    def _name(self, fact: str, language: str) -> str:
        """Name a fact as its file does, else as our own words do, else by what it is called inside."""
        known = self.running.library.facts.get(fact)
        if known is not None:
            return in_language(known.label, language, self.running.company.default_language)
        key = f"service.fact.{fact}"
        return self.words.plain(key, language) if self.words.has(key) else fact.replace("_", " ").capitalize()

    def _value(self, fact: KnownFact, language: str) -> str:
        if fact.name == REFERRED_BY:  # the value is another customer's number
            return self.words.plain("service.mydata_friend", language)
        if isinstance(fact.value, bool):
            return self.words.plain(f"dialogue.{'yes' if fact.value else 'no'}", language)
        script = self.running.library.asking_for(fact.name)
        if script is not None and (figure := _figure(script.questions[0], fact.value, language)) is not None:
            return figure
        default = self.running.company.default_language
        return self.running.library.fact_text(fact.name, str(fact.value), language, default)

    def _source(self, source: str, language: str) -> str:
        key = f"service.source.{source.partition(':')[0]}"
        return self.words.plain(key, language) if self.words.has(key) else source

    def _label(self, conversation: Conversation, key: str) -> str:
        return self.words.plain(key, self.running.language_of(conversation))

    def _button(self, conversation: Conversation, key: str, argument: str) -> Button:
        return Button(self._label(conversation, key), menu_tap(ACTION, argument))


def _figure(question: Question, value: object, language: str) -> str | None:
    """Write a day or an amount as people of *language* do; None for anything else."""
    match question.kind, value:
        case QuestionKind.DATE, str():
            try:
                return locales.date(dt.date.fromisoformat(value), language, dt.UTC)
            except ValueError:
                return None
        case QuestionKind.NUMBER, int() | float() if question.currency:
            return locales.amount(value, question.currency, language)
        case QuestionKind.NUMBER, int() | float():
            return locales.number(value, language)
        case _:
            return None


def _key(name: str) -> str:
    """Stand for a fact's name in a button, which holds 64 bytes."""
    return f"{zlib.crc32(name.encode()):08x}"


def _tap(verb: str, fact: KnownFact) -> str:
    return menu_tap(ACTION, f"{verb}-{_key(fact.name)}")
