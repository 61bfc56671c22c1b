"""Slips in comparisons that read well and mean something else: a date or a word without its quotation marks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal

from domain.rules_tree import Among, Arithmetic, Compared, Constant, Expression, Name, Operator, walk

IN_QUOTES = "a text stands in quotation marks"


def date_meant(node: Expression) -> str:
    """Give the date that a subtraction such as 1980-01-01 was meant as; empty where it is none."""
    match node:
        case Arithmetic(
            operator=Operator.MINUS,
            left=Arithmetic(
                operator=Operator.MINUS, left=Constant(value=Decimal() as y), right=Constant(value=Decimal() as m)
            ),
            right=Constant(value=Decimal() as d),
        ) if all(part == int(part) for part in (y, m, d)) and y >= 1000:
            try:
                return dt.date(int(y), int(m), int(d)).isoformat()
            except (ValueError, OverflowError):
                return ""
        case _:
            return ""


def is_compared_with(root: Expression, name: str, texts: Collection[str]) -> bool:
    """Say whether *name* is compared somewhere with one of the names *texts*: then it was meant as a text."""

    def is_text(node: Expression) -> bool:
        return isinstance(node, Name) and node.name in texts

    def is_it(node: Expression) -> bool:
        return isinstance(node, Name) and node.name == name

    for node in walk(root):
        match node:
            case Compared():
                if (is_text(node.left) and is_it(node.right)) or (is_it(node.left) and is_text(node.right)):
                    return True
            case Among():
                if is_text(node.item) and any(map(is_it, node.options)):
                    return True
            case _:
                continue
    return False
