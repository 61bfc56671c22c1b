"""What a sending of a newsletter brought about: who did something after it came, by group, in plain counts."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class ClickKind(enum.StrEnum):
    """What a customer followed out of a newsletter."""

    BUTTON = "button"  # of a dialogue; the target is the button's place, from 0
    LINK = "link"  # over our own address; the target is the link's number, from 0
    DEEP_LINK = "deep_link"  # a start of the bot by the link of a newsletter that somebody passed on


@dataclass(frozen=True, slots=True)
class Doings:
    """
    What a group of *n* customers did: each count is of people, except *orders*.

    *amount* is what they spent together, returns taken off, in the company's currency and its minor units; *squares*
    is the sum of the squares of what each of them spent, which the interval of the mean needs.
    """

    n: int = 0
    clicked: int = 0
    replied: int = 0
    reacted: int = 0
    blocked: int = 0
    opted_out: int = 0
    complained: int = 0
    bought: int = 0
    orders: int = 0
    amount: int = 0
    squares: float = 0.0

    def __add__(self, other: Doings) -> Doings:
        return Doings(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Followed:
    """How many *people* followed one button or link of a sending, and how often they did in all."""

    kind: ClickKind
    target: str
    people: int
    clicks: int


@dataclass(frozen=True, slots=True)
class SendingEffects:
    """
    What a sending brought about up to *until*.

    *got* counts, by variant ("" has none), those whom it reached, and what they did after their own message came.
    *assigned* and *held_out* are those who were to get it, reached or not, and those who were kept from it by lot: what
    both did since *since*, so that the two may be compared; None where nobody was kept from it. *starts* counts the
    people who started the bot by the link of a message that was passed on, *newcomers* those of them who were new.
    """

    since: dt.datetime
    until: dt.datetime
    got: Mapping[str, Doings] = field(default_factory=dict)
    assigned: Doings | None = None
    held_out: Doings | None = None
    followed: tuple[Followed, ...] = ()
    starts: int = 0
    newcomers: int = 0

    @property
    def reached(self) -> Doings:
        """All whom it reached, whatever their variant."""
        return sum(self.got.values(), Doings())
