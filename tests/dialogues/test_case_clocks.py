"""The clocks of a case at each of its moves: figures that were reckoned by hand, and whose promise is whose."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from sqlalchemy import insert

from dialogues.case_clocks import clock_rule
from dialogues.cases import HERSELF, Mover, Particulars, move_case, open_case_for
from domain.case_clocks import CaseClock, Clock, used
from domain.case_rules import CaseRules, ClockRule
from domain.cases import Actor, Case, CaseKind, Impact, Move, Priority, Severity
from domain.company import Company
from domain.dialogues import OpenCase
from domain.rules import parse_rule
from store.case_clocks import clocks_of
from store.database import Database, Tx
from store.ids import new_id
from store.tables import customers, purchases

HOUR = dt.timedelta(hours=1)
OLGA = Mover(Actor.AGENT, 61, "Olga")
EASTER = frozenset({dt.date(2027, 3, 26), dt.date(2027, 3, 29)})
COMPANY = Company(holidays=EASTER)

# March 2027 in Helsinki. The 1st is a Monday; open Monday to Friday 9:00-17:00; Good Friday the 26th and Easter Monday
# the 29th are holidays, and the clock changes on Sunday the 28th. Promised: a first answer in 4 hours (in 2 where it is
# of high priority), a next answer in 8, a resolution in 40. Each figure is the opening time that a clock ran until it
# stopped; "!" is a broken promise, "+" a further clock of the same kind, and "~" one that still runs or rests.
#
# by hand: b 15-17 and 9-10; d Fri 16-17 and Mon 9-10; e Thu 16-17 and Tue 9-11:30, then Tue 13-17 and Wed 9-9:30;
# g counts from her first unanswered word: Tue 10-17 and Wed 9-10; h 10-11 and, after the wait, Wed 10-12;
# l Mon 10-10:30, and from 10:45 on 6:15, four days of 8, Monday's 8 and Tuesday's 1: 47:15
TABLE = """
   what happens                                                                  due        first  next    resolution
a  1 10:00 opens, 1 12:00 reply, 2 09:00 writes, 2 11:00 reply, 3 10:00 resolve  1 14:00    2:00   2:00    4:00
b  1 15:00 opens, 2 10:00 reply                                                  2 11:00    3:00   -       3:00~
c  1 10:00 opens, 1 16:00 reply                                                  1 14:00    6:00!  -       6:00~
d  5 16:00 opens, 8 10:00 reply                                                  8 12:00    2:00   -       2:00~
e  25 16:00 opens, 30 11:30 reply, 30 13:00 writes, 31 09:30 resolve             30 12:00   3:30   4:30    8:00
f  2 06:00 opens, 2 09:30 reply                                                  2 13:00    0:30   -       0:30~
g  1 10:00 opens, 1 11:00 reply, 2 10:00 writes, 2 15:00 writes, 3 10:00 reply   1 14:00    1:00   8:00    9:00~
h  1 10:00 opens, 1 11:00 wait, 3 10:00 writes, 3 12:00 reply                    3 13:00    3:00   -       3:00~
i  1 10:00 opens, 1 11:00 reply, 2 10:00 resolve, 3 10:00 reopen, 3 14:00 reply  1 14:00    1:00   4:00    1:00+4:00~
j  1 10:00 opens!, 1 13:00 reply                                                 1 12:00    3:00!  -       3:00~
k  1 10:00 opens, 1 13:00 decline, 2 10:00 accept                                1 14:00    3:00   -       3:00
l  1 10:00 opens, 1 10:30 reply, 1 10:45 writes, 9 10:00 resolve                 1 14:00    0:30   47:15!  47:45!
"""
MOVES = {"writes": Move.CUSTOMER_WRITES}
ROWS = TABLE.strip().splitlines()[1:]


def local(text: str) -> dt.datetime:
    """Read "2 09:30" of March 2027."""
    day, _, hour = text.partition(" ")
    return dt.datetime.combine(dt.date(2027, 3, int(day)), dt.time.fromisoformat(hour), COMPANY.zone)


async def customer(tx: Tx, who: int = 1) -> None:
    """Put in a customer."""
    row = {"id": who, "chat_id": 500 + who, "name": "Ann", "reach": "reachable", "created_at": local("1 00:00")}
    await tx.execute(insert(customers).values(row))


async def opened(
    tx: Tx, at: str, *, company: Company = COMPANY, high: bool = False, category: str = "delivery"
) -> Case:
    """Open a case of the customer's."""
    priority = Priority.HIGH if high else Priority.NORMAL
    return await open_case_for(tx, company, 1, OpenCase(CaseKind.COMPLAINT, category, priority), local(at))


async def moved(tx: Tx, case: Case, move: Move, at: str, particulars: Particulars | None = None) -> Case:
    """Make a move as who makes it."""
    by = HERSELF if move in {Move.CUSTOMER_WRITES, Move.REOPEN, Move.ACCEPT} else OLGA
    result = await move_case(tx, COMPANY, case, move, by, now=local(at), particulars=particulars or Particulars())
    assert isinstance(result, Case), result
    return result


def figures(clocks: list[CaseClock], kind: Clock, now: dt.datetime) -> str:
    """Write down what the store has of one kind of clock, as the table does."""
    told = []
    for clock in clocks:
        if clock.clock is kind:
            minutes = used(COMPANY, clock, now) // dt.timedelta(minutes=1)
            sign = "!" if clock.was_missed(now) else ""
            told.append(f"{minutes // 60}:{minutes % 60:02}{sign}{'~' if clock.stopped_at is None else ''}")
    return "+".join(told) or "-"


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
async def test_figures_equal_those_reckoned_by_hand(sqlite_database: Database, row: str) -> None:
    """A reader can check each with a pencil."""
    columns = [each.strip() for each in row[3:].split("  ") if each.strip()]
    steps, due, *expected = columns
    async with sqlite_database.write() as tx:
        await customer(tx)
        at = ""
        case: Case | None = None
        for step in steps.split(", "):
            day, hour, what = step.split()
            at = f"{day} {hour}"
            if what.startswith("opens"):
                case = await opened(tx, at, high=what.endswith("!"))
            else:
                assert case is not None
                case = await moved(tx, case, MOVES.get(what) or Move(what), at)
        assert case is not None
        clocks = (await clocks_of(tx, [case.id]))[case.id]
    first = next(clock for clock in clocks if clock.clock is Clock.FIRST_ANSWER)
    assert first.due_at == local(due)
    assert case.first_answer_due == local(due)
    now = local(at)
    assert [figures(clocks, kind, now) for kind in Clock] == expected


async def test_first_answer_due_is_nobodys_while_the_customer_is_awaited(database: Database) -> None:
    """And comes back later by as long as she took."""
    async with database.write() as tx:
        await customer(tx)
        case = await opened(tx, "1 10:00")
        case = await moved(tx, case, Move.WAIT, "1 11:00")
        assert case.first_answer_due is None
        case = await moved(tx, case, Move.CUSTOMER_WRITES, "2 11:00")
    assert case.first_answer_due == local("2 14:00")


async def test_assessing_a_case_as_grave_halves_the_promise_of_an_answer(sqlite_database: Database) -> None:
    """From its opening on; assessed as slight again, it has the whole."""
    grave = Particulars(severity=Severity.CRITICAL, impact=Impact.ONE)
    slight = Particulars(severity=Severity.MINOR, impact=Impact.ONE)
    async with sqlite_database.write() as tx:
        await customer(tx)
        case = await opened(tx, "1 10:00")
        case = await moved(tx, case, Move.ASSESS, "1 10:30", grave)
        assert case.first_answer_due == local("1 12:00")
        case = await moved(tx, case, Move.ASSESS, "1 11:00", slight)
    assert case.first_answer_due == local("1 14:00")


async def test_answer_that_she_awaits_is_not_lost_by_merging(sqlite_database: Database) -> None:
    """It is due on the case that goes on when it was promised; a case that awaits an answer itself keeps its own."""
    async with sqlite_database.write() as tx:
        await customer(tx)
        answered = await moved(tx, await opened(tx, "1 09:00"), Move.REPLY, "1 09:30")
        unanswered, third = await opened(tx, "1 10:00"), await opened(tx, "1 11:00")
        for case in (unanswered, third):
            await moved(tx, case, Move.MERGE, "1 12:00", Particulars(into=answered))
        clocks = (await clocks_of(tx, [answered.id], only_unstopped=True))[answered.id]
        assert [(clock.clock, clock.due_at) for clock in clocks] == [
            (Clock.RESOLUTION, None),
            (Clock.NEXT_ANSWER, local("1 14:00")),
        ]
        assert third.id not in await clocks_of(tx, [third.id], only_unstopped=True)
        await moved(tx, answered, Move.REPLY, "1 13:00")
        (resting,) = (await clocks_of(tx, [answered.id], only_unstopped=True))[answered.id]
    assert resting.clock is Clock.RESOLUTION


async def test_first_rule_that_fits_category_and_customer_holds(database: Database) -> None:
    """Loyal customers have clocks of their own; without a rule that fits, the company's promise holds."""
    rules = (
        ClockRule("loyal", frozenset({"delivery"}), parse_rule("visits(12m) >= 2"), HOUR),
        ClockRule("unknown", audience=parse_rule("fact.shoe_size > 40"), first_answer=2 * HOUR),
        ClockRule("delivery", frozenset({"delivery"}), first_answer=3 * HOUR),
    )
    company = dataclasses.replace(COMPANY, first_answer=5 * HOUR, cases=CaseRules(clocks=rules))
    async with database.write() as tx:
        await customer(tx)
        case = await opened(tx, "8 10:00", company=company)
        other = await opened(tx, "8 10:00", company=company, category="product")
        assert (await clock_rule(tx, company, case, local("8 10:00"))).name == "delivery"
        for day in (2, 3):
            row = {"id": new_id(), "customer_id": 1, "receipt": str(day), "at": local(f"{day} 12:00")}
            await tx.execute(insert(purchases).values(row | {"amount_minor": 1000, "currency": "EUR"}))
        loyal = await opened(tx, "8 10:00", company=company)
    assert case.first_answer_due == local("8 13:00")
    assert other.first_answer_due == local("8 15:00")
    assert loyal.first_answer_due == local("8 11:00")
