"""The answers to every other question of a survey: choices counted, numbers by their order, texts by how many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dialogues.choices import choice_ids
from domain.dialogues import Question, QuestionKind, Script
from insight.summaries import Numbers, Proportion, numbers, proportions
from store.database import Tx
from store.survey_answers import count_values, count_verbatims, skipped_count
from store.survey_scope import Scope

_WORDS = frozenset({QuestionKind.TEXT, QuestionKind.MESSAGES})
_NUMBERS = frozenset({QuestionKind.NUMBER, QuestionKind.SCALE, QuestionKind.STARS})
_ONLY_COUNTED = frozenset(
    {QuestionKind.PHONE, QuestionKind.LOCATION, QuestionKind.PHOTO, QuestionKind.VOICE, QuestionKind.DOCUMENT}
)


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """
    One question: *n* answered it, *skipped* passed over it.

    *choices* by id are in the order of the buttons; an id that the script no longer has comes last. *numbers* are of
    numbers, scales and stars, *first* and *last* of dates. Texts and files have only their n.
    """

    question: Question
    n: int
    skipped: int
    choices: dict[str, Proportion] | None = None
    numbers: Numbers | None = None
    first: dt.date | None = None
    last: dt.date | None = None


async def question_results(tx: Tx, script: Script, scope: Scope, languages: Sequence[str]) -> list[QuestionResult]:
    """Sum up the answers to each question of a script, in its order."""
    return [await _result(tx, question, scope, languages) for question in script.questions]


async def _result(tx: Tx, question: Question, scope: Scope, languages: Sequence[str]) -> QuestionResult:
    skipped = await skipped_count(tx, scope, question.id)
    if question.kind in _WORDS | _ONLY_COUNTED:
        return QuestionResult(question, await count_verbatims(tx, scope, [question.id]), skipped)
    counted = await count_values(tx, scope, question.id)
    n = sum(count for _, count in counted)
    if question.kind is QuestionKind.DATE:
        days = sorted(day for value, _ in counted if (day := _day(value)) is not None)
        return QuestionResult(question, n, skipped, first=days[0] if days else None, last=days[-1] if days else None)
    ordered = None
    if question.kind in _NUMBERS:
        ordered = numbers((float(value), count) for value, count in counted if _is_number(value))
    ids = choice_ids(question, languages)
    if not ids:
        return QuestionResult(question, n, skipped, numbers=ordered)
    counts = dict.fromkeys(ids, 0)
    for value, count in counted:
        for chosen in value if isinstance(value, list) else [value]:
            name = _choice(chosen)
            counts[name] = counts.get(name, 0) + count
    return QuestionResult(question, n, skipped, proportions(counts, n), ordered)


def _choice(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _is_number(value: Any) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)) or (
        isinstance(value, str) and value.isdecimal()
    )


def _day(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
