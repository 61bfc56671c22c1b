"""
Customers with a character, at their Telegram clients: they read what has come, answer sooner or later, and act.

They know nothing of the program but what stands in their chat. Every choice is drawn from the customer's own seed.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.playground.messages import Button, Message
from bot.playground.people import Person
from domain.customers import Purpose
from domain.dialogues import Question, QuestionKind
from tests.year.characters import NATURES, Character, Nature
from tests.year.notes import Notes
from tests.year.phrases import Phrases, Sign

_RUBBISH = ("???", "purple elephants", "…", "mitä?")
_WORDS = ("It came late", "All was fine", "The lamp flickers", "Kiitos paljon", "Could you help me?", "Pöytä heiluu")
_STAYS = 90  # seconds for which she stays in a conversation that goes on


@dataclass(slots=True, eq=False)
class Customer:
    """
    One customer. `zone` and `town` stand in the company's register (zone "": not known there).

    `asked` is the question that she has seen and not answered, `answer_at` when she will (None: never).
    """

    person: Person
    character: Character
    phrases: Phrases
    rng: random.Random
    zone: str = ""
    town: str = ""
    notes: Notes = field(default_factory=Notes)
    asked: Message | None = None
    question: Question | None = None
    answer_at: dt.datetime | None = None
    misses: int = 0
    _read: int = 0
    _older: list[tuple[Message, str]] = field(default_factory=list)
    _later: list[tuple[dt.datetime, Callable[[], None]]] = field(default_factory=list)
    _spoke_at: dt.datetime | None = None

    @property
    def name(self) -> str:
        """Her name, which names her place in the run as well."""
        return self.person.first_name

    @property
    def nature(self) -> Nature:
        """How she deals with things."""
        return NATURES[self.character]

    @property
    def now(self) -> dt.datetime:
        """The present moment."""
        return self.person.world.clock.now()

    def chance(self, share: float) -> bool:
        """Draw once."""
        return self.rng.random() < share

    # Reading ------------------------------------------------------------------------------------------------------

    def looks(self) -> None:
        """Read what has come since she looked last."""
        chat = self.person.chat.everything
        new, self._read = chat[self._read :], len(chat)
        for message in new:
            if message.from_bot:
                self._reads(message)

    def _reads(self, message: Message) -> None:
        self._notes_signs(message.text)
        data = {str(button.fields.get("callback_data", "")) for button in message.buttons}
        if any(each.startswith("q.") for each in data):
            self._is_asked(message)
        elif any(each.startswith("m.accept.") for each in data):
            self._is_told_settled(message)
        elif any(each.startswith("w.") for each in data):
            self._gets_newsletter(message)

    def _notes_signs(self, text: str) -> None:
        for told in self.phrases.told_by(text):
            match told.sign:
                case Sign.COMPLAINT_OPEN:
                    self.notes.complains(told.case, self.now)
                case Sign.SETTLED:
                    self.notes.settles(told.case, self.now)
                case Sign.OPEN_AGAIN:
                    self.notes.opens_again(told.case, self.now)
                case Sign.STOPPED:
                    self.notes.withdraws(Purpose.MARKETING)
                case Sign.PAUSED_MONTH | Sign.PAUSED_WEEK:
                    self.notes.pauses_for(self.now, week=told.sign is Sign.PAUSED_WEEK)

    def _is_asked(self, message: Message) -> None:
        question = self.phrases.question_in(message.text)
        before = self.question
        heard = before is not None and before.kind is QuestionKind.CONSENT  # even late, so nobody would know her mind
        if self.asked is not None and self.asked.buttons and before not in (None, question) and not heard:
            self._older = [*self._older[-3:], (self.asked, _data(self.asked.buttons[0]))]
        if question is not None and question is not self.question:
            self.misses = 0
        self.asked, self.question = message, question or self.question
        if self.is_talking:
            self.answer_at = None if self.chance(self.nature.breaks_off) else self.now
        elif self.chance(self.nature.answers):
            self.answer_at = self.now + self.rng.uniform(0.1, 1.0) * dt.timedelta(days=self.nature.patience)

    def _is_told_settled(self, message: Message) -> None:
        wanted = "m.accept." if self.chance(0.85) else "m.reopen."
        button = next((b for b in message.buttons if _data(b).startswith(wanted)), None)
        if button is not None and self.chance(self.nature.answers):
            self.later(lambda: self._taps(message, button), days=0.4)

    def _gets_newsletter(self, message: Message) -> None:
        for share, name in ((self.nature.stops, "w.stop"), (self.nature.stops / 2, "w.pause")):
            button = next((b for b in message.buttons if _newsletter_act(b) == name), None)
            if button is not None and self.chance(share):
                self.later(lambda button=button: self._taps(message, button), days=0.4)  # type: ignore[misc]  # mypy knows no lambda defaults
                return
        if self.chance(0.01):
            self.later(lambda: self._answers_newsletter(message), days=0.6)

    def _answers_newsletter(self, message: Message) -> None:
        self._says("How much is the chair?", message)

    @property
    def is_talking(self) -> bool:
        """Whether she has said something just now."""
        return self._spoke_at is not None and (self.now - self._spoke_at).total_seconds() < _STAYS

    # Acting -------------------------------------------------------------------------------------------------------

    def later(self, act: Callable[[], None], *, days: float) -> None:
        """Do *act* within so many days."""
        self._later.append((self.now + self.rng.random() * dt.timedelta(days=days), act))

    def has_plans(self, at: dt.datetime) -> bool:
        """Say whether she wants to do something at *at*."""
        if self.person.blocked:
            return False
        return (self.answer_at is not None and self.answer_at <= at) or any(due <= at for due, _ in self._later)

    def acts(self) -> None:
        """Do what she wants to do now."""
        due = [act for at, act in self._later if at <= self.now]
        self._later = [(at, act) for at, act in self._later if at > self.now]
        for act in due:
            act()
        if self.answer_at is not None and self.answer_at <= self.now:
            self._answers()

    def spoke(self, *, asks: bool = False) -> None:
        """Note that she has done something in this second; *asks* for help or another language."""
        self._spoke_at = self.now
        second = self.person.world.clock.unix()
        self.notes.spoke.add(second)
        if asks:
            self.notes.asked_for.add(second)

    def _says(self, text: str, reply_to: Message | None = None) -> Message:
        self.spoke()
        return self.person.sends(text, reply_to=reply_to)

    def _taps(self, message: Message, button: Button) -> None:
        self.spoke()
        self.person.taps_data(message, _data(button))
        if self.chance(self.nature.doubles):
            self.person.taps_data(message, _data(button))
        if _newsletter_act(button) == "w.stop":
            self.notes.withdraws(Purpose.MARKETING)

    # Answering ----------------------------------------------------------------------------------------------------

    def _answers(self) -> None:
        message, self.answer_at = self.asked, None
        if message is None:
            return
        if self.chance(self.nature.stale) and self._older:
            self.spoke()
            self.person.taps_data(*self._older[-1])
            return
        if self.chance(self.nature.switches):
            self.does("language")
            return
        if self.chance(self.nature.digresses):
            self.does("complaint")
            return
        buttons = [b for b in message.buttons if _data(b).startswith("q.")]
        if any(_data(b).startswith("m.talk") for b in message.buttons) and self.chance(0.5):
            self._taps(message, next(b for b in message.buttons if _data(b).startswith("m.talk")))
            return
        kind = self.question.kind if self.question is not None else None
        takes_anything = kind in {QuestionKind.TEXT, QuestionKind.MESSAGES} and not (
            self.question and self.question.pattern
        )
        if not takes_anything and self.misses < 3 and self.chance(self.nature.confused):
            self.misses += 1
            self._says(self.rng.choice(_RUBBISH))
            return
        self.asked = None
        fact = self.phrases.fact_asked_by(message.text)
        if self._gives_answer(message, buttons) and fact:
            self.notes.told.append((fact, self.now))

    def _gives_answer(self, message: Message, buttons: list[Button]) -> bool:
        """Answer, skip or steer; say whether she has chosen an answer by its button."""
        choices = [b for b in buttons if _last(b).isdigit()]
        controls = {_last(b): b for b in buttons if not _last(b).isdigit()}
        if self.chance(0.03) and "b" in controls:
            self._taps(message, controls["b"])
        elif self.chance(self.nature.breaks_off / 2) and "c" in controls:
            self._taps(message, controls["c"])
        elif choices and "s" in controls and self.chance(self.nature.skips / 3):
            self._taps(message, controls["s"])
        elif choices:
            return self._chooses(message, choices, controls)
        elif "d" in controls:
            for _ in range(self.rng.choice((1, 1, 2))):
                self._says(self.rng.choice(_WORDS))
            self._taps(message, controls["d"])
        elif "s" in controls and self.chance(self.nature.skips):
            self._taps(message, controls["s"])
        else:
            self._says(self._typed())
        return False

    def _chooses(self, message: Message, choices: list[Button], controls: dict[str, Button]) -> bool:
        question = self.question
        if question is not None and question.kind is QuestionKind.CONSENT and question.purpose is not None:
            self._consents(message, choices, question.purpose)
            return True
        graded = question is not None and question.kind in {QuestionKind.SCALE, QuestionKind.STARS}
        share = min(max(self.rng.gauss(self.nature.content, 0.25), 0.0), 0.999) if graded else self.rng.random()
        chosen = choices[int(share * len(choices))]
        if "d" in controls:
            for each in {chosen.label: chosen, choices[0].label: choices[0]}.values():
                self._taps(message, each)
            self._taps(message, controls["d"])
        elif self.chance(self.nature.types):
            self._says(chosen.label)
            return False
        else:
            self._taps(message, chosen)
        return True

    def _consents(self, message: Message, choices: list[Button], purpose: Purpose) -> None:
        yes = self.chance(self.nature.agrees)
        self._taps(message, choices[0 if yes else 1])
        if yes:
            self.notes.agrees(purpose, self.now)
        else:
            self.notes.withdraws(purpose)

    def _typed(self) -> str:
        question = self.question
        match question.kind if question is not None else None:
            case QuestionKind.NUMBER:
                return "3"
            case QuestionKind.DATE:
                return "2020-05-17"
            case QuestionKind.TEXT if question is not None and question.sample:
                return question.sample
            case _:
                return self.rng.choice(_WORDS)

    # Of her own accord --------------------------------------------------------------------------------------------

    def does(self, what: str) -> None:
        """Do one of the things that the calendar names."""
        if self.person.blocked and what not in {"returns", "start"}:
            return
        match what:
            case "start" | "complaint" | "feedback" | "question" | "mydata" | "help" | "rate" | "preferences":
                self._says(f"/{what}")
            case "stop" | "pause":
                self._says(f"/{what}")
            case "words" | "night":
                self._says(self.rng.choice(_WORDS))
            case "language":
                self._switches_language()
            case "topics":
                self._says("/topics")
                self.later(self._switches_news, days=0.0)
            case "block":
                self.spoke()
                self.notes.blocks_bot()
                self.person.blocks()
                self.asked, self.answer_at, self._later = None, None, []
            case "returns":
                self.spoke()
                self.notes.comes_back(self.now)
                self.person.unblocks()
                self._says(self.rng.choice(("/start", "Hello again")))
            case "stale" if self._older:
                self.spoke()
                self.person.taps_data(*self._older[-1])
            case "react" if self.person.chat.from_bot:
                self.spoke()
                self.person.reacts(self.person.chat.from_bot[-1], self.rng.choice("👍❤🔥"))
            case "edit":
                sent = self._says("I like it hre")
                self.later(lambda: self._edits(sent), days=0.0)
            case _:
                pass

    def _edits(self, sent: Message) -> None:
        self.spoke()
        self.person.edits(sent, "I like it here")

    def _switches_language(self) -> None:
        self._says("/language")
        self.later(self._taps_language, days=0.0)

    def _taps_language(self) -> None:
        for message in reversed(self.person.chat.everything[-4:]):
            tags = [b for b in message.buttons if _data(b).startswith("m.language.")]
            if tags:
                self.spoke(asks=True)
                self._taps(message, self.rng.choice(tags))
                return

    def _switches_news(self) -> None:
        """Tap one of the two switches of /topics; what it stands at, its label shows."""
        for message in reversed(self.person.chat.everything[-3:]):
            switches = [b for b in message.buttons if _data(b).startswith("m.topics.")]
            if switches:
                button = self.rng.choice(switches)
                purpose = Purpose(_last(button))
                self.spoke()
                self.person.taps_data(message, _data(button))
                if "✓" in button.label:
                    self.notes.withdraws(purpose)
                else:
                    self.notes.agrees(purpose, self.now)
                return


def _data(button: Button) -> str:
    return str(button.fields.get("callback_data", ""))


def _last(button: Button) -> str:
    return _data(button).rsplit(".", 1)[-1]


def _newsletter_act(button: Button) -> str:
    """Return "w.stop" for the button "w.SENDING.stop"."""
    parts = _data(button).split(".")
    return f"w.{parts[-1]}" if parts[0] == "w" else ""
