"""A survey's result as data: its score, its months, how many of the invited answered, and what they said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dialogues.choices import bounds
from dialogues.library import Library
from domain.company import Company
from domain.dialogues import QuestionKind, Script
from domain.response import Asked, Evidence
from insight.response import Response, response_of
from insight.scores import Score, ScoreKind, kind_of_scale, score_of
from store.database import Tx
from store.survey_answers import Said, count_by_day, count_values, verbatims
from store.survey_cases import count_evidence
from store.survey_scope import Scope

_MONTHS = 7


@dataclass(frozen=True, slots=True)
class Survey:
    """
    A script's score question: which kind of score its scale makes, and the questions whose words explain it.

    *why* is the first of *texts*, empty where there is none.
    """

    script_id: str
    question: str
    kind: ScoreKind
    low: int
    high: int
    why: str = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verbatim:
    """What a customer said, beside her score if she gave one; no name, since it is read aloud in meetings."""

    score: int | None
    text: str
    at: dt.datetime
    question: str = ""


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """
    A survey's result from *since* up to *until*.

    *score* counts every answer; *answered* of *invited* and *response* are about our own invitations, and say nothing
    of those who answered unasked. *months* are the scores month by month, the last one not over.
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
    response: Response = field(default_factory=Response)

    @property
    def response_rate(self) -> float | None:
        """Answered by invited (0 to 1); None where nobody was invited."""
        return self.answered / self.invited if self.invited else None


def surveys_in(library: Library) -> list[Survey]:
    """Return the first score question of each script that is a survey: NPS (0-10), CSAT (1-5) and CES (1-7)."""
    found = [survey for script in library.all() if script.survey for survey in scores_in(script)[:1]]
    return sorted(found, key=lambda survey: (list(ScoreKind).index(survey.kind), survey.script_id))


def scores_in(script: Script) -> list[Survey]:
    """Return all score questions of a script in order; the texts up to the next one explain the score before them."""
    found: list[Survey] = []
    for place, question in enumerate(script.questions):
        kind = score_kind(script, question.id)
        if kind is None:
            continue
        low, high = bounds(question)
        texts: list[str] = []
        for later in script.questions[place + 1 :]:
            if score_kind(script, later.id) is not None:
                break
            if later.kind in {QuestionKind.TEXT, QuestionKind.MESSAGES}:
                texts.append(later.id)
        found.append(Survey(script.id, question.id, kind, low, high, texts[0] if texts else "", tuple(texts)))
    return found


def score_kind(script: Script, question_id: str) -> ScoreKind | None:
    """Return the kind of score that a question makes, None where it makes none."""
    question = script.question(question_id)
    if question is None or question.kind not in {QuestionKind.SCALE, QuestionKind.STARS}:
        return None
    return kind_of_scale(*bounds(question))


async def survey_result(
    tx: Tx,
    company: Company,
    survey: Survey,
    since: dt.datetime,
    until: dt.datetime,
    *,
    most_verbatims: int = 5,
    wave_id: int | None = None,
) -> SurveyResult:
    """
    Compute a survey's result of a period or, with *wave_id*, of one wave; what is off its scale is left out.

    (A script may have changed its scale.) A wave counts the answers of those whom it invited, whenever they came.
    """
    scope = Scope(survey.script_id, since, until, wave_id)
    counts = on_scale(survey, await count_values(tx, scope, survey.question))
    evidence = await count_evidence(tx, scope, survey.question, until)
    texts = survey.texts or ((survey.why,) if survey.why else ())
    said = await verbatims(tx, scope, texts, survey.question, _scale(survey), limit=most_verbatims) if texts else []
    return SurveyResult(
        survey,
        since,
        until,
        score_of_counts(survey, counts),
        counts,
        sum(n for each, n in evidence if isinstance(each, Asked)),
        answered_in(evidence),
        await _months(tx, company, survey, until) if wave_id is None else (),
        tuple(verbatim_of(survey, each) for each in said),
        response_of(evidence),
    )


async def _months(tx: Tx, company: Company, survey: Survey, until: dt.datetime) -> tuple[tuple[dt.date, Score], ...]:
    first = months_before(until.astimezone(company.zone).date(), _MONTHS - 1)
    start = dt.datetime.combine(first, dt.time(), company.zone).astimezone(dt.UTC)
    scope = Scope(survey.script_id, start, until)
    months: dict[dt.date, list[tuple[Any, int]]] = {months_before(first, -place): [] for place in range(_MONTHS)}
    for day, value, count in await count_by_day(tx, scope, survey.question, company.zone):
        if (month := day.replace(day=1)) in months:
            months[month].append((value, count))
    return tuple((month, score_of_counts(survey, on_scale(survey, counted))) for month, counted in months.items())


def answers_of(survey: Survey, mood: str) -> range:
    """Give the answers that count as *mood* on a survey's scale: "bad" (detractors), "middle", or "good"."""
    bad, middle = {ScoreKind.NPS: (6, 8), ScoreKind.CSAT: (2, 3), ScoreKind.CES: (3, 4)}[survey.kind]
    edges = {"bad": (survey.low, bad), "middle": (bad + 1, middle), "good": (middle + 1, survey.high)}[mood]
    return range(edges[0], edges[1] + 1)


def answered_in(evidence: Iterable[tuple[Evidence, int]]) -> int:
    """Count the invited whose answer to the survey's question stands."""
    return sum(n for each, n in evidence if isinstance(each, Asked) and each.key)


def score_of_counts(survey: Survey, counts: Mapping[int, int]) -> Score:
    """Make the score of counted answers."""
    return score_of(survey.kind, [value for value, count in counts.items() for _ in range(count)])


def on_scale(survey: Survey, counted: Iterable[tuple[Any, int]]) -> dict[int, int]:
    """Count whole numbers on the survey's scale, and leave out what is not."""
    found: dict[int, int] = {}
    for value, count in counted:
        whole = _whole(value)
        if whole is not None and survey.low <= whole <= survey.high:
            found[whole] = found.get(whole, 0) + count
    return found


def verbatim_of(survey: Survey | None, said: Said) -> Verbatim:
    """Show what was said with its score, where that is on the scale."""
    score = _whole(said.score)
    known = survey is not None and score is not None and survey.low <= score <= survey.high
    return Verbatim(score if known else None, said.text, said.at, said.question)


def _scale(survey: Survey) -> Sequence[int]:
    return range(survey.low, survey.high + 1)


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or value != int(value):
        return None
    return int(value)


def months_before(day: dt.date, months: int) -> dt.date:
    """Return the first day of the month that lies *months* before *day*'s; a negative number lies ahead."""
    place = day.year * 12 + day.month - 1 - months
    return dt.date(place // 12, place % 12 + 1, 1)
