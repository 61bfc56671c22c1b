"""What people understand of the messages that they read: which question it is, and what the company confirms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.content import Content
from domain.dialogues import Question, Script
from tests.year.company import LANGUAGES, NEWSLETTER_MARKS

_TAG = re.compile(r"<[^>]*>")
_NUMBER = 987_654
_TWO_DATES = (dt.datetime(2001, 1, 11, tzinfo=dt.UTC), dt.datetime(2002, 12, 22, tzinfo=dt.UTC))


class Sign(StrEnum):
    """Something that the company has told a customer."""

    COMPLAINT_OPEN = "complaint open"
    SETTLED = "settled"
    OPEN_AGAIN = "open again"
    OVER = "closed after her silence"
    STOPPED = "stopped"
    PAUSED_MONTH = "paused for a month"
    PAUSED_WEEK = "paused for a week"


@dataclass(frozen=True, slots=True)
class Told:
    """A sign, and the number of the case that it names (0: none)."""

    sign: Sign
    case: int = 0


class Phrases:
    """The texts of the company, read the other way round."""

    def __init__(self, content: Content) -> None:
        facts = content.library.facts.all()
        self._questions = list(_questions([*content.library.all(), *(fact.script for fact in facts)]))
        self._facts = {fact.question.id for fact in facts}
        self._small = tuple(content.words.plain("service.small_lead", language) for language in LANGUAGES)
        self._openings = {
            line: script.id
            for script, question, line in self._questions
            if script.survey and question.id == script.questions[0].id
        }
        words = content.words
        self._reminders = tuple(words.plain("dialogue.reminder", language) for language in LANGUAGES)
        self._signs: list[tuple[re.Pattern[str], Sign]] = []
        for language in LANGUAGES:
            for key, sign in (
                ("service.case_resolved", Sign.SETTLED),
                ("service.case_declined", Sign.SETTLED),
                ("service.case_reopened", Sign.OPEN_AGAIN),
            ):
                self._signs.append((_pattern(words.plain(key, language, number=_NUMBER, routes="")), sign))
            self._signs.append((_pattern(words.plain("service.stopped", language)), Sign.STOPPED))
            self._signs.append((_until(content, "service.paused", language), Sign.PAUSED_MONTH))
            self._signs.append((_until(content, "service.case_expired", language, number=_NUMBER), Sign.OVER))
            self._signs += _endings(content, language)

    def question_in(self, text: str) -> Question | None:
        """Return the question that *text* puts, or None."""
        flat = _flat(text)
        return next((question for _, question, line in self._questions if line in flat), None)

    def survey_opened_by(self, text: str) -> str:
        """Return the survey whose first question *text* is, without any lead; "" for anything else."""
        flat = _flat(text)
        return next((script for line, script in self._openings.items() if flat.startswith(line)), "")

    def fact_asked_by(self, text: str) -> str:
        """Return the fact that the small question *text* asks for; "" for anything else."""
        question = self.question_in(text) if text.startswith(self._small) else None
        return question.id if question is not None and question.id in self._facts else ""

    def is_reminder(self, text: str) -> bool:
        """Say whether *text* reminds of an open question."""
        return text.startswith(self._reminders)

    @staticmethod
    def newsletter_in(text: str) -> str:
        """Return the mark of the newsletter that *text* is, or ""."""
        return next((mark for mark in NEWSLETTER_MARKS if text.startswith(mark)), "")

    def told_by(self, text: str) -> Iterator[Told]:
        """Yield what *text* confirms."""
        flat = _flat(text)
        for pattern, sign in self._signs:
            if found := pattern.search(flat):
                yield Told(sign, int(found[1]) if pattern.groups else 0)


def _questions(scripts: Iterable[Script]) -> Iterator[tuple[Script, Question, str]]:
    for script in scripts:
        for question in script.questions:
            for text in question.say.values():
                yield script, question, _flat(_TAG.sub("", text.strip().split("\n")[0]))


def _endings(content: Content, language: str) -> Iterator[tuple[re.Pattern[str], Sign]]:
    complaint, preferences = content.library.get("complaint"), content.library.get("preferences")
    assert complaint is not None
    assert preferences is not None
    for ending in complaint.endings:
        yield _pattern(ending.say[language].replace("{case}", str(_NUMBER))), Sign.COMPLAINT_OPEN
    for ending in preferences.endings:
        if ending.pause is not None:
            sign = Sign.PAUSED_WEEK if ending.pause.days <= 7 else Sign.PAUSED_MONTH
            yield _pattern(ending.say[language]), sign


def _until(content: Content, key: str, language: str, **values: int) -> re.Pattern[str]:
    """Return what a text with a date says before the date."""
    one, other = (content.words.plain(key, language, until=until, **values) for until in _TWO_DATES)
    return _pattern(one[: next(at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)])


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(_flat(_TAG.sub("", text))).replace(str(_NUMBER), r"(\d+)"))


def _flat(text: str) -> str:
    return " ".join(text.split())
