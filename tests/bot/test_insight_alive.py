"""`vuoro insight alive`: rows with ranges, the head with the back-test, the picture."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.insight_alive import alive
from domain.customers import Consent, Purpose
from store.audit import acts
from store.consents import give_consents
from store.database import Database, store_url
from tests.bot.commands_scene import Scene, scene
from tests.scheduler.test_repeat_buying import AT, fill


@pytest.fixture
def shop(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path) -> Scene:
    """A company of 400 customers; number 3 objects to profiling."""
    monkeypatch.setattr("bot.commands.insight_alive.now", lambda: AT)
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    asyncio.run(_fill(sqlite_url))
    return made


async def _fill(url: str) -> None:
    database = Database(store_url(url))
    await fill(database, 400, first=1001)
    async with database.write() as tx:
        await give_consents(tx, [(1003, Consent(Purpose.PROFILING, False, "1", "test", AT))])
    await database.close()


def run(*args: str) -> Result:
    """Run `vuoro insight alive ARGS`."""
    return CliRunner().invoke(alive, args)


def test_before_the_first_night_nothing_is_claimed(shop: Scene) -> None:
    """It says what to do."""
    told = run()
    assert told.exit_code == 1
    assert "vuoro insight refresh" in told.output
    assert run("--renew").exit_code == 0
    assert run().stdout.startswith("Learnt on 2027-03-01")


def test_rows_have_ranges_and_the_head_its_back_test(shop: Scene) -> None:
    """Everybody who bought has a row, but who objects; the look is in the audit log."""
    document = json.loads(run("--renew", "--json").stdout)
    assert document["head"]["method"] == "model"
    assert document["head"]["parameters"]["r"] > 0
    assert document["head"]["back_test"]["customers"] > 100
    rows = {row["id"]: row for row in document["customers"]}
    assert len(rows) == 399
    assert 1003 not in rows
    for row in rows.values():
        assert row["expected"]["low"] <= row["expected"]["value"] <= row["expected"]["high"]
        assert (row["alive"] is None) is (row["purchase_days"] == 1)
        if row["alive"] is not None:
            assert 0 <= row["alive"]["low"] <= row["alive"]["value"] <= row["alive"]["high"] <= 1
    assert "insight.alive" in {action for *_, action, _ in shop.store(acts)}


def test_lines_for_people(shop: Scene) -> None:
    """The head says who speaks and how well, each line is a customer."""
    told = run("--renew").stdout.splitlines()
    assert told[0] == "Learnt on 2027-03-01 from 399 customers who have bought."
    assert told[1].startswith("The model speaks: BG/NBD, r ")
    assert told[2].startswith("Back-test: from purchases until 2026-07-05 of ")
    assert told[-1] == "349 more; --limit N or --csv FILE shows them"
    assert any("bought once" in line for line in told)
    assert "396 more" in run("--limit", "3").stdout
    assert len(json.loads(run("--limit", "3", "--json").stdout)["customers"]) == 3


def test_a_look_back_takes_the_purchases_until_then(shop: Scene) -> None:
    """A year before, fewer had bought, and nobody more often than by now."""
    now = {row["id"]: row for row in json.loads(run("--renew", "--json").stdout)["customers"]}
    then = {row["id"]: row for row in json.loads(run("--at", "2026-03-01", "--json").stdout)["customers"]}
    assert 0 < len(then) <= len(now)
    assert sum(row["purchase_days"] for row in then.values()) < sum(row["purchase_days"] for row in now.values())
    assert all(row["purchase_days"] <= now[whose]["purchase_days"] for whose, row in then.items())


def test_rows_and_picture_as_files(shop: Scene, tmp_path: Path) -> None:
    """A file that is there is not replaced unasked."""
    told = run("--renew", "--csv", "alive.csv", "--picture", "alive.png")
    assert told.exit_code == 0, told.output
    assert (tmp_path / "alive.png").read_bytes().startswith(b"\x89PNG")
    with (tmp_path / "alive.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 399
    assert all(row["method"] == "model" for row in rows)
    assert run("--csv", "alive.csv").exit_code == 1
    assert run("--csv", "alive.csv", "--force").exit_code == 0
