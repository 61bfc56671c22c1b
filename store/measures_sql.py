"""
The rule language's measures over purchases as SQL, each one value per row of `customers`.

What they mean is told in `domain.rules_functions`; `domain.measures` says the same in Python, and a test compares them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Float,
    Integer,
    Select,
    and_,
    case,
    cast,
    distinct,
    func,
    literal,
    or_,
    select,
)

from domain.durations import Duration
from domain.measures import LONGEST_MONTHS, PLACES_A_MONTH, calendar_place, window_start
from domain.money import minor_digits
from domain.rules_values import EPSILON, Value
from store.calendar_sql import CalendarPlace, PlusMonths, WholePart, local_day
from store.tables import customers, purchases
from store.types import UtcDateTime

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Moment:
    """The aware moment of a verdict, in the company's zone, and the company's currency."""

    at: dt.datetime
    currency: str

    @property
    def instant(self) -> ColumnElement[dt.datetime]:
        """The moment as a parameter."""
        return literal(self.at, UtcDateTime())

    @property
    def today(self) -> ColumnElement[dt.date]:
        """Its date as a parameter."""
        return literal(self.at.date(), Date())

    def day_of(self, at: ColumnElement[dt.datetime]) -> ColumnElement[dt.date]:
        """The date of an instant in the company's zone."""
        assert self.at.tzinfo is not None
        return local_day(at, self.at.tzinfo, self.at)

    def day_of_result(self, instant: Select[Any]) -> ColumnElement[dt.date]:
        """The date of the instant "at" that a select gives; asked for once, since a date needs it many times."""
        found = instant.subquery()
        return select(self.day_of(found.c.at)).scalar_subquery()


class PurchaseMeasures:
    """Builds the measures for one moment, as scalar subqueries over each customer's own purchases."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment

    def visits(self, window: Value | None) -> ColumnElement[int]:
        """Receipts with a line that is no return."""
        lines = _Lines(self._moment, window)
        return lines.measure(lines.receipts)

    def purchases(self, window: Value | None, group: Value | None) -> ColumnElement[int]:
        """Lines that are no returns."""
        lines = _Lines(self._moment, window, group)
        return lines.measure(func.count(case((lines.is_bought, 1))))

    def spent(self, window: Value | None, group: Value | None) -> ColumnElement[float]:
        """Amounts less returns, in major units."""
        lines = _Lines(self._moment, window, group, own_currency=True)
        return lines.measure(func.coalesce(lines.amount / literal(lines.scale, Float), literal(0.0, Float)))

    def average(self, window: Value | None, group: Value | None, least: int) -> ColumnElement[float]:
        """Amount per receipt, null with fewer than *least* receipts; one division, so that it is rounded once."""
        lines = _Lines(self._moment, window, group, own_currency=True)
        per_bill = lines.amount / cast(lines.receipts * int(lines.scale), Float)
        return lines.measure(case((lines.receipts >= least, per_bill)))

    def bought(self, window: Value | None, group: Value | None) -> ColumnElement[float]:
        """Quantity less what was returned."""
        lines = _Lines(self._moment, window, group)
        return lines.measure(func.coalesce(func.sum(lines.net_quantity), literal(0.0, Float)))

    def product_groups(self, window: Value | None) -> ColumnElement[int]:
        """Groups of which more was bought than returned."""
        lines = _Lines(self._moment, window)
        name = lines.table.c.group_name
        kept = func.sum(lines.net_quantity) > float(EPSILON)
        groups = lines.select(name).where(name != "").group_by(name).having(kept).subquery()
        return select(func.count()).select_from(groups).scalar_subquery()

    def last_day(self) -> ColumnElement[dt.date]:
        """The date of the last line that is no return; null where there is none."""
        lines = _Lines(self._moment)
        last = func.max(case((lines.is_bought, lines.table.c.at)), type_=UtcDateTime())
        return self._moment.day_of_result(lines.select(last.label("at")))

    def unbroken(self, group: Value | None, each: Duration) -> ColumnElement[dt.date]:
        """
        The date on which the paid time that reaches today began; today where it has lapsed or never began.

        That is the first line of those from which it would be paid longest, had the run begun there: a line after a gap
        reaches farther than all before it, and one in paid time does not. Returns come after what their day brought.
        """
        lines = _Lines(self._moment, None, group)
        months = WholePart(func.abs(lines.table.c.quantity)) * each.months
        capped = case((months > LONGEST_MONTHS, literal(LONGEST_MONTHS, BigInteger)), else_=months)
        net = case((lines.is_bought, capped), else_=-capped)
        paid = lines.select(lines.day.label("day"), net.label("months")).where(months > 0).subquery()
        to_come = func.sum(paid.c.months).over(order_by=(paid.c.day, paid.c.months.desc()), rows=(0, None))
        reach = CalendarPlace(paid.c.day) + cast(to_come, BigInteger) * PLACES_A_MONTH
        runs = select(paid.c.day, paid.c.months, reach.label("reach")).subquery()
        today = calendar_place(self._moment.at.date())
        lasting = select(runs.c.day).where(runs.c.months > 0, runs.c.reach >= today)
        begins = lasting.order_by(runs.c.reach.desc(), runs.c.day).limit(1).scalar_subquery()
        return func.coalesce(begins, self._moment.today, type_=Date())

    def every_due(self, service: Value | None, every: Duration, after: Value | None) -> ColumnElement[bool]:
        """Whether no two services, nor the last and today, are further apart than *every*; null before the first."""
        lines = _Lines(self._moment)
        wanted = lines.is_of(service)
        if after is not None:
            first = _Lines(self._moment, None, after)
            anchor = first.measure(func.min(case((first.is_bought, first.day)), type_=Date()))
            wanted = or_(and_(wanted, lines.day > anchor), and_(lines.is_of(after), lines.day == anchor))
        days = lines.select(lines.day.label("day")).where(lines.is_bought, wanted).subquery()
        following = func.lead(days.c.day, type_=Date()).over(order_by=days.c.day)
        pairs = select(days.c.day, func.coalesce(following, self._moment.today).label("following")).subquery()
        late = case((pairs.c.following > PlusMonths(pairs.c.day, literal(every.months, Integer)), 1), else_=0)
        return select(func.max(late) == 0).scalar_subquery()


class _Lines:
    """The purchase lines that a measure looks at: one customer's, up to the moment, in the window, of the group."""

    def __init__(
        self, moment: Moment, window: Value | None = None, group: Value | None = None, *, own_currency: bool = False
    ) -> None:
        self.table = purchases.alias()
        columns = self.table.c
        self._where = [columns.customer_id == customers.c.id, columns.at <= moment.instant]
        if isinstance(window, Duration):
            self._where.append(columns.at >= literal(window_start(moment.at, window), UtcDateTime()))
        if group is not None:
            self._where.append(self.is_of(group))
        if own_currency:
            self._where.append(columns.currency == moment.currency)
        self.scale = 10.0 ** minor_digits(moment.currency)
        self.is_bought = columns.amount_minor >= 0
        self.receipts = func.count(distinct(case((self.is_bought, columns.receipt))))
        self.amount = cast(func.sum(columns.amount_minor), Float)
        quantity = cast(func.abs(columns.quantity), Float)
        self.net_quantity = case((self.is_bought, quantity), else_=-quantity)
        self.day = moment.day_of(columns.at)

    def is_of(self, word: Value | None) -> ColumnElement[bool]:
        """Of that group, or that very product."""
        return or_(self.table.c.group_name == word, self.table.c.product == word)

    def select(self, *columns: ColumnElement[Any]) -> Select[Any]:
        return select(*columns).where(*self._where).correlate(customers)

    def measure(self, value: ColumnElement[T]) -> ColumnElement[T]:
        return self.select(value).scalar_subquery()
