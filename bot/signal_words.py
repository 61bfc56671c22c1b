"""How signals of possible disappointment are told to staff: on a customer's card, and counted in the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from domain.signals import Signal, SignalKind
from templates.markup import Safe
from templates.words import Words


def signals_card(found: Sequence[Signal], words: Words, language: str, zone: dt.tzinfo) -> str:
    """Tell a customer's signals with what was measured; empty where there are none."""
    lines = [
        words.html(
            "signals.line", language, day=each.at.astimezone(zone).date(), what=words.html(
                f"signals.{each.kind.value}", language, **_values(each)
            ),
        )
        for each in found
    ]  # fmt: skip
    return words.html("signals.card", language, lines=Safe("\n").join(lines)) if lines else ""


def signals_counted(found: Mapping[SignalKind, int], words: Words, language: str) -> str:
    """Tell how many signals of each kind there were; empty where there were none."""
    kinds = [(kind, found[kind]) for kind in SignalKind if found.get(kind)]
    lines = [
        words.html("signals.count", language, kind=words.plain(f"signals.kind.{kind.value}", language), n=n)
        for kind, n in kinds
    ]
    return words.html("signals.report", language, lines=Safe("\n").join(lines)) if lines else ""


def signal_document(signal: Signal) -> dict[str, Any]:
    """Return the JSON shape of one signal."""
    return {"kind": signal.kind.value, "at": signal.at, "evidence": dict(signal.evidence)}


def _values(signal: Signal) -> dict[str, Any]:
    """Give the evidence by the names that the words know; what an older version did not measure is none."""
    names = (
        "started_by_us_30d",
        "last",
        "days_since_last",
        "switched_off",
        "paused_until",
        "survey",
        "answered",
        "how",
    )
    numbers = ("visits", "silent_days", "usual_days", "longest_usual_days")
    return {name: signal.evidence.get(name) for name in (*names, *numbers)}
