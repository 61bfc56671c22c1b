"""Care plans at the desk: whose tasks they are, later, two hands at once, and what an outage made too late."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.care_notices import CareNotices
from bot.staff_care import care_button
from bot.staff_visit import Visit
from dialogues.taps import short
from domain.care import CareRow, CareRun, CareState, RunState
from domain.contacts import Channel
from domain.incoming import Place
from domain.newsletters import Sending, SendingState
from store import care, care_tasks
from store.audit import acts
from store.ids import new_id
from store.staff import find_member
from store.tables import contacts
from tests.bot.staff_scene import Scene, staff_scene

DAY = dt.timedelta(days=1)
CONTENT = {
    "title": {"en": "Spring call"},
    "plan_title": {"en": "Spring"},
    "audience": 'language = "en"',
    "owner": "",
    "stand_in": "manager",
    "channel": "phone",
    "kind": "task",
    "newsletter": "magazine",
    "late_s": 0,
}


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Olga is an admin, Pete an agent; no group."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as opened:
        yield opened


async def run_of(scene: Scene, state: RunState = RunState.RUNNING, action: str = "call") -> CareRun:
    """Put in a run of today."""
    now = scene.clock.now()
    run = CareRun(new_id(), "spring", action, now, state, now, CONTENT)
    async with scene.app.database.write() as tx:
        assert await care.add_run(tx, run)
    return run


async def task_of(scene: Scene, owner: int | None, action: str = "call") -> int:
    """Give a task about Ann to somebody."""
    run, now = await run_of(scene, action=action), scene.clock.now()
    ann = (await scene.customer()).id
    async with scene.app.database.write() as tx:
        await care.freeze_some(tx, run, at=now.astimezone(dt.UTC), currency="EUR", size=100)
        (row,) = [each for each in await care.due(tx, now, 10) if each.customer_id == ann]
        made = dataclasses.replace(row, state=CareState.TASK, channel=Channel.PHONE, owner_id=owner)
        await care.put_rows(tx, [made])
    return made.id


async def row_now(scene: Scene, row_id: int) -> CareRow:
    """Return a task as it stands."""
    async with scene.app.database.read() as tx:
        row = await care.get_row(tx, row_id)
    assert row is not None
    return row


async def test_task_of_a_colleague_is_hers_and_a_managers_nobodys_is_anybodys(scene: Scene) -> None:
    """Pete does not settle Olga's; what is nobody's he may; each act is in the audit log."""
    row_id = await task_of(scene, scene.olga.id)
    scene.pete.sends("/tasks")
    await scene.settle()
    assert scene.told(scene.pete)[-1].startswith("No tasks are open")
    scene.olga.sends("/tasks")
    await scene.settle()
    assert "1 open task" in scene.told(scene.olga)[-1]
    scene.olga.taps("📞 Ann Smith: Spring call")
    await scene.settle()
    scene.olga.taps("Later")
    await scene.settle()
    scene.olga.taps("In a week")
    await scene.settle()
    assert "again on" in scene.told(scene.olga)[-1]
    assert (await row_now(scene, row_id)).not_before > scene.clock.now() + 6 * DAY
    async with scene.app.database.write() as tx:
        assert await care_tasks.put_off(tx, row_id, scene.clock.now())
        await care_tasks.give_tasks(tx, [row_id], None)
    scene.pete.sends("/tasks")
    await scene.settle()
    scene.pete.taps("📞 Ann Smith: Spring call")
    await scene.settle()
    async with scene.app.database.write() as tx:
        await care_tasks.give_tasks(tx, [row_id], scene.olga.id)
    scene.pete.taps("Done")
    await scene.settle()
    assert (await row_now(scene, row_id)).state is CareState.TASK
    async with scene.app.database.write() as tx:
        await care_tasks.give_tasks(tx, [row_id], None)
    scene.pete.taps("Done")
    await scene.settle()
    assert (await row_now(scene, row_id)).state is CareState.DONE
    scene.olga.sends("/tasks")
    await scene.settle()
    assert scene.told(scene.olga)[-1].startswith("No tasks are open")
    async with scene.app.database.read() as tx:
        assert [act for _, who, act, _ in await acts(tx) if act.startswith("care.")] == ["care.done", "care.later"]


async def test_more_tasks_than_a_page_are_reached_by_a_button(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list says how many there are, and none of them is out of reach."""
    monkeypatch.setattr("bot.staff_care._PAGE", 1)
    for action in ("call", "visit"):
        await task_of(scene, scene.olga.id, action)
    scene.olga.sends("/tasks")
    await scene.settle()
    assert "2 open tasks" in scene.told(scene.olga)[-1]
    scene.olga.taps("More ›")
    await scene.settle()
    scene.olga.taps("‹ Before")
    await scene.settle()
    scene.olga.taps("More ›")
    await scene.settle()


async def test_done_by_two_at_once_it_is_one_contact(tmp_path: Path, database_url: str) -> None:
    """Both pressed in the same moment: the customer's timeline has it once, and the other hears that it is settled."""
    async with staff_scene(tmp_path, database_url, forum=False) as scene:
        row_id = await task_of(scene, None)

        async def pressed(who: int) -> None:
            async with scene.app.database.write() as tx:
                member = await find_member(tx, who)
                assert member is not None
                place, now = Place(who, private=True), scene.clock.now()
                await care_button(Visit(scene.app.parts.room, tx, member, place, now), [short(row_id), "done"])

        await asyncio.gather(*(pressed(who.id) for who in (scene.olga, scene.pete)))
        ann = (await scene.customer()).id
        async with scene.app.database.read() as tx:
            calls = select(contacts.c.id).where(contacts.c.customer_id == ann, contacts.c.channel == "phone")
            (contact_id,) = (await tx.scalars(calls)).all()
            assert [act for _, who, act, _ in await acts(tx) if act.startswith("care.")] == ["care.done"]
        assert (await row_now(scene, row_id)).contact_id == contact_id


async def test_manager_lets_an_action_begin_that_came_too_late_once(scene: Scene) -> None:
    """The program asks her; one tap begins it, a second finds it settled; its customers are those of now."""
    run = await run_of(scene, RunState.LATE)
    async with scene.app.database.write() as tx:
        notices = CareNotices(scene.app.config.company, scene.app.parts.room.words)
        await notices.ask_late(tx, run, 3, scene.clock.now())
    scene.app.wake()
    await scene.settle()
    assert "3 of its days were missed" in scene.told(scene.olga)[-1]
    asked = scene.olga.chat.live[-1]
    scene.olga.taps("Begin now", message=asked)
    await scene.settle()
    assert "begins now" in scene.told(scene.olga)[-1]
    async with scene.app.database.read() as tx:
        present = await care.get_run(tx, run.id)
    assert present is not None
    assert present.state in {RunState.FREEZING, RunState.RUNNING, RunState.DONE}
    waiting = Sending(5, "spring", "x", SendingState.APPROVAL, scene.clock.now())
    async with scene.app.database.write() as tx:
        await notices.ask_approval(tx, run, waiting, scene.clock.now())
        await notices.tell_unapproved(tx, run, scene.clock.now())
        await notices.remind_approval(tx, run, waiting, run.due_at + DAY, scene.clock.now())
    scene.app.wake()
    await scene.settle()
    ready, left_out, soon = scene.told(scene.olga)[-3:]
    assert "waits for a manager’s approval" in ready
    assert "/newsletter magazine sends it by hand" in left_out
    assert "it is left out, and nobody gets it" in soon
    scene.olga.taps("Look at it")
