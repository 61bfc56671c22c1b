"""Every table of the customer store. Upgrading an empty database must give exactly these."""

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
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.types import AutoId, Json, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _customer(*, primary_key: bool = False) -> Column[int]:
    return Column("customer_id", BigInteger, ForeignKey("customers.id"), nullable=False, primary_key=primary_key)


customers = Table(
    "customers",
    metadata,
    Column("id", AutoId, primary_key=True),
    Column("number", String(64), unique=True),
    Column("chat_id", BigInteger, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("search", Text, nullable=False, server_default=""),  # name, number and town folded for searching
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
    Index("ix_customers_search", "search"),
)

facts = Table(
    "facts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _customer(),
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
)

consents = Table(
    "consents",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _customer(),
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
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _customer(),
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
)

reactions = Table(
    "reactions",
    metadata,
    _customer(primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("emoji", Text, nullable=False),
)

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
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("ref", String(64), nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("state", String(8), nullable=False, server_default="waiting"),
    Column("intent_at", UtcDateTime),
    Column("claimed_by", String(64)),
    Index(
        "ix_outbox_waiting",
        "lane",
        "id",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_outbox_intent", "id", sqlite_where=text("state = 'intent'"), postgresql_where=text("state = 'intent'")),
    UniqueConstraint("newsletter_id", "customer_id"),
)

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
    _customer(),
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

cases = Table(
    "cases",
    metadata,
    Column("id", AutoId, primary_key=True),
    _customer(),
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
    Index("ix_cases_customer_id", "customer_id"),
    Index("ix_cases_state", "state", "first_answer_due"),
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
)

schedules = Table(
    "schedules",
    metadata,
    Column("id", AutoId, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("name", String(64), nullable=False),
    Column("cron", String(128), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("late_s", Integer, nullable=False),
    Column("audience", Text, nullable=False, server_default=""),
    Column("since", UtcDateTime, nullable=False),
    Column("enabled", Boolean, nullable=False),
    UniqueConstraint("kind", "name"),
)

slots = Table(
    "slots",
    metadata,
    Column("schedule_id", BigInteger, ForeignKey("schedules.id"), primary_key=True),
    Column("due_at", UtcDateTime, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("handled_at", UtcDateTime, nullable=False),
)

waves = Table(
    "waves",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("script_id", String(64), nullable=False),
    Column("audience", Text, nullable=False, server_default=""),
    Column("started_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("started_by", String(64), nullable=False),
    Column("schedule_id", BigInteger),
    Column("frozen", Boolean, nullable=False),
    Index("ix_waves_script_id", "script_id", "started_at"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("wave_id", BigInteger, ForeignKey("waves.id"), primary_key=True),
    _customer(primary_key=True),
    Column("state", String(16), nullable=False),  # queued, invited, skipped
    Column("reason", String(32), nullable=False, server_default=""),
    Column("run_id", BigInteger),
    Column("at", UtcDateTime),
    Index(
        "ix_invitations_queued",
        "wave_id",
        "customer_id",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
    Index("ix_invitations_customer_id", "customer_id"),
)

sendings = Table(
    "sendings",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", Json, nullable=False),  # the frozen files: {"file name": "text"}
    Column("audience", Text, nullable=False, server_default=""),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", BigInteger),
    Column("approved_by", BigInteger),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("schedule_id", BigInteger),
    Column("on_unknown", String(16), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("frozen", Boolean, nullable=False),
    Column("card", Json),  # the progress card: {"chat_id", "message_id", "shown_at"}
    UniqueConstraint("schedule_id", "due_at"),
    Index("ix_sendings_name", "name", "created_at"),
)

recipients = Table(
    "recipients",
    metadata,
    Column("sending_id", BigInteger, ForeignKey("sendings.id"), primary_key=True),
    _customer(primary_key=True),
    Column("state", String(8), nullable=False),
    Column("reason", String(32), nullable=False, server_default=""),
    Column("message_id", BigInteger),
    Column("at", UtcDateTime),
    Index(
        "ix_recipients_queued",
        "sending_id",
        "customer_id",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
    Index("ix_recipients_customer_id", "customer_id"),
)

exclusions = Table(
    "exclusions",
    metadata,
    Column("sending_id", BigInteger, ForeignKey("sendings.id"), primary_key=True),
    _customer(primary_key=True),
    Column("reason", String(32), nullable=False),
)

purchases = Table(
    "purchases",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _customer(),
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
)

memberships = Table(
    "memberships",
    metadata,
    _customer(primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
)

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
    Index("ix_staff_messages_ref", "ref"),
)

topics = Table(
    "topics",
    metadata,
    _customer(primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("chat_id", "thread_id"),
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

holds = Table(
    "holds",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _customer(),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(24), nullable=False),  # newsletter, survey, reminder, small_question
    Column("reason", String(32), nullable=False),
    Column("ref", String(64), nullable=False, server_default=""),
    Index("ix_holds_at", "at"),
    Index("ix_holds_customer_id", "customer_id", "at"),
)

settings = Table(
    "settings",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Json, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
