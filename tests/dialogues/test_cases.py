"""Case moves: only what the table allows, exclusively, and every one in the case's history."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogues.cases import Refused, move_case, open_case_for
from domain.cases import MOVES, Case, CaseKind, CaseState, Move, Priority
from domain.company import Company
from domain.dialogues import OpenCase
from domain.incoming import Sender
from store.cases import case_by_id, case_history, change_case
from store.customers import customers_by_chat, meet
from store.database import Database, Tx

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)  # 10:00 in Helsinki
OLGA, PEKKA = 11, 12


async def opened(tx: Tx, state: CaseState = CaseState.NEW, priority: Priority = Priority.NORMAL) -> Case:
    """Return a case in that state."""
    await meet(tx, {7: Sender(7, "Ann")}, NOW)
    who = (await customers_by_chat(tx, [7]))[7].id
    case = await open_case_for(tx, Company(), who, OpenCase(CaseKind.COMPLAINT, "delivery", priority), NOW)
    await change_case(tx, case.id, state=state.value)
    found = await case_by_id(tx, case.id)
    assert found is not None
    return found


@pytest.mark.parametrize("state", list(CaseState))
@pytest.mark.parametrize("move", list(Move))
async def test_every_cell_of_the_state_table(sqlite_database: Database, state: CaseState, move: Move) -> None:
    """An allowed move changes the state and is written down; a refused one changes nothing and says why."""
    async with sqlite_database.write() as tx:
        case = await opened(tx, state)
        result = await move_case(tx, case, move, staff_id=OLGA, text="because", now=NOW)
        stored = await case_by_id(tx, case.id)
        history = await case_history(tx, case.id)
    assert stored is not None
    expected = MOVES.get((state, move))
    if expected is None:
        assert result == Refused("move_not_now")
        assert stored == case
        assert history == []
    else:
        assert result == stored
        assert stored.state is expected
        assert [(event.move, event.staff_id, event.text) for event in history] == [(move, OLGA, "because")]


async def test_taking_is_exclusive(database: Database) -> None:
    """The second is told who holds the case."""
    async with database.write() as tx:
        case = await opened(tx)
        taken = await move_case(tx, case, Move.TAKE, staff_id=OLGA, now=NOW)
        assert isinstance(taken, Case)
        assert taken.owner_id == OLGA
        assert await move_case(tx, taken, Move.TAKE, staff_id=PEKKA, now=NOW) == Refused("taken_by_other", OLGA)
        assert isinstance(await move_case(tx, taken, Move.TAKE, staff_id=OLGA, now=NOW), Case)


async def test_the_first_reply_stops_the_clock_and_later_ones_leave_it(database: Database) -> None:
    """The first human answer is measured once."""
    async with database.write() as tx:
        case = await opened(tx)
        first = await move_case(tx, case, Move.REPLY, staff_id=OLGA, now=NOW + dt.timedelta(hours=1))
        assert isinstance(first, Case)
        again = await move_case(tx, first, Move.REPLY, staff_id=OLGA, now=NOW + dt.timedelta(hours=2))
        assert isinstance(again, Case)
    assert again.first_answer_at == NOW + dt.timedelta(hours=1)
    assert again.owner_id == OLGA


async def test_a_pressing_case_is_promised_in_half_the_time(database: Database) -> None:
    """Four opening hours, or two."""
    async with database.write() as tx:
        normal, high = await opened(tx), await opened(tx, priority=Priority.HIGH)
    assert normal.first_answer_due == NOW + dt.timedelta(hours=4)
    assert high.first_answer_due == NOW + dt.timedelta(hours=2)


async def test_reopening_takes_the_ends_away(database: Database) -> None:
    """A case that is open again is neither resolved nor closed."""
    async with database.write() as tx:
        case: Case | Refused = await opened(tx)
        for move in (Move.RESOLVE, Move.ACCEPT, Move.REOPEN):
            assert isinstance(case, Case)
            case = await move_case(tx, case, move, staff_id=OLGA, now=NOW)
    assert isinstance(case, Case)
    assert (case.state, case.resolved_at, case.closed_at) == (CaseState.OPEN, None, None)
