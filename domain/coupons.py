"""Coupons: what one is good for, the code that people read out, the signed token in its QR, and what a try comes to."""

from __future__ import annotations

import base64
import datetime as dt
import enum
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from domain.links import start_token

SIGNS = "2346789CDFGHJKMPQRTVWXY"
"""The signs of a code: none that is taken for another, no vowel, so no word; 23, a prime, which the check needs."""

LENGTH = 10
PREFIX = "c"
_SIGNED = 15  # bytes of the signature: 120 bits
_GROUP = 5

LARGEST_PURCHASE = 10**12
"""No purchase costs as much, in units of the currency."""


class CouponKind(enum.StrEnum):
    """Where a coupon comes from."""

    SIX = "six"
    TILL = "till"
    PICK = "pick"
    BENEFIT = "benefit"
    NEWSLETTER = "newsletter"
    EVENT = "event"


class CouponState(enum.StrEnum):
    """Where a coupon stands; that it has expired follows from the time."""

    OPEN = "open"
    REDEEMED = "redeemed"
    REVOKED = "revoked"


class TryOutcome(enum.StrEnum):
    """What became of a try to redeem a coupon; each is kept."""

    REDEEMED = "redeemed"
    TWICE = "twice"
    REVOKED = "revoked"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    WRONG_STORE = "wrong_store"
    OVER_BUDGET = "over_budget"
    PER_CUSTOMER = "per_customer"
    NOT_SERVED = "not_served"
    FORGED = "forged"
    UNKNOWN = "unknown"  # no coupon of this company
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What a campaign may cost: *budget* in minor units, *redemptions* altogether, and how many each customer may have.

    With *honour* open coupons are good beyond the budget and the redemptions; nobody gets a new one.
    """

    budget: int | None = None
    redemptions: int | None = None
    per_customer: int | None = None
    honour: bool = False

    def reached(self, spent: int, redeemed: int) -> bool:
        """Say whether the campaign has come to its end by its cost."""
        by_cost = self.budget is not None and spent >= self.budget
        return by_cost or (self.redemptions is not None and redeemed >= self.redemptions)

    def allows(self, spent: int, redeemed: int, cost: int) -> bool:
        """Say whether one more coupon may be redeemed at *cost*."""
        if self.honour:
            return True
        by_cost = self.budget is None or spent + cost <= self.budget
        return by_cost and (self.redemptions is None or redeemed < self.redemptions)


@dataclass(frozen=True, slots=True)
class NewCoupon:
    """
    One that is to be given: of a campaign and batch each *place* exists once for each customer.

    *benefit* is {"percent": 20}, {"amount": 500} in minor units, or {"words": {"fi": "..."}}; *cost* what it will cost
    by estimate, in minor units. Good from *valid_from* until before *valid_until*; with *store* only there.
    """

    customer_id: int
    campaign: str
    kind: CouponKind
    benefit: Mapping[str, Any]
    valid_from: dt.datetime
    valid_until: dt.datetime
    batch: str = ""
    place: int = 1
    product: str = ""
    product_name: str = ""
    group_name: str = ""
    cost: int = 0
    store: str = ""
    evidence: Any = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon as it stands; *code* without its hyphen."""

    id: int
    code: str
    customer_id: int
    campaign: str
    kind: CouponKind
    batch: str
    place: int
    product: str
    product_name: str
    group_name: str
    benefit: Mapping[str, Any]
    cost: int
    evidence: Any
    store: str
    issued_at: dt.datetime
    valid_from: dt.datetime
    valid_until: dt.datetime
    state: CouponState
    redeemed_at: dt.datetime | None = None
    redeemed_by: int | None = None
    redeemed_store: str = ""
    redeemed_cost: int | None = None

    def is_good(self, now: dt.datetime) -> bool:
        """Say whether it can be used at *now*, as far as it says itself."""
        return self.state is CouponState.OPEN and self.valid_from <= now < self.valid_until

    def cost_of(self, purchase: int | None) -> int:
        """Give what it costs with a *purchase* of so many minor units: exactly where that can be told."""
        amount, percent = self.benefit.get("amount"), self.benefit.get("percent")
        if amount is not None:
            return int(amount)
        if percent is not None and purchase is not None:
            exact = purchase * Decimal(str(percent)) / 100
            return int(exact.to_integral_value(ROUND_HALF_UP))
        return self.cost


@dataclass(frozen=True, slots=True)
class Redeemed:
    """It is used up now; *again* when the same hand had done it a moment ago, and nothing was changed."""

    coupon: Coupon
    again: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not taken, and why; no coupon where it is none of ours."""

    reason: TryOutcome
    coupon: Coupon | None = None


def new_code() -> str:
    """Return a code of nine random signs (41 bits) and a check sign."""
    signs = "".join(secrets.choice(SIGNS) for _ in range(LENGTH - 1))
    return signs + check_sign(signs)


def check_sign(signs: str) -> str:
    """
    Return the check sign of a code's other signs.

    The sum of each sign's value times its place, modulo the prime 23, as ISO 2108 (ISBN-10) does with 11: one wrong
    sign, or two that changed places, is always found.
    """
    total = sum(place * SIGNS.index(sign) for place, sign in enumerate(signs, start=1))
    return SIGNS[total % len(SIGNS)]


def read_code(text: str) -> str | None:
    """Read a code as somebody types it, with gaps, hyphens or small letters; None where a sign must be wrong."""
    code = re.sub(r"[\s‐-―-]+", "", text).upper()
    if len(code) != LENGTH or any(sign not in SIGNS for sign in code) or check_sign(code[:-1]) != code[-1]:
        return None
    return code


def shown_code(code: str) -> str:
    """Write a code as people read it out: "K7MQX-3XPDR"."""
    return f"{code[:_GROUP]}-{code[_GROUP:]}"


def coupon_token(key: bytes, code: str) -> str:
    """Return what the QR's link carries: the code and its signature under *key*."""
    return start_token(PREFIX, f"{code}-{_signature(key, code)}")


def signed_code(key: bytes, rest: str) -> str | None:
    """Return the code of a token, given without its letter; None when the signature is not ours."""
    code, _, signature = rest.partition("-")
    if not hmac.compare_digest(signature.encode(), _signature(key, code).encode()):
        return None
    return code


def _signature(key: bytes, code: str) -> str:
    """Sign a code: HMAC-SHA-256 (RFC 2104), its first 120 bits."""
    digest = hmac.digest(key, b"coupon:" + code.encode(), hashlib.sha256)[:_SIGNED]
    return base64.urlsafe_b64encode(digest).decode()
