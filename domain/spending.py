"""What a customer buys, in a few figures: visits and spending, favourite groups, the latest receipts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GroupSpending:
    """What she spends on one product group ever, net of returns, in minor units of the company's currency."""

    group: str
    visits: int
    spent: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    One receipt: when, where, its sum in minor units of its *currency*, how many lines, and up to three products.

    A negative sum is a return.
    """

    receipt: str
    at: dt.datetime
    amount_minor: int
    currency: str
    lines: int
    store: str = ""
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spending:
    """
    A customer's purchases until a moment; the year are the last twelve months.

    Visits are receipts on which something was bought, in any currency; sums are net of returns, in minor units of the
    company's *currency*. *other_currencies* counts lines that the sums leave out.
    """

    currency: str
    visits: int = 0
    visits_year: int = 0
    spent: int = 0
    spent_year: int = 0
    first_at: dt.datetime | None = None
    last_at: dt.datetime | None = None
    other_currencies: int = 0
    groups: tuple[GroupSpending, ...] = ()
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Feeling:
    """What those who talked with a customer outside Telegram felt (1 to 5): the latest, their mean, how many."""

    latest: int
    at: dt.datetime
    mean: float
    n: int
