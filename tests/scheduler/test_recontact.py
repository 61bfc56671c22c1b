"""Rests between surveys: by survey, by kind of score, between any two; to the second, in Python and in SQL alike."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from dialogues.library import Library
from domain.recontact import InvitingRules, Rest
from domain.waves import Wave
from insight.scores import ScoreKind
from scheduler.recontact import rests_for, score_kind_of
from store import waves
from store.database import Database
from store.frames import frame_counts, reason_not_to_ask
from store.ids import new_id
from store.tables import customers, invitations
from tests.store.sending_rows import NOW, put_customers

SECOND, DAY = dt.timedelta(seconds=1), dt.timedelta(days=1)
SURVEY = """id = "{id}"
version = 1
survey = true
{more}
title.en = "A"
[[ask]]
id = "score"
kind = "{kind}"
say.en = "How much?"
[[done]]
say.en = "Thanks"
"""
RULES = InvitingRules(kinds={"nps": 90 * DAY})


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Three surveys, two of one kind, and a form that is none."""
    for name, kind, more in (
        ("nps", "scale 0-10", ""),
        ("again", "scale 0-10", 'recontact = "10d"'),
        ("ease", "scale 1-7", ""),
        ("form", "scale 0-10", ""),
    ):
        text = SURVEY.format(id=name, kind=kind, more=more)
        (tmp_path / f"{name}.toml").write_text(text if name != "form" else text.replace("survey = true", ""))
    return Library.load([tmp_path], ["en"])


def test_each_survey_has_its_own_rest_that_of_its_kind_and_that_between_any_two(library: Library) -> None:
    """The plan's recontact wins over the file's, the file's over the config's; a case is a reason of its own."""
    nps, both = frozenset({"nps"}), frozenset({"nps", "again"})
    week, kind = Rest(7 * DAY), Rest(90 * DAY, both)
    assert rests_for(library, RULES, "nps", "staff:7", None) == (week, Rest(60 * DAY, nps), kind)
    assert rests_for(library, RULES, "nps", "staff:7", 5 * DAY) == (week, Rest(5 * DAY, nps), kind)
    assert rests_for(library, RULES, "again", "schedule", None) == (week, Rest(10 * DAY, frozenset({"again"})), kind)
    assert rests_for(library, RULES, "ease", "schedule", None) == (week, Rest(60 * DAY, frozenset({"ease"})))
    assert rests_for(library, RULES, "nps", "event:purchase:x", None) == (week, Rest(60 * DAY, nps), kind)
    assert rests_for(library, RULES, "nps", "event:case:5", None) == (week,)
    assert rests_for(library, RULES, "again", "event:case:5", None) == (week, Rest(10 * DAY, frozenset({"again"})))
    assert rests_for(library, InvitingRules(any=dt.timedelta(0)), "gone", "event:case:5", None) == ()
    kinds = [score_kind_of(script) for script in library.all()]
    assert sorted(kind.value if kind else "" for kind in kinds) == ["", "ces", "nps", "nps"]
    assert ScoreKind.CES in kinds


@pytest.mark.parametrize(
    ("rests", "ago", "held"),
    [
        ((Rest(7 * DAY),), 7 * DAY - SECOND, True),
        ((Rest(7 * DAY),), 7 * DAY, False),
        ((Rest(60 * DAY, frozenset({"nps"})),), 60 * DAY - SECOND, True),
        ((Rest(60 * DAY, frozenset({"nps"})),), 60 * DAY, False),
        ((Rest(60 * DAY, frozenset({"csat"})),), DAY, False),
        ((Rest(DAY), Rest(90 * DAY, frozenset({"csat", "nps"}))), 89 * DAY, True),
        ((), SECOND, False),
    ],
)
async def test_the_rest_is_over_to_the_second(
    database: Database, rests: tuple[Rest, ...], ago: dt.timedelta, held: bool
) -> None:
    """At its end she may be asked, a second before not; the frame in SQL and the question at the time agree."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        wave = Wave(new_id(), "nps", "", NOW - ago, "staff:7", frozen=True)
        await waves.add(tx, wave)
        row = {"wave_id": wave.id, "reason": "", "at": NOW - ago}
        for customer_id, state in ((1, "invited"), (2, "skipped")):
            await tx.execute(insert(invitations).values(customer_id=customer_id, state=state, **row))
        asked = await waves.last_asked(tx, [1, 2])
        assert any(rest.holds_back(asked[1], NOW) for rest in rests) is held
        reasons = select(customers.c.id, reason_not_to_ask(None, rests, NOW)).order_by(customers.c.id)
        assert [row[1] for row in (await tx.execute(reasons)).all()] == ["recently_asked" if held else "", ""]
        counted = await frame_counts(tx, "", NOW, currency="EUR", purpose=None, rests=rests, by="language")
        assert counted == ({("recently_asked", ""): 1, ("", ""): 1} if held else {("", ""): 2})
