"""`vuoro insight offers`: refused without a batch, chosen afresh as of a day, six rows each with their reasons."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.insight_offers import offers
from store.database import Database, store_url
from tests.bot.commands_scene import Scene, scene
from tests.scheduler.test_clusters import AT, KINDS, fill


@pytest.fixture
def shop(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path) -> Scene:
    """A company with three kinds of customers."""
    monkeypatch.setattr("bot.commands.insight_offers.now", lambda: AT)
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    asyncio.run(_fill(sqlite_url))
    return made


async def _fill(url: str) -> None:
    database = Database(store_url(url))
    await fill(database, dict(enumerate(KINDS[::5], 1001)))
    await database.close()


def run(*args: str) -> Result:
    """Run `vuoro insight offers ARGS`."""
    return CliRunner().invoke(offers, args)


def test_chosen_afresh_for_everybody_with_a_history(shop: Scene, tmp_path: Path) -> None:
    """Without a batch it says what to do; as of a day everybody has her rows, in JSON and as a file."""
    assert "vuoro insight offers --at" in run().output
    rows = json.loads(run("--at", "2027-03-01", "--json").stdout)
    by_customer: dict[int, list[dict[str, object]]] = {}
    for row in rows:
        by_customer.setdefault(row["id"], []).append(row)
    assert len(by_customer) == len(KINDS[::5])
    for hers in by_customer.values():
        assert [each["place"] for each in hers] == list(range(1, len(hers) + 1))
        assert len({each["product"] for each in hers}) == len(hers)
        assert all(each["reason"] and each["evidence"] for each in hers)
    one = json.loads(run("--at", "2027-03-01", "--customer", "1001", "--json").stdout)
    assert one == by_customer[1001]
    file = tmp_path / "six.csv"
    assert run("--at", "2027-03-01", "--csv", str(file)).exit_code == 0
    with file.open(encoding="utf-8", newline="") as source:
        assert len(list(csv.DictReader(source))) == len(rows)


def test_a_day_before_all_purchases_is_refused(shop: Scene) -> None:
    """With what to do instead."""
    assert "nobody bought anything" in run("--at", "2020-01-01").output
