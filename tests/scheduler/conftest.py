"""A scheduler with its store for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scheduler.stage import Stage


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A started process over an empty store."""
    made = Stage(sqlite_url, tmp_path)
    made.start()
    yield made
    await made.close()
