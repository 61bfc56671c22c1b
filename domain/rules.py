"""
The one rule language: audiences, loyalty criteria, conditions of care plans and of dialogues.

`parse_rule` reads a rule, `read_rule` does so for a file with faults, `check_rule` finds names and types that do not
fit, `RULE` is the kind of value of a key that holds one, `CUSTOMER_RULE` of one about customers, and `evaluate` gives a
verdict.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from domain.documents_values import Kind, MisfitError
from domain.faults import Fault, FaultList
from domain.rules_check import Mistake, mistakes_in, names_used
from domain.rules_grammar import RuleSyntaxError, parse_tree
from domain.rules_tree import Constant, Rule
from domain.rules_values import Type
from domain.rules_verdict import Facts, Known, evaluate

__all__ = [
    "CUSTOMER_RULE",
    "RULE",
    "Facts",
    "Known",
    "Rule",
    "RuleError",
    "Type",
    "check_rule",
    "evaluate",
    "names_in",
    "parse_rule",
    "read_rule",
    "rule_faults",
]


class RuleError(ValueError):
    """A rule that cannot be used; *mistakes* has at least one, with line and column in the rule's text."""

    def __init__(self, text: str, mistakes: tuple[Mistake, ...]) -> None:
        self.text = text
        self.mistakes = mistakes
        super().__init__("\n".join(str(fault) for fault in rule_faults(mistakes, text, "rule", line=1)))


def parse_rule(text: str, *, about_customers: bool = False) -> Rule:
    """
    Read a rule and check all that can be checked without knowing the names; raises `RuleError`.

    Of one that is *about_customers*, their attributes are known with their types.
    """
    try:
        rule = Rule(text, parse_tree(text))
    except RuleSyntaxError as error:
        raise RuleError(text, (error.mistake,)) from None
    mistakes = mistakes_in(rule.root, about_customers=about_customers)
    if mistakes:
        raise RuleError(text, mistakes)
    return rule


def read_rule(
    text: str,
    where: str,
    faults: FaultList,
    *,
    line: int = 1,
    key: str | None = None,
    names: Mapping[str, Type] | None = None,
    about_customers: bool = False,
) -> Rule | None:
    """Read the rule that begins on *line* of *where*; None and faults where it has mistakes."""
    try:
        rule = parse_rule(text, about_customers=about_customers)
    except RuleError as error:
        faults.extend(rule_faults(error.mistakes, text, where, line=line, key=key))
        return None
    mistakes = check_rule(rule, names) if names is not None else ()
    faults.extend(rule_faults(mistakes, text, where, line=line, key=key))
    return None if mistakes else rule


def check_rule(rule: Rule, names: Mapping[str, Type]) -> tuple[Mistake, ...]:
    """List unknown names (with the one that may be meant) and uses that do not fit their types."""
    return mistakes_in(rule.root, names)


def names_in(rule: Rule) -> frozenset[str]:
    """Give every name the rule asks about."""
    return frozenset(node.name for node in names_used(rule.root))


def rule_faults(
    mistakes: tuple[Mistake, ...], text: str, where: str, *, line: int, key: str | None = None
) -> tuple[Fault, ...]:
    """Turn a rule's mistakes into faults of the file in which the rule's text begins on *line*."""
    return tuple(
        Fault(where, line + mistake.place.line - 1, key, _problem(mistake, text), mistake.remedy)
        for mistake in mistakes
    )


def _problem(mistake: Mistake, text: str) -> str:
    lines = text.splitlines() or [""]
    place = mistake.place
    shown = lines[min(place.line, len(lines)) - 1][max(0, place.column - 1) :][:30]
    near = f' at "{shown}"' if shown else " at its end"
    return f"column {place.column}{near}: {mistake.problem}"


def _read(value: object, *, about_customers: bool = False) -> Rule:
    if not isinstance(value, str) or not value.strip():
        raise MisfitError("is not a rule", "write a rule as a text, for example 'score <= 6'")
    try:
        return parse_rule(value, about_customers=about_customers)
    except RuleError as error:
        misfits = [
            MisfitError(_problem(mistake, value), mistake.remedy, line=mistake.place.line) for mistake in error.mistakes
        ]
        first = misfits[0]
        raise MisfitError(first.problem, first.remedy, line=first.line, more=tuple(misfits[1:])) from None


RULE: Kind[Rule] = Kind("a rule", "'score <= 6'", Rule("no", Constant(False)), _read)
CUSTOMER_RULE: Kind[Rule] = Kind(
    "a rule", "'language = \"fi\"'", RULE.stand_in, functools.partial(_read, about_customers=True)
)
