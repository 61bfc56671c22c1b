"""The care plan and trust: actions and for whom they were, the words of consents, and who was forgotten."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint, text

from store.schema import customer_column, metadata
from store.types import Json, UtcDateTime

care_runs = Table(  # one action of a care plan on its day: for whom it is, frozen when it falls due
    "care_runs",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("plan", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),  # freezing, running, done, late, cancelled
    Column("upto", BigInteger, nullable=False, server_default="0"),  # the customer id that freezing has come to
    Column("content", Json),  # the action as it was planned
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("plan", "action", "due_at"),
)

plan_actions = Table(  # one action for one customer: once each, whatever happens
    "plan_actions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", BigInteger, ForeignKey("care_runs.id"), nullable=False),
    customer_column(),
    Column("state", String(16), nullable=False),  # queued, outbox, sent, held, task, done, not_done, skipped
    Column("channel", String(16), nullable=False),
    Column("owner_id", BigInteger),  # of a task
    Column("reason", String(32), nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("not_before", UtcDateTime, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("contact_id", BigInteger),
    UniqueConstraint("run_id", "customer_id"),
    Index("ix_plan_actions_customer_id", "customer_id", "at"),
    Index(
        "ix_plan_actions_due",
        "not_before",
        sqlite_where=text("state IN ('queued', 'held')"),
        postgresql_where=text("state IN ('queued', 'held')"),
    ),
    Index(  # whether the program has anything left to do about a run, however many were in it
        "ix_plan_actions_open",
        "run_id",
        "id",
        sqlite_where=text("state IN ('queued', 'held', 'outbox')"),
        postgresql_where=text("state IN ('queued', 'held', 'outbox')"),
    ),
    Index(
        "ix_plan_actions_task",
        "owner_id",
        "at",
        sqlite_where=text("state = 'task'"),
        postgresql_where=text("state = 'task'"),
    ),
)

consent_texts = Table(  # the words that somebody agreed to, by their version
    "consent_texts",
    metadata,
    Column("purpose", String(32), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("text", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

erasures = Table(  # that somebody was forgotten, and what was taken away: nothing of who it was
    "erasures",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("was_id", BigInteger, nullable=False, unique=True),  # the customer's id, which stays on her sums
    Column("asked_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("asked_by", String(64), nullable=False),  # customer, staff:ID, retention
    Column("counts", Json),  # rows by table
    Column("proof", String(64), nullable=False, server_default=""),
    Index(
        "ix_erasures_open", "asked_at", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")
    ),
)
