"""
Contacts as vTiger and SugarCRM or SuiteCRM export them: recognised by their headers, read, and written back.

Both write either the names of their fields or the labels of their English screens over the columns; a file's own
words, order and further columns are kept as they are.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence

from domain.imports import plain_header


class Crm(enum.StrEnum):
    """A program whose contacts can be read and written back; the value is what the store keeps."""

    VTIGER = "vtiger"
    SUGARCRM = "sugarcrm"


_MARKS: Mapping[Crm, frozenset[str]] = {
    Crm.VTIGER: frozenset({"mailing_city", "mailing_street", "mailingcity", "mailingstreet"}),
    Crm.SUGARCRM: frozenset({"primary_address_city", "primary_address_street"}),
}
"""Headers of which one of these programs has at least one, beside a last name, and no other program has."""

_HEADERS: Mapping[Crm, Mapping[str, tuple[str, ...]]] = {
    Crm.VTIGER: {
        "number": ("contact_number", "contact_id", "contact_no", "contactno", "contactid"),
        "first_name": ("first_name", "firstname"),
        "last_name": ("last_name", "lastname"),
        "company": ("organization_name", "organisation_name", "account_name", "accountid", "account_id"),
        "email": ("primary_email", "email"),
        "phone": ("mobile_phone", "mobile"),
        "other_phone": ("office_phone", "phone", "home_phone", "homephone", "secondary_phone", "otherphone"),
        "town": ("mailing_city", "mailingcity"),
        "birth_date": ("date_of_birth", "birthdate", "birthday"),
        "opted_out": ("email_opt_out", "emailoptout"),
        "do_not_call": ("do_not_call", "donotcall"),
    },
    Crm.SUGARCRM: {
        "number": ("id", "contact_id"),
        "first_name": ("first_name",),
        "last_name": ("last_name",),
        "company": ("account_name",),
        "email": ("email1", "email_address", "email", "primary_email"),
        "phone": ("phone_mobile", "mobile", "mobile_phone"),
        "other_phone": ("phone_work", "office_phone", "phone_home", "home", "home_phone", "phone_other", "other_phone"),
        "town": ("primary_address_city", "primary_city"),
        "birth_date": ("birthdate", "date_of_birth"),
        "language": ("preferred_language",),
        "opted_out": ("email_opt_out", "email_opted_out"),
        "do_not_call": ("do_not_call",),
    },
}
_AGAIN = "\x1f"  # in no header that a file may have
_LINK = "::::"  # vTiger writes a linked record as "Accounts::::Name"


def crm_of(header: Sequence[str]) -> Crm | None:
    """Return which program wrote a file with this header, or None for neither."""
    plain = {plain_header(name) for name in header}
    if not plain & {"last_name", "lastname"}:
        return None
    return next((crm for crm, marks in _MARKS.items() if marks & plain), None)


def columns_of(crm: Crm, header: Iterable[str]) -> dict[str, str]:
    """Return which header of a file of *crm* stands for which column of customers: {column: header}."""
    by_plain: dict[str, str] = {}
    for name in header:
        by_plain.setdefault(plain_header(name), name)
    found: dict[str, str] = {}
    for column, words in _HEADERS[crm].items():
        word = next((word for word in words if word in by_plain), None)
        if word is not None:
            found[column] = by_plain[word]
    return found


def recognise(header: Sequence[str]) -> dict[str, str] | None:
    """Return the mapping for a contact export of either program, or None for another file."""
    crm = crm_of(header)
    return None if crm is None else columns_of(crm, header)


def told_apart(header: Iterable[str]) -> tuple[str, ...]:
    """Return headers as keys of a record, each once: a second column of the same name keeps its own cells."""
    seen: dict[str, int] = {}
    found = []
    for name in header:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}{_AGAIN}{seen[name]}")
    return tuple(found)


def as_written(key: str) -> str:
    """Return the header that a key of a record stands for."""
    return key.partition(_AGAIN)[0]


def without_link(cell: str) -> str:
    """Return the name of a linked record, of which vTiger writes the module too."""
    return cell.rpartition(_LINK)[2]


def like_link(cell: str, name: str) -> str:
    """Write *name* as the link that *cell* is, if it is one."""
    module, link, _ = cell.rpartition(_LINK)
    return f"{module}{link}{name}"


def full_name(first: str, last: str) -> str:
    """Return the whole name as we keep it."""
    return " ".join(f"{first} {last}".split())


def parted(name: str, first: str, last: str) -> tuple[str, str]:
    """
    Part a name into first and last names, where *first* and *last* are what the record had.

    A last name or first name that the name still begins or ends with stays whole; else its last word is the last name.
    """
    words = " ".join(name.split())
    if last and words.endswith(f" {last}"):
        return words[: -len(last) - 1], last
    if first and words.startswith(f"{first} "):
        return first, words[len(first) + 1 :]
    head, _, tail = words.rpartition(" ")
    return head, tail
