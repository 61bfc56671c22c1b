"""
Ready answers: `answers/NAME.LANGUAGE.j2`, texts that staff send to a customer with a word instead of typing them.

The first line may be a comment, `{# Ask for a photo #}`: the title that staff see. Files of a later folder replace
those of the same name and language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.company import Company
from domain.faults import FaultList
from domain.folding import fold
from domain.languages import best_language, in_language
from templates.markup import TEXT_LIMIT, Safe, parse, utf16_units
from templates.newsletters import OWN, lint
from templates.sandbox import Compiler, NotRenderableError

SHIPPED = Path(__file__).parent / "answers"
_FILE = re.compile(r"(?P<name>[a-z0-9][a-z0-9_-]{0,19})\.(?P<language>[a-z]{2,3}(?:-[a-zA-Z]{2})?)\.j2")
_TITLE = re.compile(r"\s*\{#-?\s*(?P<title>.*?)\s*-?#\}[ \t]*\n?", re.DOTALL)
_LONGEST_TITLE = 40
LONGEST = TEXT_LIMIT - 400  # staff see it under its title and her name before it goes

ABOUT_CASE: Mapping[str, tuple[Any, ...]] = {
    "case": (12, ""),
    "agent": ("Olga", "<O'Hara>"),
    "category": ("Delivery", ""),
    "order": ("123456", ""),
    "remedy": ("Refund", ""),
}
"""What a ready answer may name beside what a newsletter may: each with what it may be, "" where there is nothing."""


@dataclass(frozen=True, slots=True)
class ReadyAnswer:
    """One answer: its texts and titles by language."""

    name: str
    texts: Mapping[str, str]
    titles: Mapping[str, str] = field(default_factory=dict)

    def title(self, language: str, default: str) -> str:
        """Return what staff call it."""
        return in_language(self.titles, language, default) or self.name


class Answers:
    """The answers that are ready; `load` gives them, or raises all their faults at once."""

    def __init__(self, answers: Mapping[str, ReadyAnswer]) -> None:
        self._answers = dict(answers)

    @classmethod
    def load(cls, folders: Sequence[Path], languages: Sequence[str]) -> Answers:
        """Read the answers of *folders*; the first of *languages* must be there. Raises `Faults`."""
        faults = FaultList()
        read: dict[str, dict[str, tuple[str, str]]] = {}
        for folder in folders:
            for path in sorted(folder.glob("*.j2")) if folder.is_dir() else ():
                _read(path, read, languages, faults)
        answers = {}
        for name, by_language in sorted(read.items()):
            if languages[0] not in by_language:
                remedy = f"write it in {languages[0]}, the first language"
                faults.add(f"answers/{name}.{languages[0]}.j2", None, None, "is missing", remedy)
            titles = {language: title for language, (title, _) in by_language.items() if title}
            answers[name] = ReadyAnswer(name, {key: text for key, (_, text) in by_language.items()}, titles)
        faults.raise_if_any()
        return cls(answers)

    def take(self, other: Answers) -> None:
        """Become what *other* is, for everybody who holds this."""
        self._answers = other._answers

    def all(self) -> list[ReadyAnswer]:
        """Return all, by name."""
        return list(self._answers.values())

    def get(self, name: str) -> ReadyAnswer | None:
        """Return the answer of that name, or None."""
        return self._answers.get(name)

    def find(self, word: str) -> list[ReadyAnswer]:
        """
        Return those that *word* means: the one of that name, else those whose name or title has a word that begins so.

        Titles of all languages count; accents and capitals make no difference.
        """
        wanted = fold(word)
        exact = self._answers.get(wanted)
        if exact is not None:
            return [exact]
        return [one for one in self._answers.values() if _has_word(one, wanted)]


@dataclass(frozen=True, slots=True)
class Filled:
    """An answer as one customer would get it, as Telegram HTML, and the *language* it is in."""

    text: str
    language: str


def fill(answer: ReadyAnswer, company: Company, language: str | None, values: Mapping[str, Any]) -> Filled:
    """
    Fill *answer* in for a customer of *language*; where it has no such text, in the company's first language.

    Raises NotRenderableError when a value is missing, or when the text comes out empty or too long to be shown.
    """
    chosen = best_language(language, (company.default_language, *answer.texts))
    compiler = Compiler(chosen, escaping=True, currency=company.currency, zone=company.timezone)
    text = compiler.render(compiler.compile(answer.texts[chosen]), {**values, "language": chosen}).strip()
    plain = parse(text).plain
    if not plain.strip():
        raise NotRenderableError("comes out empty for this customer", "write it by hand")
    if utf16_units(plain) > LONGEST:
        raise NotRenderableError(f"is longer than {LONGEST} signs for this customer", "shorten it")
    return Filled(Safe(text), chosen)


def _read(path: Path, read: dict[str, dict[str, tuple[str, str]]], languages: Sequence[str], faults: FaultList) -> None:
    where = f"{path.parent.name}/{path.name}"
    found = _FILE.fullmatch(path.name)
    if found is None:
        remedy = f"call it NAME.{languages[0]}.j2, with up to 20 of a-z, 0-9, - and _ as NAME"
        faults.add(where, None, None, "is no name of a ready answer's file", remedy)
        return
    if found["language"] not in languages:
        return
    try:
        source = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        faults.add(where, None, None, "cannot be read as UTF-8 text", "save it as UTF-8, and check its rights")
        return
    head = _TITLE.match(source)
    title = " ".join(head["title"].split()) if head else ""
    if len(title) > _LONGEST_TITLE:
        faults.add(where, 1, None, f"its title has {len(title)} signs, and {_LONGEST_TITLE} are allowed", "shorten it")
    body = source[head.end() :] if head else source
    line = 1 + source[: len(source) - len(body)].count("\n")
    if not body.strip():
        faults.add(where, line, None, "says nothing", "write the answer below its title")
    else:
        names = (*OWN, *ABOUT_CASE)
        lint(body, found["language"], where, faults, line=line, limit=LONGEST, more=ABOUT_CASE, names=names)
    read.setdefault(found["name"], {})[found["language"]] = title, body


def _has_word(answer: ReadyAnswer, beginning: str) -> bool:
    words = re.split(r"\W+", fold(" ".join((answer.name, *answer.titles.values()))))
    return bool(beginning) and any(word.startswith(beginning) for word in words)
