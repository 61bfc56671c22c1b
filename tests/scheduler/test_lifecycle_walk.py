"""A simulated customer walks all stages and the goodbye, and the ladder up to partner and down again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import insert, update

from domain.company import Company
from domain.customers import KnownFact
from domain.lifecycle import Action, Stage, done_in, next_actions
from domain.pictures import MoveKind
from domain.purchases import Purchase
from insight.settings import InsightRules
from scheduler.lifecycle import Lifecycle
from scheduler.picture_night import begin, steps
from scheduler.picture_work import Work
from store.customers import add_customers
from store.database import Database, Tx
from store.facts import set_facts
from store.ids import new_id
from store.lifecycle import actions_of, end_relationship
from store.moves import moves_of
from store.pictures import picture_of
from store.purchases import add_purchases
from store.tables import case_events, cases, contacts, customers, runs, sendings

FIRST = dt.date(2027, 1, 4)
COMPANY = Company()
ANN, BEA = 1, 2
OFFERS, NEWS = 5, 6


class Walk:
    """The days of Ann's relationship: what she and the company do, and the night after it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.job = Lifecycle(database, COMPANY)

    def at(self, day: int, hour: int = 10) -> dt.datetime:
        """The moment on the *day*-th day, by the company's clocks."""
        local = dt.datetime.combine(FIRST + dt.timedelta(days=day), dt.time(hour), COMPANY.zone)
        return local.astimezone(dt.UTC)

    async def begin(self) -> None:
        """Put in Ann, who has met the bot, and two newsletters."""
        async with self.database.write() as tx:
            row = {"name": "Ann", "chat_id": 501, "reach": "reachable", "created_at": self.at(0, 8)}
            await add_customers(tx, [{"id": ANN, **row, "met_at": self.at(0, 8)}])
            for number, topic in ((OFFERS, "offers"), (NEWS, "")):
                sent: dict[str, Any] = {"name": "news", "digest": "d", "content": {}, "state": "finished"}
                sent |= {"topic": topic, "frozen": True, "on_unknown": "never_twice"}
                await tx.execute(insert(sendings).values(id=number, created_at=self.at(0), **sent))

    async def contact(self, day: int, kind: str, **more: Any) -> None:
        """Put a contact of ours on the timeline."""
        row = {"channel": "telegram", "direction": "out", "state": "sent", "text": "", "proactive": True, **more}
        async with self.database.write() as tx:
            await tx.execute(insert(contacts).values(id=new_id(), customer_id=ANN, at=self.at(day), kind=kind, **row))

    async def fact(self, day: int, name: str, value: str | int | bool, who: int = ANN) -> None:
        """Let a fact be learnt."""
        async with self.database.write() as tx:
            await set_facts(tx, [(who, KnownFact(name, value, "dialogue:x", self.at(day)))])

    async def buys(self, day: int, euros: int = 20, group: str = "food") -> None:
        """Let her buy."""
        async with self.database.write() as tx:
            line = Purchase(f"R{day}", self.at(day), euros * 100, "EUR", group=group)
            await add_purchases(tx, [(ANN, line)])

    async def case(self, day: int, state: str) -> None:
        """Open her complaint, or let it come to *state*."""
        async with self.database.write() as tx:
            if state == "new":
                row = {"kind": "complaint", "category": "delivery", "priority": "normal", "state": state}
                await tx.execute(insert(cases).values(id=1, customer_id=ANN, opened_at=self.at(day), **row))
            else:
                await tx.execute(update(cases).values(state=state, resolved_at=self.at(day)))
            await tx.execute(insert(case_events).values(id=new_id(), case_id=1, at=self.at(day), move="x"))

    async def night(self, day: int) -> None:
        """Let the job look, and the night before the *day*-th day make the pictures."""
        now = self.at(day, 3)
        await self.job.find(now)
        work = Work(self.database, COMPANY, InsightRules())
        async for _ in steps(work, await begin(work, now), lambda *_: None):
            pass

    async def moves(self, kind: MoveKind) -> list[tuple[int, str, str]]:
        """Return her moves of a kind, the oldest first: on which day, from where, to where."""
        async with self.database.read() as tx:
            found = await moves_of(tx, ANN)
        assert all(each.evidence for each in found)
        return [((each.day - FIRST).days, each.before, each.after) for each in found[::-1] if each.kind is kind]

    async def evidence(self, kind: MoveKind, day: int) -> str:
        """Return why she moved on a day."""
        async with self.database.read() as tx:
            found = await moves_of(tx, ANN)
        return next(each.evidence for each in found if each.kind is kind and (each.day - FIRST).days == day)


@pytest.fixture
async def walk(sqlite_database: Database) -> Walk:
    """A store with Ann in it."""
    made = Walk(sqlite_database)
    await made.begin()
    return made


async def welcome(tx: Tx, at: dt.datetime) -> None:
    """Let her finish the welcome."""
    run = {"customer_id": ANN, "script_id": "welcome", "script_digest": "", "state": "done", "focus": 1}
    await tx.execute(insert(runs).values(id=new_id(), started_at=at, started_by="her", ended_at=at, **run))


async def from_prospect_to_client(walk: Walk) -> None:
    """Acquisition, the first three purchases, and all that is done in the meantime."""
    await walk.contact(1, "staff_reply", staff_id=7)
    await walk.fact(2, "household", "two")
    await walk.contact(3, "newsletter", newsletter_id=OFFERS)
    await walk.night(4)
    await walk.buys(10)
    await walk.night(11)
    async with walk.database.write() as tx:
        await welcome(tx, walk.at(12))
        await tx.execute(update(customers).where(customers.c.id == ANN).values(owner_id=7))
    await walk.contact(15, "newsletter", newsletter_id=NEWS)
    await walk.fact(18, "nps", 7)
    await walk.buys(20)
    await walk.night(21)
    await walk.buys(30)
    await walk.night(31)


async def from_client_to_partner(walk: Walk) -> None:
    """Deepening: an offer, a dearer receipt, another group; she recommends us, a friend joins, we agree."""
    await walk.contact(35, "newsletter", newsletter_id=OFFERS)
    await walk.buys(40, euros=60, group="tools")
    await walk.fact(41, "household", "more")
    await walk.fact(42, "nps", 9)
    await walk.night(43)
    async with walk.database.write() as tx:
        await add_customers(tx, [{"id": BEA, "name": "Bea", "created_at": walk.at(44)}])
    await walk.fact(44, "referred_by", ANN, who=BEA)
    await walk.night(45)
    async with walk.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == BEA).values(met_at=walk.at(45)))
        row = {"customer_id": BEA, "channel": "telegram", "direction": "in", "state": "received", "text": "/start"}
        await tx.execute(insert(contacts).values(id=new_id(), at=walk.at(45), kind="command", proactive=False, **row))
    await walk.night(46)
    await walk.fact(50, "partner", True)
    await walk.night(51)


async def down_and_up_again(walk: Walk) -> None:
    """A complaint and a low score are a reason to prevent the end; put right, it is none."""
    await walk.case(55, "new")
    await walk.night(56)
    await walk.fact(57, "nps", 3)
    await walk.night(58)
    await walk.case(59, "resolved")
    await walk.night(60)
    await walk.fact(60, "nps", 9)
    await walk.night(61)


async def away_and_back(walk: Walk) -> None:
    """She last bought on day 60, usually every 10 days; day 90 is the last of thirty silent ones."""
    await walk.night(90)
    await walk.night(91)
    await walk.contact(95, "words", channel="phone", staff_id=7)
    await walk.buys(100)
    await walk.night(101)


async def test_customer_walks_all_stages_and_the_whole_ladder(walk: Walk) -> None:
    """Each move is dated on the day of the night that saw it, with its evidence; each action counts once."""
    await from_prospect_to_client(walk)
    assert await walk.moves(MoveKind.STAGE) == [(11, "acquisition", "start"), (31, "start", "deepening")]
    assert await walk.moves(MoveKind.STEP) == [(11, "prospect", "purchaser"), (31, "purchaser", "client")]
    await from_client_to_partner(walk)
    up = [(43, "client", "supporter"), (46, "supporter", "advocate"), (51, "advocate", "partner")]
    assert (await walk.moves(MoveKind.STEP))[2:] == up
    assert await walk.evidence(MoveKind.STEP, 46) == "1 referrals joined"
    await walk.buys(53)
    await walk.buys(60)
    await down_and_up_again(walk)
    assert (await walk.moves(MoveKind.STEP))[5:] == [(58, "partner", "client"), (61, "client", "partner")]
    await away_and_back(walk)
    stages = [
        (11, "acquisition", "start"), (31, "start", "deepening"),
        (58, "deepening", "preventing_end"), (60, "preventing_end", "deepening"),
        (91, "deepening", "preventing_end"), (101, "preventing_end", "deepening"),
    ]  # fmt: skip
    assert await walk.moves(MoveKind.STAGE) == stages
    assert await walk.evidence(MoveKind.STAGE, 58) == "complaint open, last score low (NPS 3)"
    assert await walk.evidence(MoveKind.STAGE, 91) == "no purchase since 2027-03-05, usually every 10 days"
    await _judge_actions(walk)
    await _judge_the_end(walk, stages)


async def _judge_actions(walk: Walk) -> None:
    async with walk.database.read() as tx:
        taken = await actions_of(tx, ANN)
        picture = await picture_of(tx, ANN)
    assert {each.action for each in taken} == set(Action) - {Action.GRACEFUL_ENDING}
    assert len(taken) == len({(each.action, each.ref) for each in taken})
    assert picture is not None
    assert picture.stage == Stage.DEEPENING
    assert next_actions(Stage.DEEPENING, done_in(taken, Stage.DEEPENING)) == ()


async def _judge_the_end(walk: Walk, stages: list[tuple[int, str, str]]) -> None:
    """The goodbye, a year in which the ladder is lost, and her own way back."""
    async with walk.database.write() as tx:
        await end_relationship(tx, ANN, walk.at(110), 7)
    await walk.night(111)
    stages.append((111, "deepening", "ended"))
    assert await walk.moves(MoveKind.STAGE) == stages
    assert (await walk.moves(MoveKind.CLASS))[-1] == (111, "keep", "")
    for day in (240, 419, 466):
        await walk.night(day)
    assert (await walk.moves(MoveKind.STEP))[7:] == [(419, "partner", "purchaser")]
    await walk.buys(500)
    await walk.night(501)
    stages.append((501, "ended", "deepening"))
    assert await walk.moves(MoveKind.STAGE) == stages
    assert (await walk.moves(MoveKind.CLASS))[-1] == (501, "", "keep")
