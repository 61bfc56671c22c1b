"""A customer with rows in every table, unmistakable words of hers in every column that can hold words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Column, String, Table, Text, and_, insert, select, update

from store.customer_words import renew_words
from store.database import Tx
from store.erasing_rules import ERASING, Fate
from store.tables import (
    answers,
    audit,
    case_clocks,
    case_events,
    cases,
    contact_edits,
    contacts,
    coupon_tries,
    coupons,
    customers,
    erasures,
    imports,
    inbox,
    merges,
    metadata,
    runs,
)
from store.types import Json
from tests.store.merging_rows import KEPT, NOW, OTHER, fill

HER = KEPT
MARK = "Zuzankova"
CHAT = 707_070_707
_ROWS_OF_THEIR_OWN = frozenset({"customer_words", "inbox", "imports", "audit", "merges", "erasures"})
SHOE, WHY = "score", "why"


async def put_her(tx: Tx) -> None:
    """Fill the store, and mark every word of hers."""
    await fill(tx)
    await _put_others(tx)
    for table in metadata.sorted_tables:
        erasing = ERASING[table.name]
        if erasing.fate is Fate.NOTHING or table.name in _ROWS_OF_THEIR_OWN:
            continue
        words = [column for column in table.columns if _holds_words(table, column)]
        keys = table.primary_key.columns
        for place, row in enumerate((await tx.execute(select(*keys).where(_hers(table)))).all() if words else ()):
            this = and_(*(key == value for key, value in zip(keys, row, strict=True)))
            await tx.execute(update(table).where(this).values({each.name: _marked(each, place) for each in words}))
    await tx.execute(update(answers).where(answers.c.question == SHOE).values(value=9))
    her = {
        "name": f"Anna {MARK}",
        "chat_id": CHAT,
        "phone": f"+420{CHAT}",
        "number": f"N-{MARK}",
        "birth_date": dt.date(1990, 5, 5),
    }
    await tx.execute(update(customers).where(customers.c.id == HER).values(**her))
    await renew_words(tx, [HER])


def _holds_words(table: Table, column: Column[Any]) -> bool:
    if column.name in ERASING[table.name].kept or column.foreign_keys or column.primary_key:
        return False
    return isinstance(column.type, Json | String | Text) and column.name not in {"language", "timezone", "system"}


def _marked(column: Column[Any], place: int) -> Any:
    if isinstance(column.type, Json):
        return {"told": f"{MARK} {column.table.name}"} if column.name != "tags" else [MARK]
    word = f"{MARK}{place} {column.table.name}.{column.name}"
    return word[: column.type.length] if isinstance(column.type, String) and column.type.length else word


def _hers(table: Table) -> Any:
    through = ("run_id", "runs") if table is answers else ERASING[table.name].through
    if through is None:
        return table.c[ERASING[table.name].by[0]] == HER
    parent = metadata.tables[through[1]]
    return table.c[through[0]].in_(select(parent.c.id).where(parent.c.customer_id == HER))


async def _put_others(tx: Tx) -> None:
    contact = await tx.scalar(select(contacts.c.id).where(contacts.c.customer_id == HER).limit(1))
    case = await tx.scalar(select(cases.c.id).where(cases.c.customer_id == HER).limit(1))
    run = await tx.scalar(select(runs.c.id).where(runs.c.customer_id == HER).limit(1))
    await tx.execute(insert(contact_edits).values(id=1, contact_id=contact, at=NOW, text=MARK))
    await tx.execute(insert(case_events).values(id=1, case_id=case, at=NOW, move="note", text=MARK))
    clock = {"case_id": case, "clock": "first_answer", "started_at": NOW, "target_s": 60}
    await tx.execute(insert(case_clocks).values(id=1, **clock))
    coupon = await tx.scalar(select(coupons.c.id).where(coupons.c.customer_id == HER).limit(1))
    await tx.execute(insert(coupon_tries).values(id=1, coupon_id=coupon, at=NOW, staff_id=7, outcome="twice"))
    for place, (question, value) in enumerate(((SHOE, 9), (WHY, MARK))):
        said = {"run_id": run, "question": question, "version": 1, "at": NOW, "value": value, "text": ""}
        await tx.execute(insert(answers).values(id=place + 1, **said, skipped=False, closed=True, reopened=False))
    body = f'{{"update_id":1,"message":{{"message_id":3,"chat":{{"id":{CHAT}}},"text":"{MARK} says"}}}}'
    values = {"update_id": 1, "received_at": NOW, "body": body, "state": "done", "error": MARK, "done_at": NOW}
    await tx.execute(insert(inbox).values(**values))
    theirs = {"update_id": 2, "received_at": NOW, "body": f'{{"text":"ask {MARK}"}}', "state": "done"}
    await tx.execute(insert(inbox).values(**theirs))
    detail = {"problems": [{"line": 3, "value": f"{MARK} x"}, {"line": 4, "value": "Jan"}]}
    bad = {"kind": "customers", "source": "a.csv", "state": "done", "started_at": NOW, "detail": detail}
    await tx.execute(insert(imports).values(**bad))
    look = {"id": 1, "at": NOW, "staff_id": 7, "act": "customer.show", "subject": f"customer:{HER}"}
    await tx.execute(insert(audit).values(**look, detail={"word": MARK}))
    gone = {"gone": {"name": f"{MARK} before"}, "steps": [], "imports": [], "moved": {}}
    await tx.execute(insert(merges).values(kept_id=HER, gone_id=99, gone_number=MARK, at=NOW, detail=gone))
    await tx.execute(insert(erasures).values(id=5, was_id=OTHER + 50, asked_at=NOW, asked_by="customer", done_at=NOW))
