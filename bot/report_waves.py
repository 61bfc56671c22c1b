"""A survey wave by wave: score, response and interval of each, and whether the newer differs from the one before."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.report import Survey, answered_in, months_before, on_scale, score_of_counts
from domain.company import Company
from domain.response import Asked
from domain.waves import Wave
from insight.differences import Difference, difference_of
from insight.response import Response, response_of
from insight.scores import Score
from store import waves
from store.database import Tx
from store.survey_answers import count_values
from store.survey_cases import count_evidence
from store.survey_scope import Scope

MOST_WAVES = 8
_MONTHS = 6


@dataclass(frozen=True, slots=True)
class WaveResult:
    """
    One wave, or (with *wave* None) a calendar *month* of invitations that events and staff made one by one.

    *difference* is this score less that of the wave before it, *since* when that began; None where there is no earlier
    one, or one of the two has too few answers. Only waves to the same audience are compared, and months with months.
    """

    wave: Wave | None
    at: dt.datetime
    counts: dict[int, int]
    score: Score | None
    invited: int
    answered: int
    response: Response
    difference: Difference | None = None
    since: dt.datetime | None = None
    month: dt.date | None = None


async def wave_results(
    tx: Tx, company: Company, script_id: str, survey: Survey | None, now: dt.datetime
) -> list[WaveResult]:
    """Return the newest waves and months of a survey, the oldest first; without a score they have only a response."""
    found = []
    for wave in await waves.recent(tx, script_id, limit=MOST_WAVES):
        scope = Scope(script_id, wave.started_at, now, wave.id)
        found.append(await _result(tx, scope, survey, wave, wave.started_at, now))
    this_month = now.astimezone(company.zone).date()
    for ago in range(_MONTHS):
        first, after = months_before(this_month, ago), months_before(this_month, ago - 1)
        start, end = (dt.datetime.combine(day, dt.time(), company.zone).astimezone(dt.UTC) for day in (first, after))
        scope = Scope(script_id, start, min(end, now), singly=True)
        month = await _result(tx, scope, survey, None, start, now)
        if month.response.sample:
            found.append(dataclasses.replace(month, month=first))
    return compared(sorted(found, key=lambda each: each.at))


def compared(found: Sequence[WaveResult]) -> list[WaveResult]:
    """Compare each wave with the one before it of the same kind; *found* is in order of time."""
    last: dict[str | None, WaveResult] = {}
    told = []
    for each in found:
        series = each.wave.audience if each.wave is not None else None
        before = last.get(series)
        if before is not None and before.score is not None and each.score is not None:
            difference = difference_of(before.score, each.score)
            told.append(dataclasses.replace(each, difference=difference, since=before.at if difference else None))
        else:
            told.append(each)
        if each.score is None or not each.score.too_few:
            last[series] = each
    return told


async def _result(
    tx: Tx, scope: Scope, survey: Survey | None, wave: Wave | None, at: dt.datetime, now: dt.datetime
) -> WaveResult:
    question = survey.question if survey is not None else ""
    evidence = await count_evidence(tx, scope, question, now)
    counts: dict[int, int] = {}
    if survey is not None:
        counts = on_scale(survey, await count_values(tx, scope, question, unasked=False))
    return WaveResult(
        wave,
        at,
        counts,
        score_of_counts(survey, counts) if survey is not None else None,
        sum(n for each, n in evidence if isinstance(each, Asked)),
        answered_in(evidence),
        response_of(evidence),
    )
