"""Customers, what is known of them and what they agreed to: found by any spelling, changed with history."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from domain.customers import Consent, KnownFact, Purpose, Reach
from domain.folding import fold
from domain.incoming import Sender
from store.consents import consents_of, give_consents
from store.customer_words import MOST, forget_words, matching, renew_words
from store.customers import (
    add_customers,
    change_customers,
    customer_by_id,
    customers_by_chat,
    find_customers,
    meet,
    search_customers,
    set_reach,
)
from store.database import Database
from store.facts import forget_facts, known_facts, set_facts
from store.tables import customer_words, customers, facts

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


ANNA = {
    "name": "Anna Mäkelä-Virtanen", "company": "Kahvila Šimek Oy", "town": "Jyväskylä", "number": "K-1001",
    "username": "annamv", "email": "anna.m@example.com", "phone": "+358 40 123 4567", "created_at": NOW,
}  # fmt: skip


@pytest.mark.parametrize(
    "word",
    [
        *("mäkelä anna", "ANNA VIRT", "virtanen a", "Mäkelä-Vir", "Mäkelä, Anna", "simek", "anna jyvas", "K-1001"),
        *("1001", "@annamv", "annamv", "Anna.M@example", "anna kahvila oy"),
        *("040 123 4567", "+358401234567", "123-4567", "4567"),
    ],
)
async def test_every_word_asked_for_begins_some_word_of_hers(people: Database, word: str) -> None:
    """Several words in any order; a company, user name, e-mail and the end of a phone number find her too."""
    async with people.write() as tx:
        await add_customers(tx, [ANNA, {**dict.fromkeys(ANNA), "name": "Anna Kivi", "created_at": NOW}])
        assert [each.name for each in await search_customers(tx, word)] == [ANNA["name"]]
        for other in ("anna %", "anna oulu", "567", "tanen", "anna mäkelä pekka", "example"):
            assert await search_customers(tx, other) == []


async def test_hits_stand_in_the_alphabetical_order_of_the_asker(people: Database) -> None:
    """Page by page: the same list is another one in Finnish, Czech and English."""
    names = ("Xa Chalupa", "Xa Cibulka", "Xa Hora", "Xa Čapek", "Xa Ågren", "Xa Zeman")
    async with people.write() as tx:
        await add_customers(tx, [{"name": name, "created_at": NOW} for name in names])
        orders = {
            "cs": ["Ågren", "Cibulka", "Čapek", "Hora", "Chalupa", "Zeman"],
            "fi": ["Čapek", "Chalupa", "Cibulka", "Hora", "Zeman", "Ågren"],
            "en": ["Ågren", "Čapek", "Chalupa", "Cibulka", "Hora", "Zeman"],
        }
        for language, order in orders.items():
            pages = [await find_customers(tx, "xa", language=language, offset=at, limit=4) for at in (0, 4)]
            assert [each.name[3:] for page in pages for each in page.customers] == order
            assert {(page.total, page.more) for page in pages} == {(6, False)}


async def test_more_hits_than_anybody_would_read_are_said_to_be_more(people: Database) -> None:
    """The first two thousand can be read; another word narrows them, however many begin with the first."""
    async with people.write() as tx:
        rows = [{"name": f"Many {'Rare' if at == 7 else 'Common'}", "created_at": NOW} for at in range(MOST + 5)]
        await add_customers(tx, rows)
        found = await find_customers(tx, "many")
        assert (len(found.customers), found.total, found.more) == (10, MOST, True)
        for word in ("many rare", "rare many"):
            assert [each.name for each in await search_customers(tx, word)] == ["Many Rare"]


async def test_words_of_before_find_nobody(people: Database) -> None:
    """What she is no longer called is gone, as is everything of one who is forgotten; it comes back with her row."""
    async with people.write() as tx:
        await add_customers(tx, [ANNA])
        (anna,) = await search_customers(tx, "mäkelä-v")
        await change_customers(tx, {anna.id: {"email": "new@example.com", "phone": None, "company": None}})
        for word in ("anna.m@example", "4567", "simek"):
            assert await search_customers(tx, word) == []
        assert [each.id for each in await search_customers(tx, "new@")] == [anna.id]
        hers = select(func.count()).select_from(customer_words).where(customer_words.c.customer_id == anna.id)
        await forget_words(tx, [anna.id])
        assert await tx.scalar(hers) == 0
        await renew_words(tx, [anna.id])
        assert [hit.customer_id for hit in await matching(tx, "virtanen anna")] == [anna.id]


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
