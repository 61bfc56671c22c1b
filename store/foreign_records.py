"""Contacts as another system wrote them, beside what is known of these customers by now."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select

from domain.customers import Purpose
from store.database import Tx
from store.tables import consents, customers, foreign_records

_COLUMNS = ("number", "name", "company", "town", "birth_date", "email", "phone", "language")


@dataclass(frozen=True, slots=True)
class ForeignContact:
    """
    One customer of another system: her present `values` by column, and her records there, cell by header.

    Of several records, after a merge, the first is hers. `agrees` is her yes or no to newsletters.
    """

    customer_id: int
    values: Mapping[str, Any]
    agrees: bool | None
    records: tuple[Mapping[str, str], ...]


async def count_foreign(tx: Tx, system: str) -> int:
    """Return how many customers have a record of that system."""
    of_system = foreign_records.c.system == system
    return int(await tx.scalar(select(func.count()).select_from(foreign_records).where(of_system)) or 0)


async def foreign_contacts(tx: Tx, system: str, *, size: int = 2000) -> AsyncIterator[list[ForeignContact]]:
    """Give every customer with a record of that system once, in pages and in the order of their ids."""
    said = and_(
        consents.c.customer_id == customers.c.id, consents.c.purpose == Purpose.MARKETING.value, consents.c.current
    )
    tables = foreign_records.join(customers, customers.c.id == foreign_records.c.customer_id).outerjoin(consents, said)
    columns = [customers.c[name] for name in _COLUMNS]
    wanted = select(foreign_records.c.customer_id, foreign_records.c.record, consents.c.given, *columns)
    wanted = wanted.select_from(tables).where(foreign_records.c.system == system)
    ordered = wanted.order_by(foreign_records.c.customer_id).limit(size)
    after = 0
    while True:
        rows = (await tx.execute(ordered.where(foreign_records.c.customer_id > after))).all()
        if rows:
            yield [
                ForeignContact(row[0], dict(zip(_COLUMNS, row[3:], strict=True)), row[2], _records(row[1]))
                for row in rows
            ]
            after = rows[-1][0]
        if len(rows) < size:
            return


def _records(record: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    return tuple(each["cells"] for each in (record, *record.get("also", ())))
