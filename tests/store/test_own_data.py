"""Requirement T2: what she can have of herself is all that is held, with source and date."""

from __future__ import annotations

import json

from sqlalchemy import insert

from store.database import Database
from store.own_data import own_data
from store.own_data_rules import OWN, Section
from store.tables import consent_texts, metadata, referrals, staff
from tests.store.erasing_rows import HER, MARK, put_her
from tests.store.merging_rows import NOW

_UNDATED = {name for name, own in OWN.items() if own.section is not None and not own.at}


def test_every_table_is_in_the_file_or_says_why_not() -> None:
    """A new table cannot be left out unnoticed."""
    assert set(OWN) == set(metadata.tables)
    for name, own in OWN.items():
        columns = set(metadata.tables[name].c.keys())
        assert (own.section is None) == bool(own.why), name
        assert own.without <= columns, name
        assert own.section is None or not own.at or own.at in columns, name


async def test_every_fact_held_is_named_with_its_source_and_date(database: Database) -> None:
    """A customer with rows everywhere finds each of them; staff are roles, and nobody else is in it."""
    async with database.write() as tx:
        await put_her(tx)
        await tx.execute(insert(staff).values(id=7, name="Olga Secret", role="manager", reachable=True, added_at=NOW))
        words = {"purpose": f"{MARK}0 consents.purpose"[:32], "version": "v", "language": "en", "text": "May we?"}
        await tx.execute(insert(consent_texts).values(**words, since=NOW))
    async with database.read() as tx:
        document = await own_data(tx, HER, NOW)
    assert list(document["sections"]) == [section.value for section in Section]
    items = [item for section in document["sections"].values() for item in section]
    told = {item["what"] for item in items}
    assert told == {own.what for own in OWN.values() if own.section is not None}
    undated = {OWN[name].what for name in _UNDATED}
    for item in items:
        assert item["source"], item
        assert item["at"] or item["what"] in undated, item
    assert all(type(name) is str for item in items for name in item)  # as writers of JSON want it
    written = json.dumps(document)
    assert f"Anna {MARK}" in written
    assert "Olga Secret" not in written
    assert "Jan Nov" not in written  # another customer
    memberships = [item for item in items if item["what"] == OWN["memberships"].what]
    assert all(item["silent"] is False for item in memberships)
    assert {item["staff"] for item in document["sections"][Section.LOOKS.value] if "staff" in item} == {"manager"}
    assert referrals.name in OWN
