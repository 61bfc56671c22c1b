"""Which rests a survey asks for: its own, its kind's, and the company's."""

from __future__ import annotations

import datetime as dt

from dialogues.choices import bounds
from dialogues.library import Library
from domain.dialogues import QuestionKind, Script
from domain.recontact import InvitingRules, Rest
from insight.scores import ScoreKind, kind_of_scale

_CASE = "event:case:"


def score_kind_of(script: Script) -> ScoreKind | None:
    """Give the kind of the score that a survey asks for first, by its scale; None for another dialogue."""
    if not script.survey:
        return None
    scales = (bounds(each) for each in script.questions if each.kind in {QuestionKind.SCALE, QuestionKind.STARS})
    found = (kind_of_scale(low, high) for low, high in scales)
    return next((kind for kind in found if kind is not None), None)


def rests_for(
    library: Library, rules: InvitingRules, script_id: str, started_by: str, own: dt.timedelta | None
) -> tuple[Rest, ...]:
    """
    Give the rests that somebody must have had before a wave (*started_by*) asks her.

    *own* is what the wave's plan says; else what the dialogue's file says counts, else the company's rules.
    """
    script = library.get(script_id)
    kind = score_kind_of(script) if script is not None else None
    of_kind = [each.id for each in library.all() if score_kind_of(each) is kind] if kind is not None else []
    return rules.rests_for(
        script_id,
        own=own if own is not None or script is None else script.recontact,
        kind=kind.value if kind is not None else "",
        of_kind=of_kind,
        after_case=started_by.startswith(_CASE),
    )
