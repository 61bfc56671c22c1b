"""Merging: nothing is lost, nothing is doubled, and undoing gives back exactly what was."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Integer, func, insert, select, update

from domain.customers import Consent, KnownFact, Purpose
from domain.duplicates import Merge, MergeRefusal, NotMerged
from domain.effects import ClickKind
from domain.messages import OutboxState
from store import tallies
from store.clicks import count_click
from store.consents import consents_of, give_consents
from store.copying import copy_store
from store.customer_words import renew_words
from store.customers import add_customers, customer_by_id, search_customers
from store.database import Database, Tx, store_url
from store.facts import known_facts, set_facts
from store.former_customers import customers_by_former_number, standing_customers
from store.ids import new_id
from store.merging import merge_customers, merges_of, unmerge
from store.merging_rules import STRANGERS, TREATMENTS, Way
from store.tables import (
    clicks,
    contacts,
    customers,
    duplicates,
    former_topics,
    metadata,
    outbox,
    recipients,
    runs,
    stale_customers,
    topics,
)
from tests.store.merging_rows import GONE, KEPT, NOW, OTHER, fill, snapshot

_LOGS = ("merges", "audit", "stale_customers")


async def _merged(tx: Tx, kept: int = KEPT, gone: int = GONE) -> Merge:
    found = await merge_customers(tx, kept, gone, NOW, 7)
    assert isinstance(found, Merge)
    return found


def test_every_column_that_means_a_customer_has_its_treatment() -> None:
    """A new table with a customer cannot be forgotten: whatever looks like an id is a customer's, or named as none."""
    numbers = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, BigInteger | Integer) and (column.name.endswith("_id") or column.foreign_keys)
    }
    to_customers = {
        (table.name, key.parent.name)
        for table in metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is customers
    }
    assert {pair for pair in numbers if pair[1] not in STRANGERS} | to_customers == set(TREATMENTS)


async def test_unmerge_gives_back_every_table_exactly(database: Database) -> None:
    """Rows in every table, clashing and not: after merging and undoing all tables are as they were before."""
    async with database.write() as tx:
        await fill(tx)
        before = await snapshot(tx, *_LOGS)
        merge = await _merged(tx)
        assert await snapshot(tx, *_LOGS) != before
        undone = await unmerge(tx, merge.id, NOW, 7)
        assert undone == dataclasses.replace(merge, undone_at=NOW)
        after = await snapshot(tx, *_LOGS)
        assert after == before
        assert await tallies.recount(tx) == {}
        stale = set(await tx.scalars(select(stale_customers.c.customer_id)))
        assert stale == {KEPT, GONE}


async def test_merge_leaves_nothing_of_the_one_who_is_gone_and_loses_nothing(database: Database) -> None:
    """All rows that are hers change hands; where only one can be, the one that has come further stays."""
    async with database.write() as tx:
        await fill(tx)
        counted = {name: await _count(tx, name) for name, _ in TREATMENTS}
        await _merged(tx)
        for (name, column), treatment in TREATMENTS.items():
            if treatment.way is not Way.STAY and name != "duplicates":
                table = metadata.tables[name]
                assert not (await tx.execute(select(table).where(table.c[column] == GONE))).all(), name
        for name in ("contacts", "purchases", "facts", "consents", "cases", "runs", "clicks", "holds", "moves"):
            assert await _count(tx, name) == counted[name], name
        assert (await tx.execute(select(recipients.c.customer_id, recipients.c.state))).all() == [(KEPT, "sent")]
        assert await tallies.recount(tx) == {}
        kept = await customer_by_id(tx, KEPT)
        assert kept is not None
        assert (kept.number, kept.chat_id, kept.town) == ("A-1", 900, "Brno")
        assert [each.id for each in await search_customers(tx, "brno")] == [KEPT]
        open_nps = select(runs.c.state).where(runs.c.script_id == "nps").order_by(runs.c.id)
        assert list(await tx.scalars(open_nps)) == ["cancelled", "open"]


async def _count(tx: Tx, name: str) -> int:
    return int(await tx.scalar(select(func.count()).select_from(metadata.tables[name])) or 0)


async def test_topic_of_the_one_who_is_gone_becomes_a_former_one_where_both_have_one(database: Database) -> None:
    """Staff who write in either topic reach the same customer."""
    async with database.write() as tx:
        await fill(tx)
        await _merged(tx)
        assert (await tx.execute(select(topics.c.customer_id, topics.c.thread_id))).all() == [(KEPT, KEPT)]
        former = select(former_topics.c.customer_id).where(former_topics.c.thread_id == GONE)
        assert await tx.scalar(former) == KEPT


async def test_what_came_after_the_merge_stays_with_the_one_who_was_kept(database: Database) -> None:
    """New contacts, facts and agreements are not torn away; older values that newer ones beat stay history."""
    async with database.write() as tx:
        await _two(tx)
        await set_facts(tx, [(KEPT, _fact("blue", 1)), (GONE, _fact("red", 2))])
        merge = await _merged(tx)
        assert [fact.value for fact in (await known_facts(tx, [KEPT]))[KEPT]] == ["red"]
        await set_facts(tx, [(KEPT, _fact("green", 3))])
        await tx.execute(insert(contacts).values(_contact(KEPT)))
        await unmerge(tx, merge.id, NOW)
        assert [fact.value for fact in (await known_facts(tx, [KEPT]))[KEPT]] == ["green"]
        assert [fact.value for fact in (await known_facts(tx, [GONE]))[GONE]] == ["red"]
        assert list(await tx.scalars(select(contacts.c.customer_id))) == [KEPT]


@pytest.mark.parametrize("who", [KEPT, GONE])
async def test_no_on_either_side_wins_however_old_it_is(database: Database, who: int) -> None:
    """Whoever said no to newsletters gets none, whichever of her two records knew it."""
    other = GONE if who == KEPT else KEPT
    async with database.write() as tx:
        await _two(tx)
        said = [(who, _consent(False, 1)), (other, _consent(True, 5))]
        await give_consents(tx, said)
        merge = await _merged(tx)
        kept = await customer_by_id(tx, KEPT)
        assert kept is not None
        assert not kept.agrees(Purpose.MARKETING)
        assert len(await consents_of(tx, KEPT)) == 2
        await unmerge(tx, merge.id, NOW)
        back = await customer_by_id(tx, other)
        assert back is not None
        assert back.agrees(Purpose.MARKETING)


async def test_two_chats_cannot_become_one(database: Database) -> None:
    """Two people in Telegram are refused; so are one with herself, an unknown one, one being written to."""
    async with database.write() as tx:
        await _two(tx)
        await tx.execute(insert(customers).values(id=OTHER, chat_id=901, created_at=NOW))
        assert await merge_customers(tx, OTHER, GONE, NOW) == NotMerged(MergeRefusal.TWO_CHATS)
        assert await merge_customers(tx, KEPT, KEPT, NOW) == NotMerged(MergeRefusal.SAME)
        assert await merge_customers(tx, KEPT, 99, NOW) == NotMerged(MergeRefusal.UNKNOWN)
        row = {"act": "send", "chat_id": 900, "lane": 0, "kind": "reply", "payload": {}, "on_unknown": "never_twice"}
        row |= {"id": 1, "created_at": NOW, "not_before": NOW, "customer_id": GONE}
        await tx.execute(insert(outbox).values(**row, state=OutboxState.INTENT.value, attempts=0, proactive=False))
        assert await merge_customers(tx, KEPT, GONE, NOW) == NotMerged(MergeRefusal.UNDER_WAY)
        await tx.execute(update(outbox).values(state=OutboxState.WAITING.value))
        assert isinstance(await merge_customers(tx, KEPT, GONE, NOW), Merge)


async def test_merges_of_merges_are_undone_in_reverse_order(database: Database) -> None:
    """The earlier one is refused while a later one stands, and the later one is named."""
    async with database.write() as tx:
        await _two(tx)
        await tx.execute(insert(customers).values(id=OTHER, number="C-3", created_at=NOW))
        await renew_words(tx, [OTHER])
        before = await snapshot(tx, *_LOGS)
        first = await _merged(tx)
        second = await _merged(tx, OTHER, KEPT)
        assert await standing_customers(tx, [KEPT, GONE, OTHER]) == {KEPT: OTHER, GONE: OTHER}
        assert await customers_by_former_number(tx, ["A-1", "B-2", "C-3"]) == {"A-1": OTHER, "B-2": OTHER}
        assert [each.id for each in await search_customers(tx, "B-2")] == [OTHER]
        assert await unmerge(tx, first.id, NOW) == NotMerged(MergeRefusal.LATER_MERGE, second.id)
        assert isinstance(await unmerge(tx, second.id, NOW), Merge)
        assert isinstance(await unmerge(tx, first.id, NOW), Merge)
        assert await unmerge(tx, first.id, NOW) == NotMerged(MergeRefusal.UNDONE)
        assert await snapshot(tx, *_LOGS) == before
        assert [each.id for each in await merges_of(tx, KEPT)] == [second.id, first.id]
        assert await customers_by_former_number(tx, ["A-1", "B-2"]) == {}


async def test_number_that_a_third_has_by_now_is_not_taken_from_her(database: Database) -> None:
    """The merge is not undone, and nothing of it is changed."""
    async with database.write() as tx:
        await _two(tx)
        merge = await _merged(tx)
        await tx.execute(insert(customers).values(id=OTHER, number="B-2", created_at=NOW))
        before = await snapshot(tx)
        assert await unmerge(tx, merge.id, NOW) == NotMerged(MergeRefusal.NUMBER_TAKEN, OTHER)
        assert await snapshot(tx) == before


async def test_proposal_about_the_one_who_is_gone_is_about_the_other_now(database: Database) -> None:
    """Who was said to be another person stays so, and a pair is proposed once."""
    async with database.write() as tx:
        await fill(tx)
        await _merged(tx)
        rows = (await tx.execute(select(duplicates.c.first_id, duplicates.c.second_id, duplicates.c.state))).all()
        assert rows == [(KEPT, GONE, "merged"), (KEPT, OTHER, "apart")]


async def _two(tx: Tx) -> None:
    await tx.execute(insert(customers).values(id=KEPT, number="A-1", name="Eva", created_at=NOW))
    await tx.execute(insert(customers).values(id=GONE, number="B-2", chat_id=900, created_at=NOW))
    await renew_words(tx, [KEPT, GONE])


def _fact(value: str, day: int) -> KnownFact:
    return KnownFact("colour", value, "test", NOW + dt.timedelta(days=day))


def _consent(given: bool, day: int) -> Consent:
    return Consent(Purpose.MARKETING, given, "1", "test", NOW + dt.timedelta(days=day))


def _contact(customer: int) -> dict[str, object]:
    values = {"channel": "meeting", "direction": "in", "kind": "note", "text": "Hello", "state": "done"}
    return {"id": new_id(), "customer_id": customer, "at": NOW, **values}


async def test_link_of_the_one_who_is_gone_counts_for_the_other(database: Database) -> None:
    """A newsletter that she got before the merge still tells whose click it was."""
    async with database.write() as tx:
        await fill(tx)
        await _merged(tx)
        assert await count_click(tx, 1, GONE, ClickKind.LINK, "0", NOW)
        assert not await count_click(tx, 1, 99, ClickKind.LINK, "0", NOW)
        mine = select(clicks.c.customer_id).where(clicks.c.target == "0")
        assert await tx.scalar(mine) == KEPT


async def test_copied_store_gives_nobody_the_id_of_one_who_is_gone(database: Database, tmp_path: Path) -> None:
    """A merge can be undone after a move to another file, too."""
    async with database.write() as tx:
        await _two(tx)
        merge = await _merged(tx)
    target = store_url(f"sqlite:///{tmp_path / 'copy.db'}")
    await copy_store(database.url, target)
    copy = Database(target)
    async with copy.write() as tx:
        await add_customers(tx, [{"name": "New", "created_at": NOW}])
        assert isinstance(await unmerge(tx, merge.id, NOW), Merge)
    await copy.close()
