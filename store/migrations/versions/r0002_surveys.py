"""Samples of waves, what verbatims are about, and signals of disappointment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.types import Json, UtcDateTime

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns that may be empty and tables that are: nothing that is kept changes."""
    _add_columns()
    _add_indexes()
    _add_tables()


def _add_columns() -> None:
    op.add_column("waves", sa.Column("sampling", Json))
    op.add_column("waves", sa.Column("closes_at", UtcDateTime))
    op.add_column("waves", sa.Column("closed_at", UtcDateTime))
    op.add_column("invitations", sa.Column("stratum", sa.String(64), nullable=False, server_default=""))
    op.add_column("invitations", sa.Column("draw", sa.Integer))


def _add_indexes() -> None:
    in_reserve = sa.text("state = 'reserve'")
    op.create_index(
        "ix_invitations_reserve",
        "invitations",
        ["wave_id", "draw"],
        sqlite_where=in_reserve,
        postgresql_where=in_reserve,
    )
    queued = sa.text("state = 'queued'")
    op.create_index("ix_invitations_due", "invitations", ["at"], sqlite_where=queued, postgresql_where=queued)
    of_audience = sa.text("started_by NOT LIKE 'event:%'")
    op.create_index(
        "ix_waves_of_audience",
        "waves",
        ["script_id", "started_at"],
        sqlite_where=of_audience,
        postgresql_where=of_audience,
    )
    op.create_index(
        "ix_waves_unfrozen",
        "waves",
        ["id"],
        sqlite_where=sa.text("frozen = 0"),
        postgresql_where=sa.text("NOT frozen"),
    )
    closing = sa.text("closes_at IS NOT NULL AND closed_at IS NULL")
    op.create_index("ix_waves_closing", "waves", ["closes_at"], sqlite_where=closing, postgresql_where=closing)
    op.create_index("ix_customers_met_at", "customers", ["met_at"])
    op.create_index("ix_consents_customer_id", "consents", ["customer_id", "at"])


def _add_tables() -> None:
    op.create_table(
        "verbatim_themes",
        sa.Column("run_id", sa.BigInteger, sa.ForeignKey("runs.id", name="fk_verbatim_themes_run_id"), nullable=False),
        sa.Column("question", sa.String(64), nullable=False),
        sa.Column("theme", sa.String(64), nullable=False),
        _customer("verbatim_themes"),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "question", "theme", name="pk_verbatim_themes"),
    )
    op.create_index("ix_verbatim_themes_customer_id", "verbatim_themes", ["customer_id", "at"])
    op.create_index("ix_verbatim_themes_theme", "verbatim_themes", ["theme", "at"])
    op.create_table(
        "signals",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        _customer("signals"),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("ref", sa.String(64), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_signals"),
        sa.UniqueConstraint("customer_id", "kind", "ref", name="uq_signals_customer_id_kind_ref"),
    )
    op.create_index("ix_signals_at", "signals", ["at"])


def _customer(table: str) -> sa.Column[int]:
    return sa.Column(
        "customer_id", sa.BigInteger, sa.ForeignKey("customers.id", name=f"fk_{table}_customer_id"), nullable=False
    )
