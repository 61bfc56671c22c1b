"""Reasons of the nightly picture in a staff member's language; the store keeps them in English, phrase by phrase."""

from __future__ import annotations

import datetime as dt
import re

from bot.customer_card_lines import Pen
from templates.locales import date

_DAY = r"\d{4}-\d{2}-\d{2}"
_PARTS = re.compile(r", (?![^(]*\))")
_PHRASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (key, re.compile(pattern))
    for key, pattern in (
        ("value", r"value (?P<value>[ABC])"),
        ("value_unknown", r"value unknown"),
        ("visits_year", r"(?P<n>\d+) visits? in a year"),
        ("visits", r"(?P<n>\d+) visits?"),
        ("no_visits", r"no visits"),
        ("never_bought", r"never bought|no purchase yet"),
        ("loyal", r"loyal by the criterion"),
        ("not_served", rf"not served since (?P<day>{_DAY})"),
        ("margin", r"margin (?P<amount>-?[\d.]+)"),
        ("costs", r"costs (?P<cost>[\d.]+) to serve over a margin of (?P<amount>-?[\d.]+)"),
        ("no_reaction", r"no reaction in (?P<n>\d+) days"),
        ("silent", rf"no purchase since (?P<day>{_DAY})"),
        ("usually", r"usually every (?P<gap>[\d.]+) days"),
        ("limit", r"limit (?P<n>\d+) days"),
        ("complaint_open", r"complaint open"),
        ("complaint_declined", rf"complaint declined on (?P<day>{_DAY})"),
        ("low_score", r"last score low \((?P<scores>.*)\)"),
        ("signal", rf"signal (?P<signal>\w+) on (?P<day>{_DAY})"),
        ("first", rf"first purchase on (?P<day>{_DAY})"),
        ("buying_since", rf"(?P<n>\d+) days? of buying since (?P<day>{_DAY})"),
        ("buying", r"(?P<n>\d+) days? of buying"),
        ("ended", rf"ended on (?P<day>{_DAY})"),
        ("recommends", r"recommends with (?P<n>\d+)"),
        ("referrals", r"(?P<n>\d+) referrals? joined"),
        ("partner", r"partner by agreement"),
    )
)
_EARNINGS = frozenset({"margin", "costs"})
"""Phrases that tell what the company earns: for those only who may see it."""
_STEPS = frozenset({"prospect", "purchaser", "client", "supporter", "advocate", "partner"})


def told_reason(reason: str, pen: Pen) -> str:
    """
    Tell a reason in the pen's language, phrase by phrase; a phrase that no pattern knows stays as it was kept.

    To a pen without earnings the phrases with margins are left out.
    """
    return ", ".join(filter(None, (_phrase(part, pen) for part in _PARTS.split(reason)))) if reason else ""


def _phrase(part: str, pen: Pen) -> str:
    if part in _STEPS:
        return pen.named("step", part)
    for key, pattern in _PHRASES:
        found = pattern.fullmatch(part)
        if found is not None:
            if key in _EARNINGS and not pen.earnings:
                return ""
            values = {name: _value(name, value, pen) for name, value in found.groupdict().items()}
            return pen.plain(f"reason.{key}", **values)
    return part


def _value(name: str, value: str, pen: Pen) -> object:
    match name:
        case "n":
            return int(value)
        case "gap" | "cost" | "amount":
            return float(value)
        case "day":
            return date(dt.date.fromisoformat(value), pen.language, pen.company.zone, "short")
        case "signal":
            key = f"signals.kind.{value}"
            return pen.words.plain(key, pen.language) if pen.words.has(key) else value
        case "scores":
            return value.replace("satisfaction", pen.plain("reason.satisfaction"))
        case _:
            return value
