"""Why a rule holds for a customer or does not, with the measured values, and what it would take to hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.rules_takes import Taking, shown
from domain.rules_tree import (
    All,
    Among,
    AnyOf,
    Compared,
    Constant,
    Expression,
    Not,
    Rule,
    Within,
    written,
)
from domain.rules_units import counting_of
from domain.rules_verdict import Evaluation, Facts


@dataclass(frozen=True, slots=True)
class Reason:
    """
    One term of a rule: what was measured, the test it was put to, and whether that holds (None: unknown).

    *unit* is what the value counts in, empty for what is no number. *takes* says what would turn the term as the rule
    needs it; empty where it is so already.
    """

    term: str
    value: str
    test: str
    holds: bool | None
    takes: str
    unit: str = ""

    def __str__(self) -> str:
        verdict = {True: "yes", False: "no", None: "unknown"}[self.holds]
        return f"{self.term}: {self.value} {self.test} {verdict}".replace("  ", " ")


@dataclass(frozen=True, slots=True)
class Why:
    """A verdict with its reasons in written order; *takes* joins what is missing by and and or, empty if nothing is."""

    holds: bool | None
    trace: tuple[Reason, ...]
    takes: str


def why(
    rule: Rule,
    facts: Facts,
    at: dt.datetime,
    *,
    currency: str = "EUR",
    later: Callable[[dt.datetime], Facts] | None = None,
) -> Why:
    """
    Give the verdict on *rule* at *at* (aware, in the company's zone) with every measured value.

    Where *later* gives the facts of a later moment if nothing new happens, what is missing is told with the day until
    which that is enough.
    """
    evaluation = Evaluation(facts, at)
    explanation = _Explanation(evaluation, Taking(evaluation, at, currency, later), currency)
    trace = tuple(explanation.reasons(rule.root, wanted=True))
    return Why(evaluation.truth(rule.root), trace, explanation.takes(rule.root, wanted=True))


class _Explanation:
    def __init__(self, evaluation: Evaluation, taking: Taking, currency: str) -> None:
        self._evaluation = evaluation
        self._taking = taking
        self._currency = currency

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
        if self._evaluation.truth(node) is wanted:
            return ""
        match node:
            case Not():
                return self.takes(node.inner, wanted=not wanted)
            case All() | AnyOf():
                parts = [self.takes(part, wanted=wanted) for part in node.parts]
                needs_all = isinstance(node, All) is wanted
                return _joined((text for text in parts if text), " and " if needs_all else " or ")
            case _:
                return self._taking.of(node, wanted=wanted)

    def _reason(self, node: Expression, *, wanted: bool) -> Reason:
        truth = self._evaluation.truth(node)
        takes = "" if truth is wanted else self._taking.of(node, wanted=wanted)
        match node:
            case Compared():
                left, right, comparison = node.left, node.right, node.comparison
                if isinstance(left, Constant) and not isinstance(right, Constant):
                    left, right, comparison = right, left, comparison.mirrored
                return self._told(left, f"{comparison} {self._named(right)}", truth, takes)
            case Among():
                return self._told(node.item, f"in ({', '.join(map(self._named, node.options))})", truth, takes)
            case Within():
                return self._told(node.container, f"holds {written(node.item)}", truth, takes)
            case _:
                return self._told(node, "", truth, takes)

    def _told(self, measured: Expression, test: str, truth: bool | None, takes: str) -> Reason:
        is_number = isinstance(self._evaluation.value(measured), Decimal)
        unit = counting_of(measured, self._currency).unit if is_number else ""
        return Reason(written(measured), self._shown(measured), test, truth, takes, unit)

    def _shown(self, node: Expression) -> str:
        return shown(node, self._evaluation, self._currency)

    def _named(self, node: Expression) -> str:
        return written(node) if isinstance(node, Constant) else f"{written(node)} ({self._shown(node)})"


def _joined(parts: Iterable[str], word: str) -> str:
    texts = list(dict.fromkeys(parts))
    return word.join(f"({text})" if len(texts) > 1 and " or " in text else text for text in texts)
