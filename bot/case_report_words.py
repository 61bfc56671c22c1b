"""The report of cases in a staff member's language: a phone screen of numbers, the details, the picture's words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.case_figures import CaseReport, Group, Promises, Waited
from bot.pictures_cases import CasesPage, Fall, Mark, Part
from bot.pictures_page import Bar, Mood
from bot.staff_labels import Labels
from domain.case_clocks import Clock
from domain.company import Company
from domain.languages import in_language
from insight.survival import Quantile, Survival
from templates.locales import number as written_number
from templates.locales import percent as written_percent
from templates.markup import Safe
from templates.words import Words

_LINE, _DOT, _BLANK = Safe("\n"), Safe(" · "), Safe("")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_AGES = {
    "day": Mood.GOOD,
    "three_days": Mood.GOOD,
    "week": Mood.MIDDLE,
    "four_weeks": Mood.BAD,
    "older": Mood.BAD,
}
_MOST_GROUPS = 8
_MOST_PARTS = 4
_TICKS = (0.25, 0.5, 1, 2, 4, 5, 10, 20, 40, 50, 100, 200, 400, 500, 1000, 2000, 5000, 10000)  # hours between two


class CaseReportWords:
    """Says what `bot.case_report` computed, as Telegram HTML and as a picture's page."""

    def __init__(self, company: Company, words: Words, labels: Labels) -> None:
        self._company = company
        self._words = words
        self._labels = labels

    def summary(self, found: CaseReport, language: str) -> str:
        """Say what matters on one phone screen."""
        lines = [self._html("title", language, **_period(found))]
        lines += self.counts(found, language)
        if not _has_any(found):
            return _LINE.join(lines)
        if found.received:
            lines += [_BLANK, *self._waited("answer", found.answer, found.promises.get(Clock.FIRST_ANSWER), language)]
            promises = found.promises.get(Clock.RESOLUTION)
            lines += [_BLANK, *self._waited("resolution", found.resolution, promises, language)]
        lines.append(_BLANK)
        if found.decided:
            shares = {
                "declined_share": found.declined / found.decided,
                "reopened_share": found.reopened / found.decided,
            }
            values = {"decided": found.decided, "declined": found.declined, "reopened": found.reopened}
            lines.append(self._html("decisions", language, **values, **shares))
        if found.loop.received:
            loop = found.loop
            values = {"answered": loop.answered, "answered_of": loop.answered_of}
            values |= {"settled": loop.settled, "settled_of": loop.settled_of}
            lines.append(self._html("loop", language, **values))
        lines.append(self._rating(found, language))
        if not found.is_estimated:
            lines += [_BLANK, self._html("no_estimates", language)]
        return _LINE.join(lines)

    def counts(self, found: CaseReport, language: str) -> list[Safe]:
        """Count cases in two lines: how many came, were closed and are open, and how old the open ones are."""
        if not _has_any(found):
            return [self._html("nothing", language)]
        counts = {"received": found.received, "closed": found.closed, "open": found.open, "awaited": found.awaited}
        lines = [self._html("counts", language, **counts)]
        if found.open:
            lines.append(self._html("ages", language, parts=self._parts(self._ages(found, language), language)))
        return lines

    def details(self, found: CaseReport, language: str) -> str:
        """Say what is behind the button: kinds, categories, causes, clocks, intervals, and how all of it is counted."""
        lines = [self._html("details", language, **_period(found))]
        kinds = {self._labels.name("kind", kind.value, language): each for kind, each in found.kinds.items()}
        categories = {self._labels.name("category", name, language): each for name, each in found.categories.items()}
        for key, groups in (("by_kind", kinds), ("by_category", categories)):
            if groups:
                lines += [_BLANK, self._html(key, language), *self._groups(groups, language)]
        if found.causes:
            causes = {self.cause(name, language): count for name, count in found.causes.items()}
            parts = self._parts(causes.items(), language)
            lines += [_BLANK, self._html("causes", language, n=found.decided, parts=parts)]
        if found.promises:
            lines += [_BLANK, self._html("promises", language)]
            lines += [self._promise(clock, each, language) for clock, each in found.promises.items()]
        answer, decision = found.answer.opening, found.resolution.opening
        if answer is not None and decision is not None and answer.n:
            values = {
                "answer": self._between(answer.median, language),
                "decision": self._between(decision.median, language),
            }
            lines += [_BLANK, self._html("interval", language, **values)]
        left_out = [
            self._html(name, language, n=count)
            for name, count in (("spam", found.spam), ("merged", found.merged))
            if count
        ]
        if left_out:
            lines += [_BLANK, self._html("left_out", language, parts=_DOT.join(left_out))]
        lines += [_BLANK, self._html("note", language)]
        return _LINE.join(lines)

    def page(self, found: CaseReport, language: str) -> CasesPage:
        """Lay out the picture."""
        until = found.until - dt.timedelta(seconds=1)
        period = self._words.plain("staff.picture.period", language, since=found.since, until=until)
        figures = [
            (written_number(value, language), self._picture(name, language))
            for name, value in (("received", found.received), ("closed", found.closed), ("open", found.open))
        ]
        first = found.promises.get(Clock.FIRST_ANSWER)
        if first is not None and first.share is not None:
            figures.append((written_percent(first.share, language), self._picture("in_time", language)))
        moods = _AGES.values()
        ages = zip(self._ages(found, language, all_of_them=True), moods, strict=True)
        curve = found.resolution.opening
        return CasesPage(
            self._picture("title", language),
            f"{self._company.name} · {period}",
            tuple(figures),
            self._picture("ages", language),
            tuple(Bar(label, count, mood) for (label, count), mood in ages),
            self._picture("curve", language),
            self._fall(curve, language) if curve is not None and curve.steps else None,
            self._picture("no_curve" if curve is not None else "no_scipy", language),
            self._picture("categories", language),
            self._bars(found, language),
        )

    def cause(self, name: str, language: str) -> str:
        """Name a cause as the config does; one that it has no more is named readably."""
        if not name:
            return self._words.plain("case_report.unsaid", language)
        labels = self._company.cases.causes.get(name)
        found = in_language(labels, language, self._company.default_language) if labels else ""
        return found or self._labels.name("cause", name, language)

    def _ages(self, found: CaseReport, language: str, *, all_of_them: bool = False) -> list[tuple[str, int]]:
        named = zip((self._words.plain(f"case_report.age.{name}", language) for name in _AGES), found.ages, strict=True)
        return [(name, count) for name, count in named if count or all_of_them]

    def _parts(self, parts: Iterable[tuple[str, int]], language: str) -> Safe:
        return _DOT.join(self._html("part", language, name=name, n=count) for name, count in parts)

    def _waited(self, name: str, waited: Waited, promises: Promises | None, language: str) -> list[Safe]:
        lines = [self._html(name, language, n=waited.n, waiting=waited.n - waited.done)]
        for unit, found in (("opening", waited.opening), ("calendar", waited.calendar)):
            if found is not None and found.n:
                lines.append(self._html(unit, language, **self._both(found, language, days=unit == "calendar")))
        if promises is not None and promises.share is not None:
            values = {"kept": promises.kept, "of": promises.kept + promises.late, "share": promises.share}
            lines.append(self._html("kept", language, **values))
        return lines

    def _rating(self, found: CaseReport, language: str) -> Safe:
        score = found.rating
        if not score.invited:
            return self._html("csat_nobody", language)
        if score.value is None or score.low is None or score.high is None:
            return self._html("csat_few", language, n=score.n, invited=score.invited)
        values = {"value": round(score.value), "low": round(score.low), "high": round(score.high)}
        return self._html("csat", language, n=score.n, invited=score.invited, rate=score.response_rate, **values)

    def _groups(self, groups: Mapping[str, Group], language: str) -> list[Safe]:
        lines = []
        for name, each in list(groups.items())[:_MOST_GROUPS]:
            counts = {"received": each.received, "closed": each.closed, "open": each.open}
            lines.append(self._html("group", language, name=name, **counts))
            answer, decision = each.answer.opening, each.resolution.opening
            if answer is not None and decision is not None and answer.n:
                values = {"answer": self._pair(answer, language), "decision": self._pair(decision, language)}
                lines.append(self._html("group_took", language, **values))
        if len(groups) > _MOST_GROUPS:
            lines.append(self._html("more_groups", language, n=len(groups) - _MOST_GROUPS))
        return lines

    def _promise(self, clock: Clock, each: Promises, language: str) -> Safe:
        name = self._words.plain(f"case_report.clock.{clock.value}", language)
        return self._html("promise", language, name=name, kept=each.kept, late=each.late, running=each.running)

    def _both(self, found: Survival, language: str, *, days: bool = False) -> dict[str, str]:
        values = {"half": found.median.value, "nine": found.p90.value}
        return {name: self._time(value, language, days=days) for name, value in values.items()}

    def _pair(self, found: Survival, language: str) -> Safe:
        return self._html("pair", language, **self._both(found, language))

    def _between(self, found: Quantile, language: str) -> Safe:
        values = {"half": found.value, "low": found.low, "high": found.high}
        return self._html("between", language, **{name: self._time(at, language) for name, at in values.items()})

    def _time(self, seconds: float | None, language: str, *, days: bool = False) -> str:
        """Write a span, "" for None; opening time has no days: nobody knows how long hers would be."""
        if seconds is None:
            return ""
        if seconds < _HOUR:
            return self._words.plain("case_report.minutes", language, n=round(seconds / _MINUTE))
        if days and seconds >= 2 * _DAY:
            return self._words.plain("case_report.days", language, n=_rounded(seconds / _DAY))
        return self._words.plain("case_report.hours", language, n=_rounded(seconds / _HOUR))

    def _fall(self, curve: Survival, language: str) -> Fall:
        """Draw up to a little beyond nine of ten or the last fall; some may be open for very much longer."""
        nine = curve.p90.value
        end = min(curve.watched, nine * 1.25 if nine else curve.steps[-1].at * 2)
        end = max(end, curve.steps[0].at * 1.25, float(_HOUR))
        step = next((each for each in _TICKS if end / _HOUR / each <= 6), _TICKS[-1]) * _HOUR
        ticks = tuple((place * step, self._tick(place * step, language)) for place in range(int(end / step) + 1))
        steps = tuple((each.at, each.share, each.low, each.high) for each in curve.steps)
        marks: list[Mark] = []
        later: list[str] = []
        for name, at in (("half", curve.median.value), ("nine", nine)):
            if at is None:
                later.append(self._marked(name, None, language))
            elif marks and marks[-1].at == at:
                marks[-1] = replace(marks[-1], written=f"{marks[-1].written} · {self._marked(name, at, language)}")
            elif at <= end:
                share = next(each.share for each in curve.steps if each.at == at)
                marks.append(Mark(at, share, self._marked(name, at, language)))
        return Fall(steps, end, ticks, tuple(marks), " · ".join(later))

    def _tick(self, seconds: float, language: str) -> str:
        return self._words.plain("case_report.hours", language, n=_rounded(seconds / _HOUR, 2))

    def _marked(self, name: str, at: float | None, language: str) -> str:
        time = self._time(at, language) or self._picture("not_yet", language)
        return self._words.plain(f"case_report.picture.{name}", language, time=time)

    def _bars(self, found: CaseReport, language: str) -> tuple[Part, ...]:
        shown = [(name, each) for name, each in found.categories.items() if each.received][:_MOST_PARTS]
        most = max((each.received for _, each in shown), default=1)
        parts = []
        for name, each in shown:
            written = written_number(each.received, language)
            if each.resolution.opening is not None:
                half = self._time(each.resolution.opening.median.value, language)
                written += f" · {half or self._picture('not_yet', language)}"
            parts.append(Part(self._labels.name("category", name, language), each.received / most, written))
        return tuple(parts)

    def _picture(self, name: str, language: str) -> str:
        return self._words.plain(f"case_report.picture.{name}", language)

    def _html(self, key: str, language: str, **values: object) -> Safe:
        return self._words.html(f"case_report.{key}", language, **values)


def _has_any(found: CaseReport) -> bool:
    return bool(found.received or found.open or found.closed or found.decided or found.awaited)


def _period(found: CaseReport) -> dict[str, dt.datetime]:
    return {"since": found.since, "until": found.until - dt.timedelta(seconds=1)}


def _rounded(value: float, decimals: int = 1) -> float | int:
    rounded = round(value, decimals)
    return int(rounded) if rounded == int(rounded) else rounded
