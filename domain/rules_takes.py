"""What it would take for one term of a rule: the least that has to change, and by when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal

from domain.durations import Duration
from domain.rules_check import bound, function_of
from domain.rules_functions import EVENTS
from domain.rules_tree import Among, Call, Compared, Constant, Expression, Name, Within, written
from domain.rules_units import Counting, counting_of
from domain.rules_values import (
    EPSILON,
    Comparison,
    Span,
    Value,
    compare,
    written_number,
    written_value,
)
from domain.rules_verdict import Evaluation, Facts

_LOOK_AHEAD = 800  # days; what is enough for longer has no haste
_ADDING_UP = frozenset({"visits", "purchases", "spent", "product_groups", "bought"})
_UP = frozenset({Comparison.MORE, Comparison.AT_LEAST})
_STRICT = frozenset({Comparison.MORE, Comparison.LESS})


def shown(node: Expression, evaluation: Evaluation, currency: str) -> str:
    """Give the value of *node* as people read it; amounts of money with all their places."""
    value = evaluation.value(node)
    return _amount(value, counting_of(node, currency)) if isinstance(value, Decimal) else written_value(value)


class Taking:
    """Says what would turn a term of one customer at one moment."""

    def __init__(
        self,
        evaluation: Evaluation,
        at: dt.datetime,
        currency: str,
        later: Callable[[dt.datetime], Facts] | None,
    ) -> None:
        self._evaluation = evaluation
        self._at = at
        self._currency = currency
        self._later = later

    def of(self, node: Expression, *, wanted: bool) -> str:
        """Say what would make *node*, which is no and, or or not, as wanted; it is not so yet."""
        match node:
            case Compared():
                return self._compared(node, wanted=wanted)
            case Among():
                test = f"{'in' if wanted else 'none of'} ({', '.join(map(self._named, node.options))})"
                unknown = self._unknown(node.item, test)
                return unknown or f"{written(node.item)} {test} instead of {self._shown(node.item)}"
            case Within():
                return f"{written(node.item)} {'in' if wanted else 'not in'} {node.container.name}"
            case Constant():
                return "another rule"
            case Call() if _function(node) == "every_due":
                return self._every_due(node, wanted=wanted)
            case _:
                unknown = self._unknown(node, "yes" if wanted else "no")
                return unknown or f"{written(node)} {'yes' if wanted else 'no'}"

    def _unknown(self, node: Expression, test: str) -> str:
        """Say what must become known of *node*; empty where it is known."""
        if self._evaluation.value(node) is not None:
            return ""
        term = written(node)
        match _function(node):
            case "average_purchase":
                return f"{term} must become known by a purchase"
            case "average_monthly":
                assert isinstance(node, Call)
                window = bound(node)["window"]
                assert isinstance(window, Duration)
                return f"{term} must become known by {window.months} bills in {window}"
        return f"a fact: {term} {test}" if isinstance(node, Name) else f"{term} must become known"

    def _every_due(self, node: Call, *, wanted: bool) -> str:
        term = written(node)
        if self._evaluation.value(node) is None:
            first = bound(node)["after"] or bound(node)["service"]
            return f"{term} must become known by the first {written_value(_text(first))}"
        return f"{term}: one was missed, and that stays so" if wanted else f"{term}: until one is missed"

    def _compared(self, node: Compared, *, wanted: bool) -> str:
        left, right, comparison = node.left, node.right, node.comparison
        if isinstance(left, Constant) and not isinstance(right, Constant):
            left, right, comparison = right, left, comparison.mirrored
        needed = comparison if wanted else comparison.opposite
        has, wants = self._evaluation.value(left), self._evaluation.value(right)
        if has is None or wants is None:
            unknown = [side for side in (left, right) if self._evaluation.value(side) is None]
            if len(unknown) == 1:
                test = f"{needed} {self._named(right)}" if has is None else f"to compare {written(left)} with"
                return self._unknown(unknown[0], test)
            return f"{' and '.join(map(written, unknown))} must become known"
        term = written(left)
        match has, wants:
            case Span(), Duration() if needed in _UP:
                day = _first_day(needed, has, wants)
                gap = ", if it goes on without a gap" if _function(left) == "unbroken" else ""
                return f"{term}: not within this calendar" if day is None else f"{term}: so from {day} on{gap}"
            case Decimal(), Decimal() | Duration() if needed.orders:
                return self._amount_missing(left, has, wants, needed)
            case _:
                return f"{term} {needed} {self._named(right)} instead of {self._shown(left)}"

    def _amount_missing(self, left: Expression, has: Decimal, wants: Decimal | Duration, needed: Comparison) -> str:
        limit = wants if isinstance(wants, Decimal) else _days(wants)
        counting = counting_of(left, self._currency)
        gap = abs(limit - has)
        if isinstance(left, Call) and _function(left) == "days_since":
            return self._in_days(left, wants, gap, needed)
        over = ""
        is_part = counting.step == 1 and has != has.to_integral_value()  # half a kilo was bought
        if counting.step and not is_part:
            gap = _least(gap, counting.step, strict=needed in _STRICT)
        elif needed in _STRICT:
            over = "over "
        direction = "more" if needed in _UP else "less"
        is_money = counting.unit == self._currency
        words = [f"{over}{_amount(gap, counting)}", *([counting.unit] if is_money else []), direction]
        words += [f"on {counting.on}"] if counting.on else []
        return f"{written(left)}: {' '.join(words)}{self._by_when(left, needed)}"

    def _in_days(self, left: Call, wants: Value, gap: Decimal, needed: Comparison) -> str:
        """Days pass by themselves; to have fewer, it must happen anew."""
        what = bound(left)["what"]
        if needed not in _UP:
            if what in EVENTS and compare(needed, Decimal(0), wants, None):
                return f"a {what} today"
            return f"{written(left)} {needed} {written_value(wants)} instead of {self._shown(left)}"
        try:
            days = int(_least(gap, Decimal(1), strict=needed in _STRICT))
            return f"{written(left)}: so from {self._at.date() + dt.timedelta(days=days)} on"
        except OverflowError:
            return f"{written(left)}: not within this calendar"

    def _by_when(self, left: Expression, needed: Comparison) -> str:
        """Say until which day what is missing stays enough, where lines leave the window that was measured."""
        if self._later is None or needed not in _UP or not isinstance(left, Call) or _function(left) not in _ADDING_UP:
            return ""
        if not isinstance(bound(left).get("window"), Duration):
            return ""
        now = self._evaluation.value(left)
        if not isinstance(now, Decimal) or now <= 0:
            return ""
        for days in range(1, _LOOK_AHEAD):
            day = self._at.date() + dt.timedelta(days=days)
            moment = dt.datetime.combine(day, dt.time.max, self._at.tzinfo)
            value = Evaluation(self._later(moment), moment).value(left)
            if not isinstance(value, Decimal) or value < now - EPSILON:
                return f" by {day - dt.timedelta(days=1)}"
        return ""

    def _shown(self, node: Expression) -> str:
        return shown(node, self._evaluation, self._currency)

    def _named(self, node: Expression) -> str:
        return written(node) if isinstance(node, Constant) else f"{written(node)} ({self._shown(node)})"


def _function(node: Expression) -> str:
    function = function_of(node) if isinstance(node, Call) else None
    return "" if function is None else function.name


def _text(value: Value | Name | None) -> Value | None:
    return None if isinstance(value, Name) else value


def _days(duration: Duration) -> Decimal:
    length = duration.as_timedelta()
    return Decimal(0 if length is None else length.days)


def _least(gap: Decimal, step: Decimal, *, strict: bool) -> Decimal:
    """Give the least number of whole steps that closes the gap; more than closes it where the bound is excluded."""
    steps = ((gap - EPSILON) / step).to_integral_value(ROUND_CEILING)
    if strict and steps * step - gap <= EPSILON:
        steps += 1
    return steps * step


def _amount(number: Decimal, counting: Counting) -> str:
    text = written_number(number)
    places = -int(counting.step.as_tuple().exponent) if counting.step else 0
    if places <= 0:
        return text
    whole, _, part = text.partition(".")
    return f"{whole}.{part.ljust(places, '0')}"


def _first_day(needed: Comparison, span: Span, duration: Duration) -> dt.date | None:
    """Find the first day on which a span will be long enough; the calendar's clipping may move it by some days."""
    try:
        day = duration.after_date(span.begins)
        while compare(needed, span, duration, day) is not True:
            day += dt.timedelta(days=1)
    except OverflowError:
        return None
    return day
