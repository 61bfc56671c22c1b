"""Two years of talk with one customer of the sample company: surveys, complaints, questions, calls, letters, news."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.sample_company_people import SamplePerson
from bot.sample_company_words import BEST, CALLS, COMPLAINTS, MAGAZINE, NEWSLETTERS, QUESTIONS, WHY
from domain.cases import CaseKind, Priority
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.customers import Consent, KnownFact, Purpose
from domain.dialogues import Answer, OpenCase, Run, RunState, Script
from store.ids import new_id

_QUIET_SINCE = dt.timedelta(days=9)  # so that the courtesy budget of the running demo begins untouched


@dataclass(frozen=True, slots=True)
class PastCase:
    """A case that was opened, answered and closed, and the staff member who did it."""

    opening: OpenCase
    opened_at: dt.datetime
    answered_at: dt.datetime
    resolved_at: dt.datetime
    owner_id: int
    reply: str
    run_id: int | None
    rated_run: int | None = None  # in which she said how it went
    about: int | None = None  # the place in her history of the case that it follows


@dataclass(slots=True)
class History:
    """All that one customer's past leaves in the store."""

    customer_id: int
    contacts: list[Contact] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    answers: list[tuple[int, Answer]] = field(default_factory=list)
    cases: list[PastCase] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    facts: list[KnownFact] = field(default_factory=list)


class Historian:
    """Makes histories; the same *rng* and *now* make the same ones but for their ids."""

    def __init__(
        self, rng: random.Random, now: dt.datetime, scripts: Mapping[str, Script], staff: tuple[int, ...]
    ) -> None:
        self._rng = rng
        self._now = now
        self._latest = now - _QUIET_SINCE
        self._scripts = scripts
        self._staff = staff

    def history_of(self, customer_id: int, person: SamplePerson) -> History:
        """Make the past of one customer."""
        history = History(customer_id)
        self._on_paper(history, person)
        if person.telegram_id is not None and person.met:
            agreed = self._welcome(history, person)
            if Purpose.SURVEYS in agreed:
                self._surveys(history, person)
            if Purpose.MARKETING in agreed:
                self._news(history, person)
            self._troubles(history, person)
        history.contacts.sort(key=lambda contact: contact.at)
        return history

    def _on_paper(self, history: History, person: SamplePerson) -> None:
        for at in self._days(person.since, 120):
            text = MAGAZINE[person.language]
            history.contacts.append(
                self._contact(history, at, Channel.LETTER, Direction.OUT, ContactKind.SERVICE, text)
            )
        if self._rng.random() < 0.35:
            text = self._rng.choice(CALLS[person.language])
            feeling = 1 + round(person.attitude * 4)
            at = self._day(person.since)
            history.contacts.append(
                self._contact(history, at, Channel.PHONE, Direction.IN, ContactKind.WORDS, text, feeling=feeling)
            )

    def _welcome(self, history: History, person: SamplePerson) -> set[Purpose]:
        at = person.since + dt.timedelta(hours=self._rng.randrange(1, 200))
        history.contacts.append(
            self._contact(history, at, Channel.TELEGRAM, Direction.IN, ContactKind.COMMAND, "/start")
        )
        run = self._run(history, "welcome", at, RunState.DONE)
        self._answer(history, run, "language", at, person.language, person.language)
        agreed: set[Purpose] = set()
        for purpose, chance in ((Purpose.MARKETING, 0.76), (Purpose.SURVEYS, 0.8)):
            given = self._rng.random() < chance or bool(person.key)
            self._answer(history, run, purpose.value, at, given, "✓" if given else "–")
            history.consents.append(Consent(purpose, given, f"{purpose.value}/1", "dialogue:welcome", at))
            agreed |= {purpose} if given else set()
        interests = tuple(sorted(self._rng.sample(("new", "offers", "tips", "events"), self._rng.randrange(1, 4))))
        self._answer(history, run, "interests", at, interests, ", ".join(interests))
        history.facts.append(KnownFact("interests", ",".join(interests), "dialogue:welcome", at))
        return agreed

    def _surveys(self, history: History, person: SamplePerson) -> None:
        for days in (290, 110, 25):
            at = self._now - dt.timedelta(days=days, hours=self._rng.randrange(1, 8))
            if at < person.since + dt.timedelta(days=30) or self._rng.random() < 0.25:
                continue
            answered = self._rng.random() < 0.66
            run = self._run(history, "nps", at, RunState.DONE if answered else RunState.EXPIRED, "wave")
            question = self._scripts["nps"].questions[0].say[person.language].strip().splitlines()[0]
            self._ours(history, at, ContactKind.SURVEY, question, run_id=run, proactive=True)
            if answered:
                self._score(history, person, run, at + dt.timedelta(minutes=self._rng.randrange(2, 900)))

    def _score(self, history: History, person: SamplePerson, run: int, at: dt.datetime) -> None:
        score = min(max(round(self._rng.gauss(person.attitude * 11 + 0.6, 1.2)), 0), 10)
        self._answer(history, run, "score", at, score, str(score))
        history.facts.append(KnownFact("nps", score, "dialogue:nps", at))
        question, words = ("why", WHY) if score <= 8 else ("best", BEST)
        said = self._rng.choice(words[person.language]) if self._rng.random() < 0.6 else ""
        self._answer(history, run, question, at, said or None, said, skipped=not said)
        if said:
            self._hers(history, at, ContactKind.ANSWER, said, run_id=run)
        if score <= 6:
            opening = OpenCase(CaseKind.FOLLOW_UP, "detractor", Priority.HIGH, f"NPS {score}: {said}")
            history.cases.append(self._case(history, opening, at, "", run))

    def _news(self, history: History, person: SamplePerson) -> None:
        for number, at in enumerate(self._days(person.since, 30)):
            _, texts = NEWSLETTERS[number % len(NEWSLETTERS)]
            self._ours(history, at, ContactKind.NEWSLETTER, texts[person.language], proactive=True)

    def _troubles(self, history: History, person: SamplePerson) -> None:
        if self._rng.random() < 0.55 * (1 - person.attitude):
            category, said, answer = self._rng.choice(COMPLAINTS[person.language])
            opening = OpenCase(CaseKind.COMPLAINT, category, summary=said["what"], remedy=said["remedy"])
            self._talk(history, person, "complaint", opening, answer["reply"])
        if self._rng.random() < 0.12:
            asked, reply = self._rng.choice(QUESTIONS[person.language])
            opening = OpenCase(CaseKind.QUESTION, "question", summary=asked)
            self._talk(history, person, "question", opening, reply)

    def _talk(self, history: History, person: SamplePerson, script: str, opening: OpenCase, reply: str) -> None:
        at = self._day(person.since)
        run = self._run(history, script, at, RunState.DONE)
        if script == "complaint":
            self._answer(history, run, "category", at, opening.category, opening.category)
            self._answer(history, run, "order", at, None, "", skipped=True)
        self._answer(history, run, "what", at, opening.summary, opening.summary)
        self._hers(history, at, ContactKind.ANSWER, opening.summary, run_id=run)
        case = self._case(history, opening, at, reply, run)
        history.cases.append(case)
        self._ours(history, case.answered_at, ContactKind.STAFF_REPLY, reply, staff_id=case.owner_id)
        if self._rng.random() < 0.6:
            rated_at = case.resolved_at + dt.timedelta(hours=2)
            stars = min(max(round(self._rng.gauss(1.6 + person.attitude * 3.2, 0.8)), 1), 5)
            rated = self._run(history, "csat", rated_at, RunState.DONE, "event:case")
            history.cases[-1] = replace(case, rated_run=rated)
            self._answer(history, rated, "score", rated_at, stars, "★" * stars)
            history.facts.append(KnownFact("csat", stars, "dialogue:csat", rated_at))
            if stars <= 2:
                again = OpenCase(CaseKind.FOLLOW_UP, "detractor", Priority.HIGH, f"CSAT {stars}: {opening.summary}")
                follow_up = self._case(history, again, rated_at, reply, rated)
                history.cases.append(replace(follow_up, about=len(history.cases) - 1, owner_id=case.owner_id))

    def _case(self, history: History, opening: OpenCase, at: dt.datetime, reply: str, run_id: int | None) -> PastCase:
        answered = at + dt.timedelta(minutes=self._rng.randrange(9, 380))
        resolved = answered + dt.timedelta(hours=self._rng.randrange(1, 60))
        return PastCase(opening, at, answered, resolved, self._rng.choice(self._staff), reply, run_id)

    def _run(self, history: History, script: str, at: dt.datetime, state: RunState, by: str = "customer") -> int:
        digest = self._scripts[script].digest
        run = Run(
            id=new_id(),
            customer_id=history.customer_id,
            script_id=script,
            script_digest=digest,
            state=state,
            started_at=at,
            started_by=by,
            focus=new_id(),
            asking=1,
            ended_at=at + dt.timedelta(hours=1 if state is RunState.DONE else 120),
        )
        history.runs.append(run)
        return run.id

    def _answer(
        self,
        history: History,
        run_id: int,
        question: str,
        at: dt.datetime,
        value: Any,
        text: str,
        *,
        skipped: bool = False,
    ) -> None:
        history.answers.append((run_id, Answer(question, 1, at, value, text, skipped=skipped)))

    def _hers(self, history: History, at: dt.datetime, kind: ContactKind, text: str, **more: Any) -> None:
        history.contacts.append(self._contact(history, at, Channel.TELEGRAM, Direction.IN, kind, text, **more))

    def _ours(self, history: History, at: dt.datetime, kind: ContactKind, text: str, **more: Any) -> None:
        history.contacts.append(self._contact(history, at, Channel.TELEGRAM, Direction.OUT, kind, text, **more))

    def _contact(
        self,
        history: History,
        at: dt.datetime,
        channel: Channel,
        direction: Direction,
        kind: ContactKind,
        text: str,
        **more: Any,
    ) -> Contact:
        state = ContactState.RECEIVED if direction is Direction.IN else ContactState.SENT
        return Contact(new_id(), history.customer_id, at, channel, direction, kind, text, state, **more)

    def _day(self, since: dt.datetime) -> dt.datetime:
        span = max((self._latest - since).days, 1)
        day = since + dt.timedelta(days=self._rng.randrange(span))
        return day.replace(hour=self._rng.randrange(7, 17), minute=self._rng.randrange(60))

    def _days(self, since: dt.datetime, every: int) -> Iterator[dt.datetime]:
        at = since + dt.timedelta(days=self._rng.randrange(3, every))
        while at < self._latest:
            yield at.replace(hour=9, minute=self._rng.randrange(60))
            at += dt.timedelta(days=every)
