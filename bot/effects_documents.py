"""What a sending brought about for programs: as one JSON document, and as rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.effects import OF_MESSAGE, Measured
from domain.effects import Doings
from insight.effects import Gap, Lift, Rate, rate

COLUMNS = ("group", "measure", "count", "n", "share", "low", "high")


def effects_document(found: Measured, name: str, language: str) -> dict[str, Any]:
    """
    Make the JSON document of `vuoro newsletter results`.

    Shares and their bounds go from 0 to 1 and are null where there are fewer than ten people; amounts are in the
    company's currency and its minor units.
    """
    effects = found.effects
    return {
        "name": name,
        "sending": found.sending.id,
        "state": found.sending.state.value,
        "since": effects.since,
        "until": effects.until,
        "days": found.days,
        "reached": _doings(effects.reached),
        "variants": {variant: _doings(doings) for variant, doings in _variants(found)},
        "followed": [
            {
                "kind": each.kind.value,
                "target": each.target,
                "label": found.label_of(each, language),
                "people": each.people,
                "clicks": each.clicks,
            }
            for each in effects.followed
        ],
        "passed_on": {"starts": effects.starts, "newcomers": effects.newcomers},
        "lift": None if found.lift is None else _lift(found.lift),
        "experiment": _experiment(found),
    }


def effects_rows(found: Measured) -> Iterator[tuple[Any, ...]]:
    """Give a row for each group and doing, as `COLUMNS` says: all whom it reached, then each variant."""
    groups = {"reached": found.effects.reached}
    groups |= {f"variant {variant}": doings for variant, doings in _variants(found)}
    for group, doings in groups.items():
        for name in OF_MESSAGE:
            each = rate(getattr(doings, name), doings.n)
            yield group, name, each.count, each.n, each.share, each.low, each.high


def _variants(found: Measured) -> Iterator[tuple[str, Doings]]:
    """Give each variant and what those who got it did; none before the look of a test."""
    if not found.is_too_early:
        yield from ((variant, doings) for variant, doings in found.effects.got.items() if variant)


def _doings(doings: Doings) -> dict[str, Any]:
    rates = {name: _rate(rate(getattr(doings, name), doings.n)) for name in OF_MESSAGE}
    return {"n": doings.n, **rates, "orders": doings.orders, "amount": doings.amount}


def _rate(found: Rate) -> dict[str, Any]:
    return {"count": found.count, "share": found.share, "low": found.low, "high": found.high}


def _lift(found: Lift) -> dict[str, Any]:
    return {
        "n": found.n,
        "held_out": found.held_out,
        "shares": {name: _gap(gap) for name, gap in found.shares.items()},
        "amount_per_customer": {**_gap(found.amount), "mean": found.mean, "held_out_mean": found.held_out_mean},
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {"value": gap.value, "low": gap.low, "high": gap.high, "beyond_chance": gap.is_beyond_chance}


def _experiment(found: Measured) -> dict[str, Any] | None:
    look, outcome, sending = found.look, found.outcome, found.sending
    if look is None or outcome is None:
        return None
    return {
        "measure": look.measure.value,
        "at": look.at,
        "variants": {variant: {**_rate(each), "n": each.n} for variant, each in outcome.rates.items()},
        "pairs": [{"first": one.first, "second": one.second, **_gap(one.gap), "p": one.p} for one in outcome.contests],
        "winner": outcome.winner or None,
        "rest_gets": "each an even part" if look.split else sending.winner or None,
        "decided_at": sending.decided_at,
    }
