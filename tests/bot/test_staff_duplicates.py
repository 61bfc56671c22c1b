"""`/duplicates` in Telegram: both sides at a look, one tap to merge, one to take it back; not for every member."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from domain.duplicates import Evidence
from domain.staff import Role
from store.customers import add_customers, customers_by_chat
from store.duplicates import Found, count_proposals, find_duplicates, propose
from store.staff import add_member
from store.tables import customers
from tests.bot.staff_scene import START, Scene, found_in, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Ann, who writes with the bot, and two records of hers that were imported."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as opened:
        ann = await opened.customer()
        async with opened.app.database.write() as tx:
            for row in ({"number": "A-1", "town": "Turku"}, {"number": "B-2", "town": "Oulu"}):
                row |= {"name": "<b>Eva</b> Malá", "email": "eva@example.org", "phone": "040 1234567"}
                await add_customers(tx, [{**row, "created_at": START}])
            await propose(tx, await find_duplicates(tx), START)
            assert ann.id
        yield opened


async def _count(scene: Scene) -> tuple[int, int]:
    async with scene.app.database.read() as tx:
        people = int(await tx.scalar(select(func.count()).select_from(customers)) or 0)
        return people, await count_proposals(tx)


async def test_pair_is_shown_merged_and_parted_again(scene: Scene) -> None:
    """Both sides and the evidence are on one card; names are shown as written, never as markup."""
    before, _ = await _count(scene)
    scene.olga.sends("/duplicates")
    await scene.settle()
    card = found_in(scene.olga.chat.live, "One customer or two?")
    assert "A <b>Eva</b> Malá · No A-1" in card.text
    assert "Alike: the same e-mail address, the same phone number" in card.text
    assert "But: each has a customer number" in card.text
    scene.olga.taps("Merge: keep B")
    await scene.settle()
    assert "is a part of" in found_in(scene.olga.chat.live, "✅").text
    assert await _count(scene) == (before - 1, 0)
    async with scene.app.database.read() as tx:
        assert await tx.scalar(select(customers.c.town).where(customers.c.number == "B-2")) == "Oulu"
    scene.olga.taps("Undo the merge")
    await scene.settle()
    assert "a customer of her own again" in found_in(scene.olga.chat.live, "↩️").text
    assert await _count(scene) == (before, 1)


async def test_pair_that_is_not_the_same_is_gone_for_good(scene: Scene) -> None:
    """After the last pair the list says so; an older button says that the pair is settled."""
    scene.olga.sends("/duplicates")
    await scene.settle()
    scene.olga.taps("Not the same")
    await scene.settle()
    found_in(scene.olga.chat.live, "stay two customers")
    scene.olga.taps("Next pair ›")
    await scene.settle()
    found_in(scene.olga.chat.live, "These were the last pairs")
    scene.olga.sends("/duplicates")
    await scene.settle()
    found_in(scene.olga.chat.live, "Nobody seems to be there twice")


async def test_agent_may_not_merge(scene: Scene) -> None:
    """Who answers customers is not who decides that two are one; a manager may."""
    scene.pete.sends("/duplicates")
    await scene.settle()
    assert not [text for text in scene.told(scene.pete) if "One customer or two" in text]
    async with scene.app.database.write() as tx:
        await add_member(tx, scene.pete.id, "Pete", Role.MANAGER, START)
    scene.pete.sends("/duplicates")
    await scene.settle()
    found_in(scene.pete.chat.live, "One customer or two?")


async def test_open_case_of_the_one_who_is_gone_is_shown_as_the_others(tmp_path: Path, sqlite_url: str) -> None:
    """In the staff group the topic and the card stay, and the card says whose case it is now."""
    async with staff_scene(tmp_path, sqlite_url) as scene:
        scene.ann.sends("/start")
        await scene.settle()
        case = await scene.case()
        ann = await scene.customer()
        async with scene.app.database.write() as tx:
            await add_customers(tx, [{"number": "A-1", "name": "Anna Smithova", "town": "Brno", "created_at": START}])
            other = await tx.scalar(select(customers.c.id).where(customers.c.number == "A-1"))
            assert other is not None
            pair = (min(ann.id, other), max(ann.id, other))
            await propose(tx, [Found(pair, (Evidence.PHONE,), ())], START)
        scene.olga.sends("/duplicates")
        await scene.settle()
        scene.olga.taps("Merge: keep B")
        await scene.settle()
        assert (await scene.case_now(case.id)).customer_id == other
        assert "Anna Smithova" in scene.in_topic(f"No {case.id}").text
        scene.ann.sends("Is there any news?")
        await scene.settle()
        assert "Is there any news?" in scene.in_topic("Is there any news?").text
        async with scene.app.database.read() as tx:
            assert (await customers_by_chat(tx, [scene.ann.id]))[scene.ann.id].id == other
        scene.olga.taps("Undo the merge")
        await scene.settle()
        assert (await scene.case_now(case.id)).customer_id == ann.id
