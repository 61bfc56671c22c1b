"""Themes: what customers' own words are about, and how many spoke of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """
    One theme that staff named. *words* has, by language, what tells it: a word in its dictionary form, or several that
    follow each other; a star stands for the rest of a longer word.
    """

    id: str
    name: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]

    def title(self, language: str, default: str = "en") -> str:
        """Give its name in *language*, else in *default*, else in any, else its id."""
        return self.name.get(language) or self.name.get(default) or next(iter(self.name.values()), self.id)


@dataclass(frozen=True, slots=True)
class Verbatim:
    """
    What somebody wrote in answer to an open question, as it stands now.

    *score* is that of the same run where the dialogue asked for one; *text* is empty where she took her words back.
    """

    run_id: int
    question: str
    customer_id: int
    at: dt.datetime
    text: str
    language: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class ThemeCount:
    """
    How many people (*n*) spoke of a theme; *detractors* of them gave a low score, *others* a better one, and the rest
    gave none. *examples* are words of theirs, without names.
    """

    theme: str
    n: int
    detractors: int = 0
    others: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Distinctive:
    """
    A word (or two) outside the named themes that one group uses more than the other.

    *word* is its most frequent written form, *z* the log-odds ratio by its standard deviation, *n* how many people of
    the group said it, *examples* some of their words.
    """

    word: str
    language: str
    z: float
    n: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ThemesFound:
    """
    The themes of a period: *people* wrote something, *detractors* of them with a low score and *others* with a better
    one. *discovered* is None where it could not be computed (no lemmas).
    """

    people: int
    detractors: int
    others: int
    themes: Sequence[ThemeCount]
    discovered: Sequence[Distinctive] | None = None
