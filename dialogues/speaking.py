"""How questions and endings look as messages: text, buttons, and the mark that a chosen answer leaves."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dialogues.choices import COLLECTING, FILES, bounds, choice_ids
from dialogues.engine import Ask, Control
from dialogues.standing import answer_to_keep, newest_answers, standing_of
from dialogues.taps import choice_tap, control_tap, menu_tap
from domain.dialogues import Answer, Question, QuestionKind, Run, Script
from domain.languages import in_language
from domain.messages import Ask as Share
from domain.messages import Button, Keyboard, Message
from templates.locales import amount, date, number, own_name
from templates.markup import Safe, fill, placeholders
from templates.words import Words

LONGEST = 4096
LONGEST_VALUE = 700  # of an answer that a text repeats
_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class Speaker:
    """Turns what the engine wants said into messages in the customer's language."""

    def __init__(self, words: Words, languages: Sequence[str]) -> None:
        self.words = words
        self.languages = tuple(languages)

    def question(self, script: Script, run: Run, ask: Ask, language: str, known: Mapping[str, Any]) -> Message:
        """Return the message that puts a question, after a hint when the last answer was not understood."""
        text = str(self.text(ask.question.say, language, self.texts(script, run, language, known)))
        if ends := self._ends(ask.question, language):
            text = f"{text}\n\n<i>{ends}</i>"
        if before := self._before(script, run, ask.question, language):
            text = f"{text}\n\n{self.words.html('dialogue.answered', language, answer=before)}"
        if self._has_parts(run, ask.question):
            text = f"{text}\n\n{self._so_far(run, ask.question, language)}"
        if ask.hint:
            text = f"{self.hint(ask, language)}\n\n{text}"
        if ask.person:
            text = f"{self.words.html('dialogue.third_miss', language)}\n\n{text}"
        keyboard = self.keyboard(script, run, ask.question, language, known)
        if ask.person:
            keyboard = (*keyboard, (Button(self.label("talk", language), menu_tap("talk")),))
        share = {QuestionKind.PHONE: Share.CONTACT, QuestionKind.LOCATION: Share.LOCATION}.get(ask.question.kind)
        if share is not None:
            label = "send_phone" if share is Share.CONTACT else "send_location"
            return Message(text, html=True, keyboard=keyboard, ask=share, ask_label=self.label(label, language))
        return Message(text, html=True, keyboard=keyboard)

    def received(
        self, script: Script, run: Run, question: Question, language: str, known: Mapping[str, Any]
    ) -> Message:
        """Return the message that says that a first part has come, with the question's buttons under it."""
        keyboard = self.keyboard(script, run, question, language, known)
        return Message(self.words.html("dialogue.received_part", language), html=True, keyboard=keyboard)

    def hint(self, ask: Ask, language: str) -> str:
        """Return the sentence that says what was not understood: the author's own, else the kind's."""
        if ask.question.retry and ask.hint.startswith("miss"):
            return self.text(ask.question.retry, language, {})
        return self.words.html(f"dialogue.{ask.hint}", language, **ask.hint_values)

    def keyboard(
        self, script: Script, run: Run, question: Question, language: str, known: Mapping[str, Any]
    ) -> Keyboard:
        """Return the question's choices, then done, keep, skip, back and cancel as far as each makes sense."""
        rows = self._choices(run, question, language)
        controls: list[tuple[str, Control]] = []
        if question.kind in COLLECTING:
            controls.append(("done", Control.DONE))
        if answer_to_keep(run, question) is not None:
            controls.append(("keep", Control.KEEP))
        if question.skip:
            controls.append(("skip", Control.SKIP))
        if standing_of(script, run, known).answered:
            controls.append(("back", Control.BACK))
        controls.append(("cancel", Control.CANCEL))
        last = tuple(Button(self.label(name, language), control_tap(run.id, run.asking, c)) for name, c in controls)
        return (*rows, last)

    def choice_label(self, question: Question, choice: str, language: str) -> str:
        """Return what a choice says on its button."""
        match question.kind:
            case QuestionKind.CHOICE | QuestionKind.MANY:
                option = next((o for o in question.options if o.id == choice), None)
                return choice if option is None else in_language(option.label, language, self.languages[0])
            case QuestionKind.STARS:
                return self.words.plain("dialogue.stars", language, n=int(choice))
            case QuestionKind.YES_NO:
                return self.label(choice, language)
            case QuestionKind.CONSENT:
                return self.label(f"consent_{choice}", language)
            case QuestionKind.CONFIRM:  # "No, let me correct it" promises that she can
                is_plain_no = choice == "no" and not question.again_from
                return self.label("no" if is_plain_no else f"confirm_{choice}", language)
            case QuestionKind.LANGUAGE:
                return own_name(choice)
            case _:
                return choice

    def marked(self, run: Run, question: Question, choice: str, control: Control, language: str) -> Message:
        """
        Return the question's message as it stays after a tap: no buttons, and what was chosen.

        Of several choices all are named, since Done closes them.
        """
        newest = newest_answers(run).get(question.id)
        picked = newest.value if newest is not None and question.kind is QuestionKind.MANY else ()
        if choice or (control is Control.DONE and picked):
            labels = [self.choice_label(question, each, language) for each in ((choice,) if choice else picked)]
            mark = self.words.html("dialogue.chosen", language, label=", ".join(labels))
        else:
            key = "dialogue.chosen" if control in {Control.DONE, Control.KEEP} else "dialogue.steered"
            mark = self.words.html(key, language, label=self.label(control.name.lower(), language))
        return Message(f"{self.text(question.say, language, {})}\n\n{mark}", html=True)

    def texts(self, script: Script, run: Run, language: str, known: Mapping[str, Any]) -> dict[str, str]:
        """Return each answer as a person reads it: labels instead of option ids."""
        return self.answer_texts(script, standing_of(script, run, known).values, language, run)

    def answer_texts(self, script: Script, values: Mapping[str, Any], language: str, run: Run) -> dict[str, str]:
        """Return *values* as texts for people, keyed by question."""
        told: dict[str, str] = {}
        newest = newest_answers(run)
        for name, value in values.items():
            question = script.question(name)
            if question is None:
                continue
            if isinstance(value, tuple):
                told[name] = ", ".join(self.choice_label(question, choice, language) for choice in value)
            elif isinstance(value, bool):
                told[name] = self.choice_label(question, "yes" if value else "no", language)
            elif str(value) in choice_ids(question, self.languages):
                told[name] = self.choice_label(question, str(value), language)
            elif (figure := _figure(question, value, newest[name], language)) is not None:
                told[name] = figure
            else:
                counts_files = question.kind in FILES
                told[name] = newest[name].text or ("" if value is None or counts_files else str(value))
        return told

    def text(self, texts: Mapping[str, str], language: str, values: Mapping[str, object]) -> Safe:
        """
        Return a script's text in *language* as Telegram HTML, with {names} filled in and escaped.

        An unknown name is left out; a long value is shortened, so that the whole stays within Telegram's limit.
        """
        short_values = {name: cut(str(value), LONGEST_VALUE) for name, value in values.items()}
        return fill(in_language(texts, language, self.languages[0]), short_values)

    def label(self, name: str, language: str) -> str:
        """Return the text of one of our own buttons."""
        return self.words.plain(f"dialogue.{name}", language)

    def _so_far(self, run: Run, question: Question, language: str) -> str:
        """Say what the answer has collected."""
        told = cut(newest_answers(run)[question.id].text, LONGEST_VALUE)
        if not told:
            return self.words.html("dialogue.received_part", language)
        return self.words.html("dialogue.parts_so_far", language, text=told)

    def _before(self, script: Script, run: Run, question: Question, language: str) -> str:
        """Say what she had answered to a question that Back has opened again; a collection shows that by itself."""
        kept = answer_to_keep(run, question)
        if kept is None or question.kind in FILES or question.kind is QuestionKind.LOCATION:
            return ""
        return cut(self.answer_texts(script, {question.id: kept.value}, language, run)[question.id], LONGEST_VALUE)

    @staticmethod
    def _has_parts(run: Run, question: Question) -> bool:
        newest = newest_answers(run).get(question.id) if question.kind is QuestionKind.MESSAGES else None
        return newest is not None and not newest.skipped and bool(newest.value or newest.media)

    def _ends(self, question: Question, language: str) -> str:
        """Return what the two ends of a scale mean, where the script says it."""
        low, high = bounds(question)
        told = ((low, question.low_label), (high, question.high_label))
        return ", ".join(f"{number} = {self.text(label, language, {})}" for number, label in told if label)

    def _choices(self, run: Run, question: Question, language: str) -> Keyboard:
        ids = choice_ids(question, self.languages)
        newest = newest_answers(run).get(question.id)
        picked = newest.value or () if newest and question.kind is QuestionKind.MANY else ()
        buttons = []
        for index, choice in enumerate(ids):
            label = self.choice_label(question, choice, language)
            shown = self.words.plain("dialogue.chosen", language, label=label) if choice in picked else label
            buttons.append(Button(shown, choice_tap(run.id, run.asking, index)))
        return _rows(question, buttons, self.words.plain("dialogue.chosen", language, label=""))


def repeats(question: Question, answered: str) -> bool:
    """Say whether the words of *question* repeat the answer to question *answered*."""
    return any(answered in placeholders(text) for text in question.say.values())


def _figure(question: Question, value: object, answer: Answer, language: str) -> str | None:
    """
    Write a number or a day as people of *language* do, however it was typed; None for other kinds.

    A day that was still to come has its weekday with it, by which people notice a wrong one.
    """
    match question.kind, value:
        case QuestionKind.NUMBER, int() | float() if question.currency:
            return amount(value, question.currency, language)
        case QuestionKind.NUMBER, int() | float():
            return number(value, language)
        case QuestionKind.DATE, str():
            day = dt.date.fromisoformat(value)
            return date(day, language, dt.UTC, "full" if day >= answer.at.date() else "long")
        case _:
            return None


def _rows(question: Question, buttons: Sequence[Button], mark: str) -> Keyboard:
    """
    Lay buttons out for a phone: numbers side by side, short words two in a row, the rest one in a row.

    Where several may be chosen there is room for the *mark* from the start, so that no tap moves the buttons about.
    """
    if question.kind is QuestionKind.SCALE:
        low, high = bounds(question)
        width = 6 if high - low >= 7 else 7
    elif question.kind is QuestionKind.STARS:
        width = 1
    else:
        longest = max((len(button.label.removeprefix(mark)) for button in buttons), default=0)
        longest += len(mark) if question.kind is QuestionKind.MANY else 0
        width = 3 if longest <= 9 else 2 if longest <= 16 else 1
    return tuple(tuple(buttons[start : start + width]) for start in range(0, len(buttons), width))


def fill_plain(text: str, values: Mapping[str, object]) -> str:
    """Fill {names} into a text without markup; what has no value is left out. Filled-in text is never filled again."""
    return _PLACE.sub(lambda place: str(values.get(place[1], "")), text).strip()


def cut(text: str, longest: int = LONGEST) -> str:
    """Keep a plain text within *longest* UTF-16 units; Telegram takes 4096."""
    if len(text.encode("utf-16-le")) // 2 <= longest:
        return text
    return text.encode("utf-16-le")[: (longest - 1) * 2].decode("utf-16-le", "ignore") + "…"
