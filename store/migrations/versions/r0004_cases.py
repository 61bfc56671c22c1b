"""Cases: assessment, causes, clocks, merging, settling, who answers; floods and mutes; pinned cards, former topics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.types import Json, UtcDateTime

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns that may be empty and tables that are: nothing that is kept changes."""
    _extend_cases()
    _add_clocks()
    _add_floods_and_mutes()
    op.add_column("staff_messages", sa.Column("pinned", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.add_column("contact_edits", sa.Column("media", Json))
    _add_former_topics()
    _extend_the_road()


def _extend_the_road() -> None:
    op.add_column("outbox", sa.Column("not_after", UtcDateTime))
    op.add_column("outbox", sa.Column("promotional", sa.Boolean, nullable=False, server_default=sa.text("false")))
    if op.get_context().dialect.name == "postgresql":  # see store.schema.audience_keys
        for table in ("recipients", "exclusions"):
            op.drop_constraint(f"fk_{table}_sending_id", table, type_="foreignkey")
            op.drop_constraint(f"fk_{table}_customer_id", table, type_="foreignkey")


def _extend_cases() -> None:
    for name, length in (("severity", 16), ("impact", 16), ("cause", 64)):
        op.add_column("cases", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("merged_into", sa.BigInteger))
    op.add_column("cases", sa.Column("about_case", sa.BigInteger))
    op.add_column("cases", sa.Column("settle_by", UtcDateTime))
    op.add_column("cases", sa.Column("answering_id", sa.BigInteger))
    op.add_column("cases", sa.Column("answering_until", UtcDateTime))
    settling = sa.text("settle_by IS NOT NULL")
    op.create_index("ix_cases_settle_by", "cases", ["settle_by"], sqlite_where=settling, postgresql_where=settling)
    closed = sa.text("closed_at IS NOT NULL")
    op.create_index("ix_cases_closed_at", "cases", ["closed_at"], sqlite_where=closed, postgresql_where=closed)
    merged = sa.text("merged_into IS NOT NULL")
    op.create_index("ix_cases_merged_into", "cases", ["merged_into"], sqlite_where=merged, postgresql_where=merged)
    op.create_index("ix_cases_owner_id", "cases", ["owner_id", "state"])
    op.create_index("ix_cases_opened_at", "cases", ["opened_at"])
    op.add_column("case_events", sa.Column("state", sa.String(24), nullable=False, server_default=""))


def _add_clocks() -> None:
    op.create_table(
        "case_clocks",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger, sa.ForeignKey("cases.id", name="fk_case_clocks_case_id"), nullable=False),
        sa.Column("clock", sa.String(16), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("target_s", sa.Integer, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("warn_at", UtcDateTime),
        sa.Column("left_s", sa.Integer),
        sa.Column("warned_at", UtcDateTime),
        sa.Column("late_at", UtcDateTime),
        sa.Column("stopped_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_case_clocks"),
    )
    op.create_index("ix_case_clocks_case_id", "case_clocks", ["case_id"])
    warning = sa.text("stopped_at IS NULL AND warned_at IS NULL")
    op.create_index(
        "ix_case_clocks_warn_at", "case_clocks", ["warn_at"], sqlite_where=warning, postgresql_where=warning
    )
    running = sa.text("stopped_at IS NULL AND late_at IS NULL")
    op.create_index("ix_case_clocks_due_at", "case_clocks", ["due_at"], sqlite_where=running, postgresql_where=running)


def _add_floods_and_mutes() -> None:
    op.create_table(
        "floods",
        _customer("floods"),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("kept_back", sa.Integer, nullable=False, server_default="0"),
        sa.Column("warned_at", UtcDateTime),
        sa.PrimaryKeyConstraint("customer_id", name="pk_floods"),
    )
    kept_back = sa.text("kept_back > 0")
    op.create_index("ix_floods_began_at", "floods", ["began_at"], sqlite_where=kept_back, postgresql_where=kept_back)
    op.create_table(
        "mutes",
        _customer("mutes"),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime),
        sa.Column("staff_id", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("told_at", UtcDateTime),
        sa.PrimaryKeyConstraint("customer_id", name="pk_mutes"),
    )


def _add_former_topics() -> None:
    op.create_table(
        "former_topics",
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("thread_id", sa.BigInteger, nullable=False),
        _customer("former_topics"),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "thread_id", name="pk_former_topics"),
    )
    op.create_index("ix_former_topics_customer_id", "former_topics", ["customer_id"])


def _customer(table: str) -> sa.Column[int]:
    return sa.Column(
        "customer_id", sa.BigInteger, sa.ForeignKey("customers.id", name=f"fk_{table}_customer_id"), nullable=False
    )
