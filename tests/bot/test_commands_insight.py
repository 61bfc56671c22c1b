"""`vuoro insight`: the night's work done now, one row a customer after it, and the past reckoned afresh."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.purchases import Purchase
from store.database import Tx
from store.purchases import add_purchases
from tests.bot.command_line import NOW
from tests.bot.commands_scene import Scene, scene

HERE = ZoneInfo("Europe/Helsinki")  # the demo company's, where a purchase's day is a day


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with four customers, of whom the first bought last week and a year and a half ago."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    made.store(_purchases)
    return made


async def _purchases(tx: Tx) -> None:
    for receipt, days, amount in (("R1", 550, 10_000), ("R2", 7, 5001)):
        at = NOW - dt.timedelta(days=days)
        await add_purchases(tx, [(1, Purchase(receipt, at, amount, "EUR", "p", "", "food", Decimal(1), receipt))])


def test_listing_before_the_first_night_says_what_to_do(vuoro: Scene) -> None:
    """Nobody is shown an empty table that looks like an answer."""
    result = vuoro("insight", "rfm")
    assert result.code == 1
    assert "run: vuoro insight refresh" in result.err


def test_refresh_looks_at_everybody_and_then_rows_are_there(vuoro: Scene, tmp_path: Path) -> None:
    """One row a customer, as a table, as JSON, and as a file."""
    done = vuoro("insight", "refresh", "--json").document
    assert (done["customers"], done["looked"], done["moves"]) == (4, 4, {})
    rows = vuoro("insight", "rfm", "--json").document
    assert len(rows) == 4
    expected = {
        "recency": 5,
        "frequency": 5,
        "monetary": 5,
        "scheme": "quintiles",
        "visits_year": 1,
        "spent_year": 50.01,
    }
    assert expected.items() <= rows[0].items()
    assert rows[1]["recency"] is None
    assert vuoro("insight", "value", "--csv", "value.csv").code == 0
    with (tmp_path / "value.csv").open(encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    assert (written[0]["value_class"], written[0]["margin"], written[1]["value_class"]) == ("A", "45.0", "")
    assert vuoro("insight", "value", "--csv", "value.csv").code == 1
    assert "50.01 EUR" in vuoro("insight", "value").out
    shown = vuoro("insight", "classes").out
    assert "As of" in shown
    assert "value A, 2 visits" in shown
    again = vuoro("insight", "refresh").out
    assert "nobody moved" in again


def test_past_day_is_reckoned_afresh_and_kept_nowhere(vuoro: Scene) -> None:
    """Half a year ago she had one visit, and none of that year."""
    day = (NOW - dt.timedelta(days=170)).astimezone(HERE).date()
    bought = (NOW - dt.timedelta(days=550)).astimezone(HERE).date()
    before = vuoro("insight", "rfm", "--at", day, "--json").document
    assert (before[0]["visits_year"], before[0]["last_on"]) == (0, bought.isoformat())
    assert vuoro("insight", "ladder", "--at", day, "--json").document[0]["step"] == "purchaser"
    assert "run: vuoro insight refresh" in vuoro("insight", "alive", "--at", day).err
    assert vuoro("insight", "rfm").code == 1
    late = vuoro("insight", "refresh", "--at", day)
    assert late.code == 1
    assert f"vuoro insight rfm --at {day}" in late.err


def test_look_back_at_a_day_includes_its_purchases(vuoro: Scene) -> None:
    """A day means its end, as with `vuoro audience --at`: what was bought on it counts, what after it does not."""
    day = (NOW - dt.timedelta(days=30)).astimezone(HERE).date()

    async def buy(tx: Tx) -> None:
        for receipt, on in (("E1", day), ("E2", day + dt.timedelta(days=1))):
            at = dt.datetime.combine(on, dt.time(23, 30) if on == day else dt.time(0, 30), HERE)
            await add_purchases(tx, [(2, Purchase(receipt, at, 1000, "EUR", "p", "", "food", Decimal(1), receipt))])

    vuoro.store(buy)
    row = vuoro("insight", "rfm", "--at", day, "--json").document[1]
    assert (row["visits_year"], row["last_on"]) == (1, day.isoformat())
    assert vuoro("audience", "visits(12m) = 1", "--at", day, "--json").document["count"] == 1


def test_supplier_has_no_scores_and_is_in_nobodys_fifths(vuoro: Scene) -> None:
    """What she sells to us says nothing of how good a customer she is; once a customer again, she is looked at anew."""
    vuoro("insight", "refresh")
    assert vuoro("customer", "kind", "501", "supplier").code == 0
    vuoro("insight", "refresh")
    judged = {"rfm": ("recency", "monetary"), "value": ("value_class", "clv"), "classes": ("customer_class",)}
    for listing, columns in judged.items():
        row = vuoro("insight", listing, "--json").document[0]
        assert [row[name] for name in columns] == [None] * len(columns), listing
    assert vuoro("insight", "classes", "--json").document[0]["class_reason"] == "supplier, no customer"
    assert vuoro("insight", "rfm", "--at", NOW.astimezone(HERE).date(), "--json").document[0]["recency"] is None
    assert vuoro("insight", "ladder", "--json").document[0]["step"] == "purchaser"
    vuoro("customer", "kind", "501", "customer")
    vuoro("insight", "refresh")
    assert vuoro("insight", "rfm", "--json").document[0]["recency"] == 5
    assert vuoro("insight", "classes", "--json").document[0]["customer_class"] is not None


def test_coming_night_moves_who_changes(vuoro: Scene) -> None:
    """A night three years ahead finds her silent, and says of how many that is a move."""
    vuoro("insight", "refresh")
    day = (NOW + dt.timedelta(days=1100)).astimezone(HERE).date()
    told = vuoro("insight", "refresh", "--at", day, "--json").document
    assert told["moves"] == {"class": 1, "stage": 1, "value": 1}
