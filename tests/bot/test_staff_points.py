"""`/points` of staff: what names a customer there is known as hers, so that forgetting her finds it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from sqlalchemy import select

from bot.staff_points import points_command
from bot.staff_visit import Visit
from domain.incoming import Place
from domain.loyalty import Loyalty
from domain.points import PointsRules
from domain.programmes import Programme
from store.memberships import join
from store.staff import find_member
from store.tables import outbox
from tests.bot.staff_scene import staff_scene

PLUS = Programme("plus", published=True, title={"en": "Plus"}, points=PointsRules())


async def test_each_answer_that_names_her_is_kept_as_hers(tmp_path: Path, sqlite_url: str) -> None:
    """The points that are shown, given, and those that are missing; an answer about nobody is nobody's."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as scene:
        ann = await scene.customer()
        room = dataclasses.replace(scene.app.parts.room, loyalty=Loyalty(programmes=(PLUS,)))
        async with scene.app.database.write() as tx:
            member = await find_member(tx, scene.olga.id)
            assert member is not None
            place, before = Place(member.id, private=True), set(await tx.scalars(select(outbox.c.id)))
            visit = Visit(room, tx, member, place, scene.clock.now())
            await points_command(visit, ann.name)  # no member yet
            await join(tx, ann.id, PLUS.membership, scene.clock.now(), "chat")
            for words in (ann.name, f"{ann.name} +5 late", f"{ann.name} -50 slip", "Zoe"):
                await points_command(visit, words)
            mine = (outbox.c.chat_id == member.id) & outbox.c.id.not_in(before)
            rows = (await tx.execute(select(outbox).where(mine).order_by(outbox.c.id))).all()
            whose = [(row.customer_id, row.ref) for row in rows]
            assert whose == [(ann.id, f"points:{ann.id}")] * 4 + [(None, "")]
