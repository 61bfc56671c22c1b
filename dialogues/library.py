"""All dialogues of the company: the shipped ones and its own, read and judged together, exchanged as a whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dialogues.fact_files import FactFiles, asking_for
from dialogues.reading import Surroundings, categories_of, facts_of, joined, read_checked, read_script
from domain.dialogues import Script, Starts
from domain.documents_lines import scan_lines
from domain.facts import PREFIX
from domain.faults import FaultList, did_you_mean
from domain.languages import in_language
from domain.rules import Type

__all__ = ["SHIPPED", "Library", "read_script"]

SHIPPED = Path(__file__).parent / "scripts"
_FACT = re.compile(r"""^\s*fact\s*=\s*["'](\w+)["']""", re.MULTILINE)
_COMMAND = re.compile(r"""\bcommand\s*=\s*["'](\w+)["']""")
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
        facts: FactFiles | None = None,
    ) -> None:
        self.facts = facts or FactFiles()
        self._scripts = dict(scripts)
        self._folders = tuple(folders)
        self._languages = languages
        self._categories = categories

    @classmethod
    def load(
        cls,
        folders: Sequence[Path],
        languages: Sequence[str],
        *,
        categories: Collection[str] | None = None,
        facts: FactFiles | None = None,
    ) -> Library:
        """
        Read every `NAME.toml` (and `NAME.LANGUAGE.toml`) in *folders*; a later folder's file replaces an earlier one's.

        A translation file in a later folder adds its language to an earlier folder's script. Raises `Faults` with
        everything that is wrong in any of them. *categories* are the case categories that have a name (None: any may
        be used); the options of a choice that becomes a category have one, too. *facts* are those of `[[fact]]` files,
        which conditions may name.
        """
        faults = FaultList()
        scripts = _read_all(folders, languages, categories, faults, facts)
        faults.raise_if_any()
        return cls(scripts, folders, languages, categories, facts)

    @classmethod
    def guess(cls, folders: Sequence[Path], languages: Sequence[str]) -> Library:
        """
        Read as `load` does, and give what can be understood of faulty files, too; never raises `Faults`.

        Only to judge the files that name dialogues and their commands: nothing of it may be said to anybody.
        """
        return cls(_read_all(folders, languages, None, FaultList()))

    def reload(self) -> None:
        """Read the folders again; raises `Faults` and keeps everything as it was when there is any."""
        if self._languages is not None:
            faults = FaultList()
            scripts = _read_all(self._folders, self._languages, self._categories, faults, self.facts)
            faults.raise_if_any()
            self._scripts = scripts

    def take(self, other: Library) -> None:
        """Become what *other* is, at once: everybody who holds this library sees its dialogues from now on."""
        self.facts = other.facts
        self._scripts, self._folders = other._scripts, other._folders
        self._languages, self._categories = other._languages, other._categories

    def get(self, script_id: str) -> Script | None:
        """Give the current version of a script; that of a fact's own question is called "fact.NAME"."""
        if script_id.startswith(PREFIX):
            return self.asking_for(script_id.removeprefix(PREFIX))
        return self._scripts.get(script_id)

    def asking_for(self, fact: str) -> Script | None:
        """Give a script that asks for one fact alone, by its own file or as a dialogue does; None when none asks it."""
        if (known := self.facts.get(fact)) is not None:
            return known.script
        return next(
            (asking_for(s, fact) for s in self._scripts.values() if any(q.fact == fact for q in s.questions)), None
        )

    @property
    def learnt(self) -> dict[str, Type]:
        """The facts that dialogues learn, by name, and what each is in a rule."""
        return {name: kind for script in self._scripts.values() for name, kind in facts_of(script).items()}

    def by_command(self, command: str) -> Script | None:
        """Give the script that a command (without slash) starts."""
        return next((s for s in self._scripts.values() if command and s.starts.command == command), None)

    def after(self, event: str) -> tuple[Script, ...]:
        """Give the scripts that an event starts."""
        return tuple(s for s in self._scripts.values() if event and s.starts.after == event)

    def fact_text(self, fact: str, value: str, language: str, default: str) -> str:
        """Give a fact's value as people read it: option ids as the labels of the question that the fact comes from."""
        own = [] if (known := self.facts.get(fact)) is None else [known.script]
        for script in (*own, *self._scripts.values()):
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
    folders: Sequence[Path],
    languages: Sequence[str],
    categories: Collection[str] | None,
    faults: FaultList,
    own: FactFiles | None = None,
) -> dict[str, Script]:
    files = _find(folders, languages, faults)
    facts: dict[str, Type] = {} if own is None else own.types
    named = set(categories or ())
    for file in files.values():  # a first reading only for what conditions and cases of other files may name
        script = read_checked(file.source, file.where, FaultList(), Surroundings())
        facts |= dict.fromkeys(_FACT.findall(file.source), Type.ANY) if script is None else facts_of(script)
        named |= set() if script is None else categories_of(script)
    around = Surroundings(languages, facts, None if categories is None else named)
    scripts: dict[str, Script] = {}
    for name, file in files.items():
        source = joined(file.source, file.translations)
        script = read_checked(source, file.where, faults, around, file.places)
        if script is None:
            scripts[name] = _unread(name, file)
            continue
        if script.id and script.id != name:
            problem = f'"{script.id}" is not the file\'s name'
            faults.add(file.where, _line(file, "id"), "id", problem, f'write id = "{name}"')
        scripts[name] = script
    _check_together(scripts, files, faults)
    return dict(sorted(scripts.items()))


def _unread(name: str, file: _File) -> Script:
    """Stand in for a file that is no TOML, so that nobody is blamed for naming it."""
    found = _COMMAND.search(file.source)
    return Script(name, 1, {}, (), (), Starts(found[1] if found else name.replace("-", "_")))


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
            faults.add(where, 1, None, f"translates no dialogue: there is no {name}.toml", _nearest(name, files))
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
        if not script.digest:
            continue  # it could not be read: its command is a guess
        if command and command in commands:
            line = _line(files[name], "start", "command")
            problem = f"/{command} starts {commands[command]} already"
            faults.add(where, line, "start.command", problem, "give each dialogue a command of its own")
        commands.setdefault(command, name)
        for number, ending in enumerate(script.endings):
            if ending.start and ending.start not in scripts:
                remedy = did_you_mean(ending.start, scripts, otherwise=f"known are {', '.join(sorted(scripts))}")
                line = _line(files[name], "done", number, "start")
                faults.add(where, line, f"done[{number + 1}].start", f'there is no dialogue "{ending.start}"', remedy)
        if circle := _circle(name, scripts):
            number = next(n for n, ending in enumerate(script.endings) if ending.start == circle[1])
            line = _line(files[name], "done", number, "start")
            problem = f"the dialogues go round in a circle: {' → '.join(circle)}"
            faults.add(where, line, f"done[{number + 1}].start", problem, "let one of them end without start")


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


def _line(file: _File, *path: str | int) -> int:
    """Find the line of a key, or of the table that holds it: for faults that are found after the reading."""
    keys = scan_lines(file.source.replace("\r\n", "\n")).keys
    return next((keys[path[:length]] for length in range(len(path), 0, -1) if path[:length] in keys), 1)
