"""`/segments` in Telegram: sizes at a look, and a page that says how alike, what else, and who came."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from domain.staff import Role
from scheduler.segments import renew_segments
from store.customers import add_customers
from store.ids import new_id
from store.not_served import not_served
from store.staff import add_member
from store.tables import purchases
from tests.bot.staff_scene import START, Scene, found_in, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Thirty-one regulars, filled by one night; the next night one more of them came."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as opened:
        database = opened.app.database
        async with database.write() as tx:
            people = [{"id": 1000 + n, "name": f"<b>Reader {n}", "created_at": START} for n in range(31)]
            await add_customers(tx, people)
            rows = [
                {
                    "id": new_id(),
                    "customer_id": 1000 + n,
                    "receipt": f"r{n}.{visit}",
                    "at": START - dt.timedelta(days=visit + 1),
                    "amount_minor": 1000 + 100 * n,
                    "currency": "EUR",
                }
                for n in range(31)
                for visit in range(12 if n < 30 else 11)
            ]
            await tx.execute(insert(purchases), rows)
        segments, zone = opened.app.parts.room.segments, opened.app.config.company.zone
        await renew_segments(database, segments, START.date(), START, "EUR", zone)
        async with database.write() as tx:
            last = {**rows[-1], "id": new_id(), "receipt": "new", "at": START - dt.timedelta(hours=1)}
            await tx.execute(insert(purchases).values(last))
        await renew_segments(database, segments, START.date(), START, "EUR", zone)
        yield opened


async def test_list_and_page_say_how_many_how_alike_and_who_came(scene: Scene) -> None:
    """Foreign names are shown as they are written, never as markup."""
    scene.olga.sends("/segments")
    await scene.settle()
    listed = found_in(scene.olga.chat.live, "Segments")
    assert "Regulars: 31 (" in listed.text
    assert ", +1 −0" in listed.text
    assert "⚠️ Gone quiet: 0" in listed.text
    scene.olga.taps("Regulars")
    await scene.settle()
    page = found_in(scene.olga.chat.live, "visits(12m) >= 12")
    assert "31 members, " in page.text
    assert "visits(12m): 12.00 – 12.00 – 12.00, varies by 0 %" in page.text
    assert "→ 02/03/2027 <b>Reader 30 visits(12m): 12 >= 12 yes" in page.text
    scene.olga.taps("All segments")
    await scene.settle()
    assert "Segments" in scene.olga.chat.live[-1].text


async def test_agent_has_no_such_command(scene: Scene) -> None:
    """Audiences are an editor's business."""
    scene.pete.sends("/segments")
    await scene.settle()
    assert not [text for text in scene.told(scene.pete) if "Regulars" in text]
    async with scene.app.database.write() as tx:
        await add_member(tx, scene.pete.id, "Pete", Role.EDITOR, START)
    scene.pete.sends("/segments")
    await scene.settle()
    assert found_in(scene.pete.chat.live, "Regulars: 31")


async def test_manager_bans_in_her_topic_with_a_reason_and_takes_it_back(tmp_path: Path, sqlite_url: str) -> None:
    """Colleagues read it in the topic, the customer reads nothing."""
    async with staff_scene(tmp_path, sqlite_url) as scene:
        await scene.case()
        assert scene.group is not None
        before = len(scene.told(scene.ann))
        scene.olga.sends("/ban Threatened <staff>", chat=scene.group, thread=scene.topic())
        await scene.settle()
        assert "Olga put Ann Smith on the “do not serve” list: Threatened <staff>." in scene.in_topic("🚫").text
        customer = await scene.customer()
        assert customer.not_served_at == START
        scene.olga.sends("/unban", chat=scene.group, thread=scene.topic())
        await scene.settle()
        assert "off the “do not serve” list" in scene.in_topic("took Ann").text
        assert (await scene.customer()).not_served_at is None
        assert len(scene.told(scene.ann)) == before


async def test_ban_by_number_in_private_needs_a_reason_and_one_customer(scene: Scene) -> None:
    """Whoever is meant must be sure, and why must be said."""
    for words in ("/ban", "/ban 1000", "/ban Reader because"):
        scene.olga.sends(words)
        await scene.settle()
        assert "/ban NUMBER REASON" in scene.olga.chat.live[-1].text
    scene.olga.sends("/ban 1000 Never pays")
    await scene.settle()
    assert "Never pays" in scene.olga.chat.live[-1].text
    async with scene.app.database.read() as tx:
        assert [(each.customer_id, each.why) for each in await not_served(tx)] == [(1000, "Never pays")]
