"""A customer's life beside her purchases: what she said, what was agreed, what went wrong, on which days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from domain.customers import Reach

PARTNER = "partner"
"""The membership, or the fact that says yes, by which staff keep an agreement with a customer as a partner."""

REFERRED_BY = "referred_by"
"""The fact of a new customer that names who sent her: the store id of that customer, a number."""

COST_TO_SERVE = "cost_to_serve"
"""The fact that says what serving a customer costs in a year, in major units of the company's currency."""


@dataclass(frozen=True, slots=True)
class Life:
    """
    One customer as of a moment, beside her purchases; days are those of the moment's zone, None is never or unknown.

    *nps* is her last answer from 0 to 10, *satisfaction* from 1 to 5. *declined_on* is when a complaint of hers was
    last turned down and stayed so; *signal* is the newest signal of disappointment. *referrals* counts customers whom
    she sent and who met the bot or bought. *cost_to_serve* is in major units a year.
    """

    customer_id: int
    created_on: dt.date
    met_on: dt.date | None = None
    last_in_on: dt.date | None = None
    ended_on: dt.date | None = None
    not_served_on: dt.date | None = None
    owner_id: int | None = None
    reach: Reach = Reach.NEVER_MET
    kind: str = "consumer"
    contact_kind: str = "customer"
    nps: int | None = None
    nps_on: dt.date | None = None
    satisfaction: int | None = None
    satisfaction_on: dt.date | None = None
    open_cases: int = 0
    has_open_complaint: bool = False
    declined_on: dt.date | None = None
    signal: str = ""
    signal_on: dt.date | None = None
    memberships: tuple[str, ...] = ()
    is_partner: bool = False
    takes_newsletters: bool = False
    takes_surveys: bool = False
    objects_to_profiling: bool = False
    referrals: int = 0
    welcomed_on: dt.date | None = None
    cost_to_serve: float | None = None
