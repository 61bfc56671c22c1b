"""What a sending brought about in a staff member's language: as text, and as the words of its picture."""

from __future__ import annotations

from bot.effects import OF_MESSAGE, UNWELCOME, Measured
from bot.pictures_effects import EffectsPage, Row
from bot.pictures_page import Mood
from domain.company import Company
from domain.effects import Doings
from domain.newsletters import Measure
from insight.effects import COMPARED, Contest, Gap, Lift, Outcome, Rate, rate
from store.experiments import Look
from templates.locales import money, percent
from templates.locales import number as written_number
from templates.markup import Safe, parse
from templates.words import Words

_LINE = Safe("\n")
_SHOWN = 10  # of what was followed


class EffectWords:
    """Says what `bot.effects` computed, as Telegram HTML and as a picture's page."""

    def __init__(self, company: Company, words: Words) -> None:
        self._company = company
        self._words = words

    def results(self, found: Measured, title: str, language: str) -> Safe:
        """Say all of it: what they did, by variant, what was followed, and what it changed."""
        effects = found.effects
        reached = effects.reached
        if not reached.n:
            return self._html("nothing", language, title=title)
        lines = [self._html("title", language, title=title)]
        lines.append(self._html("period", language, since=effects.since, until=effects.until, n=reached.n))
        lines += [Safe(""), *self._doings(reached, language)]
        if effects.starts:
            values = {"starts": effects.starts, "newcomers": effects.newcomers}
            lines.append(self._html("passed_on", language, **values))
        lines += self._followed(found, language)
        lines += self._variants(found, language)
        lines += [Safe(""), *self._lift(found.lift, language)]
        return _LINE.join([*lines, Safe(""), self._html("note", language, days=found.days)])

    def page(self, found: Measured, title: str, language: str) -> EffectsPage | None:
        """Give the picture; None where too few were reached for shares."""
        effects, reached = found.effects, found.effects.reached
        rows = [self._row(name, rate(getattr(reached, name), reached.n), language) for name in OF_MESSAGE]
        shown = tuple(row for row in rows if row is not None)
        if not shown:
            return None
        gaps: tuple[Row, ...] = ()
        if found.lift is not None and not found.lift.is_too_few:
            rows = [self._gap_row(name, found.lift.shares[name], language) for name in COMPARED]
            gaps = tuple(row for row in rows if row is not None)
        plain = self._plain_line
        return EffectsPage(
            title,
            plain("period", language, since=effects.since, until=effects.until, n=reached.n),
            shown,
            plain("against", language, n=found.lift.held_out) if found.lift is not None else "",
            gaps,
        )

    def arms(self, look: Look, outcome: Outcome, language: str) -> list[Safe]:
        """Say each variant's count and share, and how each pair differs."""
        lines = []
        for variant, each in outcome.rates.items():
            did = self._plain(f"measure.{look.measure.value}", language)
            values = {"n": each.count, "of": each.n, "share": each.share, "low": each.low, "high": each.high}
            key = "arm_few" if each.share is None else "arm"
            lines.append(self._html(key, language, variant=variant, did=did, **values))
        return lines + [line for one in outcome.contests for line in self._contest(one, language)]

    def measured(self, measure: Measure, language: str) -> str:
        """Say what a variant is judged by."""
        return self._plain(f"measure.{measure.value}", language)

    def _doings(self, doings: Doings, language: str) -> list[Safe]:
        lines = [self._rate(name, rate(getattr(doings, name), doings.n), language) for name in OF_MESSAGE]
        if rate(0, doings.n).share is None:
            lines.append(self._html("few", language))
        if doings.orders:
            mean = self._money(doings.amount / doings.n, language)
            values = {"orders": doings.orders, "amount": self._money(doings.amount, language), "mean": mean}
            lines.append(self._html("spent", language, **values))
        return lines

    def _rate(self, name: str, found: Rate, language: str) -> Safe:
        told = {"name": self._plain(f"did.{name}", language), "n": found.count}
        if found.share is None:
            return self._html("line_few", language, **told)
        return self._html("line", language, **told, share=found.share, low=found.low, high=found.high)

    def _followed(self, found: Measured, language: str) -> list[Safe]:
        shown = found.effects.followed[:_SHOWN]
        if not shown:
            return []
        lines = [Safe(""), self._html("followed", language)]
        for each in shown:
            values = {"label": found.label_of(each, language), "people": each.people, "clicks": each.clicks}
            lines.append(self._html("target", language, **values))
        return lines

    def _variants(self, found: Measured, language: str) -> list[Safe]:
        got = found.effects.got
        if not any(got):
            return []
        if found.is_too_early:
            return [Safe(""), self._html("too_early", language)]
        lines = []
        for variant, doings in got.items():
            key = "variant" if variant else "rest"
            lines += [Safe(""), self._html(key, language, variant=variant, n=doings.n), *self._doings(doings, language)]
        if found.look is not None and found.outcome is not None:
            lines += [Safe(""), *self.arms(found.look, found.outcome, language)]
            if found.sending.decided_at is not None and found.look.split:
                lines.append(self._html("split", language))
            elif found.sending.winner:
                lines.append(self._html("winner", language, variant=found.sending.winner))
        return lines

    def _lift(self, found: Lift | None, language: str) -> list[Safe]:
        if found is None:
            return [self._html("no_holdout", language)]
        lines = [self._html("against", language, n=found.held_out)]
        if found.is_too_few:
            return [*lines, self._html("few_holdout", language)]
        lines += [self._gap(name, found.shares[name], language) for name in COMPARED]
        gap = found.amount
        if gap.value is None or gap.low is None or gap.high is None:
            return lines
        values = {name: self._signed_money(getattr(gap, name), language) for name in ("value", "low", "high")}
        means = {
            "mean": self._money(found.mean or 0, language),
            "other": self._money(found.held_out_mean or 0, language),
        }
        return [*lines, self._html("gap_spent", language, **values, **means, verdict=self._verdict(gap, language))]

    def _gap(self, name: str, gap: Gap, language: str) -> Safe:
        told = self._plain(f"did.{name}", language)
        if gap.value is None or gap.low is None or gap.high is None:
            return self._html("gap_few", language, name=told)
        return self._html(
            "gap", language, name=told, **self._points(gap, language), verdict=self._verdict(gap, language)
        )

    def _contest(self, contest: Contest, language: str) -> list[Safe]:
        gap = contest.gap
        if gap.value is None:
            return []
        p = self._p(contest.p, language)
        names = {"first": contest.first, "second": contest.second, "p": p}
        return [self._html("contest", language, **names, **self._points(gap, language))]

    def _row(self, name: str, found: Rate, language: str) -> Row | None:
        if found.share is None or found.low is None or found.high is None:
            return None
        written = f"{percent(found.share, language, 1)} · {written_number(found.count, language)}"
        mood = Mood.BAD if name in UNWELCOME else Mood.GOOD
        return Row(self._plain(f"did.{name}", language), found.share, found.low, found.high, written, mood)

    def _gap_row(self, name: str, gap: Gap, language: str) -> Row | None:
        if gap.value is None or gap.low is None or gap.high is None:
            return None
        points = self._points(gap, language)
        written = f"{points['value']} ({points['low']} … {points['high']})"
        welcome = (gap.value > 0) is (name not in UNWELCOME)
        mood = Mood.MIDDLE if not gap.is_beyond_chance else Mood.GOOD if welcome else Mood.BAD
        return Row(self._plain(f"did.{name}", language), gap.value, gap.low, gap.high, written, mood)

    def _points(self, gap: Gap, language: str) -> dict[str, str]:
        """Write shares as percentage points with their sign."""
        return {name: _signed(100 * getattr(gap, name), language) for name in ("value", "low", "high")}

    def _verdict(self, gap: Gap, language: str) -> str:
        return self._plain("real" if gap.is_beyond_chance else "chance", language)

    def _money(self, minor: float, language: str) -> str:
        return money(round(minor), self._company.currency, language)

    def _signed_money(self, minor: float, language: str) -> str:
        sign = "−" if round(minor) < 0 else "+" if round(minor) > 0 else ""
        return sign + self._money(abs(minor), language)

    def _p(self, p: float, language: str) -> str:
        if p < 0.001:
            return f"< {written_number(0.001, language, 3)}"
        return f"= {written_number(p, language, 3 if p < 0.1 else 2)}"

    def _plain_line(self, key: str, language: str, /, **values: object) -> str:
        """Give a text that has markup in Telegram without it, for a picture."""
        return parse(self._html(key, language, **values)).plain

    def _html(self, key: str, language: str, /, **values: object) -> Safe:
        return self._words.html(f"effects.{key}", language, **values)

    def _plain(self, key: str, language: str, /, **values: object) -> str:
        return self._words.plain(f"effects.{key}", language, **values)


def _signed(value: float, language: str) -> str:
    rounded = round(value, 1)
    sign = "−" if rounded < 0 else "+" if rounded > 0 else ""
    return sign + written_number(abs(rounded), language, 1)
