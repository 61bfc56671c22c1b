"""
New words of customers are given their themes: a job that looks at the answers since the last time, in batches.

It needs the lemmas of the extra "insight"; without them it says so once and waits, and the rest of the program works.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence

from dialogues.library import Library
from domain.cases import CaseKind
from domain.dialogues import QuestionKind, Script
from domain.themes import Theme, Verbatim
from insight.themes import ThemeIndex, language_of, words_of
from scheduler.lemmatizing import Lemmatizer, NoLemmas
from store import themes as stored
from store.database import Database, Tx
from store.ids import id_before
from store.settings import get_setting, put_setting
from store.themes import OpenQuestion

log = logging.getLogger(__name__)

SETTING = "themes.after"
EVERY = dt.timedelta(minutes=10)
BATCH = 500
_MOST_BATCHES = 20  # in one tick, so that other work has its turn
_LATE = dt.timedelta(minutes=1)  # another process may commit an answer after we saw later ones
_OPEN = frozenset({QuestionKind.TEXT, QuestionKind.MESSAGES})


def open_questions(scripts: Iterable[Script]) -> frozenset[OpenQuestion]:
    """Return the questions whose answers are verbatims: free words, without a pattern, in surveys and feedback."""
    return frozenset(
        (script.id, question.id)
        for script in scripts
        if script.survey or _is_feedback(script)
        for question in script.questions
        if question.kind in _OPEN and not question.pattern and not question.fact
    )


def _is_feedback(script: Script) -> bool:
    return any(ending.case is not None and ending.case.kind is CaseKind.FEEDBACK for ending in script.endings)


class Themes:
    """The job. Each verbatim is done once, and again when its author edits it; nothing new costs one look-up."""

    name = "themes"

    def __init__(
        self,
        database: Database,
        library: Library,
        themes: Sequence[Theme],
        default_language: str,
        lemmatizer: Lemmatizer,
        *,
        batch: int = BATCH,
    ) -> None:
        self._database = database
        self._library = library
        self._themes = themes
        self._default = default_language
        self._lemmatizer = lemmatizer
        self._batch = batch
        self._next: dt.datetime | None = None
        self._missing_told = False
        self._recent: dict[int, None] = {}
        self._indexes: dict[str, ThemeIndex] = {}

    async def prepare(self, now: dt.datetime) -> None:
        """Take the themes as they are now; what was said before keeps those that it has."""
        self._indexes.clear()

    async def tick(self, now: dt.datetime) -> None:
        """Give their themes to the answers that came since; at most every ten minutes, many at a time."""
        if self._next is not None and now < self._next:
            return
        if not self._lemmatizer.is_there:
            if not self._missing_told:
                log.warning("themes.no_lemmas", extra={"remedy": 'install the extra "insight"'})
                self._missing_told = True
            return
        for _ in range(_MOST_BATCHES):
            if not await self._batch_done(now):
                return

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """It needs no wake-up of its own: any tick will do."""
        return None

    async def _batch_done(self, now: dt.datetime) -> bool:
        """Do the next answers; say whether there may be more."""
        async with self._database.read() as tx:
            after = int(await get_setting(tx, SETTING) or 0)
            if await stored.newest_answer(tx) <= after:
                return False
            self._next = now + EVERY
            begin = id_before(after, _LATE)
            self._recent = {known: None for known in self._recent if known > begin}
            found = await stored.answers_after(tx, begin, self._batch + len(self._recent))
            new = [each for each in found if each.id not in self._recent]
            questions = open_questions(self._library.all())
            places = {(each.run_id, each.question) for each in new if (each.script_id, each.question) in questions}
            said = await stored.verbatims_of(tx, places)
        themes = await self._themes_of(said)
        async with self._database.write() as tx:
            if not await self._database.lock(tx, "themes"):
                return False
            await stored.put_themes(tx, zip(said, themes, strict=True))
            await put_setting(tx, SETTING, max(after, max((each.id for each in found), default=after)))
        self._recent.update(dict.fromkeys(each.id for each in found))
        if said:
            log.info("themes.found", extra={"verbatims": len(said)})
        return bool(new)

    async def _themes_of(self, said: Sequence[Verbatim]) -> list[frozenset[str]]:
        words = [words_of(each.text) for each in said]
        languages = [language_of(own, each.language or self._default) for each, own in zip(said, words, strict=True)]
        needed: dict[str, set[str]] = defaultdict(set)
        for language, own in zip(languages, words, strict=True):
            needed[language].update(own)
        lemmas = {language: await self._lemmatizer.lemmas(language, own) for language, own in needed.items() if own}
        return [
            self._index(language).themes_in(own, lemmas[language]) if own else frozenset()
            for language, own in zip(languages, words, strict=True)
        ]

    def _index(self, language: str) -> ThemeIndex:
        if language not in self._indexes:
            self._indexes[language] = ThemeIndex(self._themes, language)
        return self._indexes[language]


__all__ = ["SETTING", "Lemmatizer", "NoLemmas", "Themes", "open_questions"]
