"""The themes of a survey's verbatims: how many spoke of each, the unhappy beside the others, and what they said."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from bot.report import Survey
from domain.dialogues import Script
from domain.themes import Distinctive, Theme, ThemeCount, ThemesFound, Verbatim
from insight.distinctive import LEAST_PEOPLE, distinctive
from insight.scores import ScoreKind
from insight.themes import ThemeIndex, language_of, words_of
from scheduler.lemmatizing import Lemmatizer, NoLemmas
from scheduler.themes import open_questions
from store import themes as stored
from store.database import Tx

_LOW = {ScoreKind.NPS: 6, ScoreKind.CSAT: 2, ScoreKind.CES: 3}
_EXAMPLES = 2
_LONGEST = 160


async def themes_of_survey(
    tx: Tx,
    script: Script,
    survey: Survey | None,
    since: dt.datetime,
    until: dt.datetime,
    *,
    wave_id: int | None = None,
) -> tuple[ThemesFound, list[Verbatim]]:
    """
    Count the named themes of what was written from *since* up to *until*, and return it with the words themselves.

    *survey* is the script's score question, None where it has none. Everybody counts once per theme; whoever gave at
    most 6 of 10, 2 of 5 or 3 of 7 is a detractor.
    """
    said = await stored.verbatims_between(tx, open_questions([script]), since, until, wave_id=wave_id)
    asked = {each.run_id for each in said} if survey is not None else ()
    scores = await stored.numbers_given(tx, asked, survey.question if survey is not None else "")
    said = [dataclasses.replace(each, score=scores.get(each.run_id)) for each in said]
    themes = await stored.themes_of(tx, said)
    by_theme: dict[str, list[Verbatim]] = defaultdict(list)
    for each in said:
        for theme in themes.get((each.run_id, each.question), ()):
            by_theme[theme].append(each)
    counts = [_count(survey, theme, spoken) for theme, spoken in by_theme.items()]
    counts.sort(key=lambda count: (-count.n, count.theme))
    everybody = _count(survey, "", said)
    return ThemesFound(everybody.n, everybody.detractors, everybody.others, tuple(counts)), said


async def discovered(
    survey: Survey | None,
    said: Sequence[Verbatim],
    themes: Sequence[Theme],
    lemmatizer: Lemmatizer,
    default_language: str,
) -> list[Distinctive] | None:
    """
    Find words outside the named themes that detractors use more than the others, in each language by itself.

    None where there are no lemmas. With fewer detractors than make a finding nothing is computed.
    """
    if not lemmatizer.is_there:
        return None
    found: list[Distinctive] = []
    for language, spoken in _by_language(said, default_language).items():
        low = [each for each in spoken if is_low(survey, each)]
        high = [each for each in spoken if each.score is not None and not is_low(survey, each)]
        if len({each.customer_id for each in low}) < LEAST_PEOPLE:
            continue
        try:
            lemmas = await lemmatizer.lemmas(language, {word for each in spoken for word in words_of(each.text)})
        except NoLemmas:
            return None
        found += distinctive(low, high, language, ThemeIndex(themes, language), lemmas)
    return sorted(found, key=lambda each: -each.z)


def is_low(survey: Survey | None, said: Verbatim) -> bool:
    """Say whether somebody's score makes her a detractor; without one she is none."""
    return survey is not None and said.score is not None and said.score <= _LOW[survey.kind]


def _by_language(said: Iterable[Verbatim], default: str) -> dict[str, list[Verbatim]]:
    found: dict[str, list[Verbatim]] = defaultdict(list)
    for each in said:
        found[language_of(words_of(each.text), each.language or default)].append(each)
    return found


def _count(survey: Survey | None, theme: str, said: Sequence[Verbatim]) -> ThemeCount:
    people = {each.customer_id for each in said}
    detractors = {each.customer_id for each in said if is_low(survey, each)}
    others = {each.customer_id for each in said if each.score is not None} - detractors
    newest: dict[int, Verbatim] = {}
    for each in sorted(said, key=lambda each: (is_low(survey, each), each.at)):
        newest[each.customer_id] = each
    chosen = sorted(newest.values(), key=lambda each: (is_low(survey, each), each.at))[-_EXAMPLES:]
    return ThemeCount(
        theme, len(people), len(detractors), len(others), tuple(_short(each.text) for each in chosen[::-1])
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
