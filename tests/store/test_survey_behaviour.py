"""What the invited did before and after, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import insert, update

from domain.behaviour import Behaviour, Took
from domain.cases import CaseKind
from domain.dialogues import OpenCase, RunState
from store import survey_behaviour
from store.cases import open_case
from store.database import Database
from store.survey_behaviour import behaviours, span_of
from store.survey_scope import Scope
from store.tables import customers, purchases, signals
from tests.store.survey_rows import DAY, NOW, put_contact, put_customers, put_invited, put_no_more

ASKED = NOW - 100 * DAY
SCOPE = Scope("nps", NOW - 200 * DAY, NOW)


def receipt(number: int, at: dt.datetime, amount: int = 1000, currency: str = "EUR") -> dict[str, object]:
    """Make a line of a purchase of customer 1."""
    return {
        "id": number, "customer_id": 1, "receipt": f"r{number // 2}", "at": at, "amount_minor": amount,
        "currency": currency,
    }  # fmt: skip


async def test_spans_before_and_after_are_equal_and_half_open(database: Database) -> None:
    """The invitation's moment belongs to the span after; a receipt of two lines is one visit; other money is left."""
    async with database.write() as tx:
        await put_customers(tx, 1, 2, 3, 4)
        await put_invited(tx, 0, 1, ASKED, ("score", 9), by="staff:1")
        await put_invited(tx, 0, 2, ASKED, ("score", 9), state=RunState.EXPIRED, by="staff:1")
        await put_invited(tx, 0, 3, ASKED, state=RunState.EXPIRED, by="staff:1")
        await put_invited(tx, 0, 4, ASKED, state=RunState.OPEN, by="staff:1")
        bought = [
            receipt(1, ASKED - 91 * DAY), receipt(2, ASKED - 90 * DAY), receipt(3, ASKED - 90 * DAY),
            receipt(4, ASKED), receipt(6, ASKED + 89 * DAY, 500), receipt(8, ASKED + 89 * DAY, 9, "SEK"),
            receipt(10, ASKED + 90 * DAY),
        ]  # fmt: skip
        await tx.execute(insert(purchases), bought)
        await put_contact(tx, 1, ASKED - DAY, direction="in", kind="words", state="received")
        await put_contact(tx, 1, ASKED + DAY, direction="in", kind="answer", state="received")
        await open_case(tx, 3, OpenCase(CaseKind.COMPLAINT, "delivery"), ASKED + DAY, due=ASKED + 2 * DAY)
        await put_no_more(tx, 3, ASKED + 2 * DAY)
        await tx.execute(update(customers).where(customers.c.id == 3).values(reach="blocked"))
        sign = {"id": 1, "customer_id": 3, "at": ASKED + 3 * DAY, "evidence": {}}
        await tx.execute(insert(signals), [{**sign, "kind": "abandoned_survey"}])
        span, count = await span_of(tx, SCOPE, NOW)
        assert (span, count) == (90, 3)
        found = await behaviours(tx, SCOPE, "score", "EUR", NOW, span, count)
    assert sorted(found, key=lambda one: one.took) == [
        Behaviour(Took.ANSWERED, 1, 3, 2000, 1500, 1, 0, False, False, False, False),
        Behaviour(Took.PARTIAL, 0, 0, 0, 0, 0, 0, False, False, False, False),
        Behaviour(Took.SILENT, 0, 0, 0, 0, 0, 0, True, True, True, False),
    ]


async def test_span_shortens_for_a_young_survey_and_waits_for_a_younger_one(database: Database) -> None:
    """Half of the invited must have the span behind them; under thirty days there is nothing to compare."""
    async with database.write() as tx:
        await put_customers(tx, 1, 2, 3)
        await put_invited(tx, 0, 1, NOW - 10 * DAY, by="staff:1")
        assert await span_of(tx, SCOPE, NOW) == (0, 0)
        await put_invited(tx, 0, 2, NOW - 40 * DAY, by="staff:1")
        assert await span_of(tx, SCOPE, NOW) == (30, 1)
        await put_invited(tx, 0, 3, NOW - 70 * DAY, by="staff:1")
        assert await span_of(tx, SCOPE, NOW) == (30, 2)


async def test_very_many_cases_are_sampled_evenly(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine cases where four are enough: each third customer."""
    monkeypatch.setattr(survey_behaviour, "MOST", 4)
    async with database.write() as tx:
        await put_customers(tx, *range(1, 10))
        for customer in range(1, 10):
            await put_invited(tx, 0, customer, ASKED, ("score", 9), by="staff:1")
        span, count = await span_of(tx, SCOPE, NOW)
        found = await behaviours(tx, SCOPE, "score", "EUR", NOW, span, count)
    assert (count, len(found)) == (9, 3)
