"""The formula of a programme's points: what a receipt gives, exactly, and from which parts it comes."""

from __future__ import annotations

import datetime as dt
import enum
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.durations import Duration, Unit
from domain.money import major_units
from domain.purchases import Purchase

_NO_TIME = Duration(0, Unit.DAYS)


class Base(enum.StrEnum):
    """What is rounded: a receipt's sum, or each of its lines."""

    RECEIPT = "receipt"
    LINE = "line"


class Rounding(enum.StrEnum):
    """Whether only a full unit counts, or half of one as well."""

    DOWN = "down"
    HALF_UP = "half-up"


@dataclass(frozen=True, slots=True)
class PointsRules:
    """
    How points are reckoned: *points* for each *per* (major units of the company's currency) that is spent.

    `times` has (product group or product, factor), sorted: 2 counts twice, 0 gives nothing; a product comes before its
    group. A receipt of which less than *least* counts gives nothing. Points are usable *pending* after the purchase;
    they expire at the end of the day *lifetime* after it, None is never. `warn_before` is when she is told before
    that, None is not at all. With *tell* each purchase's points are told in a message.
    """

    points: int = 1
    per: Decimal = Decimal(1)
    base: Base = Base.RECEIPT
    rounding: Rounding = Rounding.DOWN
    least: Decimal = Decimal(0)
    times: tuple[tuple[str, int], ...] = ()
    pending: Duration = _NO_TIME
    lifetime: Duration | None = None
    warn_before: Duration | None = None
    tell: bool = False

    def factor_of(self, line: Purchase) -> tuple[str, int]:
        """Return the word by which a line counts otherwise and its factor; ("", 1) where none does."""
        times = dict(self.times)
        for word in (line.product, line.group):
            if word and word in times:
                return word, times[word]
        return "", 1

    def usable_at(self, at: dt.datetime, zone: str) -> dt.datetime:
        """Return the moment from which the points of a purchase at *at* can be used."""
        return self.pending.after(at.astimezone(zoneinfo.ZoneInfo(zone))).astimezone(dt.UTC)

    def expires_at(self, at: dt.datetime, zone: str) -> dt.datetime | None:
        """Return the first moment at which those points are gone: midnight after their last day in *zone*."""
        if self.lifetime is None:
            return None
        local = at.astimezone(zoneinfo.ZoneInfo(zone))
        last_day = self.lifetime.after_date(local.date())
        midnight = dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(0), local.tzinfo)
        return midnight.astimezone(dt.UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """
    Points from one part of a receipt: the *amount_minor* that counts, *factor* of it for *word* ("" is all goods).

    The part of a word has the points beside those of all goods; a word that gives nothing has 0.
    """

    word: str
    factor: int
    amount_minor: int
    points: int


@dataclass(frozen=True, slots=True)
class Earned:
    """What lines give together; `points` is the sum of the parts', and below 0 for goods that came back."""

    points: int
    parts: tuple[Part, ...] = ()
    below_least: bool = False


def points_for(rules: PointsRules, lines: Iterable[Purchase], currency: str) -> Earned:
    """
    Return the points of one receipt, whose *lines* these are, and its parts; goods in other currencies give none.

    With amount(w) the sum of what counts by the word w, and steps(x) the whole units in x (of half a unit and more
    with half-up; of -x, negative, for what came back):

        points x steps(all that counts) + sum over w of (factor(w) - 1) x points x steps(amount(w))

    for each receipt, or for each of its lines alone. What a word with factor 0 names does not count at all.
    """
    counted = [(line, *rules.factor_of(line)) for line in lines if line.currency == currency]
    amounts: dict[str, list[int]] = {}
    factors: dict[str, int] = {"": 1}
    for line, word, factor in counted:
        factors[word] = factor
        if factor:
            amounts.setdefault("", []).append(line.amount_minor)
        if word:
            amounts.setdefault(word, []).append(line.amount_minor)
    total = sum(amounts.get("", ()))
    below = bool(amounts.get("")) and major_units(abs(total), currency) < rules.least
    parts = []
    for word in sorted(amounts):
        factor = factors[word]
        times = 1 if not word else max(factor - 1, 0)
        sums: Sequence[int] = amounts[word] if rules.base is Base.LINE else (sum(amounts[word]),)
        steps = 0 if below else sum(steps_in(rules, each, currency) for each in sums)
        parts.append(Part(word, factor, sum(amounts[word]), times * rules.points * steps))
    return Earned(sum(part.points for part in parts), tuple(parts), below)


def steps_in(rules: PointsRules, amount_minor: int, currency: str) -> int:
    """Return how many units of *per* an amount has, rounded as the rules say; negative for a negative amount."""
    amount = major_units(abs(amount_minor), currency)
    if rules.rounding is Rounding.HALF_UP:
        steps = int((2 * amount + rules.per) // (2 * rules.per))
    else:
        steps = int(amount // rules.per)
    return steps if amount_minor >= 0 else -steps
