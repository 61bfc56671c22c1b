"""The section `[points]` of a programme's file: by which formula points are given, and how long they last."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from domain.documents import Table
from domain.documents_values import DURATION, FLAG, Kind, MisfitError, choice, decimal, integer, list_of, text
from domain.durations import Duration, Unit
from domain.points import Base, PointsRules, Rounding

_WORDS = list_of(text(most=64), distinct=True)
_PER = decimal(Decimal("0.01"), 1_000_000)
_FACTORS = {"none": 0, "double": 2, "triple": 3}


def _read_days(value: object) -> Duration:
    duration = DURATION.read(value)
    if duration.unit in {Unit.SECONDS, Unit.MINUTES, Unit.HOURS}:
        raise MisfitError(f'"{duration}" is shorter than a day', 'write days or longer: "14d", "2w", "6m" or "2y"')
    return duration


_DAYS = Kind(DURATION.wanted, DURATION.example, DURATION.stand_in, _read_days)


def _days(duration: Duration) -> int:
    begins = dt.date(2001, 1, 1)
    return (duration.after_date(begins) - begins).days


def points_rules(table: Table) -> PointsRules:
    """Read the section; what is wrong in it becomes faults of its document."""
    lifetime = table.get("lifetime", _DAYS, None)
    warn_before = table.get("warn_before", _DAYS, None)
    if warn_before is not None and lifetime is None:
        table.fault("warn_before", "these points never expire", 'add lifetime = "2y", or remove it')
    pending = table.get("pending", _DAYS, PointsRules().pending)
    if lifetime is not None and _days(lifetime) <= _days(pending):
        key = "lifetime" if "lifetime" in table else "pending"
        table.fault(
            key, f"points expire after {lifetime}, and can be used after {pending} only", "let them live longer"
        )
    if warn_before is not None and lifetime is not None and _days(warn_before) >= _days(lifetime):
        table.fault("warn_before", f"{warn_before} is no shorter than lifetime, {lifetime}", "write a shorter time")
    return PointsRules(
        points=table.get("points", integer(1, 1_000_000), 1),
        per=table.get("per", _PER, Decimal(1)),
        base=table.get("base", choice(Base), Base.RECEIPT),
        rounding=table.get("rounding", choice(Rounding), Rounding.DOWN),
        least=table.get("least", decimal(0, 1_000_000), Decimal(0)),
        times=_times(table),
        pending=pending,
        lifetime=lifetime,
        warn_before=warn_before,
        tell=table.get("tell", FLAG, False),
    )


def _times(table: Table) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    keys: dict[str, str] = {}
    for key, factor in _FACTORS.items():
        for word in table.get(key, _WORDS, ()):
            if word in found:
                table.fault(key, f'"{word}" stands in {keys[word]} as well', "keep it in one of them")
            found[word], keys[word] = factor, key
    return tuple(sorted(found.items()))
