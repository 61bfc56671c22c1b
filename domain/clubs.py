"""Clubs: what a company offers to those who ask for it by name, for whom by age, and who answers for a child."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.offers import age_on

PREFIX = "g"
"""The letter of links that ask a guardian: "g-7K2MCDFG"."""

CLUB = "club:"
"""How the name of a membership begins that is in a club: "club:wine"."""

TOPIC = "club-"
"""How the topic of a club's own newsletter begins: "club-wine". Membership is the consent to it alone."""

LONGEST_NAME = 32
OF_AGE = 18
"""From which age somebody can answer for a child."""

WAITS = dt.timedelta(days=14)
"""How long a child's wish waits for the guardian; then it is forgotten."""

WARNED = dt.timedelta(days=7)
"""How long before an age limit its member is told."""

OLDEST = 120


class Fit(enum.Enum):
    """What somebody's age means for joining."""

    YES = "yes"
    GUARDIAN = "guardian"  # with a guardian's consent
    TOO_YOUNG = "too_young"
    TOO_OLD = "too_old"


class GuardianState(enum.StrEnum):
    """Where a guardian's consent stands. One that is refused, withdrawn or too late is deleted."""

    ASKED = "asked"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"  # the guardian was forgotten: the night ends what hung on it


@dataclass(frozen=True, slots=True)
class Club:
    """
    One club file. Texts are by language; ages are whole years, both bounds inclusive; None bounds nothing.

    Who is younger than *guardian_under* becomes a member by a guardian's consent only.
    """

    name: str
    title: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    terms_version: str = "1"
    from_age: int | None = None
    until_age: int | None = None
    guardian_under: int | None = None

    @property
    def membership(self) -> str:
        """The name under which its memberships are kept."""
        return f"{CLUB}{self.name}"

    @property
    def topic(self) -> str:
        """The topic of its own newsletter."""
        return f"{TOPIC}{self.name}"

    @property
    def asks_age(self) -> bool:
        """Whether one must know when somebody was born."""
        return any(each is not None for each in (self.from_age, self.until_age, self.guardian_under))

    def fit(self, birth: dt.date, day: dt.date) -> Fit:
        """Say what the age on *day* of who was born on *birth* means for joining."""
        age = age_on(birth, day) or 0
        if self.from_age is not None and age < self.from_age:
            return Fit.TOO_YOUNG
        if self.until_age is not None and age > self.until_age:
            return Fit.TOO_OLD
        return Fit.GUARDIAN if self.guardian_under is not None and age < self.guardian_under else Fit.YES

    def ends_on(self, birth: dt.date | None) -> dt.date | None:
        """Return the first day on which who was born then is too old for it; None without an upper bound."""
        return None if birth is None or self.until_age is None else birthday(birth, self.until_age + 1)


@dataclass(frozen=True, slots=True)
class Guardianship:
    """Who answers for a child in a club; *guardian_id* None until one has answered."""

    customer_id: int
    club: str
    guardian_id: int | None
    code: str
    state: GuardianState
    at: dt.datetime


def birthday(birth: dt.date, years: int) -> dt.date:
    """Return the day on which somebody becomes *years* old: 1 March for 29 February in a year that has none."""
    year = birth.year + years
    return dt.date(year, 3, 1) if (birth.month, birth.day) == (2, 29) and not _is_leap(year) else birth.replace(year)


def is_plausible(birth: dt.date, day: dt.date) -> bool:
    """Say whether somebody who lives on *day* can have been born then."""
    return birth <= day and day.year - birth.year <= OLDEST


def club_of_topic(topic: str) -> str:
    """Name the club whose own newsletter a topic means; "" for any other."""
    return topic.removeprefix(TOPIC) if topic.startswith(TOPIC) else ""


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
