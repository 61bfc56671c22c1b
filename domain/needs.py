"""What a customer lacks for a rule, as figures that can be told in her own language."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from domain.durations import Duration
from domain.rules_check import bound, function_of
from domain.rules_tree import All, Call, Compared, Constant, Expression, Rule
from domain.rules_values import Comparison
from domain.rules_verdict import Evaluation, Facts

TELLABLE = frozenset({"visits", "purchases", "spent", "product_groups"})
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Need:
    """So much *more* of what *function* measures (visits, purchases, spent in major units, product_groups)."""

    function: str
    more: Decimal
    window: Duration | None = None
    group: str = ""


def needs(rule: Rule, facts: Facts, at: dt.datetime) -> tuple[Need, ...] | None:
    """
    List what is missing until *rule* holds; empty where it does, None where plain figures do not tell it.

    Told are measures of purchases that must reach a number, joined by "and"; anything else is for staff's own words.
    """
    evaluation = Evaluation(facts, at)
    if evaluation.truth(rule.root) is True:
        return ()
    found: list[Need] = []
    for part in rule.root.parts if isinstance(rule.root, All) else (rule.root,):
        if evaluation.truth(part) is True:
            continue
        need = _need(part, evaluation)
        if need is None:
            return None
        found.append(need)
    return tuple(found)


def _need(part: Expression, evaluation: Evaluation) -> Need | None:
    if not isinstance(part, Compared) or part.comparison not in {Comparison.MORE, Comparison.AT_LEAST}:
        return None
    call, limit = part.left, part.right
    function = function_of(call) if isinstance(call, Call) else None
    if function is None or function.name not in TELLABLE or not isinstance(limit, Constant):
        return None
    has, wants = evaluation.value(call), limit.value
    if not isinstance(has, Decimal) or not isinstance(wants, Decimal):
        return None
    assert isinstance(call, Call)
    arguments = bound(call)
    window, group = arguments.get("window"), arguments.get("group")
    step = _CENT if function.name == "spent" else Decimal(1)
    more = ((wants - has) / step).to_integral_value(ROUND_CEILING) * step
    if part.comparison is Comparison.MORE and has + more <= wants:
        more += step
    return Need(
        function.name,
        more,
        window if isinstance(window, Duration) else None,
        group if isinstance(group, str) else "",
    )
