"""Stage, step and class together: since when, moves with their reasons, and nobody moves into a first picture."""

from __future__ import annotations

import datetime as dt
from typing import Any

from domain.lives import Life
from domain.pictures import Move, MoveKind
from insight.settings import InsightRules
from insight.standings import READ, standings

DAY = dt.date(2027, 3, 28)
EARLY = dt.date(2027, 1, 1)


def told(life: Life, loyal: frozenset[int] = frozenset(), **values: Any) -> tuple[dict[str, Any], list[Move]]:
    """Say where one customer stands whose picture has *values*."""
    usual: dict[str, Any] = dict.fromkeys(READ) | {"customer_id": 1, "purchase_days": 0, "visits": 0, "visits_year": 0}
    found = standings(
        [[(usual | values)[name]] for name in READ], {life.customer_id: life}, loyal, DAY, InsightRules(), "EUR"
    )
    return {name: column[0] for name, column in found.columns.items() if column}, found.moves


BUYER: dict[str, Any] = {
    "first_on": "2026-12-01", "last_on": DAY - dt.timedelta(days=3), "purchase_days": 9, "visits": 9, "visits_year": 9,
    "usual_gap": 12.0, "margin_year": 5000, "value_class": "C",
}  # fmt: skip


def test_first_picture_has_no_moves_and_stands_since_its_day() -> None:
    """Where she was before is not known."""
    row, moves = told(Life(1, EARLY), **BUYER)
    assert moves == []
    assert (row["customer_class"], row["stage"], row["step"]) == ("develop", "deepening", "client")
    assert row["class_since"] == row["stage_since"] == row["step_since"] == DAY
    assert row["due_on"] == DAY - dt.timedelta(days=3) + dt.timedelta(days=31)


def test_who_stays_keeps_since_when_and_who_moves_has_the_reason() -> None:
    """Each of the three by itself."""
    known: dict[str, Any] = {"class_since": EARLY, "stage_since": EARLY, "step_since": "2027-02-02"}
    before: dict[str, Any] = {"customer_class": "keep", "stage": "deepening", "step": "client"}
    row, moves = told(Life(1, EARLY), **BUYER, **known, **before)
    assert (row["stage_since"], row["step_since"], row["class_since"]) == (EARLY, dt.date(2027, 2, 2), DAY)
    assert moves == [Move(1, MoveKind.CLASS, DAY, "keep", "develop", "value C, client, 9 visits")]


def test_loyal_by_the_companys_criterion_is_kept() -> None:
    """Whatever she brings."""
    assert told(Life(1, EARLY), frozenset({1}), **BUYER)[0]["customer_class"] == "keep"


def test_objection_leaves_no_class_but_stage_and_step() -> None:
    """The columns stay as the objection left them; where she stands by plain records is still told, with its moves."""
    row, moves = told(
        Life(1, EARLY, objects_to_profiling=True), **BUYER, stage="start", stage_since=EARLY, step="client"
    )
    assert (row["customer_class"], row["class_since"], row["class_reason"]) == (None, None, "")
    assert [move.kind for move in moves] == [MoveKind.STAGE]


def test_who_is_gone_is_left_out() -> None:
    """Merged away in the middle of the night."""
    assert told(Life(2, EARLY), **BUYER) == ({}, [])
