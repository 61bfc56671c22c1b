"""The sample company's past cases in the store: assessed, decided, some declined or merged, with causes and clocks."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import replace

from bot.sample_company_history import History, PastCase
from domain.case_clocks import Clock, started, stopped
from domain.cases import Case, CaseKind, CaseState, Impact, Move, Severity, priority_of
from domain.company import Company
from store.case_clocks import add_clocks
from store.cases import add_case_event, change_case, open_case
from store.database import Tx
from store.ids import new_id

CONFIG = """\
[[cases.clocks]]
name = "loyal customers"
for = 'visits(12m) >= 20'
first_answer = "1h"
next_answer = "2h"
resolution = "16h"
[[cases.clocks]]
name = "deliveries"
categories = ["delivery"]
first_answer = "2h"
next_answer = "4h"
resolution = "24h"
[cases.causes]
courier = { fi = "Kuljetus", en = "Courier", cs = "Dopravce" }
warehouse = { fi = "Varasto", en = "Warehouse", cs = "Sklad" }
quality = { fi = "Tuotteen laatu", en = "Quality of the product", cs = "Kvalita výrobku" }
service = { fi = "Palvelu myymälässä", en = "Service in the store", cs = "Obsluha v prodejně" }
other = { fi = "Muu syy", en = "Something else", cs = "Něco jiného" }
[cases.routes]
fi = "Voit viedä asian myös kuluttajariitalautakuntaan: kuluttajariita.fi"
en = "You can also take it to the Consumer Disputes Board: kuluttajariita.fi"
cs = "Můžete se obrátit i na Komisi pro spotřebitelské spory: kuluttajariita.fi"
"""
_CAUSES: Mapping[str, tuple[str, ...]] = {
    "delivery": ("courier", "courier", "warehouse"),
    "product": ("quality", "quality", "warehouse"),
    "service": ("service",),
}
_SEVERITIES = ((Severity.MINOR, Severity.SERIOUS, Severity.CRITICAL), (60, 34, 6))
_IMPACTS = ((Impact.ONE, Impact.SEVERAL, Impact.MANY), (80, 16, 4))
_FIRST_ANSWER = {Clock.FIRST_ANSWER: dt.timedelta(hours=4), Clock.RESOLUTION: dt.timedelta(hours=40)}
_DELIVERY = {Clock.FIRST_ANSWER: dt.timedelta(hours=2), Clock.RESOLUTION: dt.timedelta(hours=24)}


async def put_cases(tx: Tx, company: Company, rng: random.Random, history: History) -> None:
    """Put one customer's past cases into the store, each closed; her runs then name the case that they rate."""
    numbers: list[int] = []
    for past in history.cases:
        about = numbers[past.about] if past.about is not None else None
        case = await open_case(
            tx,
            history.customer_id,
            past.opening,
            past.opened_at,
            run_id=past.run_id,
            owner_id=past.owner_id,
            about_case=about,
        )
        numbers.append(case.id)
        await _live(tx, rng, case, past)
        await _time(tx, company, case, past)
        if past.opening.kind is CaseKind.COMPLAINT and rng.random() < 0.08:
            await _put_double(tx, case, past)
        named = f"event:case:{case.id}"
        history.runs = [replace(run, started_by=named) if run.id == past.rated_run else run for run in history.runs]


async def _live(tx: Tx, rng: random.Random, case: Case, past: PastCase) -> None:
    """Let a case be taken, assessed, answered, decided and accepted."""
    owner = past.owner_id
    is_follow_up = past.opening.kind is CaseKind.FOLLOW_UP  # a person asks her, so she says sooner that it is settled
    closed_at = past.resolved_at + (dt.timedelta(hours=2) if is_follow_up else dt.timedelta(days=3))
    is_question = past.opening.kind is CaseKind.QUESTION
    declined = past.opening.kind is CaseKind.COMPLAINT and rng.random() < 0.1
    decision, decided = (Move.DECLINE, CaseState.DECLINED) if declined else (Move.RESOLVE, CaseState.RESOLVED)
    moves = [(Move.TAKE, past.opened_at, "", CaseState.OPEN)]
    values: dict[str, object] = {}
    if not is_question and rng.random() < 0.85:
        severity, impact = rng.choices(*_SEVERITIES)[0], rng.choices(*_IMPACTS)[0]
        values |= {"severity": severity, "impact": impact, "priority": priority_of(severity, impact)}
        moves.append((Move.ASSESS, past.opened_at, f"{severity} {impact}", CaseState.OPEN))
    moves.append((Move.REPLY, past.answered_at, past.reply, CaseState.WAITING_CUSTOMER))
    moves.append((decision, past.resolved_at, "", decided))
    if not is_question and rng.random() < 0.8:
        cause = rng.choice(_CAUSES.get(past.opening.category, ("service", "courier", "other")))
        values["cause"] = cause
        moves.append((Move.CAUSE, past.resolved_at, cause, decided))
    await change_case(
        tx,
        case.id,
        state=CaseState.CLOSED,
        first_answer_at=past.answered_at,
        resolved_at=past.resolved_at,
        closed_at=closed_at,
        **values,
    )
    for move, at, text, state in moves:
        await add_case_event(tx, case.id, move, owner, text, at, state)
    await add_case_event(tx, case.id, Move.ACCEPT, None, "", closed_at, CaseState.CLOSED)


async def _time(tx: Tx, company: Company, case: Case, past: PastCase) -> None:
    """Keep the clocks of a case, as they stopped."""
    targets = _DELIVERY if past.opening.category == "delivery" else _FIRST_ANSWER
    ends = {Clock.FIRST_ANSWER: past.answered_at, Clock.RESOLUTION: past.resolved_at}
    clocks = [
        stopped(started(company, new_id(), case.id, clock, targets[clock], past.opened_at), end)
        for clock, end in ends.items()
    ]
    await add_clocks(tx, clocks)
    await change_case(tx, case.id, first_answer_due=clocks[0].due_at)


async def _put_double(tx: Tx, case: Case, past: PastCase) -> None:
    """Put in that she wrote about the same thing again, and that both went on as one."""
    at = past.opened_at + dt.timedelta(minutes=5)
    double = await open_case(tx, case.customer_id, past.opening, at, owner_id=past.owner_id)
    await change_case(tx, double.id, state=CaseState.MERGED, merged_into=case.id)
    await add_case_event(tx, double.id, Move.MERGE, past.owner_id, str(case.id), at, CaseState.MERGED)
