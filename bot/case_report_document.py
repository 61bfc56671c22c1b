"""The report of cases for other programs: a JSON document, or its figures as rows; see docs/case-report.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.case_figures import CaseReport, Group, Promises, Waited
from insight.survival import Quantile, Survival

COLUMNS = ("section", "name", "figure", "value")
_AGES = ("under_1d", "1_to_3d", "3_to_7d", "7_to_28d", "over_28d")
_MISSING = "scipy is not installed; pip install vuoro[insight]"


def case_counts(found: CaseReport) -> dict[str, Any]:
    """Give how many came, were closed and decided, and are open; the document of the plain report has no more."""
    return {
        "received": found.received,
        "closed": found.closed,
        "open": found.open,
        "awaiting_acceptance": found.awaited,
        "decided": found.decided,
        "open_by_age": dict(zip(_AGES, found.ages, strict=True)),
    }


def case_document(found: CaseReport) -> dict[str, Any]:
    """Give all figures; spans in seconds, shares from 0 to 1, null for what cannot be said."""
    score = found.rating
    rated = {"top_two_share": score.value, "low": score.low, "high": score.high}
    return {
        "since": found.since,
        "until": found.until,
        **case_counts(found),
        "declined": found.declined,
        "declined_share": _share(found.declined, found.decided),
        "reopened": found.reopened,
        "reopened_share": _share(found.reopened, found.decided),
        "spam": found.spam,
        "merged": found.merged,
        "first_answer": _waited(found.answer),
        "resolution": _waited(found.resolution),
        "clocks": {clock.value: _promises(each) for clock, each in found.promises.items()},
        "kinds": {kind.value: _group(each) for kind, each in found.kinds.items()},
        "categories": {name: _group(each) for name, each in found.categories.items()},
        "causes": dict(found.causes),
        "follow_ups": {
            "received": found.loop.received,
            "answered_48h": found.loop.answered,
            "answered_48h_of": found.loop.answered_of,
            "settled_48h": found.loop.settled,
            "settled_48h_of": found.loop.settled_of,
        },
        "csat": {
            "n": score.n,
            "invited": score.invited,
            "response_rate": score.response_rate,
            **{name: None if value is None else value / 100 for name, value in rated.items()},
        },
        "missing": "" if found.is_estimated else _MISSING,
    }


def case_rows(document: dict[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Give each figure of `case_document` as a row of `COLUMNS`; those of the whole have no section and no name."""
    for key, value in document.items():
        match value:
            case dict() if key in {"kinds", "categories", "clocks"}:
                for name, figures in value.items():
                    yield from ((key, name, figure, each) for figure, each in _flat(figures))
            case dict() if key in {"causes", "open_by_age"}:
                yield from ((key, name, "n", count) for name, count in value.items())
            case dict():
                yield from ((key, "", figure, each) for figure, each in _flat(value))
            case _:
                yield ("", "", key, value)


def _flat(figures: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _group(group: Group) -> dict[str, Any]:
    counts = {"received": group.received, "closed": group.closed, "open": group.open}
    return {**counts, "first_answer": _waited(group.answer), "resolution": _waited(group.resolution)}


def _waited(waited: Waited) -> dict[str, Any]:
    return {
        "n": waited.n,
        "done": waited.done,
        "opening_time": _survival(waited.opening),
        "calendar_time": _survival(waited.calendar),
    }


def _survival(found: Survival | None) -> dict[str, float | None] | None:
    return None if found is None else _quantile("median", found.median) | _quantile("p90", found.p90)


def _quantile(name: str, found: Quantile) -> dict[str, float | None]:
    return {f"{name}_s": found.value, f"{name}_low_s": found.low, f"{name}_high_s": found.high}


def _promises(each: Promises) -> dict[str, Any]:
    return {"kept": each.kept, "late": each.late, "running": each.running, "kept_share": each.share}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
