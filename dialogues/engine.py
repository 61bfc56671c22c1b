"""
The pure engine: a script, a run and what was heard give a step.

It never sends, stores, sleeps or asks the time. What it returns is the run as it now stands, the answer versions to
keep, and what is to be said.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dialogues.answers import Missed, Part, Reading, Understood, read_choice, read_words
from dialogues.choices import COLLECTING, choice_ids
from dialogues.standing import Standing, answer_to_keep, ending_of, newest_answers, standing_of
from dialogues.vocabulary import SHIPPED, Vocabulary
from domain.dialogues import Answer, Ending, Question, QuestionKind, Run, RunState, Script
from domain.incoming import Words

MISSES_BEFORE_A_PERSON = 3


class Control(enum.StrEnum):
    """What can be said at every question; the values stand in callback data."""

    BACK = "b"
    SKIP = "s"
    CANCEL = "c"
    DONE = "d"
    KEEP = "k"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A tap on choice number *index* of the question that asking *asking* put."""

    asking: int
    index: int


@dataclass(frozen=True, slots=True)
class Steered:
    """A control, by a button of asking *asking*, or typed (None)."""

    control: Control
    asking: int | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """A message: words, media, a shared contact or place."""

    words: Words


@dataclass(frozen=True, slots=True)
class Begin:
    """The run was just made."""


@dataclass(frozen=True, slots=True)
class Again:
    """Put the open question once more: after an interruption, a change of language, a reminder."""


Heard = Chosen | Steered | Typed | Begin | Again


@dataclass(frozen=True, slots=True)
class Ask:
    """Put a question. A *hint* names why the last answer was not understood; *person* offers to talk to one."""

    question: Question
    first: bool
    hint: str = ""
    hint_values: Mapping[str, Any] = field(default_factory=dict)
    person: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """The first part of an answer of several messages has come: say so, with Done within reach."""

    question: Question


@dataclass(frozen=True, slots=True)
class Redraw:
    """Bring the buttons of the tapped message up to date (a choice of several)."""

    question: Question


@dataclass(frozen=True, slots=True)
class Marked:
    """Take the buttons off the tapped message and show what was chosen: a choice id, or a control."""

    question: Question
    choice: str = ""
    control: Control | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A short notice over the chat, the answer to a tap: the key of its text."""

    key: str


@dataclass(frozen=True, slots=True)
class Finished:
    """All is answered; what the ending says and does."""

    ending: Ending | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """She does not want to go on."""


Effect = Ask | Received | Redraw | Marked | Notice | Finished | Cancelled


@dataclass(frozen=True, slots=True)
class Step:
    """The run as it now stands, the new versions of answers, and what is to be said or done, in order."""

    run: Run
    answers: tuple[Answer, ...] = ()
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What an answer is read against: the customer's language and zone, the company's languages, what is known."""

    language: str
    languages: Sequence[str]
    zone: zoneinfo.ZoneInfo
    known: Mapping[str, Any] = field(default_factory=dict)
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=lambda: SHIPPED)


def advance(script: Script, run: Run, heard: Heard, setting: Setting, now: dt.datetime) -> Step:
    """
    Return what follows from *heard* in an open *run* of *script*.

    Total: every event has an answer at every question. A tap of an older asking changes nothing; it is told so and the
    open question is put again.
    """
    standing = standing_of(script, run, setting.known)
    question = standing.open
    if question is None:
        return _finish(script, run, (), standing, setting, now)
    match heard:
        case Begin():
            return Step(*_put(run, question, now))
        case Again():
            return Step(*_put(run, question, now, again=True))
        case Chosen(asking=asking) | Steered(asking=int(asking)) if asking != run.asking or run.asked != question.id:
            return _stale(run, question, now)
        case Chosen(index=index):
            return _chosen(script, run, question, index, setting, now)
        case Steered(control=control, asking=asking):
            return _steered(script, run, standing, control, asking is not None, setting, now)
        case Typed(words=words):
            return _typed(script, run, question, words, setting, now)


def correct(
    script: Script, run: Run, words: Words, setting: Setting, now: dt.datetime, *, before: str = "", asked: str = ""
) -> Answer | None:
    """
    Read a message that she edited as a new version of the answer it once gave; None when it gave none or is not
    understood. The version before stays.

    *before* is what it said, and *asked* the question that was open then: so one of several messages is found again.
    """
    for answer in newest_answers(run).values():
        question = script.question(answer.question)
        if question is not None and question.kind is QuestionKind.MESSAGES:
            if question.id == asked and (text := _with_part_changed(answer.text, before, words.text)) is not None:
                return dataclasses.replace(answer, version=answer.version + 1, at=now, value=text, text=text)
            continue
        if answer.message_id != words.message_id or answer.reopened or question is None:
            continue
        match _read(question, words, setting, now):
            case Understood(value=value, text=text, media=media):
                changed = dataclasses.replace(answer, version=answer.version + 1, at=now, value=value, text=text)
                if len(media) == len(answer.media):
                    return dataclasses.replace(changed, media=media)
                return dataclasses.replace(changed, value=answer.value)  # one message of an album, with its words
            case _:
                return None
    return None


def _with_part_changed(text: str, before: str, after: str) -> str | None:
    """Change the last part of *text* that says *before*; None when none does."""
    head, found, tail = f"\n{text}\n".rpartition(f"\n{before}\n")
    return f"{head}\n{after}\n{tail}".strip("\n") if found and before and after else None


def understands(question: Question, words: Words, setting: Setting, now: dt.datetime) -> bool:
    """Say whether *words* can be read as an answer to *question*."""
    return not isinstance(_read(question, words, setting, now), Missed)


def _read(question: Question, words: Words, setting: Setting, now: dt.datetime) -> Reading:
    return read_words(question, words, setting.language, setting.languages, now, setting.zone, setting.vocabularies)


def _chosen(script: Script, run: Run, question: Question, index: int, setting: Setting, now: dt.datetime) -> Step:
    ids = choice_ids(question, setting.languages)
    if not 0 <= index < len(ids):
        return _stale(run, question, now)
    chosen = ids[index]
    if question.kind is QuestionKind.MANY:
        before = newest_answers(run).get(question.id)
        picked = tuple(before.value or ()) if before is not None and not before.skipped else ()
        value = tuple(c for c in ids if (c in picked) != (c == chosen))
        part = _version(run, question, now, value=value, text=", ".join(value), closed=False)
        return Step(_with(run, part), (part,), (Redraw(question),))
    reading = read_choice(question, chosen)
    answer = _version(run, question, now, value=reading.value, text=reading.text)
    return _go_on(script, run, answer, (Marked(question, choice=chosen),), setting, now)


def _typed(script: Script, run: Run, question: Question, words: Words, setting: Setting, now: dt.datetime) -> Step:
    match _read(question, words, setting, now):
        case Understood(value=value, text=text, media=media):
            answer = _version(run, question, now, value=value, text=text, media=media, message_id=words.message_id)
            return _go_on(script, run, answer, (), setting, now)
        case Part(value=value, text=text, media=media):
            part = _collected(run, question, value, text, media, now)
            part = dataclasses.replace(part, message_id=words.message_id)
            before = newest_answers(run).get(question.id)
            is_first = before is None or before.reopened or before.skipped
            effects = (Received(question),) if is_first else ()
            return Step(dataclasses.replace(_with(run, part), misses=0), (part,), effects)
        case Missed(hint=hint, values=values):
            misses = run.misses + 1
            tired = misses % MISSES_BEFORE_A_PERSON == 0
            missed = dataclasses.replace(run, misses=misses)
            changed, _, (ask,) = _put(missed, question, now, again=True)
            assert isinstance(ask, Ask)
            return Step(changed, (), (dataclasses.replace(ask, hint=hint, hint_values=values, person=tired),))


def _steered(
    script: Script, run: Run, standing: Standing, control: Control, tapped: bool, setting: Setting, now: dt.datetime
) -> Step:
    question = standing.open
    assert question is not None
    mark: tuple[Effect, ...] = (Marked(question, control=control),) if tapped else ()
    match control:
        case Control.CANCEL:
            ended = dataclasses.replace(run, state=RunState.CANCELLED, ended_at=now, due_at=None)
            return Step(ended, (), (*mark, Cancelled()))
        case Control.BACK:
            if not standing.answered:
                return Step(*_put(run, question, now, again=True))
            last = standing.answered[-1]
            reopened = dataclasses.replace(last, version=last.version + 1, at=now, reopened=True)
            earlier = script.question(last.question)
            assert earlier is not None
            changed, _, effects = _put(_with(run, reopened), earlier, now)
            return Step(changed, (reopened,), (*mark, *effects))
        case Control.SKIP if question.skip:
            return _go_on(script, run, _version(run, question, now, skipped=True), mark, setting, now)
        case Control.KEEP if (kept := answer_to_keep(run, question)) is not None:
            again = dataclasses.replace(kept, version=kept.version + 1, at=now, reopened=False)
            return _go_on(script, run, again, mark, setting, now)
        case Control.DONE if question.kind in COLLECTING:
            return _done(script, run, question, mark, setting, now)
        case _:
            changed, _, effects = _put(run, question, now, again=True)
            return Step(changed, (), effects)


def _done(
    script: Script, run: Run, question: Question, mark: tuple[Effect, ...], setting: Setting, now: dt.datetime
) -> Step:
    parts = newest_answers(run).get(question.id)
    if parts is not None and not parts.skipped and (parts.value or parts.media):
        closed = dataclasses.replace(parts, version=parts.version + 1, at=now, closed=True, reopened=False)
        return _go_on(script, run, closed, mark, setting, now)
    if question.kind is QuestionKind.MANY:
        return _go_on(script, run, _version(run, question, now, value=(), skipped=True), mark, setting, now)
    if question.skip:
        return _go_on(script, run, _version(run, question, now, skipped=True), mark, setting, now)
    changed, _, (ask,) = _put(run, question, now, again=True)
    assert isinstance(ask, Ask)
    return Step(changed, (), (dataclasses.replace(ask, hint="miss_messages"),))


def _go_on(
    script: Script, run: Run, answer: Answer, before: tuple[Effect, ...], setting: Setting, now: dt.datetime
) -> Step:
    """Keep *answer* and put the next question, or finish."""
    changed = dataclasses.replace(_with(run, answer), misses=0)
    if reopened := _to_correct(script, changed, answer, setting, now):
        changed = dataclasses.replace(changed, answers=(*changed.answers, *reopened))
        first = script.question(reopened[0].question)
        assert first is not None
        put, _, effects = _put(changed, first, now)
        return Step(put, (answer, *reopened), (*before, *effects))
    standing = standing_of(script, changed, setting.known)
    if standing.open is None:
        done = _finish(script, changed, (answer,), standing, setting, now)
        return dataclasses.replace(done, effects=(*before, *done.effects))
    put, _, effects = _put(changed, standing.open, now)
    return Step(put, (answer,), (*before, *effects))


def _to_correct(script: Script, run: Run, answer: Answer, setting: Setting, now: dt.datetime) -> tuple[Answer, ...]:
    """Reopen what a No to a confirm with `again_from` asks anew: the answers from there on, the No among them."""
    question = script.question(answer.question)
    if question is None or not question.again_from or answer.value is not False:
        return ()
    answered = standing_of(script, run, setting.known).answered
    order = [each.id for each in script.questions]
    later = [each for each in answered if order.index(each.question) >= order.index(question.again_from)]
    again = (*(later or answered[-1:]), answer)  # a No stays open, so it is none of the answered
    return tuple(dataclasses.replace(each, version=each.version + 1, at=now, reopened=True) for each in again)


def _finish(
    script: Script, run: Run, answers: tuple[Answer, ...], standing: Standing, setting: Setting, now: dt.datetime
) -> Step:
    ended = dataclasses.replace(run, state=RunState.DONE, ended_at=now, due_at=None)
    return Step(ended, answers, (Finished(ending_of(script, standing.values, setting.known), standing.values),))


def _put(
    run: Run, question: Question, now: dt.datetime, *, again: bool = False
) -> tuple[Run, tuple[Answer, ...], tuple[Effect, ...]]:
    """
    Put *question*. Only a question put anew gets a new asking: the buttons of a repeated one all stay good, and
    those of the question before are void.
    """
    same = again and run.asked == question.id and run.asking > 0
    changed = dataclasses.replace(
        run,
        asking=run.asking if same else run.asking + 1,
        asked=question.id,
        asked_at=run.asked_at if same else now,
        reminders=run.reminders if same else 0,
    )
    return changed, (), (Ask(question, first=not again),)


def _stale(run: Run, question: Question, now: dt.datetime) -> Step:
    changed, _, effects = _put(run, question, now, again=True)
    return Step(changed, (), (Notice("stale"), *effects))


def _version(run: Run, question: Question, now: dt.datetime, **values: Any) -> Answer:
    before = newest_answers(run).get(question.id)
    given = {"skipped": False, **values}
    return Answer(question=question.id, version=1 if before is None else before.version + 1, at=now, **given)


def _collected(run: Run, question: Question, value: Any, text: str, media: tuple[Any, ...], now: dt.datetime) -> Answer:
    """Add a part to what the question has collected so far; Back keeps that: no word must be said twice."""
    before = newest_answers(run).get(question.id)
    if before is None or before.skipped:
        return _version(run, question, now, value=value, text=text, media=media, closed=False)
    words = "\n".join(filter(None, (before.text, text)))
    return _version(run, question, now, value=words or value, text=words, media=(*before.media, *media), closed=False)


def _with(run: Run, answer: Answer) -> Run:
    return dataclasses.replace(run, answers=(*run.answers, answer))
