"""
Rules compiled to SQL over `customers`: the same verdicts as `domain.rules.evaluate`, yes, no, or null for unknown.

A name is an attribute of `ATTRIBUTES` or else a fact; numbers are compared with the same tolerance as in Python.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, ColumnElement, Select, and_, case, cast, false, not_, null, or_, select, true

from domain.rules_tree import All, Among, AnyOf, Compared, Constant, Expression, Not, Rule, Within
from domain.rules_values import Comparison, Type
from store.calendar_sql import Position
from store.comparisons_sql import compared, words_of
from store.measures_sql import Moment
from store.tables import customers
from store.term import Term
from store.terms_sql import Terms, tag_position, tags_text


def audience_select(rule: Rule, at: dt.datetime, *, currency: str = "EUR") -> Select[int]:
    """
    Select the ids of the customers for whom *rule* holds at *at* (aware, in the company's zone).

    Those for whom it is unknown are not among them. Amounts in other currencies than *currency* do not count.
    """
    return select(customers.c.id).where(verdict_column(rule, at, currency=currency))


def verdict_column(rule: Rule, at: dt.datetime, *, currency: str = "EUR") -> ColumnElement[bool]:
    """Give a rule's verdict for each row of `customers`: true, false, or null where it is unknown."""
    if at.tzinfo is None:
        raise ValueError("rule: a naive moment was given; use an aware one in the company's zone")
    return _Verdicts(Terms(Moment(at, currency))).truth(rule.root)


class _Verdicts:
    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def truth(self, node: Expression) -> ColumnElement[bool]:
        match node:
            case All():
                return and_(*map(self.truth, node.parts))
            case AnyOf():
                return or_(*map(self.truth, node.parts))
            case Not():
                return not_(self.truth(node.inner))
            case Compared():
                return self._compared(node.comparison, node.left, node.right)
            case Among():
                return or_(*(self._compared(Comparison.EQUAL, node.item, option) for option in node.options))
            case Within():
                return self._within(node)
            case Constant(value=bool() as value):
                return true() if value else false()
            case _:
                return self._flag(self._terms.of(node))

    def _compared(self, comparison: Comparison, left: Expression, right: Expression) -> ColumnElement[bool]:
        return compared(comparison, self._terms.of(left), self._terms.of(right), self._terms.moment.at.date())

    def _within(self, node: Within) -> ColumnElement[bool]:
        item = self._terms.of(node.item)
        if self._terms.of(node.container).kind is not Type.LIST:
            return cast(null(), Boolean)
        if isinstance(item.constant, str):
            return tag_position(item.constant) > 0
        (word,) = words_of(item) or (null(),)
        return Position(tags_text(), '"' + word + '"') > 0

    def _flag(self, term: Term) -> ColumnElement[bool]:
        if term.kind is Type.FLAG and term.column is not None:
            return term.column
        words = words_of(term)
        return case((words[0] == "yes", true()), (words[0] == "no", false())) if words else cast(null(), Boolean)
