"""Newsletters at scale: tallies, canary, experiments, clicks, recall, topics, and the outbox in claim order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and tables, and count what the ledger holds; nothing that is kept changes."""
    _add_columns()
    _put_outbox_into_claim_order()
    _index_recipients()
    _give_reasons()
    _add_tables()
    _count_ledger()


def _add_columns() -> None:
    op.add_column("sendings", sa.Column("frozen_upto", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("sendings", sa.Column("audience_at", UtcDateTime))
    op.add_column("sendings", sa.Column("canary", sa.Integer, nullable=False, server_default="0"))
    op.add_column("sendings", sa.Column("proved_at", UtcDateTime))
    op.add_column("sendings", sa.Column("topic", sa.String(64), nullable=False, server_default=""))
    op.add_column("sendings", sa.Column("paid_stars", sa.Integer, nullable=False, server_default="0"))
    op.add_column("sendings", sa.Column("paid_messages", sa.Integer, nullable=False, server_default="0"))
    op.add_column("sendings", sa.Column("winner", sa.String(16), nullable=False, server_default=""))
    op.add_column("sendings", sa.Column("decided_at", UtcDateTime))
    op.add_column("sendings", sa.Column("recalled_at", UtcDateTime))
    op.add_column("sendings", sa.Column("resumed_at", UtcDateTime))
    op.add_column("recipients", sa.Column("variant", sa.String(16), nullable=False, server_default=""))
    op.add_column("recipients", sa.Column("recall", sa.String(16), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("paid", sa.Boolean, nullable=False, server_default=sa.text("false")))


def _put_outbox_into_claim_order() -> None:
    waiting = sa.text("state = 'waiting'")
    op.drop_index("ix_outbox_waiting", "outbox")
    op.create_index(
        "ix_outbox_waiting", "outbox", ["lane", "not_before", "id"], sqlite_where=waiting, postgresql_where=waiting
    )
    held = sa.text("state = 'waiting' AND not_before > created_at")
    op.create_index(
        "ix_outbox_held",
        "outbox",
        ["newsletter_id", "reason", "not_before", "created_at", "state"],
        sqlite_where=held,
        postgresql_where=held,
    )


def _index_recipients() -> None:
    on_trial = sa.text("state = 'queued' AND variant <> ''")
    op.create_index(
        "ix_recipients_on_trial",
        "recipients",
        ["sending_id", "customer_id"],
        sqlite_where=on_trial,
        postgresql_where=on_trial,
    )
    recalled = sa.text("recall <> ''")
    op.create_index(
        "ix_recipients_recall",
        "recipients",
        ["sending_id", "recall", "customer_id"],
        sqlite_where=recalled,
        postgresql_where=recalled,
    )


def _give_reasons() -> None:
    """Write a reason for everybody who got nothing, then find what is settled by reason and time."""
    op.execute("UPDATE recipients SET reason = state WHERE reason = '' AND state IN ('skipped', 'failed', 'unknown')")
    not_sent = sa.text("reason <> ''")
    op.create_index(
        "ix_recipients_not_sent",
        "recipients",
        ["sending_id", "state", "customer_id"],
        sqlite_where=not_sent,
        postgresql_where=not_sent,
    )
    settled = sa.text("at IS NOT NULL")
    op.create_index(
        "ix_recipients_at", "recipients", ["sending_id", "at"], sqlite_where=settled, postgresql_where=settled
    )


def _add_tables() -> None:
    op.create_table(
        "recipient_tallies",
        _sending("recipient_tallies"),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sending_id", "state", "reason", name="pk_recipient_tallies"),
    )
    op.create_table(
        "clicks",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        _sending("clicks"),
        _customer("clicks"),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clicks"),
    )
    op.create_index("ix_clicks_sending_id", "clicks", ["sending_id", "customer_id"])
    op.create_index("ix_clicks_customer_id", "clicks", ["customer_id"])
    op.create_table(
        "topic_choices",
        _customer("topic_choices"),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("wanted", sa.Boolean, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "topic", name="pk_topic_choices"),
    )


def _count_ledger() -> None:
    op.execute(
        "INSERT INTO recipient_tallies (sending_id, state, reason, n) "
        "SELECT sending_id, state, reason, count(*) FROM recipients GROUP BY sending_id, state, reason"
    )
    op.execute(
        "INSERT INTO recipient_tallies (sending_id, state, reason, n) "
        "SELECT sending_id, 'excluded', reason, count(*) FROM exclusions GROUP BY sending_id, reason"
    )


def _sending(table: str) -> sa.Column[int]:
    return sa.Column(
        "sending_id", sa.BigInteger, sa.ForeignKey("sendings.id", name=f"fk_{table}_sending_id"), nullable=False
    )


def _customer(table: str) -> sa.Column[int]:
    return sa.Column(
        "customer_id", sa.BigInteger, sa.ForeignKey("customers.id", name=f"fk_{table}_customer_id"), nullable=False
    )
