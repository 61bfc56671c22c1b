"""Unbroken time of many customers: in SQL and in what the night keeps it is what plain Python measures."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import insert, select

from domain.durations import parse_duration
from domain.kept_measures import Measure
from domain.measures import Measures
from domain.purchases import Purchase
from domain.rules_values import Span, Value
from insight.histories import date_of, day_number, histories_of
from insight.kept_measures import NEVER, measure
from store.database import Database, Tx
from store.histories import load_histories
from store.ids import new_id
from store.measures_sql import Moment, PurchaseMeasures
from store.rules_facts import customer_facts
from store.tables import customers, purchases
from tests.store.rules_rows import ZONE
from tests.store.sending_rows import put_customers

COUNT = 150
FIRST = dt.date(2023, 12, 1)


def subscription(dice: random.Random, customer_id: int) -> list[dict[str, Any]]:
    """Bills that come in time, early, a day late or twice, and refunds, mostly at the end of months."""
    day = FIRST + dt.timedelta(days=dice.choice([0, 28, 29, 30, 59, 60, 61, 90]))
    lines: list[dict[str, Any]] = []
    begin, months = day, 0
    for _ in range(dice.choice([1, 3, 8, 20])):
        count = dice.choice([1, 1, 1, 1, 2, 3, 12])
        is_return = bool(lines) and dice.random() < 0.15
        lines.append(
            {
                "id": new_id(),
                "customer_id": customer_id,
                "receipt": f"r{len(lines)}",
                "at": dt.datetime.combine(day, dt.time(dice.choice([0, 12, 23])), ZONE),
                "group_name": dice.choice(["magazine"] * 9 + ["wine"]),
                "quantity": dice.choice([str(count), f"{count}.5", f"-{count}"]),
                "amount_minor": -500 if is_return else dice.choice([0, 500]),
                "currency": "EUR",
            }
        )
        months += -count if is_return else count
        due = parse_duration(f"{max(months, 0)}m").after_date(begin)
        step = dice.choice([0, 0, 0, 0, 0, 0, -1, -20, 1])
        day = max(day, due + dt.timedelta(days=step)) if dice.random() < 0.8 else day
        if step == 1:
            begin, months = day, 0
    dice.shuffle(lines)
    return lines


def began(lines: Iterable[Purchase], at: dt.datetime, arguments: dict[str, Value | None]) -> dt.date:
    span = Measures(lines, at).call("unbroken", arguments)
    assert isinstance(span, Span)
    return span.begins


async def put_subscriptions(tx: Tx, seed: int) -> None:
    dice = random.Random(seed)
    await put_customers(tx, range(1, COUNT + 1))
    await tx.execute(insert(purchases), [line for who in range(1, COUNT + 1) for line in subscription(dice, who)])


@pytest.mark.parametrize(("day", "each"), [("2025-02-28", "1m"), ("2024-03-31", "1m"), ("2026-05-01", "12m")])
async def test_unbroken_time_in_sql_and_of_the_night_is_that_of_python(database: Database, day: str, each: str) -> None:
    """K2: one meaning, with month ends, early renewals and refunds; and the night knows the day on which it lapses."""
    at = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(12), ZONE)
    arguments: dict[str, Value | None] = {"group": "magazine", "each": parse_duration(each)}
    async with database.write() as tx:
        await put_subscriptions(tx, 1)
        facts = await customer_facts(tx, range(1, COUNT + 1), at)
        known = {who: each.purchases for who, each in facts.items()}
        begins = PurchaseMeasures(Moment(at, "EUR")).unbroken("magazine", parse_duration(each))
        in_sql = {row[0]: row[1] for row in await tx.execute(select(customers.c.id, begins))}
        histories = histories_of(await load_histories(tx, 0, COUNT, at, ZONE, "EUR"))
        kept = measure(histories, [Measure("unbroken", tuple(arguments.items()))], at, ZONE, "EUR")
    in_python = {who: began(lines, at, arguments) for who, lines in known.items()}
    assert in_sql == in_python
    assert len(set(in_python.values())) > 5
    for who, value, due in zip(kept.customers.tolist(), kept.columns[:, 0].tolist(), kept.due_on.tolist(), strict=True):
        assert in_python[who] == (at.date() if math.isnan(value) else date_of(int(value)))
        if day_number(at.date()) < due < NEVER:
            eve = dt.datetime.combine(date_of(due - 1), dt.time(12), ZONE)
            assert began(known[who], eve, arguments) == (eve.date() if math.isnan(value) else in_python[who])
