"""`vuoro customer`: finding somebody, her card, her owner, what she is to us, people at companies."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from domain.purchases import Purchase
from store.audit import acts
from store.customers import add_customers
from store.database import Tx
from store.pictures import put_pictures
from store.profiles import profile_of
from store.purchases import add_purchases
from store.tables import customers
from tests.bot.commands_scene import ADMIN, START, Scene, scene


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """The company with three Mäkeläs, of whom one is a company."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)

    async def more(tx: Tx) -> None:
        rows: list[dict[str, object]] = [
            {"number": "K1", "name": "Mäkelä Oy", "kind": "company", "phone": "+358401234567"},
            {"number": "K2", "name": "Åke Mäkelä", "kind": "consumer", "phone": None},
            {"number": "K3", "name": "Zoe Mäkelä", "kind": "consumer", "phone": None},
        ]
        await add_customers(tx, [{**row, "created_at": START} for row in rows])
        await add_purchases(tx, [(5, Purchase("R1", START, 1250, "EUR", group="garden", product_name="Shears"))])

    made.store(more)
    return made


def test_find_lists_in_the_order_of_the_language(vuoro: Scene) -> None:
    """So many as were asked for, and how many there are."""
    found = vuoro("customer", "find", "makela", "--language", "fi", "--json").document
    assert [each["name"] for each in found["customers"]] == ["Mäkelä Oy", "Zoe Mäkelä", "Åke Mäkelä"]
    assert [each["number"] for each in vuoro("customer", "find", "mäk", "--json").document["customers"]] == [
        "K2",
        "K1",
        "K3",
    ]
    assert "2 of 3; --limit shows more" in vuoro("customer", "find", "mäk", "--limit", 2).out
    assert "no such customer" in vuoro("customer", "find", "qq").err


def test_show_has_what_was_bought_and_who_owns_her(vuoro: Scene) -> None:
    """The keys that scripts rely on, with nothing where nothing is known."""
    assert vuoro("customer", "owner", "K1", ADMIN).out == "The owner of Mäkelä Oy is Ada now.\n"
    shown = vuoro("customer", "show", "4567", "--json").document
    assert shown["number"] == "K1"
    assert shown["owner"] == {"id": ADMIN, "name": "Ada"}
    assert (shown["purchases"]["visits"], shown["purchases"]["spent"]) == (1, 1250)
    assert shown["purchases"]["groups"] == [{"group": "garden", "visits": 1, "spent": 1250}]
    assert [each["action"] for each in shown["actions"]] == ["contract", "owner"]
    nothing = ("picture", "feeling", "email", "ended_at")
    assert [shown[key] for key in nothing] == [None] * len(nothing)
    assert [shown[key] for key in ("segments", "moves", "people", "facts", "timeline")] == [[]] * 5
    told = vuoro("customer", "show", "K1").out
    assert "owner: Ada" in told
    assert "1 visits, 12.50 EUR ever; mostly garden" in told


def test_card_tells_what_was_reckoned_with_its_units(vuoro: Scene) -> None:
    """People read euros, percent and words; programs read minor units."""

    async def counted(tx: Tx) -> None:
        values = {"margin": 186184, "clv": 120000, "alive": 97, "share": 0.42, "usual_gap": 10.0, "stage": "deepening"}
        day = START.date()
        await put_pictures(tx, {"customer_id": [5], "day": [day], "stage_since": [day], **_columns(values)})

    vuoro.store(counted)
    told = [" ".join(line.split()) for line in vuoro("customer", "show", "K1").out.splitlines()]
    for line in ("margin 1861.84 EUR", "clv 1200.00 EUR", "alive 97%", "share 42%", "usual gap 10 days"):
        assert line in told
    picture = vuoro("customer", "show", "K1", "--json").document["picture"]
    assert (picture["margin"], picture["clv"], picture["alive"], picture["share"]) == (186184, 120000, 97, 0.42)


def _columns(values: dict[str, object]) -> dict[str, list[object]]:
    return {name: [value] for name, value in values.items()}


def test_owner_is_cleared_and_must_be_staff(vuoro: Scene) -> None:
    """Each change stands in the audit log."""
    vuoro("customer", "owner", "K1", ADMIN, "--as", ADMIN)
    assert vuoro("customer", "owner", "K1", "none").out == "The owner of Mäkelä Oy is nobody now.\n"
    refused = vuoro("customer", "owner", "K1", 12345)
    assert (refused.code, "12345: is no staff member" in refused.err) == (1, True)

    async def look(tx: Tx) -> None:
        noted = [(act, subject, staff_id) for _, staff_id, act, subject in await acts(tx)]
        assert noted[:2] == [("customer.owner", "customer:5", None), ("customer.owner", "customer:5", ADMIN)]

    vuoro.store(look)


def test_kind_says_what_somebody_is_to_us(vuoro: Scene) -> None:
    """Another word is refused with those that there are."""
    assert vuoro("customer", "kind", "K1", "supplier").out == "Mäkelä Oy: supplier now.\n"
    assert vuoro("customer", "kind", "K1", "friend").code == 2

    async def look(tx: Tx) -> None:
        profile = await profile_of(tx, 5)
        assert profile is not None
        assert profile.contact_kind == "supplier"

    vuoro.store(look)
    assert vuoro("customer", "show", "K1").out.startswith("Mäkelä Oy · No K1 · never_met · supplier\n")


def test_people_of_a_company_are_listed_from_both_sides(vuoro: Scene) -> None:
    """With roles and title; "none" takes somebody off."""
    told = vuoro("customer", "role", "Åke", "K1", "user,buyer", "--title", "CFO").out
    assert told == "Åke Mäkelä is buyer, user at Mäkelä Oy now.\n"
    (person,) = vuoro("customer", "people", "K1", "--json").document
    assert (person["is"], person["number"], person["roles"], person["title"]) == (
        "person",
        "K2",
        ["buyer", "user"],
        "CFO",
    )
    (company,) = vuoro("customer", "show", "K2", "--json").document["people"]
    assert (company["is"], company["number"]) == ("company", "K1")
    assert "Mäkelä Oy" in vuoro("customer", "people", "Åke").out
    assert "no such role; there are initiator" in vuoro("customer", "role", "Åke", "K1", "boss").err
    assert "cannot be a person at itself" in vuoro("customer", "role", "K1", "K1", "user").err
    assert vuoro("customer", "role", "K2", "K1", "none").out == "Åke Mäkelä is not at Mäkelä Oy now.\n"
    assert vuoro("customer", "people", "K1").code == 1


def test_part_is_at_a_company_only_and_lists_call_it_by_its_own_name(vuoro: Scene) -> None:
    """A private person is refused as a company with what to do; a contact's name is not the company's."""
    refused = vuoro("customer", "role", "K3", "K2", "buyer")
    assert (refused.code, "K2" in refused.err or "Åke" in refused.err) == (1, True)
    assert "is no company; give one (vuoro customer find NAME" in refused.err

    async def named(tx: Tx) -> None:
        await tx.execute(update(customers).where(customers.c.number == "K1").values(company="Kivi Oy"))

    vuoro.store(named)
    assert vuoro("customer", "role", "K2", "K1", "buyer").out == "Åke Mäkelä is buyer at Kivi Oy now.\n"
    for listed in (vuoro("customer", "people", "K2").out, vuoro("customer", "show", "K2").out):
        assert "Kivi Oy" in listed
