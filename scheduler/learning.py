"""What is worth asking, computed anew once a day from what all customers have answered: for small questions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dialogues.choices import choice_ids
from dialogues.conductor import Conductor
from dialogues.small_questions import ESTIMATES, read_estimates
from domain.dialogues import Question, QuestionKind
from domain.facts import (
    CLOSED,
    Estimate,
    WorthKnowing,
    information_of_one,
    information_of_several,
    probability_of_answer,
)
from store.answers_of_facts import asked_and_answered, sample_values
from store.database import Database, Tx
from store.settings import get_setting, put_setting

EVERY = dt.timedelta(days=1)


class Learning:
    """
    The job that keeps, for each fact worth knowing, how much an answer tells and how likely there is one.

    Whatever the number of customers, a fact costs about as much: it looks at a sample of the known values and at the
    newest askings. Every process takes what the first of the day has computed.
    """

    name = "learning"

    def __init__(self, database: Database, conductor: Conductor) -> None:
        self._database = database
        self._conductor = conductor
        self._next: dt.datetime | None = None

    async def prepare(self, now: dt.datetime) -> None:
        """Take what is stored, and look once more: the files may name other facts now."""
        self._next = None

    async def tick(self, now: dt.datetime) -> None:
        """Take what is stored when it is not a day old and knows every fact; else compute it."""
        facts = self._conductor.library.facts.all()
        if not facts or (self._next is not None and now < self._next):
            return
        async with self._database.read() as tx:
            stored = await get_setting(tx, ESTIMATES)
        known = read_estimates(stored)
        if known is None or known[0] + EVERY <= now or any(fact.name not in known[1] for fact in facts):
            known = now, {fact.name: await self._estimate(fact) for fact in facts}
            async with self._database.write() as tx:
                await put_setting(tx, ESTIMATES, _written(*known))
        self._next = known[0] + EVERY
        self._conductor.running.small.estimates = known[1]

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when a day has gone; None where no fact is worth knowing."""
        return self._next if self._conductor.library.facts.all() else None

    async def _estimate(self, fact: WorthKnowing) -> Estimate:
        async with self._database.read() as tx:  # one transaction for each, so that no long one stands in the way
            asked, answered = await asked_and_answered(tx, fact.script.id)
            values = await sample_values(tx, fact.name) if fact.question.kind in CLOSED else []
        answers = probability_of_answer(answered, asked)
        return Estimate(expected_information(fact.question, values), answers)


def expected_information(question: Question, values: list[Any]) -> float:
    """
    Return how much of all that an answer could tell it is expected to tell (0..1), given what others answered.

    A question whose answers cannot be counted beforehand (a number, a date, words) tells all there is: 1.
    """
    if question.kind not in CLOSED:
        return 1.0
    ids = choice_ids(question, ())
    if question.kind is QuestionKind.MANY:
        told = [{part.strip() for part in str(value).split(",")} for value in values]
        return information_of_several([sum(each in parts for parts in told) for each in ids], len(values))
    told_ids = [_as_id(value) for value in values]
    return information_of_one([told_ids.count(each) for each in ids])


def _as_id(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _written(at: dt.datetime, estimates: dict[str, Estimate]) -> dict[str, Any]:
    told = {name: [each.information, each.answers] for name, each in estimates.items()}
    return {"at": at.isoformat(), "facts": told}
