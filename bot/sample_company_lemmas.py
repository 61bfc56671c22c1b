"""The dictionary forms of what the sample company's customers say, looked up once while the company is being made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from bot.sample_company_people import FEATURED
from bot.sample_company_story import SCENES
from bot.sample_company_words import BEST, WHY
from insight.themes import language_of, words_of
from scheduler.lemmatizing import Lemmatizer, NoLemmas


async def look_up(lemmatizer: Lemmatizer) -> None:
    """Let *lemmatizer* know the words beforehand: to open a language's dictionary takes seconds each time."""
    needed: dict[str, set[str]] = defaultdict(set)
    for expected, text in _said():
        words = words_of(text)
        needed[language_of(words, expected)].update(words)
    for language in sorted(needed, key=lambda each: -len(needed[each])):
        try:
            await lemmatizer.lemmas(language, needed[language])
        except NoLemmas:  # the job that needs them tells of it
            return


def _said() -> Iterator[tuple[str, str]]:
    """Give what may be looked for themes, each text with its author's language."""
    for texts in (WHY, BEST):
        for language, several in texts.items():
            yield from ((language, text) for text in several)
    speaks = {each.key: each.language for each in FEATURED}
    for scene in SCENES:
        for step in scene.steps:
            if step.does == "says" and step.who in speaks and not step.text.startswith("/"):
                yield speaks[step.who], step.text
