"""What one customer could tell of her year: what she agreed to, when she complained, paused, blocked, and spoke."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from domain.customers import Purpose

_WEEK, _MONTH = dt.timedelta(days=7), dt.timedelta(days=30)


@dataclass(slots=True)
class Span:
    """A time from *start* until *end* (None: still)."""

    start: dt.datetime
    end: dt.datetime | None = None
    case: int = 0

    def covers(self, at: dt.datetime) -> bool:
        """Say whether *at* lies inside; the two ends belong to the outside, since nobody can order the same second."""
        return self.start < at and (self.end is None or at < self.end)


@dataclass(slots=True)
class Notes:
    """
    Everything dated by Telegram's clock. What the program could not yet know, being down, counts from when it did.

    `agreed` holds the times in which she agreed to a purpose and `refused` those in which she had said no, `told` the
    facts that she answered to small questions. `spoke` are the seconds in which she did anything, `asked_for` those in
    which she asked for help or another language, after which an open question is put once more.
    """

    agreed: dict[Purpose, list[Span]] = field(default_factory=lambda: {purpose: [] for purpose in Purpose})
    complaints: list[Span] = field(default_factory=list)
    pauses: list[Span] = field(default_factory=list)
    blocks: list[Span] = field(default_factory=list)
    refused: dict[Purpose, list[Span]] = field(default_factory=lambda: {purpose: [] for purpose in Purpose})
    told: list[tuple[str, dt.datetime]] = field(default_factory=list)
    asked_for: set[int] = field(default_factory=set)
    spoke: set[int] = field(default_factory=set)
    _withdrawn: list[Purpose] = field(default_factory=list)
    _blocked: bool = False

    def agrees(self, purpose: Purpose, at: dt.datetime) -> None:
        """She says yes; a yes also ends a break."""
        if purpose in self._withdrawn:
            self._withdrawn.remove(purpose)
        spans = self.agreed[purpose]
        if not spans or spans[-1].end is not None:
            spans.append(Span(at))
        _close(self.refused[purpose], at)
        for pause in self.pauses:
            if pause.end is not None and pause.end > at:
                pause.end = at

    def withdraws(self, purpose: Purpose) -> None:
        """She says no: it counts from when the program has heard it."""
        self._withdrawn.append(purpose)

    def blocks_bot(self) -> None:
        """She blocks the bot."""
        self._blocked = True

    def comes_back(self, at: dt.datetime) -> None:
        """She unblocks the bot."""
        self._blocked = False
        if self.blocks and self.blocks[-1].end is None:
            self.blocks[-1].end = at

    def heard(self, at: dt.datetime) -> None:
        """The program has heard all that she said so far."""
        for purpose in self._withdrawn:
            _close(self.agreed[purpose], at)
            if not any(span.end is None for span in self.refused[purpose]):
                self.refused[purpose].append(Span(at))
        self._withdrawn.clear()
        if self._blocked and (not self.blocks or self.blocks[-1].end is not None):
            self.blocks.append(Span(at))

    def complains(self, case: int, at: dt.datetime) -> None:
        """Her complaint has a number."""
        self.complaints.append(Span(at, case=case))

    def settles(self, case: int, at: dt.datetime) -> None:
        """The company says that a case is settled from its side."""
        for span in self.complaints:
            if span.case == case and span.end is None:
                span.end = at

    def opens_again(self, case: int, at: dt.datetime) -> None:
        """A settled case is open again."""
        if any(span.case == case for span in self.complaints):
            self.complaints.append(Span(at, case=case))

    def pauses_for(self, at: dt.datetime, *, week: bool) -> None:
        """The company has promised to start nothing for a while."""
        self.pauses.append(Span(at, at + (_WEEK if week else _MONTH)))

    def agreed_at(self, purpose: Purpose, at: dt.datetime) -> bool:
        """Say whether she agreed to *purpose* at *at*."""
        return any(span.start <= at and (span.end is None or at <= span.end) for span in self.agreed[purpose])


def _close(spans: list[Span], at: dt.datetime) -> None:
    if spans and spans[-1].end is None:
        spans[-1].end = at
