"""Why a rule holds for a customer or does not, with the measured values, and what it would take to hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.durations import Duration
from domain.rules_check import function_of
from domain.rules_functions import MONEY
from domain.rules_tree import (
    All,
    Among,
    AnyOf,
    Call,
    Compared,
    Constant,
    Expression,
    Not,
    Rule,
    Within,
    written,
)
from domain.rules_values import Comparison, Span, Value, compare, written_number, written_value
from domain.rules_verdict import Evaluation, Facts


@dataclass(frozen=True, slots=True)
class Reason:
    """
    One term of a rule: what was measured, the test it was put to, and whether that holds (None: unknown).

    *takes* says what would turn the term as the rule needs it; empty where it is so already.
    """

    term: str
    value: str
    test: str
    holds: bool | None
    takes: str

    def __str__(self) -> str:
        verdict = {True: "yes", False: "no", None: "unknown"}[self.holds]
        return f"{self.term}: {self.value} {self.test} {verdict}".replace("  ", " ")


@dataclass(frozen=True, slots=True)
class Why:
    """A verdict with its reasons in written order; *takes* joins what is missing by and and or, empty if nothing is."""

    holds: bool | None
    trace: tuple[Reason, ...]
    takes: str


def why(rule: Rule, facts: Facts, at: dt.datetime) -> Why:
    """Give the verdict on *rule* at *at* (aware, in the company's zone) with every measured value."""
    explanation = _Explanation(Evaluation(facts, at))
    trace = tuple(explanation.reasons(rule.root, wanted=True))
    return Why(explanation.evaluation.truth(rule.root), trace, explanation.takes(rule.root, wanted=True))


class _Explanation:
    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation

    def reasons(self, node: Expression, *, wanted: bool) -> Iterator[Reason]:
        """Give the terms of *node*; *wanted* is the truth that the rule needs of it."""
        match node:
            case All() | AnyOf():
                for part in node.parts:
                    yield from self.reasons(part, wanted=wanted)
            case Not():
                yield from self.reasons(node.inner, wanted=not wanted)
            case _:
                yield self._reason(node, wanted=wanted)

    def takes(self, node: Expression, *, wanted: bool) -> str:
        """Say what would make *node* as wanted; empty where it is."""
        if self.evaluation.truth(node) is wanted:
            return ""
        match node:
            case Not():
                return self.takes(node.inner, wanted=not wanted)
            case All() | AnyOf():
                parts = [(part, self.takes(part, wanted=wanted)) for part in node.parts]
                needs_all = isinstance(node, All) is wanted
                return _joined((text for _, text in parts if text), " and " if needs_all else " or ")
            case _:
                return self._reason(node, wanted=wanted).takes

    def _reason(self, node: Expression, *, wanted: bool) -> Reason:
        truth = self.evaluation.truth(node)
        value, test, takes = "", "", ""
        match node:
            case Compared():
                return self._compared(node, wanted=wanted)
            case Among():
                term = written(node.item)
                value = self._shown(node.item)
                test = f"in ({', '.join(self._named(option) for option in node.options)})"
                takes = f"{term} {'in' if wanted else 'none of'} {test[3:]} instead of {value}"
            case Within():
                term, value = node.container.name, self._shown(node.container)
                test = f"holds {written(node.item)}"
                takes = f"{written(node.item)} {'in' if wanted else 'not in'} {term}"
            case _:
                term, value = written(node), self._shown(node)
                takes = "" if isinstance(node, Constant) else f"{term} {'yes' if wanted else 'no'}"
        if value == "unknown" and takes:
            takes = f"{term} must become known"
        return Reason(term, value, test, truth, "" if truth is wanted else takes)

    def _compared(self, node: Compared, *, wanted: bool) -> Reason:
        left, right, comparison = node.left, node.right, node.comparison
        if isinstance(left, Constant) and not isinstance(right, Constant):
            left, right, comparison = right, left, comparison.mirrored
        truth = self.evaluation.truth(node)
        takes = ""
        if truth is not wanted:
            unknown = [written(side) for side in (left, right) if self.evaluation.value(side) is None]
            if unknown:
                takes = f"{' and '.join(unknown)} must become known"
            else:
                takes = self._missing(left, right, comparison if wanted else comparison.opposite)
        return Reason(written(left), self._shown(left), f"{comparison} {self._named(right)}", truth, takes)

    def _missing(self, left: Expression, right: Expression, needed: Comparison) -> str:
        has, wants = self.evaluation.value(left), self.evaluation.value(right)
        term = written(left)
        if isinstance(has, Span) and isinstance(wants, Duration) and needed in {Comparison.MORE, Comparison.AT_LEAST}:
            day = _first_day(needed, has, wants)
            return f"{term}: not within this calendar" if day is None else f"{term}: so from {day} on"
        if isinstance(has, Decimal) and isinstance(wants, Decimal) and needed.orders:
            gap = self._amount(left, abs(wants - has))
            direction = "more" if needed in {Comparison.MORE, Comparison.AT_LEAST} else "less"
            over = "over " if needed in {Comparison.MORE, Comparison.LESS} else ""
            return f"{term}: {over}{gap} {direction}"
        return f"{term} {needed} {self._named(right)} instead of {self._shown(left)}"

    def _shown(self, node: Expression) -> str:
        value = self.evaluation.value(node)
        return self._amount(node, value) if isinstance(value, Decimal) else written_value(value)

    def _amount(self, node: Expression, number: Decimal) -> str:
        function = function_of(node) if isinstance(node, Call) else None
        text = written_number(number)
        if function is None or function.name not in MONEY:
            return text
        whole, _, part = text.partition(".")
        return f"{whole}.{part.ljust(2, '0')}"

    def _named(self, node: Expression) -> str:
        return written(node) if isinstance(node, Constant) else f"{written(node)} ({self._shown(node)})"


def _joined(parts: Iterable[str], word: str) -> str:
    texts = list(dict.fromkeys(parts))
    return word.join(f"({text})" if len(texts) > 1 and (" or " in text) else text for text in texts)


def _first_day(needed: Comparison, span: Span, duration: Duration) -> dt.date | None:
    """Find the first day on which a span will be long enough; the calendar's clipping may move it by some days."""
    try:
        day = duration.after_date(span.begins)
        while not _is_long_enough(needed, span, duration, day):
            day += dt.timedelta(days=1)
    except OverflowError:
        return None
    return day


def _is_long_enough(needed: Comparison, span: Value, duration: Value, day: dt.date) -> bool:
    return compare(needed, span, duration, day) is True
