"""What a company decides about the nightly picture: schemes, windows, margins, limits. Plain values, no arithmetic."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.durations import Duration, Unit
from domain.rules import Rule
from insight.classes import ClassLimits
from insight.ladder import Ladder
from insight.lifecycle import ActionRules, LifecycleLimits
from insight.rfm import INDEPENDENT, Scheme


class ValueBy(enum.StrEnum):
    """What a customer's value of the year is."""

    MARGIN = "margin"
    SPENT = "spent"


class Per(enum.StrEnum):
    """For how long the total is that a customer told."""

    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class ShareRule:
    """What she spends with us on *group*, of the total that the fact *fact* tells in major units."""

    group: str
    fact: str
    per: Per = Per.MONTH


@dataclass(frozen=True, slots=True)
class InsightRules:
    """
    The section [insight] of the config.

    *window* is the year of visits, spending and margin. *margin* is the share of an amount that is ours where
    *margins* has none for its product group, in ten-thousandths. *value_cuts*: who together bring the first share are
    A, those up to the second B. Of whom *loyal* holds is kept, whatever her value. Lifetime value looks *horizon* years
    ahead and discounts by *rate* a year. *clusters* is how many there shall be, None for the number that suits best.
    """

    night: dt.time = dt.time(3)
    rfm: Scheme = INDEPENDENT
    window: Duration = field(default_factory=lambda: Duration(12, Unit.MONTHS))
    margin: int = 3000
    margins: Mapping[str, int] = field(default_factory=dict)
    value: ValueBy = ValueBy.MARGIN
    value_cuts: tuple[float, float] = (0.5, 0.8)
    loyal: Rule | None = None
    share: ShareRule | None = None
    horizon: int = 3
    rate: float = 0.1
    clusters: int | None = None
    lifecycle: LifecycleLimits = field(default_factory=LifecycleLimits)
    classes: ClassLimits = field(default_factory=ClassLimits)
    ladder: Ladder = field(default_factory=Ladder)
    actions: ActionRules = field(default_factory=ActionRules)

    @property
    def basis(self) -> str:
        """All that single pictures rest on, as one text: when it changes, every picture is made anew."""
        return repr(
            (
                self.window,
                self.margin,
                sorted(self.margins.items()),
                self.share,
                str(self.loyal),
                self.lifecycle,
                self.ladder,
                self.classes,
            )
        )
