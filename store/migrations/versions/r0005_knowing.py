"""Knowing the customer: imports, duplicates, people at companies, the nightly picture, segments, kept measures."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns that may be empty, and tables that are: nothing that is kept changes."""
    op.add_column("customers", sa.Column("contact_kind", sa.String(16), nullable=False, server_default="customer"))
    op.add_column("customers", sa.Column("not_served_at", UtcDateTime))
    op.add_column("customers", sa.Column("not_served_why", sa.Text, nullable=False, server_default=""))
    op.add_column("customers", sa.Column("ended_at", UtcDateTime))
    imported = sa.text("import_id IS NOT NULL")
    op.create_index(
        "ix_purchases_import_id", "purchases", ["import_id"], sqlite_where=imported, postgresql_where=imported
    )
    _add_tables()


def _add_tables() -> None:
    connection = op.get_bind()
    script = Path(__file__).with_name(f"r0005_knowing.{connection.dialect.name}.sql").read_text(encoding="utf-8")
    for statement in script.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)
