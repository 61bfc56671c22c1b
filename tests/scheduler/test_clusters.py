"""Clusters in the night's work: planted ones are found, named and kept; who objects is in none; a stop does no harm."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.clusters import MOST, Clusters, Trait, as_document, from_document
from domain.customers import Consent, Purpose
from domain.purchases import Purchase
from scheduler import clusters as night
from scheduler.clusters import renew_clusters
from store.clusters import kept_clusters
from store.consents import give_consents
from store.customers import add_customers
from store.database import Database
from store.pictures import change_pictures, picture_columns, put_pictures
from store.purchases import add_purchases

AT = dt.datetime(2027, 3, 1, 3, tzinfo=ZoneInfo("Europe/Helsinki"))
CELLAR, NURSERY, TEA = range(3)
KINDS = (CELLAR,) * 60 + (NURSERY,) * 50 + (TEA,) * 40
_GROUPS = (("Wine", "Cheese"), ("Nappies", "Toys"), ("Tea", "Cups"))
_VISITS, _PRICES = (4, 14, 7), (9000, 1200, 2500)


def shopping(rng: random.Random, kind: int, whose: int) -> list[Purchase]:
    """Draw the receipts of a customer of a kind: two products of its groups that go together, one of any, and bread."""
    lines = []
    for visit in range(_VISITS[kind] + rng.randrange(3)):
        at = AT - dt.timedelta(days=rng.randrange(2, 300))
        goods = [(group, f"{group} {rng.randrange(12)}") for group in _GROUPS[kind]]
        if rng.random() < 0.4:
            goods += [(_GROUPS[kind][0], f"{_GROUPS[kind][0]} red"), (_GROUPS[kind][1], f"{_GROUPS[kind][1]} blue")]
        goods += [("Bread", "Rye"), (other := rng.choice(("Milk", "Fish")), other)]
        lines += [
            Purchase(
                f"R{whose}-{visit}",
                at,
                _PRICES[kind] // (1 if group in _GROUPS[kind] else 10),
                "EUR",
                name,
                name,
                group,
                Decimal(1),
            )
            for group, name in goods
        ]
    return lines


async def fill(database: Database, kinds: Mapping[int, int], *, seed: int = 1) -> None:
    """Store customers of those kinds with their purchases and pictures, and one who never bought."""
    rng = random.Random(seed)
    bought = {whose: shopping(rng, kind, whose) for whose, kind in kinds.items()}
    nobody = max(kinds) + 1
    async with database.write() as tx:
        await add_customers(tx, [{"id": each, "name": "", "created_at": AT} for each in (*kinds, nobody)])
        await add_purchases(tx, [(whose, line) for whose, lines in bought.items() for line in lines])
        await put_pictures(tx, pictures(bought))
        await put_pictures(tx, {"customer_id": [nobody], "day": [AT.date()]})


def pictures(bought: Mapping[int, list[Purchase]]) -> dict[str, list[Any]]:
    """Give the columns of the pictures that clusters read."""
    return {
        "customer_id": list(bought),
        "day": [AT.date()] * len(bought),
        "last_on": [max(line.at for line in lines).date() for lines in bought.values()],
        "visits_year": [len({line.receipt for line in lines}) for lines in bought.values()],
        "spent_year": [sum(line.amount_minor for line in lines) for lines in bought.values()],
    }


async def numbers(database: Database) -> dict[int, int | None]:
    """Give everybody's cluster."""
    async with database.read() as tx:
        return dict(zip(*await picture_columns(tx, ("customer_id", "cluster")), strict=True))


async def test_planted_clusters_are_found_and_named(database: Database) -> None:
    """Three kinds of customers are three clusters, named from what they buy and how, the largest first."""
    kinds = dict(enumerate(KINDS, 1))
    await fill(database, kinds)
    steps: list[tuple[int, int]] = []
    made = await renew_clusters(database, AT, "EUR", told=lambda done, total: steps.append((done, total)))
    assert [(each.number, each.size) for each in made.clusters] == [(1, 60), (2, 50), (3, 40)]
    assert [set(each.name.groups) for each in made.clusters] == [set(each) for each in _GROUPS]
    assert made.clusters[0].name.traits == (Trait.RARE, Trait.LARGE)
    assert made.clusters[1].name.traits == (Trait.FREQUENT, Trait.SMALL)
    assert sum(each.spent_share for each in made.clusters) == pytest.approx(1)
    assert max(made.silhouettes, key=lambda pair: pair[1])[0] == 3
    assert steps[-1] == (150, 150)
    found = await numbers(database)
    assert found == {**{whose: kind + 1 for whose, kind in kinds.items()}, 151: None}
    async with database.read() as tx:
        assert await kept_clusters(tx) == made


async def test_planted_pairs_are_found(database: Database) -> None:
    """What is put into one basket on purpose leads; bread, which is in all of them, is in no pair."""
    await fill(database, dict(enumerate(KINDS, 1)))
    made = await renew_clusters(database, AT, "EUR")
    for cluster, groups in zip(made.clusters, _GROUPS, strict=True):
        first = cluster.pairs[0]
        assert {first.first, first.second} == {f"{groups[0]} red", f"{groups[1]} blue"}
        assert 1 < first.lift_low < first.lift
        assert all("Rye" not in (pair.first, pair.second) for pair in cluster.pairs)


async def test_the_same_store_gives_the_same_clusters(sqlite_database: Database) -> None:
    """Made anew on the same day nothing changes, to the last digit."""
    await fill(sqlite_database, dict(enumerate(KINDS, 1)))
    one = await renew_clusters(sqlite_database, AT, "EUR")
    assert await renew_clusters(sqlite_database, AT, "EUR", anew=True) == one
    assert from_document(as_document(one)) == one


async def test_numbers_and_names_stay_from_month_to_month(sqlite_database: Database) -> None:
    """Many tea drinkers joined and are the largest now: they are still number 3, by the same name."""
    await fill(sqlite_database, dict(enumerate(KINDS, 1)))
    before = await renew_clusters(sqlite_database, AT, "EUR")
    assert await renew_clusters(sqlite_database, AT + dt.timedelta(days=29), "EUR") == before
    await fill(sqlite_database, dict.fromkeys(range(200, 240), TEA), seed=2)
    after = await renew_clusters(sqlite_database, AT + dt.timedelta(days=30), "EUR")
    assert [(each.number, each.size) for each in after.clusters] == [(3, 80), (1, 60), (2, 50)]
    for each in after.clusters:
        known = before.find(each.number)
        assert known is not None
        assert each.name == known.name


async def test_who_objects_to_profiling_is_in_none(database: Database) -> None:
    """After her no she is taken out, and teaches nothing."""
    await fill(database, dict(enumerate(KINDS, 1)))
    await renew_clusters(database, AT, "EUR")
    async with database.write() as tx:
        await give_consents(tx, [(5, Consent(Purpose.PROFILING, False, "1", "test", AT))])
    made = await renew_clusters(database, AT, "EUR", anew=True)
    assert made.n == 149
    assert (await numbers(database))[5] is None


async def test_stopped_in_between_it_is_made_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop after a part of the customers leaves no clusters kept; the next call ends as one without a stop."""
    await fill(database, dict(enumerate(KINDS, 1)))
    monkeypatch.setattr(night, "_WRITTEN", 40)
    calls = 0

    async def stopping(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise RuntimeError("stopped")
        await change_pictures(*arguments)

    monkeypatch.setattr(night, "change_pictures", stopping)
    with pytest.raises(RuntimeError, match="stopped"):
        await renew_clusters(database, AT, "EUR")
    async with database.read() as tx:
        assert await kept_clusters(tx) is None
    made = await renew_clusters(database, AT, "EUR")
    assert [(each.number, each.size) for each in made.clusters] == [(1, 60), (2, 50), (3, 40)]
    assert sorted(each for each in (await numbers(database)).values() if each) == [1] * 60 + [2] * 50 + [3] * 40


async def test_as_many_as_the_config_asks_for(sqlite_database: Database) -> None:
    """Another number in the config makes them anew at once; those too small are fewer; 27 is the most."""
    await fill(sqlite_database, dict(enumerate(KINDS, 1)))
    await renew_clusters(sqlite_database, AT, "EUR")
    made = await renew_clusters(sqlite_database, AT, "EUR", asked=2)
    assert len(made.clusters) == 2
    many = await renew_clusters(sqlite_database, AT, "EUR", asked=MOST)
    assert 3 <= len(many.clusters) <= 150 // 20
    assert len({each.name for each in many.clusters}) == len({each.number for each in many.clusters})
    assert (await renew_clusters(sqlite_database, AT, "EUR", asked=1)).clusters[0].size == 150


async def test_too_few_customers_say_so(sqlite_database: Database) -> None:
    """Under 100 who bought in the year nobody is divided; it is looked again the next night."""
    await fill(sqlite_database, dict(enumerate(KINDS[:60], 1)))
    made = await renew_clusters(sqlite_database, AT, "EUR")
    assert made == Clusters(AT.date(), 0, made.seed, None, (), (), made.refusal)
    assert made.refusal == "60 customers bought in the last year; it takes 100 to divide them."
    assert set((await numbers(sqlite_database)).values()) == {None}
    await fill(sqlite_database, dict.fromkeys(range(100, 160), TEA), seed=3)
    assert len((await renew_clusters(sqlite_database, AT + dt.timedelta(days=1), "EUR")).clusters) == 2
