"""The report of cases is computed here: every case of a period is read once, and counted wherever it belongs."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping

from bot.case_figures import AGES, IN_TIME, CaseReport, Group, Loop, Promises, Waited
from bot.report import surveys_in
from dialogues.library import Library
from domain.case_clocks import CaseClock, Clock
from domain.case_lives import CaseLife
from domain.cases import CaseKind, CaseState
from domain.company import Company
from domain.hours import OpenTime
from insight.scores import ScoreKind, score_of
from insight.survival import can_estimate, survival
from store.case_report import ReportedCase, count_left_out, reported_cases
from store.database import Tx

_STARS = range(1, 6)
_AFTER = frozenset({"case_closed", "case_resolved"})


class _Times:
    """How long the answers or the decisions of some cases took, collected case by case."""

    def __init__(self) -> None:
        self.done: list[tuple[float, float]] = []  # by opening time and by the calendar
        self.still: list[tuple[float, float]] = []

    def waited(self) -> Waited:
        n, done = len(self.done) + len(self.still), len(self.done)
        if not can_estimate():
            return Waited(n, done)
        opening, calendar = (
            survival([each[unit] for each in self.done], [each[unit] for each in self.still]) for unit in (0, 1)
        )
        return Waited(n, done, opening, calendar)


class _Gathered:
    """The cases of a group, counted."""

    def __init__(self) -> None:
        self.received = self.closed = self.open = 0
        self.answer, self.resolution = _Times(), _Times()

    @property
    def counts(self) -> bool:
        """Whether anything happened in it; a case that was decided before and waits for her word makes no group."""
        return bool(self.received or self.closed or self.open)

    def group(self) -> Group:
        return Group(self.received, self.closed, self.open, self.answer.waited(), self.resolution.waited())


class _Tally:
    """Counts page after page; every case is looked at once."""

    def __init__(self, company: Company, since: dt.datetime, until: dt.datetime) -> None:
        self._since, self._until = since, until
        self._open_time = OpenTime(company, since, until)  # only of those received in the period
        self.all = _Gathered()
        self.kinds: dict[CaseKind, _Gathered] = {}
        self.categories: dict[str, _Gathered] = {}
        self.ages = [0] * (len(AGES) + 1)
        self.causes: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.promises: dict[Clock, Counter[str]] = {clock: Counter() for clock in Clock}
        self.ratings: list[float | None] = []

    def add(self, case: ReportedCase) -> None:
        """Count one case wherever it belongs."""
        life = case.life
        groups = (
            self.all,
            self.kinds.setdefault(life.kind, _Gathered()),
            self.categories.setdefault(life.category, _Gathered()),
        )
        for group in groups:
            group.received += self._within(life.opened_at)
            group.closed += self._within(life.closed_at)
            group.open += life.is_open
        if self._within(life.opened_at):
            self._time(life, groups)
            if life.kind is CaseKind.FOLLOW_UP:
                self._follow(life)
        if life.is_open:
            self.ages[sum(self._until - life.opened_at >= end for end in AGES)] += 1
        self.counts["awaited"] += life.decided_at is not None and life.closed_at is None
        self._decisions(life)
        for name, clock in _promises(case):
            if self._within(clock.started_at):
                self.promises[name][_fate(clock, self._until)] += 1
        if self._within(life.closed_at) and case.rating is not None:
            self.ratings.append(case.rating.value)

    def _within(self, moment: dt.datetime | None) -> bool:
        return moment is not None and self._since <= moment < self._until

    def _time(self, life: CaseLife, groups: Iterable[_Gathered]) -> None:
        over = life.over_at
        answer, resolution = life.answered_at or over or self._until, over or self._until
        first, last = self._span(life.opened_at, answer), self._span(life.opened_at, resolution)
        for group in groups:
            (group.answer.still if life.answered_at is None else group.answer.done).append(first)
            (group.resolution.still if over is None else group.resolution.done).append(last)

    def _span(self, start: dt.datetime, end: dt.datetime) -> tuple[float, float]:
        end = max(start, end)
        return self._open_time.between(start, end).total_seconds(), (end - start).total_seconds()

    def _decisions(self, life: CaseLife) -> None:
        last = next((each for each in reversed(life.decisions) if self._within(each.at)), None)
        if last is not None:
            self.counts["decided"] += 1
            self.counts["declined"] += last.declined
            self.counts["reopened"] += any(each.reopened_at for each in life.decisions if self._within(each.at))
            self.causes[life.cause] += 1

    def _follow(self, life: CaseLife) -> None:
        self.counts["followed"] += 1
        end = life.said_at + IN_TIME
        for what, at in (("answered", life.answered_at), ("settled", life.accepted_at)):
            in_time = at is not None and at <= end
            self.counts[what] += in_time
            self.counts[f"{what}_of"] += in_time or at is not None or self._until > end


def _promises(case: ReportedCase) -> list[tuple[Clock, CaseClock]]:
    """Give a case's clocks; a case from before there were any has at least the promise of a first answer."""
    life = case.life
    if case.clocks or life.first_answer_due is None:
        return [(clock.clock, clock) for clock in case.clocks]
    first = CaseClock(
        0, life.number, Clock.FIRST_ANSWER, life.opened_at, dt.timedelta(0), life.first_answer_due,
        stopped_at=life.answered_at or life.over_at,
    )  # fmt: skip
    return [(Clock.FIRST_ANSWER, first)]


def _fate(clock: CaseClock, until: dt.datetime) -> str:
    stopped = clock.stopped_at if clock.stopped_at is not None and clock.stopped_at < until else None
    if clock.due_at is not None and clock.due_at < (stopped or until):
        return "late"
    return "running" if stopped is None else "kept"


async def case_report(tx: Tx, company: Company, library: Library, since: dt.datetime, until: dt.datetime) -> CaseReport:
    """
    Compute the report of cases from *since* up to *until*.

    Each case is read once, page by page; what is counted later of the same period is the same, but for what turns out
    to be spam or a double. The curves are computed in a thread.
    """
    questions = [
        (each.script_id, each.question)
        for each in surveys_in(library)
        if each.kind is ScoreKind.CSAT and _asks_after_a_case(library, each.script_id)
    ]
    tally = _Tally(company, since, until)
    async for page in reported_cases(tx, since, until, questions):
        for case in page:
            tally.add(case)
    left_out = await count_left_out(tx, since, until)
    return await asyncio.to_thread(_report, tally, since, until, left_out)


def _asks_after_a_case(library: Library, script_id: str) -> bool:
    script = library.get(script_id)
    return script is not None and script.starts.after in _AFTER


def _report(tally: _Tally, since: dt.datetime, until: dt.datetime, left_out: Mapping[CaseState, int]) -> CaseReport:
    counts, whole = tally.counts, tally.all.group()
    categories = sorted(tally.categories.items(), key=lambda item: (-item[1].received, -item[1].open, item[0]))
    rated = [int(value) for value in tally.ratings if value is not None and value in _STARS]
    return CaseReport(
        since,
        until,
        received=whole.received,
        closed=whole.closed,
        decided=counts["decided"],
        open=whole.open,
        awaited=counts["awaited"],
        declined=counts["declined"],
        reopened=counts["reopened"],
        ages=tuple(tally.ages),
        answer=whole.answer,
        resolution=whole.resolution,
        rating=score_of(ScoreKind.CSAT, rated, invited=len(tally.ratings)),
        loop=Loop(
            counts["followed"], counts["answered"], counts["answered_of"], counts["settled"], counts["settled_of"]
        ),
        promises={clock: Promises(**found) for clock, found in tally.promises.items() if found},
        kinds={
            kind: tally.kinds[kind].group() for kind in CaseKind if kind in tally.kinds and tally.kinds[kind].counts
        },
        categories={name: gathered.group() for name, gathered in categories if gathered.counts},
        causes=dict(sorted(tally.causes.items(), key=lambda item: (item[0] == "", -item[1], item[0]))),
        spam=left_out.get(CaseState.SPAM, 0),
        merged=left_out.get(CaseState.MERGED, 0),
    )
