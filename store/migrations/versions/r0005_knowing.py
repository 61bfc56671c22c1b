"""Knowing the customer: imports, duplicates, people at companies, the nightly picture, segments, kept measures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

from domain.folding import search_words
from store.types import UtcDateTime

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None

_AT_ONCE = 5000
_FOUND_BY = ("name", "number", "town", "company", "username", "email", "phone")


def upgrade() -> None:
    """Add columns that may be empty, and tables; of what is kept only that changes by which customers are found."""
    op.add_column("customers", sa.Column("contact_kind", sa.String(16), nullable=False, server_default="customer"))
    op.add_column("customers", sa.Column("not_served_at", UtcDateTime))
    op.add_column("customers", sa.Column("not_served_why", sa.Text, nullable=False, server_default=""))
    op.add_column("customers", sa.Column("ended_at", UtcDateTime))
    imported = sa.text("import_id IS NOT NULL")
    op.create_index(
        "ix_purchases_import_id", "purchases", ["import_id"], sqlite_where=imported, postgresql_where=imported
    )
    op.drop_index("ix_customers_search", "customers")  # the words are rows of their own now, however long they are
    _give_no_id_twice()
    _add_tables()
    _fill_words()


def _give_no_id_twice() -> None:
    """
    Let SQLite, too, never give the id of a customer who is gone to another: a merge may be undone.

    Only the words of the table change, none of its pages, so that a million customers and all that points at them need
    not be copied (https://www.sqlite.org/lang_altertable.html, "making other kinds of table schema changes").
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    key = "CONSTRAINT pk_customers PRIMARY KEY (id"
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        f"UPDATE sqlite_master SET sql = replace(sql, '{key})', '{key} AUTOINCREMENT)') "  # noqa: S608 - our own words
        "WHERE type = 'table' AND name = 'customers'"
    )
    connection.exec_driver_sql(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'customers', coalesce(max(id), 0) FROM customers"
    )
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")


def _add_tables() -> None:
    connection = op.get_bind()
    script = Path(__file__).with_name(f"r0005_knowing.{connection.dialect.name}.sql").read_text(encoding="utf-8")
    for statement in script.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)


def _fill_words() -> None:
    """Let those who are in the store be found by every word of theirs; batch by batch, since they may be a million."""
    connection = op.get_bind()
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in ("id", *_FOUND_BY)]
    customers = sa.table("customers", *columns, sa.column("search"))
    words = sa.table("customer_words", sa.column("word"), sa.column("customer_id"))
    renewed = sa.update(customers).where(customers.c.id == sa.bindparam("who")).values(search=sa.bindparam("found_by"))
    last = 0
    while rows := connection.execute(
        sa.select(*columns).where(customers.c.id > last).order_by(customers.c.id).limit(_AT_ONCE)
    ).all():
        last = rows[-1].id
        found = {row.id: search_words(*row[1:]) for row in rows}
        connection.execute(renewed, [{"who": who, "found_by": " ".join(each)} for who, each in found.items()])
        pairs = [{"word": word, "customer_id": who} for who, each in found.items() for word in each]
        if pairs:
            connection.execute(sa.insert(words), pairs)
