"""What a fact is worth asking: computed once a day, from a bounded sample, and taken by every process."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from dialogues.fact_files import load_facts
from domain.customers import KnownFact
from domain.facts import information_of_one, information_of_several
from scheduler.learning import Learning
from store.answers_of_facts import sample_values
from store.database import Database
from store.facts import set_facts
from store.tables import customers
from tests.dialogues.conductor_stand import Stand
from tests.dialogues.test_small_questions import FACTS, ends_a_contact

ANSWERS: dict[str, list[Any]] = {
    "pet": [True] * 6 + [False] * 2,
    "kind_of_pet": ["dog", "dog, cat", "dog", "dog"],
    "hobby": ["a", "b"],
}


@pytest.fixture
def stand(database: Database, tmp_path: Path) -> Stand:
    """A conductor that has three things to ask."""
    stand = Stand(database, tmp_path)
    folder = tmp_path / "facts"
    folder.mkdir()
    (folder / "facts.toml").write_text(FACTS)
    stand.conductor.library.facts = load_facts([folder], ("en", "fi"))
    return stand


async def fill(stand: Stand) -> None:
    """Let some customers be known."""
    rows: list[tuple[int, KnownFact]] = []
    for name, values in ANSWERS.items():
        rows += [(who, KnownFact(name, value, "import", stand.now)) for who, value in enumerate(values, 1)]
    async with stand.database.write() as tx:
        await tx.execute(
            insert(customers), [{"id": 100 + who, "name": str(who), "created_at": stand.now} for who in range(1, 9)]
        )
        await set_facts(tx, [(100 + who, fact) for who, fact in rows])


async def test_a_day_s_estimates_come_from_what_others_answered_and_how_often(stand: Stand) -> None:
    """Entropy for what can be counted, all there is for words; one of two asked has answered."""
    await fill(stand)
    for chat, label in ((7, "Yes"), (8, "Rather not say"), (9, None)):
        (rated,) = await stand.says("/rate", chat)
        _, asked = await stand.taps(rated, "9", chat)
        if label is not None:
            await stand.taps(asked, label, chat)
    job = Learning(stand.database, stand.conductor)
    await job.prepare(stand.now)
    await job.tick(stand.now)
    found = stand.conductor.running.small.estimates
    assert found is not None
    assert found["pet"].information == pytest.approx(information_of_one((7, 2)))  # 6 of import, 1 answer
    assert found["pet"].answers == 2 / 4  # two have ended, one with an answer
    assert found["kind_of_pet"].information == pytest.approx(information_of_several((4, 1), 4))
    assert found["hobby"].information == 1
    assert found["hobby"].answers == 0.5


async def test_another_process_takes_what_the_first_has_computed_and_a_day_later_it_is_new(stand: Stand) -> None:
    """A restart computes nothing anew; a fact that the files add is."""
    await fill(stand)
    first = Learning(stand.database, stand.conductor)
    await first.tick(stand.now)
    before = stand.conductor.running.small.estimates
    async with stand.database.write() as tx:
        await set_facts(tx, [(100 + who, KnownFact("pet", False, "import", stand.now)) for who in range(1, 9)])
    second = Learning(stand.database, stand.conductor)
    await second.tick(stand.now + dt.timedelta(hours=23))
    assert stand.conductor.running.small.estimates == before
    async with stand.database.read() as tx:
        assert await second.next_due(tx, stand.now) == stand.now + dt.timedelta(days=1)
    await second.tick(stand.now + dt.timedelta(days=1))
    found = stand.conductor.running.small.estimates
    assert found is not None
    assert found["pet"].information == pytest.approx(information_of_one((0, 8)))


async def test_after_a_restart_the_stored_estimates_hold_from_the_first_word_on(stand: Stand) -> None:
    """Whether or not the first tick has come."""
    await fill(stand)
    await Learning(stand.database, stand.conductor).tick(stand.now)
    computed = stand.conductor.running.small.estimates
    stand.conductor.running.small.estimates = None
    await ends_a_contact(stand)
    assert stand.conductor.running.small.estimates == computed


async def test_without_facts_there_is_nothing_to_do(stand: Stand, tmp_path: Path) -> None:
    """Nothing is due, and nothing is stored."""
    stand.conductor.library.facts = load_facts([], ())
    job = Learning(stand.database, stand.conductor)
    await job.tick(stand.now)
    async with stand.database.read() as tx:
        assert await job.next_due(tx, stand.now) is None
    await ends_a_contact(stand)


async def test_the_sample_is_bounded_and_spread_over_all_customers(stand: Stand) -> None:
    """Of 400 customers 40 are read, from the oldest to the newest."""
    async with stand.database.write() as tx:
        await tx.execute(insert(customers), [{"id": who, "name": "", "created_at": stand.now} for who in range(1, 401)])
        await set_facts(tx, [(who, KnownFact("hobby", who, "import", stand.now)) for who in range(1, 401)])
        found = await sample_values(tx, "hobby", sample=40, stretches=10)
    assert len(found) == 40
    assert min(found) <= 4
    assert max(found) > 360
