"""The company whose side of the conversation we keep: its name, time, languages, hours and manners."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.case_rules import CaseRules


@dataclass(frozen=True, slots=True)
class Hours:
    """
    Opening hours that begin on one weekday (0 is Monday), in local times.

    A *closes* that is not after *opens* is on the next day: 18:00 to 02:00, or 00:00 to 00:00 for a whole day.
    """

    weekday: int
    opens: dt.time
    closes: dt.time


@dataclass(frozen=True, slots=True)
class CourtesyRules:
    """
    How often and when the company may start a contact.

    At most `per_week` in any seven days, at least `least_gap` between two, nothing from `quiet_from` to `quiet_to` in
    the customer's own zone, nothing while a complaint of hers is open.
    """

    per_week: int = 2
    least_gap: dt.timedelta = dt.timedelta(hours=20)
    quiet_from: dt.time = dt.time(21)
    quiet_to: dt.time = dt.time(8)


@dataclass(frozen=True, slots=True)
class Company:
    """The company as its config describes it; the first of `languages` is the default."""

    name: str = "Vuoro"
    timezone: str = "Europe/Helsinki"
    languages: tuple[str, ...] = ("fi", "en", "cs")
    currency: str = "EUR"
    hours: tuple[Hours, ...] = tuple(Hours(day, dt.time(9), dt.time(17)) for day in range(5))
    holidays: frozenset[dt.date] = frozenset()
    courtesy: CourtesyRules = field(default_factory=CourtesyRules)
    first_answer: dt.timedelta = dt.timedelta(hours=4)  # opening hours until a human has answered a case
    categories: Mapping[str, str] = field(default_factory=dict)
    cases: CaseRules = field(default_factory=CaseRules)
    topics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # of newsletters: {name: {language: label}}

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The company's time zone."""
        return zoneinfo.ZoneInfo(self.timezone)

    @property
    def default_language(self) -> str:
        """The language of those whose own we do not speak."""
        return self.languages[0]
