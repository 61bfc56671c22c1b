"""Everything that a survey found, of a period or of one wave: for Telegram, the command line and JSON alike."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.report import Survey, SurveyResult, Verbatim, answered_in, scores_in, survey_result, verbatim_of
from bot.report_questions import QuestionResult, question_results
from bot.report_waves import WaveResult, wave_results
from dialogues.library import Library
from domain.behaviour import Took
from domain.company import Company
from domain.dialogues import QuestionKind, Script
from domain.response import Asked
from domain.waves import Wave
from insight.behaviour import Contrast, GroupBehaviour, contrast, group_behaviour
from insight.response import Response, response_of
from insight.scores import ScoreKind
from store.database import Tx
from store.survey_answers import count_verbatims, verbatims
from store.survey_behaviour import behaviours, span_of
from store.survey_cases import count_evidence
from store.survey_scope import Scope


@dataclass(frozen=True, slots=True)
class Results:
    """
    A survey's results. *scores* has one for each score question, and is empty for a survey without one.

    *response*, *invited* and *answered* are about the question that the survey is about: its first score, or any.
    """

    script: Script
    scope: Scope
    wave: Wave | None
    scores: tuple[SurveyResult, ...]
    response: Response
    invited: int
    answered: int
    questions: tuple[QuestionResult, ...]

    @property
    def response_rate(self) -> float | None:
        """Answered by invited (0 to 1); None where nobody was invited."""
        return self.answered / self.invited if self.invited else None

    @property
    def n(self) -> int:
        """How many answered, unasked ones included: the first score's, or of the question that most answered."""
        if self.scores:
            return self.scores[0].score.n
        return max((each.n for each in self.questions), default=0)


@dataclass(frozen=True, slots=True)
class Silence:
    """
    How the invited behaved in the *days* before and after, by whether they answered; *days* is 0 while it is too early.

    *looked_at* of *cases* were taken: all, or a sample of very many.
    """

    days: int
    cases: int
    looked_at: int
    groups: tuple[GroupBehaviour, ...] = ()
    contrast: Contrast | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A page of what people wrote: the newest first, *total* in all."""

    said: tuple[Verbatim, ...]
    total: int


def all_surveys_in(library: Library) -> list[Script]:
    """Return every script that is a survey: NPS first, then CSAT and CES, then those without a score, each by name."""
    order = list(ScoreKind)

    def place(script: Script) -> tuple[int, str]:
        score = the_score(script)
        return (order.index(score.kind) if score is not None else len(order), script.id)

    return sorted((each for each in library.all() if each.survey), key=place)


def the_score(script: Script) -> Survey | None:
    """Return the score that a survey is about: its first."""
    return next(iter(scores_in(script)), None)


async def results(
    tx: Tx, company: Company, script: Script, since: dt.datetime, until: dt.datetime, wave: Wave | None = None
) -> Results:
    """Compute a survey's results from *since* up to *until*, or those of *wave*."""
    scope = Scope(script.id, since, until, wave.id if wave is not None else None)
    scores = [
        await survey_result(tx, company, score, since, until, most_verbatims=3, wave_id=scope.wave_id)
        for score in scores_in(script)
    ]
    questions = tuple(await question_results(tx, script, scope, company.languages))
    if scores:
        first = scores[0]
        told = (first.response, first.invited, first.answered)
    else:
        evidence = await count_evidence(tx, scope, "", until)
        told = (response_of(evidence), sum(n for each, n in evidence if isinstance(each, Asked)), answered_in(evidence))
    return Results(script, scope, wave, tuple(scores), *told, questions)


async def waves_of(tx: Tx, company: Company, script: Script, now: dt.datetime) -> list[WaveResult]:
    """Return a survey's newest waves, the oldest first."""
    return await wave_results(tx, company, script.id, the_score(script), now)


async def silence(tx: Tx, company: Company, script: Script, scope: Scope, now: dt.datetime) -> Silence:
    """Compare what the invited did before and after, by whether they answered."""
    score = the_score(script)
    days, cases = await span_of(tx, scope, now)
    if not days:
        return Silence(0, cases, 0)
    key = score.question if score is not None else ""
    found = await behaviours(tx, scope, key, company.currency, now, days, cases)
    groups = tuple(group_behaviour(took, found, days) for took in Took)
    return Silence(days, cases, len(found), groups, contrast(found, days))


async def words_of(
    tx: Tx, script: Script, scope: Scope, *, scores: range | None = None, limit: int, page: int = 0
) -> Words:
    """Return a page of what people wrote, of all or of those who gave one of *scores*."""
    score = the_score(script)
    texts = text_questions(script)
    if not texts:
        return Words((), 0)
    values = scores if score is not None else None
    question = score.question if score is not None else ""
    said = await verbatims(tx, scope, texts, question, values, limit=limit, offset=page * limit)
    total = await count_verbatims(tx, scope, texts, question, values)
    return Words(tuple(verbatim_of(score, each) for each in said), total)


def text_questions(script: Script) -> list[str]:
    """Return the questions that people answer in their own words."""
    return [each.id for each in script.questions if each.kind in {QuestionKind.TEXT, QuestionKind.MESSAGES}]
