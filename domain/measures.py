"""
The rule language's measures over a customer's purchases at a moment, in plain Python.

They show a verdict's reasons, and they are the reference that the SQL of the store must agree with. What each
measure means is told in `domain.rules_functions`; today and the dates of purchases are those of the moment's zone.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from domain.durations import Duration, Unit
from domain.money import major_units
from domain.purchases import Purchase
from domain.rules_values import EPSILON, Span, Value

LONGEST_MONTHS = 1200
"""A line pays for at most a hundred years, whatever quantity a faulty import gave it."""


def window_start(at: dt.datetime, window: Duration) -> dt.datetime:
    """
    Give the first moment that a window reaching back from *at* includes.

    For days and longer that is midnight in the zone of *at*, so with 8w the whole of day 56 counts and nothing of
    day 57. A window that leaves the calendar begins with it.
    """
    try:
        if window.unit in {Unit.HOURS, Unit.MINUTES, Unit.SECONDS}:
            return window.before(at)
        return dt.datetime.combine(window.before_date(at.date()), dt.time(), at.tzinfo)
    except OverflowError:
        return dt.datetime(1, 1, 2, tzinfo=dt.UTC)


def months_after(date: dt.date, months: int) -> dt.date:
    """Give the date that many months later, at most `LONGEST_MONTHS`, and never beyond the calendar."""
    try:
        return Duration(min(months, LONGEST_MONTHS), Unit.MONTHS).after_date(date)
    except OverflowError:
        return dt.date.max


PLACES_A_MONTH = 32


def calendar_place(date: dt.date) -> int:
    """
    Give the date's place in a calendar whose months all have 32 days.

    So many months after a date is `PLACES_A_MONTH` times as many places after it, and a date is later than that exactly
    where its place is: 28 February is one month after 31 January, and 31 March two.
    """
    return (date.year * 12 + date.month) * PLACES_A_MONTH + date.day


class Measures:
    """Measures one customer's purchases at one aware moment; amounts in other currencies are left out of money."""

    def __init__(self, purchases: Iterable[Purchase], at: dt.datetime, *, currency: str = "EUR") -> None:
        self._past = sorted((line for line in purchases if line.at <= at), key=lambda line: line.at)
        self._at = at
        self._currency = currency

    @property
    def today(self) -> dt.date:
        """The date of the moment in its zone."""
        return self._at.date()

    def call(self, function: str, arguments: Mapping[str, Value | None]) -> Value | None:
        """Measure by a function's name; None for unknown, also for functions that are not about purchases."""
        window, group = arguments.get("window"), arguments.get("group")
        lines = self._lines(window if isinstance(window, Duration) else None, group if isinstance(group, str) else None)
        match function:
            case "visits":
                return Decimal(_receipts(lines))
            case "purchases":
                return Decimal(sum(not line.is_return for line in lines))
            case "spent":
                return self._spent(lines)
            case "average_purchase":
                return self._average(lines, least=1)
            case "average_monthly":
                assert isinstance(window, Duration)
                return self._average(lines, least=window.months)
            case "product_groups":
                return Decimal(_groups(lines))
            case "bought":
                return sum((line.net_quantity for line in lines), Decimal(0))
            case "unbroken":
                return self._unbroken(lines, _months(arguments["each"]))
            case "every_due":
                return self._every_due(arguments)
            case "since" | "days_since" if arguments["what"] == "purchase":
                return max((self._date(line) for line in lines if not line.is_return), default=None)
            case _:
                return None

    def _date(self, line: Purchase) -> dt.date:
        return line.at.astimezone(self._at.tzinfo).date()

    def _lines(self, window: Duration | None, group: str | None) -> list[Purchase]:
        start = None if window is None else window_start(self._at, window)
        return [
            line for line in self._past if (start is None or line.at >= start) and (group is None or line.is_of(group))
        ]

    def _spent(self, lines: Sequence[Purchase]) -> Decimal:
        total = sum(line.amount_minor for line in lines if line.currency == self._currency)
        return major_units(total, self._currency)

    def _average(self, lines: Sequence[Purchase], *, least: int) -> Decimal | None:
        receipts = _receipts([line for line in lines if line.currency == self._currency])
        return None if receipts < least else self._spent(lines) / receipts

    def _unbroken(self, lines: Sequence[Purchase], each: int) -> Span:
        """Add up the months from the day on which the run began: that day stays its day of the month."""
        begins, paid_to = self.today, 0
        for line in sorted(lines, key=lambda line: (self._date(line), line.is_return)):
            months = min(int(abs(line.quantity)) * each, LONGEST_MONTHS)
            if line.is_return:
                paid_to -= months * PLACES_A_MONTH
            elif months:
                place = calendar_place(self._date(line))
                if place > paid_to:
                    begins, paid_to = self._date(line), place
                paid_to += months * PLACES_A_MONTH
        return Span(self.today if calendar_place(self.today) > paid_to else begins)

    def _every_due(self, arguments: Mapping[str, Value | None]) -> bool | None:
        service, after, every = arguments["service"], arguments["after"], _months(arguments["every"])
        assert isinstance(service, str)
        done = [self._date(line) for line in self._past if line.is_of(service) and not line.is_return]
        anchor = done[:1]
        if isinstance(after, str):
            anchor = [self._date(line) for line in self._past if line.is_of(after) and not line.is_return][:1]
        if not anchor:
            return None
        dates = [*anchor, *(date for date in done if date > anchor[0]), self.today]
        return all(later <= months_after(earlier, every) for earlier, later in itertools.pairwise(dates))


def _months(value: Value | None) -> int:
    assert isinstance(value, Duration)
    return value.months


def _receipts(lines: Sequence[Purchase]) -> int:
    return len({line.receipt for line in lines if not line.is_return})


def _groups(lines: Sequence[Purchase]) -> int:
    net: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        net[line.group] += line.net_quantity
    return sum(quantity > EPSILON for group, quantity in net.items() if group)
