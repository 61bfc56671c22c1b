"""The figures of the report of cases: what `bot.case_report` computes, and words, pictures and documents show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.case_clocks import Clock
from domain.cases import CaseKind
from insight.scores import Score
from insight.survival import Survival

AGES = (dt.timedelta(days=1), dt.timedelta(days=3), dt.timedelta(days=7), dt.timedelta(days=28))
"""Where one age of open cases ends and the next begins; the last age is beyond all of them."""
IN_TIME = dt.timedelta(hours=48)
"""How soon a follow-up's loop is to be closed, by the calendar."""


@dataclass(frozen=True, slots=True)
class Waited:
    """
    How long customers waited: of *n* cases *done* have it behind them, the others wait still.

    *opening* counts the company's opening time, *calendar* every hour, both in seconds. None where nobody could compute
    it: without scipy.
    """

    n: int
    done: int
    opening: Survival | None = None
    calendar: Survival | None = None


@dataclass(frozen=True, slots=True)
class Promises:
    """What became of the clocks that were started in the period: *kept*, *late* (ended or not), or *running* still."""

    kept: int = 0
    late: int = 0
    running: int = 0

    @property
    def share(self) -> float | None:
        """Kept by those that are decided (0 to 1); None where none is."""
        return self.kept / (self.kept + self.late) if self.kept + self.late else None


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one kind or category: received and closed in the period, open at its end, and how long they waited."""

    received: int
    closed: int
    open: int
    answer: Waited
    resolution: Waited


@dataclass(frozen=True, slots=True)
class Loop:
    """
    Follow-ups of the period, from the customer's answer on: of *answered_of* a human had answered *answered* within
    48 h, of *settled_of* the customers of *settled* had said within 48 h that it is settled. Those whose 48 h are not
    over and who still wait are in neither.
    """

    received: int = 0
    answered: int = 0
    answered_of: int = 0
    settled: int = 0
    settled_of: int = 0


@dataclass(frozen=True, slots=True)
class CaseReport:
    """
    All figures of the cases from *since* up to *until*, as they stood just before *until*.

    *received* cases came in the period, whatever became of them; *closed* and *decided* ones were so in it, whenever
    they came. *awaited* are decided and wait for the customer's word. *ages* are how many are open of each age.
    *declined* and *reopened* are of *decided*; *causes* ("" is not said) of the decided, too. *spam* and *merged* were
    received, and are counted nowhere else.
    """

    since: dt.datetime
    until: dt.datetime
    received: int
    closed: int
    decided: int
    open: int
    awaited: int
    declined: int
    reopened: int
    ages: tuple[int, ...]
    answer: Waited
    resolution: Waited
    rating: Score
    loop: Loop = Loop()
    promises: Mapping[Clock, Promises] = field(default_factory=dict)
    kinds: Mapping[CaseKind, Group] = field(default_factory=dict)
    categories: Mapping[str, Group] = field(default_factory=dict)
    causes: Mapping[str, int] = field(default_factory=dict)
    spam: int = 0
    merged: int = 0

    @property
    def is_estimated(self) -> bool:
        """Whether medians could be computed."""
        return self.answer.calendar is not None
