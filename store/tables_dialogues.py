"""Dialogues: script versions, runs, answers, what they are about; and the cases that they open."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.schema import customer_column, metadata
from store.types import AutoId, Json, UtcDateTime

scripts = Table(
    "scripts",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("script_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(),
    Column("script_id", String(64), nullable=False),
    Column("script_digest", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("started_by", String(64), nullable=False),
    Column("focus", BigInteger, nullable=False),
    Column("asking", Integer, nullable=False, server_default="0"),
    Column("asked", String(64), nullable=False, server_default=""),
    Column("asked_at", UtcDateTime),
    Column("misses", Integer, nullable=False, server_default="0"),
    Column("reminders", Integer, nullable=False, server_default="0"),
    Column("due_at", UtcDateTime),
    Column("case_id", BigInteger),
    Column("wave_id", BigInteger),
    Column("ended_at", UtcDateTime),
    Index("ix_runs_open", "customer_id", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    Index("ix_runs_due", "due_at", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    Index("ix_runs_script_id", "script_id", "started_at"),
    Index("ix_runs_customer_id", "customer_id", "started_at"),
)

answers = Table(
    "answers",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", BigInteger, ForeignKey("runs.id"), nullable=False),
    Column("question", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("value", Json),
    Column("text", Text, nullable=False, server_default=""),
    Column("skipped", Boolean, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("reopened", Boolean, nullable=False),
    Column("media", Json),
    Column("message_id", BigInteger),
    UniqueConstraint("run_id", "question", "version"),
)

verbatim_themes = Table(
    "verbatim_themes",
    metadata,
    Column("run_id", BigInteger, ForeignKey("runs.id"), primary_key=True),
    Column("question", String(64), primary_key=True),
    Column("theme", String(64), primary_key=True),
    customer_column(),
    Column("at", UtcDateTime, nullable=False),  # of the answer
    Index("ix_verbatim_themes_customer_id", "customer_id", "at"),
    Index("ix_verbatim_themes_theme", "theme", "at"),
)

_SETTLING = text("settle_by IS NOT NULL")
_MERGED = text("merged_into IS NOT NULL")
_CLOSED = text("closed_at IS NOT NULL")

cases = Table(
    "cases",
    metadata,
    Column("id", AutoId, primary_key=True),
    customer_column(),
    Column("kind", String(16), nullable=False),
    Column("category", String(64), nullable=False),
    Column("state", String(24), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("summary", Text, nullable=False, server_default=""),
    Column("remedy", Text, nullable=False, server_default=""),
    Column("order_ref", Text, nullable=False, server_default=""),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("owner_id", BigInteger),
    Column("run_id", BigInteger, unique=True),
    Column("first_answer_at", UtcDateTime),
    Column("first_answer_due", UtcDateTime),
    Column("warned_at", UtcDateTime),
    Column("resolved_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("severity", String(16), nullable=False, server_default=""),
    Column("impact", String(16), nullable=False, server_default=""),
    Column("cause", String(64), nullable=False, server_default=""),
    Column("merged_into", BigInteger),
    Column("about_case", BigInteger),
    Column("settle_by", UtcDateTime),
    Column("answering_id", BigInteger),
    Column("answering_until", UtcDateTime),
    Index("ix_cases_customer_id", "customer_id"),
    Index("ix_cases_state", "state", "first_answer_due"),
    Index("ix_cases_owner_id", "owner_id", "state"),
    Index("ix_cases_opened_at", "opened_at"),
    Index("ix_cases_settle_by", "settle_by", sqlite_where=_SETTLING, postgresql_where=_SETTLING),
    Index("ix_cases_closed_at", "closed_at", sqlite_where=_CLOSED, postgresql_where=_CLOSED),
    Index("ix_cases_merged_into", "merged_into", sqlite_where=_MERGED, postgresql_where=_MERGED),
    sqlite_autoincrement=True,
)

case_events = Table(
    "case_events",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("move", String(24), nullable=False),
    Column("staff_id", BigInteger),
    Column("text", Text, nullable=False, server_default=""),
    Column("state", String(24), nullable=False, server_default=""),  # after the move
)

_TO_WARN = text("stopped_at IS NULL AND warned_at IS NULL")
_TO_END = text("stopped_at IS NULL AND late_at IS NULL")

case_clocks = Table(
    "case_clocks",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False, index=True),
    Column("clock", String(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("target_s", Integer, nullable=False),  # open time that was promised, in seconds
    Column("due_at", UtcDateTime),  # null while it rests
    Column("warn_at", UtcDateTime),
    Column("left_s", Integer),  # open time that was left when it came to rest, in seconds
    Column("warned_at", UtcDateTime),
    Column("late_at", UtcDateTime),
    Column("stopped_at", UtcDateTime),
    Index("ix_case_clocks_warn_at", "warn_at", sqlite_where=_TO_WARN, postgresql_where=_TO_WARN),
    Index("ix_case_clocks_due_at", "due_at", sqlite_where=_TO_END, postgresql_where=_TO_END),
)
