"""What an import of customers writes, as rows; each statement is carried out for many of them at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, insert, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase

from domain.customers import Purpose
from store.customer_consents import Answer
from store.database import Tx
from store.row_by_row import RowByRow
from store.tables import consents, customers, facts, foreign_records, import_changes

SET_ASIDE = {
    "facts": RowByRow(lambda _: update(facts).where(facts.c.id == bindparam("row")).values(current=False)),
    "consents": RowByRow(lambda _: update(consents).where(consents.c.id == bindparam("row")).values(current=False)),
}
ADD_CUSTOMERS = RowByRow(lambda _: insert(customers))
ADD_FACTS = RowByRow(lambda _: insert(facts))
ADD_ANSWERS = RowByRow(lambda _: insert(consents))


def _put_record(dialect: str) -> UpdateBase:
    put = (postgresql if dialect == "postgresql" else sqlite).insert(foreign_records)
    statement: UpdateBase = put.on_conflict_do_update(
        index_elements=["customer_id", "system"],
        set_={"record": put.excluded.record, "import_id": put.excluded.import_id},
    )
    return statement


def _put_note(dialect: str) -> UpdateBase:
    note = (postgresql if dialect == "postgresql" else sqlite).insert(import_changes)
    statement: UpdateBase = note.on_conflict_do_update(
        index_elements=["import_id", "customer_id", "field"], set_={"after": note.excluded.after}
    )
    return statement


PUT_RECORDS, PUT_NOTES = RowByRow(_put_record), RowByRow(_put_note)


async def free_ids(tx: Tx, count: int) -> list[int]:
    """Take ids for new customers from the database's own counter: asking each row for its id takes ten times longer."""
    if tx.dialect.name == "postgresql":
        series = "SELECT nextval(pg_get_serial_sequence('customers', 'id')) FROM generate_series(1, :count)"
        return sorted(await tx.scalars(text(series), {"count": count}))
    last = await tx.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'customers'")) or 0
    return list(range(last + 1, last + 1 + count))


def with_record(known: dict[str, Any] | None, cells: dict[str, str], key: str) -> dict[str, Any]:
    """Return the kept record with *cells* in it: in place of the one with the same id there, else beside the others."""
    if known is None:
        return {"cells": cells}
    every: list[dict[str, Any]] = [{"cells": known["cells"]}, *known.get("also", ())]
    same = [place for place, each in enumerate(every) if each["cells"].get(key) == cells.get(key)]
    if same:
        every[same[0]] = {"cells": cells}
    elif all(each["cells"] != cells for each in every):
        every.append({"cells": cells})
    return {**every[0], **({"also": every[1:]} if len(every) > 1 else {})}


def fact_row(each: tuple[int, int, str, Any], ids: Mapping[int, int], source: str, now: dt.datetime) -> dict[str, Any]:
    """Make the row of an imported fact: its id, customer, name and value; *ids* are those of new customers."""
    fact_id, who, name, value = each
    word = ("yes" if value else "no") if isinstance(value, bool) else value if isinstance(value, str) else None
    figure = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    hers = {"id": fact_id, "customer_id": ids.get(who, who), "name": name, "value": value, "word": word}
    return {**hers, "figure": figure, "source": source, "at": now, "current": True}


def answer_row(answer: Answer, who: int) -> dict[str, Any]:
    """Make the row of an imported yes or no to newsletters."""
    values = {"given": answer.given, "text_version": answer.text_version, "source": answer.source, "at": answer.at}
    return {
        "id": answer.id,
        "customer_id": who,
        "purpose": Purpose.MARKETING.value,
        **values,
        "current": answer.current,
    }
