"""One customer as rules about customers see her: what she is, what is known, and what she bought."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from domain.customers import Reach
from domain.durations import Duration
from domain.measures import Measures, window_start
from domain.people import ContactKind
from domain.pictures import Picture
from domain.purchases import Purchase
from domain.rules_pictures import PICTURE_NAMES, picture_value
from domain.rules_values import Type, Value

ATTRIBUTES: Mapping[str, Type] = {
    "number": Type.TEXT,
    "language": Type.TEXT,
    "kind": Type.TEXT,
    "company": Type.TEXT,
    "town": Type.TEXT,
    "timezone": Type.TEXT,
    "reach": Type.TEXT,
    "birth_date": Type.DATE,
    "tags": Type.LIST,
    "open_cases": Type.NUMBER,
    "contact_kind": Type.TEXT,
    "owner": Type.NUMBER,
}
"""
The names that every rule about customers knows, beside those of `domain.rules_pictures`.

Any other is a fact by its name, also as `fact.NAME`. *owner* is the number of the staff member who cares for her.
"""

ATTRIBUTE_WORDS: Mapping[str, tuple[str, ...]] = {
    "kind": ("consumer", "company"),
    "contact_kind": tuple(each.value for each in ContactKind),
    "reach": tuple(each.value for each in Reach),
}
"""The texts that an attribute can be at all; of the others, any."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A club (or other membership) with its first moment, and its end where there is one."""

    name: str
    since: dt.datetime
    until: dt.datetime | None = None


@dataclass(frozen=True)
class CustomerFacts:
    """
    Everything that a rule can ask about one customer at *at* (aware, in the company's zone).

    *attributes* are those of `ATTRIBUTES`, missing or None where unknown; an attribute wins over a fact of its name.
    *last_contact_at* is her last word to us on any channel; *said* are themes that she spoke of and *signals* kinds of
    signals of possible disappointment, each with its moment; *segments* and *picture* are the last night's, *tiers* her
    tier and *points* those that she can use, by programme. Fits `domain.rules.Facts`.
    """

    at: dt.datetime
    attributes: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    purchases: tuple[Purchase, ...] = ()
    memberships: tuple[Membership, ...] = ()
    consents: frozenset[str] = frozenset()
    last_contact_at: dt.datetime | None = None
    said: tuple[tuple[str, dt.datetime], ...] = ()
    signals: tuple[tuple[str, dt.datetime], ...] = ()
    segments: frozenset[str] = frozenset()
    tiers: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, int] = field(default_factory=dict)
    picture: Picture | None = None
    currency: str = "EUR"

    def value(self, name: str, /) -> object:
        """Give an attribute, what her picture says, else the fact of that name."""
        if name in PICTURE_NAMES:
            return picture_value(self.picture, name, self.currency)
        if name in ATTRIBUTES:
            return self.attributes.get(name)
        return self.facts.get(name.removeprefix("fact."))

    def call(self, function: str, arguments: Mapping[str, Value | None], /) -> object:
        """Measure one function of the rule language; see `domain.rules_functions`."""
        match function:
            case "member":
                clubs = (m for m in self.memberships if m.name == arguments["club"] and m.since <= self.at)
                return any(m.until is None or m.until > self.at for m in clubs)
            case "consent":
                return arguments["purpose"] in self.consents
            case "tag":
                tags = self.attributes.get("tags")
                return isinstance(tags, list | tuple) and arguments["tag"] in tags
            case "tier":
                return self.tiers.get(str(arguments["programme"]), "")
            case "points":
                return Decimal(self.points.get(str(arguments["programme"]), 0))
            case "segment":
                return arguments["name"] in self.segments
            case "said":
                return self._count(self.said, arguments["theme"], arguments["window"]) > 0
            case "signals":
                return Decimal(self._count(self.signals, None, arguments["window"]))
            case "signal":
                return self._count(self.signals, arguments["kind"], arguments["window"]) > 0
            case "since" | "days_since" if arguments["what"] == "contact":
                last = self.last_contact_at
                return None if last is None else last.astimezone(self.at.tzinfo).date()
            case _:
                return Measures(self.purchases, self.at, currency=self.currency).call(function, arguments)

    def _count(self, events: Sequence[tuple[str, dt.datetime]], name: Value | None, window: Value | None) -> int:
        start = window_start(self.at, window) if isinstance(window, Duration) else None
        return sum(
            (name is None or each == name) and at <= self.at and (start is None or at >= start) for each, at in events
        )
