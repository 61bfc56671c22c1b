"""The nightly picture: what a company knows of a customer by counting, as of the morning of a day."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class CustomerClass(enum.StrEnum):
    """Three classes; every active customer is in exactly one."""

    KEEP = "keep"
    DEVELOP = "develop"
    LET_GO = "let_go"


class MoveKind(enum.StrEnum):
    """What somebody may move in."""

    CLASS = "class"
    STAGE = "stage"
    STEP = "step"
    SEGMENT = "segment"
    VALUE = "value"
    TIER = "tier"  # in a programme


@dataclass(frozen=True, slots=True)
class Picture:
    """
    One customer as of a moment of *day* in the company's zone, mostly of its night: what happened until then counts.

    Amounts are minor units of the company's currency; *alive* is a percent, *expected* purchase days in the coming
    year, *share* from 0 to 1, recency, frequency and monetary from 1 to 5, *usual_gap* the median of the days between
    neighbouring days of buying. None is unknown, or not reckoned because she
    objects to profiling. *due_on* is the first day on which time alone changes something.
    """

    customer_id: int
    day: dt.date
    due_on: dt.date | None = None
    first_on: dt.date | None = None
    last_on: dt.date | None = None
    purchase_days: int = 0
    visits: int = 0
    visits_year: int = 0
    spent: int = 0
    spent_year: int = 0
    margin: int | None = None
    margin_year: int | None = None
    usual_gap: float | None = None
    recency: int | None = None
    frequency: int | None = None
    monetary: int | None = None
    scheme: str = ""
    value_class: str | None = None
    alive: int | None = None
    expected: float | None = None
    clv: int | None = None
    share: float | None = None
    customer_class: CustomerClass | None = None
    class_since: dt.date | None = None
    class_reason: str = ""
    stage: str | None = None
    stage_since: dt.date | None = None
    stage_reason: str = ""
    step: str | None = None
    step_since: dt.date | None = None
    step_reason: str = ""
    cluster: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A change on a day, with its evidence; for a segment *name* is its, *before* and *after* are "in" and "out"."""

    customer_id: int
    kind: MoveKind
    day: dt.date
    before: str
    after: str
    evidence: str = ""
    name: str = ""
