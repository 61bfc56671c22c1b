"""Contacts of vTiger and SugarCRM: read, kept whole, and written back cell by cell."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random

import pytest
from sqlalchemy import select, update

from bot.imports import ImportSettings
from bot.imports_crm import write_crm
from bot.imports_running import map_header, open_source, run_import
from domain.company import Company
from domain.crm import Crm, crm_of, parted
from domain.imports import ImportKind
from store.database import Database, Tx
from store.merging import merge_customers, unmerge
from store.tables import consents, customers, foreign_records
from tests.store.merging_rows import snapshot

NOW = dt.datetime(2027, 3, 2, 10, 0, tzinfo=dt.UTC)
VTIGER = (
    *("Salutation", "First Name", "Last Name", "Contact Id", "Organization Name", "Title", "Primary Email"),
    *("Office Phone", "Mobile", "Date of Birth", "Email Opt Out", "Do Not Call", "Mailing Street", "Mailing City"),
    *("Mailing Zip", "Mailing Country", "Description", "Assigned To", "Created Time", "Customer Segment (own)"),
)
SUGAR_FIELDS = (
    *("id", "salutation", "first_name", "last_name", "account_name", "title", "email1", "phone_work", "phone_mobile"),
    *("birthdate", "email_opt_out", "do_not_call", "primary_address_street", "primary_address_city"),
    *("primary_address_postalcode", "primary_address_country", "description", "assigned_user_id", "date_entered"),
    "custom_c",
)
SUGAR_LABELS = (
    *("ID", "Salutation", "First Name", "Last Name", "Account Name", "Job Title", "Email Address", "Office Phone"),
    *("Mobile", "Birthdate", "Email Opt Out", "Do Not Call", "Primary Address Street", "Primary Address City"),
    *("Primary Address Postal Code", "Primary Address Country", "Description", "Assigned To", "Date Created", "Own"),
)
_AWKWARD = (
    *(
        "",
        "",
        "Mäkelä; Åsa",
        'the "best" one',
        "two\nlines",
        "three\r\nlines",
        "Žluťoučký kůň",
        "=1+1",
        " blanks ",
        "'",
    ),
    *("0001", "+358 40 123", "a,b", "\ttab", "😀", "-", "NULL", "0", '"', "kůň\n\nand ;,\t end", "'=SUM(A1)"),
)
_PHONES = (
    "",
    "+358 40 123 4567",
    "0401234567",
    "(02) 123 456",
    "ask for Eva",
    "00420777111222",
    "+420 777 111 222 x12",
)
_DATES = ("", "1980-05-01", "0000-00-00", "01-05-1980", "unknown", "2150-01-01")


def _contacts(header: tuple[str, ...], count: int = 1000) -> str:
    """Write a contact export whose cells are as awkward as cells can be."""
    chance = random.Random(6)
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(header)
    for row in range(count):
        writer.writerow([_cell(name.lower().replace("_", " "), row, chance) for name in header])
    return target.getvalue()


def _cell(name: str, row: int, chance: random.Random) -> str:
    match name:
        case "id" | "contact id":
            return f"{row:04d}-c0ffee" if name == "id" else f"CON{row:05d}"
        case "primary email" | "email1" | "email address":
            return chance.choice(
                ["", f"p{row}@example.org", f"P{row}@Example.org", "not an address", f"p{row % 9}@b.fi"]
            )
        case "office phone" | "mobile" | "phone work" | "phone mobile":
            return chance.choice(_PHONES)
        case "date of birth" | "birthdate":
            return chance.choice(_DATES)
        case "email opt out" | "do not call":
            return chance.choice(["0", "0", "0", "1", ""])
        case "organization name" | "account name":
            return chance.choice(["", "Accounts::::Oy Mäkelä Ab", "Firma s.r.o.", *_AWKWARD])
    return chance.choice([*_AWKWARD, "Eva", "Malá", "Brno"])


async def _take(database: Database, text: str) -> int:
    company = Company()
    settings = ImportSettings(company, NOW, company.zone, "EUR")
    source = open_source("contacts.csv", lambda: io.BytesIO(text.encode()))
    async with database.write() as tx:
        mapped = await map_header(tx, ImportKind.CUSTOMERS, source)
    report = await run_import(database, ImportKind.CUSTOMERS, source, mapped, settings)
    assert report.bad == []
    return report.kept


async def _given_back(tx: Tx, crm: Crm) -> list[dict[str, str]]:
    target = io.StringIO()
    await write_crm(tx, crm, target, NOW, Company().zone, lambda _: None)
    return list(csv.DictReader(io.StringIO(target.getvalue(), newline="")))


@pytest.mark.parametrize(
    ("header", "crm"), [(VTIGER, Crm.VTIGER), (SUGAR_FIELDS, Crm.SUGARCRM), (SUGAR_LABELS, Crm.SUGARCRM)]
)
async def test_thousand_contacts_come_back_cell_by_cell(
    sqlite_database: Database, header: tuple[str, ...], crm: Crm
) -> None:
    """What goes in comes out: each row, each column in its order, each cell to the letter; twice changes nothing."""
    text = _contacts(header)
    assert crm_of(header) is crm
    assert await _take(sqlite_database, text) == 1000
    async with sqlite_database.read() as tx:
        before = await snapshot(tx, "imports")
        back = await _given_back(tx, crm)
    assert back == list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(back[0]) == header
    assert await _take(sqlite_database, text) == 0
    async with sqlite_database.read() as tx:
        assert await snapshot(tx, "imports") == before


async def test_newer_values_of_ours_stand_in_the_mapped_columns(database: Database) -> None:
    """A changed name, phone, address and day are written as that program writes them; the rest is as it was."""
    text = _contacts(VTIGER, 3)
    await _take(database, text)
    async with database.write() as tx:
        values = {"name": "Eva Nová", "phone": "+420 1 2 3", "company": "New s.r.o.", "birth_date": dt.date(1990, 1, 2)}
        await tx.execute(
            update(customers).where(customers.c.number == "CON00001").values(**values, email="n@example.org")
        )
        was = dict((await tx.execute(select(foreign_records.c.customer_id, foreign_records.c.record))).all())
        back = await _given_back(tx, Crm.VTIGER)
    (changed,) = (row for row in back if row["Contact Id"] == "CON00001")
    (before,) = (each["cells"] for each in was.values() if each["cells"]["Contact Id"] == "CON00001")
    assert (changed["First Name"], changed["Last Name"], changed["Mobile"]) == ("Eva", "Nová", "+420 1 2 3")
    assert (changed["Date of Birth"], changed["Primary Email"]) == ("1990-01-02", "n@example.org")
    assert changed["Organization Name"].endswith("New s.r.o.")
    untouched = [name for name in VTIGER if name not in {"First Name", "Last Name", "Mobile", "Date of Birth"}]
    untouched = [name for name in untouched if name not in {"Primary Email", "Organization Name"}]
    assert all(changed[name] == before[name] for name in untouched)


async def test_opt_out_becomes_a_no_and_a_later_no_becomes_an_opt_out(sqlite_database: Database) -> None:
    """Who opted out there gets no newsletter here; who says no here is marked there. No opt-out is lifted."""
    text = "id,last_name,email_opt_out,primary_address_city\n1,Malá,1,Brno\n2,Nová,0,Praha\n"
    await _take(sqlite_database, text)
    async with sqlite_database.write() as tx:
        said = select(customers.c.number, consents.c.given, consents.c.source).join(customers)
        assert (await tx.execute(said)).all() == [("1", False, "sugarcrm")]
        await tx.execute(update(consents).values(given=True))
        other = await tx.scalar(select(customers.c.id).where(customers.c.number == "2"))
        no = {"id": 1, "customer_id": other, "purpose": "marketing", "given": False, "source": "telegram"}
        await tx.execute(consents.insert().values(**no, text_version="1", at=NOW, current=True))
        assert [row["email_opt_out"] for row in await _given_back(tx, Crm.SUGARCRM)] == ["1", "1"]


async def test_contacts_that_were_merged_here_are_two_rows_there(database: Database) -> None:
    """A merge here takes no row from the other program; undone, all is as it was."""
    text = _contacts(SUGAR_FIELDS, 4)
    await _take(database, text)
    async with database.write() as tx:
        before = await snapshot(tx, "merges", "audit", "stale_customers")
        ids = list(await tx.scalars(select(customers.c.id).order_by(customers.c.id)))
        await merge_customers(tx, ids[0], ids[2], NOW)
        back = await _given_back(tx, Crm.SUGARCRM)
        assert sorted(row["id"] for row in back) == [f"{row:04d}-c0ffee" for row in range(4)]
        await unmerge(tx, 1, NOW)
        assert await snapshot(tx, "merges", "audit", "stale_customers") == before


async def test_two_columns_of_one_name_keep_their_own_cells(sqlite_database: Database) -> None:
    """Such a file is rare, and loses nothing either."""
    text = "id,last_name,note,note,primary_address_city,\n1,Malá,one,two,Brno,three\n"
    await _take(sqlite_database, text)
    target = io.StringIO()
    async with sqlite_database.read() as tx:
        await write_crm(tx, Crm.SUGARCRM, target, NOW, Company().zone, lambda _: None)
    assert target.getvalue() == text


def test_other_files_are_no_contacts_of_a_crm() -> None:
    """Our own export, and a list with a last name only, are read by their columns."""
    assert crm_of(("number", "name", "town")) is None
    assert crm_of(("First Name", "Last Name", "City")) is None


@pytest.mark.parametrize(
    ("name", "first", "last", "both"),
    [
        ("Eva Nová", "Eva", "Malá", ("Eva", "Nová")),
        ("Jana Malá", "Eva", "Malá", ("Jana", "Malá")),
        ("Eva Maria Nová", "Eva Maria", "Malá", ("Eva Maria", "Nová")),
        ("Jan van der Berg", "", "", ("Jan van der", "Berg")),
        ("Cher", "", "", ("", "Cher")),
    ],
)
def test_name_is_parted_where_the_record_parted_it(name: str, first: str, last: str, both: tuple[str, str]) -> None:
    """What is left of the old first or last name stays whole."""
    assert parted(name, first, last) == both
