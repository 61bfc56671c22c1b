"""
A case's clocks at each of its moves: which promise holds for whom, what starts, rests, runs on and stops.

It follows the states rather than the single moves, so a new move needs nothing here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from domain.case_clocks import CaseClock, Clock, rested, resumed, retargeted, started, stopped
from domain.case_rules import ClockRule
from domain.cases import Case, CaseState, Move, Priority
from domain.company import Company
from domain.rules_verdict import evaluate
from store.case_clocks import add_clocks, clocks_of, keep_clock
from store.cases import change_case
from store.database import Tx
from store.ids import new_id
from store.rules_facts import customer_facts

_ANSWERS = frozenset({Clock.FIRST_ANSWER, Clock.NEXT_ANSWER})


async def opened(tx: Tx, company: Company, case: Case, now: dt.datetime) -> Case:
    """
    Start the clocks of a new case, and return it with the hour at which its first answer is due.

    A case of high priority is promised that in half the time.
    """
    rule = await clock_rule(tx, company, case, now)
    clocks = _starting(company, case, rule, now, Clock.FIRST_ANSWER)
    await add_clocks(tx, clocks)
    return await _with_due(tx, case, clocks)


async def moved(tx: Tx, company: Company, before: Case, after: Case, move: Move, now: dt.datetime) -> Case:
    """
    Let the clocks follow a move that has been made, and return the case with the hour that its first answer is due.

    A human's reply stops the clocks of answers, as does a talk outside Telegram (*now* is when it took place). All rest
    while the case waits for the customer, stop when it is settled in any way, and start anew when it is open again; a
    merged one leaves the answer that she awaits to the case that goes on. Her words start the clock of the next answer,
    unless one of an answer runs: it counts from the first of her words that nobody has answered.
    """
    found = (await clocks_of(tx, [after.id], only_unstopped=True)).get(after.id, [])
    clocks = {clock.id: clock for clock in found}

    def change(which: Callable[[CaseClock], bool], how: Callable[[CaseClock], CaseClock]) -> None:
        clocks.update({clock.id: how(clock) for clock in clocks.values() if which(clock)})

    if move in {Move.REPLY, Move.CONTACT}:  # a contact of the past is no answer to what was said after it
        change(lambda clock: clock.clock in _ANSWERS and clock.started_at <= now, lambda clock: stopped(clock, now))
    if before.priority is not after.priority:
        factor = 0.5 if after.priority is Priority.HIGH else 2
        change(
            lambda clock: clock.clock is Clock.FIRST_ANSWER,
            lambda clock: retargeted(company, clock, clock.target * factor, now),
        )
    if not after.state.is_open:
        change(lambda clock: True, lambda clock: stopped(clock, now))
    elif after.state is not CaseState.WAITING_CUSTOMER:
        change(lambda clock: True, lambda clock: resumed(company, clock, now))
    new: list[CaseClock] = []
    if after.state.is_open and not before.state.is_open:
        new = await _started_anew(tx, company, after, move, now)
    elif after.state.is_open and move is Move.CUSTOMER_WRITES:
        new = await _answer_awaited(tx, company, after, list(clocks.values()), now)
    if after.state is CaseState.WAITING_CUSTOMER:
        change(lambda clock: True, lambda clock: rested(company, clock, now))
        new = [rested(company, clock, now) for clock in new]
    if move is Move.MERGE and after.merged_into is not None:
        await _carry_over(tx, found, after.merged_into)
    for old in found:
        if clocks[old.id] != old:
            await keep_clock(tx, clocks[old.id])
    await add_clocks(tx, new)
    return await _with_due(tx, after, [*clocks.values(), *new])


async def adopted(tx: Tx, company: Company, case: Case, now: dt.datetime) -> None:
    """Give clocks to an open case that has none: its first answer stays due when it was, its resolution begins now."""
    rule = await clock_rule(tx, company, case, now)
    first, *others = _starting(company, case, rule, now, Clock.FIRST_ANSWER)
    due, answered = case.first_answer_due or first.due_at, case.first_answer_at
    clocks = [replace(first, started_at=case.opened_at, due_at=due, stopped_at=answered), *others]
    if case.state is CaseState.WAITING_CUSTOMER:
        clocks = [rested(company, each, now) for each in clocks]
    await add_clocks(tx, clocks)
    await _with_due(tx, case, clocks)


async def clock_rule(tx: Tx, company: Company, case: Case, now: dt.datetime) -> ClockRule:
    """
    Return the rule that holds for a case: the first that fits its category and its customer.

    An audience of which it is unknown whether she belongs to it does not fit. Without any rule that fits, the
    company's promise of a first answer holds, with the defaults of a rule.
    """
    facts = None
    at = now.astimezone(company.zone)
    for rule in company.cases.clocks:
        if rule.categories and case.category not in rule.categories:
            continue
        if rule.audience is None:
            return rule
        if facts is None:
            known = await customer_facts(tx, [case.customer_id], at, currency=company.currency)
            facts = known.get(case.customer_id)
        if facts is not None and evaluate(rule.audience, facts, at) is True:
            return rule
    return ClockRule(first_answer=company.first_answer)


async def _carry_over(tx: Tx, merged: list[CaseClock], into: int) -> None:
    """Let the answer that she still awaits be due on the case that goes on when it was, unless it awaits one itself."""
    awaited = next((clock for clock in merged if clock.clock in _ANSWERS and clock.due_at is not None), None)
    there = (await clocks_of(tx, [into], only_unstopped=True)).get(into, [])
    if awaited is not None and not any(clock.clock in _ANSWERS for clock in there):
        await add_clocks(tx, [replace(awaited, id=new_id(), case_id=into, clock=Clock.NEXT_ANSWER)])


async def _with_due(tx: Tx, case: Case, clocks: list[CaseClock]) -> Case:
    """Keep the case's own hour of the first answer, which is nobody's while that clock rests."""
    first = next((clock for clock in reversed(clocks) if clock.clock is Clock.FIRST_ANSWER), None)
    if first is None or first.due_at == case.first_answer_due:
        return case
    await change_case(tx, case.id, first_answer_due=first.due_at)
    return replace(case, first_answer_due=first.due_at)


async def _started_anew(tx: Tx, company: Company, case: Case, move: Move, now: dt.datetime) -> list[CaseClock]:
    """Return the clocks of a case that is open again; a reply that opens it is itself the answer."""
    rule = await clock_rule(tx, company, case, now)
    if move is Move.REPLY:
        return _starting(company, case, rule, now, None)
    awaited = Clock.FIRST_ANSWER if case.first_answer_at is None else Clock.NEXT_ANSWER
    return _starting(company, case, rule, now, awaited)


async def _answer_awaited(
    tx: Tx, company: Company, case: Case, clocks: list[CaseClock], now: dt.datetime
) -> list[CaseClock]:
    if any(clock.stopped_at is None and clock.clock in _ANSWERS for clock in clocks):
        return []
    rule = await clock_rule(tx, company, case, now)
    return [started(company, new_id(), case.id, Clock.NEXT_ANSWER, rule.next_answer, now)]


def _starting(
    company: Company, case: Case, rule: ClockRule, now: dt.datetime, awaited: Clock | None
) -> list[CaseClock]:
    first = rule.first_answer / 2 if case.priority is Priority.HIGH else rule.first_answer
    targets = {
        Clock.FIRST_ANSWER: first if awaited is Clock.FIRST_ANSWER else None,
        Clock.NEXT_ANSWER: rule.next_answer if awaited is Clock.NEXT_ANSWER else None,
        Clock.RESOLUTION: rule.resolution,
    }
    return [
        started(company, new_id(), case.id, clock, target, now)
        for clock, target in targets.items()
        if target is not None
    ]
