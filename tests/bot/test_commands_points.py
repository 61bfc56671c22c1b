"""`vuoro points`: shown, given with a reason that is audited, taken only where there is enough."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select

from store.audit import acts
from store.customers import add_customers
from store.database import Database, store_url
from store.memberships import join
from store.tables import customers
from tests.bot.command_line import Run, runner

PLUS = Path(__file__).parents[1] / "transcripts" / "loyalty" / "points"
NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)


@pytest.fixture
def config(tmp_path: Path, sqlite_url: str) -> Path:
    path = tmp_path / "vuoro.toml"
    path.write_text(
        f'[company]\nname = "X"\nlanguages = ["en"]\n[staff]\nadmins = [7]\n[store]\nurl = "{sqlite_url}"\n'
        f'[content]\nfolder = "{PLUS}"\n',
        encoding="utf-8",
    )

    async def fill() -> None:
        database = Database(store_url(sqlite_url))
        async with database.write() as tx:
            await add_customers(tx, [{"name": "Ann", "number": "1001", "created_at": NOW}])
            ann = await tx.scalar(select(customers.c.id))
            assert ann is not None
            await join(tx, ann, "programme:plus", NOW, "chat")
        await database.close()

    asyncio.run(fill())
    return path


def test_points_are_given_shown_and_taken(config: Path, sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is short is refused with what is missing; the statement has both changes, and so has the audit log."""
    vuoro: Run = runner(capsys)
    last = ("--config", config)
    assert vuoro("points", "give", "1001", 50, "--reason", "late delivery", *last).code == 0
    short = vuoro("points", "take", "1001", 80, "--reason", "a slip", *last)
    assert (short.code, "30 are missing" in short.err) == (1, True)
    assert vuoro("points", "take", "1001", 20, "--reason", "a slip", *last).code == 0
    assert vuoro("points", "show", "1001", "--json", *last).document["usable"] == 30
    entries = vuoro("points", "statement", "1001", "--json", *last).document
    assert [(each["points"], each["reason"], each["staff"]) for each in entries] == [
        (-20, "a slip", 7),
        (50, "late delivery", 7),
    ]
    assert "did you mean" in vuoro("points", "show", "1001", "--programme", "pluss", *last).err

    async def audited() -> list[str]:
        database = Database(store_url(sqlite_url))
        async with database.read() as tx:
            found = [act for _, _, act, _ in await acts(tx)]
        await database.close()
        return found

    assert asyncio.run(audited()).count("points.change") == 2
