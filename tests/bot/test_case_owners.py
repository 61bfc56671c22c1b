"""Whose cases are: new ones by the company's rules, told to their owner, and those of somebody who has left."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest
from sqlalchemy import update

from domain.case_rules import Assignment, CaseRules
from domain.cases import CaseState, Move
from domain.company import Company
from scheduler.case_owners import CaseOwners
from store.cases import case_history
from store.customers import customer_by_id
from store.database import Database, store_url
from store.staff import remove_member, set_reachable
from store.tables import customers
from tests.bot.case_scene import GROUP, LANGUAGES, OLGA, PETE, QUINN, CaseScene
from tests.scheduler.stage import Killed, MortalDatabase

MONDAY = "2027-03-01"
EVERY_WAY = tuple(Assignment)


async def scene_on(
    database: Database,
    *ways: Assignment,
    desks: Mapping[str, tuple[int, ...]] | None = None,
    group: int | None = None,
    count: int = 6,
) -> CaseScene:
    """Return a scene whose company gives cases in those ways."""
    rules = CaseRules(assign=ways, desks=desks or {})
    scene = CaseScene(database, Company(name="Aurora", languages=LANGUAGES, cases=rules), group)
    await scene.people(count)
    return scene


def job(scene: CaseScene) -> CaseOwners:
    """Return the job as a process has it."""
    return CaseOwners(scene.database, scene.company, scene.notices.forum, scene.notices)


async def leaves(scene: CaseScene, who: int) -> None:
    """Remove a member from staff."""
    async with scene.database.write() as tx:
        assert await remove_member(tx, who, scene.at(f"{MONDAY} 11:00"))


async def test_without_the_setting_a_new_case_is_nobodys(sqlite_database: Database) -> None:
    """Staff take what they want, as before."""
    scene = await scene_on(sqlite_database)
    assert (await scene.opens(1, f"{MONDAY} 10:00")).owner_id is None


async def test_new_cases_go_to_the_least_busy_in_turn(database: Database) -> None:
    """Equally busy, the one who was given one longest ago gets the next; who cannot be reached gets none."""
    scene = await scene_on(database, Assignment.LEAST_BUSY)
    owners = [(await scene.opens(who, f"{MONDAY} 10:00")).owner_id for who in (1, 2, 3, 4)]
    assert owners == [OLGA, PETE, QUINN, OLGA]
    async with scene.database.write() as tx:
        await set_reachable(tx, PETE, reachable=False)
    assert (await scene.opens(5, f"{MONDAY} 10:00")).owner_id == QUINN


async def test_desk_of_the_category_and_the_customers_own_person_come_first(sqlite_database: Database) -> None:
    """Her own is the one that the company has put down, else the one who answered her last."""
    scene = await scene_on(sqlite_database, *EVERY_WAY, desks={"delivery": (PETE, QUINN)})
    first = await scene.opens(1, f"{MONDAY} 10:00")
    assert first.owner_id == PETE
    other = await scene.opens(1, f"{MONDAY} 11:00", category="product")
    assert other.owner_id == PETE
    async with scene.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 1).values(owner_id=OLGA))
    assert (await scene.opens(1, f"{MONDAY} 12:00")).owner_id == OLGA


@pytest.mark.parametrize("group", [None, GROUP])
async def test_owner_of_a_new_case_is_told_in_private(sqlite_database: Database, group: int | None) -> None:
    """With number, category, customer and the hour; in the group everybody sees the card besides."""
    scene = await scene_on(sqlite_database, Assignment.LEAST_BUSY, group=group)
    case = await scene.opens(1, f"{MONDAY} 10:00")
    async with scene.database.write() as tx:
        customer = await customer_by_id(tx, 1)
        assert customer is not None
        await scene.notices.forum.new_case(tx, case, customer, scene.at(f"{MONDAY} 10:00"))
    (who, text, taps), *cards = await scene.told()
    assert (who, taps) == (OLGA, [f"s.{case.id}.show"])
    assert text == f"🙋 <b>No {case.id}</b> · Delivery · Ann 1 is yours. Answer by Mon 1 Mar at 14:00."
    assert [chat for chat, _, _ in cards] == ([0] if group else [OLGA, PETE, QUINN])


async def test_cases_of_somebody_who_left_are_given_anew(database: Database) -> None:
    """By the same rules; the new owner reads whose it was, and the history keeps it. Decided ones stay hers."""
    scene = await scene_on(database, Assignment.LEAST_BUSY)
    mine, *_ = [await scene.opens(who, f"{MONDAY} 10:00") for who in (1, 2, 3)]
    done = await scene.opens(4, f"{MONDAY} 10:00")
    await scene.moves(done, Move.RESOLVE, f"{MONDAY} 10:30")
    await leaves(scene, OLGA)
    for _ in range(2):
        await job(scene).tick(scene.at(f"{MONDAY} 11:00"))
    assert (await scene.case(mine.id)).owner_id == PETE
    assert ((await scene.case(done.id)).owner_id, (await scene.case(done.id)).state) == (OLGA, CaseState.RESOLVED)
    ((who, text, _),) = await scene.told()
    assert who == PETE
    assert text == f"🙋 <b>No {mine.id}</b> · Delivery · Ann 1 is yours now: Olga is no longer staff."
    async with scene.database.read() as tx:
        assert [event.move for event in await case_history(tx, mine.id)] == [Move.ASSIGN]


async def test_case_that_nobody_can_be_given_is_nobodys_and_colleagues_hear_it(sqlite_database: Database) -> None:
    """Anybody may take it then."""
    scene = await scene_on(sqlite_database)
    case = await scene.opens(1, f"{MONDAY} 10:00")
    await scene.moves(case, Move.TAKE, f"{MONDAY} 10:10")
    await leaves(scene, OLGA)
    await job(scene).tick(scene.at(f"{MONDAY} 11:00"))
    now = await scene.case(case.id)
    assert now.owner_id is None
    assert [(who, text) for who, text, _ in await scene.told()] == [
        (member, f"👤 <b>No {case.id}</b> · Delivery · Ann 1 is nobody’s now: Olga is no longer staff.")
        for member in (PETE, QUINN)
    ]
    assert (await scene.moves(now, Move.TAKE, f"{MONDAY} 11:10", by=PETE)).owner_id == PETE


async def test_each_case_is_given_once_whenever_the_process_dies(sqlite_url: str) -> None:
    """Killed at every boundary of a transaction: three cases, three messages."""
    database = MortalDatabase(store_url(sqlite_url))
    scene = await scene_on(database, Assignment.CATEGORY, desks={"delivery": (OLGA,)})
    numbers = [(await scene.opens(who, f"{MONDAY} 10:00")).id for who in (1, 2, 3)]
    await leaves(scene, OLGA)
    scene = dataclasses.replace(
        scene, company=dataclasses.replace(scene.company, cases=CaseRules(assign=(Assignment.LEAST_BUSY,)))
    )
    for fuse in (1, 2, 3, 1, 2, 3, 2, 3):
        database.fuse = fuse
        try:
            await job(scene).tick(scene.at(f"{MONDAY} 11:00"))
        except Killed:
            continue
    database.fuse = None
    await job(scene).tick(scene.at(f"{MONDAY} 11:00"))
    told = await scene.told()
    await database.close()
    assert sorted(tap for _, _, taps in told for tap in taps) == [f"s.{number}.show" for number in numbers]
