"""
Newsletter files: `NAME.LANGUAGE.j2`, of which one begins with TOML front matter between two lines `+++`.

They are read the same way from a folder and from the frozen content of a sending, so what runs is what was approved.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialogues.taps import menu_tap
from domain.documents import Table, read_document
from domain.documents_values import FLAG, NAME, SPAN, ZONE, Kind, MisfitError, integer, matching, one_of, shown, text
from domain.faults import FaultList, did_you_mean
from domain.messages import Button, Media, MediaKind, OnUnknown
from domain.newsletters import LatePolicy, Newsletter
from domain.rules import RULE
from scheduler.slots import cron_problem
from templates.markup import CAPTION_LIMIT, TEXT_LIMIT
from templates.newsletters import lint

_NAME = re.compile(r"(?P<name>[a-z0-9][a-z0-9_-]{0,63})\.(?P<language>[a-z]{2,3}(?:-[a-zA-Z]{2})?)\.j2")
_LINE = "+++"
_KINDS = {
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp"), MediaKind.PHOTO),
    **dict.fromkeys((".mp4", ".mov"), MediaKind.VIDEO),
    **dict.fromkeys((".mp3", ".m4a"), MediaKind.AUDIO),
    ".gif": MediaKind.ANIMATION,
    ".ogg": MediaKind.VOICE,
}


def _read_cron(value: object) -> str:
    if not isinstance(value, str):
        raise MisfitError(f"{shown(value)} is no cron line", 'write "0 9 * * MON" (minute hour day month weekday)')
    if problem := cron_problem(value):
        raise MisfitError(problem, 'write "0 9 * * MON" (minute hour day month weekday)')
    return value


def _read_audience(value: object) -> str:
    return value if isinstance(value, str) and not value.strip() else str(RULE.read(value))


def _read_files(value: object) -> tuple[str, ...]:
    files = value if isinstance(value, list) else [value]
    for file in files:
        if not isinstance(file, str) or not file or Path(file).is_absolute() or ".." in Path(file).parts:
            raise MisfitError(f"{shown(file)} is no file beside the newsletter", 'write its name, such as "spring.jpg"')
    return tuple(files)


def _read_label(value: object) -> Mapping[str, str]:
    labels: dict[str, str] = value if isinstance(value, dict) else {"": str(value)}
    for label in labels.values():
        if not isinstance(label, str) or not 0 < len(label) <= 64:
            raise MisfitError(f"{shown(label)} is no button's text", "write 1 to 64 signs")
    return labels


CRON: Kind[str] = Kind("a cron line", '"0 9 * * MON"', "", _read_cron)
AUDIENCE: Kind[str] = Kind("a rule, or an empty text for everybody", "'language = \"fi\"'", "", _read_audience)
LABEL: Kind[Mapping[str, str]] = Kind("a button's text", '{ fi = "Lue", en = "Read" }', {}, _read_label)
ADDRESS = matching(r"(https?|tg)://\S+", "an address that begins with https://", '"https://example.com"')
_FILES: Kind[tuple[str, ...]] = Kind("a file beside the newsletter", '"spring.jpg"', (), _read_files)


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
) -> Newsletter | None:
    """
    Read one newsletter from its texts ({"NAME.LANGUAGE.j2": text}); None when it has faults, which go to *faults*.

    *languages* are the company's, the first is the default and must be there. Files that it shows (media) are looked
    for in *folder*. *commands* ({dialogue: its command}) are the dialogues that a button may start.
    """
    before = len(faults)
    bodies: dict[str, str] = {}
    front: tuple[str, str] | None = None
    for file in sorted(content):
        found = _NAME.fullmatch(file)
        if found is None or found["name"] != name:
            faults.add(file, None, None, "is no name of a newsletter's file", f"call it {name}.{languages[0]}.j2")
            continue
        matter, body, line = split_front_matter(content[file])
        if matter and front is not None:
            faults.add(file, 1, None, f"has front matter, as {front[0]} has", "keep it in one of the files")
        elif matter:
            front = (file, matter)
        if not body.strip():
            faults.add(file, line, None, "says nothing", "write the newsletter's text below the front matter")
        bodies[found["language"]] = body
    default = f"{name}.{languages[0]}.j2"
    if languages[0] not in bodies:
        faults.add(default, None, None, "is missing", f"write the newsletter in {languages[0]}, the first language")
    where, matter = front or (default, "")
    table = read_document(matter, where, faults, first_line=2)
    if table is None:
        return None
    newsletter = _read(name, table, content, bodies, folder, commands or {})
    table.finish()
    return newsletter if len(faults) == before else None


def _read(
    name: str,
    table: Table,
    content: Mapping[str, str],
    bodies: Mapping[str, str],
    folder: Path | None,
    commands: Mapping[str, str],
) -> Newsletter:
    schedule = table.get("schedule", CRON, "")
    zone = table.get("timezone", ZONE, None)
    if zone is not None and "schedule" not in table:
        table.fault("timezone", "has no schedule to belong to", "add schedule, or remove it")
    files = table.get("media", _FILES, ())
    media = tuple(_media(table, file, folder) for file in files)
    if len(media) > 1:
        table.fault("media", "an album cannot carry the buttons that every newsletter has", "show one file")
    if_late = table.get("if_late", one_of("ask", "drop"), "ask")
    unknown = table.get("unknown", one_of("never twice", "never miss"), "never twice")
    return Newsletter(
        name=name,
        audience=table.get("audience", AUDIENCE, ""),
        bodies=bodies,
        digest=_digest(content, media),
        title=table.get("title", text(most=64), name),
        exclude=table.get("exclude", AUDIENCE, ""),
        schedule=schedule,
        timezone=zone.key if zone is not None else "",
        late=LatePolicy(table.get("late", SPAN, LatePolicy().within), if_late == "ask"),
        on_unknown=OnUnknown(unknown.replace(" ", "_")),
        media=media,
        buttons=tuple(_button(one, commands) for one in table.tables("buttons")),
        canary=table.get("canary", integer(0, 10_000), 0),
        holdout=table.get("holdout", integer(0, 50), 0),
        service=table.get("service", FLAG, False),
    )


def _media(table: Table, file: str, folder: Path | None) -> Media:
    path = (folder or Path()) / file
    if folder is not None and not path.is_file():
        table.fault("media", f"there is no file {file} beside the newsletter", "put it there, or correct the name")
    return Media(_KINDS.get(path.suffix.lower(), MediaKind.DOCUMENT), path=str(path), name=path.name)


def _button(table: Table, commands: Mapping[str, str]) -> tuple[Mapping[str, str], Button]:
    labels = table.get("label", LABEL)
    if ("url" in table) == ("dialogue" in table):
        table.fault(None, "needs either url or dialogue", 'write url = "https://..." or dialogue = "nps"')
    if "url" in table:
        return labels, Button("", url=table.get("url", ADDRESS))
    dialogue = table.get("dialogue", NAME, "")
    if dialogue and dialogue not in commands:
        names = did_you_mean(dialogue, commands, otherwise="give that dialogue a command in its [start]")
        table.fault("dialogue", f'"{dialogue}" is no dialogue that has a command', names)
    return labels, Button("", tap=menu_tap(commands.get(dialogue, "")))


def _digest(content: Mapping[str, str], media: Sequence[Media]) -> str:
    digest = hashlib.sha256()
    for file in sorted(content):
        digest.update(f"{file}\0{content[file]}\0".encode())
    for one in media:
        path = Path(one.path)
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


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
            newsletter = read_newsletter(name, content, languages, faults, folder=folder, commands=commands)
            _lint(name, content, faults, has_media=newsletter is not None and bool(newsletter.media))
            if newsletter is not None:
                files[name] = NewsletterFile(newsletter, content, folder)
        faults.raise_if_any()
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


def _lint(name: str, content: Mapping[str, str], faults: FaultList, *, has_media: bool) -> None:
    """Judge the texts whatever the front matter is worth: all faults are told at once."""
    limit = CAPTION_LIMIT if has_media else TEXT_LIMIT
    for where, source in sorted(content.items()):
        found = _NAME.fullmatch(where)
        _, body, line = split_front_matter(source)
        if found is not None and found["name"] == name and body.strip():
            lint(body, found["language"], where, faults, line=line, limit=limit)


def _texts(folder: Path, faults: FaultList) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.j2")):
        name = path.name.split(".", maxsplit=1)[0]
        try:
            found.setdefault(name, {})[path.name] = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            faults.add(path.name, line, None, "has a byte that is no UTF-8", "save the file as UTF-8")
    return found
