"""A low score about a case is taken up again: the follow-up knows the case, goes to its owner and runs on a clock."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dialogues.cases import Mover, move_case
from domain.case_clocks import Clock
from domain.cases import Actor, Case, CaseKind, CaseState, Move, Priority
from domain.customers import Consent, Purpose
from domain.staff import Role
from store.case_clocks import clocks_of
from store.cases import case_by_id, list_cases
from store.consents import give_consents
from store.database import Database
from store.staff import add_member, remove_member
from tests.dialogues.conductor_stand import Stand

OLGA = Mover(Actor.AGENT, 11, "Olga")


@pytest.fixture
async def stand(sqlite_database: Database, tmp_path: Path) -> Stand:
    """Ann, whose complaint No 1 Olga has resolved and she has accepted; now she is asked how it went."""
    made = Stand(sqlite_database, tmp_path)
    for text in ("/complaint", "Late", "Done"):
        await made.says(text)
    async with sqlite_database.write() as tx:
        await add_member(tx, 11, "Olga", Role.AGENT, made.now)
        case = await case_by_id(tx, 1)
        for move in (Move.TAKE, Move.RESOLVE):
            assert case is not None
            moved = await move_case(tx, made.conductor.company, case, move, OLGA, now=made.now)
            assert isinstance(moved, Case)
    await made.hear(made.tap("m.accept.1"))
    return made


async def rates(stand: Stand, score: str) -> None:
    """Ask her how it went, and let her answer the first question."""
    async with stand.database.write() as tx:
        case = await case_by_id(tx, 1)
        assert case is not None
        await give_consents(tx, [(case.customer_id, Consent(Purpose.SURVEYS, True, "test", "test", stand.now))])
        await stand.conductor.start(tx, case.customer_id, "nps", "staff:11", stand.now, case_id=1)
    (asked,) = await stand.fresh()
    await stand.taps(asked, score)


async def follow_ups(stand: Stand) -> list[Case]:
    """Return the follow-up cases."""
    async with stand.database.read() as tx:
        found = await list_cases(tx, states=list(CaseState))
    return [case for case in found if case.kind is CaseKind.FOLLOW_UP]


async def test_low_score_opens_a_follow_up_of_the_same_owner(stand: Stand) -> None:
    """She who knows the matter hears it, with a clock; the loop closes when the customer says that it is settled."""
    await rates(stand, "2")
    await stand.says("Nobody rang")
    (case,) = await follow_ups(stand)
    assert (case.about_case, case.owner_id, case.state, case.priority) == (1, 11, CaseState.NEW, Priority.HIGH)
    async with stand.database.read() as tx:
        clocks = (await clocks_of(tx, [case.id]))[case.id]
    assert [clock.clock for clock in clocks] == [Clock.FIRST_ANSWER, Clock.RESOLUTION]
    assert case.first_answer_due == clocks[0].due_at
    async with stand.database.write() as tx:
        moved = await move_case(tx, stand.conductor.company, case, Move.RESOLVE, OLGA, now=stand.now)
        assert isinstance(moved, Case)
    await stand.hear(stand.tap(f"m.accept.{case.id}"))
    assert [each.state for each in await follow_ups(stand)] == [CaseState.CLOSED]


async def test_low_score_without_a_word_more_is_followed_up_once(stand: Stand) -> None:
    """She gave a two and fell silent: when the question expires the case opens, and a late answer opens no second."""
    await rates(stand, "2")
    (why,) = [row for row in stand.sent if "Why?" in row.message.text]
    stand.now += dt.timedelta(days=6)
    async with stand.database.write() as tx:
        assert why.run_id is not None
        assert await stand.conductor.expire(tx, why.run_id, stand.now)
    await stand.taps(why, "Skip")
    (case,) = await follow_ups(stand)
    assert (case.about_case, case.owner_id) == (1, 11)


async def test_follow_up_of_one_who_left_is_nobodys_yet(stand: Stand) -> None:
    """Who is no longer staff gets no new cases."""
    async with stand.database.write() as tx:
        await remove_member(tx, 11, stand.now)
    await rates(stand, "2")
    await stand.says("Nobody rang")
    (case,) = await follow_ups(stand)
    assert (case.about_case, case.owner_id) == (1, None)


async def test_good_score_opens_nothing(stand: Stand) -> None:
    """A content customer is thanked."""
    await rates(stand, "9")
    assert await follow_ups(stand) == []
