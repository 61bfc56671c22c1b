"""The project's own rules about its files: small, explained, finished, and free of this machine's traces."""

from __future__ import annotations

import re
import subprocess
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 450
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    if (ROOT / name).is_file()
]
SOURCES = [path for path in TRACKED if path.suffix in {".py", ".js", ".css", ".sql", ".html"}]
MODULES = [path for path in TRACKED if path.suffix == ".py"]
TEXTS = [path for path in TRACKED if path.suffix not in {".png", ".jpg", ".svg", ".lock"}]
_ROOMS = ("bot", "dialogues", "templates", "scheduler", "insight", "store", "domain")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _opens_with_text(path: Path) -> bool:
    with path.open("rb") as file:  # whose first signs are enough: parsing all of all files takes seconds
        kinds = (token.type for token in tokenize.tokenize(file.readline))
        ahead = {tokenize.ENCODING, tokenize.COMMENT, tokenize.NL}
        return next(kind for kind in kinds if kind not in ahead) == tokenize.STRING


def test_files_are_short_enough_to_be_read() -> None:
    """One noun a file; nobody scrolls for minutes."""
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_modules_say_what_they_are_for() -> None:
    """A module opens with a docstring."""
    assert [_name(path) for path in MODULES if not _opens_with_text(path)] == []


def test_nothing_is_left_for_later() -> None:
    """Half-done work is finished or not begun."""
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|raise NotImplementedError)\b")
    here = Path(__file__)
    assert [_name(path) for path in MODULES if path != here and unfinished.search(path.read_text("utf-8"))] == []


def test_no_drawer_for_odds_and_ends() -> None:
    """Names that say nothing attract what belongs elsewhere."""
    vague = re.compile(r"(utils?|helpers?|common|managers?|misc)")
    assert [_name(path) for path in MODULES if vague.fullmatch(path.stem)] == []


def test_no_machine_shows_through() -> None:
    """No path, mirror or registry of the machine on which somebody worked."""
    traces = re.compile(
        r"/(?:root|work|home/\w+)/|https?://[^\s\"']*(?:pypi|pythonhosted|registry|mirror|nexus|artifactory)"
    )
    here = Path(__file__)
    found = [_name(path) for path in TEXTS if path != here and traces.search(path.read_text("utf-8", "ignore"))]
    assert found == []


def test_lock_holds_names_versions_and_hashes_only() -> None:
    """An installation asks the index that its own machine is set up for."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    form = re.compile(r"(?:[A-Za-z0-9._\[\],-]+==[^\s;]+(?: ;[^\\]+)?(?: \\)?|    --hash=sha256:[0-9a-f]{64}(?: \\)?|)")
    assert [line for line in lines if not form.fullmatch(line)] == []


def test_every_dependency_is_locked() -> None:
    """What pyproject asks for, the lock has."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["insight"]
    wanted += project["dependency-groups"]["dev"]
    names = {re.split(r"[<>=!\[; ]", each)[0].lower().replace("_", "-") for each in wanted}
    locked = {line.split("==")[0].lower() for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines()}
    assert names - {name.split("[")[0] for name in locked} == set()


def test_changelog_has_an_entry_for_what_is_not_released() -> None:
    """Users read what changed before they upgrade."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.startswith("# Changelog")
    assert re.search(r"^## (Unreleased|\d+\.\d+\.\d+)", changelog, re.MULTILINE)


@pytest.mark.parametrize("room", _ROOMS)
def test_room_is_a_package_with_content(room: str) -> None:
    """Every room of the design exists."""
    assert len(list((ROOT / room).glob("*.py"))) > 1
