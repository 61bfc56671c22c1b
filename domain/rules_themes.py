"""Themes that rules ask for (`said("delivery")`) and that nobody has named: a slip would select nobody in silence."""

from __future__ import annotations

from collections.abc import Collection

from domain.faults import did_you_mean
from domain.rules_check import Mistake, bound, function_of
from domain.rules_tree import Call, Rule, walk


def unknown_themes(rule: Rule, themes: Collection[str]) -> tuple[Mistake, ...]:
    """List the themes of a checked rule that are not among *themes*, each with its place and what may be meant."""
    found = []
    for node in walk(rule.root):
        if not isinstance(node, Call):
            continue
        function = function_of(node)
        if function is not None and function.name == "said":
            theme = str(bound(node)["theme"])
            if theme not in themes:
                remedy = did_you_mean(theme, themes, otherwise="known are " + ", ".join(sorted(themes)))
                found.append(Mistake(f'unknown theme "{theme}"', remedy, node.place))
    return tuple(found)
