"""Who takes part in the year: the characters of customers, and how each of them deals with what the company asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Character(StrEnum):
    """What is typical of a customer."""

    STEADY = "steady"
    CONFUSED = "confused"
    SILENT = "silent"
    DOUBLE = "double-tapping"
    SWITCHER = "switches languages"
    LEAVER = "blocks and returns"
    COMPLAINER = "complains"
    STOPPER = "stops and pauses"
    LATE = "answers late"
    NIGHT = "chats at night"
    BUYER = "buys"


@dataclass(frozen=True, slots=True)
class Nature:
    """
    How likely she does what, each time that there is an occasion.

    `patience` is how many days she lets a question wait at most, `content` her mean satisfaction from 0 to 1, and
    `yearly` how often a year she does things of her own accord.
    """

    answers: float = 0.75
    patience: float = 0.6
    content: float = 0.75
    types: float = 0.15
    skips: float = 0.35
    breaks_off: float = 0.04
    confused: float = 0.03
    doubles: float = 0.02
    stale: float = 0.02
    switches: float = 0.02
    digresses: float = 0.02
    agrees: float = 0.75
    stops: float = 0.004
    yearly: Mapping[str, float] = field(default_factory=dict)


_TALK = {"words": 1.5, "question": 0.6, "feedback": 0.5, "mydata": 0.3, "help": 0.3, "react": 0.5, "buys": 4.0}

NATURES: Mapping[Character, Nature] = {
    Character.STEADY: Nature(yearly={**_TALK, "complaint": 0.3, "rate": 0.3, "preferences": 0.3, "edit": 0.3}),
    Character.CONFUSED: Nature(confused=0.6, skips=0.1, yearly={**_TALK, "complaint": 0.4}),
    Character.SILENT: Nature(answers=0.03, yearly={"buys": 2.0}),
    Character.DOUBLE: Nature(doubles=0.8, stale=0.3, yearly={**_TALK, "complaint": 0.4, "stale": 2.0}),
    Character.SWITCHER: Nature(switches=0.35, yearly={**_TALK, "language": 3.0, "complaint": 0.3}),
    Character.LEAVER: Nature(answers=0.5, yearly={"words": 1.0, "block": 2.5, "buys": 2.0}),
    Character.COMPLAINER: Nature(content=0.3, digresses=0.3, yearly={**_TALK, "complaint": 3.0, "feedback": 1.0}),
    Character.STOPPER: Nature(
        stops=0.06, answers=0.4, yearly={"words": 1.0, "stop": 1.0, "pause": 1.0, "topics": 3.0, "preferences": 1.0}
    ),
    Character.LATE: Nature(answers=0.9, patience=7.5, breaks_off=0.15, yearly=_TALK),
    Character.NIGHT: Nature(yearly={**_TALK, "night": 6.0, "complaint": 0.3}),
    Character.BUYER: Nature(content=0.85, yearly={**_TALK, "buys": 24.0}),
}

SHARES: Mapping[Character, int] = {
    Character.STEADY: 22,
    Character.CONFUSED: 10,
    Character.SILENT: 14,
    Character.DOUBLE: 8,
    Character.SWITCHER: 6,
    Character.LEAVER: 8,
    Character.COMPLAINER: 6,
    Character.STOPPER: 8,
    Character.LATE: 8,
    Character.NIGHT: 5,
    Character.BUYER: 5,
}
"""Of a hundred customers, how many are of which character."""
