"""The undo of an import of customers: who cannot go loses what it gave her, and goes when nothing holds her."""

from __future__ import annotations

import datetime as dt
import io

from sqlalchemy import select, update

from bot.imports import ImportSettings
from bot.imports_running import map_header, open_source, run_import
from domain.company import Company
from domain.customers import Consent, Purpose
from domain.imports import ImportKind
from store.consents import give_consents
from store.customers import search_customers
from store.database import Database
from store.facts import known_facts
from store.imports import undo_import
from store.tables import consents, customers
from tests.bot.test_import_customers import take
from tests.store.merging_rows import snapshot

NOW = dt.datetime(2027, 3, 2, 10, 0, tzinfo=dt.UTC)
_LOGS = ("imports", "stale_customers")
_ASKED = "number,marketing_consent,consent_at,consent_source\n"
_EVA_AND_JAN = (
    "number,telegram_id,name,language,kind,town,birth_date,email,phone,tags,marketing_consent,consent_at,"
    "consent_source,Shoe size\n"
    "A-1,501,Eva Malá,cs,company,Brno,1980-05-01,eva@example.org,+420 777 111 222,vip;summer,yes,2026-01-02,shop,38\n"
    "A-2,,Jan,,,,,,,,,,,\n"
)


async def test_customer_who_stays_loses_all_that_the_import_gave_her(database: Database) -> None:
    """Her yes, attributes, facts and tags go; her number and what others said since stay, until she can go."""
    shoe = {"fact:shoe_size": "Shoe size"}
    first = await take(database, _EVA_AND_JAN, **shoe)
    async with database.read() as tx:
        ids = {row.number: row.id for row in await tx.execute(select(customers))}
    eva = ids["A-1"]
    settings = ImportSettings(Company(), NOW, Company().zone, "EUR")
    till = open_source("till.csv", lambda: io.BytesIO(b"customer,receipt,at,amount\nA-1,R1,2026-03-02,5\n"))
    async with database.write() as tx:
        mapped = await map_header(tx, ImportKind.PURCHASES, till, {})
    bought = await run_import(database, ImportKind.PURCHASES, till, mapped, settings)
    async with database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == eva).values(town="Praha"))
    assert first.id is not None
    assert bought.id is not None
    undone = await undo_import(database, first.id, NOW)
    assert (undone.customers, undone.hanging) == (1, {"purchases": 1})
    assert undone.left == {"customers of whom more is known by now": 1, "values that were changed since": 1}
    async with database.read() as tx:
        row = (await tx.execute(select(customers))).one()
        given = (row.name, row.chat_id, row.language, row.birth_date, row.email, row.phone, row.tags, row.kind)
        assert given == ("", None, None, None, None, None, None, "consumer")
        assert (row.number, row.town) == ("A-1", "Praha")
        assert not (await tx.execute(select(consents))).all()
        assert not (await known_facts(tx, [eva])).get(eva)
        after = await snapshot(tx, *_LOGS)
        assert await search_customers(tx, "eva") == []
    again = await undo_import(database, first.id, NOW)
    assert (again.customers, again.changes, again.hanging) == (0, 0, {"purchases": 1})
    async with database.read() as tx:
        assert await snapshot(tx, *_LOGS) == after
    await undo_import(database, bought.id, NOW)
    last = await undo_import(database, first.id, NOW)
    assert (last.customers, last.left, last.hanging) == (1, {}, {})
    async with database.read() as tx:
        assert not (await tx.execute(select(customers))).all()


async def test_yes_of_another_import_stays_when_the_first_is_undone(database: Database) -> None:
    """Of two imported answers each goes with its own import, and a no that she said herself is never taken away."""
    first = await take(database, f"{_ASKED}A-1,no,2026-01-02,shop\nA-2,yes,2026-01-02,shop\n")
    second = await take(database, f"{_ASKED}A-1,yes,2026-02-02,shop\n")
    async with database.write() as tx:
        ids = {row.number: row.id for row in await tx.execute(select(customers))}
        await give_consents(tx, [(ids["A-2"], Consent(Purpose.MARKETING, False, "3", "telegram", NOW))])
    assert first.id is not None
    assert second.id is not None
    await undo_import(database, first.id, NOW)
    async with database.read() as tx:
        kept = await tx.execute(select(consents.c.customer_id, consents.c.given).where(consents.c.current))
        assert {tuple(row) for row in kept} == {(ids["A-1"], True), (ids["A-2"], False)}
    await undo_import(database, second.id, NOW)
    assert (await undo_import(database, first.id, NOW)).customers == 1
    async with database.read() as tx:
        assert list(await tx.scalars(select(consents.c.given))) == [False]
