"""
The gallery of broken dialogues, `tests/dialogues/broken`: each file says itself what `vuoro check` must say about it.

Its first lines are `# Fault: KEY: WORDS` (KEY is - where none is told), one for each fault; the lines that are meant
end in `# <- fault`, in the same order, or the number stands beside it: `# Fault (line 7): KEY: WORDS`. A folder holds
files that are wrong together.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.config import Config
from bot.config_reading import load_config
from bot.content import load_content
from domain.faults import Fault, Faults
from tests.bot.command_line import Result, runner

GALLERY = Path(__file__).parent / "broken"
CASES = sorted(path for path in GALLERY.iterdir() if path.suffix == ".toml" or path.is_dir())
CONFIG = """\
[company]
name = "Market"
languages = ["en", "fi"]
[telegram]
token = "1000001:AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGGG"
[staff]
admins = [1]
[content]
folder = "content"
"""
_EXPECTED = re.compile(r"^\ufeff?# Fault(?: \(line (\d+)\))?: (.+?): (.+)$")


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be said: where, about which key, and words of the sentence."""

    where: str
    line: int
    key: str | None
    words: str


def files_of(case: Path) -> list[Path]:
    return sorted(case.glob("*.toml")) if case.is_dir() else [case]


def expected_of(path: Path) -> list[Expected]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    marked = iter([number for number, line in enumerate(lines, 1) if line.rstrip().endswith("# <- fault")])
    found = [match for line in lines if (match := _EXPECTED.match(line))]
    return [
        Expected(f"dialogues/{path.name}", int(line or next(marked)), None if key == "-" else key, words)
        for line, key, words in (match.groups() for match in found)
    ]


def content_with(folder: Path, files: list[Path]) -> Config:
    dialogues = folder / "content" / "dialogues"
    dialogues.mkdir(parents=True)
    for path in files:
        shutil.copyfile(path, dialogues / path.name)
    (folder / "vuoro.toml").write_text(CONFIG, encoding="utf-8")
    return load_config(folder / "vuoro.toml", {})


def faults_in(config: Config) -> tuple[Fault, ...]:
    try:
        load_content(config)
    except Faults as found:
        return found.faults
    return ()


@pytest.fixture(scope="module")
def found_in(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Fault]]:
    """The faults of all single files, which stand in one folder, by the file's name."""
    config = content_with(tmp_path_factory.mktemp("gallery"), [case for case in CASES if not case.is_dir()])
    found: dict[str, list[Fault]] = {}
    for fault in faults_in(config):
        found.setdefault(fault.where.removeprefix("dialogues/"), []).append(fault)
    return found


@pytest.mark.parametrize("case", [case for case in CASES if not case.is_dir()], ids=lambda path: path.stem)
def test_exactly_the_faults_of_a_broken_dialogue_are_named(case: Path, found_in: Mapping[str, list[Fault]]) -> None:
    """None is missed, none is made up, no file hides another's; each has line, key, problem and remedy."""
    compare(expected_of(case), found_in.get(case.name, []))


@pytest.mark.parametrize("case", [case for case in CASES if case.is_dir()], ids=lambda path: path.stem)
def test_exactly_the_faults_of_files_that_are_wrong_together_are_named(case: Path, tmp_path: Path) -> None:
    """What shows only between files is told, and the file beside a broken one is not blamed for it."""
    files = files_of(case)
    compare([one for path in files for one in expected_of(path)], faults_in(content_with(tmp_path, files)))


def compare(expected: Sequence[Expected], found: Sequence[Fault]) -> None:
    assert [(f.where, f.line, f.key) for f in found] == [(e.where, e.line, e.key) for e in expected], found
    for fault, wanted in zip(found, expected, strict=True):
        assert wanted.words in f"{fault.problem}; {fault.remedy}"
        assert fault.problem
        assert fault.remedy


def test_gallery_is_large_and_most_of_its_files_have_one_fault_each() -> None:
    """Thirty single faults at least, and one file with ten."""
    counts = {case.stem: sum(len(expected_of(path)) for path in files_of(case)) for case in CASES}
    assert list(counts.values()).count(1) >= 30
    assert counts["ten-at-once"] == 10


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Result, Result]:
    """What the command says of the whole gallery in one folder, in words and as JSON."""
    content_with(tmp_path, [path for case in CASES for path in files_of(case) if not case.is_dir()])
    run = runner(capsys)
    config = tmp_path / "vuoro.toml"
    return run("check", "--config", config), run("check", "--config", config, "--json")


def test_command_tells_the_whole_gallery_at_once_without_a_traceback(told: tuple[Result, Result]) -> None:
    """One sentence a fault on the terminal, the same as data for a machine, and the exit code says no."""
    words, data = told
    expected = [one for case in CASES if not case.is_dir() for one in expected_of(case)]
    assert (words.code, data.code) == (1, 1)
    assert "Traceback" not in words.out + words.err + data.err
    faults = data.document["faults"]
    told_of = {(fault["file"], fault["line"], fault["key"]) for fault in faults}
    assert {(one.where, one.line, one.key) for one in expected} <= told_of
    lines = [line for line in words.err.splitlines() if line.strip()]
    assert len(lines) == len(faults)
    assert all(re.match(r"dialogues/[a-z0-9.-]+\.toml:\d+: .+; .+", line) for line in lines)
