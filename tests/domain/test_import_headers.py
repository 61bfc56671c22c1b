"""Headers of imports: guessed by known names in three languages, told apart however they are cased."""

from __future__ import annotations

import pytest

from bot.imports_customers import COLUMNS as CUSTOMERS
from domain.import_columns import PURCHASES as COLUMNS
from domain.imports import Batch, Mapped, Row, header_digest, propose


def test_headers_of_tills_are_understood() -> None:
    """English, Finnish, Czech, and those of the Complete Journey; the column's own name goes before its synonyms."""
    journey = (
        "household_id",
        "basket_id",
        "transaction_timestamp",
        "product_id",
        "quantity",
        "sales_value",
        "store_id",
    )
    assert set(propose(journey, COLUMNS)) == {"customer", "receipt", "at", "product", "quantity", "amount", "store"}
    finnish = ("Asiakasnumero", "Kuitti", "Päivämäärä", "Tuoteryhmä", "Määrä", "Summa")
    assert list(propose(finnish, COLUMNS).values()) == list(finnish)
    czech = ("Číslo zákazníka", "Účtenka", "Datum", "Skupina zboží", "Množství", "Částka")
    assert list(propose(czech, COLUMNS)) == ["customer", "receipt", "at", "group", "quantity", "amount"]
    assert propose(("total", "amount"), COLUMNS) == {"amount": "amount"}


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (("Cust No", "First Name", "Type", "Birthday"), ["number", "first_name", "kind", "birth_date"]),
        (("Tilaajanro", "Nimi", "Laji", "Syntymäpäivä"), ["number", "name", "kind", "birth_date"]),
        (("Asiakas nro", "E-mail"), ["number", "email"]),
        (("CustomerId", "LastName"), ["number", "last_name"]),
    ],
)
def test_headers_of_registers_are_understood_however_their_words_are_joined(
    header: tuple[str, ...], columns: list[str]
) -> None:
    """Nobody comes in without her number because a blank stands in its header, or none."""
    assert list(propose(header, CUSTOMERS)) == columns


def test_headers_of_bills_are_understood() -> None:
    """A bill's date is when it was bought, and a subscriber is a customer."""
    assert propose(("Tilaajanro", "Laskunumero", "Laskupäivä", "Summa"), COLUMNS) == {
        "customer": "Tilaajanro",
        "receipt": "Laskunumero",
        "at": "Laskupäivä",
        "amount": "Summa",
    }
    assert set(propose(("cust_no", "ts", "total"), COLUMNS)) == {"customer", "at", "amount"}


def test_name_that_two_headers_share_is_given_to_none() -> None:
    """Which of them is meant only people know."""
    assert propose(("Date", "date", "total"), COLUMNS) == {"amount": "total"}


def test_same_header_has_the_same_digest_however_it_is_cased() -> None:
    """A kept mapping is found again for the file of next month."""
    assert header_digest(["Päivämäärä", "Summa"]) == header_digest(["paivamaara ", "SUMMA"])
    assert header_digest(["a", "b"]) != header_digest(["b", "a"])


def test_batch_gives_its_rows_by_column_and_whole() -> None:
    """Typed cells become texts, and cells of other headers are there for who wants them."""
    batch = Batch(Mapped(("No", "X"), {"number": 0}), [2, 3], [(900.0, " 7 "), (None, "y ")])
    assert list(batch.rows()) == [Row(2, {"number": "900"}), Row(3, {"number": "7"})]
    assert list(batch.whole_rows()) == [Row(2, {"No": "900", "X": ""}), Row(3, {"No": " 7 ", "X": "y "})]
    assert batch.column("at") is None
