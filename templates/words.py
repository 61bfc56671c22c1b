"""
The product's own words: short texts in every language, kept in files `AREA.LANGUAGE.toml` and asked for by key.

A further language is files only. The texts are compiled when they are first needed, once.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2

from domain.faults import FaultList
from domain.languages import best_language
from templates.markup import Safe
from templates.sandbox import Compiler, NotRenderableError
from templates.words_reading import Text, WordFile, files_of, find_faults, read_files

SHIPPED = Path(__file__).parent / "words"


class UnknownTextError(KeyError):
    """A key that no file has: a mistake of ours, found by the first test that asks."""


class Words:
    """All texts of all languages; `html` and `plain` are the only two ways to get one."""

    def __init__(
        self, texts: dict[str, dict[str, Text]], languages: Sequence[str], *, currency: str = "EUR", zone: str = "UTC"
    ) -> None:
        self.languages = tuple(languages)
        self._texts = texts
        self._compilers = {
            (language, escaping): Compiler(language, escaping=escaping, currency=currency, zone=zone)
            for language in languages
            for escaping in (True, False)
        }
        self._compiled: dict[tuple[str, str, bool], jinja2.Template | str] = {}

    @classmethod
    def load(
        cls, folders: Sequence[Path], languages: Sequence[str], *, currency: str = "EUR", zone: str = "UTC"
    ) -> Words:
        """
        Read all `AREA.LANGUAGE.toml` in *folders*; a later folder's text replaces an earlier one's, key by key.

        The first of *languages* is the default. Raises `Faults` with everything that is wrong in any file: broken TOML
        or templates, markup that Telegram refuses, labels that are too long, placeholders that the default language
        does not have, and texts that a language lacks (those of a staff area may be left out: they fall back). Files
        whose bytes are as they were are judged and compiled once in a process.
        """
        words = cls({}, ())
        words.take(_read(tuple(files_of(folders, languages)), tuple(languages), currency, zone))
        return words

    def take(self, other: Words) -> None:
        """Become what *other* is, at once: everybody who holds these words says the new ones from now on."""
        self.languages, self._texts = other.languages, other._texts
        self._compilers, self._compiled = other._compilers, other._compiled

    @property
    def edition(self) -> object:
        """What stands for the texts as they are now: another object after a `take` of others."""
        return self._texts

    def has(self, key: str) -> bool:
        """Say whether there is a text of that key."""
        return key in self._texts

    def keys(self, area: str) -> tuple[str, ...]:
        """Give all keys of an area ("service") or of a part of it ("service.command"), in the order of the file."""
        return tuple(key for key in self._texts if key.startswith(area + "."))

    def html(self, key: str, language: str | None, /, **values: Any) -> Safe:
        """
        Give the text as Telegram HTML; every value is escaped unless it is `Safe` itself (as results of `html` are).

        A language that is not offered gets the default. Raises `UnknownTextError`, and `NotRenderableError` for a
        missing value.
        """
        return Safe(self._render(key, language, values, escaping=True))

    def plain(self, key: str, language: str | None, /, **values: Any) -> str:
        """Give the text as it stands, for places without markup: labels, toasts, command menus. Errors as `html`."""
        return self._render(key, language, values, escaping=False)

    def every(self, key: str, /, **values: Any) -> dict[str, str]:
        """Give the plain text in each language: for matching typed words, and for Telegram's command menus."""
        return {language: self.plain(key, language, **values) for language in self.languages}

    def own(self, key: str, language: str) -> str | None:
        """Give the text as it is written in *language* itself, or None where that language has none."""
        found = self._texts.get(key, {}).get(language)
        return None if found is None else found.source

    def _render(self, key: str, language: str | None, values: dict[str, Any], *, escaping: bool) -> str:
        tag = best_language(language, self.languages)
        ready = self._compiled.get((key, tag, escaping))
        if ready is None:
            ready = self._compiled[key, tag, escaping] = self._compile(key, tag, escaping=escaping)
        if isinstance(ready, str):
            return ready
        text = self._find(key, tag)
        try:
            return self._compilers[text.language, escaping].render(ready, values)
        except NotRenderableError as error:
            raise NotRenderableError(f"{text.place(error.line)}: {key}: {error.problem}", error.remedy) from error

    def _find(self, key: str, language: str) -> Text:
        found = self._texts.get(key)
        if not found:
            raise UnknownTextError(
                f"{key}: no such text; add it to templates/words/{key.split('.', maxsplit=1)[0]}.*.toml"
            )
        return found.get(language) or found.get(self.languages[0]) or next(iter(found.values()))

    def _compile(self, key: str, language: str, *, escaping: bool) -> jinja2.Template | str:
        text = self._find(key, language)
        if Compiler.literal(text.source):
            return text.source
        return self._compilers[text.language, escaping].compile(text.source)


@functools.lru_cache(maxsize=8)
def _read(files: tuple[WordFile, ...], languages: tuple[str, ...], currency: str, zone: str) -> Words:
    faults = FaultList()
    texts, areas = read_files(files, languages, faults)
    find_faults(texts, areas, languages, faults)
    faults.raise_if_any()
    return Words(texts, languages, currency=currency, zone=zone)
