"""One budget over everything that we start: whatever comes in whatever order, it is never exceeded."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import random
import zoneinfo
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from dialogues.courtesy import AGAINST_SMALL_QUESTIONS, WEEK, Situation, hold_for, holds_for
from domain.company import CourtesyRules
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.customers import Customer, Purpose, Reach
from domain.holds import Hold
from domain.messages import Act, Lane, Message, Waiting
from store.contacts import add_contacts, proactive_since
from store.customers import change_customers, customers_by_chat
from store.database import Database
from store.holds import keep_hold_once
from store.ids import new_id
from store.runs import open_runs
from store.tables import customers, holds
from tests.dialogues.conductor_stand import Stand

START = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
ZONES = ("Europe/Helsinki", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland", "UTC")
KINDS = {
    ContactKind.SURVEY: (Purpose.SURVEYS, ()),
    ContactKind.NEWSLETTER: (Purpose.MARKETING, ()),
    ContactKind.REMINDER: (None, (Purpose.SURVEYS,)),
    ContactKind.SMALL_QUESTION: (None, AGAINST_SMALL_QUESTIONS),
}
consents = st.dictionaries(st.sampled_from(list(Purpose)), st.booleans())
steps = st.tuples(
    st.integers(0, 60 * 72),  # minutes until the next thing happens
    st.sampled_from([*KINDS, "pause", "complains", "is settled", "changes her mind"]),
    consents,
)
rules_of_some_company = st.builds(
    CourtesyRules,
    per_week=st.integers(0, 4),
    least_gap=st.integers(0, 60).map(lambda hours: dt.timedelta(hours=hours)),
    quiet_from=st.integers(0, 23).map(dt.time),
    quiet_to=st.integers(0, 23).map(dt.time),
)


def is_quiet(rules: CourtesyRules, zone: str, at: dt.datetime) -> bool:
    """Say in another way than the program whether *at* lies in the quiet hours: minute by minute from their start."""
    if rules.quiet_from == rules.quiet_to:
        return False
    local = at.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
    minutes = [time.hour * 60 + time.minute for time in (rules.quiet_from, rules.quiet_to, local.time())]
    return (minutes[2] - minutes[0]) % 1440 < (minutes[1] - minutes[0]) % 1440


def assert_kept(rules: CourtesyRules, zone: str, sent: list[dt.datetime]) -> None:
    """Assert that what was sent keeps the budget."""
    for earlier, later in itertools.pairwise(sent):
        assert later - earlier >= rules.least_gap
    for first in sent:
        assert sum(first <= at < first + WEEK for at in sent) <= rules.per_week
    assert not any(is_quiet(rules, zone, at) for at in sent)


@settings(max_examples=150)
@given(st.lists(steps, max_size=60), rules_of_some_company, st.sampled_from(ZONES), consents)
def test_no_stream_of_our_own_contacts_exceeds_the_budget(
    stream: list[tuple[int, str, dict[Purpose, bool]]],
    rules: CourtesyRules,
    zone: str,
    agreed: dict[Purpose, bool],
) -> None:
    """Surveys, letters, reminders and small questions share it; a held one that is tried at its time may go, too."""
    ann = Customer(1, chat_id=7, reach=Reach.REACHABLE, timezone=zone, consents=agreed)
    now, complains, sent = START, False, list[dt.datetime]()
    for minutes, what, mind in stream:
        now += dt.timedelta(minutes=minutes)
        match what:
            case "pause":
                ann = dataclasses.replace(ann, paused_until=now + dt.timedelta(days=3))
            case "complains" | "is settled":
                complains = what == "complains"
            case "changes her mind":
                ann = dataclasses.replace(ann, consents=mind)
            case kind:
                purpose, objections = KINDS[ContactKind(kind)]
                held = hold_for(
                    Situation(ann, sent, complains), purpose, rules, "Europe/Helsinki", now, objections=objections
                )
                if held is None:
                    assert not complains
                    assert ann.paused_until is None or ann.paused_until <= now
                    assert purpose is None or ann.consents.get(purpose)
                    assert not any(ann.consents.get(each) is False for each in objections)
                    sent.append(now)
                elif held.hold.passes:
                    assert held.until is not None
                    assert held.until > now
    assert_kept(rules, zone, sent)


async def test_what_the_pump_is_told_at_the_call_keeps_the_budget_of_every_customer(database: Database) -> None:
    """Against the store, for many customers and months: claims of one row a chat, some of them hours late."""
    chance, rules, people = random.Random(27), CourtesyRules(), range(1, 9)
    zones = {who: chance.choice(ZONES) for who in people}
    async with database.write() as tx:
        await tx.execute(
            insert(customers),
            [
                {"id": who, "name": "", "chat_id": who, "reach": "reachable", "timezone": zones[who],
                 "created_at": START}
                for who in people
            ],
        )  # fmt: skip
    now, sent, held = START, {who: list[dt.datetime]() for who in people}, 0
    for _ in range(150):
        now += dt.timedelta(minutes=chance.randint(1, 900))
        async with database.write() as tx:
            if chance.random() < 0.1:
                who = chance.choice(people)
                await change_customers(tx, {who: {"paused_until": now + dt.timedelta(days=chance.randint(0, 4))}})
            asked = chance.sample(people, 5)
            created = now - dt.timedelta(minutes=chance.randint(0, 30))
            rows = [
                _row(who, chance.choice([ContactKind.REMINDER, ContactKind.SMALL_QUESTION]), created) for who in asked
            ]
            decisions = await holds_for(tx, rows, rules, "Europe/Helsinki", now)
            going = [row for row in rows if row.id not in decisions]
            held += len(decisions)
            await add_contacts(tx, [_sent(row, now) for row in going])
            for row in going:
                sent[row.chat_id].append(now)
    for who in people:
        assert_kept(rules, zones[who], sent[who])
    assert held > 100
    assert sum(map(len, sent.values())) > 50
    async with database.read() as tx:
        assert sum(map(len, (await proactive_since(tx, people, START)).values())) == sum(map(len, sent.values()))


def _row(who: int, kind: ContactKind, created: dt.datetime) -> Waiting:
    return Waiting(
        id=new_id(),
        act=Act.SEND,
        chat_id=who,
        lane=Lane.REPLY,
        kind=kind.value,
        message=Message("?"),
        created_at=created,
        not_before=created,
        customer_id=who,
        proactive=True,
    )


def _sent(row: Waiting, now: dt.datetime) -> Contact:
    return Contact(
        id=new_id(),
        customer_id=row.chat_id,
        at=now,
        channel=Channel.TELEGRAM,
        direction=Direction.OUT,
        kind=ContactKind(row.kind),
        text="?",
        state=ContactState.SENT,
        proactive=True,
    )


async def test_a_reminder_asks_the_whole_budget_and_a_held_one_keeps_its_reason_once(
    database: Database, tmp_path: Path
) -> None:
    """Put off while the hold lasts, at most to the end of the dialogue; left out where it does not end by itself."""
    stand = Stand(database, tmp_path)
    stand.now += dt.timedelta(hours=4)
    await stand.says("/rate")
    async with database.write() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        (run,) = (await open_runs(tx, [ann.id]))[ann.id]
        due = run.due_at
        assert due is not None
        letter = _row(ann.id, ContactKind.NEWSLETTER, due)
        await add_contacts(tx, [_sent(letter, due - dt.timedelta(hours=1))])
        assert not await stand.conductor.remind(tx, run.id, due)
        put_off = (await open_runs(tx, [ann.id]))[ann.id][0]
        assert put_off.due_at == due + dt.timedelta(hours=19)
        assert put_off.reminders == 0
        await change_customers(tx, {ann.id: {"paused_until": due + dt.timedelta(days=30)}})
        assert not await stand.conductor.remind(tx, run.id, due + dt.timedelta(hours=19))
        left_out = (await open_runs(tx, [ann.id]))[ann.id][0]
        assert (left_out.reminders, left_out.due_at) == (1, stand.now + dt.timedelta(days=5))
        kept = (await tx.execute(select(holds.c.kind, holds.c.reason).order_by(holds.c.id))).all()
        assert [tuple(row) for row in kept] == [("reminder", "least_gap"), ("reminder", "paused")]
        await keep_hold_once(tx, ann.id, "reminder", Hold.PAUSED, f"run:{run.id}.1", due)
        assert len((await tx.execute(select(holds.c.id))).all()) == 2
    assert await stand.fresh() == []
