"""The company's rules of cases: how soon whose case is answered, who gets it, when it settles, what ends in a flood."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.rules import Rule


class Assignment(enum.StrEnum):
    """A way to find the one whose a new case is."""

    CUSTOMER_OWNER = "customer owner"
    CATEGORY = "category"
    LEAST_BUSY = "least busy"


@dataclass(frozen=True, slots=True)
class ClockRule:
    """
    How soon cases of these *categories* (none: all) of those customers whom *audience* means (None: all) are served.

    Spans are opening time. *resolution* None: no clock runs for it.
    """

    name: str = ""
    categories: frozenset[str] = frozenset()
    audience: Rule | None = None
    first_answer: dt.timedelta = dt.timedelta(hours=4)
    next_answer: dt.timedelta = dt.timedelta(hours=8)
    resolution: dt.timedelta | None = dt.timedelta(hours=40)


@dataclass(frozen=True, slots=True)
class CaseRules:
    """
    The rules of the config's section [cases].

    Of *clocks* the first that fits a case holds; where none does, the company's first answer and a rule's defaults.
    *warn_at* is the share of a clock after which its owner is warned. *settle* is how long a decision waits for the
    customer's word, *reopen* how long after closing a case can be opened again. *desks* names the staff of a category.
    More than *flood* messages of a customer in a minute are kept, but not passed on one by one. *causes* and *routes*
    are labels and sentences by language.
    """

    clocks: tuple[ClockRule, ...] = ()
    warn_at: float = 0.75
    settle: dt.timedelta = dt.timedelta(days=7)
    reopen: dt.timedelta = dt.timedelta(days=30)
    assign: tuple[Assignment, ...] = ()
    desks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    flood: int = 20
    digest: dt.time | None = dt.time(8, 45)
    causes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)
