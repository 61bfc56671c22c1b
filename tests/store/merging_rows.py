"""Rows in every table that knows customers, for tests of merging: some clash between the two, some do not."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, Column, Date, Float, Integer, Numeric, String, Table, Text, insert, select

from store import tallies
from store.customer_words import renew_words
from store.database import Tx
from store.merging_rules import TREATMENTS
from store.tables import care_runs, cases, customers, events, metadata, recipient_tallies, runs, sendings, waves
from store.types import AutoId, Json, UtcDateTime

NOW = dt.datetime(2027, 3, 2, 10, 0, tzinfo=dt.UTC)
KEPT, GONE, OTHER = 11, 12, 13
_BY_HAND = frozenset(
    {"customer_words", "merges", "duplicates", "runs", "cases", "people", "recipients", "referrals", "topics"}
)
_AT = {KEPT: 100, GONE: 200}


async def fill(tx: Tx) -> None:
    """Put in three customers, of whom the first two have rows in every table."""
    people = [
        {"id": KEPT, "number": "A-1", "name": "Eva Malá", "email": "eva@example.org", "tags": ["vip"]},
        {"id": GONE, "number": "B-2", "chat_id": 900, "name": "Eva Mala", "town": "Brno", "phone": "+420 777 111 222"},
        {"id": OTHER, "number": "C-3", "name": "Jan Novák"},
    ]
    for row in people:
        await tx.execute(insert(customers).values(created_at=NOW, **row))
    await renew_words(tx, [KEPT, GONE, OTHER])
    for place in range(3):
        await tx.execute(insert(waves).values(**_row(waves, 1, place)))
        await tx.execute(insert(sendings).values(**_row(sendings, 1, place)))
        await tx.execute(insert(events).values(**(_row(events, 1, place) | {"id": 1 + place})))
        await tx.execute(insert(care_runs).values(**_row(care_runs, 1, place)))
    for table in metadata.sorted_tables:
        if table.name in {"runs", "cases"}:
            await _put_parents(tx, table)
        elif (table.name, "customer_id") in TREATMENTS and table.name not in _BY_HAND:
            for customer in (KEPT, GONE):
                for place in (0, 1 if customer == KEPT else 2):  # place 0 is the same for both
                    await _put(tx, table, customer, place)
    await _put_by_hand(tx)
    await tallies.mend(tx)


async def snapshot(tx: Tx, *without: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, but those of tables that are named."""
    found = {}
    for table in metadata.sorted_tables:
        if table.name not in without:
            rows = await tx.execute(select(table).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(map(repr, row)) for row in rows]
    found[recipient_tallies.name] = [row for row in found[recipient_tallies.name] if row[-1] != "0"]
    return found


async def _put_parents(tx: Tx, table: Table) -> None:
    for customer in (KEPT, GONE):
        for place in (0, 1):
            row = _row(table, customer, place)
            row |= {"id": customer * 10 + place, "state": "open" if table is runs else "new"}
            if table is runs:
                row |= {"focus": row["id"], "script_id": "nps" if place == 0 else f"only-{customer}"}
            if table is cases:
                row |= {"run_id": customer * 10 + place, "merged_into": None}
            await tx.execute(insert(table).values(**row))


async def _put(tx: Tx, table: Table, customer: int, place: int) -> None:
    keys = [column.name for column in table.primary_key.columns]
    if place and keys == ["customer_id"]:
        return
    row = _row(table, customer, place)
    if "id" in row:
        row["id"] = customer * 10 + place
    if table.name in {"former_topics", "staff_messages"}:
        row["message_id" if table.name == "staff_messages" else "thread_id"] = customer * 10 + place
        row["ref"] = f"in:{customer}:{place}"
    if table.name == "verbatim_themes":
        row["run_id"] = customer * 10
    if "current" in row:
        row["name" if table.name == "facts" else "purpose"] = ("marketing", "surveys", "profiling")[place]
    values = {name: value for name, value in row.items() if name in table.c}
    if "external_id" in values:
        values["external_id"] = f"x-{customer}-{place}"
    await tx.execute(insert(table).values(**values))


async def _put_by_hand(tx: Tx) -> None:
    tables = metadata.tables
    for pair, state in (((KEPT, GONE), "proposed"), ((GONE, OTHER), "apart"), ((KEPT, OTHER), "proposed")):
        values = {"first_id": pair[0], "second_id": pair[1], "found_at": NOW, "evidence": {"for": ["email"]}}
        await tx.execute(insert(tables["duplicates"]).values(**values, state=state))
    for company, person in ((KEPT, GONE), (OTHER, GONE), (OTHER, KEPT), (GONE, OTHER)):
        since = NOW + dt.timedelta(days=company)
        values = {"company_id": company, "person_id": person, "roles": ["buyer"], "title": "", "since": since}
        await tx.execute(insert(tables["people"]).values(**values))
    for customer, state in ((KEPT, "queued"), (GONE, "sent")):
        values = {"sending_id": 1, "customer_id": customer, "state": state, "reason": "", "at": NOW}
        await tx.execute(insert(tables["recipients"]).values(**values))
        referral = {"referred_id": OTHER + customer, "customer_id": customer, "at": NOW, "state": "joined"}
        await tx.execute(insert(tables["referrals"]).values(**referral))
        topic = {"customer_id": customer, "chat_id": -5, "thread_id": customer, "name": "Eva"}
        await tx.execute(insert(tables["topics"]).values(**topic))


def _row(table: Table, customer: int, place: int) -> dict[str, Any]:
    row = {}
    for column in table.columns:
        if not (column.type is AutoId and column.name != "id"):
            row[column.name] = _value(column, customer, place)
    return row


def _value(column: Column[Any], customer: int, place: int) -> Any:
    match column.name:
        case "customer_id" | "earner_id":
            return customer
        case "code" | "number":
            return f"{customer}-{place}"
        case "sending_id" | "newsletter_id" | "wave_id" | "import_id" | "event_id":
            return 1 + place
        case "lot_id":
            return customer * 10 + place
        case "run_id" if column.table.name == "plan_actions":
            return 1 + place
        case "state":
            return "waiting"
        case "record":
            return {"cells": {"id": f"{customer}-{place}"}}
        case "ref" if column.table.name == "outbox":
            return f"customer:{customer}"
    age = dt.timedelta(days=_AT.get(customer, 0) + place)
    match column.type:
        case UtcDateTime():
            return NOW + age
        case Date():
            return (NOW + age).date()
        case Json():
            return {"place": place}
        case Boolean():
            return True
        case Float() | Numeric():
            return 1
        case Integer():
            return 1 + place
        case String() | Text():
            return f"{column.name[:2]}{place}"
    raise AssertionError(f"{column}: no value for its type; add one here")
