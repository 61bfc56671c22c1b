"""What a survey found in a staff member's language: scores, response, waves, questions, who was silent, comments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from bot.report import Verbatim
from bot.report_questions import QuestionResult
from bot.report_waves import WaveResult
from bot.results import Results, Silence, Words
from bot.speech import units
from bot.staff_labels import Labels
from domain.company import Company
from domain.dialogues import Question
from domain.languages import in_language
from insight.behaviour import Change, GroupBehaviour, Share
from insight.differences import Difference
from insight.response import Response
from insight.scores import Score, ScoreKind
from insight.summaries import Numbers
from templates.locales import date as written_date
from templates.locales import number as written_number
from templates.markup import Safe, parse
from templates.words import Words as Texts

_LONGEST_NAME = 60
_LINE = Safe("\n")


class ResultWords:
    """Says what `bot.results` computed, as Telegram HTML."""

    def __init__(self, company: Company, words: Texts, labels: Labels) -> None:
        self._company = company
        self._words = words
        self._labels = labels

    def results(self, found: Results, waves: Sequence[WaveResult], language: str) -> Safe:
        """Say scores, response, how the newest wave differs from the one before, and the newest verbatims."""
        title = self._labels.title(found.script.id, language)
        if found.wave is not None:
            lines = [self._html("title_wave", language, title=title, at=found.wave.started_at)]
        else:
            until = found.scope.until - dt.timedelta(seconds=1)
            lines = [self._html("title", language, title=title, since=found.scope.since, until=until)]
        several = len(found.scores) > 1
        for score in found.scores:
            name = self.name_of(found.script.question(score.survey.question), language) if several else ""
            lines.append(self._score(score.score, name, language))
        lines += self._response(found.response, found.n, language)
        newest = _newest_compared(waves)
        if newest is not None and found.wave is None:
            lines.append(self.difference(newest, language))
        if not found.scores:
            lines += self._questions(found.questions, language)
        said = [self._verbatim(each, 200, language) for score in found.scores for each in score.verbatims]
        if said:
            lines += [Safe(""), self._html("in_their_words", language), *said]
        return _LINE.join(lines)

    def waves(self, script_id: str, waves: Sequence[WaveResult], language: str) -> Safe:
        """Say each wave in a line, the newest first, with how it differs from the one before."""
        lines = [self._html("waves", language, title=self._labels.title(script_id, language)), Safe("")]
        if not waves:
            return _LINE.join([*lines, self._html("no_waves", language)])
        for wave in reversed(waves):
            lines.append(self._wave(wave, language))
            if wave.difference is not None:
                lines.append(Safe("  ") + self.difference(wave, language))
        if any(wave.difference is not None for wave in waves):
            lines += [Safe(""), self._html("compares", language)]
        return _LINE.join(lines)

    def difference(self, wave: WaveResult, language: str) -> Safe:
        """Say plainly how a wave differs from the one before it, and whether chance would do."""
        difference, score = wave.difference, wave.score
        assert difference is not None
        assert score is not None
        assert wave.since is not None
        points = abs(round(difference.value))
        unit = "points" if score.kind is ScoreKind.NPS else "percentage_points"
        since = self._when(wave.since, whole_month=wave.wave is None, language=language)
        key = _verdict(difference)
        return self._html(
            key,
            language,
            change=self._plain(unit, language, n=points),
            since=since,
            p=self._p(difference.p, language),
            up=difference.value > 0,
        )

    def answers(self, found: Results, language: str) -> Safe:
        """Say what was answered to every question."""
        title = self._labels.title(found.script.id, language)
        return _LINE.join([self._html("answers", language, title=title), *self._questions(found.questions, language)])

    def silence(self, found: Silence, results: Results, language: str) -> Safe:
        """Say direct and indirect signs on one page: scores, and what those did who answered and who did not."""
        lines = [self._html("silence", language, title=self._labels.title(results.script.id, language))]
        lines += [self._score(score.score, "", language) for score in results.scores[:1]]
        lines += self._response(results.response, results.n, language)
        lines.append(Safe(""))
        if not found.days:
            return _LINE.join([*lines, self._html("silence_early", language)])
        for group in found.groups:
            lines += self._group(group, language)
        if found.contrast is not None:
            key = "contrast" if found.contrast.is_significant else "no_contrast"
            told = {name: self._signed(getattr(found.contrast, name), language) for name in ("value", "low", "high")}
            lines.append(self._html(key, language, **told))
        sampled = found.looked_at < found.cases
        what = {"days": found.days, "looked_at": found.looked_at, "cases": found.cases}
        lines += [Safe(""), self._html("silence_what", language, sampled=sampled, **what)]
        return _LINE.join(lines)

    def words(self, script_id: str, found: Words, page: int, size: int, filtered: str, language: str) -> Safe:
        """Say a page of what people wrote, without names."""
        if not found.said:
            return self._html("no_words", language, filtered=bool(filtered))
        first = page * size + 1
        title = self._labels.title(script_id, language)
        values = {"first": first, "last": first + len(found.said) - 1, "total": found.total, "filter": filtered}
        head = self._html("words", language, title=title, **values)
        return _LINE.join([head, Safe(""), *(self._verbatim(each, 300, language) for each in found.said)])

    def name_of(self, question: Question | None, language: str) -> str:
        """Give a question's first words, to head its answers."""
        if question is None:
            return ""
        text = " ".join(
            parse(in_language(question.say, language, self._words.languages[0])).plain.split("\n")[0].split()
        )
        return _shortened(text, _LONGEST_NAME)

    def label(self, wave: WaveResult, language: str) -> str:
        """Name a wave by its day, a month by its name."""
        when = self._when(wave.at, whole_month=wave.wave is None, language=language)
        return when if wave.wave is not None else self._plain("month", language, month=when)

    def _when(self, at: dt.datetime, *, whole_month: bool, language: str) -> str:
        return written_date(at, language, self._company.zone, "LLLL y" if whole_month else "medium")

    def _score(self, score: Score, question: str, language: str) -> Safe:
        kind = self._words.plain(f"staff.picture.{score.kind.value}", language)
        if score.value is None or score.low is None or score.high is None:
            return self._html("score_few", language, kind=kind, n=score.n, question=question)
        low, value, high = (written_score(score.kind, each, language) for each in (score.low, score.value, score.high))
        return self._html("score", language, kind=kind, value=value, low=low, high=high, n=score.n, question=question)

    def _response(self, response: Response, n: int, language: str) -> list[Safe]:
        if response.rr1 is None:
            lines = [self._html("unasked" if n else "nobody", language)]
        else:
            lines = [
                self._html(
                    "rate",
                    language,
                    rate=response.rr1,
                    complete=response.complete,
                    sample=response.sample,
                    open=response.still_open,
                )
            ]
            parts = [(f"disposition.{each}", count) for each, count in response.by_disposition.items() if count]
            lines.append(Safe(" · ").join(self._part(key, count, language) for key, count in parts))
        if response.left_out:
            parts = [(self._reason(reason), count) for reason, count in list(response.left_out.items())[:5]]
            told = Safe(", ").join(self._part(key, count, language) for key, count in parts)
            lines.append(self._html("not_in_sample", language, parts=told))
        return lines

    def _part(self, key: str, count: int, language: str) -> Safe:
        full = key if key.startswith("staff.") else f"results.{key}"
        name = self._words.plain(full, language) if self._words.has(full) else full.rsplit(".", 1)[1]
        return self._html("part", language, n=count, name=name)

    def _reason(self, reason: str) -> str:
        own = f"left_out.{reason}"
        return own if self._words.has(f"results.{own}") else f"staff.hold.{reason}"

    def _verbatim(self, said: Verbatim, most: int, language: str) -> Safe:
        return self._html("verbatim", language, score=said.score, text=_shortened(said.text, most))

    def _wave(self, wave: WaveResult, language: str) -> Safe:
        label, score, rate = self.label(wave, language), wave.score, wave.response.rr1
        kind = self._words.plain(f"staff.picture.{score.kind.value}", language) if score is not None else ""
        n = score.n if score is not None else wave.answered
        if score is None or score.value is None or score.low is None or score.high is None:
            return self._html("wave_few", language, label=label, kind=kind, n=n, rate=rate)
        low, value, high = (written_score(score.kind, each, language) for each in (score.low, score.value, score.high))
        return self._html("wave", language, label=label, kind=kind, value=value, low=low, high=high, n=n, rate=rate)

    def _questions(self, questions: Iterable[QuestionResult], language: str) -> list[Safe]:
        lines = []
        for each in questions:
            name = self.name_of(each.question, language)
            lines += [Safe(""), self._html("question", language, name=name, n=each.n, skipped=each.skipped)]
            choices = list((each.choices or {}).items())
            is_few = any(choice.share is None for _, choice in choices)
            for option, choice in choices:
                told = {"name": self._option(each.question, option, language), "n": choice.count}
                if choice.share is None:
                    lines.append(self._html("choice_few", language, **told))
                else:
                    bounds = {"share": choice.share, "low": choice.low, "high": choice.high}
                    lines.append(self._html("choice", language, **told, **bounds))
            if each.numbers is not None and each.numbers.median is not None:
                lines.append(self._numbers(each.numbers, language))
            elif each.n and (is_few or (each.numbers is not None and not choices)):
                lines.append(self._html("too_few", language))
            if each.first is not None:
                lines.append(self._html("dates", language, first=each.first, last=each.last))
        return lines

    def _numbers(self, found: Numbers, language: str) -> Safe:
        names = ("least", "lower", "median", "upper", "most", "mean")
        told = {name: written_number(round(float(getattr(found, name)), 2), language) for name in names}
        return self._html("numbers", language, **told)

    def _option(self, question: Question, option: str, language: str) -> str:
        label = next((each.label for each in question.options if each.id == option), None)
        if label is not None:
            return in_language(label, language, self._words.languages[0])
        return self._words.plain(f"dialogue.{option}", language) if option in {"yes", "no"} else option

    def _group(self, group: GroupBehaviour, language: str) -> list[Safe]:
        name = self._words.plain(f"results.took.{group.took.value}", language)
        if group.visits is None:
            return [self._html("group_few", language, name=name, n=group.n)]
        lines = [self._html("group", language, name=name, n=group.n)]
        changes: list[tuple[str, Change | None, float]] = [
            ("visits", group.visits, 1), ("spent", group.spent, 100), ("contacts", group.contacts, 1)
        ]  # fmt: skip
        for measure, change, unit in changes:
            assert change is not None
            told = {each: written_number(getattr(change, each) / unit, language, 2) for each in ("before", "after")}
            bounds = {each: self._signed(getattr(change, each) / unit, language) for each in ("low", "high")}
            lines.append(self._html("change", language, name=self._measure(measure, language), **told, **bounds))
        shares: list[tuple[str, Share | None]] = [
            ("complained", group.complained), ("opted_out", group.opted_out), ("blocked", group.blocked),
            ("signalled", group.signalled),
        ]  # fmt: skip
        for measure, share in shares:
            assert share is not None
            bounds_of = {"share": share.share, "low": share.low, "high": share.high}
            lines.append(self._html("share", language, name=self._measure(measure, language), **bounds_of))
        return [*lines, Safe("")]

    def _measure(self, name: str, language: str) -> str:
        unit = f", {self._company.currency}" if name == "spent" else ""
        return self._words.plain(f"results.measure.{name}", language) + unit

    def _signed(self, value: float, language: str) -> str:
        written = written_number(abs(round(value, 2)), language, 2)
        return ("−" if round(value, 2) < 0 else "+" if round(value, 2) > 0 else "") + written

    def _p(self, p: float, language: str) -> str:
        if p < 0.001:
            return f"< {written_number(0.001, language, 3)}"
        return f"= {written_number(p, language, 3 if p < 0.1 else 2)}"

    def _html(self, key: str, language: str, /, **values: object) -> Safe:
        return self._words.html(f"results.{key}", language, **values)

    def _plain(self, key: str, language: str, /, **values: object) -> str:
        return self._words.plain(f"results.{key}", language, **values)


def written_score(kind: ScoreKind, value: float, language: str) -> str:
    """Write a score as people say it: +12 and −3 points, 75 %."""
    whole = written_number(abs(round(value)), language)
    if kind is not ScoreKind.NPS:
        return f"{whole} %"
    sign = "+" if round(value) > 0 else "−" if round(value) < 0 else ""
    return sign + whole


def _verdict(difference: Difference) -> str:
    if difference.is_significant and round(difference.value):
        return "up" if difference.value > 0 else "down"
    return "even" if round(difference.value) else "same"


def _newest_compared(waves: Sequence[WaveResult]) -> WaveResult | None:
    """Return the newest wave if it could be compared, else the newest month if that could be."""
    to_many = [each for each in waves if each.wave is not None]
    months = [each for each in waves if each.wave is None]
    return next((each for each in (*to_many[-1:], *months[-1:]) if each.difference is not None), None)


def _shortened(text: str, most: int) -> str:
    """Cut *text* to *most* UTF-16 units, as Telegram counts."""
    if units(text) <= most:
        return text
    return text.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", "ignore").rstrip() + "…"
