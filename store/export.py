"""What leaves the store as tables: page after page in the order of the keys, so that any size fits into memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from domain.customers import Purpose
from store.database import Tx
from store.tables import answers, consents, contacts, customers, recipients, runs, sendings

Page = list[tuple[Any, ...]]

_CUSTOMERS = ("number", "telegram_id", "name", "language", "kind", "company", "town", "birth_date", "email", "phone")
_CONTACTS = ("at", "channel", "direction", "kind", "text", "state", "reason", "question", "feeling", "edited_from")
_ANSWERS = ("question", "version", "at", "value", "text", "skipped", "reopened")

COLUMNS: dict[str, tuple[str, ...]] = {
    "customers": (*_CUSTOMERS, "tags", "marketing_consent", "consent_at", "consent_source"),
    "contacts": ("id", "customer", "number", *_CONTACTS, "case", "newsletter", "staff"),
    "answers": ("id", "customer", "number", "dialogue", "run", "started_by", *_ANSWERS),
    "recipients": (
        "newsletter",
        "sending",
        "customer",
        "number",
        "state",
        "reason",
        "message_id",
        "at",
        "variant",
        "recall",
    ),
}
"""The columns of each table that can be exported; those of customers are the ones that the import reads."""


async def export_pages(tx: Tx, what: str, *, size: int = 5000) -> AsyncIterator[Page]:
    """
    Give every row of a table of `COLUMNS` once, in pages of *size* and in the order of its key.

    Rows that are put in meanwhile may or may not be among them.
    """
    wanted, keys = _QUERIES[what]()
    ordered = wanted.add_columns(*keys).order_by(*keys).limit(size)
    after: tuple[Any, ...] | None = None
    while True:
        page = ordered if after is None else ordered.where(_beyond(keys, after))
        rows = (await tx.execute(page)).all()
        if rows:
            yield [tuple(row)[: -len(keys)] for row in rows]
        if len(rows) < size:
            return
        after = tuple(rows[-1])[-len(keys) :]


async def count_rows(tx: Tx, what: str) -> int:
    """Return how many rows an export has, for its progress bar."""
    table = {"customers": customers, "contacts": contacts, "answers": answers, "recipients": recipients}[what]
    return int(await tx.scalar(select(func.count()).select_from(table)) or 0)


def _beyond(keys: Sequence[ColumnElement[Any]], after: Sequence[Any]) -> ColumnElement[bool]:
    """Compare keys of one or two columns in their order."""
    beyond: ColumnElement[bool] = keys[0] > after[0]
    return beyond if len(keys) == 1 else or_(beyond, and_(keys[0] == after[0], keys[1] > after[1]))


def _customers() -> tuple[Select[Any], Sequence[ColumnElement[Any]]]:
    said = and_(
        consents.c.customer_id == customers.c.id, consents.c.purpose == Purpose.MARKETING.value, consents.c.current
    )
    own = [customers.c.chat_id if name == "telegram_id" else customers.c[name] for name in _CUSTOMERS]
    wanted = select(*own, customers.c.tags, consents.c.given, consents.c.at, consents.c.source)
    return wanted.select_from(customers.outerjoin(consents, said)), (customers.c.id,)


def _contacts() -> tuple[Select[Any], Sequence[ColumnElement[Any]]]:
    own = [contacts.c[name] for name in _CONTACTS]
    whose = (contacts.c.id, contacts.c.customer_id, customers.c.number)
    wanted = select(*whose, *own, contacts.c.case_id, sendings.c.name, contacts.c.staff_id)
    tables = contacts.join(customers, customers.c.id == contacts.c.customer_id)
    return wanted.select_from(tables.outerjoin(sendings, sendings.c.id == contacts.c.newsletter_id)), (contacts.c.id,)


def _answers() -> tuple[Select[Any], Sequence[ColumnElement[Any]]]:
    whose = (answers.c.id, runs.c.customer_id, customers.c.number, runs.c.script_id, runs.c.id, runs.c.started_by)
    wanted = select(*whose, *(answers.c[name] for name in _ANSWERS))
    tables = answers.join(runs, runs.c.id == answers.c.run_id).join(customers, customers.c.id == runs.c.customer_id)
    return wanted.select_from(tables), (answers.c.id,)


def _recipients() -> tuple[Select[Any], Sequence[ColumnElement[Any]]]:
    whose = (sendings.c.name, recipients.c.sending_id, recipients.c.customer_id, customers.c.number)
    fate = (recipients.c.state, recipients.c.reason, recipients.c.message_id, recipients.c.at)
    wanted = select(*whose, *fate, recipients.c.variant, recipients.c.recall)
    tables = recipients.join(sendings, sendings.c.id == recipients.c.sending_id)
    keys = (recipients.c.sending_id, recipients.c.customer_id)
    return wanted.select_from(tables.join(customers, customers.c.id == recipients.c.customer_id)), keys


_QUERIES = {"customers": _customers, "contacts": _contacts, "answers": _answers, "recipients": _recipients}
