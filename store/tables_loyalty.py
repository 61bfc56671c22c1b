"""Loyalty: cards, points, benefits, offers, coupons, events, referrals, clubs."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Float,
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

member_cards = Table(  # after a merge a customer may have several of a programme; each is good
    "member_cards",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("programme", String(64), nullable=False),
    customer_column(),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_member_cards_customer_id", "customer_id", "programme"),
)

points_lots = Table(  # points that came together: usable from a moment, and gone after another
    "points_lots",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(),
    Column("programme", String(64), nullable=False),
    Column("points", BigInteger, nullable=False),  # as they came; below 0: owed, after a return of what was spent
    Column("points_left", BigInteger, nullable=False),
    Column("earner_id", BigInteger, nullable=False),  # her id, also after she was merged into another
    Column("source", String(16), nullable=False),  # purchase, manual, dialogue, referral, benefit, return
    Column("ref", String(160), nullable=False, server_default=""),  # what they came for, once each
    Column("earned_at", UtcDateTime, nullable=False),
    Column("usable_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("warned_at", UtcDateTime),
    Index("ix_points_lots_customer_id", "customer_id", "programme"),
    Index(
        "ix_points_lots_ref",
        "earner_id",
        "programme",
        "source",
        "ref",
        unique=True,
        sqlite_where=text("ref <> ''"),
        postgresql_where=text("ref <> ''"),
    ),
    Index(
        "ix_points_lots_expires_at",
        "expires_at",
        sqlite_where=text("points_left > 0 AND expires_at IS NOT NULL"),
        postgresql_where=text("points_left > 0 AND expires_at IS NOT NULL"),
    ),
    Index(
        "ix_points_lots_unwarned",
        "programme",
        "expires_at",
        sqlite_where=text("points_left > 0 AND warned_at IS NULL AND expires_at IS NOT NULL"),
        postgresql_where=text("points_left > 0 AND warned_at IS NULL AND expires_at IS NOT NULL"),
    ),
    Index(
        "ix_points_lots_usable_at",
        "usable_at",
        sqlite_where=text("points_left > 0"),
        postgresql_where=text("points_left > 0"),
    ),
)

points_entries = Table(  # every change of a lot, never changed afterwards: their sum is what is left
    "points_entries",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("lot_id", BigInteger, ForeignKey("points_lots.id"), nullable=False, index=True),
    customer_column(),
    Column("programme", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),  # earn, spend, expire, reverse, manual, settle
    Column("points", BigInteger, nullable=False),  # signed
    Column("ref", String(160), nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("staff_id", BigInteger),
    Index("ix_points_entries_customer_id", "customer_id", "at"),
)

points_due = Table(  # members whose purchases or memberships were changed: their points are reckoned anew
    "points_due",
    metadata,
    customer_column(primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

benefits_given = Table(
    "benefits_given",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(),
    Column("programme", String(64), nullable=False),
    Column("benefit", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("ref", String(64), nullable=False, server_default=""),  # the occasion, once each
    Column("cost", BigInteger, nullable=False, server_default="0"),  # minor units of the company's currency
    UniqueConstraint("customer_id", "programme", "benefit", "ref"),
    Index("ix_benefits_given_programme", "programme", "at"),
)

offers = Table(  # what was chosen for her, and why; of a batch such as "2027-03" each place once
    "offers",
    metadata,
    customer_column(primary_key=True),
    Column("batch", String(64), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("kind", String(16), nullable=False),  # often, new, fill, till
    Column("product", String(64), nullable=False),
    Column("product_name", Text, nullable=False, server_default=""),
    Column("group_name", String(64), nullable=False, server_default=""),
    Column("score", Float),
    Column("evidence", Json),  # why: the measured values
    Column("made_at", UtcDateTime, nullable=False),
)

campaigns = Table(  # of each campaign file: what it may cost, and what it has cost
    "campaigns",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("spent", BigInteger, nullable=False, server_default="0"),  # minor units of the company's currency
    Column("redeemed", Integer, nullable=False, server_default="0"),
    Column("issued", Integer, nullable=False, server_default="0"),
    Column("stopped_at", UtcDateTime),
    Column("stopped_why", Text, nullable=False, server_default=""),
)

coupons = Table(
    "coupons",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", String(16), nullable=False, unique=True),  # as people read it out at the till
    customer_column(),
    Column("campaign", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # six, till, pick, benefit, newsletter, event
    Column("batch", String(160), nullable=False, server_default=""),  # "2027-03", "till:RECEIPT", once each
    Column("place", Integer, nullable=False, server_default="1"),
    Column("product", String(64), nullable=False, server_default=""),
    Column("product_name", Text, nullable=False, server_default=""),
    Column("group_name", String(64), nullable=False, server_default=""),
    Column("benefit", Json, nullable=False),  # percent, amount in minor units, or words: {"percent": 20}
    Column("cost", BigInteger, nullable=False, server_default="0"),  # the most that it may cost, minor units
    Column("evidence", Json),
    Column("store", String(64), nullable=False, server_default=""),  # good there only
    Column("issued_at", UtcDateTime, nullable=False),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),  # open, redeemed, revoked
    Column("redeemed_at", UtcDateTime),
    Column("redeemed_by", BigInteger),  # staff
    Column("redeemed_store", String(64), nullable=False, server_default=""),
    Column("redeemed_cost", BigInteger),
    UniqueConstraint("customer_id", "campaign", "batch", "place"),
    Index("ix_coupons_campaign", "campaign", "state"),
)

coupon_tries = Table(  # each time that somebody wanted to redeem one, and what became of it
    "coupon_tries",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("coupon_id", BigInteger, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("staff_id", BigInteger),
    Column("store", String(64), nullable=False, server_default=""),
    Column("outcome", String(16), nullable=False),  # redeemed, twice, wrong_store, expired, over_budget, forged, ...
)

picks = Table(  # a customer's list of a store's pick-five, and what she has chosen
    "picks",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    customer_column(),
    Column("store", String(64), nullable=False),
    Column("batch", String(64), nullable=False),
    Column("offered", Json, nullable=False),
    Column("chosen", Json, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Column("message_id", BigInteger),
    UniqueConstraint("customer_id", "store", "batch"),
)

staff_stores = Table(  # where a member of staff works, so that "wrong store" can be told
    "staff_stores",
    metadata,
    Column("staff_id", BigInteger, primary_key=True, autoincrement=False),
    Column("store", String(64), nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", AutoId, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),  # its file's
    Column("store", String(64), nullable=False, server_default=""),
    Column("state", String(16), nullable=False),  # planned, inviting, closed, held, cancelled
    Column("starts_at", UtcDateTime, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("places", Integer, nullable=False),
    Column("evidence", Json),  # how the guests were chosen
    sqlite_autoincrement=True,
)

event_guests = Table(
    "event_guests",
    metadata,
    Column("event_id", BigInteger, ForeignKey("events.id"), primary_key=True),
    customer_column(primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # waiting, invited, accepted, declined, attended, absent, skipped
    Column("reason", String(32), nullable=False, server_default=""),
    Column("at", UtcDateTime, nullable=False),
    Column("invited_at", UtcDateTime),
    Column("evidence", Json),  # the value by which she was ranked
    Index("ix_event_guests_state", "event_id", "state", "rank"),
    Index("ix_event_guests_customer_id", "customer_id"),
)

referral_codes = Table(
    "referral_codes",
    metadata,
    Column("code", String(32), primary_key=True),
    customer_column(),
    Column("made_at", UtcDateTime, nullable=False),
    Index("ix_referral_codes_customer_id", "customer_id"),
)

referrals = Table(
    "referrals",
    metadata,
    Column("referred_id", BigInteger, primary_key=True, autoincrement=False),
    Column("customer_id", BigInteger, nullable=False, index=True),  # who brought her
    Column("at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),  # started, joined, thanked, refused
    Column("reason", String(32), nullable=False, server_default=""),
    Column("counted_at", UtcDateTime),
    Index("ix_referrals_state", "state", "at"),
)

tiers = Table(  # where a member stands in a programme with tiers
    "tiers",
    metadata,
    customer_column(primary_key=True),
    Column("programme", String(64), primary_key=True),
    Column("tier", String(64), nullable=False),
    Column("since", Date, nullable=False),
    Column("grace_until", Date),  # the criteria no longer hold; afterwards the tier goes down
    Column("evidence", Text, nullable=False, server_default=""),
    Index("ix_tiers_programme", "programme", "tier"),
)

guardians = Table(  # who answers for a child in a club
    "guardians",
    metadata,
    customer_column(primary_key=True),
    Column("club", String(64), primary_key=True),
    Column("guardian_id", BigInteger, index=True),  # a customer, too; none until one has answered
    Column("code", String(32), nullable=False, unique=True),  # of the link that the guardian opens
    Column("state", String(16), nullable=False),  # asked, given, refused, withdrawn
    Column("at", UtcDateTime, nullable=False),
)
