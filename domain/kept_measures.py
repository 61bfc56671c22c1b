"""Measures of a customer's purchases that are kept from night to night, so that an audience need not read the lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from domain.durations import Duration, Unit
from domain.rules_check import bound
from domain.rules_functions import FUNCTIONS
from domain.rules_grammar import parse_tree
from domain.rules_tree import Call, Name, Rule
from domain.rules_values import Value
from domain.rules_verdict import measure_key, measures_in

_KEPT = frozenset(
    {
        "visits",
        "purchases",
        "spent",
        "average_purchase",
        "average_monthly",
        "product_groups",
        "bought",
        "unbroken",
        "every_due",
        "days_since",
    }
)
_BY_THE_DAY = frozenset({Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS})


@dataclass(frozen=True, slots=True)
class Measure:
    """
    One function of the rule language over purchases, with its arguments by parameter (None where left out).

    Its value is kept as a number: a count or an amount as it is, yes and no as 1 and 0, a date (of the last purchase,
    or on which unbroken time began) in days since 1970-01-01. No number is unknown; of unbroken time it is a lapse.
    """

    function: str
    arguments: tuple[tuple[str, Value | None], ...]

    def __str__(self) -> str:
        return measure_key(self.function, dict(self.arguments))

    def argument(self, name: str) -> Value | None:
        """Give the argument of that name; None where it is left out or the function has none of that name."""
        return dict(self.arguments).get(name)

    @property
    def window(self) -> Duration | None:
        """How far back it reaches; None for all history."""
        window = self.argument("window")
        return window if isinstance(window, Duration) else None


def measure_to_keep(function: str, arguments: Mapping[str, Value | None]) -> Measure | None:
    """
    Give the measure that is kept for a call; None where none can be.

    Windows of hours and less move with the clock and not with the day, so they are never kept. Time since the last
    purchase is kept as its date, one for `since` and `days_since`.
    """
    if function in {"since", "days_since"}:
        return Measure("days_since", (("what", "purchase"),)) if arguments.get("what") == "purchase" else None
    if function not in _KEPT:
        return None
    window = arguments.get("window")
    if isinstance(window, Duration) and window.unit not in _BY_THE_DAY:
        return None
    return Measure(function, tuple(arguments.items()))


@lru_cache(maxsize=256)
def read_measure(text: str) -> Measure:
    """Read a measure as `str` writes it; raises ValueError for any other text."""
    node = parse_tree(text)
    if not isinstance(node, Call) or node.function not in FUNCTIONS:
        raise ValueError(f"{text}: is no measure")
    constants = {name: value for name, value in bound(node).items() if not isinstance(value, Name)}
    measure = measure_to_keep(node.function, constants)
    if measure is None or str(measure) != text:
        raise ValueError(f"{text}: is no measure that is kept")
    return measure


def measures_to_keep(rules: Iterable[Rule]) -> list[Measure]:
    """Give the measures that *rules* use and that can be kept, those that most of them use first."""
    used: Counter[Measure] = Counter()
    for rule in rules:
        found = (measure_to_keep(function, arguments) for function, arguments in measures_in(rule).values())
        used.update({measure for measure in found if measure is not None})
    return [measure for measure, _ in sorted(used.items(), key=lambda item: (-item[1], str(item[0])))]


STANDARD: tuple[Measure, ...] = (
    *(
        Measure(function, (("window", window), *((("group", None),) if function == "spent" else ())))
        for window in (Duration(12, Unit.MONTHS), Duration(90, Unit.DAYS), None)
        for function in ("visits", "spent", "average_purchase", "product_groups")
    ),
    Measure("days_since", (("what", "purchase"),)),
)
"""What is kept in any case: staff ask for it most."""
