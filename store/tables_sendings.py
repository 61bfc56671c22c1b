"""What is sent on a schedule or by hand: newsletters, survey waves, and why somebody was left out."""

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

from store.schema import audience_keys, customer_column, metadata
from store.types import AutoId, Json, UtcDateTime

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
    Column("sampling", Json),  # how its sample is drawn, with the seed; NULL asks everybody
    Column("closes_at", UtcDateTime),  # when a wave that asks until it has enough answers stops asking
    Column("closed_at", UtcDateTime),
    Index("ix_waves_script_id", "script_id", "started_at"),
    Index(
        "ix_waves_of_audience",  # not those of single events, of which there may be a million
        "script_id",
        "started_at",
        sqlite_where=text("started_by NOT LIKE 'event:%'"),
        postgresql_where=text("started_by NOT LIKE 'event:%'"),
    ),
    Index("ix_waves_unfrozen", "id", sqlite_where=text("frozen = 0"), postgresql_where=text("NOT frozen")),
    Index(
        "ix_waves_closing",
        "closes_at",
        sqlite_where=text("closes_at IS NOT NULL AND closed_at IS NULL"),
        postgresql_where=text("closes_at IS NOT NULL AND closed_at IS NULL"),
    ),
)

invitations = Table(
    "invitations",
    metadata,
    Column("wave_id", BigInteger, ForeignKey("waves.id"), primary_key=True),
    customer_column(primary_key=True),
    Column("state", String(16), nullable=False),  # drawn, reserve, queued, invited, skipped
    Column("reason", String(32), nullable=False, server_default=""),
    Column("run_id", BigInteger),
    Column("at", UtcDateTime),
    Column("stratum", String(64), nullable=False, server_default=""),
    Column("draw", Integer),  # the place in the drawn order of its wave
    Index(
        "ix_invitations_queued",
        "wave_id",
        "customer_id",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
    Index(
        "ix_invitations_due",
        "at",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
    Index(
        "ix_invitations_reserve",
        "wave_id",
        "draw",
        sqlite_where=text("state = 'reserve'"),
        postgresql_where=text("state = 'reserve'"),
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
    Column("frozen_upto", BigInteger, nullable=False, server_default="0"),  # the customer id that freezing has come to
    Column("audience_at", UtcDateTime),  # as of when the audience was last opened to newcomers; else of its start
    Column("canary", Integer, nullable=False, server_default="0"),
    Column("proved_at", UtcDateTime),
    Column("topic", String(64), nullable=False, server_default=""),
    Column("paid_stars", Integer, nullable=False, server_default="0"),  # the most that it may spend on going faster
    Column("paid_messages", Integer, nullable=False, server_default="0"),  # begun above the free rate, less refused
    Column("winner", String(16), nullable=False, server_default=""),
    Column("decided_at", UtcDateTime),
    Column("recalled_at", UtcDateTime),
    Column("resumed_at", UtcDateTime),  # when staff last let it go on
    UniqueConstraint("schedule_id", "due_at"),
    Index("ix_sendings_name", "name", "created_at"),
)

recipients = Table(
    "recipients",
    metadata,
    Column("sending_id", BigInteger, primary_key=True, autoincrement=False),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    *audience_keys(),
    Column("state", String(8), nullable=False),
    Column("reason", String(32), nullable=False, server_default=""),
    Column("message_id", BigInteger),
    Column("at", UtcDateTime),
    Column("variant", String(16), nullable=False, server_default=""),
    Column("recall", String(16), nullable=False, server_default=""),  # queued, outbox, deleted, failed, too_old
    Index(
        "ix_recipients_queued",
        "sending_id",
        "customer_id",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
    Index(
        "ix_recipients_on_trial",  # of an experiment, those who have not got their variant yet
        "sending_id",
        "customer_id",
        sqlite_where=text("state = 'queued' AND variant <> ''"),
        postgresql_where=text("state = 'queued' AND variant <> ''"),
    ),
    Index(
        "ix_recipients_recall",
        "sending_id",
        "recall",
        "customer_id",
        sqlite_where=text("recall <> ''"),
        postgresql_where=text("recall <> ''"),
    ),
    Index(
        "ix_recipients_not_sent",  # whoever did not get it has a reason
        "sending_id",
        "state",
        "customer_id",
        sqlite_where=text("reason <> ''"),
        postgresql_where=text("reason <> ''"),
    ),
    Index(
        "ix_recipients_at",  # the latest outcomes of a sending
        "sending_id",
        "at",
        sqlite_where=text("at IS NOT NULL"),
        postgresql_where=text("at IS NOT NULL"),
    ),
    Index("ix_recipients_customer_id", "customer_id"),
)

recipient_tallies = Table(  # how many recipients of a sending are in each state or "excluded", kept with every change
    "recipient_tallies",
    metadata,
    Column("sending_id", BigInteger, ForeignKey("sendings.id"), primary_key=True),
    Column("state", String(8), primary_key=True),
    Column("reason", String(32), primary_key=True),
    Column("n", BigInteger, nullable=False),
)

clicks = Table(
    "clicks",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("sending_id", BigInteger, ForeignKey("sendings.id"), nullable=False),
    customer_column(),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),  # button, link, deep_link
    Column("target", String(64), nullable=False),
    Index("ix_clicks_sending_id", "sending_id", "customer_id"),
    Index("ix_clicks_customer_id", "customer_id"),
)

exclusions = Table(
    "exclusions",
    metadata,
    Column("sending_id", BigInteger, primary_key=True, autoincrement=False),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    *audience_keys(),
    Column("reason", String(32), nullable=False),
)

holds = Table(
    "holds",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(24), nullable=False),  # newsletter, survey, reminder, small_question
    Column("reason", String(32), nullable=False),
    Column("ref", String(64), nullable=False, server_default=""),
    Index("ix_holds_at", "at"),
    Index("ix_holds_customer_id", "customer_id", "at"),
)
