"""`vuoro insight clusters`: names in every language, sizes, pairs; made anew when asked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cluster_words import cluster_name
from bot.commands.insight_clusters import clusters
from domain.clusters import ClusterName, Trait
from store.database import Database, store_url
from templates.words import SHIPPED, Words
from tests.bot.commands_scene import Scene, scene
from tests.scheduler.test_clusters import AT, KINDS, fill


@pytest.fixture
def shop(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path) -> Scene:
    """A company with three kinds of customers."""
    monkeypatch.setattr("bot.commands.insight_clusters.now", lambda: AT)
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    asyncio.run(_fill(sqlite_url))
    return made


async def _fill(url: str) -> None:
    database = Database(store_url(url))
    await fill(database, dict(enumerate(KINDS, 1001)))
    await database.close()


def run(*args: str) -> Result:
    """Run `vuoro insight clusters ARGS`."""
    return CliRunner().invoke(clusters, args)


def test_made_when_asked_and_shown_afterwards(shop: Scene) -> None:
    """Before that it says what to do."""
    assert "--renew" in run().output
    made = json.loads(run("--renew", "--json").stdout)
    assert json.loads(run("--json").stdout) == made
    assert [each["customers"] for each in made["clusters"]] == [60, 50, 40]
    first = made["clusters"][0]
    assert first["name"]["en"] in {
        "Cheese and Wine: rarely, large purchases", "Wine and Cheese: rarely, large purchases",
    }  # fmt: skip
    assert first["name"]["fi"].endswith("harvoin, isoja ostoksia")
    assert {first["pairs"][0]["first"], first["pairs"][0]["second"]} == {"Wine red", "Cheese blue"}
    assert made["silhouettes"]["3"] == max(made["silhouettes"].values())


def test_tables_for_people(shop: Scene) -> None:
    """Every cluster has its line, what it buys more than others, and its pairs."""
    told = run("--renew").stdout
    assert "Made on 2027-03-01 from 150 who bought in the year before" in told
    assert "silhouette" in told
    assert "times as often as by chance" in told
    assert "Nappies: " in told


def test_who_is_in_which_as_a_file(shop: Scene, tmp_path: Path) -> None:
    """One row for each customer who is in one."""
    run("--renew")
    assert run("--csv", "members.csv").exit_code == 0
    rows = (tmp_path / "members.csv").read_text().splitlines()
    assert rows[0] == "id,number,name,cluster,cluster_name"
    assert len(rows) == 151
    assert rows[1].startswith("1001,,,1,")


def test_as_many_as_the_config_asks_for(shop: Scene) -> None:
    """Where some would be too small, it says why there are fewer."""
    shop.config(more="[insight]\nclusters = 2\n")
    assert "The config asks for 2." in run("--renew").stdout
    shop.config(more="[insight]\nclusters = 27\n")
    assert "The config asks for 27: fewer, because no cluster may be too small." in run("--renew").stdout


def test_names_in_every_language() -> None:
    """Names that differ are worded differently; one that nothing sets apart has a name, too."""
    words = Words.load([SHIPPED], ("fi", "en", "cs"))
    names = [
        ClusterName(("Tea",)), ClusterName(("Tea", "Cups", "Milk"), (Trait.FREQUENT,)),
        ClusterName(), ClusterName(ordinal=2),
        *(ClusterName((), (trait,)) for trait in Trait),
    ]  # fmt: skip
    for language in ("fi", "en", "cs"):
        assert len({cluster_name(words, name, language) for name in names}) == len(names)
    assert cluster_name(words, names[1], "en") == "Tea, Cups and Milk: often"
    assert cluster_name(words, names[2], "cs") == "Jako většina zákazníků"
    assert cluster_name(words, names[3], "fi") == "Kuten useimmat asiakkaat (2)"
    assert cluster_name(words, ClusterName((), (Trait.LONG_AGO,)), "en") == "Not for a long time"
