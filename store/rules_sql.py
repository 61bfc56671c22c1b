"""
Rules compiled to SQL over `customers`: the same verdicts as `domain.rules.evaluate`, yes, no, or null for unknown.

A name is an attribute, one of the picture, or else a fact; numbers are compared with the same tolerance as in Python.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    cast,
    false,
    func,
    not_,
    null,
    or_,
    select,
    true,
)

from domain.kept_measures import measure_to_keep
from domain.rules import names_in
from domain.rules_check import function_of
from domain.rules_pictures import PICTURE_NAMES
from domain.rules_tree import All, Among, AnyOf, Call, Compared, Constant, Expression, Name, Not, Rule, Within, walk
from domain.rules_values import Comparison, Type
from domain.rules_verdict import measures_in
from store.calendar_sql import Position
from store.comparisons_sql import compared, words_of
from store.database import Tx
from store.fresh_measures import KEPT, MOST_NEWER, Fresh, WithoutIndex, fresh_measures
from store.measures_sql import Moment
from store.names_sql import PICTURE
from store.tables import customers
from store.term import Term
from store.terms_sql import Terms, tag_position, tags_text


def audience_select(rule: Rule, at: dt.datetime, *, currency: str = "EUR") -> Select[int]:
    """
    Select the ids of the customers for whom *rule* holds at *at* (aware, in the company's zone), measuring all live.

    Those for whom it is unknown are not among them. Amounts in other currencies than *currency* do not count.
    """
    return select(customers.c.id).where(Conditions(rule, at, currency).holds)


def verdict_column(rule: Rule, at: dt.datetime, *, currency: str = "EUR") -> ColumnElement[bool]:
    """Give a rule's verdict for each row of `customers`: true, false, or null where it is unknown; all live."""
    return _Verdicts(_terms(at, currency)).truth(rule.root)


async def holds_for(tx: Tx, rule: Rule, at: dt.datetime, currency: str) -> ColumnElement[bool]:
    """
    Say, for each row of `customers`, whether *rule* holds for her at *at* (aware, in the company's zone).

    What is kept of her purchases and still right is taken as it is; it is the same verdict.
    """
    live = Conditions(rule, at, currency)
    fresh = await fresh_measures(tx, rule, at, currency, most_newer=MOST_NEWER)
    if fresh is None:
        return live.holds
    kept = Conditions(rule, at, currency, fresh)
    by_kept = select(case((kept.holds, 1), else_=0)).where(KEPT.c.customer_id == customers.c.id, *fresh.is_right())
    return func.coalesce(by_kept.correlate(customers).scalar_subquery(), case((live.holds, 1), else_=0)) == 1


class Conditions:
    """
    A rule's verdict as conditions for WHERE and CASE, where null is as good as no.

    There databases leave off at the first part that decides, which they do not in a column.

    With *fresh*, measures that are kept come from `KEPT`, which must then be joined. With *joined*, they hold for the
    rows of `source` only, which is the faster the more of them are looked at.
    """

    def __init__(
        self, rule: Rule, at: dt.datetime, currency: str, fresh: Fresh | None = None, *, joined: bool = False
    ) -> None:
        self._rule = rule
        self._is_kept, self._kept = fresh is not None, {} if fresh is None else fresh.columns
        self._joined = joined and not names_in(rule).isdisjoint(PICTURE_NAMES)
        self._verdicts = _Verdicts(_terms(at, currency, fresh, joined=self._joined))

    @property
    def source(self) -> FromClause:
        """Everybody, or everybody of whom anything is kept, each with her picture where the rule asks for it."""
        source: FromClause = customers
        who: ColumnElement[int] = customers.c.id
        if self._is_kept:
            who = WithoutIndex(KEPT.c.customer_id)
            source = KEPT.join(customers, customers.c.id == who)
        return source.outerjoin(PICTURE, PICTURE.c.customer_id == who) if self._joined else source

    @property
    def holds(self) -> ColumnElement[bool]:
        """The rule holds."""
        return self._is(self._rule.root, True, surely=True)

    @property
    def may_hold(self) -> ColumnElement[bool]:
        """The rule holds, or it is unknown."""
        return self._is(self._rule.root, True, surely=False)

    def _is(self, node: Expression, truth: bool, *, surely: bool) -> ColumnElement[bool]:
        """Say that the verdict on *node* is *truth*, or, where not *surely*, that it is that or unknown."""
        match node:
            case All() | AnyOf():
                parts = [self._is(part, truth, surely=surely) for part in sorted(node.parts, key=self._effort)]
                return and_(*parts) if isinstance(node, All) is truth else or_(*parts)
            case Not():
                return self._is(node.inner, not truth, surely=surely)
        verdict = self._verdicts.truth(node)
        if surely:
            return verdict if truth else not_(verdict)
        return verdict.is_not(false() if truth else true())

    def _effort(self, node: Expression) -> int:
        """Estimate what it takes to measure *node*: what stands in the row, another row, or many lines."""
        efforts = [0]
        for each in walk(node):
            if isinstance(each, Call):
                efforts.append(self._effort_of(each))
            elif isinstance(each, Name) and each.name not in customers.c:
                efforts.append(1)
        return max(efforts)

    def _effort_of(self, call: Call) -> int:
        function = function_of(call)
        measures = measures_in(Rule("", call)).values()
        wanted = [measure for each in measures if (measure := measure_to_keep(*each)) is not None]
        if wanted and wanted[0] in self._kept:
            return 0
        if function is not None and function.name in {"unbroken", "every_due"}:
            return 3
        return 2 if wanted else 1


def _terms(at: dt.datetime, currency: str, fresh: Fresh | None = None, *, joined: bool = False) -> Terms:
    if at.tzinfo is None:
        raise ValueError("rule: a naive moment was given; use an aware one in the company's zone")
    return Terms(Moment(at, currency), None if fresh is None else fresh.columns, joined=joined)


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
