"""A survey of ours in whose midst she complains: it waits until her complaint is settled."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from domain.cases import CaseState
from domain.customers import Consent, Purpose
from domain.dialogues import Run
from store.cases import list_cases
from store.consents import give_consents
from store.customers import customers_by_chat
from store.database import Database
from store.runs import open_runs
from tests.dialogues.conductor_stand import Stand


@pytest.fixture
async def stand(sqlite_database: Database, tmp_path: Path) -> Stand:
    """Ann, to whom we put a survey; she scores 7, is asked why, and complains instead."""
    stand = Stand(sqlite_database, tmp_path)
    await stand.says("/help")
    async with stand.database.write() as tx:
        who = (await customers_by_chat(tx, [7]))[7].id
        await give_consents(tx, [(who, Consent(Purpose.SURVEYS, True, "test", "test", stand.now))])
        await stand.conductor.start(tx, who, "nps", "wave:1", stand.now)
    (asked,) = await stand.fresh()
    await stand.taps(asked, "7")
    stand.now += dt.timedelta(minutes=1)
    for text in ("/complaint", "Nobody answers"):
        await stand.says(text)
    return stand


async def _runs(stand: Stand) -> list[Run]:
    async with stand.database.read() as tx:
        who = (await customers_by_chat(tx, [7]))[7].id
        return (await open_runs(tx, [who])).get(who, [])


async def test_survey_is_not_put_again_after_a_complaint_and_her_words_belong_to_that(stand: Stand) -> None:
    """Its last question takes any words; they go to staff all the same. Another language brings it no sooner."""
    said = await stand.says("Done")
    assert [row.message.text for row in said] == ["Registered as No 1."]
    await stand.says("Not even at noon")
    assert stand.staff.told[-1] == ("wrote", "Not even at noon")
    said = await stand.says("/language fi")
    assert [row.question for row in said] == [None]
    (run,) = await _runs(stand)
    assert (run.asked, [answer.question for answer in run.answers]) == ("why", ["score"])


async def test_resting_survey_is_reminded_of_only_when_the_complaint_is_settled(stand: Stand) -> None:
    """Its reminder asks the courtesy budget; a tap of hers on its own button goes on with it at any time."""
    await stand.says("Done")
    (run,) = await _runs(stand)
    assert run.due_at is not None
    async with stand.database.write() as tx:
        assert not await stand.conductor.remind(tx, run.id, run.due_at)
        (case,) = await list_cases(tx, states=list(CaseState))
    assert case.state is CaseState.NEW
    asked = next(row for row in stand.sent if row.question == "why")
    (thanked,) = await stand.taps(asked, "Skip")
    assert thanked.message.text == "Thank you."


async def test_survey_goes_on_where_she_calls_the_complaint_off(stand: Stand) -> None:
    """Without a complaint there is nobody to be careful with."""
    said = await stand.says("/cancel")
    assert [row.question for row in said] == [None, "why"]
