"""What a store holds under the names that rules ask for: product groups and products, towns, languages."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select

from domain.rules_check import Mistake
from domain.rules_names import GOODS, TOWN, Asked, asked_of_store, unheard_of
from domain.rules_tree import Rule
from store.database import Tx, unhurried
from store.tables import customers, purchases

_OFFERED = 500
"""Of how many names of a kind the likest is looked for."""


async def unheard_of_in(tx: Tx, rule: Rule, languages: Iterable[str] = ()) -> tuple[Mistake, ...]:
    """
    List the words of *rule* for which the store holds nothing: most likely slips, though they may come tomorrow.

    The company's own *languages* are known. Where a store holds nothing of a kind at all, nothing is said of it.
    """
    spoken = set(languages)
    found: dict[Mistake, None] = {}
    with unhurried(tx):
        for asked in asked_of_store(rule.root):
            if asked.word in spoken or await _holds(tx, asked):
                continue
            if held := await _held(tx, asked.kind):
                found[unheard_of(asked, {*held, *(spoken if asked.kind not in {GOODS, TOWN} else ())})] = None
    return tuple(found)


async def _holds(tx: Tx, asked: Asked) -> bool:
    if asked.kind == GOODS:
        is_it = or_(purchases.c.group_name == asked.word, purchases.c.product == asked.word)
        wanted = select(purchases.c.id).where(is_it).limit(1)
    else:
        column = customers.c.town if asked.kind == TOWN else customers.c.language
        wanted = select(customers.c.id).where(column == asked.word).limit(1)
    return await tx.scalar(wanted) is not None


async def _held(tx: Tx, kind: str) -> list[str]:
    column = {GOODS: purchases.c.group_name, TOWN: customers.c.town}.get(kind, customers.c.language)
    return list(await tx.scalars(select(column).where(column != "").distinct().limit(_OFFERED)))
