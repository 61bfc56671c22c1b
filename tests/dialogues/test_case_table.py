"""The life of a case, cell by cell: every state × every move × everybody who might make it."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pytest
from sqlalchemy import select

from dialogues.case_moves import CaseMoves
from dialogues.cases import HERSELF, THE_CLOCK, Mover, Particulars, Refused, open_case_for
from dialogues.library import Library
from domain.case_rules import CaseRules
from domain.cases import Actor, Case, CaseKind, CaseState, Impact, Move, Priority, Severity
from domain.company import Company
from domain.customers import Customer
from domain.dialogues import OpenCase
from domain.incoming import Sender
from domain.staff import Role
from store.cases import case_by_id, case_history, change_case
from store.customers import customers_by_chat, meet
from store.database import Database, Tx
from store.staff import add_member
from store.tables import audit, outbox
from templates.words import SHIPPED, Words
from tests.dialogues.conductor_stand import RememberedStaffLine

LANGUAGES = ("en", "fi", "cs")
NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
ANN = 7
COLLEAGUE = 60
IDS = {Actor.AGENT: 61, Actor.EDITOR: 62, Actor.MANAGER: 63, Actor.ADMIN: 64}
COMPANY = Company(
    languages=LANGUAGES, cases=CaseRules(causes={"late": {"en": "Late delivery"}}, routes={"en": "The board decides."})
)

# The state after (n o w r d c s m) and who may: s staff, m managers, h she herself, b both, t the time that has passed
GRID = """
                 new open waiting resolved declined closed spam merged
take              os   os      ws        .        .      .    .      .
take_over         om   om      wm        .        .      .    .      .
reply             ws   ws      ws       ws       ws      .    .      .
note              ns   os      ws       rs       ds     cs   ss     ms
contact           os   os      ws       rs       ds     cs    .      .
wait              ws   ws       .        .        .      .    .      .
assess            ns   os      ws        .        .      .    .      .
resolve           rs   rs      rs        .        .      .    .      .
decline           ds   ds      ds        .        .      .    .      .
cause              .   os      ws       rs       ds     cs    .      .
merge             ms   ms      ms        .        .      .    .      .
spam              ss   ss       .        .        .      .    .      .
customer_writes   nh   oh      oh       rh       dh      .    .      .
accept             .    .       .       ch       ch      .    .      .
reopen             .    .       .       ob       ob     ob   os     os
expire             .    .       .       ct       ct      .    .      .
assign            nt   ot      wt        .        .      .    .      .
escalate          nt   ot      wt        .        .      .    .      .
"""
SAID = {  # the beginning of what she is told
    Move.TAKE: " is looking after your case No ",
    Move.TAKE_OVER: " is looking after your case No ",
    Move.WAIT: "we are waiting for your answer",
    Move.RESOLVE: "is settled from our side",
    Move.DECLINE: "The board decides.",
    Move.MERGE: "are about the same thing",
    Move.ACCEPT: "is closed. Thank you!",
}
SAID_BY_STATE: dict[tuple[CaseState, Move], str] = {  # where the beginning depends on the state before, too
    (CaseState.RESOLVED, Move.EXPIRE): "take it that all is well",
    (CaseState.DECLINED, Move.EXPIRE): "since our answer, so we close it",
    (CaseState.MERGED, Move.REOPEN): "as a case of its own again",
    **{(state, Move.REOPEN): "is open again" for state in CaseState if state is not CaseState.MERGED},
}


@cache
def words() -> Words:
    """Return the shipped texts."""
    return Words.load([SHIPPED], LANGUAGES)


def grid() -> dict[tuple[CaseState, Move], tuple[CaseState, frozenset[Actor]]]:
    """Read the grid."""
    by_letter = {state.value[0]: state for state in CaseState}
    staff, managers = frozenset(IDS), frozenset({Actor.MANAGER, Actor.ADMIN})
    her = frozenset({Actor.CUSTOMER})
    who = {"s": staff, "m": managers, "h": her, "b": her | staff, "t": frozenset({Actor.CLOCK})}
    found = {}
    for line in GRID.strip().splitlines()[1:]:
        move, *cells = line.split()
        for state, cell in zip(CaseState, cells, strict=True):
            if cell != ".":
                found[state, Move(move)] = (by_letter[cell[0]], who[cell[1]])
    return found


async def people(tx: Tx) -> Customer:
    """Put in Ann and one member of each role, and return Ann."""
    await meet(tx, {ANN: Sender(ANN, "Ann", language="en")}, NOW)
    await add_member(tx, COLLEAGUE, "Kim", Role.AGENT, NOW)
    for actor, staff_id in IDS.items():
        await add_member(tx, staff_id, actor.value.capitalize(), Role(actor.value), NOW)
    return (await customers_by_chat(tx, [ANN]))[ANN]


async def case_in(tx: Tx, customer: Customer, state: CaseState, move: Move) -> Case:
    """Put in a case in that state with all that the move could need."""
    case = await open_case_for(tx, COMPANY, customer.id, OpenCase(CaseKind.COMPLAINT, "delivery"), NOW)
    values: dict[str, object] = {"state": state.value}
    if state in {CaseState.RESOLVED, CaseState.DECLINED}:
        values |= {"settle_by": NOW, "resolved_at": NOW}
    if state is CaseState.CLOSED:
        values |= {"closed_at": NOW}
    if move is Move.TAKE_OVER:
        values |= {"owner_id": COLLEAGUE}
    await change_case(tx, case.id, **values)
    found = await case_by_id(tx, case.id)
    assert found is not None
    return found


def mover(actor: Actor) -> Mover:
    """Return somebody of that role."""
    match actor:
        case Actor.CUSTOMER:
            return HERSELF
        case Actor.CLOCK:
            return THE_CLOCK
        case _:
            return Mover(actor, IDS[actor], actor.value.capitalize())


async def told_to_ann(tx: Tx, case: Case) -> list[str]:
    """Return what waits for Ann about a case."""
    mine = (outbox.c.case_id == case.id) & (outbox.c.chat_id == ANN)
    return [payload["text"] for payload in (await tx.scalars(select(outbox.c.payload).where(mine))).all()]


@pytest.mark.parametrize("state", list(CaseState))
@pytest.mark.parametrize("actor", list(Actor))
async def test_every_cell_of_the_table(sqlite_database: Database, state: CaseState, actor: Actor) -> None:
    """
    What is allowed changes the state, tells the customer and is written down; what is refused changes nothing.

    Every refusal has a sentence in every language.
    """
    allowed = grid()
    async with sqlite_database.write() as tx:
        ann = await people(tx)
        other = await case_in(tx, ann, CaseState.OPEN, Move.NOTE)
        particulars = Particulars("because", Severity.SERIOUS, Impact.MANY, "late", other)
        moves = CaseMoves(COMPANY, words(), Library.load([], LANGUAGES), RememberedStaffLine())
        for move in Move:
            case = await case_in(tx, ann, state, move)
            by = mover(actor)
            result = await moves.make(tx, case, ann, move, by, now=NOW, particulars=particulars)
            after, who = allowed.get((state, move), (state, frozenset()))
            if actor in who:
                assert isinstance(result, Case), (move, result)
                await _was_made(tx, case, result, move, by, after)
            else:
                assert isinstance(result, Refused), move
                await _was_refused(tx, case, result, by)


async def _was_made(tx: Tx, before: Case, after: Case, move: Move, by: Mover, state: CaseState) -> None:
    stored = await case_by_id(tx, before.id)
    assert stored is not None
    assert (stored.state, stored.owner_id, stored.priority) == (after.state, after.owner_id, after.priority)
    assert stored.state is state, move
    history = [(event.move, event.staff_id, event.state) for event in await case_history(tx, before.id)]
    assert history == [(move, by.staff_id, state)]
    noted = (await tx.scalars(select(audit.c.act).where(audit.c.staff_id == by.staff_id))).all()
    assert by.staff_id is None or f"case.{move.value}" in noted
    expected = SAID_BY_STATE.get((before.state, move), SAID.get(move))
    told = await told_to_ann(tx, before)
    assert len(told) == (expected is not None), (move, told)
    if expected is not None:
        assert expected in told[0]
        assert str(before.id) in told[0]


async def _was_refused(tx: Tx, before: Case, refused: Refused, by: Mover) -> None:
    assert await case_by_id(tx, before.id) == before
    assert await case_history(tx, before.id) == []
    assert await told_to_ann(tx, before) == []
    for language in LANGUAGES:
        assert words().own(f"staff.refusal.{refused.reason}", language), (refused.reason, language, by)


async def test_what_is_said_with_a_decision_comes_before_it(sqlite_database: Database) -> None:
    """A decision says in staff's own words why, then in ours what she can do."""
    async with sqlite_database.write() as tx:
        ann = await people(tx)
        case = await case_in(tx, ann, CaseState.OPEN, Move.DECLINE)
        moves = CaseMoves(COMPANY, words(), Library.load([], LANGUAGES), RememberedStaffLine())
        await moves.make(
            tx, case, ann, Move.DECLINE, mover(Actor.AGENT), now=NOW, particulars=Particulars("It is <too> late.")
        )
        (told,) = await told_to_ann(tx, case)
    assert told.startswith("It is &lt;too&gt; late.\n\nCase No ")


def test_grid_forgets_no_move_and_no_role() -> None:
    """A new move or role is a new row or column here."""
    assert {move for _, move in grid()} == set(Move)
    assert {actor.value for actor in IDS} == {role.value for role in Role}


@pytest.mark.parametrize(
    ("severity", "impact", "priority"),
    [
        (Severity.MINOR, Impact.ONE, Priority.NORMAL),
        (Severity.MINOR, Impact.SEVERAL, Priority.NORMAL),
        (Severity.MINOR, Impact.MANY, Priority.HIGH),
        (Severity.SERIOUS, Impact.ONE, Priority.NORMAL),
        (Severity.SERIOUS, Impact.SEVERAL, Priority.HIGH),
        (Severity.SERIOUS, Impact.MANY, Priority.HIGH),
        (Severity.CRITICAL, Impact.ONE, Priority.HIGH),
        (Severity.CRITICAL, Impact.SEVERAL, Priority.HIGH),
        (Severity.CRITICAL, Impact.MANY, Priority.HIGH),
    ],
)
async def test_priority_follows_from_the_assessment(
    sqlite_database: Database, severity: Severity, impact: Impact, priority: Priority
) -> None:
    """Severity and impact count together; an assessment may lower a priority, too."""
    async with sqlite_database.write() as tx:
        ann = await people(tx)
        case = await case_in(tx, ann, CaseState.NEW, Move.ASSESS)
        moves = CaseMoves(COMPANY, words(), Library.load([], LANGUAGES), RememberedStaffLine())
        particulars = Particulars(severity=severity, impact=impact)
        moved = await moves.make(tx, case, ann, Move.ASSESS, mover(Actor.AGENT), now=NOW, particulars=particulars)
    assert isinstance(moved, Case)
    assert (moved.severity, moved.impact, moved.priority) == (severity, impact, priority)
