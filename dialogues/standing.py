"""Where a run stands, derived from its answers alone: which question is open, which one Back would reopen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dialogues.choices import COLLECTING
from domain.dialogues import Answer, Ending, Question, QuestionKind, Run, Script
from domain.rules import Known, Rule, evaluate


@dataclass(frozen=True, slots=True)
class Standing:
    """`open` is the first relevant unanswered question, None at the end; `answered` the relevant answers in order."""

    open: Question | None
    answered: tuple[Answer, ...]

    @property
    def values(self) -> dict[str, Any]:
        """The answers as conditions and texts see them; skipped ones are missing."""
        return {answer.question: answer.value for answer in self.answered if not answer.skipped}


def newest_answers(run: Run) -> dict[str, Answer]:
    """Return the newest version of each answer of *run*."""
    newest: dict[str, Answer] = {}
    for answer in run.answers:
        if answer.question not in newest or answer.version > newest[answer.question].version:
            newest[answer.question] = answer
    return newest


def standing_of(script: Script, run: Run, known: Mapping[str, Any]) -> Standing:
    """Derive where *run* stands. An answer to a question that is no longer relevant counts for nothing."""
    newest = newest_answers(run)
    answered: list[Answer] = []
    values: dict[str, Any] = {}
    for question in script.questions:
        if not holds(question.only_if, values, known) or _is_decided(question, known):
            continue
        answer = newest.get(question.id)
        if answer is None or answer.reopened or not answer.closed or _is_to_correct(question, answer):
            return Standing(question, tuple(answered))
        answered.append(answer)
        if not answer.skipped:
            values[question.id] = answer.value
    return Standing(None, tuple(answered))


def answer_by(run: Run, message_id: int) -> Answer | None:
    """Return the answer that a message of hers gave and that still counts, or None."""
    newest = newest_answers(run).values()
    return next((each for each in newest if each.message_id == message_id and not each.reopened), None)


def answer_to_keep(run: Run, question: Question) -> Answer | None:
    """
    Return what she had answered before Back opened the question again, where she may simply keep it.

    A collection keeps its parts by itself, and a confirm is asked anew for a reason.
    """
    newest = newest_answers(run).get(question.id)
    if question.kind in COLLECTING or question.kind is QuestionKind.CONFIRM:
        return None
    return newest if newest is not None and newest.reopened and not newest.skipped else None


def _is_to_correct(question: Question, answer: Answer) -> bool:
    """Say whether an answer is the No of a confirm that asks anew: it cannot be left at that."""
    return bool(question.again_from) and answer.value is False and not answer.skipped


def values_as_left(script: Script, run: Run, known: Mapping[str, Any]) -> dict[str, Any] | None:
    """
    Return the answers of a run that she left unfinished, as if she had pressed Done and skipped what may be skipped.

    None when nothing follows from it: she answered nothing, or told nothing and left out what cannot be skipped.
    """
    values, told, complete = _so_far(script, run, known)
    return values if told or (complete and values) else None


def values_so_far(script: Script, run: Run, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return all she has answered, what she told in free messages without Done included."""
    return _so_far(script, run, known)[0]


def _so_far(script: Script, run: Run, known: Mapping[str, Any]) -> tuple[dict[str, Any], bool, bool]:
    """Return the values, whether she told something in free messages, and whether the rest may be skipped."""
    newest = newest_answers(run)
    values: dict[str, Any] = {}
    told, complete = False, True
    for question in script.questions:
        if not holds(question.only_if, values, known) or _is_decided(question, known):
            continue
        answer = newest.get(question.id)
        has_parts = question.kind is QuestionKind.MESSAGES and answer is not None and bool(answer.value or answer.media)
        if answer is not None and not answer.skipped and (has_parts or (answer.closed and not answer.reopened)):
            values[question.id] = answer.value
            told = told or has_parts
        else:
            complete = complete and question.skip
    return values, told, complete


def ending_of(script: Script, values: Mapping[str, Any], known: Mapping[str, Any]) -> Ending | None:
    """Return the first ending whose condition holds, or None when no ending speaks for these answers."""
    return next((ending for ending in script.endings if holds(ending.when, values, known)), None)


def holds(rule: Rule | None, values: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """
    Say whether a condition holds over the answers so far and what is known of the customer.

    No condition always holds, an unknown one does not. An answer hides a fact of the same name. `known["now"]` is the
    moment, in the customer's zone, for conditions on dates.
    """
    return rule is None or evaluate(rule, Known({**known, **values}), known.get("now")) is True


def _is_decided(question: Question, known: Mapping[str, Any]) -> bool:
    """Say whether there is nothing to choose: the language, where the company speaks only one."""
    return question.kind is QuestionKind.LANGUAGE and len(known.get("languages", ("", ""))) == 1
