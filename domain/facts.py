"""What is worth knowing of a customer, and how much a question about it is worth asking."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from domain.dialogues import Question, QuestionKind, Script, Texts
from domain.durations import Duration, Unit
from domain.rules import Rule

PREFIX = "fact."
"""Begins the id of every script that asks for one fact alone."""

CLOSED = frozenset(
    {QuestionKind.CHOICE, QuestionKind.MANY, QuestionKind.YES_NO, QuestionKind.SCALE, QuestionKind.STARS}
)
"""Kinds whose answers can be counted beforehand."""

ASKABLE = CLOSED | {QuestionKind.NUMBER, QuestionKind.DATE, QuestionKind.TEXT}
"""Kinds that a small question may be: what is answered by one tap or a few words."""


A_YEAR = Duration(1, Unit.YEARS)


@dataclass(frozen=True, slots=True)
class WorthKnowing:
    """
    One `[[fact]]`: `script` asks it alone, `label` is how it is called before her and staff.

    `worth` (0 to 10) is what knowing it is worth to the company, `fresh` how long an answer counts as known, `again`
    how long it is not asked again after it was put, whatever became of it. `only_if` is judged over what is known.
    """

    name: str
    script: Script
    label: Texts
    worth: float = 1.0
    fresh: Duration = A_YEAR
    again: dt.timedelta = dt.timedelta(days=180)
    only_if: Rule | None = None

    @property
    def question(self) -> Question:
        """The one question."""
        return self.script.questions[0]

    def is_fresh(self, learnt_at: dt.datetime, now: dt.datetime) -> bool:
        """Say whether an answer of *learnt_at* still counts as known; exactly `fresh` old it does not."""
        try:
            return self.fresh.after(learnt_at) > now
        except OverflowError:
            return True


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is computed of a fact over all customers: how much an answer tells (0 to 1), how likely there is one."""

    information: float = 1.0
    answers: float = 0.5


UNKNOWN = Estimate()
"""Before anybody has answered: nothing is known of the answers, and she answers or not."""


def is_small(script_id: str) -> bool:
    """Say whether a script asks for one fact alone."""
    return script_id.startswith(PREFIX)


def value_of_asking(fact: WorthKnowing, estimate: Estimate, learnt_at: dt.datetime | None, now: dt.datetime) -> float:
    """
    Return worth × P(she answers) × expected information: what asking her now is worth, on the scale of `worth`.

    The value of information of Howard (1966, "Information Value Theory", IEEE Trans. SSC-2), with the information of
    an answer measured by Shannon's entropy (1948). A fact that was known once is new only if it has changed meanwhile.
    """
    changed = 1.0 if learnt_at is None else probability_changed(now - learnt_at, fact.fresh)
    return fact.worth * estimate.answers * estimate.information * changed


def probability_changed(age: dt.timedelta, fresh: Duration) -> float:
    """
    Return the probability that a fact has changed at *age*, if facts last *fresh* on average: 1 - exp(-age / fresh).

    The exponential lifetime is the one without memory: an older answer is no surer for having held so long.
    """
    length = fresh.as_timedelta() or dt.timedelta(days=365.25 / 12 * fresh.months)
    return -math.expm1(-age / length) if length and age > dt.timedelta(0) else float(not length)


def probability_of_answer(answered: int, asked: int) -> float:
    """Return (answered + 1) / (asked + 2): Laplace's rule of succession, one half before anybody was asked."""
    return (answered + 1) / (asked + 2)


def information_of_one(counts: Sequence[int]) -> float:
    """
    Return the entropy of a choice among len(*counts*) options, each count one higher, as a share of its maximum (0..1).

    H = -Σ p log2 p (Shannon 1948, "A Mathematical Theory of Communication"), divided by log2 of the options. Adding
    one (Laplace) lets an answer that nobody has given yet remain possible.
    """
    if len(counts) < 2:
        return 0.0
    total = sum(counts) + len(counts)
    return -sum(p * math.log2(p) for p in ((count + 1) / total for count in counts)) / math.log2(len(counts))


def information_of_several(counts: Sequence[int], customers: int) -> float:
    """
    Return the mean entropy (0..1) of options of which any number may be chosen, each a yes or no by itself.

    *counts* says how many of *customers* have chosen each; a mean, since a question is no better for its length.
    """
    if not counts:
        return 0.0
    return sum(information_of_one((count, customers - count)) for count in counts) / len(counts)
