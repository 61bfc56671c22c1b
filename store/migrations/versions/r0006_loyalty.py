"""Loyalty, the care plan and trust: cards, points, offers, coupons, events, referrals, actions, what was forgotten."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "r0006"
down_revision = "r0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns that may be empty, and tables; nothing that is kept changes."""
    op.add_column("memberships", sa.Column("source", sa.String(64), nullable=False, server_default=""))
    op.add_column("memberships", sa.Column("ends_on", sa.Date))
    op.add_column("memberships", sa.Column("warned_at", UtcDateTime))
    op.create_index("ix_memberships_name", "memberships", ["name", "customer_id"])
    connection = op.get_bind()
    script = Path(__file__).with_name(f"r0006_loyalty.{connection.dialect.name}.sql").read_text(encoding="utf-8")
    for statement in script.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)
