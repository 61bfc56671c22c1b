"""The report of the lifecycle: how many customers stand in each stage, step and class, and what moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.company import Company
from domain.lifecycle import Action, Stage
from domain.pictures import CustomerClass, MoveKind
from insight.ladder import Step
from store.database import Tx
from store.lifecycle_report import STANDINGS, count_actions, count_moves_between, count_standings

_ORDER: Mapping[MoveKind, tuple[str, ...]] = {
    MoveKind.STAGE: tuple(stage.value for stage in Stage),
    MoveKind.STEP: tuple(step.name.lower() for step in Step),
    MoveKind.CLASS: tuple(each.value for each in CustomerClass),
}


@dataclass(frozen=True, slots=True)
class LifecycleReport:
    """Counts now by kind and name ("" is none), moves and actions from *since* until before *until*."""

    since: dt.datetime
    until: dt.datetime
    standings: Mapping[MoveKind, Mapping[str, int]]
    moves: Mapping[MoveKind, Mapping[tuple[str, str], int]]
    actions: Mapping[Action, int]


async def lifecycle_report(tx: Tx, company: Company, since: dt.datetime, until: dt.datetime) -> LifecycleReport:
    """Count where everybody stands now, and what moved and was done on the days from *since* until before *until*."""
    first, after = since.astimezone(company.zone).date(), _day_after(until.astimezone(company.zone))
    standings = {kind: _ordered(kind, await count_standings(tx, kind)) for kind in STANDINGS}
    moved = {kind: await count_moves_between(tx, kind, first, after) for kind in STANDINGS}
    return LifecycleReport(since, until, standings, moved, await count_actions(tx, since, until))


def document(found: LifecycleReport) -> dict[str, Any]:
    """Give the report as JSON shows it."""
    return {
        "since": found.since,
        "until": found.until,
        "standings": {kind.value: dict(counted) for kind, counted in found.standings.items()},
        "moves": [
            {"kind": kind.value, "before": before, "after": after, "customers": count}
            for kind, counted in found.moves.items()
            for (before, after), count in counted.items()
        ],
        "actions": {action.value: count for action, count in found.actions.items()},
    }


def _day_after(until: dt.datetime) -> dt.date:
    """Return the first day that is wholly after *until*; a period that ends in the middle of a day has all of it."""
    return until.date() if until.time() == dt.time() else until.date() + dt.timedelta(days=1)


def _ordered(kind: MoveKind, counted: Mapping[str, int]) -> dict[str, int]:
    return {name: counted[name] for name in (*_ORDER[kind], "") if name in counted}
