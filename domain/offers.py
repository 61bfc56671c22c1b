"""Offers: products that are chosen for one customer, each with what was measured, and the rules of the choice."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

OFTEN_PLACES, NEW_PLACES = 4, 2
SIX = OFTEN_PLACES + NEW_PLACES

LEAST_BUYERS = 3
"""
So many different customers must have bought what is called a favourite: one or two are chance, and of two buyers
either would read in it what the other bought. Where there are too few such products others fill the six, last, and
nothing is claimed of who buys them.
"""


FOR_EVERYBODY = "-all"
"""
How a batch's name ends for who objects to profiling: neither the six that were chosen for her before, nor their
coupons, are shown to her any more.
"""


class OfferKind(enum.StrEnum):
    """Which part of the choice an offer is."""

    OFTEN = "often"  # she uses it
    NEW = "new"  # she has never bought it
    FILL = "fill"  # she has too little history for four of the first kind, or it may not be looked at
    TILL = "till"  # after a purchase of hers


class Basis(enum.StrEnum):
    """What an offer rests on, as its evidence says."""

    OFTEN = "often"  # times, since, last, every (days)
    ALIKE = "alike"  # customers like her: share, of, because (names of products that she bought as they did)
    GROUP = "group"  # the favourites of her product groups: group, customers, of
    PEOPLE = "people"  # those of people like her: customers, of
    POPULAR = "popular"  # of everybody: customers, of
    EVERYBODY = "everybody"  # the same for everybody, since she objects to profiling: customers, of
    TILL = "till"  # times, since, last within the weeks before a purchase: and its receipt


class Every(enum.StrEnum):
    """How often the six are chosen anew."""

    MONTH = "month"
    WEEK = "week"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer; *place* counts from 1 within its batch, *evidence* holds plain values with a `basis`."""

    place: int
    kind: OfferKind
    product: str
    name: str = ""
    group: str = ""
    score: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def basis(self) -> Basis:
        """What it rests on."""
        return Basis(self.evidence["basis"])


@dataclass(frozen=True, slots=True)
class Discount:
    """What an offer gives: *percent* off, or *amount* in minor units of the company's currency."""

    percent: Decimal | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class TillRules:
    """
    Offers after a purchase: how many at once, and how often *per_week* for a customer; with *most* 0 there are none.

    They rest on what she bought at least *least_times* times on the *days* days before the purchase's day. They are
    good from the day after, where *from_tomorrow* says so, for as long as the campaign's file says.
    """

    most: int = 1
    per_week: int = 1
    days: int = 56
    least_times: int = 2
    from_tomorrow: bool = True
    campaign: str = "till"
    discount: Discount | None = None


@dataclass(frozen=True, slots=True)
class OfferRules:
    """
    What `offers/offers.toml` says. Products in *surplus* and groups in *never* are offered to nobody; a group with a
    *least_age* only to who is known to be so old. *send* says whether the bot brings the six by itself, from the hour
    *send_at* on. Coupons are of the *campaign*, with its benefit where a kind has no discount of its own.
    """

    every: Every = Every.MONTH
    send: bool = False
    send_at: dt.time = dt.time(10)
    campaign: str = "six"
    often: Discount | None = None
    new: Discount | None = None
    surplus: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    least_age: Mapping[str, int] = field(default_factory=dict)
    till: TillRules = TillRules()

    def may_offer(self, product: str, group: str, age: int | None) -> bool:
        """Say whether the product may be offered to somebody of that *age*; an unknown age is too young."""
        if not product or product in self.surplus or group in self.never:
            return False
        least = self.least_age.get(group)
        return least is None or (age is not None and age >= least)

    def discount(self, kind: OfferKind) -> Discount | None:
        """Return what offers of that kind give; None: what their campaign gives."""
        match kind:
            case OfferKind.TILL:
                return self.till.discount
            case OfferKind.NEW:
                return self.new
            case _:
                return self.often

    def batch(self, day: dt.date) -> str:
        """Name the batch of a day: "2027-03", or "2027-W09" where they are chosen every week."""
        if self.every is Every.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
        return f"{day:%Y-%m}"

    def begins(self, day: dt.date) -> dt.date:
        """Return the first day of the batch that *day* is in."""
        return day - dt.timedelta(days=day.weekday()) if self.every is Every.WEEK else day.replace(day=1)


@dataclass(frozen=True, slots=True)
class OfferPerson:
    """
    What else counts of a customer: her *age* in years where it is known, who she is, what may not come again.

    *last_new* are the new products of her last batch. Who *objects* to profiling gets what is the same for everybody.
    """

    age: int | None = None
    kind: str = ""
    town: str = ""
    cluster: int | None = None
    objects: bool = False
    last_new: frozenset[str] = frozenset()

    @property
    def circles(self) -> tuple[str, ...]:
        """Name the circles of people like her, the closest first."""
        found = [f"cluster:{self.cluster}"] if self.cluster is not None else []
        if self.town:
            found.append(f"town:{self.kind}:{self.town}")
        return (*found, f"kind:{self.kind}") if self.kind else tuple(found)


@dataclass(frozen=True, slots=True)
class Favourite:
    """A product that *customers* different people of a circle have bought."""

    product: str
    name: str
    group: str
    customers: int


@dataclass(frozen=True, slots=True)
class Favourites:
    """The favourites of everybody (circle "") and of each circle, the most popular first, and how many are in each."""

    lists: Mapping[str, Sequence[Favourite]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)

    def of(self, circle: str) -> Sequence[Favourite]:
        """Return those of a circle; none of one that is too small or unknown."""
        return self.lists.get(circle, ())


def is_favourite(customers: int) -> bool:
    """Say whether so many different buyers make a product a favourite of theirs."""
    return customers >= LEAST_BUYERS


def same_for_everybody(favourites: Favourites, rules: OfferRules) -> tuple[Offer, ...]:
    """
    Choose the six that do not depend on who she is, for who objects to profiling: the most popular of all.

    Groups with a least age are left out.
    """
    allowed = [each for each in favourites.of("") if rules.may_offer(each.product, each.group, None)]
    allowed.sort(key=lambda each: not is_favourite(each.customers))
    return tuple(
        _popular(place, OfferKind.FILL, each, Basis.EVERYBODY, favourites.sizes.get("", 0))
        for place, each in enumerate(allowed[:SIX], start=1)
    )


def six_without_history(
    favourites: Favourites, person: OfferPerson, rules: OfferRules, bought: frozenset[str] = frozenset()
) -> tuple[Offer, ...]:
    """
    Choose six for somebody of whom only who she is counts: the favourites of people like her, then of everybody.

    None of *bought* is among them; the last two are the new ones.
    """
    if person.objects:
        return same_for_everybody(favourites, rules)
    ranked = [
        (each, Basis.PEOPLE if circle else Basis.POPULAR, favourites.sizes.get(circle, 0))
        for circle in (*person.circles, "")
        for each in favourites.of(circle)
        if rules.may_offer(each.product, each.group, person.age) and each.product not in bought
    ]
    ranked.sort(key=lambda each: not is_favourite(each[0].customers))
    found: dict[str, tuple[Favourite, Basis, int]] = {}
    for each in ranked:
        if len(found) < SIX:
            found.setdefault(each[0].product, each)
    return tuple(
        _popular(place, OfferKind.NEW if place > OFTEN_PLACES else OfferKind.FILL, *each)
        for place, each in enumerate(found.values(), start=1)
    )


def _popular(place: int, kind: OfferKind, each: Favourite, basis: Basis, of: int) -> Offer:
    evidence = {"basis": basis.value, "customers": each.customers, "of": of}
    return Offer(place, kind, each.product, each.name, each.group, None, evidence)


def age_on(birth: dt.date | None, day: dt.date) -> int | None:
    """Return the years that somebody has had by *day*; who was born on 29 February is older on 1 March."""
    if birth is None:
        return None
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
