"""Case moves: only what the table allows, exclusively, and every one in the case's history."""

from __future__ import annotations

import asyncio
import datetime as dt

from dialogues.cases import HERSELF, PLAIN, THE_CLOCK, Mover, Particulars, Refused, move_case, open_case_for
from domain.cases import Actor, Case, CaseKind, CaseState, Move, Priority
from domain.company import Company
from domain.dialogues import OpenCase
from domain.incoming import Sender
from domain.staff import Role
from store.cases import case_history, change_case, locked_cases, merged_into, standing_case
from store.customers import customers_by_chat, meet
from store.database import Database, Tx
from store.staff import add_member, remove_member

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)  # 10:00 in Helsinki
COMPANY = Company()
OLGA, PEKKA = Mover(Actor.AGENT, 11, "Olga"), Mover(Actor.AGENT, 12, "Pekka")


async def opened(tx: Tx, *, priority: Priority = Priority.NORMAL, chat_id: int = 7) -> Case:
    """Return a new case."""
    known = await customers_by_chat(tx, [chat_id])
    if not known:
        await meet(tx, {chat_id: Sender(chat_id, "Ann")}, NOW)
        known = await customers_by_chat(tx, [chat_id])
    return await open_case_for(tx, COMPANY, known[chat_id].id, OpenCase(CaseKind.COMPLAINT, "delivery", priority), NOW)


async def moved(
    tx: Tx, case: Case, move: Move, by: Mover, *, now: dt.datetime = NOW, particulars: Particulars = PLAIN
) -> Case:
    """Make a move that is allowed."""
    found = await move_case(tx, COMPANY, case, move, by, now=now, particulars=particulars)
    assert isinstance(found, Case), found
    return found


async def refused(
    tx: Tx, case: Case, move: Move, by: Mover, *, now: dt.datetime = NOW, particulars: Particulars = PLAIN
) -> Refused:
    """Try a move that is not allowed."""
    found = await move_case(tx, COMPANY, case, move, by, now=now, particulars=particulars)
    assert isinstance(found, Refused), found
    return found


async def staff(tx: Tx) -> None:
    """Make Olga and Pekka agents."""
    for member in (OLGA, PEKKA):
        assert member.staff_id is not None
        await add_member(tx, member.staff_id, member.name, Role.AGENT, NOW)


async def test_taking_is_exclusive(database: Database) -> None:
    """The second is told who holds the case, also when she decides on what she saw before."""
    async with database.write() as tx:
        case = await opened(tx)
        taken = await moved(tx, case, Move.TAKE, OLGA)
        assert taken.owner_id == OLGA.staff_id
        assert await refused(tx, case, Move.TAKE, PEKKA) == Refused("taken_by_other", OLGA.staff_id)
        await moved(tx, taken, Move.TAKE, OLGA)


async def test_case_that_was_only_given_to_somebody_is_still_free(database: Database) -> None:
    """A rule gave it to Olga; until she has taken it, whoever has time may."""
    async with database.write() as tx:
        case = await opened(tx)
        await change_case(tx, case.id, owner_id=OLGA.staff_id)
        assert (await moved(tx, case, Move.TAKE, PEKKA)).owner_id == PEKKA.staff_id


async def test_only_managers_take_over_but_anybody_from_one_who_left(database: Database) -> None:
    """Nobody's holiday or farewell leaves a customer without an answer."""
    async with database.write() as tx:
        await staff(tx)
        case = await moved(tx, await opened(tx), Move.TAKE, OLGA)
        assert await refused(tx, case, Move.TAKE_OVER, PEKKA) == Refused("taken_by_other", OLGA.staff_id)
        assert await refused(tx, case, Move.TAKE_OVER, OLGA) == Refused("already_yours")
        manager = Mover(Actor.MANAGER, 13, "Max")
        assert (await moved(tx, case, Move.TAKE_OVER, manager)).owner_id == 13  # no member: as if she had left
        assert (await moved(tx, case, Move.TAKE_OVER, PEKKA)).owner_id == PEKKA.staff_id


async def test_the_first_reply_stops_the_clock_and_later_ones_leave_it(database: Database) -> None:
    """The first human answer is measured once."""
    async with database.write() as tx:
        case = await opened(tx)
        first = await moved(tx, case, Move.REPLY, OLGA, now=NOW + dt.timedelta(hours=1))
        again = await moved(tx, first, Move.REPLY, OLGA, now=NOW + dt.timedelta(hours=2))
    assert again.first_answer_at == NOW + dt.timedelta(hours=1)
    assert again.owner_id == OLGA.staff_id


async def test_a_pressing_case_is_promised_in_half_the_time(database: Database) -> None:
    """Four opening hours, or two."""
    async with database.write() as tx:
        normal, high = await opened(tx), await opened(tx, priority=Priority.HIGH)
    assert normal.first_answer_due == NOW + dt.timedelta(hours=4)
    assert high.first_answer_due == NOW + dt.timedelta(hours=2)


async def test_reopening_takes_the_ends_away(database: Database) -> None:
    """A case that is open again is neither resolved nor closed."""
    async with database.write() as tx:
        case = await moved(tx, await opened(tx), Move.RESOLVE, OLGA)
        case = await moved(tx, case, Move.ACCEPT, HERSELF)
        case = await moved(tx, case, Move.REOPEN, OLGA)
    assert (case.state, case.resolved_at, case.closed_at) == (CaseState.OPEN, None, None)


async def test_decision_waits_for_her_word_and_then_counts_as_accepted(database: Database) -> None:
    """Not a second sooner than the company gives her; an answer of staff's takes the decision back."""
    async with database.write() as tx:
        case = await moved(tx, await opened(tx), Move.DECLINE, OLGA)
        assert case.settle_by == NOW + COMPANY.cases.settle
        early = case.settle_by - dt.timedelta(seconds=1)
        assert await refused(tx, case, Move.EXPIRE, THE_CLOCK, now=early) == Refused("not_expired")
        asked = await moved(tx, case, Move.REPLY, OLGA)
        assert asked.settle_by is None
        case = await moved(tx, asked, Move.RESOLVE, OLGA)
        closed = await moved(tx, case, Move.EXPIRE, THE_CLOCK, now=NOW + COMPANY.cases.settle)
        assert (closed.state, closed.settle_by) == (CaseState.CLOSED, None)
        assert await refused(tx, case, Move.EXPIRE, THE_CLOCK, now=NOW + COMPANY.cases.settle)


async def test_closed_case_can_be_reopened_by_her_for_a_while_and_by_staff_always(database: Database) -> None:
    """The bound itself is still in time."""
    async with database.write() as tx:
        case = await moved(tx, await opened(tx), Move.RESOLVE, OLGA)
        case = await moved(tx, case, Move.ACCEPT, HERSELF)
        last = NOW + COMPANY.cases.reopen
        late = last + dt.timedelta(seconds=1)
        assert await refused(tx, case, Move.REOPEN, HERSELF, now=late) == Refused("reopen_over")
        again = await moved(tx, case, Move.REOPEN, HERSELF, now=last)
        closed = await moved(tx, await moved(tx, again, Move.RESOLVE, OLGA), Move.ACCEPT, HERSELF)
        await moved(tx, closed, Move.REOPEN, OLGA, now=late)


async def test_declined_case_is_looked_at_by_another_manager(database: Database) -> None:
    """Not by who declined it; of the others by who has the fewest open cases."""
    async with database.write() as tx:
        for staff_id, role in ((21, Role.MANAGER), (22, Role.MANAGER), (23, Role.ADMIN), (24, Role.AGENT)):
            await add_member(tx, staff_id, f"No {staff_id}", role, NOW)
        busy = await opened(tx)
        await change_case(tx, busy.id, owner_id=22)
        case = await moved(tx, await opened(tx), Move.DECLINE, Mover(Actor.MANAGER, 21))
        case = await moved(tx, case, Move.REOPEN, HERSELF)
        assert case.owner_id == 23
        case = await moved(tx, case, Move.DECLINE, Mover(Actor.ADMIN, 23))
        await change_case(tx, busy.id, owner_id=21)
        assert (await moved(tx, case, Move.REOPEN, HERSELF)).owner_id == 22


async def test_merging_loses_nothing_and_can_be_taken_back(database: Database) -> None:
    """The other's history shows both, in order; only open cases of the same customer become one."""
    async with database.write() as tx:
        first, second = await opened(tx), await opened(tx)
        second = await moved(tx, second, Move.NOTE, OLGA, particulars=Particulars("a second parcel"))
        assert await refused(tx, first, Move.MERGE, OLGA, particulars=Particulars(into=first)) == Refused(
            "merge_itself"
        )
        merged = await moved(tx, second, Move.MERGE, OLGA, particulars=Particulars(into=first))
        assert (merged.state, merged.merged_into) == (CaseState.MERGED, first.id)
        assert await standing_case(tx, merged) == first
        assert [each.id for each in await merged_into(tx, first.id)] == [second.id]
        history = await case_history(tx, first.id, merged=[second.id])
        assert [(event.case_id, event.text) for event in history][:1] == [(second.id, "a second parcel")]
        into_merged = Particulars(into=merged)
        assert await refused(tx, first, Move.MERGE, OLGA, particulars=into_merged) == Refused("merge_not_open")
        stranger = await opened(tx, chat_id=8)
        other = Particulars(into=stranger)
        assert await refused(tx, first, Move.MERGE, OLGA, particulars=other) == Refused("merge_stranger")
        apart = await moved(tx, merged, Move.REOPEN, OLGA)
        assert (apart.state, apart.merged_into) == (CaseState.OPEN, None)
        assert await merged_into(tx, first.id) == []


async def test_of_two_who_take_at_once_one_has_it(database: Database) -> None:
    """Each decides on what she saw: the second meets what the first has done, on both databases."""
    async with database.write() as tx:
        case = await opened(tx)

    async def takes(by: Mover) -> Case | Refused:
        async with database.write() as tx:
            return await move_case(tx, COMPANY, case, Move.TAKE, by, now=NOW)

    found = await asyncio.gather(takes(OLGA), takes(PEKKA))
    (taken,) = [each for each in found if isinstance(each, Case)]
    (refusal,) = [each for each in found if isinstance(each, Refused)]
    assert refusal == Refused("taken_by_other", taken.owner_id)


async def test_two_who_merge_crosswise_make_no_circle(database: Database) -> None:
    """One into the other and the other into the one, at the same moment: the first stands, the second is refused."""
    async with database.write() as tx:
        first, second = await opened(tx), await opened(tx)

    async def merges(case: Case, into: Case) -> Case | Refused:
        async with database.write() as tx:
            into_that = Particulars(into=into)
            return await move_case(tx, COMPANY, case, Move.MERGE, OLGA, now=NOW, particulars=into_that)

    found = await asyncio.gather(merges(first, second), merges(second, first))
    assert sum(isinstance(each, Case) for each in found) == 1
    async with database.read() as tx:
        ends = {(await standing_case(tx, each)).id for each in (await locked_cases(tx, [1, 2])).values()}
    assert len(ends) == 1


async def test_followed_case_is_its_owners_again_while_she_is_staff(database: Database) -> None:
    """Who knows the matter goes on with it."""
    async with database.write() as tx:
        await staff(tx)
        old = await moved(tx, await opened(tx), Move.TAKE, OLGA)
        opening = OpenCase(CaseKind.FOLLOW_UP, "detractor")
        case = await open_case_for(tx, COMPANY, old.customer_id, opening, NOW, about=old)
        assert (case.about_case, case.owner_id, case.state) == (old.id, OLGA.staff_id, CaseState.NEW)
        await remove_member(tx, 11, NOW)
        assert (await open_case_for(tx, COMPANY, old.customer_id, opening, NOW, about=old)).owner_id is None
