"""
Where kept measures may stand for the lines themselves: only where they give the very same verdict.

A customer's row is right from the moment of the night on, until the day on which time alone changes one of its values,
unless her lines were changed (`stale_customers`) or she has newer ones. Everybody else is measured live.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from domain.kept_measures import Measure, measures_to_keep
from domain.rules_tree import Rule
from store.database import Tx
from store.kept_measures import last_measured, the_slots
from store.tables import kept_measures, purchases, stale_customers
from store.without_rows import customers_without, within


class WithoutIndex(FunctionElement[Any]):
    """
    The column as it is, which SQLite is not to look up by an index.

    Nearly every row is right and due later: one by one through an index they take ten times as long as in their order.
    """

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(WithoutIndex)
def _as_it_is(element: WithoutIndex, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(+{column})" if compiler.dialect.name == "sqlite" else column


KEPT = kept_measures.alias("kept")
MOST_NEWER = 300_000
"""With more lines newer than the night, small steps through an audience cost less without looking through these."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a rule may take from `KEPT` on *today* instead of from purchases: columns by measure; *mark* as of when."""

    columns: Mapping[Measure, ColumnElement[float]]
    today: dt.date
    mark: int

    def is_right(self) -> list[ColumnElement[bool]]:
        """Say of a row of `KEPT` that it is right."""
        who, due_on = KEPT.c.customer_id, WithoutIndex(KEPT.c.due_on)
        stale = select(stale_customers.c.customer_id)
        return [due_on > self.today, who.not_in(stale), who.not_in(self._newer())]

    def _newer(self) -> Select[Any]:
        return select(purchases.c.customer_id).where(purchases.c.id > self.mark)

    async def others(self, tx: Tx, after: int = 0, upto: int | None = None) -> Select[Any]:
        """
        Select the ids above *after* and up to *upto* of all customers who have no row that is right.

        An id may come from several sides.
        """
        due = select(kept_measures.c.customer_id).where(kept_measures.c.due_on <= self.today)
        stale = select(stale_customers.c.customer_id)
        parts = [due, stale, self._newer()]
        if (without := await customers_without(tx, kept_measures, after, upto)) is not None:
            parts.append(without)
        found = union(*parts).subquery().c.customer_id
        return select(found).where(*within(found, after, upto))


async def fresh_measures(
    tx: Tx, rule: Rule, at: dt.datetime, currency: str, *, most_newer: int | None = None
) -> Fresh | None:
    """
    Return what is kept of what *rule* measures at *at* (aware, in the company's zone); None where nothing helps.

    Nothing does for a moment before the last night, in another zone or currency, or with more than *most_newer* lines
    since that night.
    """
    wanted = measures_to_keep([rule])
    night = await last_measured(tx) if wanted else None
    if night is None or at < night.at or (night.zone, night.currency) != (str(at.tzinfo), currency):
        return None
    slots = await the_slots(tx)
    places = dict(zip(slots.measures, slots.numbers, strict=True))
    columns = {each: KEPT.c[f"m{places[each]:02d}"] for each in wanted if each in places}
    if not columns:
        return None
    if most_newer is not None:
        newer = select(literal(1)).where(purchases.c.id > night.mark).limit(most_newer + 1).subquery()
        if (await tx.scalar(select(func.count()).select_from(newer)) or 0) > most_newer:
            return None
    return Fresh(columns, at.date(), night.mark)


async def measures_not_kept(tx: Tx, rule: Rule) -> list[Measure]:
    """Return what *rule* measures that could be kept and is not."""
    wanted = measures_to_keep([rule])
    kept = set((await the_slots(tx)).measures) if wanted else set()
    return [each for each in wanted if each not in kept]
