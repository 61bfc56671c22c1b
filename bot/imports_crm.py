"""Writes customers back as their CRM exported them: each row and column, with our newer values where we know some."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from bot.imports_customers import readers
from domain.crm import Crm, as_written, columns_of, full_name, like_link, parted
from domain.import_values import Unfit
from store.database import Tx
from store.foreign_records import ForeignContact, foreign_contacts

_KNOWN = ("company", "email", "phone", "town", "birth_date", "language")
_YES = "1"  # both programs write a ticked box so


async def write_crm(
    tx: Tx, crm: Crm, target: TextIO, now: dt.datetime, zone: dt.tzinfo, advance: Callable[[int], None]
) -> int:
    """
    Write every contact of *crm* to *target* as CSV and return how many rows; *advance* is told of customers written.

    A cell that still means what we know stays as it was, to the letter. What we do not know takes nothing away, and an
    opt-out is never lifted here: it may be about another channel than ours.
    """
    header: dict[str, None] = {}
    async for page in foreign_contacts(tx, crm.value):
        for contact in page:
            for record in contact.records:
                header.update(dict.fromkeys(record))
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(map(as_written, header))
    read = readers(now, zone)
    written = 0
    async for page in foreign_contacts(tx, crm.value):
        for contact in page:
            rows = [renewed(contact, crm, read), *contact.records[1:]]
            writer.writerows([record.get(name, "") for name in header] for record in rows)
            written += len(rows)
        advance(len(page))
    return written


def renewed(contact: ForeignContact, crm: Crm, read: Mapping[str, Callable[[Any], Any]]) -> Mapping[str, str]:
    """Return the first record of a contact with what we know better by now."""
    cells = dict(contact.records[0])
    headers = columns_of(crm, cells)

    def means(column: str) -> Any:
        value = read[column](cells[headers[column]]) if column in headers else None
        return None if isinstance(value, Unfit) or value == "" else value

    known = means("phone") or means("other_phone")
    for column in _KNOWN:
        ours = contact.values[column]
        theirs = known if column == "phone" else means(column)
        if column in headers and ours and ours != theirs:
            cells[headers[column]] = _written(column, cells[headers[column]], ours)
    first, last = means("first_name") or "", means("last_name") or ""
    ours = contact.values["name"]
    if ours and ours != full_name(first, last):
        both = dict(zip(("first_name", "last_name"), parted(ours, first, last), strict=True))
        if "first_name" not in headers:
            both["last_name"] = ours
        cells |= {headers[name]: value for name, value in both.items() if name in headers}
    if contact.agrees is False and not means("opted_out") and not means("do_not_call") and "opted_out" in headers:
        cells[headers["opted_out"]] = _YES
    return cells


def _written(column: str, cell: str, ours: Any) -> str:
    if column == "company":
        return like_link(cell, ours)
    return ours.isoformat() if isinstance(ours, dt.date) else str(ours)
