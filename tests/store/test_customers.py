"""Customers, what is known of them and what they agreed to: found by any spelling, changed with history."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from domain.customers import Consent, KnownFact, Purpose, Reach
from domain.folding import fold
from domain.incoming import Sender
from store.consents import consents_of, give_consents
from store.customers import (
    add_customers,
    change_customers,
    customer_by_id,
    customers_by_chat,
    meet,
    search_customers,
    set_reach,
)
from store.database import Database
from store.facts import forget_facts, known_facts, set_facts
from store.tables import customers, facts

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
NAMES = ("Aino Mäkelä", "Kaisa Mäki", "Ivana Černá", "Åke Öberg", "100% Oy", "Mikko_Virtanen")


@pytest.fixture
async def people(database: Database) -> Database:
    """Return a store with a few customers."""
    async with database.write() as tx:
        rows = [
            {"name": name, "number": f"10{at}", "chat_id": 900 + at, "created_at": NOW} for at, name in enumerate(NAMES)
        ]
        await add_customers(tx, rows)
    return database


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("Mäk", {"Aino Mäkelä", "Kaisa Mäki"}),
        ("makela", {"Aino Mäkelä"}),
        ("MÄKELÄ", {"Aino Mäkelä"}),
        ("cerna", {"Ivana Černá"}),
        ("oberg", {"Åke Öberg"}),
        ("ake ob", {"Åke Öberg"}),
        ("%", set()),
        ("100%", {"100% Oy"}),
        ("mikko_", {"Mikko_Virtanen"}),
        ("102", {"Ivana Černá"}),
        ("903", {"Åke Öberg"}),
        ("kelä", set()),
        ("", set()),
    ],
)
async def test_search_finds_any_spelling_of_the_beginning_of_a_word(
    people: Database, word: str, names: set[str]
) -> None:
    """Diacritics and case do not matter; wildcards are ordinary signs; numbers find just her."""
    async with people.read() as tx:
        assert {customer.name for customer in await search_customers(tx, word)} == names


async def test_a_renamed_customer_is_found_by_her_new_name(people: Database) -> None:
    """The search follows every change, many at once."""
    async with people.write() as tx:
        known = await customers_by_chat(tx, [900, 901])
        await change_customers(
            tx,
            {
                known[900].id: {"name": "Aino Järvi", "town": "Oulu"},
                known[901].id: {"last_in_at": NOW},
            },
        )
        assert [customer.name for customer in await search_customers(tx, "jarvi")] == ["Aino Järvi"]
        assert await search_customers(tx, "makela") == []
        assert [customer.name for customer in await search_customers(tx, "Kaisa")] == ["Kaisa Mäki"]


async def test_meeting_twice_makes_one_customer(database: Database) -> None:
    """Two processes that meet the same person at once keep one row of her."""
    async with database.write() as tx:
        for name in ("Ann", "Ann again"):
            await meet(tx, {7: Sender(7, name, language="en")}, NOW)
        assert await tx.scalar(select(func.count()).select_from(customers)) == 1
        ann = (await customers_by_chat(tx, [7]))[7]
    assert (ann.name, ann.language, ann.reach, ann.met_at) == ("Ann", "en", Reach.REACHABLE, NOW)


async def test_reach_is_kept_by_chat(people: Database) -> None:
    """Whoever blocked is unreachable until she writes."""
    async with people.write() as tx:
        await set_reach(tx, [900], Reach.BLOCKED)
        known = await customers_by_chat(tx, [900, 901])
    assert (known[900].reach, known[901].reach) == (Reach.BLOCKED, Reach.NEVER_MET)


async def test_a_fact_has_one_current_value_and_keeps_the_older_ones(people: Database) -> None:
    """What was believed before can still be looked up."""
    async with people.write() as tx:
        who = (await customers_by_chat(tx, [900]))[900].id
        for value in ("blue", "red", 3, True):
            await set_facts(tx, [(who, KnownFact("colour", value, "staff", NOW))])
        await set_facts(tx, [(who, KnownFact("size", n, "import", NOW)) for n in (1, 2)])
        known = (await known_facts(tx, [who]))[who]
        assert [(fact.name, fact.value) for fact in known] == [("colour", True), ("size", 2)]
        assert await tx.scalar(select(func.count()).select_from(facts)) == 5
        await forget_facts(tx, who, ["size"])
        assert [fact.name for fact in (await known_facts(tx, [who]))[who]] == ["colour"]
        await forget_facts(tx, who)
        assert await known_facts(tx, [who]) == {}


async def test_the_last_word_on_a_purpose_counts_and_the_earlier_ones_stay(people: Database) -> None:
    """Withdrawing is as easy as giving, and both are proven."""
    async with people.write() as tx:
        who = (await customers_by_chat(tx, [900]))[900].id
        for hour, given in enumerate((True, False, True, False)):
            at = NOW + dt.timedelta(hours=hour)
            await give_consents(tx, [(who, Consent(Purpose.MARKETING, given, f"v{hour}", "test", at))])
        customer = await customer_by_id(tx, who)
        assert customer is not None
        assert not customer.agrees(Purpose.MARKETING)
        assert not customer.agrees(Purpose.SURVEYS)
        assert [consent.text_version for consent in await consents_of(tx, who)] == ["v3", "v2", "v1", "v0"]


def test_folding_takes_diacritics_case_and_blanks_away() -> None:
    """Both sides of a search are folded alike."""
    assert fold("  Élodie   ŠKODOVÁ ") == "elodie skodova"
