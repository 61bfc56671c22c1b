"""The report of a period as data: surveys with their scores and response, cases, sendings."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dialogues.choices import bounds
from dialogues.library import Library
from domain.company import Company
from domain.dialogues import QuestionKind, Script
from insight.scores import Score, ScoreKind, score_of
from store.database import Tx
from store.report import (
    CaseNumbers,
    Given,
    SendingNumbers,
    case_numbers,
    count_answered_invitations,
    count_invited,
    given_answers,
    sending_numbers,
)

_KINDS = {(0, 10): ScoreKind.NPS, (1, 5): ScoreKind.CSAT, (1, 7): ScoreKind.CES}
_MONTHS = 7


@dataclass(frozen=True, slots=True)
class Survey:
    """A script's score question: which kind of score its scale makes, and the question whose words explain it."""

    script_id: str
    question: str
    kind: ScoreKind
    low: int
    high: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """What a customer said beside her score; no name, since it is read aloud in meetings."""

    score: int
    text: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """
    A survey's result from *since* up to *until*.

    *score* counts every answer; *answered* of *invited* is the response to our own invitations, and says nothing of
    those who answered unasked. *months* are the scores month by month, the last one not over.
    """

    survey: Survey
    since: dt.datetime
    until: dt.datetime
    score: Score
    counts: dict[int, int]
    invited: int
    answered: int
    months: tuple[tuple[dt.date, Score], ...]
    verbatims: tuple[Verbatim, ...]

    @property
    def response_rate(self) -> float | None:
        """Answered by invited (0 to 1); None where nobody was invited."""
        return self.answered / self.invited if self.invited else None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that `/report` says."""

    since: dt.datetime
    until: dt.datetime
    surveys: tuple[SurveyResult, ...]
    cases: CaseNumbers
    sendings: tuple[SendingNumbers, ...]


def surveys_in(library: Library) -> list[Survey]:
    """Return the score questions of all scripts that are surveys: scales of NPS (0-10), CSAT (1-5) and CES (1-7)."""
    found = [survey for script in library.all() if script.survey for survey in _surveys_of(script)]
    return sorted(found, key=lambda survey: (list(ScoreKind).index(survey.kind), survey.script_id))


def _surveys_of(script: Script) -> list[Survey]:
    found = []
    for place, question in enumerate(script.questions):
        if question.kind not in {QuestionKind.SCALE, QuestionKind.STARS}:
            continue
        low, high = bounds(question)
        kind = _KINDS.get((int(low), int(high)))
        if kind is not None:
            later = script.questions[place + 1 :]
            why = next((q.id for q in later if q.kind in {QuestionKind.TEXT, QuestionKind.MESSAGES}), "")
            found.append(Survey(script.id, question.id, kind, int(low), int(high), why))
    return found[:1]  # a script's first score is what it is about


async def survey_result(
    tx: Tx, company: Company, survey: Survey, since: dt.datetime, until: dt.datetime, *, most_verbatims: int = 5
) -> SurveyResult:
    """Compute a survey's result; what is off its scale (a changed script) is left out."""
    first = months_before(until.astimezone(company.zone).date(), _MONTHS - 1)
    start = dt.datetime.combine(first, dt.time(), company.zone).astimezone(dt.UTC)
    given = await given_answers(tx, survey.script_id, survey.question, min(start, since), until)
    scored = [(each, value) for each in given if (value := _on_scale(survey, each)) is not None]
    inside = [(each, value) for each, value in scored if each.at >= since]
    months: dict[dt.date, list[int]] = {months_before(first, -place): [] for place in range(_MONTHS)}
    for each, value in scored:
        month = each.at.astimezone(company.zone).date().replace(day=1)
        if month in months:
            months[month].append(value)
    said = await given_answers(tx, survey.script_id, survey.why, since, until) if survey.why else []
    return SurveyResult(
        survey,
        since,
        until,
        score_of(survey.kind, [value for _, value in inside]),
        dict(Counter(value for _, value in inside)),
        await count_invited(tx, survey.script_id, since, until),
        await count_answered_invitations(tx, survey.script_id, survey.question, since, until),
        tuple((month, score_of(survey.kind, values)) for month, values in months.items()),
        _verbatims(inside, said, most_verbatims),
    )


async def report(tx: Tx, company: Company, library: Library, since: dt.datetime, until: dt.datetime) -> Report:
    """Compute the whole report from *since* up to *until*."""
    surveys = [await survey_result(tx, company, survey, since, until) for survey in surveys_in(library)]
    cases = await case_numbers(tx, since, until)
    return Report(since, until, tuple(surveys), cases, tuple(await sending_numbers(tx, since, until)))


def _on_scale(survey: Survey, given: Given) -> int | None:
    value = given.value
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or value != int(value):
        return None
    return int(value) if survey.low <= value <= survey.high else None


def _verbatims(inside: Sequence[tuple[Given, int]], said: Sequence[Given], most: int) -> tuple[Verbatim, ...]:
    scores = {each.run_id: value for each, value in inside}
    found = [
        Verbatim(scores[each.run_id], " ".join(str(each.text or each.value).split()), each.at)
        for each in reversed(said)
        if each.run_id in scores and (each.text or each.value)
    ]
    return tuple(found[:most])


def months_before(day: dt.date, months: int) -> dt.date:
    """Return the first day of the month that lies *months* before *day*'s; a negative number lies ahead."""
    place = day.year * 12 + day.month - 1 - months
    return dt.date(place // 12, place % 12 + 1, 1)
