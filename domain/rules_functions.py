"""
The functions of the rule language: their parameters, and exactly what each of them measures.

Windows reach back by the calendar from the day of the verdict and include their first day: with 8w, a purchase on
day 56 before today counts and one on day 57 does not. Without a window all history counts, never the future.
A *return* is a line with a negative amount.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from domain.durations import Duration, Unit
from domain.rules_values import Type, Value


class Argument(enum.Enum):
    """What a function's argument may be; all of them are constants, except NAME, which names a thing known."""

    WINDOW = "a duration such as 12m"
    MONTHS = "a duration in months or years such as 12m"
    WORD = 'a text such as "wine"'
    NAME = "a name such as birthday"
    NAME_OR_EVENT = 'a name such as birthday, or "purchase" or "contact"'
    SIGNAL = 'one of "block", "mute", "fewer_purchases", "abandoned_survey"'


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; *required*, or None (or *default*) where it is left out."""

    name: str
    argument: Argument
    required: bool = False
    default: Value | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """One function: name, parameters in order, type of its value, and its meaning in a sentence."""

    name: str
    parameters: tuple[Parameter, ...]
    gives: Type
    means: str


_WINDOW = Parameter("window", Argument.WINDOW)
_GROUP = Parameter("group", Argument.WORD)
_YEAR = Duration(1, Unit.YEARS)
_MONTH = Duration(1, Unit.MONTHS)

EVENTS = ("purchase", "contact")
"""What days_since and since take besides names: her last purchase (no return), her last word to us on any channel."""

_ALL = (
    Function("visits", (_WINDOW,), Type.NUMBER, "receipts with at least one line that is no return"),
    Function("purchases", (_WINDOW, _GROUP), Type.NUMBER, "lines that are no returns, of the group (or product)"),
    Function("spent", (_WINDOW, _GROUP), Type.NUMBER, "amounts less returns, in major units"),
    Function("average_purchase", (_WINDOW,), Type.NUMBER, "spent divided by visits; unknown where there is no visit"),
    Function("product_groups", (_WINDOW,), Type.NUMBER, "product groups of which more was bought than returned"),
    Function(
        "bought",
        (Parameter("group", Argument.WORD, required=True), _WINDOW),
        Type.NUMBER,
        "quantity bought of a group or a product, less what was returned",
    ),
    Function(
        "average_monthly",
        (Parameter("window", Argument.MONTHS, required=True), _GROUP),
        Type.NUMBER,
        "the average bill (receipt) of something billed monthly; unknown with fewer bills than months in the window",
    ),
    Function(
        "unbroken",
        (
            Parameter("group", Argument.WORD, required=True),
            Parameter("each", Argument.MONTHS, default=_MONTH),
        ),
        Type.SPAN,
        "how long a subscription has run without a gap: each line pays for its quantity times *each*, a return takes "
        "them back, and the months add up; one day unpaid, and it begins again; nothing when it has lapsed",
    ),
    Function(
        "every_due",
        (
            Parameter("service", Argument.WORD, required=True),
            Parameter("every", Argument.MONTHS, default=_YEAR),
            Parameter("after", Argument.WORD),
        ),
        Type.FLAG,
        "whether every service that fell due was done: from the first line of *after* (or of the service itself) to "
        "today, never longer than *every* without one; unknown before that first line",
    ),
    Function("member", (Parameter("club", Argument.WORD, required=True),), Type.FLAG, "member of a club now"),
    Function(
        "consent", (Parameter("purpose", Argument.WORD, required=True),), Type.FLAG, "said yes to it; silence is no"
    ),
    Function(
        "segment",
        (Parameter("name", Argument.WORD, required=True),),
        Type.FLAG,
        "belongs to the segment since a night before",
    ),
    Function(
        "tier",
        (Parameter("programme", Argument.WORD, required=True),),
        Type.TEXT,
        "the name of her tier in a programme; an empty text where she has none",
    ),
    Function(
        "points",
        (Parameter("programme", Argument.WORD, required=True),),
        Type.NUMBER,
        "the points that she can use in a programme; 0 where she has none",
    ),
    Function("tag", (Parameter("tag", Argument.WORD, required=True),), Type.FLAG, "bears the tag"),
    Function(
        "said",
        (Parameter("theme", Argument.WORD, required=True), _WINDOW),
        Type.FLAG,
        "spoke of the theme in an answer in her own words; silence is no",
    ),
    Function("signals", (_WINDOW,), Type.NUMBER, "signals of possible disappointment"),
    Function(
        "signal",
        (Parameter("kind", Argument.SIGNAL, required=True), _WINDOW),
        Type.FLAG,
        "whether there was a signal of that kind",
    ),
    Function("has", (Parameter("name", Argument.NAME, required=True),), Type.FLAG, "whether it is known at all"),
    Function(
        "days_since",
        (Parameter("what", Argument.NAME_OR_EVENT, required=True),),
        Type.NUMBER,
        "whole calendar days from that date until today; negative for a coming date; unknown where there is none",
    ),
    Function(
        "since",
        (Parameter("what", Argument.NAME_OR_EVENT, required=True),),
        Type.SPAN,
        "the time from that date until today, to compare with durations such as 18y",
    ),
)

FUNCTIONS = {function.name: function for function in _ALL}
ALIASES = {"count": "purchases", "sum": "spent", "average": "average_purchase"}
"""Other names that are understood."""

MONEY = frozenset({"spent", "average_purchase", "average_monthly"})
"""Functions whose value is an amount in major units."""
