"""Knowing the customer: imports, duplicates, people at companies, the nightly picture, segments, kept measures."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Float, Index, Integer, String, Table, Text, UniqueConstraint

from store.schema import customer_column, metadata
from store.tables_people import customers
from store.types import AutoId, Json, UtcDateTime

imports = Table(
    "imports",
    metadata,
    Column("id", AutoId, primary_key=True),
    Column("kind", String(16), nullable=False),  # customers, purchases
    Column("source", Text, nullable=False),  # the file's name, or "http"
    Column("digest", String(64), nullable=False, server_default=""),  # SHA-256 of the file
    Column("state", String(16), nullable=False),  # running, done, undoing, undone
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("staff_id", BigInteger),
    Column("read_rows", BigInteger, nullable=False, server_default="0"),
    Column("kept_rows", BigInteger, nullable=False, server_default="0"),
    Column("skipped_rows", BigInteger, nullable=False, server_default="0"),
    Column("bad_rows", BigInteger, nullable=False, server_default="0"),
    Column("detail", Json),  # mapping of headers, first problems, what an undo left alone
    sqlite_autoincrement=True,
)

import_changes = Table(  # what an import did to customers, so that it can be taken back
    "import_changes",
    metadata,
    Column("import_id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(primary_key=True),
    Column("field", String(80), primary_key=True),  # a column, "fact:NAME", "consent:PURPOSE", "" for put in
    Column("before", Json),
    Column("after", Json),
    Index("ix_import_changes_customer_id", "customer_id"),
)

foreign_records = Table(  # a contact as another system wrote it, so that an export gives back every column
    "foreign_records",
    metadata,
    customer_column(primary_key=True),
    Column("system", String(16), primary_key=True),  # vtiger, sugarcrm
    Column("record", Json, nullable=False),
    Column("import_id", BigInteger),
)

duplicates = Table(  # two customers who may be one; the lower id first
    "duplicates",
    metadata,
    Column("first_id", BigInteger, primary_key=True, autoincrement=False),
    Column("second_id", BigInteger, primary_key=True, autoincrement=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("state", String(16), nullable=False),  # proposed, merged, apart
    Index("ix_duplicates_state", "state", "found_at"),
    Index("ix_duplicates_second_id", "second_id"),
)

merges = Table(
    "merges",
    metadata,
    Column("id", AutoId, primary_key=True),
    Column("kept_id", BigInteger, nullable=False, index=True),
    Column("gone_id", BigInteger, nullable=False, index=True),
    Column("gone_number", String(64), index=True),  # by which imports still know her
    Column("at", UtcDateTime, nullable=False),
    Column("staff_id", BigInteger),
    Column("detail", Json, nullable=False),  # the row that is gone, what was moved, what was changed in the one kept
    Column("undone_at", UtcDateTime),
    sqlite_autoincrement=True,
)

customer_words = Table(  # the folded words of `customers.search`, one a row; found by their beginnings
    "customer_words",
    metadata,
    Column("word", Text().with_variant(Text(collation="C"), "postgresql"), primary_key=True),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
customer_words.add_is_dependent_on(customers)  # without a key: that would be five million look-ups

people = Table(  # who a person is at a company; both are customers, each with consents of her own
    "people",
    metadata,
    Column("company_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("roles", Json, nullable=False),  # initiator, influencer, decider, buyer, user
    Column("title", Text, nullable=False, server_default=""),
    Column("since", UtcDateTime, nullable=False),
    Index("ix_people_person_id", "person_id"),
)

pictures = Table(  # each customer as of the last night
    "pictures",
    metadata,
    customer_column(primary_key=True),
    Column("day", Date, nullable=False),  # in the company's zone
    Column("due_on", Date),  # the first day on which time alone changes it; null: never
    Column("first_on", Date),
    Column("last_on", Date),
    Column("purchase_days", Integer, nullable=False, server_default="0"),
    Column("visits", Integer, nullable=False, server_default="0"),
    Column("visits_year", Integer, nullable=False, server_default="0"),
    Column("spent", BigInteger, nullable=False, server_default="0"),  # minor units of the company's currency
    Column("spent_year", BigInteger, nullable=False, server_default="0"),
    Column("margin", BigInteger),  # of all time
    Column("margin_year", BigInteger),
    Column("usual_gap", Float),  # median days between neighbouring days of buying
    Column("recency", Integer),  # 1 to 5
    Column("frequency", Integer),
    Column("monetary", Integer),
    Column("scheme", String(32), nullable=False, server_default=""),
    Column("value_class", String(8)),
    Column("alive", Integer),  # percent
    Column("expected", Float),  # purchase days in the coming year
    Column("clv", BigInteger),  # minor units
    Column("share", Float),  # 0 to 1
    Column("customer_class", String(16)),
    Column("class_since", Date),
    Column("class_reason", Text, nullable=False, server_default=""),
    Column("stage", String(16)),
    Column("stage_since", Date),
    Column("stage_reason", Text, nullable=False, server_default=""),
    Column("step", String(16)),
    Column("step_since", Date),
    Column("step_reason", Text, nullable=False, server_default=""),
    Column("cluster", Integer),
    Index("ix_pictures_due_on", "due_on"),
    Index("ix_pictures_customer_class", "customer_class"),
    sqlite_with_rowid=False,
)

moves = Table(  # from one class, stage, step, segment or cluster to another
    "moves",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(),
    Column("kind", String(16), nullable=False),  # class, stage, step, segment, value
    Column("day", Date, nullable=False),
    Column("name", String(64), nullable=False, server_default=""),  # of the segment
    Column("before", String(64), nullable=False),
    Column("after", String(64), nullable=False),
    Column("evidence", Text, nullable=False, server_default=""),
    Index("ix_moves_customer_id", "customer_id", "day"),
    Index("ix_moves_kind", "kind", "day"),
)

lifecycle_actions = Table(  # the 18 actions of the lifecycle, as they took place
    "lifecycle_actions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(),
    Column("action", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("ref", String(64), nullable=False, server_default=""),  # what it was, once each
    Column("staff_id", BigInteger),
    UniqueConstraint("customer_id", "action", "ref"),
    Index("ix_lifecycle_actions_at", "at"),
)

segment_members = Table(
    "segment_members",
    metadata,
    Column("segment", String(64), primary_key=True),
    customer_column(primary_key=True),
    Column("since", Date, nullable=False),
    Index("ix_segment_members_customer_id", "customer_id"),
)

stale_customers = Table(  # whose picture and kept measures no longer tell what is in the store
    "stale_customers",
    metadata,
    customer_column(primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

MEASURE_SLOTS = 24

measure_slots = Table(  # which measure of the rule language each column of `kept_measures` holds
    "measure_slots",
    metadata,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("measure", Text, nullable=False, unique=True),  # as the rule language writes it
    Column("asked_at", UtcDateTime, nullable=False),
    Column("kept_since", Date),  # null: not measured for everybody yet
)

kept_measures = Table(  # measures of each customer's purchases, so that an audience need not read them all
    "kept_measures",
    metadata,
    customer_column(primary_key=True),
    Column("day", Date, nullable=False),
    Column("due_on", Date, nullable=False),  # the first day on which time alone may change one of them
    *(Column(f"m{slot:02d}", Float) for slot in range(1, MEASURE_SLOTS + 1)),
    Index("ix_kept_measures_due_on", "due_on"),
    sqlite_with_rowid=False,  # it is read in the order of customers, beside them
)
