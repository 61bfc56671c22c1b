"""Staff: members, what they were shown and where, whom they need not read, and the audit log."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from store.schema import customer_column, metadata
from store.types import Json, UtcDateTime

staff = Table(
    "staff",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("role", String(16), nullable=False),
    Column("language", String(16)),
    Column("expects", String(64), nullable=False, server_default=""),
    Column("reachable", Boolean, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
)

staff_messages = Table(
    "staff_messages",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("ref", String(64), nullable=False),
    Column("customer_id", BigInteger),
    Column("case_id", BigInteger),
    Column("at", UtcDateTime, nullable=False),
    Column("pinned", Boolean, nullable=False, server_default=text("false")),
    Index("ix_staff_messages_ref", "ref"),
)

_KEPT_BACK = text("kept_back > 0")

floods = Table(
    "floods",
    metadata,
    customer_column(primary_key=True),
    Column("began_at", UtcDateTime, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("kept_back", Integer, nullable=False, server_default="0"),
    Column("warned_at", UtcDateTime),
    Index("ix_floods_began_at", "began_at", sqlite_where=_KEPT_BACK, postgresql_where=_KEPT_BACK),
)

mutes = Table(
    "mutes",
    metadata,
    customer_column(primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    Column("staff_id", BigInteger),
    Column("reason", Text, nullable=False, server_default=""),
    Column("told_at", UtcDateTime),
)

topics = Table(
    "topics",
    metadata,
    customer_column(primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("chat_id", "thread_id"),
)

former_topics = Table(  # topics that were given up for others: who writes in one still means its customer
    "former_topics",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("thread_id", BigInteger, primary_key=True),
    customer_column(),
    Column("name", Text, nullable=False),
    Index("ix_former_topics_customer_id", "customer_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("staff_id", BigInteger),
    Column("act", String(64), nullable=False),
    Column("subject", String(64), nullable=False, server_default=""),
    Column("detail", Json),
    Index("ix_audit_at", "at"),
)
