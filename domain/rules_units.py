"""In what a measured value counts, and in which steps it can grow: visits one by one, money by the cent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from domain.money import minor_digits
from domain.rules_check import function_of
from domain.rules_functions import MONEY
from domain.rules_tree import Call, Expression, Name


@dataclass(frozen=True, slots=True)
class Counting:
    """
    How the number of a term counts: its *unit*, and the least *step* by which it can change, 0 where that is unknown.

    *on* is set where a change is one of the average of many.
    """

    unit: str = ""
    step: Decimal = Decimal(0)
    on: str = ""


_ONE = Decimal(1)
_COUNTED = {
    "visits": Counting("visits", _ONE),
    "purchases": Counting("lines", _ONE),
    "product_groups": Counting("product groups", _ONE),
    "bought": Counting("pieces", _ONE),
    "signals": Counting("signals", _ONE),
    "days_since": Counting("days", _ONE),
    "open_cases": Counting("cases", _ONE),
    "picture.alive": Counting("%", _ONE),
    "picture.expected": Counting("purchase days a year"),
    "picture.recency": Counting("of 5", _ONE),
    "picture.frequency": Counting("of 5", _ONE),
    "picture.monetary": Counting("of 5", _ONE),
}


def counting_of(node: Expression, currency: str) -> Counting:
    """Give how the number of *node* counts; amounts of money are in *currency*."""
    name = _name(node)
    if name in MONEY or name == "picture.clv":
        return Counting(currency, _ONE.scaleb(-minor_digits(currency)), "average" if "average" in name else "")
    return _COUNTED.get(name, Counting())


def _name(node: Expression) -> str:
    if isinstance(node, Name):
        return node.name
    function = function_of(node) if isinstance(node, Call) else None
    return "" if function is None else function.name
