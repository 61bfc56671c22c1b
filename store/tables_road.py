"""The road in and out, and small values that outlive a restart."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from store.schema import metadata
from store.types import AutoId, Json, UtcDateTime

inbox = Table(
    "inbox",
    metadata,
    Column("id", AutoId, primary_key=True),
    Column("update_id", BigInteger, nullable=False, unique=True),
    Column("received_at", UtcDateTime, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(8), nullable=False, server_default="new"),
    Column("error", Text),
    Column("done_at", UtcDateTime),
    Index("ix_inbox_new", "id", sqlite_where=text("state = 'new'"), postgresql_where=text("state = 'new'")),
    Index("ix_inbox_done_at", "done_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("act", String(8), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("payload", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("customer_id", BigInteger),
    Column("thread_id", BigInteger),
    Column("message_id", BigInteger),
    Column("callback_id", Text, nullable=False, server_default=""),
    Column("run_id", BigInteger),
    Column("question", String(64)),
    Column("case_id", BigInteger),
    Column("newsletter_id", BigInteger),
    Column("staff_id", BigInteger),
    Column("on_unknown", String(16), nullable=False),
    Column("proactive", Boolean, nullable=False),
    Column("paid", Boolean, nullable=False, server_default=text("false")),  # may cost Stars: above the free rate
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("ref", String(64), nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("state", String(8), nullable=False, server_default="waiting"),
    Column("intent_at", UtcDateTime),
    Column("claimed_by", String(64)),
    Column("not_after", UtcDateTime),  # afterwards it is too late
    Column("promotional", Boolean, nullable=False, server_default=text("false")),  # made for who takes advertising
    Index(
        "ix_outbox_waiting",
        "lane",
        "not_before",
        "id",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index(
        "ix_outbox_held",  # what of a newsletter waits for a later moment: seldom much, but then very much
        "newsletter_id",
        "reason",
        "not_before",
        "created_at",  # it and the state are there so that SQLite counts without reading the rows
        "state",
        sqlite_where=text("state = 'waiting' AND not_before > created_at"),
        postgresql_where=text("state = 'waiting' AND not_before > created_at"),
    ),
    Index("ix_outbox_intent", "id", sqlite_where=text("state = 'intent'"), postgresql_where=text("state = 'intent'")),
    UniqueConstraint("newsletter_id", "customer_id"),
)

settings = Table(
    "settings",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Json, nullable=False),
)
