"""A survey as a table: its columns with their types, and a row for each invitation or own-accord answer."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from typing import Any

from bot.results import the_score
from domain.dialogues import Question, QuestionKind, Script
from domain.response import NotAsked
from insight.response import disposition_of
from store.survey_export import ExportedCase, GivenAnswer


class Type(enum.StrEnum):
    """What a column holds, in CSV and Parquet alike."""

    WHOLE = "whole"
    NUMBER = "number"
    TEXT = "text"
    YES_NO = "yes/no"
    TIME = "time"
    DATE = "date"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column; *free* ones hold words of customers."""

    name: str
    type: Type
    free: bool = False


_TYPES = {
    QuestionKind.SCALE: Type.WHOLE,
    QuestionKind.STARS: Type.WHOLE,
    QuestionKind.NUMBER: Type.NUMBER,
    QuestionKind.DATE: Type.DATE,
    QuestionKind.MANY: Type.LIST,
    QuestionKind.YES_NO: Type.YES_NO,
    QuestionKind.CONSENT: Type.YES_NO,
    QuestionKind.CONFIRM: Type.YES_NO,
    QuestionKind.PHOTO: Type.WHOLE,
    QuestionKind.VOICE: Type.WHOLE,
    QuestionKind.DOCUMENT: Type.WHOLE,
}
_FILES = frozenset({QuestionKind.PHOTO, QuestionKind.VOICE, QuestionKind.DOCUMENT})
_NAMING = frozenset({QuestionKind.PHONE, QuestionKind.LOCATION})
_WORDS = frozenset({QuestionKind.TEXT, QuestionKind.MESSAGES})
ANSWERED, SKIPPED, MISSING = "answered", "skipped", "missing"


class SurveyTable:
    """Makes rows of cases; without *names* a customer is only an id of the store, and phones and places stay out."""

    def __init__(self, script: Script, *, names: bool = False) -> None:
        self._script = script
        self._score = the_score(script)
        self._names = names
        self.columns = self._columns()

    def _columns(self) -> list[TableColumn]:
        found = [TableColumn("customer", Type.WHOLE)]
        if self._names:
            found += [TableColumn("number", Type.TEXT, free=True), TableColumn("name", Type.TEXT, free=True)]
        found += [
            TableColumn("wave", Type.WHOLE),
            TableColumn("stratum", Type.TEXT, free=True),
            TableColumn("asked_by_us", Type.YES_NO),
            TableColumn("invited_at", Type.TIME),
            TableColumn("disposition", Type.TEXT),
            TableColumn("reason", Type.TEXT),
            TableColumn("language", Type.TEXT),
            TableColumn("duration_s", Type.NUMBER),
            TableColumn("score", Type.WHOLE),
        ]
        for question in self._script.questions:
            kind = _TYPES.get(question.kind, Type.TEXT)
            free = question.kind in _WORDS | _NAMING
            if question.kind not in _NAMING or self._names:
                found.append(TableColumn(f"answer.{question.id}", kind, free))
            found.append(TableColumn(f"state.{question.id}", Type.TEXT))
        return found

    def row(self, case: ExportedCase) -> list[Any]:
        """Make a case's row, in the order of the columns; an empty cell is None, and its state says why."""
        evidence = case.evidence
        given = [answer.at for answer in case.answers.values()]
        duration = (max(given) - case.at).total_seconds() if given and case.at is not None else None
        score = case.answers.get(self._score.question) if self._score is not None else None
        found: list[Any] = [case.customer_id]
        if self._names:
            found += [case.number, case.name]
        found += [
            case.wave_id,
            case.stratum,
            not case.unasked and not isinstance(evidence, NotAsked),
            None if case.unasked else case.at,
            disposition_of(evidence).value,
            evidence.reason if isinstance(evidence, NotAsked) else "",
            case.language,
            duration,
            _as_type(score.value, Type.WHOLE) if score is not None and not score.skipped else None,
        ]
        for question in self._script.questions:
            answer = case.answers.get(question.id)
            if question.kind not in _NAMING or self._names:
                found.append(_value(question, answer))
            found.append(MISSING if answer is None else SKIPPED if answer.skipped else ANSWERED)
        return found


def _value(question: Question, answer: GivenAnswer | None) -> Any:
    if answer is None or answer.skipped:
        return None
    if question.kind in _FILES:
        return answer.files
    if question.kind in _WORDS:
        return answer.text or str(answer.value)
    return _as_type(answer.value, _TYPES.get(question.kind, Type.TEXT))


def _as_type(value: Any, wanted: Type) -> Any:
    """Give *value* as its column's type; what an older version of the script let pass becomes None."""
    match wanted:
        case Type.WHOLE | Type.NUMBER:
            try:
                number = float(value)
            except (TypeError, ValueError):
                return None
            if wanted is Type.NUMBER:
                return number
            return int(number) if number.is_integer() else None
        case Type.YES_NO:
            return value if isinstance(value, bool) else None
        case Type.DATE:
            try:
                return dt.date.fromisoformat(value) if isinstance(value, str) else None
            except ValueError:
                return None
        case Type.LIST:
            return [str(each) for each in value] if isinstance(value, list | tuple) else None
        case _:
            return None if value is None else str(value)
