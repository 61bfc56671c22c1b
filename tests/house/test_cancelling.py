"""Work that is cancelled ends: some of the standard library's tools swallow a cancellation now and then."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [file for room in ("bot", "scheduler", "dialogues", "store") for file in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_waits_by_wait_for(file: Path) -> None:
    """
    `asyncio.wait_for` of Python 3.11 forgets a cancellation that comes at the moment of the result, and the loop
    around it then never ends; `asyncio.timeout` does not.
    """
    assert not re.search(r"asyncio\.wait_for\(", file.read_text(encoding="utf-8"))
