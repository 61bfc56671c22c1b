"""Customers of a file: its cells read column by column, every bad row named, and each row told to the store."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from bot.imports import ImportSettings
from bot.imports_languages import language_value
from bot.imports_warnings import ShortYears, without_numbers
from domain.crm import columns_of, crm_of, full_name, told_apart, without_link
from domain.customer_rows import Clash, ImportedCustomer, Said
from domain.customer_values import (
    birth_value,
    email_value,
    fact_value,
    kind_value,
    phone_value,
    tags_value,
    telegram_value,
    yes_or_no,
)
from domain.import_columns import NUMBERS
from domain.import_values import EMPTY, Unfit, instant_value, quoted, text_value, words_value
from domain.imports import Batch, Cell, ImportColumn, Mapped, RowProblem, Taken, cell_text
from store.customer_imports import CustomerImport
from store.database import Tx
from store.imports import hold_imports

FACT = "fact:"
_FACT_NAME = re.compile(r"fact:[a-z][a-z0-9_.]{0,63}")
_MOST_KEPT = 50_000
_WIDTH = 300
_GUARDED = re.compile(r"'[=+\-@\t\r]")  # how our own export keeps words from being taken for a formula

COLUMNS = (
    ImportColumn(
        "number",
        (
            *("customer_number", "customer_no", "customer_id", "customer", "client_id", "member_id", "asiakasnumero"),
            *("asiakasnro", "asiakas_id", "cislo_zakaznika", "zakaznicke_cislo", "id_zakaznika", "cislo"),
            *NUMBERS,
        ),
        width=64,
    ),
    ImportColumn("telegram_id", ("telegram", "chat_id", "telegram_user_id")),
    ImportColumn("name", ("full_name", "customer_name", "nimi", "asiakkaan_nimi", "jmeno_a_prijmeni", "cele_jmeno")),
    ImportColumn("first_name", ("given_name", "firstname", "etunimi", "etunimet", "jmeno", "krestni_jmeno")),
    ImportColumn("last_name", ("family_name", "surname", "lastname", "sukunimi", "prijmeni")),
    ImportColumn("language", ("lang", "preferred_language", "kieli", "asiointikieli", "jazyk")),
    ImportColumn(
        "kind",
        (
            "customer_type",
            "customer_kind",
            "type",
            "asiakastyyppi",
            "tyyppi",
            "laji",
            "asiakaslaji",
            "typ_zakaznika",
            "typ",
        ),
    ),
    ImportColumn("company", ("company_name", "organization", "organisation", "employer", "yritys", "firma")),
    ImportColumn("town", ("city", "mailing_city", "kaupunki", "paikkakunta", "postitoimipaikka", "mesto", "obec")),
    ImportColumn(
        "birth_date",
        (
            "date_of_birth",
            "birthdate",
            "birthday",
            "born",
            "dob",
            "syntymaaika",
            "syntymapaiva",
            "synt_aika",
            "datum_narozeni",
        ),
    ),
    ImportColumn("email", ("e_mail", "email_address", "mail", "sahkoposti", "sahkopostiosoite", "e_mailova_adresa")),
    ImportColumn(
        "phone", ("phone_number", "mobile", "mobile_phone", "puhelin", "puhelinnumero", "matkapuhelin", "telefon")
    ),
    ImportColumn("other_phone", ("phone_2", "office_phone", "home_phone", "work_phone")),
    ImportColumn("tags", ("tag", "labels", "tunnisteet", "avainsanat", "stitky")),
    ImportColumn(
        "marketing_consent",
        ("consent", "newsletter", "marketing", "markkinointilupa", "uutiskirje", "souhlas", "souhlas_s_marketingem"),
    ),
    ImportColumn("consent_at", ("consent_date", "luvan_paiva", "luvan_pvm", "datum_souhlasu")),
    ImportColumn("consent_source", ("luvan_lahde", "zdroj_souhlasu"), width=64),
    ImportColumn("opted_out", ("email_opt_out", "opt_out", "unsubscribed", "markkinointikielto")),
    ImportColumn(
        "do_not_call",
    ),
)
_SAID = frozenset({"marketing_consent", "consent_at", "consent_source", "opted_out", "do_not_call"})
_OURS = {"telegram_id": "chat_id"}
_PLAIN = ("number", "telegram_id", "language", "kind", "company", "town", "birth_date", "email", "phone")


def is_fact(column: str) -> bool:
    """Say whether a column is a fact's: "fact:" and its name in small letters."""
    return _FACT_NAME.fullmatch(column) is not None


class CustomerImporter:
    """
    The importer of customers: see `bot.imports.Importer`.

    A contact export of a CRM is kept whole, so that it can be written back; there a cell that cannot be taken does not
    keep its row away, since nothing of it is lost.
    """

    def __init__(self, settings: ImportSettings, mapped: Mapped) -> None:
        self._settings = settings
        self._crm = crm_of(mapped.header)
        self._key = "" if self._crm is None else columns_of(self._crm, mapped.header).get("number", "")
        self._kept: CustomerImport | None = None
        self._readers = readers(settings.now, settings.zone)
        self._known: dict[str, dict[Hashable, Any]] = {}
        self._mapped, self._new = mapped, 0
        dated = [name for name in ("birth_date", "consent_at") if name in mapped.places]
        self._short_years = {name: ShortYears(name, settings.zone) for name in dated}

    async def take(self, tx: Tx, import_id: int, batch: Batch) -> Taken:
        """Store the batch's good rows, as `Importer.take` says."""
        if self._kept is None:
            self._kept = CustomerImport(import_id, self._settings.now, self._crm or "", self._key)
        problems: dict[int, list[tuple[str, str]]] = {}
        values = {name: self._column(name, batch, problems) for name in batch.mapped.places}
        for name, years in self._short_years.items():
            years.look(batch.lines, batch.column(name) or (), values[name])
        records = self._records(batch)
        rows = []
        for place in range(len(batch)):
            if place in problems:
                continue
            cells = {name: column[place] for name, column in values.items()}
            row = self._row(place, batch.lines[place], cells, None if records is None else records[place])
            if isinstance(row, Clash):
                problems[place] = [(row.column, row.problem)]
            else:
                rows.append(row)
        await hold_imports(tx)
        done = await self._kept.keep(tx, rows)
        problems |= {place: [(clash.column, clash.problem)] for place, clash in done.clashes.items()}
        bad = [_problem(batch.lines[place], told) for place, told in sorted(problems.items())]
        self._new += done.new
        return Taken(done.kept, done.skipped, bad, done.new)

    def warnings(self) -> list[str]:
        """Tell of customers who came in without a number, and of years with two digits."""
        years = [told for column in self._short_years.values() for told in column.told()]
        return [*without_numbers(self._mapped, self._new), *years]

    def _records(self, batch: Batch) -> list[dict[str, str]] | None:
        """Return the whole rows of a CRM's file, or None for another."""
        if self._crm is None:
            return None
        names = told_apart(batch.mapped.header)
        cells = [[cell if isinstance(cell, str) else cell_text(cell) for cell in column] for column in batch.cells]
        return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]

    def _column(self, name: str, batch: Batch, problems: dict[int, list[tuple[str, str]]]) -> list[Any]:
        """Read one column, each different cell once; what cannot be taken is noted in *problems*."""
        cells = batch.column(name) or ()
        known = self._known.setdefault(name, {})
        if len(known) > _MOST_KEPT:
            known.clear()
        reader = fact_value if name.startswith(FACT) else self._readers[name]
        for cell in set(cells) - known.keys():
            known[cell] = reader(cell)
        values = [known[cell] for cell in cells]
        for place, value in enumerate(values):
            if isinstance(value, Unfit):
                if self._crm is None or name == "number":
                    problems.setdefault(place, []).append((name, value.problem))
                values[place] = None
        return values

    def _row(
        self, place: int, line: int, cells: Mapping[str, Any], record: Mapping[str, str] | None
    ) -> ImportedCustomer | Clash:
        values = {_OURS.get(name, name): cells[name] for name in _PLAIN if cells.get(name) not in (None, "")}
        name = cells.get("name") or full_name(cells.get("first_name") or "", cells.get("last_name") or "")
        if name:
            values["name"] = name
        if "phone" not in values and cells.get("other_phone"):
            values["phone"] = cells["other_phone"]
        said = self._said(cells)
        if isinstance(said, Clash):
            return said
        facts = {
            name.removeprefix(FACT): value
            for name, value in cells.items()
            if name.startswith(FACT) and value is not None
        }
        return ImportedCustomer(place, line, values, cells.get("tags") or (), said, facts, record)

    def _said(self, cells: Mapping[str, Any]) -> Said | Clash | None:
        if cells.get("opted_out") or cells.get("do_not_call"):
            return Said(False, cells.get("consent_source") or self._crm or "opt-out in a file", cells.get("consent_at"))
        given, source, at = (cells.get(name) for name in ("marketing_consent", "consent_source", "consent_at"))
        if given is None:
            return None
        if not source:
            return Clash("consent_source", "is empty beside a yes or no to marketing; write where she said it")
        if at is not None and at > self._settings.now:
            return Clash("consent_at", f"{quoted(at.isoformat())} has not come yet; correct it")
        return Said(given, source, at)


def readers(now: dt.datetime, zone: dt.tzinfo) -> dict[str, Callable[[Any], Any]]:
    """Return what reads a cell of each column: a value, Unfit, or None or "" for an empty cell."""
    today = now.astimezone(zone).date()
    return {
        "number": lambda cell: text_value(cell, 64),
        "telegram_id": telegram_value,
        "name": _words,
        "first_name": _words,
        "last_name": _words,
        "language": language_value,
        "kind": kind_value,
        "company": lambda cell: _words(without_link(cell_text(cell))),
        "town": _words,
        "birth_date": lambda cell: birth_value(cell, today),
        "email": email_value,
        "phone": phone_value,
        "other_phone": phone_value,
        "tags": tags_value,
        "marketing_consent": yes_or_no,
        "consent_at": lambda cell: _instant(cell, zone),
        "consent_source": lambda cell: text_value(cell, 64),
        "opted_out": yes_or_no,
        "do_not_call": yes_or_no,
    }


def _words(cell: Cell) -> str | Unfit:
    text = cell_text(cell)
    return words_value(text[1:] if _GUARDED.match(text) else text, _WIDTH)


def _instant(cell: Cell, zone: dt.tzinfo) -> dt.datetime | Unfit | None:
    value = instant_value(cell, zone)
    return None if value is EMPTY else value


def _problem(line: int, told: Sequence[tuple[str, str]]) -> RowProblem:
    column, problem = told[0]
    return RowProblem(line, column, "; also ".join([problem, *(f"{name} {words}" for name, words in told[1:])]))
