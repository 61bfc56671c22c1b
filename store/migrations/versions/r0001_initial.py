"""The first schema, as SQL that stays as it is whatever becomes of `store.tables`."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table and index of the first schema."""
    connection = op.get_bind()
    script = Path(__file__).with_name(f"r0001_initial.{connection.dialect.name}.sql").read_text(encoding="utf-8")
    for statement in script.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)
