"""
Newsletter files: `NAME.LANGUAGE.j2`, of which one begins with TOML front matter between two lines `+++`.

They are read the same way from a folder and from the frozen content of a sending, so what runs is what was approved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from domain.documents import read_document
from domain.faults import FaultList
from domain.newsletters import Newsletter
from scheduler.newsletter_front import Written, read_front
from templates.markup import CAPTION_LIMIT, TEXT_LIMIT
from templates.newsletters import Around, lint

_NAME = re.compile(r"(?P<name>[a-z0-9][a-z0-9_-]{0,63})\.(?P<language>[a-z]{2,3}(?:-[a-zA-Z]{2})?)\.j2")
_LINE = "+++"


@dataclass(frozen=True, slots=True)
class NewsletterFile:
    """A newsletter as its files in *folder* give it now, with their texts ({"NAME.LANGUAGE.j2": text}) to freeze."""

    newsletter: Newsletter
    content: Mapping[str, str]
    folder: Path


def split_front_matter(source: str) -> tuple[str, str, int]:
    """Return (front matter or "", body, line of *source* on which the body begins)."""
    lines = source.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].strip() != _LINE:
        return "", "\n".join(lines), 1
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() == _LINE:
            below = "\n".join(lines[number + 1 :])
            body = below.lstrip("\n")
            return "\n".join(lines[1:number]), body.rstrip("\n"), number + 2 + len(below) - len(body)
    return "\n".join(lines[1:]), "", len(lines)


def read_newsletter(
    name: str,
    content: Mapping[str, str],
    languages: Sequence[str],
    faults: FaultList,
    *,
    folder: Path | None = None,
    commands: Mapping[str, str] | None = None,
    within: str = "",
) -> Newsletter | None:
    """
    Read one newsletter from its texts ({"NAME.LANGUAGE.j2": text}); None when it has faults, which go to *faults*.

    *languages* are the company's, the first is the default and must be there. Files that it shows (media) are looked
    for in *folder*. *commands* ({dialogue: its command}) are the dialogues that a button may start. *within* is put
    before the files' names in faults ("newsletters/").
    """
    before = len(faults)
    newsletter = _read(name, content, languages, faults, Written(name, {}, content, folder, commands or {}), within)
    return newsletter if len(faults) == before else None


def read_frozen(name: str, content: Mapping[str, str], languages: Sequence[str]) -> Newsletter | None:
    """
    Read what was frozen with a sending, whatever has gone since: a picture, a dialogue, a language.

    It was sound then. So how a sending stands can always be told; what is sent is read by `read_newsletter`.
    """
    return _read(name, content, languages, FaultList(), Written(name, {}, content, None, {}), "")


def _read(
    name: str,
    content: Mapping[str, str],
    languages: Sequence[str],
    faults: FaultList,
    written: Written,
    within: str,
) -> Newsletter | None:
    bodies: dict[str, str] = {}
    front: tuple[str, str] | None = None
    for file in sorted(content):
        found = _NAME.fullmatch(file)
        if found is None or found["name"] != name:
            faults.add(
                within + file, None, None, "is no name of a newsletter's file", f"call it {name}.{languages[0]}.j2"
            )
            continue
        matter, body, line = split_front_matter(content[file])
        if matter and front is not None:
            faults.add(within + file, 1, None, f"has front matter, as {front[0]} has", "keep it in one of the files")
        elif matter:
            front = (file, matter)
        if not body.strip():
            faults.add(within + file, line, None, "says nothing", "write the newsletter's text below the front matter")
        bodies[found["language"]] = body
    default = f"{name}.{languages[0]}.j2"
    if languages[0] not in bodies:
        remedy = f"write the newsletter in {languages[0]}, the first language"
        faults.add(within + default, None, None, "is missing", remedy)
    where, matter = front or (default, "")
    table = read_document(matter, within + where, faults, first_line=2)
    if table is None:
        return None
    newsletter = read_front(table, replace(written, bodies=bodies))
    table.finish()
    return newsletter


class NewsletterFiles:
    """The newsletters that the folders hold now; `load` gives them, or all their faults at once."""

    def __init__(self, files: Mapping[str, NewsletterFile]) -> None:
        self._files = files

    @classmethod
    def load(
        cls, folders: Sequence[Path], languages: Sequence[str], commands: Mapping[str, str] | None = None
    ) -> NewsletterFiles:
        """
        Read all newsletters of *folders*; one in a later folder replaces one of the same name in an earlier.

        Folders that do not exist are empty; *commands* as in `read_newsletter`. Raises `Faults`.
        """
        faults = FaultList()
        found: dict[str, tuple[Path, dict[str, str]]] = {}
        for folder in folders:
            for name, content in _texts(folder, faults).items():
                found[name] = (folder, content)
        files = {}
        for name, (folder, content) in sorted(found.items()):
            within = f"{folder.name}/"
            newsletter = read_newsletter(
                name, content, languages, faults, folder=folder, commands=commands, within=within
            )
            lint_texts(name, content, newsletter, languages, faults, within=within)
            if newsletter is not None:
                files[name] = NewsletterFile(newsletter, content, folder)
        faults.raise_if_any()
        return cls(files)

    @classmethod
    def guess(cls, folders: Sequence[Path], languages: Sequence[str]) -> NewsletterFiles:
        """
        Give what can be understood of all newsletters, faulty ones, too; never raises `Faults`.

        Only to judge what they name: nothing of it may be sent.
        """
        found = {name: (folder, each) for folder in folders for name, each in _texts(folder, FaultList()).items()}
        files = {}
        for name, (folder, content) in sorted(found.items()):
            newsletter = read_frozen(name, content, languages) or Newsletter(name, "", {}, "")
            files[name] = NewsletterFile(newsletter, content, folder)
        return cls(files)

    def take(self, other: NewsletterFiles) -> None:
        """Become what *other* is, at once, for everybody who holds these files."""
        self._files = other._files

    def get(self, name: str) -> NewsletterFile | None:
        """Return the newsletter of that name, or None."""
        return self._files.get(name)

    def all(self) -> tuple[NewsletterFile, ...]:
        """Return all newsletters, by name."""
        return tuple(self._files.values())


def lint_texts(
    name: str,
    content: Mapping[str, str],
    newsletter: Newsletter | None,
    languages: Sequence[str],
    faults: FaultList,
    *,
    within: str = "",
) -> None:
    """
    Judge the texts of one newsletter, *content* and *languages* as in `read_newsletter`, what it gave as *newsletter*.

    Texts are judged whatever the front matter is worth, so that all faults are told at once.
    """
    limit = CAPTION_LIMIT if newsletter is not None and newsletter.media else TEXT_LIMIT
    for file, source in sorted(content.items()):
        found = _NAME.fullmatch(file)
        _, body, line = split_front_matter(source)
        if found is not None and found["name"] == name and body.strip():
            language = found["language"]
            around = None if newsletter is None else Around.of(newsletter, language, languages[0])
            lint(body, language, within + file, faults, line=line, limit=limit, around=around)


def _texts(folder: Path, faults: FaultList) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.j2")):
        name = path.name.split(".", maxsplit=1)[0]
        try:
            found.setdefault(name, {})[path.name] = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            where = f"{folder.name}/{path.name}"
            faults.add(where, line, None, "has a byte that is no UTF-8", "save the file as UTF-8")
    return found
