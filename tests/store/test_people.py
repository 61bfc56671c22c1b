"""People at companies, owners and kinds of contact, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from domain.customers import Consent, Purpose
from domain.people import CompanyRole, ContactKind, PersonAtCompany, roles_of
from store.consents import give_consents
from store.customers import add_customers, customers_by_id
from store.database import Database
from store.eligibility import in_sending_audience
from store.people import companies_of, people_at, put_person, remove_person
from store.profiles import profile_of, set_contact_kind, set_owner
from store.tables import customers
from tests.store.sending_rows import put_customers

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
BUYER, USER, DECIDER = CompanyRole.BUYER, CompanyRole.USER, CompanyRole.DECIDER
COMPANY, ANNA, BEA = 1, 2, 3


@pytest.fixture
async def company(database: Database) -> Database:
    """Return a store with a company and two people."""
    rows = [
        {"id": COMPANY, "name": "Kivi Oy", "kind": "company"},
        {"id": ANNA, "name": "Anna"},
        {"id": BEA, "name": "Bea"},
    ]
    async with database.write() as tx:
        await add_customers(tx, [{"kind": "consumer", "created_at": NOW, **row} for row in rows])
    return database


async def test_a_person_has_one_part_at_a_company_and_may_have_others_elsewhere(company: Database) -> None:
    """A new part takes the place of the old one; she stays since when she first came."""
    async with company.write() as tx:
        await put_person(tx, PersonAtCompany(COMPANY, ANNA, (USER, BUYER), "Purchaser"), NOW)
        await put_person(tx, PersonAtCompany(COMPANY, BEA, (DECIDER,)), NOW + dt.timedelta(days=1))
        await put_person(tx, PersonAtCompany(BEA, ANNA, (USER,)), NOW + dt.timedelta(days=2))
        await put_person(tx, PersonAtCompany(COMPANY, ANNA, (DECIDER, BUYER)), NOW + dt.timedelta(days=9))
        assert await people_at(tx, COMPANY) == [
            PersonAtCompany(COMPANY, ANNA, (DECIDER, BUYER), "", NOW),
            PersonAtCompany(COMPANY, BEA, (DECIDER,), "", NOW + dt.timedelta(days=1)),
        ]
        assert [part.company_id for part in await companies_of(tx, ANNA)] == [COMPANY, BEA]
        assert await remove_person(tx, COMPANY, ANNA)
        assert not await remove_person(tx, COMPANY, ANNA)
        assert [part.person_id for part in await people_at(tx, COMPANY)] == [BEA]
        with pytest.raises(ValueError, match="cannot be a person at itself"):
            await put_person(tx, PersonAtCompany(ANNA, ANNA), NOW)


async def test_a_companys_yes_is_not_its_peoples_nor_the_reverse(company: Database) -> None:
    """Each has consents of her own, whatever part she plays."""
    async with company.write() as tx:
        for who in (ANNA, BEA):
            await put_person(tx, PersonAtCompany(COMPANY, who, (DECIDER,)), NOW)
        await give_consents(tx, [(COMPANY, Consent(Purpose.MARKETING, True, "v1", "staff", NOW))])
        await give_consents(tx, [(ANNA, Consent(Purpose.SURVEYS, True, "v1", "staff", NOW))])
        known = await customers_by_id(tx, [COMPANY, ANNA, BEA])
    agreed = {who: {purpose for purpose in Purpose if each.agrees(purpose)} for who, each in known.items()}
    assert agreed == {COMPANY: {Purpose.MARKETING}, ANNA: {Purpose.SURVEYS}, BEA: set()}


async def test_owner_and_kind_of_contact_are_set_and_cleared(company: Database) -> None:
    """Whoever is new is a customer and nobody's."""
    async with company.write() as tx:
        before = await profile_of(tx, ANNA)
        assert before is not None
        assert (before.contact_kind, before.owner_id, before.created_at) == (ContactKind.CUSTOMER, None, NOW)
        await set_owner(tx, ANNA, 601)
        await set_contact_kind(tx, ANNA, ContactKind.SUPPLIER)
        after = await profile_of(tx, ANNA)
        assert after is not None
        assert (after.contact_kind, after.owner_id) == (ContactKind.SUPPLIER, 601)
        await set_owner(tx, ANNA, None)
        cleared = await profile_of(tx, ANNA)
        assert cleared is not None
        assert cleared.owner_id is None
        assert await profile_of(tx, 99) is None


def test_roles_are_read_in_their_order_and_unknown_words_are_named() -> None:
    """However they are written."""
    assert roles_of(" user, BUYER;user ") == (BUYER, USER)
    assert roles_of("") == ()
    with pytest.raises(ValueError, match="boss, clerk: no such role; there are initiator, influencer, decider"):
        roles_of("clerk, buyer, boss")


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        ("", {1, 2}),
        ('kind = "consumer"', {1, 2}),
        ('contact_kind = "supplier"', {3}),
        ('contact_kind in ("customer", "media")', {1, 2, 4}),
    ],
)
async def test_only_customers_get_what_is_for_customers(database: Database, audience: str, expected: set[int]) -> None:
    """Suppliers and media get what a rule writes for their kind, and neither newsletters nor surveys otherwise."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        await put_customers(tx, [3], contact_kind="supplier")
        await put_customers(tx, [4], contact_kind="media")
        belongs = await in_sending_audience(tx, audience, NOW, "EUR")
        assert set(await tx.scalars(select(customers.c.id).where(belongs))) == expected
