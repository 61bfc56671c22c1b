"""
How a wave chooses whom it asks: everybody, a share, a number, or one after the other until enough have answered.

What is stored with the wave is this value with its seed, so that anybody can draw the same sample again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

FIELDWORK = dt.timedelta(days=14)
EVERY = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Share:
    """So many percent of those who may be asked: over 0, at most 100."""

    percent: Decimal

    def size_of(self, frame: int) -> int:
        """Give the sample's size for a frame of that size, rounded half up: 20 % of 12 is 2, of 13 is 3."""
        return int((self.percent * frame + 50) // 100)


@dataclass(frozen=True, slots=True)
class Size:
    """So many customers, or all where there are not so many."""

    customers: int

    def size_of(self, frame: int) -> int:
        """Give the sample's size for a frame of that size."""
        return min(self.customers, frame)


@dataclass(frozen=True, slots=True)
class Target:
    """
    As many customers as it takes for that many answers, invited in rounds; after `fieldwork` it ends as it is.

    `every` is the least time between two rounds.
    """

    answers: int
    fieldwork: dt.timedelta = FIELDWORK
    every: dt.timedelta = EVERY


@dataclass(frozen=True, slots=True)
class Sampling:
    """
    How a wave's sample is drawn out of its frame: the customers of the audience who may be asked.

    `amount` None takes them all. With `by` (a customer's attribute or a fact) the sample is stratified: in proportion
    to each stratum, or `equal`, with at least `least` of each; whoever has no such value is a stratum, too. The same
    `seed` and the same frame give the same sample. `recontact` replaces the survey's own time of rest for this wave.
    """

    amount: Share | Size | Target | None = None
    by: str = ""
    equal: bool = False
    least: int = 0
    seed: str = ""
    recontact: dt.timedelta | None = None

    @property
    def target(self) -> Target | None:
        """The answers that are wanted, where the wave asks until it has them."""
        return self.amount if isinstance(self.amount, Target) else None

    @property
    def is_plain(self) -> bool:
        """Whether it says nothing that differs from asking everybody by the common rules."""
        return self.amount is None and self.recontact is None

    def seeded(self, seed: str) -> Sampling:
        """Give the same with that seed."""
        return replace(self, seed=seed)

    def as_document(self) -> dict[str, str | int]:
        """Give it as a flat document of texts and numbers; `sampling_from` reads it back."""
        document: dict[str, str | int] = {}
        match self.amount:
            case Share(percent):
                document["share"] = str(percent)
            case Size(customers):
                document["size"] = customers
            case Target(answers, fieldwork, every):
                document["target"] = answers
                document["fieldwork_s"] = int(fieldwork.total_seconds())
                document["every_s"] = int(every.total_seconds())
            case None:
                pass
        if self.by:
            document |= {"by": self.by, "equal": int(self.equal), "least": self.least}
        if self.recontact is not None:
            document["recontact_s"] = int(self.recontact.total_seconds())
        if self.seed:
            document["seed"] = self.seed
        return document


def sampling_from(document: Mapping[str, str | int]) -> Sampling:
    """Read what `as_document` gave; keys of others are left alone."""
    amount: Share | Size | Target | None = None
    if "share" in document:
        amount = Share(Decimal(document["share"]))
    elif "size" in document:
        amount = Size(int(document["size"]))
    elif "target" in document:
        fieldwork, every = (dt.timedelta(seconds=int(document[key])) for key in ("fieldwork_s", "every_s"))
        amount = Target(int(document["target"]), fieldwork, every)
    rest = document.get("recontact_s")
    return Sampling(
        amount,
        by=str(document.get("by", "")),
        equal=bool(document.get("equal", 0)),
        least=int(document.get("least", 0)),
        seed=str(document.get("seed", "")),
        recontact=None if rest is None else dt.timedelta(seconds=int(rest)),
    )
