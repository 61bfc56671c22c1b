"""
The texts of a script: every language that the company speaks, within Telegram's limits, with known names to fill in.

Translations may stand in the script itself or in a file of their own, `ID.LANGUAGE.toml`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from domain.documents import Table, read_document
from domain.documents_values import TEXT, Kind, matching, shown
from domain.faults import FaultList, did_you_mean
from templates.markup import lone_brace, parse, placeholders

SAY_LIMIT = 3000  # UTF-16 units; the rest of Telegram's 4096 is for what is filled in and for the hint above it
RETRY_LIMIT = 500
TITLE_LIMIT = 60
LABEL_LIMIT = 40  # signs that a button shows on a narrow phone

RAW: Kind[object] = Kind("anything", "", None, lambda value: value)
IDENTIFIER = matching(r"[a-z][a-z0-9_]{0,62}", "a name of small letters, digits and _", '"order_number"')
_TAG = r"[a-z]{2,3}(?:-[a-z0-9]+)?"

Place = tuple[str, ...]
"""Keys that lead to a text in a translation file: ("ask", "score", "say")."""


@dataclass(slots=True)
class Translation:
    """The texts of one translation file by place, with their lines; the places that the script has are noted."""

    language: str
    where: str
    texts: dict[Place, tuple[str, int | None]] = field(default_factory=dict)
    known: set[Place] = field(default_factory=set)


def read_translation(text: str, language: str, where: str, faults: FaultList) -> Translation:
    """Read a translation file; whatever is wrong goes to *faults*."""
    translation = Translation(language, where)
    table = read_document(text, where, faults)
    if table is not None:
        _collect(table, (), translation)
    return translation


def _collect(table: Table, place: Place, translation: Translation) -> None:
    for key in table.keys:
        if isinstance(table.get(key, RAW), dict):
            _collect(table.section(key), (*place, key), translation)
        else:
            translation.texts[*place, key] = (table.get(key, TEXT), table.content_line(key))


@dataclass(slots=True)
class TextReader:
    """Reads texts of one script. Without *languages* (a stored version) no translation can be missing."""

    faults: FaultList
    languages: Sequence[str] | None
    translations: Sequence[Translation]

    def read(
        self,
        table: Table,
        key: str | None,
        place: Place,
        *,
        limit: int,
        names: Collection[str] = (),
        markup: bool = True,
        required: bool = True,
        other_keys: Collection[str] = (),
    ) -> dict[str, str]:
        """
        Give the text at *key* (or of the table itself, beside *other_keys*) in each language.

        *names* may stand in braces. Without *markup* it is a button's label, in which nothing is parsed or filled in.
        """
        if key is not None and key not in table and not required:
            return {}
        raw = table.get(key, RAW, {}) if key is not None else {}
        if not isinstance(raw, dict):
            example = self.languages[0] if self.languages else "en"
            table.fault(key, f"{shown(raw)} has no language", f'write {key}.{example} = "..."')
            return {}
        texts = table.section(key) if key is not None else table
        found: dict[str, str] = {}
        blamed = False
        for tag in texts.keys:
            if tag in other_keys:
                continue
            if not self._is_tag(texts, tag):
                texts.get(tag, RAW)
                blamed = True
                continue
            text = texts.get(tag, TEXT)
            found[tag] = text
            for line, problem, remedy in _mistakes(text, limit, names, markup=markup) if text else ():
                texts.fault(tag, problem, remedy, content_line=line)
        for translation in self.translations:
            translation.known.add(place)
            if place in translation.texts:
                text, first = translation.texts[place]
                found[translation.language] = text
                for line, problem, remedy in _mistakes(text, limit, names, markup=markup) if text else ():
                    at = None if first is None else first + line - 1
                    self.faults.add(translation.where, at, ".".join(place), problem, remedy)
        if found or not blamed:
            self._require(table, key, found)
        return found

    def finish(self) -> None:
        """Note what the translation files have and the script does not."""
        for translation in self.translations:
            known = {".".join(place) for place in translation.known}
            for place, (_, line) in translation.texts.items():
                if place not in translation.known:
                    name = ".".join(place)
                    remedy = did_you_mean(name, known, otherwise="remove it")
                    self.faults.add(translation.where, line, name, "the script has no such text", remedy)

    def _is_tag(self, texts: Table, tag: str) -> bool:
        known = [*(self.languages or ()), "fi", "en", "cs", "sv", "de", "et", "ru", "uk", "pl", "sk", "fr", "es"]
        try:
            matching(_TAG, "a language code", '"fi"').read(tag)
        except ValueError:
            otherwise = 'a language is wanted here, such as "fi"'
            near = did_you_mean(tag, known, otherwise=otherwise) if len(tag) <= len("fi-") else otherwise
            texts.fault(tag, "unknown key", near)
            return False
        return True

    def _require(self, table: Table, key: str | None, found: Mapping[str, str]) -> None:
        lacking = [language for language in self.languages or () if language not in found]
        names = [f"{key}.{language}" if key else language for language in lacking]
        if lacking and not found:
            adds = " and ".join(f'{name} = "..."' for name in names)
            table.missing(key or "label", key, "the text is missing", f"add {adds}")
            return
        for language, name in zip(lacking, names, strict=True):
            table.fault(key, f"the translation is missing in {language}", f'add {name} = "..."')


def _mistakes(text: str, limit: int, names: Collection[str], *, markup: bool) -> list[tuple[int, str, str]]:
    """List what is wrong with one text: line in it, problem, remedy."""
    found: list[tuple[int, str, str]] = []
    if not markup:
        if len(text) > limit:
            found.append((1, f"has {len(text)} signs, and a button holds {limit}", "shorten it"))
        if "\n" in text:
            found.append((1, "has several lines, and a button holds one", "shorten it"))
        return found
    parsed = parse(text)
    found += [
        (mistake.line, mistake.problem, mistake.remedy)
        for mistake in parsed.mistakes
        if mistake.problem != 'a lone "&"'  # filling in turns it into the sign itself
    ]
    if not parsed.mistakes and not parsed.plain.strip():
        found.append((1, "has tags and no words, and Telegram sends nothing empty", "write what is to be said"))
    if parsed.units > limit:
        found.append((1, f"has {parsed.units} signs, and {limit} are allowed", "shorten it"))
    for name in placeholders(text):
        if name not in names:
            line = text[: text.index("{" + name + "}")].count("\n") + 1
            known = ", ".join("{" + each + "}" for each in names)
            others = f"known here: {known}" if known else "only earlier answers may stand in braces; write it in words"
            found.append((line, f"nothing is known as {{{name}}} here", did_you_mean(name, names, otherwise=others)))
    if (brace := lone_brace(text)) is not None:
        example = f"{{{next(iter(names), 'name')}}}"
        remedy = f"name an earlier answer in one pair of braces without spaces, such as {example}"
        found.append((text[:brace].count("\n") + 1, "has a brace that customers would see", remedy))
    return found
