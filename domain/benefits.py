"""What members are given: benefits with their qualities, when each falls due, and which one of several it is to be."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

QUALITIES = ("tiered", "interesting", "valuable", "varying", "distinctive", "versatile", "fair", "fitting")
"""What a benefit is to be; each one states of every quality in a sentence, or with yes or no, whether it has it."""

LATE = dt.timedelta(days=14)
"""For how long after its day a benefit is still given, where quiet hours, a complaint or an outage came between."""


_LONGEST_TOLD = 24
_BIRTHDAYS = dt.timedelta(days=330)  # who tells us another day of birth has no second birthday by it


class Form(enum.StrEnum):
    """What a benefit is."""

    DISCOUNT = "discount"
    RELATIONSHIP = "relationship"
    SERVICE = "service"


class Bond(enum.StrEnum):
    """The level of the bond that it makes (the four of Zeithaml, Bitner and Gremler, "Services Marketing")."""

    FINANCIAL = "financial"
    SOCIAL = "social"
    CUSTOMISED = "customised"
    STRUCTURAL = "structural"


class Occasion(enum.StrEnum):
    """When a benefit falls due."""

    JOINING = "joining"
    TIER = "tier"  # she climbs into a tier that has it
    BIRTHDAY = "birthday"
    ANNIVERSARY = "anniversary"  # of joining, each year
    CRON = "cron"


class Give(enum.StrEnum):
    """How it is given."""

    POINTS = "points"
    COUPON = "coupon"
    TASK = "task"  # a member of staff does something
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Benefit:
    """
    One benefit. Of those with the same occasion and the same *pool*, a member gets one at a time, in turns.

    *qualities* has each of `QUALITIES`: a sentence, or whether. *say* is what she reads, *task* what staff do. A
    *surprise* is never told of before it is given. *cost* is in major units of the company's currency.
    """

    id: str
    title: Mapping[str, str]
    form: Form
    bond: Bond
    give: Give
    occasion: Occasion
    cron: str = ""
    pool: str = ""
    qualities: Mapping[str, str | bool] = field(default_factory=dict)
    points: int = 0
    campaign: str = ""
    say: Mapping[str, str] = field(default_factory=dict)
    task: Mapping[str, str] = field(default_factory=dict)
    surprise: bool = False
    cost: Decimal = Decimal(0)

    @property
    def turn(self) -> tuple[str, str, str]:
        """What those share of which a member gets one at a time."""
        return self.occasion.value, self.cron, self.pool


def choose(candidates: Sequence[Benefit], given: Sequence[str]) -> Benefit | None:
    """
    Choose which of *candidates* is given next to whom those of *given* were given, the latest last; None without any.

    Never the one that was given last, where there is another; of the others the one whose turn is longest ago, and of
    those that never came the first. It depends on nothing else: equal members get equal benefits.
    """
    last = given[-1] if given else ""
    others = [each for each in candidates if each.id != last] or list(candidates)
    latest = {name: place for place, name in enumerate(given)}
    return min(others, key=lambda each: latest.get(each.id, -1), default=None)


def occasion_ref(benefit: Benefit, day: dt.date, tier: str = "") -> str:
    """
    Name what a benefit is given for, so that its turn comes once: "birthday:2027-03-02", at most 64 signs.

    Joining is one occasion whenever it is: who leaves and comes back gets nothing a second time for that.
    """
    told = f"{benefit.occasion.value}:{tier}" if tier else benefit.occasion.value
    if len(told) > _LONGEST_TOLD:  # long names of two tiers, which one may climb on one day, may begin alike
        told = f"{told[: _LONGEST_TOLD - 9]}-{hashlib.blake2b(tier.encode(), digest_size=4).hexdigest()}"
    if benefit.occasion is Occasion.CRON:  # two lines may fall on one day
        told += f"-{hashlib.blake2b(benefit.cron.encode(), digest_size=4).hexdigest()}"
    pool = f":{benefit.pool}" if benefit.pool else ""
    when = "once" if benefit.occasion is Occasion.JOINING else day.isoformat()
    return f"{told[:_LONGEST_TOLD]}{pool[:28]}:{when}"


def was_given(ref: str, refs: Collection[str]) -> bool:
    """Say whether something was given for *ref* before; a birthday comes once in eleven months, whatever its date."""
    kind, _, day = ref.rpartition(":")
    if ref in refs or kind.partition(":")[0] != Occasion.BIRTHDAY:
        return ref in refs
    days = (each.rpartition(":")[2] for each in refs if each.rpartition(":")[0] == kind)
    return any(abs(dt.date.fromisoformat(day) - dt.date.fromisoformat(each)) < _BIRTHDAYS for each in days)


def is_yearly_day(day: dt.date, of: dt.date) -> bool:
    """Say whether *day* is the yearly day of a date: the 28th of February for the 29th where there is none."""
    if (day.month, day.day) == (of.month, of.day):
        return day.year > of.year
    leaps = (of.month, of.day) == (2, 29) and (day.month, day.day) == (2, 28)
    return leaps and (day + dt.timedelta(days=1)).month == 3 and day.year > of.year
