"""How the themes of a survey are told to staff: in Telegram, as plain text, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.themes import Theme, ThemeCount, ThemesFound
from templates.markup import Safe
from templates.words import Words


def themes_words(found: ThemesFound, themes: Sequence[Theme], words: Words, language: str, title: str) -> Safe:
    """Tell the themes as Telegram HTML: people, shares among detractors and others, examples without names."""
    named = {theme.id: theme for theme in themes}
    lines = [
        words.html(
            "themes.line",
            language,
            name=_title(named, each, language),
            n=each.n,
            detractors=_percent(each.detractors, found.detractors),
            others=_percent(each.others, found.others),
            examples=list(each.examples),
        )
        for each in found.themes
    ]
    new = [
        words.html("themes.discovered_line", language, word=each.word, n=each.n, examples=list(each.examples))
        for each in found.discovered or ()
    ]
    return words.html(
        "themes.page",
        language,
        title=title,
        people=found.people,
        detractors=found.detractors,
        others=found.others,
        lines=Safe("\n").join(Safe(line) for line in lines),
        discovered=Safe("\n").join(Safe(line) for line in new),
        unknown=found.discovered is None,
    )


def themes_document(found: ThemesFound) -> dict[str, Any]:
    """Return the JSON shape: counts and shares (0 to 1, null where nobody is of that kind); discovered may be null."""
    return {
        "people": found.people,
        "detractors": found.detractors,
        "others": found.others,
        "themes": [
            {
                "theme": each.theme,
                "n": each.n,
                "detractors": each.detractors,
                "others": each.others,
                "share_of_detractors": each.detractors / found.detractors if found.detractors else None,
                "share_of_others": each.others / found.others if found.others else None,
                "examples": list(each.examples),
            }
            for each in found.themes
        ],
        "discovered": None
        if found.discovered is None
        else [
            {"word": each.word, "language": each.language, "z": each.z, "n": each.n, "examples": list(each.examples)}
            for each in found.discovered
        ],
    }


def _title(named: dict[str, Theme], each: ThemeCount, language: str) -> str:
    theme = named.get(each.theme)
    return theme.title(language) if theme is not None else each.theme


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None
