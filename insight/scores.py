"""
Satisfaction scores: NPS, CSAT and CES, never without their number of answers, response rate and interval.

Fewer than ten answers make no score: the counts are there, and the verdict is "too few".
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from insight.intervals import Interval, nps_adjusted_wald, wilson

LEAST_ANSWERS = 10
"""With fewer answers a score says more about chance than about customers."""


class ScoreKind(enum.StrEnum):
    """The three scores, by the question that is asked."""

    NPS = "nps"
    CSAT = "csat"
    CES = "ces"


_SCALES = {ScoreKind.NPS: range(11), ScoreKind.CSAT: range(1, 6), ScoreKind.CES: range(1, 8)}
_OF_SCALE = {(scale[0], scale[-1]): kind for kind, scale in _SCALES.items()}
_GOOD_FROM = {ScoreKind.CSAT: 4, ScoreKind.CES: 5}


def kind_of_scale(low: int, high: int) -> ScoreKind | None:
    """Give the score that answers from *low* to *high* (both inclusive) make, or None."""
    return _OF_SCALE.get((low, high))


@dataclass(frozen=True, slots=True)
class Score:
    """
    One score of one group of answers.

    *value*, *low* and *high* are points from -100 to 100 for NPS and percent from 0 to 100 for CSAT and CES; None with
    too few answers. *favourable* counts promoters or satisfied, *unfavourable* detractors or the rest. *invited* is how
    many were asked, None where nobody was (answers on their own accord).
    """

    kind: ScoreKind
    n: int
    favourable: int
    unfavourable: int
    invited: int | None
    value: float | None
    low: float | None
    high: float | None

    @property
    def too_few(self) -> bool:
        """Whether there are fewer than ten answers."""
        return self.n < LEAST_ANSWERS

    @property
    def response_rate(self) -> float | None:
        """Answers by invitations (0 to 1), None where nobody was invited."""
        return self.n / self.invited if self.invited else None

    def __str__(self) -> str:
        rate = "" if self.response_rate is None else f", response rate {100 * self.response_rate:.0f} %"
        if self.value is None or self.low is None or self.high is None:
            return f"{self.kind.upper()}: too few answers (n = {self.n}{rate})"
        unit = "" if self.kind is ScoreKind.NPS else " %"
        span = f"{self.low:.0f} to {self.high:.0f}"
        return f"{self.kind.upper()} {self.value:.0f}{unit} ({span}, n = {self.n}{rate})"


def score_of(kind: ScoreKind, answers: Iterable[int], *, invited: int | None = None, confidence: float = 0.95) -> Score:
    """
    Count answers into a score with its interval.

    NPS: promoters 9-10 less detractors 0-6 (F. Reichheld, "The one number you need to grow", Harvard Business Review
    81:12 (2003) 46-54), adjusted Wald interval. CSAT: share of 4 and 5 on the scale 1-5 (top two of five). CES: share
    of 5 to 7 on the scale 1-7. Both with Wilson's interval. Raises ValueError for an answer off the scale or for more
    answers than invitations.
    """
    given = list(answers)
    off = next((answer for answer in given if answer not in _SCALES[kind]), None)
    if off is not None:
        scale = _SCALES[kind]
        raise ValueError(f"{kind}: {off} is off the scale {scale[0]} to {scale[-1]}; leave it out")
    if kind is ScoreKind.NPS:
        favourable, unfavourable = sum(a >= 9 for a in given), sum(a <= 6 for a in given)
    else:
        favourable = sum(a >= _GOOD_FROM[kind] for a in given)
        unfavourable = len(given) - favourable
    return score_from_counts(kind, favourable, unfavourable, len(given), invited=invited, confidence=confidence)


def score_from_counts(
    kind: ScoreKind,
    favourable: int,
    unfavourable: int,
    n: int,
    *,
    invited: int | None = None,
    confidence: float = 0.95,
) -> Score:
    """Make a score of counts that were taken elsewhere, such as in SQL; the same formulas and errors as `score_of`."""
    if invited is not None and invited < n:
        raise ValueError(f"{kind}: {n} answers to {invited} invitations cannot be; count the invitations again")
    if kind is ScoreKind.NPS:
        interval = nps_adjusted_wald(favourable, unfavourable, n, confidence)
        value = 100 * (favourable - unfavourable) / n if n else 0.0
    else:
        share = wilson(favourable, n, confidence)
        interval = Interval(100 * share.low, 100 * share.high)
        value = 100 * favourable / n if n else 0.0
    if n < LEAST_ANSWERS:
        return Score(kind, n, favourable, unfavourable, invited, None, None, None)
    # The adjusted interval is centred nearer to nothing than the score; the score itself always belongs to it.
    low, high = min(interval.low, value), max(interval.high, value)
    return Score(kind, n, favourable, unfavourable, invited, value, low, high)
