"""The names of a rule in SQL: attributes of customers, what the nightly picture says of them, and facts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, cast, func, select

from domain.cases import CaseState
from domain.money import minor_digits
from domain.rules_customer import ATTRIBUTES
from domain.rules_pictures import PICTURE_FIELDS, PICTURE_NAMES, PREFIX
from domain.rules_values import Type
from store.calendar_sql import DayOfText
from store.tables import cases, customers, facts, pictures
from store.term import Term

PICTURE = pictures.alias("picture")
"""Her picture where it is joined: one look-up for all that a rule asks of it."""

_WHOLE = frozenset({"alive", "recency", "frequency", "monetary", "cluster"})


def named(name: str, currency: str, *, joined: bool = False) -> Term:
    """
    Give the term of a name, for each row of `customers`: an attribute, of her picture, or else a fact.

    With *joined*, `PICTURE` must be joined, which what is asked of her picture then comes from.
    """
    if name in PICTURE_NAMES:
        return _of_picture(name, currency, joined=joined)
    kind = ATTRIBUTES.get(name)
    match name:
        case _ if kind is None:
            return _fact(name.removeprefix("fact."))
        case "open_cases":
            still_open = [state.value for state in CaseState if state.is_open]
            mine = select(func.count()).select_from(cases).where(cases.c.customer_id == customers.c.id)
            counted = mine.where(cases.c.state.in_(still_open)).correlate(customers).scalar_subquery()
            return Term(kind, counted, exact=True)
        case "owner":
            return Term(kind, customers.c.owner_id, exact=True)
        case _:
            return Term(kind, customers.c[name])


def _of_picture(name: str, currency: str, *, joined: bool) -> Term:
    short = name.removeprefix(PREFIX)
    column: ColumnElement[Any] = (PICTURE if joined else pictures).c[PICTURE_FIELDS.get(short, short)]
    if short == "clv":
        column = cast(column, Float) / 10.0 ** minor_digits(currency)
    if joined:
        return Term(PICTURE_NAMES[name], column, exact=short in _WHOLE)
    mine = select(column).where(pictures.c.customer_id == customers.c.id).correlate(customers)
    return Term(PICTURE_NAMES[name], mine.scalar_subquery(), exact=short in _WHOLE)


def _fact(name: str) -> Term:
    def current(column: ColumnElement[Any]) -> ColumnElement[Any]:
        mine = select(column).where(facts.c.customer_id == customers.c.id, facts.c.name == name, facts.c.current)
        return mine.correlate(customers).scalar_subquery()

    return Term(
        Type.ANY, word=current(facts.c.word), figure=current(facts.c.figure), day=current(DayOfText(facts.c.word))
    )
