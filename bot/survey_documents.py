"""The JSON shapes of what a survey found. Keys are only ever added; docs/surveys.md lists them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from bot.report import SurveyResult, Verbatim
from bot.report_questions import QuestionResult
from bot.report_waves import WaveResult
from bot.results import Results, Silence
from insight.behaviour import GroupBehaviour
from insight.differences import Difference
from insight.response import Response
from insight.scores import Score


def survey_document(found: SurveyResult) -> dict[str, Any]:
    """Return the JSON shape of one score; value and bounds are null with fewer than ten answers."""
    return {
        "name": found.survey.script_id,
        "n": found.score.n,
        "invited": found.invited,
        "response_rate": found.response_rate,
        **_response(found.response),
        "scores": {found.survey.question: _score(found.score, found.counts)},
        "verbatims": [verbatim_document(each) for each in found.verbatims],
        "since": found.since,
        "until": found.until,
    }


def results_document(
    found: Results, waves: Sequence[WaveResult], silence: Silence, said: Sequence[Verbatim]
) -> dict[str, Any]:
    """Return the JSON shape of all that a survey found."""
    newest = [wave for wave in waves if wave.difference is not None]
    return {
        "name": found.script.id,
        "wave": found.wave.id if found.wave is not None else None,
        "n": found.n,
        "invited": found.invited,
        "response_rate": found.response_rate,
        **_response(found.response),
        "scores": {
            each.survey.question: {
                **_score(each.score, each.counts),
                "invited": each.invited,
                "rr1": each.response.rr1,
                "months": [{"month": f"{month:%Y-%m}", **_score(score)} for month, score in each.months],
            }
            for each in found.scores
        },
        "questions": [_question(each) for each in found.questions],
        "waves": [_wave(each) for each in waves],
        "differences": [
            {"wave": _name(each), **_difference(each.difference), "since": each.since}
            for each in newest
            if each.difference is not None
        ],
        "non_respondents": _silence(silence),
        "verbatims": [verbatim_document(each) for each in said],
        "since": found.scope.since,
        "until": found.scope.until,
    }


def verbatim_document(said: Verbatim) -> dict[str, Any]:
    """Return the JSON shape of what somebody wrote."""
    return {"score": said.score, "text": said.text, "at": said.at, "question": said.question}


def _score(score: Score, counts: dict[int, int] | None = None) -> dict[str, Any]:
    return {
        "kind": score.kind,
        "value": score.value,
        "low": score.low,
        "high": score.high,
        "n": score.n,
        "too_few": score.too_few,
        **({"counts": counts} if counts is not None else {}),
    }


def _response(response: Response) -> dict[str, Any]:
    return {
        "rr1": response.rr1,
        "rr1_final": response.is_final,
        "sample": response.sample,
        "dispositions": {each.value: count for each, count in response.by_disposition.items()},
        "not_in_sample": dict(response.left_out),
    }


def _wave(found: WaveResult) -> dict[str, Any]:
    wave = found.wave
    return {
        "id": wave.id if wave is not None else None,
        "name": _name(found),
        "started_at": found.at,
        "started_by": wave.started_by if wave is not None else "",
        "audience": wave.audience if wave is not None else "",
        "score": _score(found.score, found.counts) if found.score is not None else None,
        "invited": found.invited,
        "answered": found.answered,
        **_response(found.response),
        "difference": _difference(found.difference) if found.difference is not None else None,
    }


def _name(found: WaveResult) -> str:
    """Name a wave by its id, a month of single invitations as 2027-03."""
    return str(found.wave.id) if found.wave is not None else f"{found.month:%Y-%m}"


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "p": found.p,
        "significant": found.is_significant,
    }


def _question(found: QuestionResult) -> dict[str, Any]:
    return {
        "id": found.question.id,
        "kind": found.question.kind,
        "n": found.n,
        "skipped": found.skipped,
        "choices": {
            name: {"count": each.count, "share": each.share, "low": each.low, "high": each.high}
            for name, each in (found.choices or {}).items()
        },
        "numbers": dataclasses.asdict(found.numbers) if found.numbers is not None else None,
        "first": found.first,
        "last": found.last,
    }


def _silence(found: Silence) -> dict[str, Any]:
    return {
        "days": found.days,
        "cases": found.cases,
        "looked_at": found.looked_at,
        "groups": {group.took.value: _group(group) for group in found.groups},
        "contrast": {**dataclasses.asdict(found.contrast), "significant": found.contrast.is_significant}
        if found.contrast is not None
        else None,
    }


def _group(found: GroupBehaviour) -> dict[str, Any]:
    changes = {"visits": found.visits, "spent": found.spent, "contacts": found.contacts}
    shares = {
        "complained": found.complained,
        "opted_out": found.opted_out,
        "blocked": found.blocked,
        "signalled": found.signalled,
    }
    return {
        "n": found.n,
        **{
            name: {**dataclasses.asdict(change), "value": change.value} if change is not None else None
            for name, change in changes.items()
        },
        **{name: dataclasses.asdict(share) if share is not None else None for name, share in shares.items()},
    }
