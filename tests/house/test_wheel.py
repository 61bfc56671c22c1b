"""The wheel holds what the tree holds: the build tool silently leaves out what it does not find."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "dialogues", "templates", "scheduler", "insight", "store", "domain")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built as a release would build it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_wheel_holds_every_tracked_file_of_the_rooms(wheel: zipfile.ZipFile) -> None:
    """Scripts, texts, pages and migrations travel with the code."""
    listed = subprocess.run(["git", "ls-files", *ROOMS], cwd=ROOT, check=True, capture_output=True, text=True)
    tracked = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
    packed = {name for name in wheel.namelist() if name.split("/")[0] in ROOMS}
    assert tracked - packed == set()
    kinds = {Path(name).suffix for name in packed}
    assert {".py", ".toml", ".sql", ".j2", ".html", ".js", ".css"} <= kinds


def test_wheel_holds_no_tests_and_no_leftovers(wheel: zipfile.ZipFile) -> None:
    """Users get the product, not the workshop."""
    names = wheel.namelist()
    assert not [name for name in names if name.startswith(("tests/", "docs/")) or "__pycache__" in name]
    assert not [name for name in names if name.endswith((".db", ".pyc", ".orig"))]


def test_program_is_an_entry_point(wheel: zipfile.ZipFile) -> None:
    """`vuoro` is there after an installation."""
    (entry_points,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "vuoro = bot.command_line:main" in wheel.read(entry_points).decode()
