"""Referrals: a customer brings another by a link of hers; what counts, what thanks there are, and what is refused."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field

PREFIX = "r"
"""The letter of links that refer: "r-7K2MCDFG"."""


class Counts(enum.StrEnum):
    """What shows that somebody has really come."""

    PURCHASE = "first purchase"
    JOINING = "joining"  # any open programme or club


class ReferralState(enum.StrEnum):
    """Where a referral stands."""

    STARTED = "started"
    JOINED = "joined"  # it counts; thanks are on their way
    THANKED = "thanked"
    REFUSED = "refused"


class Refusal(enum.StrEnum):
    """Why a referral does not count."""

    OFF = "off"
    SELF = "self"
    KNOWN = "known"  # she was a customer before
    RING = "ring"  # she has herself brought, directly or not, who refers her
    SAME_PERSON = "same_person"  # both have the same telephone or e-mail address
    TOO_LATE = "too_late"
    TOO_MANY = "too_many"  # the referrer has brought as many as count in a year


@dataclass(frozen=True, slots=True)
class Thanks:
    """What somebody gets: points in a programme that she is a member of, a coupon of a campaign, or words only."""

    points: int = 0
    programme: str = ""
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class ReferralRules:
    """
    The company's file. A referral counts by *counts* within *within* of the link's opening.

    In any 365 days at most *per_year* count for one referrer; she gets *thanks*, who came gets *welcome*.
    """

    on: bool = False
    counts: Counts = Counts.PURCHASE
    within: dt.timedelta = dt.timedelta(days=90)
    per_year: int = 12
    thanks: Thanks = field(default_factory=Thanks)
    welcome: Thanks = field(default_factory=Thanks)


@dataclass(frozen=True, slots=True)
class Referral:
    """One of them: *referred_id* came by the link of *customer_id*."""

    referred_id: int
    customer_id: int
    at: dt.datetime
    state: ReferralState
    reason: str = ""
    counted_at: dt.datetime | None = None
