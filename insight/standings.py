"""Stage, step of the ladder and class of each customer of a batch, and the moves from where she stood before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.lives import Life
from domain.money import minor_digits
from domain.people import ContactKind
from domain.pictures import Move, MoveKind
from insight.classes import Worth, class_of
from insight.ladder import Evidence, standing_of
from insight.lifecycle import Bought, stage_of
from insight.settings import InsightRules

READ = (
    "customer_id", "due_on", "first_on", "last_on", "purchase_days", "visits", "visits_year", "usual_gap",
    "margin_year", "value_class", "customer_class", "class_since", "stage", "stage_since", "step", "step_since",
)  # fmt: skip
"""What `standings` takes, in this order."""

WRITTEN = (
    "customer_id", "due_on", "customer_class", "class_since", "class_reason", "stage", "stage_since", "stage_reason",
    "step", "step_since", "step_reason",
)  # fmt: skip
_EXPLAINED = 300


@dataclass(frozen=True, slots=True)
class Standings:
    """The columns `WRITTEN` of a batch, and its moves; a first picture makes none."""

    columns: dict[str, list[Any]]
    moves: list[Move]


def standings(
    columns: Sequence[Sequence[Any]],
    lives: Mapping[int, Life],
    loyal: Collection[int],
    day: dt.date,
    rules: InsightRules,
    currency: str,
) -> Standings:
    """
    Say where each customer of the batch stands on *day*; who has no life, because she is gone, is left out.

    *loyal* are those of whom the company's own criterion of loyalty holds. About twenty microseconds a customer.
    """
    scale = 10 ** minor_digits(currency)
    rows: list[tuple[Any, ...]] = []
    moves: list[Move] = []
    for row in zip(*columns, strict=True):
        life = lives.get(row[0])
        if life is not None:
            before = _Before(*row)
            after = _after(before, life, row[0] in loyal, day, rules, scale)
            rows.append(after)
            if before.stage_since is not None:
                moves.extend(_moves(before, after, day))
    found = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in WRITTEN]
    return Standings(dict(zip(WRITTEN, found, strict=True)), moves)


@dataclass(frozen=True, slots=True)
class _Before:
    customer_id: int
    due_on: Any
    first_on: Any
    last_on: Any
    purchase_days: int
    visits: int
    visits_year: int
    usual_gap: float | None
    margin_year: int | None
    value_class: str | None
    customer_class: str | None
    class_since: Any
    stage: str | None
    stage_since: Any
    step: str | None
    step_since: Any


def _after(
    before: _Before, life: Life, is_loyal: bool, day: dt.date, rules: InsightRules, scale: int
) -> tuple[Any, ...]:
    bought = Bought(before.purchase_days, _day(before.first_on), _day(before.last_on), before.usual_gap)
    stage = stage_of(life, bought, day, rules.lifecycle)
    evidence = Evidence(before.visits, before.visits_year, life.nps, life.referrals, life.is_partner)
    ladder = standing_of(evidence, rules.ladder)
    margin = None if before.margin_year is None else before.margin_year / scale
    worth = Worth(before.value_class, before.visits, margin, is_loyal)
    verdict = class_of(life, bought, stage, ladder.step, worth, day, rules.classes)
    named = None if verdict.customer_class is None else verdict.customer_class.value
    has_class = life.contact_kind == ContactKind.CUSTOMER.value and not life.objects_to_profiling
    step = ladder.step.name.lower()
    due = [each for each in (_day(before.due_on), stage.due_on, verdict.due_on) if each is not None]
    return (
        before.customer_id,
        min(due, default=None),
        named,
        _since(before.class_since, before.customer_class == named, day) if has_class else None,
        "" if life.objects_to_profiling else verdict.reason,  # as an objection leaves it
        stage.stage.value,
        _since(before.stage_since, before.stage == stage.stage.value, day),
        stage.reason,
        step,
        _since(before.step_since, before.step == step, day),
        ladder.evidence,
    )


def _moves(before: _Before, after: tuple[Any, ...], day: dt.date) -> Iterator[Move]:
    _, _, named, _, reason, stage, _, stage_reason, step, _, evidence = after
    if before.class_since is not None and before.customer_class != named:
        yield _move(before, MoveKind.CLASS, day, before.customer_class, named, reason or "objects to profiling")
    if before.stage != stage:
        yield _move(before, MoveKind.STAGE, day, before.stage, stage, stage_reason)
    if before.step != step:
        yield _move(before, MoveKind.STEP, day, before.step, step, evidence)


def _move(before: _Before, kind: MoveKind, day: dt.date, old: str | None, new: str | None, why: str) -> Move:
    return Move(before.customer_id, kind, day, old or "", new or "", why[:_EXPLAINED])


def _since(before: Any, stays: bool, day: dt.date) -> dt.date:
    known = _day(before)
    return known if known is not None and stays else day


def _day(value: Any) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value
