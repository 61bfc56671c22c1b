"""The HTTP interface against kills, and against bodies that nobody would think of."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.console.api_answers import answer, no_table, report_body
from bot.console.api_bodies import csv_source, json_source
from bot.imports import ImportSettings
from bot.imports_running import map_header, run_import
from domain.company import Company
from domain.faults import Fault, Faults
from domain.imports import ImportKind
from store.customers import add_customers
from store.database import Database, store_url
from store.tables import imports, purchases
from tests.bot.test_console_api import KEY, NOW, served

ROWS = [
    {"customer": "C1", "receipt": f"r{n}", "at": "2027-03-01T12:00:00Z", "product": f"p{n}", "amount": n}
    for n in range(6000)
]


async def test_process_killed_in_a_request_leaves_no_half_of_it(sqlite_url: str) -> None:
    """What was stored of it is taken back before the next request, which brings it whole and once."""
    database = Database(store_url(sqlite_url))
    async with database.write() as tx:
        await add_customers(tx, [{"number": "C1", "created_at": NOW}])
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.killed_api", sqlite_url, KEY, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    url = (await child.stdout.readline()).decode().strip()
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        with pytest.raises(aiohttp.ClientError):
            await session.post(f"{url}/api/purchases", json=ROWS)
    assert await child.wait() < 0
    async with database.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(purchases)) == 4000
    async with served(database) as door:
        status, told, _ = await door.post(ROWS)
    async with database.read() as tx:
        states = list(await tx.scalars(select(imports.c.state).order_by(imports.c.id)))
        count, distinct = (
            await tx.execute(select(func.count(), func.count(purchases.c.receipt.distinct())).select_from(purchases))
        ).one()
    await database.close()
    assert (status, told["kept"], told["skipped"]) == (200, 6000, 0)
    assert (states, count, distinct) == (["undone", "done"], 6000, 6000)


async def test_same_key_at_the_same_time_is_carried_out_once_and_answered_alike(database: Database) -> None:
    """A till that sends twice gets one answer twice."""
    async with database.write() as tx:
        await add_customers(tx, [{"number": "C1", "created_at": NOW}])
    async with served(database) as door:
        told = await asyncio.gather(*(door.post(ROWS[:20], Idempotency_Key="one") for _ in range(4)))
    assert [body for _, body, _ in told] == [told[0][1]] * 4
    async with database.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(imports)) == 1


_SIGNS = st.characters(exclude_categories=())  # halves of characters too, which JSON can write
_KEYS = st.text(_SIGNS, max_size=5)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(_SIGNS, max_size=20)
    | st.sampled_from(["C1", "2027-03-01", "12,50", "-1", "0", "1e400", "\x00", "'=1+1", "9" * 400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_COLUMNS = ("customer", "at", "amount", "receipt", "quantity", "currency", "external_id", "product", "group")
_BODIES = st.one_of(
    st.binary(max_size=60),
    _VALUES.map(lambda value: json.dumps(value).encode()),
    st.lists(st.dictionaries(st.sampled_from(_COLUMNS) | _KEYS, _VALUES, max_size=9), max_size=5).map(
        lambda rows: json.dumps({"rows": rows}).encode()
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_BODIES, is_csv=st.booleans())
async def test_any_body_is_a_report_or_faults_and_never_a_traceback(
    sqlite_database: Database, body: bytes, is_csv: bool
) -> None:
    """kept + skipped + bad = read, or every fault with a remedy."""
    company = Company()
    options = ImportSettings(company, NOW, company.zone, "EUR", new_customers=True, dry_run=True)
    found: tuple[Fault, ...] = ()
    try:
        source = csv_source(body, None) if is_csv else json_source(body)
        async with sqlite_database.read() as tx:
            mapped = await map_header(tx, ImportKind.PURCHASES, source)
    except Faults as faults:
        found = faults.faults
    assert all(fault.remedy for fault in found)
    if found:
        assert no_table(Faults(found)).status == 400
        return
    report = await run_import(sqlite_database, ImportKind.PURCHASES, source, mapped, options)
    assert report.kept + report.skipped + len(report.bad) == report.read
    assert answer(200, report_body(report)).status == 200
    assert all(bad.problem and bad.line >= 1 for bad in report.bad)
