"""All dialogues of the company: the shipped ones and its own, read and judged together, exchanged as a whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dialogues.reading import Surroundings, facts_of, joined, read_checked, read_script
from domain.dialogues import Script
from domain.faults import FaultList, did_you_mean
from domain.languages import in_language
from domain.rules import Type

__all__ = ["SHIPPED", "Library", "read_script"]

SHIPPED = Path(__file__).parent / "scripts"
_TRANSLATION = re.compile(r"([a-z][a-z0-9_-]*)\.([a-z]{2,3}(?:-[a-z0-9]+)?)\.toml")


@dataclass(slots=True)
class _File:
    """One dialogue file with its translation files, by language."""

    where: str
    source: str
    translations: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


class Library:
    """The current version of every dialogue. Runs that began with an older one keep it (`read_script`)."""

    def __init__(
        self,
        scripts: Mapping[str, Script],
        folders: Sequence[Path] = (),
        languages: Sequence[str] | None = None,
        categories: Collection[str] | None = None,
    ) -> None:
        self._scripts = dict(scripts)
        self._folders = tuple(folders)
        self._languages = languages
        self._categories = categories

    @classmethod
    def load(
        cls, folders: Sequence[Path], languages: Sequence[str], *, categories: Collection[str] | None = None
    ) -> Library:
        """
        Read every `NAME.toml` (and `NAME.LANGUAGE.toml`) in *folders*; a later folder's file replaces an earlier one's.

        A translation file in a later folder adds its language to an earlier folder's script. Raises `Faults` with
        everything that is wrong in any of them. *categories* are the case categories that may be used (None: any).
        """
        return cls(_read_all(folders, languages, categories), folders, languages, categories)

    def reload(self) -> None:
        """Read the folders again; raises `Faults` and keeps everything as it was when there is any."""
        if self._languages is not None:
            self._scripts = _read_all(self._folders, self._languages, self._categories)

    def get(self, script_id: str) -> Script | None:
        """Give the current version of a script."""
        return self._scripts.get(script_id)

    def by_command(self, command: str) -> Script | None:
        """Give the script that a command (without slash) starts."""
        return next((s for s in self._scripts.values() if command and s.starts.command == command), None)

    def after(self, event: str) -> tuple[Script, ...]:
        """Give the scripts that an event starts."""
        return tuple(s for s in self._scripts.values() if event and s.starts.after == event)

    def fact_text(self, fact: str, value: str, language: str, default: str) -> str:
        """Give a fact's value as people read it: option ids as the labels of the question that the fact comes from."""
        for script in self._scripts.values():
            for question in script.questions:
                labels = {option.id: option.label for option in question.options} if question.fact == fact else {}
                told = [part.strip() for part in value.split(",")]
                if labels and labels.keys() >= set(told):
                    return ", ".join(in_language(labels[part], language, default) for part in told)
        return value

    def all(self) -> tuple[Script, ...]:
        """Give every script, by id."""
        return tuple(self._scripts.values())


def _read_all(
    folders: Sequence[Path], languages: Sequence[str], categories: Collection[str] | None
) -> dict[str, Script]:
    faults = FaultList()
    files = _find(folders, languages, faults)
    facts: dict[str, Type] = {}
    for file in files.values():  # a first reading only for the facts, which conditions of other files may name
        script = read_checked(file.source, file.where, FaultList(), Surroundings())
        facts |= {} if script is None else facts_of(script)
    scripts: dict[str, Script] = {}
    for name, file in files.items():
        source = joined(file.source, file.translations)
        script = read_checked(source, file.where, faults, Surroundings(languages, facts, categories), file.places)
        if script is None:
            continue
        if script.id and script.id != name:
            faults.add(
                file.where, _line(file, "id"), "id", f'"{script.id}" is not the file\'s name', f'write id = "{name}"'
            )
        scripts[name] = script
    _check_together(scripts, files, faults)
    faults.raise_if_any()
    return dict(sorted(scripts.items()))


def _find(folders: Sequence[Path], languages: Sequence[str], faults: FaultList) -> dict[str, _File]:
    files: dict[str, _File] = {}
    late: list[tuple[str, str, str, str]] = []
    for folder in folders:
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            where = f"{folder.name}/{path.name}"
            try:
                source = path.read_bytes().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                line = error.object[: error.start].count(b"\n") + 1
                faults.add(where, line, None, "has a byte that is no UTF-8", "save the file as UTF-8")
                continue
            if found := _TRANSLATION.fullmatch(path.name):
                late.append((found[1], found[2], where, source))
            else:
                files[path.stem] = _File(where, source)
    for name, language, where, source in late:
        if name not in files:
            faults.add(where, None, None, f"translates no dialogue: there is no {name}.toml", _nearest(name, files))
        elif language in languages:
            files[name].translations[language] = source
            files[name].places[language] = where
    return files


def _nearest(name: str, files: Collection[str]) -> str:
    return did_you_mean(name, files, otherwise="rename it to ID.LANGUAGE.toml")


def _check_together(scripts: Mapping[str, Script], files: Mapping[str, _File], faults: FaultList) -> None:
    """Note what only shows between scripts: one command for two, a start of what is not there, a circle of starts."""
    commands: dict[str, str] = {}
    for name, script in scripts.items():
        where = files[name].where
        command = script.starts.command
        if command and command in commands:
            line = _line(files[name], "command")
            problem = f"/{command} starts {commands[command]} already"
            faults.add(where, line, "start.command", problem, "give each dialogue a command of its own")
        commands.setdefault(command, name)
        for ending in script.endings:
            if ending.start and ending.start not in scripts:
                remedy = did_you_mean(ending.start, scripts, otherwise=f"known are {', '.join(sorted(scripts))}")
                line = _line(files[name], "start", ending.start)
                faults.add(where, line, "done.start", f'there is no dialogue "{ending.start}"', remedy)
        if circle := _circle(name, scripts):
            line = _line(files[name], "start", circle[1])
            problem = f"the dialogues go round in a circle: {' → '.join(circle)}"
            faults.add(where, line, "done.start", problem, "let one of them end without start")


def _circle(name: str, scripts: Mapping[str, Script]) -> list[str]:
    """Give a way of starts that leads from *name* back to it, or nothing."""
    ways = [[name]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for ending in scripts[way[-1]].endings:
            if ending.start == name:
                return [*way, name]
            if ending.start in scripts and ending.start not in seen:
                seen.add(ending.start)
                ways.append([*way, ending.start])
    return []


def _line(file: _File, key: str, value: str = "") -> int | None:
    """Find the line that gives *key* (with *value*): for faults that are found after the reading."""
    pattern = re.compile(rf"\b{key}\s*=\s*" + (rf"[\"']{re.escape(value)}[\"']" if value else ""))
    return next((number for number, line in enumerate(file.source.split("\n"), 1) if pattern.search(line)), None)
