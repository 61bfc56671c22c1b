"""
Verdicts: does a rule hold for what is known of a customer, why, and what would it take.

Three-valued after Kleene: unknown stays unknown unless the rest decides ("no and unknown" is no).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from typing import Protocol

from domain.rules_check import bound, function_of
from domain.rules_tree import (
    All,
    Among,
    AnyOf,
    Arithmetic,
    Call,
    Compared,
    Constant,
    Expression,
    Name,
    Not,
    Operator,
    Rule,
    Within,
    walk,
)
from domain.rules_values import EPSILON, Comparison, Span, Value, as_date, as_flag, as_value, compare, written_value


class Facts(Protocol):
    """What is known of one customer at one moment; None is unknown. Raw integers, floats and lists are taken, too."""

    def value(self, name: str, /) -> object:
        """Give what is known by that name: an attribute, a fact, an answer."""
        ...

    def call(self, function: str, arguments: Mapping[str, Value | None], /) -> object:
        """
        Measure one of `FUNCTIONS` by its main name; the arguments are there by parameter, None where left out.

        `has`, and `since` and `days_since` of a name, are not asked for; of an event, the event's date is wanted.
        """
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """Facts out of a plain mapping of names, and of measures under their `measure_key`."""

    values: Mapping[str, object]

    def value(self, name: str, /) -> object:
        """Give the value of *name*, also where it is written `fact.name`."""
        return self.values.get(name, self.values.get(name.removeprefix("fact.")))

    def call(self, function: str, arguments: Mapping[str, Value | None], /) -> object:
        """Give what was measured before."""
        return self.values.get(measure_key(function, arguments))


def measure_key(function: str, arguments: Mapping[str, Value | None]) -> str:
    """Give one text for a measure however it was written: `bought(group="car", window=12m)`."""
    given = (f"{name}={written_value(value)}" for name, value in arguments.items() if value is not None)
    return f"{function}({', '.join(given)})"


def measures_in(rule: Rule) -> dict[str, tuple[str, Mapping[str, Value | None]]]:
    """Give what a rule asks `Facts.call` for, by `measure_key`: to be measured before, where that must be."""
    found: dict[str, tuple[str, Mapping[str, Value | None]]] = {}
    for node in walk(rule.root):
        if isinstance(node, Call):
            name, arguments = _asked(node)
            if arguments is not None:
                found[measure_key(name, arguments)] = (name, arguments)
    return found


def _asked(call: Call) -> tuple[str, dict[str, Value | None] | None]:
    """Give a call's main name and constant arguments; None for these where its subject is a name."""
    function = function_of(call)
    assert function is not None, f"{call.function} was not checked"
    constants: dict[str, Value | None] = {}
    for name, value in bound(call).items():
        if isinstance(value, Name):
            return function.name, None
        constants[name] = value
    return function.name, constants


def evaluate(rule: Rule, facts: Facts, at: dt.datetime | None = None) -> bool | None:
    """
    Say whether *rule* holds at *at*, or None for unknown; never raises over values.

    *at* is aware and in the company's zone: its date is the "today" of windows and spans. Without it, whatever
    needs today's date is unknown.
    """
    return Evaluation(facts, at).truth(rule.root)


def measured(expression: Expression, facts: Facts, at: dt.datetime | None = None) -> Value | None:
    """Give the value of any part of a rule at *at*; None for unknown."""
    return Evaluation(facts, at).value(expression)


class Evaluation:
    """One look at one customer on one day; measures are taken once each."""

    def __init__(self, facts: Facts, at: dt.datetime | None) -> None:
        if at is not None and at.tzinfo is None:
            raise ValueError("rule: a naive moment was given; use an aware one in the company's zone")
        self._facts = facts
        self.today = None if at is None else at.date()
        self._calls: dict[Call, Value | None] = {}

    def truth(self, node: Expression) -> bool | None:
        """Give yes, no, or None for unknown."""
        match node:
            case All():
                return _all(self.truth(part) for part in node.parts)
            case AnyOf():
                some = _all(_not(self.truth(part)) for part in node.parts)
                return _not(some)
            case Not():
                return _not(self.truth(node.inner))
            case Compared():
                return self.compared(node.comparison, self.value(node.left), self.value(node.right))
            case Among():
                item = self.value(node.item)
                options = (self.compared(Comparison.DIFFERENT, item, self.value(each)) for each in node.options)
                return _not(_all(options))
            case Within():
                item, container = self.value(node.item), self.value(node.container)
                if not isinstance(item, str) or not isinstance(container, tuple):
                    return None
                return item in container
            case _:
                return as_flag(self.value(node))

    def value(self, node: Expression) -> Value | None:
        """Give the value of an expression, None for unknown."""
        match node:
            case Constant():
                return node.value
            case Name():
                return as_value(self._facts.value(node.name))
            case Call():
                if node not in self._calls:
                    self._calls[node] = self._measure(node)
                return self._calls[node]
            case Arithmetic():
                return _calculated(node.operator, self.value(node.left), self.value(node.right))
            case _:
                return self.truth(node)

    def compared(self, comparison: Comparison, left: Value | None, right: Value | None) -> bool | None:
        """Compare two values on this day."""
        return compare(comparison, left, right, self.today)

    def _measure(self, node: Call) -> Value | None:
        name, constants = _asked(node)
        if constants is None:
            (subject,) = (value for value in bound(node).values() if isinstance(value, Name))
            known = self.value(subject)
            if name == "has":
                return known is not None
        else:
            known = as_value(self._facts.call(name, constants))
            if name not in {"since", "days_since"}:
                return known
        date = as_date(known)
        if date is None or self.today is None:
            return None
        return Decimal((self.today - date).days) if name == "days_since" else Span(date)


def _all(truths: Iterable[bool | None]) -> bool | None:
    result: bool | None = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _calculated(operator: Operator, left: Value | None, right: Value | None) -> Decimal | None:
    if not isinstance(left, Decimal) or not isinstance(right, Decimal):
        return None
    try:
        match operator:
            case Operator.PLUS:
                return left + right
            case Operator.MINUS:
                return left - right
            case Operator.TIMES:
                return left * right
            case Operator.BY:
                return None if abs(right) <= EPSILON else left / right
    except DecimalException:
        return None
