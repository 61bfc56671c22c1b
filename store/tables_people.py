"""Customers and what is known of them: facts, consents, contacts, purchases, memberships, signals."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.schema import customer_column, metadata
from store.types import AutoId, Json, UtcDateTime

customers = Table(
    "customers",
    metadata,
    Column("id", AutoId, primary_key=True),
    Column("number", String(64), unique=True),
    Column("chat_id", BigInteger, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("search", Text, nullable=False, server_default=""),  # folded; its words are rows of `customer_words`
    Column("username", Text),
    Column("language", String(16)),
    Column("kind", String(16), nullable=False, server_default="consumer"),
    Column("company", Text),
    Column("town", Text),
    Column("birth_date", Date),
    Column("email", Text),
    Column("phone", Text),
    Column("timezone", String(64)),
    Column("reach", String(16), nullable=False, server_default="never_met"),
    Column("met_at", UtcDateTime),
    Column("paused_until", UtcDateTime),
    Column("muted_until", UtcDateTime),
    Column("last_in_at", UtcDateTime),
    Column("owner_id", BigInteger),
    Column("tags", Json),
    Column("created_at", UtcDateTime, nullable=False),
    Column("contact_kind", String(16), nullable=False, server_default="customer"),
    Column("not_served_at", UtcDateTime),  # since when she is on the "do not serve" list
    Column("not_served_why", Text, nullable=False, server_default=""),
    Column("ended_at", UtcDateTime),  # when the relationship was ended gracefully
    Index("ix_customers_met_at", "met_at"),
    sqlite_autoincrement=True,  # the id of one who was merged into another is never given to a third
)

facts = Table(
    "facts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(),
    Column("name", String(64), nullable=False),
    Column("value", Json, nullable=False),
    Column("word", Text),  # the value as the rule language compares it, when it is text or yes/no
    Column("figure", Float),  # the same when it is a number
    Column("source", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("current", Boolean, nullable=False),
    Index(
        "ix_facts_current",
        "customer_id",
        "name",
        unique=True,
        sqlite_where=text("current = 1"),
        postgresql_where=text("current"),
    ),
    Index("ix_facts_name", "name", "customer_id", sqlite_where=text("current = 1"), postgresql_where=text("current")),
    Index(
        "ix_facts_past",  # what was known before
        "customer_id",
        "name",
        sqlite_where=text("current = 0"),
        postgresql_where=text("NOT current"),
    ),
)

consents = Table(
    "consents",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(),
    Column("purpose", String(32), nullable=False),
    Column("given", Boolean, nullable=False),
    Column("text_version", String(64), nullable=False),
    Column("source", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("current", Boolean, nullable=False),
    Index(
        "ix_consents_current",
        "customer_id",
        "purpose",
        unique=True,
        sqlite_where=text("current = 1"),
        postgresql_where=text("current"),
    ),
    Index("ix_consents_customer_id", "customer_id", "at"),
)

topic_choices = Table(  # which topics of newsletters she has switched off, and on again
    "topic_choices",
    metadata,
    customer_column(primary_key=True),
    Column("topic", String(64), primary_key=True),
    Column("wanted", Boolean, nullable=False),
    Column("source", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(),
    Column("at", UtcDateTime, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("direction", String(4), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("text", Text, nullable=False),
    Column("media", Json),
    Column("album", String(64)),
    Column("state", String(16), nullable=False),
    Column("reason", Text),
    Column("message_id", BigInteger),
    Column("message_ids", Json),  # of an album, all of them
    Column("run_id", BigInteger),
    Column("question", String(64)),
    Column("case_id", BigInteger),
    Column("newsletter_id", BigInteger),
    Column("staff_id", BigInteger),
    Column("feeling", Integer),
    Column("proactive", Boolean, nullable=False, server_default=text("false")),
    Column("edited_from", Text),
    Index("ix_contacts_customer_id_at", "customer_id", "at"),
    Index("ix_contacts_customer_id_message_id", "customer_id", "message_id"),
    Index(
        "ix_contacts_newsletter_id",
        "newsletter_id",
        sqlite_where=text("newsletter_id IS NOT NULL"),
        postgresql_where=text("newsletter_id IS NOT NULL"),
    ),
)

contact_edits = Table(
    "contact_edits",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("text", Text, nullable=False),  # the older version
    Column("media", Json),  # its files, where others took their place
)

reactions = Table(
    "reactions",
    metadata,
    customer_column(primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("emoji", Text, nullable=False),
)

_IMPORTED = text("import_id IS NOT NULL")

purchases = Table(
    "purchases",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(),
    Column("receipt", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("product", String(64), nullable=False, server_default=""),
    Column("product_name", Text, nullable=False, server_default=""),
    Column("group_name", String(64), nullable=False, server_default=""),
    Column("quantity", Numeric(14, 3), nullable=False, server_default="1"),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("store", String(64), nullable=False, server_default=""),
    Column("external_id", String(128), unique=True),
    Column("import_id", BigInteger),
    Index("ix_purchases_customer_id_at", "customer_id", "at"),
    Index("ix_purchases_import_id", "import_id", sqlite_where=_IMPORTED, postgresql_where=_IMPORTED),
)

memberships = Table(
    "memberships",
    metadata,
    customer_column(primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    Column("source", String(64), nullable=False, server_default=""),  # chat, invitation, staff:ID, rule, dialogue:ID
    Column("ends_on", Date),  # the day of an age limit; ended and still there: she has not been told yet
    Column("warned_at", UtcDateTime),  # when she was told that this day is near
    Index("ix_memberships_name", "name", "customer_id"),
)

signals = Table(
    "signals",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(),
    Column(
        "kind", String(24), nullable=False
    ),  # of disappointment: block, mute, fewer_purchases, abandoned_survey, ...
    Column("at", UtcDateTime, nullable=False),
    Column("evidence", Json, nullable=False),  # the measured values behind it
    Column("ref", String(64), nullable=False, server_default=""),  # what raised it, once each
    UniqueConstraint("customer_id", "kind", "ref"),
    Index("ix_signals_at", "at"),
)
