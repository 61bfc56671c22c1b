"""Reports in words and pictures: the numbers of `bot.report` in a staff member's language, and laid out to draw."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from bot.case_report_words import CaseReportWords
from bot.lifecycle_words import standings_counted
from bot.pictures_page import Bar, Mood, Page, Panel, Share, TrendPoint
from bot.report import Survey, SurveyResult, answers_of
from bot.report_waves import WaveResult
from bot.signal_words import signals_counted
from bot.staff_labels import Labels
from bot.whole_report import Report
from domain.company import Company
from insight.scores import Score, ScoreKind
from templates.locales import date as written_date
from templates.locales import number as written_number
from templates.locales import percent as written_percent
from templates.markup import Safe
from templates.words import Words

_MOST_WAVES = 6
_DAY = {"fi": "d.M.", "cs": "d. M."}


class Reporter:
    """Says results in a language: as words with numbers, and as pages to draw."""

    def __init__(self, company: Company, words: Words, labels: Labels) -> None:
        self._company = company
        self._words = words
        self._labels = labels

    def report_words(self, found: Report, language: str, *, on_command_line: bool = False) -> str:
        """Say the whole report in words (HTML); where the rest of the cases is, in the words of where it is read."""
        words = self._words
        cases = CaseReportWords(self._company, words, self._labels).counts(found.cases, language)
        rest = words.html("case_report.rest_option" if on_command_line else "case_report.rest_button", language)
        sent = Safe("\n").join(
            words.html(
                "staff.report_sending", language, name=self._labels.sent(each.name, language), at=each.at,
                sent=each.sent, skipped=each.skipped, failed=each.failed, unknown=each.unknown,
            )
            for each in found.sendings
        )  # fmt: skip
        told = signals_counted(found.signals, words, language)
        numbers = words.html(
            "staff.report_numbers",
            language,
            since=found.since,
            until=found.until - dt.timedelta(seconds=1),
            scores=Safe("\n").join(self._score(result, language) for result in found.surveys),
            cases=Safe("\n").join([*cases, rest]),
            sendings=sent,
        )
        stand = standings_counted(found.customers, words, language) if found.customers is not None else ""
        return "\n\n".join(part.strip() for part in (numbers, told, stand) if part)

    def survey_page(self, result: SurveyResult, language: str, waves: Sequence[WaveResult] = ()) -> Page:
        """Lay out one survey: score, distribution, and its newest waves, or else the trend month by month."""
        panel = self._panel(result, language, trend=True)
        return Page(
            self._labels.title(result.survey.script_id, language),
            self._subtitle(result.since, result.until, language),
            (dataclasses.replace(panel, waves=self._waves(waves, language)),),
            self._word("distribution", language),
            self._word("trend", language),
            self._words.plain("results.picture.waves", language),
        )

    def scores_page(self, results: Sequence[SurveyResult], names: Sequence[str], language: str) -> Page:
        """Lay out a survey's several scores, at most three, one below the other, each headed by its question's name."""
        first = results[0]
        panels = [self._panel(result, language) for result in results[:3]]
        kinds = [self._word(result.survey.kind.value, language) for result in results[:3]]
        titles = [f"{kind} · {name}" for kind, name in zip(kinds, names, strict=False)]
        return Page(
            self._labels.title(first.survey.script_id, language),
            self._subtitle(first.since, first.until, language),
            tuple(dataclasses.replace(panel, title=title) for panel, title in zip(panels, titles, strict=True)),
        )

    def _waves(self, waves: Sequence[WaveResult], language: str) -> tuple[TrendPoint, ...]:
        """Waves to an audience where there are two, else months of single invitations."""
        to_many = [each for each in waves if each.wave is not None]
        shown = to_many if len(to_many) > 1 else [each for each in waves if each.wave is None]
        return tuple(self._wave(each, each.score, language) for each in shown[-_MOST_WAVES:] if each.score is not None)

    def _wave(self, wave: WaveResult, score: Score, language: str) -> TrendPoint:
        form = "LLL" if wave.wave is None else _DAY.get(language, "d MMM")
        label = written_date(wave.at, language, self._company.zone, form)
        rate = wave.response.rr1
        below = f"n {written_number(score.n, language)}"
        below += f"\n{written_percent(rate, language)}" if rate is not None else ""
        written = self._value(score, score.value, language) if score.value is not None else ""
        return TrendPoint(label, score.value, score.low, score.high, written, below)

    def report_page(self, found: Report, language: str) -> Page:
        """Lay out the scores of at most three surveys, one below the other; one alone with its details."""
        alone = len(found.surveys) == 1
        return Page(
            self._word("title", language),
            self._subtitle(found.since, found.until, language),
            tuple(self._panel(result, language, trend=alone) for result in found.surveys[:3]),
            self._word("distribution", language),
            self._word("trend", language),
        )

    def _score(self, result: SurveyResult, language: str) -> str:
        words, score = self._words, result.score
        kind = self._word(score.kind.value, language)
        if score.value is None or score.low is None or score.high is None:
            line = words.html("staff.score_too_few", language, kind=kind, n=score.n)
        else:
            line = words.html(
                "staff.score_line",
                language,
                kind=kind,
                value=self._value(score, score.value, language),
                low=self._value(score, score.low, language),
                high=self._value(score, score.high, language),
                n=score.n,
            )
        title = self._labels.title(result.survey.script_id, language)
        if result.response_rate is None:
            key = "staff.score_unasked" if score.n else "staff.score_nobody"
            return line + Safe("\n") + words.html(key, language, title=title)
        return (
            line
            + Safe("\n")
            + words.html(
                "staff.score_response",
                language,
                title=title,
                answered=result.answered,
                invited=result.invited,
                rate=result.response_rate,
            )
        )

    def _panel(self, result: SurveyResult, language: str, *, trend: bool = False) -> Panel:
        score, survey = result.score, result.survey
        kind = self._word(score.kind.value, language)
        title = self._labels.title(survey.script_id, language)
        caption = [self._word("answers", language, n=score.n)]
        rate, sample = result.response.rr1, result.response.sample
        if rate is not None:
            caption.append(self._words.plain("results.picture.rate", language, rate=rate, n=sample))
        known = score.value is not None and score.low is not None and score.high is not None
        value = self._value(score, score.value or 0, language) if known else self._word("too_few", language)
        return Panel(
            title=kind if trend else f"{kind} · {title}",
            value=value if score.n else self._word("none", language),
            unit=self._word(f"{score.kind.value}_unit", language)
            if known
            else self._word("too_few_more", language, n=score.n),
            interval=self._word(
                "interval",
                language,
                low=self._value(score, score.low or 0, language),
                high=self._value(score, score.high or 0, language),
            )
            if known
            else "",
            caption="\n".join(caption),
            scale=(-100, 100) if score.kind is ScoreKind.NPS else (0, 100),
            point=score.value,
            low=score.low,
            high=score.high,
            shares=self._shares(result, language) if known else (),
            bars=tuple(
                Bar(str(answer), result.counts.get(answer, 0), _mood(survey, answer))
                for answer in range(survey.low, survey.high + 1)
            ),
            trend=self._trend(result, language) if trend else (),
        )

    def _shares(self, result: SurveyResult, language: str) -> tuple[Share, ...]:
        counts = dict.fromkeys(Mood, 0)
        for answer, count in result.counts.items():
            counts[_mood(result.survey, answer)] += count
        total = sum(counts.values()) or 1
        return tuple(
            Share(self._word(f"{result.survey.kind.value}_{mood.value}", language), counts[mood] / total, mood)
            for mood in Mood
        )

    def _trend(self, result: SurveyResult, language: str) -> tuple[TrendPoint, ...]:
        points = [
            TrendPoint(written_date(month, language, self._company.zone, "LLL"), score.value, score.low, score.high)
            for month, score in result.months
        ]
        while points and points[0].value is None:
            points.pop(0)
        return tuple(points)

    def _value(self, score: Score, value: float, language: str) -> str:
        whole = written_number(abs(round(value)), language)
        if score.kind is not ScoreKind.NPS:
            return f"{whole} %"
        sign = "+" if round(value) > 0 else "−" if round(value) < 0 else ""
        return sign + whole

    def _subtitle(self, since: dt.datetime, until: dt.datetime, language: str) -> str:
        until -= dt.timedelta(seconds=1)
        return f"{self._company.name} · {self._word('period', language, since=since, until=until)}"

    def _word(self, name: str, language: str, **values: object) -> str:
        return self._words.plain(f"staff.picture.{name}", language, **values)


def _mood(survey: Survey, answer: int) -> Mood:
    return next((mood for mood in Mood if answer in answers_of(survey, mood.value)), Mood.MIDDLE)
