"""The evidence of invitations, and answers counted, on both databases."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from sqlalchemy import insert

from domain.dialogues import Answer, RunState
from insight.response import Response, response_of
from store.database import Database
from store.runs import add_answers
from store.survey_answers import count_by_day, count_values, count_verbatims, skipped_count, verbatims
from store.survey_cases import count_evidence
from store.survey_scope import Scope
from store.tables import signals
from tests.store.survey_rows import (
    DAY,
    NOW,
    put_contact,
    put_customers,
    put_invited,
    put_no_more,
    put_skipped,
    put_wave,
)

EXPIRED = RunState.EXPIRED
PERIOD = Scope("nps", NOW, NOW + 30 * DAY)


async def _wave_of_each_kind(database: Database) -> None:
    """One wave with every disposition in it, and one invitation after an event."""
    async with database.write() as tx:
        await put_customers(tx, *range(1, 31))
        await put_wave(tx, 1, NOW)
        await put_invited(tx, 1, 1, NOW, ("score", 9))
        await put_invited(tx, 1, 2, NOW, ("score", 3), state=EXPIRED)
        await put_invited(tx, 1, 3, NOW, state=RunState.CANCELLED)
        await put_invited(tx, 1, 4, NOW, state=EXPIRED)
        await put_no_more(tx, 4, NOW + DAY)
        await put_invited(tx, 1, 5, NOW, state=EXPIRED)
        await tx.execute(
            insert(signals), [{"id": 1, "customer_id": 5, "kind": "block", "at": NOW + DAY, "evidence": {}}]
        )
        run = await put_invited(tx, 1, 6, NOW, state=EXPIRED)
        await put_contact(tx, 6, NOW + DAY, run_id=run, kind="reminder", state="skipped", reason="blocked: Forbidden")
        await put_invited(tx, 1, 7, NOW, state=EXPIRED)
        await put_no_more(tx, 7, NOW + 20 * DAY)  # long after the survey was over
        await put_invited(tx, 1, 8, NOW, state=EXPIRED, sent="unknown")
        await put_invited(tx, 1, 9, NOW, state=EXPIRED, sent="failed")
        await put_invited(tx, 1, 10, NOW, state=EXPIRED, sent="")
        await put_invited(tx, 1, 11, NOW, state=RunState.HANDED_OVER)
        await put_invited(tx, 1, 12, NOW, state=RunState.OPEN)
        await put_skipped(tx, 1, 13, NOW, "", state="queued")
        await put_skipped(tx, 1, 14, NOW, "left_bot")
        await put_skipped(tx, 1, 15, NOW + DAY, "left_bot")
        await put_skipped(tx, 1, 16, NOW + DAY, "weekly_cap")
        await put_skipped(tx, 1, 17, NOW, "not_drawn")
        await put_wave(tx, 2, NOW + DAY, by="event:case:4")
        await put_invited(tx, 2, 18, NOW + DAY, ("score", 10), by="event:case:4")
        await put_wave(tx, 3, NOW + DAY, by="event:purchase")
        await put_skipped(tx, 3, 19, NOW + DAY + DAY, "left_bot")


async def test_evidence_of_a_wave_equals_a_hand_count(database: Database) -> None:
    """Each customer is in exactly one group, whichever index finds her."""
    await _wave_of_each_kind(database)
    async with database.read() as tx:
        wave = response_of(await count_evidence(tx, Scope("nps", NOW, NOW, wave_id=1), "score", NOW + 30 * DAY))
        singly = response_of(
            await count_evidence(tx, Scope("nps", NOW, NOW + 30 * DAY, singly=True), "score", NOW + 30 * DAY)
        )
        period = response_of(await count_evidence(tx, PERIOD, "score", NOW + 30 * DAY))
    left_out = {"left_bot": 1, "not_drawn": 1}
    assert wave == Response(1, 1, 4, 1, 1, 5, 2, left_out)
    assert wave.sample + sum(left_out.values()) == 17
    assert singly == Response(complete=1, left_out={"left_bot": 1})
    assert period.sample == wave.sample + 1


async def test_any_answer_counts_where_a_survey_has_no_score(database: Database) -> None:
    """Without a question that it is about, done with something answered is complete."""
    async with database.write() as tx:
        await put_customers(tx, 1, 2, 3)
        await put_invited(tx, 0, 1, NOW, ("colour", "red"), by="staff:7")
        run = await put_invited(tx, 0, 2, NOW, by="staff:7")
        await add_answers(tx, [(run, Answer("colour", 1, NOW, skipped=True))])
        run = await put_invited(tx, 0, 3, NOW, state=EXPIRED, by="staff:7")
        await add_answers(tx, [(run, Answer("story", 1, NOW, "It was", "It was", closed=False))])
        found = response_of(await count_evidence(tx, PERIOD, "", NOW + 30 * DAY))
        assert (found.complete, found.refusal, found.partial) == (1, 1, 1)
        assert await skipped_count(tx, PERIOD, "colour") == 1


async def test_answers_are_counted_by_value_and_by_day(database: Database) -> None:
    """A corrected answer counts once, a wave's own answers whenever they came, a day by the company's clocks."""
    helsinki = zoneinfo.ZoneInfo("Europe/Helsinki")
    late = dt.datetime(2027, 3, 4, 22, tzinfo=dt.UTC)  # the 5th in Helsinki, with the hour until the answer
    async with database.write() as tx:
        await put_customers(tx, 1, 2, 3)
        await put_wave(tx, 1, NOW)
        run = await put_invited(tx, 1, 1, NOW, ("score", 2))
        await add_answers(tx, [(run, Answer("score", 2, NOW + DAY, 9))])
        await put_invited(tx, 1, 2, late, ("score", 9))
        await put_invited(tx, 0, 3, NOW, ("score", 4), by="customer")
        assert sorted(await count_values(tx, PERIOD, "score")) == [(4, 1), (9, 2)]
        assert await count_values(tx, PERIOD, "score", unasked=False) == [(9, 2)]
        assert await count_values(tx, Scope("nps", NOW, NOW, wave_id=1), "score") == [(9, 2)]
        found = await count_by_day(tx, PERIOD, "score", helsinki)
        assert sorted((day.day, value, n) for day, value, n in found) == [(2, 4, 1), (3, 9, 1), (5, 9, 1)]


async def test_verbatims_come_newest_first_and_by_score(database: Database) -> None:
    """Page by page, with the score beside them."""
    async with database.write() as tx:
        await put_customers(tx, 1, 2, 3)
        await put_invited(tx, 0, 1, NOW, ("score", 2), ("why", "Too  slow"))
        await put_invited(tx, 0, 2, NOW + DAY, ("score", 10), ("best", "The\nstaff"))
        await put_invited(tx, 0, 3, NOW + 2 * DAY, ("why", "No score"))
        texts = ["why", "best"]
        all_of_them = await verbatims(tx, PERIOD, texts, "score", limit=2)
        assert [(each.score, each.text) for each in all_of_them] == [(None, "No score"), (10, "The staff")]
        (last,) = await verbatims(tx, PERIOD, texts, "score", limit=2, offset=2)
        assert (last.score, last.question, last.text) == (2, "why", "Too slow")
        (detractor,) = await verbatims(tx, PERIOD, texts, "score", range(7), limit=9)
        assert detractor.text == "Too slow"
        assert await count_verbatims(tx, PERIOD, texts, "score") == 3
        assert await count_verbatims(tx, PERIOD, texts, "score", range(7)) == 1


async def test_only_the_answer_that_stands_counts(database: Database) -> None:
    """A corrected answer counts once, a skipped or reopened one not at all, and the end of the period is outside."""
    scope = Scope("nps", NOW, NOW + DAY)
    given = (
        [Answer("score", 1, NOW, 3, "3"), Answer("score", 2, NOW, 9, "9")],
        [Answer("score", 1, NOW, None, skipped=True)],
        [Answer("score", 1, NOW, 1), Answer("score", 2, NOW, 1, reopened=True)],
        [Answer("score", 1, NOW + DAY, 8)],
        [Answer("score", 1, NOW, 8, closed=False)],
    )
    async with database.write() as tx:
        await put_customers(tx, 7)
        for answers in given:
            run = await put_invited(tx, 0, 7, NOW, by="wave:schedule")
            await add_answers(tx, [(run, answer) for answer in answers])
        assert await count_values(tx, scope, "score") == [(9, 1)]
        found = response_of(await count_evidence(tx, scope, "score", NOW + DAY))
        assert (found.sample, found.complete) == (5, 2)
