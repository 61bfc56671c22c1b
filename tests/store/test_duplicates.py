"""Duplicates: found by what two have in common, with evidence and doubts, and proposed once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import insert

from domain.duplicates import Doubt, DuplicateState, Evidence, are_similar, plain_email, plain_name, plain_phone
from store.customers import add_customers
from store.database import Database, Tx
from store.duplicates import (
    count_proposals,
    duplicate_of,
    find_duplicates,
    next_proposal,
    proposals,
    propose,
    settle,
)
from store.tables import people

NOW = dt.datetime(2027, 3, 2, 10, 0, tzinfo=dt.UTC)
_BORN = dt.date(1980, 5, 1)


async def _put(tx: Tx, *rows: dict[str, Any]) -> None:
    for place, row in enumerate(rows):
        await add_customers(tx, [{"id": place + 1, "created_at": NOW, **row}])


@pytest.mark.parametrize(
    ("one", "other", "evidence"),
    [
        ({"email": "Eva@Example.org"}, {"email": " eva@example.org"}, Evidence.EMAIL),
        ({"phone": "+358 40 123 4567"}, {"phone": "040-1234567"}, Evidence.PHONE),
        ({"name": "Eva Malá", "birth_date": _BORN}, {"name": "MALA Eva", "birth_date": _BORN}, Evidence.NAME_AND_BIRTH),
        (
            {"name": "Eva Mala", "birth_date": _BORN},
            {"name": "Eva Mlaa", "birth_date": _BORN},
            Evidence.SIMILAR_AND_BIRTH,
        ),
        ({"name": "Jan Novák", "town": "Brno"}, {"name": "Jan Novak", "town": "BRNO"}, Evidence.NAME_AND_TOWN),
    ],
)
async def test_two_with_something_telling_in_common_are_proposed(
    sqlite_database: Database, one: dict[str, Any], other: dict[str, Any], evidence: Evidence
) -> None:
    """Each kind of evidence is found however it is typed, and is named."""
    async with sqlite_database.write() as tx:
        await _put(tx, one, {"name": "Somebody Else", "town": "Brno"}, other)
        (found,) = await find_duplicates(tx)
        assert found.pair == (1, 3)
        assert found.evidence[0] is evidence


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "Jan Novák", "town": "Brno"}, {"name": "Jan Novák", "town": "Praha"}),
        ({"name": "Jan", "town": "Brno"}, {"name": "Jan", "town": "Brno"}),
        (
            {"name": "Jan Novák", "town": "Brno", "birth_date": _BORN},
            {"name": "Jan Novák", "town": "Brno", "birth_date": dt.date(1990, 5, 1)},
        ),
        ({"email": "a@b.fi", "name": "Oy Mäkelä Ab", "kind": "company"}, {"email": "a@b.fi", "name": "Eva Malá"}),
        (
            {"phone": "040 1234567", "name": "Eva Malá", "birth_date": _BORN},
            {"phone": "040 1234567", "name": "Jan Malý", "birth_date": dt.date(2012, 5, 1)},
        ),
    ],
)
async def test_namesakes_companies_and_children_are_left_alone(
    sqlite_database: Database, one: dict[str, Any], other: dict[str, Any]
) -> None:
    """What many people share is no evidence; a mother's number is not her child's identity."""
    async with sqlite_database.write() as tx:
        await _put(tx, one, other)
        assert await find_duplicates(tx) == []


async def test_two_numbers_of_the_company_are_a_doubt_and_no_obstacle(database: Database) -> None:
    """Two customer numbers may be one person: it is proposed, and said."""
    async with database.write() as tx:
        await _put(
            tx,
            {"number": "1", "email": "a@b.fi", "name": "Eva"},
            {"number": "2", "email": "a@b.fi", "name": "Jan"},
            {"email": "a@b.fi"},
        )
        found = await find_duplicates(tx)
        assert {each.pair: each.doubts for each in found} == {
            (1, 2): (Doubt.NAME, Doubt.NUMBER),
            (1, 3): (),
            (2, 3): (),
        }
        assert {each.pair for each in await find_duplicates(tx, [1])} == {(1, 2), (1, 3)}
        await tx.execute(insert(people).values(company_id=3, person_id=2, roles=[], since=NOW))
        assert {each.pair for each in await find_duplicates(tx)} == {(1, 2), (1, 3)}


async def test_best_supported_pairs_are_proposed_first_whenever_they_were_found(database: Database) -> None:
    """Whoever looks through them meets the sure ones first; the next after one is the next in the same order."""
    async with database.write() as tx:
        alike = {"name": "Eva Malá", "town": "Brno"}
        sure = {"birth_date": _BORN, "email": "a@b.fi"}
        await _put(
            tx,
            alike,
            {**alike, "phone": "040 1234567"},
            {"name": "Bo", "phone": "040 1234567"},
            {**sure, "name": "Liisa Laine"},
            {**sure, "name": "Laine Liisa"},
        )
        found = await find_duplicates(tx)
        for day, each in enumerate(reversed(found)):
            await propose(tx, [each], NOW + dt.timedelta(days=day))
        waiting = await proposals(tx)
        assert [(each.first_id, each.second_id) for each in waiting] == [each.pair for each in found]
        assert [each.pair for each in found] == [(4, 5), (2, 3), (1, 2)]
        one = None
        for pair in waiting:
            one = await next_proposal(tx, one)
            assert one == pair
        assert await next_proposal(tx, one) is None


async def test_pair_that_was_told_apart_is_never_proposed_again(database: Database) -> None:
    """What a person has settled stays so; a second search proposes nothing twice."""
    async with database.write() as tx:
        await _put(tx, *({"email": "a@b.fi"} for _ in range(3)))
        assert await propose(tx, await find_duplicates(tx), NOW) == 3
        first = await next_proposal(tx)
        assert first is not None
        assert (first.first_id, first.second_id, first.evidence) == (1, 2, (Evidence.EMAIL,))
        second = await next_proposal(tx, first)
        assert second is not None
        assert (second.first_id, second.second_id) == (1, 3)
        await settle(tx, 2, 1, DuplicateState.APART, NOW)
        assert await propose(tx, await find_duplicates(tx), NOW) == 0
        assert [(each.first_id, each.second_id) for each in await proposals(tx)] == [(1, 3), (2, 3)]
        assert len(await proposals(tx, of=1)) == 1
        settled = await duplicate_of(tx, 2, 1)
        assert settled is not None
        assert settled.state is DuplicateState.APART
        await settle(tx, 7, 5, DuplicateState.APART, NOW)
        assert await count_proposals(tx) == 2


async def test_address_that_many_share_says_nothing(sqlite_database: Database) -> None:
    """The mailbox of a whole house would propose each of its people with each."""
    async with sqlite_database.write() as tx:
        await _put(tx, *({"email": "info@b.fi"} for _ in range(13)))
        assert await find_duplicates(tx) == []


def test_plain_forms_leave_what_tells_people_apart() -> None:
    """Case, diacritics, order, country codes and blanks do not; too few digits, and what is no address, are nothing."""
    assert plain_name("Malá, Eva-Maria") == plain_name("eva maria MALA") == "eva mala maria"
    assert plain_email(" A@B.fi ") == "a@b.fi"
    assert plain_email("none") == plain_email(None) == ""
    assert plain_phone("+420 777 111 222") == plain_phone("777111222") == "777111222"
    assert plain_phone("1234") == ""


@pytest.mark.parametrize(
    ("one", "other", "similar"),
    [
        ("virtanen", "virtanen", True),
        ("virtanen", "vitranen", True),
        ("virtanen", "virtane", True),
        ("irtanen", "virtanen", True),
        ("virtanen", "wirtanen", True),
        ("virtanen", "wirtamen", False),
        ("eva", "ava", False),
        ("", "", False),
    ],
)
def test_one_edit_is_similar_and_two_are_not(one: str, other: str, similar: bool) -> None:
    """Short names are never similar: one letter makes Eva Ava."""
    assert are_similar(one, other) is similar
