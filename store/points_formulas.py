"""By which formula points were given when: a changed programme file counts from then on, never backwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.durations import parse_duration
from domain.points import Base, PointsRules, Rounding
from store.database import Tx
from store.settings import get_setting, put_setting

_SETTING = "points.formulas"


@dataclass(frozen=True, slots=True)
class Formulas:
    """The formulas of each programme with the moments from which they count, the oldest first."""

    known: Mapping[str, tuple[tuple[dt.datetime, PointsRules], ...]] = field(default_factory=dict)

    def at(self, programme: str, moment: dt.datetime) -> PointsRules | None:
        """Return the formula for a purchase at *moment*; the first one counts for all that was before it."""
        history = self.known.get(programme, ())
        then = [rules for since, rules in history if since <= moment]
        return then[-1] if then else history[0][1] if history else None


async def formulas(tx: Tx) -> Formulas:
    """Return all formulas that were ever noted."""
    kept: Mapping[str, Any] = await get_setting(tx, _SETTING) or {}
    return Formulas(
        {
            name: tuple((dt.datetime.fromisoformat(since), _read(rules)) for since, rules in history)
            for name, history in kept.items()
        }
    )


async def note_formulas(tx: Tx, now: Mapping[str, PointsRules], at: dt.datetime) -> list[str]:
    """Note which formulas count from *at* on; return the programmes that had none before. Others keep their last."""
    kept: dict[str, list[Any]] = dict(await get_setting(tx, _SETTING) or {})
    fresh = sorted(now.keys() - kept.keys())
    changed = False
    for name, rules in now.items():
        history = kept.setdefault(name, [])
        if not history or history[-1][1] != _written(rules):
            history.append([at.isoformat(), _written(rules)])
            changed = True
    if changed:
        await put_setting(tx, _SETTING, kept)
    return fresh


def _written(rules: PointsRules) -> dict[str, Any]:
    return {
        "points": rules.points,
        "per": str(rules.per),
        "base": rules.base.value,
        "rounding": rules.rounding.value,
        "least": str(rules.least),
        "times": [list(each) for each in rules.times],
        "pending": str(rules.pending),
        "lifetime": None if rules.lifetime is None else str(rules.lifetime),
        "warn_before": None if rules.warn_before is None else str(rules.warn_before),
        "tell": rules.tell,
    }


def _read(kept: Mapping[str, Any]) -> PointsRules:
    lifetime, warn_before = kept["lifetime"], kept["warn_before"]
    return PointsRules(
        points=kept["points"],
        per=Decimal(kept["per"]),
        base=Base(kept["base"]),
        rounding=Rounding(kept["rounding"]),
        least=Decimal(kept["least"]),
        times=tuple((word, factor) for word, factor in kept["times"]),
        pending=parse_duration(kept["pending"]),
        lifetime=None if lifetime is None else parse_duration(lifetime),
        warn_before=None if warn_before is None else parse_duration(warn_before),
        tell=kept["tell"],
    )
