"""
What customers must not read before its time: the names of silent programmes, and the titles of surprises.

Every file with texts for customers is looked through, in all languages, line by line; what they do not read (rules,
notes, names of things, drafts, a shipped file that the company's own has taken the place of) may say what it likes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dialogues
import templates
from bot.customer_lines import is_draft, lines_for_customers
from domain.faults import FaultList
from domain.programmes import Programme

_TEMPLATES, _DIALOGUES = Path(templates.__file__).parent, Path(dialogues.__file__).parent
_OF_TEMPLATES = (
    "words",
    "newsletters",
    "answers",
    "campaigns",
    "events",
    "clubs",
    "offers",
    "care",
    "programmes",
    "referrals",
)
_OF_CONTENT = ("dialogues", "facts", "templates", *_OF_TEMPLATES[1:])
_STAFF_AREA = re.compile(r"^\s*staff\s*=\s*true", re.MULTILINE)
_OF_RULES = re.compile(r"""programme:[a-z0-9_-]+|(?:tier|points)\(\s*\\?["'][^"']*["']""")


@dataclass(frozen=True, slots=True)
class _Secret:
    """Words that no customer is to read; they may stand in the file *home*, in the benefit *benefit* of it."""

    words: re.Pattern[str]
    problem: str
    home: str
    benefit: str = ""


def lint_secrets(content: Path | None, programmes: Sequence[Programme], faults: FaultList) -> None:
    """Note each line of a text for customers that names a silent programme, or a surprise before it is given."""
    secrets = [secret for programme in programmes for secret in _secrets_of(programme)]
    if secrets:
        for path in _files(content):
            _look_through(path, secrets, faults)


def _secrets_of(programme: Programme) -> Iterator[_Secret]:
    home = f"{programme.name}.toml"
    if not programme.is_open:
        words = {programme.name, programme.name.replace("-", " ").replace("_", " "), *programme.title.values()}
        yield _Secret(
            _pattern(words), f'names the silent programme "{programme.name}", which no customer is to know', home
        )
    for benefit in programme.benefits:
        if benefit.surprise:
            told = f'tells of "{benefit.id}", which is to be a surprise'
            yield _Secret(_pattern(benefit.title.values()), told, home, benefit.id)


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    wanted = sorted({" ".join(each.casefold().split()) for each in phrases}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, wanted))})(?!\w)")


def _files(content: Path | None) -> Iterator[Path]:
    """Give every file with texts for customers that is in use: the shipped ones, and the company's own."""
    folders = [_TEMPLATES / name for name in _OF_TEMPLATES]
    folders += [_DIALOGUES / "scripts", _DIALOGUES / "facts"]
    if content is not None:
        folders += [content / name for name in _OF_CONTENT]
    for folder in folders:
        staff = {path.stem for path in folder.glob("*.toml") if _is_of_staff(path)}
        for path in sorted(folder.glob("*")):
            if path.suffix not in {".toml", ".j2"} or path.name.split(".")[0] in staff:
                continue
            if not _is_replaced(path, content) and not (path.suffix == ".toml" and is_draft(path)):
                yield path


def _is_replaced(path: Path, content: Path | None) -> bool:
    """Say whether a shipped file has made way for the company's own of the same name; words are taken one by one."""
    folder = "dialogues" if path.parent.name == "scripts" else path.parent.name
    if content is None or content in path.parents or folder == "words":
        return False
    return (content / folder / path.name).is_file()


def _is_of_staff(path: Path) -> bool:
    """Say whether a file says of an area of words that it is for staff only."""
    return "." not in path.stem and _STAFF_AREA.search(path.read_text(encoding="utf-8", errors="replace")) is not None


def _look_through(path: Path, secrets: Sequence[_Secret], faults: FaultList) -> None:
    where = f"{path.parent.name}/{path.name}"
    of_programme = path.parent.name == "programmes"
    for line in lines_for_customers(path):
        text = " ".join(_OF_RULES.sub("", line.text).casefold().split())
        for secret in secrets:
            at_home = of_programme and path.name == secret.home
            is_own = at_home and (line.of == secret.benefit if secret.benefit else line.key.split(".")[0] == "title")
            if not is_own and secret.words.search(text):
                faults.add(where, line.number, None, secret.problem, "say it in other words")
