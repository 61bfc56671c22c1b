"""Customers from files: whom a row means, what it may change, and that all of it can be taken back."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from sqlalchemy import delete, insert, select, update

from bot.imports import ImportReport, ImportSettings
from bot.imports_running import map_header, open_source, run_import
from domain.company import Company
from domain.customers import Consent, KnownFact, Purpose, Reach
from domain.imports import ImportKind
from store.consents import consents_of, give_consents
from store.customer_words import renew_words
from store.customers import customer_by_id, search_customers
from store.database import Database
from store.facts import known_facts, set_facts
from store.imports import undo_import
from store.merging import merge_customers
from store.tables import contacts, customers, import_changes
from tests.store.merging_rows import snapshot

NOW = dt.datetime(2027, 3, 2, 10, 0, tzinfo=dt.UTC)
_LOGS = ("imports", "stale_customers")


async def take(database: Database, text: str, **given: str) -> ImportReport:
    """Import a file of customers."""
    company = Company()
    settings = ImportSettings(company, NOW, company.zone, "EUR")
    source = open_source("people.csv", lambda: io.BytesIO(text.encode()))
    async with database.write() as tx:
        mapped = await map_header(tx, ImportKind.CUSTOMERS, source, given)
    return await run_import(database, ImportKind.CUSTOMERS, source, mapped, settings)


_ALL = (
    "number,telegram_id,name,language,kind,company,town,birth_date,email,phone,tags,marketing_consent,consent_at,"
    "consent_source,Shoe size\n"
    "A-1,501,Eva Malá,čeština,consumer,,Brno,1.5.1980,"
    "eva@example.org,+420 777 111 222,vip;summer,ano,2.1.2026,shop,38\n"
    "A-2,,Oy Mäkelä Ab,suomi,yritys,,Turku,,info@makela.example,040 123 4567,,,,,\n"
)


async def test_whole_row_is_kept_and_the_same_file_changes_nothing_the_second_time(database: Database) -> None:
    """Every column arrives as it is meant; she is found by her name, is not reachable yet, and undo leaves nothing."""
    async with database.read() as tx:
        before = await snapshot(tx, *_LOGS)
    first = await take(database, _ALL, **{"fact:shoe_size": "Shoe size"})
    assert (first.kept, first.skipped, first.new_customers, first.bad) == (2, 0, 2, [])
    async with database.read() as tx:
        (eva,) = await search_customers(tx, "mala")
        assert (eva.number, eva.chat_id, eva.language, eva.town) == ("A-1", 501, "cs", "Brno")
        assert eva.reach is Reach.NEVER_MET
        assert eva.agrees(Purpose.MARKETING)
        row = (await tx.execute(select(customers).where(customers.c.id == eva.id))).one()
        assert (row.birth_date, row.phone, row.tags) == (dt.date(1980, 5, 1), "+420 777 111 222", ["vip", "summer"])
        assert [(fact.name, fact.value) for fact in (await known_facts(tx, [eva.id]))[eva.id]] == [("shoe_size", 38)]
        after = await snapshot(tx, *_LOGS)
    second = await take(database, _ALL, **{"fact:shoe_size": "Shoe size"})
    assert (second.kept, second.skipped, second.new_customers) == (0, 2, 0)
    async with database.read() as tx:
        assert await snapshot(tx, *_LOGS) == after
    assert first.id is not None
    undone = await undo_import(database, first.id, NOW)
    assert (undone.customers, undone.left) == (2, {})
    async with database.read() as tx:
        assert await snapshot(tx, *_LOGS) == before


async def test_customers_without_a_number_are_warned_of_with_the_header_that_may_have_it(
    sqlite_database: Database,
) -> None:
    """Purchases could never find them; a file that changes known ones alone says nothing."""
    told = (
        "number: no column gives the customer's number, so 2 new customers have none, and purchases will not find them"
    )
    first = await take(sqlite_database, "Kundref,name,email,floor id\nA1,Eva,e@example.org,1\nA2,Ann,a@example.org,2\n")
    assert first.warnings == [f'{told}; is it "Kundref"? then add --map number="Kundref"']
    assert (await take(sqlite_database, "name,email,town\nEva,e@example.org,Brno\n")).warnings == []
    (bare,) = (await take(sqlite_database, "name,birth_date,Since\nBo,1.5.80,x\n")).warnings[:1]
    assert bare.endswith('add --map number=HEADER; unused are "Since"')
    years = (await take(sqlite_database, "number,birth_date\nA3,1.5.80\nA4,1.5.1980\nA5,31.2.80\n")).warnings
    assert years == ['birth_date: 1 year of two digits read (line 2: "1.5.80" is 1980); write four where that is wrong']


async def test_row_renews_what_it_gives_and_takes_nothing_away(database: Database) -> None:
    """Empty cells change nothing, tags add up, search follows; undo gives back what was, but not over later changes."""
    async with database.write() as tx:
        values = {"number": "A-1", "name": "Eva", "town": "Brno", "email": "old@example.org", "tags": ["vip"]}
        await tx.execute(insert(customers).values(id=1, created_at=NOW, **values))
        await renew_words(tx, [1])
        before = await snapshot(tx, *_LOGS)
    report = await take(database, "number,name,town,email,tags\nA-1,Eva Nová,,new@example.org,summer\n")
    assert (report.kept, report.new_customers) == (1, 0)
    async with database.read() as tx:
        assert [each.id for each in await search_customers(tx, "nova")] == [1]
        row = (await tx.execute(select(customers))).one()
        assert (row.town, row.email, row.tags) == ("Brno", "new@example.org", ["vip", "summer"])
    assert report.id is not None
    undone = await undo_import(database, report.id, NOW)
    assert (undone.changes, undone.left) == (3, {})
    async with database.read() as tx:
        assert await snapshot(tx, *_LOGS) == before

    again = await take(database, "number,email\nA-1,new@example.org\n")
    async with database.write() as tx:
        await tx.execute(update(customers).values(email="newest@example.org"))
    assert again.id is not None
    undone = await undo_import(database, again.id, NOW)
    assert undone.left == {"values that were changed since": 1}
    async with database.read() as tx:
        assert await tx.scalar(select(customers.c.email)) == "newest@example.org"


@pytest.mark.parametrize(
    ("known", "row", "agrees"),
    [
        ((False, 5), "yes,,shop", False),
        ((False, 5), "yes,2027-01-04,shop", False),
        ((False, 5), "yes,2027-01-08,shop", True),
        ((True, 5), "no,2027-01-04,shop", True),
        ((True, 5), "no,2027-01-08,shop", False),
        ((True, 5), "no,,shop", False),
        (None, "yes,,shop", True),
    ],
)
async def test_no_becomes_yes_only_when_the_yes_was_said_later(
    sqlite_database: Database, known: tuple[bool, int] | None, row: str, agrees: bool
) -> None:
    """What she said herself is newer than a file's older day; /stop is not undone by a file without a day."""
    database = sqlite_database
    async with database.write() as tx:
        await tx.execute(insert(customers).values(id=1, number="A-1", created_at=NOW))
        if known is not None:
            at = dt.datetime(2027, 1, known[1], 12, tzinfo=dt.UTC)
            await give_consents(tx, [(1, Consent(Purpose.MARKETING, known[0], "3", "telegram", at))])
    report = await take(database, f"number,marketing_consent,consent_at,consent_source\nA-1,{row}\n")
    assert report.bad == []
    async with database.read() as tx:
        customer = await customer_by_id(tx, 1)
        assert customer is not None
        assert customer.agrees(Purpose.MARKETING) is agrees
    again = await take(database, f"number,marketing_consent,consent_at,consent_source\nA-1,{row}\n")
    assert again.kept == 0


async def test_undated_no_that_was_read_once_does_not_count_against_her_later_yes(sqlite_database: Database) -> None:
    """The same stale list, imported every week, does not throw her out again and again."""
    file = "number,email_opt_out\nA-1,1\n"
    async with sqlite_database.write() as tx:
        await tx.execute(insert(customers).values(id=1, number="A-1", created_at=NOW))
    assert (await take(sqlite_database, file)).kept == 1
    async with sqlite_database.write() as tx:
        later = NOW + dt.timedelta(days=1)
        await give_consents(tx, [(1, Consent(Purpose.MARKETING, True, "3", "telegram", later))])
    assert (await take(sqlite_database, file)).kept == 0
    async with sqlite_database.read() as tx:
        assert [each.given for each in await consents_of(tx, 1)] == [True, False]


async def test_what_she_told_the_bot_stands_above_a_file(sqlite_database: Database) -> None:
    """Her own fact and the language that she speaks with the bot are not overwritten."""
    async with sqlite_database.write() as tx:
        await tx.execute(insert(customers).values(id=1, number="A-1", language="fi", met_at=NOW, created_at=NOW))
        await set_facts(tx, [(1, KnownFact("size", 38, "dialogue:size", NOW))])
    report = await take(sqlite_database, "number,language,Size\nA-1,en,40\n", **{"fact:size": "Size"})
    assert (report.kept, report.skipped) == (0, 1)


async def test_every_bad_cell_is_named_and_the_other_rows_are_kept(sqlite_database: Database) -> None:
    """Line, column and what to do; a row that names nobody is bad too."""
    report = await take(
        sqlite_database,
        "number,telegram_id,name,language,kind,birth_date,email,phone,marketing_consent,consent_at,consent_source\n"
        "A-1,abc,,,,,,,,,\n"
        "A-2,,,klingonish,,,,,,,\n"
        "A-3,,,,robot,,,,,,\n"
        "A-4,,,,,31.2.1980,,,,,\n"
        "A-5,,,,,,none,,,,\n"
        "A-6,,,,,,,call me,,,\n"
        "A-7,,,,,,,,maybe,,shop\n"
        "A-8,,,,,,,,yes,,\n"
        "A-9,,,,,,,,yes,2127-01-01,shop\n"
        ",,,en,,,,,,,\n"
        "A-10,,Good,,,,,,,,\n",
    )
    assert [(each.line, each.column) for each in report.bad] == [
        (2, "telegram_id"),
        (3, "language"),
        (4, "kind"),
        (5, "birth_date"),
        (6, "email"),
        (7, "phone"),
        (8, "marketing_consent"),
        (9, "consent_source"),
        (10, "consent_at"),
        (11, "number"),
    ]
    assert (report.read, report.kept) == (11, 1)


async def test_rows_of_one_customer_add_up_and_contradictions_are_named(database: Database) -> None:
    """A later row fills what the first left open; one that says otherwise is not kept, and names the line."""
    report = await take(
        database,
        "number,telegram_id,name,town,email\nA-1,,Eva,,\nA-1,,Eva,Brno,\nA-1,,Eva,Praha,\nA-2,501,,,\nA-3,501,,,\n,501,Jan,,\n",
    )
    assert [(each.line, each.column) for each in report.bad] == [(4, "town"), (6, "telegram_id")]
    assert "line 2" in report.bad[0].problem
    assert (report.kept, report.new_customers) == (4, 2)
    async with database.read() as tx:
        found = {row.number: row for row in await tx.execute(select(customers))}
        assert found["A-1"].town == "Brno"
        assert (found["A-2"].chat_id, found["A-2"].name) == (501, "Jan")


async def test_row_without_number_is_known_by_its_address_or_by_all_that_it_says(database: Database) -> None:
    """An address is compared without case; where several have it the name decides, or the row is bad."""
    file = "name,email,town\nEva,Eva@Example.org,\nJan Novák,,Brno\nJan Novák,,Praha\n"
    assert (await take(database, file)).new_customers == 3
    assert (await take(database, file.replace("Eva@Example", "eva@example"))).new_customers == 0
    async with database.write() as tx:
        await tx.execute(insert(customers).values(name="Ida", email="EVA@example.org", created_at=NOW))
    report = await take(database, "name,email,town\nIda,eva@example.org,Turku\nMia,eva@example.org,Turku\n")
    assert (report.kept, [each.column for each in report.bad]) == (1, ["email"])


async def test_customer_on_whom_something_hangs_stays_after_an_undo(database: Database) -> None:
    """Who has written meanwhile is not thrown away with the file that brought her; the undo says so."""
    report = await take(database, "number,name\nA-1,Eva\nA-2,Jan\n")
    async with database.write() as tx:
        who = await tx.scalar(select(customers.c.id).where(customers.c.number == "A-1"))
        values = {"channel": "meeting", "direction": "in", "kind": "note", "text": "Hello", "state": "done"}
        await tx.execute(insert(contacts).values(id=5, customer_id=who, at=NOW, **values))
    assert report.id is not None
    undone = await undo_import(database, report.id, NOW)
    assert (undone.customers, undone.left) == (1, {"customers of whom more is known by now": 1})
    assert (undone.changes, undone.hanging) == (1, {"contacts": 1})
    async with database.write() as tx:
        row = (await tx.execute(select(customers))).one()
        assert (row.number, row.name) == ("A-1", "")
        await tx.execute(delete(contacts))
    last = await undo_import(database, report.id, NOW)
    assert (last.customers, last.left, last.was_undone) == (1, {}, False)
    assert (await undo_import(database, report.id, NOW)).was_undone
    async with database.read() as tx:
        assert not (await tx.execute(select(import_changes))).all()


async def test_number_of_one_who_was_merged_means_the_other_and_fills_only(database: Database) -> None:
    """After a merge both numbers of a file mean her; importing it again changes nothing."""
    file = "number,name,town\nA-1,Eva Malá,Brno\nB-2,Eva Mala,Praha\n"
    first = await take(database, file)
    async with database.write() as tx:
        ids = {row.number: row.id for row in await tx.execute(select(customers))}
        await merge_customers(tx, ids["A-1"], ids["B-2"], NOW)
    again = await take(database, file)
    assert (again.kept, again.skipped, again.new_customers, again.bad) == (0, 2, 0, [])
    assert first.id is not None
    undone = await undo_import(database, first.id, NOW)
    assert undone.left == {
        "customers of whom more is known by now": 1,
        "customers merged into others (undo those merges first)": 1,
    }
