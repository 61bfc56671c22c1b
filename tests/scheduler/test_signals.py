"""Signals of possible disappointment: each kind at its bounds, raised once, and cases only where they are wanted."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert, update

from dialogues.library import SHIPPED as SCRIPTS
from dialogues.library import Library
from domain.cases import CaseKind
from domain.company import Company
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.customers import Consent, Purpose, Reach
from domain.dialogues import OpenCase, RunState
from domain.rules import Rule, parse_rule
from domain.signals import Signal, SignalKind
from scheduler.signals import CATEGORY, EVERY, Signals
from store.cases import cases_of, open_case
from store.consents import give_consents
from store.contacts import add_contacts
from store.customers import change_customers, set_reach
from store.database import Database
from store.ids import new_id
from store.signals import count_signals, raise_blocked, raise_signals, signals_of
from store.tables import customers, purchases
from tests.dialogues.conductor_stand import RememberedStaffLine
from tests.scheduler.verbatims import START, put_run
from tests.store.sending_rows import put_consents, put_customers

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
LIBRARY = Library.load([SCRIPTS], ("en", "fi", "cs"))
COMPANY = Company(name="Test", languages=("en",))


def job(database: Database, *, cases_for: Rule | None = None, chunk: int = 2000) -> Signals:
    """Make the job as a process has it."""
    return Signals(database, COMPANY, LIBRARY, RememberedStaffLine(), cases_for=cases_for, chunk=chunk)


async def found(database: Database, customer_id: int) -> list[Signal]:
    """Return a customer's signals."""
    async with database.read() as tx:
        return await signals_of(tx, customer_id)


async def buy(database: Database, customer_id: int, *days: dt.date, amount: int = 1000) -> None:
    """Let her buy at noon of those days."""
    rows = [
        {
            "id": new_id(),
            "customer_id": customer_id,
            "receipt": f"r{day}",
            "at": dt.datetime.combine(day, dt.time(12), dt.UTC),
            "amount_minor": amount,
            "currency": "EUR",
        }
        for day in days
    ]
    async with database.write() as tx:
        await tx.execute(insert(purchases), rows)


def weekly(last: dt.date, visits: int = 6, gap: int = 10) -> list[dt.date]:
    """Give so many days with the same gap, the last one *last*."""
    return [last - dt.timedelta(days=gap * n) for n in range(visits)]


async def test_block_is_one_signal_with_what_we_had_sent_her(database: Database) -> None:
    """Told by Telegram and by a refused call, one block is one signal; another after her return is another."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        sent = ((START - 3 * DAY, ContactKind.NEWSLETTER), (START - 9 * DAY, ContactKind.SURVEY))
        for at, kind in (*sent, (START - 31 * DAY, ContactKind.SURVEY)):
            contact = Contact(
                new_id(), 1, at, Channel.TELEGRAM, Direction.OUT, kind, "", ContactState.SENT, proactive=True
            )
            await add_contacts(tx, [contact])
        for _ in range(2):
            await raise_blocked(tx, [1001], START)
            await set_reach(tx, [1001], Reach.BLOCKED)
    (signal,) = await found(database, 1)
    assert (signal.kind, signal.at) == (SignalKind.BLOCK, START)
    assert signal.evidence == {"started_by_us_30d": 2, "last": "newsletter", "days_since_last": 3}
    async with database.write() as tx:
        await set_reach(tx, [1001], Reach.REACHABLE)
        await raise_blocked(tx, [1001, 1002, 77], START + DAY)
    assert [len(await found(database, who)) for who in (1, 2)] == [2, 1]
    assert (await found(database, 2))[0].evidence == {"started_by_us_30d": 0}


async def test_switching_off_by_herself_is_a_signal_and_a_no_to_a_question_is_none(database: Database) -> None:
    """What the welcome asks may be answered with no; a topic switched off later says something."""
    no = {purpose: Consent(purpose, False, "v1", "topics", START) for purpose in Purpose}
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3])
        await put_consents(tx, [1, 3])
        await give_consents(tx, [(1, no[Purpose.MARKETING]), (1, no[Purpose.SURVEYS])])
        await give_consents(tx, [(2, Consent(Purpose.MARKETING, False, "v1", "dialogue:welcome", START))])
        await give_consents(tx, [(3, Consent(Purpose.MARKETING, False, "v1", "stop", START - 40 * DAY))])
    signals = job(database)
    for hours in range(3):
        await signals.tick(START + hours * HOUR)
    await job(database).tick(START + 5 * HOUR)
    (signal,) = await found(database, 1)
    assert (signal.kind, signal.at, signal.evidence["by"]) == (SignalKind.MUTE, START, "topics")
    assert set(str(signal.evidence["switched_off"]).split(", ")) == {"marketing", "surveys"}
    assert await found(database, 2) == []
    assert await found(database, 3) == [], "what is older than a month is history"


async def test_pause_is_a_signal_once_for_each_pause(database: Database) -> None:
    """However many days it lasts; a second pause is a second signal."""
    until = START + 20 * DAY
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3])
        await change_customers(tx, {1: {"paused_until": until}, 2: {"paused_until": START - DAY}})
    signals = job(database, chunk=1)
    for days in range(3):
        await signals.tick(START + days * DAY)
    assert [signal.evidence for signal in await found(database, 1)] == [{"paused_until": until.date().isoformat()}]
    assert await found(database, 2) == await found(database, 3) == []
    async with database.write() as tx:
        await change_customers(tx, {1: {"paused_until": until + 20 * DAY}})
    await signals.tick(START + 4 * DAY)
    assert len(await found(database, 1)) == 2


async def test_survey_that_was_left_after_an_answer_is_a_signal(database: Database) -> None:
    """Not one that she never began, nor one that became a case, nor one that is open, nor a complaint cancelled."""
    async with database.write() as tx:
        await put_customers(tx, range(1, 8))
    ended = {"ended_at": START + HOUR, "state": RunState.EXPIRED}
    run_id = await put_run(database, 1, score=4, **ended)  # type: ignore[arg-type] # a test's shorthand
    await put_run(database, 2, **ended)  # type: ignore[arg-type] # a test's shorthand
    became_a_case = await put_run(database, 3, score=4, **ended)  # type: ignore[arg-type] # a test's shorthand
    async with database.write() as tx:
        await open_case(tx, 3, OpenCase(CaseKind.FOLLOW_UP, "detractor"), START, run_id=became_a_case)
    await put_run(database, 4, score=4, state=RunState.OPEN)
    await put_run(database, 5, script="complaint", what="Wet", ended_at=START + HOUR, state=RunState.CANCELLED)
    await put_run(database, 6, score=4, ended_at=START + HOUR, state=RunState.CANCELLED)
    await put_run(database, 7, score=None, **ended)  # type: ignore[arg-type] # a test's shorthand
    signals = job(database)
    await signals.tick(START)
    assert await found(database, 1) == [], "it has not ended yet"
    for hours in range(1, 4):
        await signals.tick(START + hours * HOUR)
    await job(database).tick(START + 4 * HOUR)
    (signal,) = await found(database, 1)
    assert (signal.kind, signal.at, signal.ref) == (SignalKind.ABANDONED_SURVEY, START + HOUR, f"run:{run_id}")
    assert (signal.evidence["survey"], signal.evidence["answered"], signal.evidence["how"]) == ("nps", 1, "expired")
    assert [len(await found(database, who)) for who in range(2, 8)] == [0, 0, 0, 0, 1, 0]


async def test_silence_longer_than_her_habit_is_a_signal_on_its_first_day(database: Database) -> None:
    """Every ten days: on the tenth day nothing, on the eleventh a signal with the measured values, and only one."""
    today = START.date()
    async with database.write() as tx:
        await put_customers(tx, range(1, 6))
    await buy(database, 1, *weekly(today - 10 * DAY))
    await buy(database, 2, *weekly(today - 10 * DAY, visits=4))
    await buy(database, 3, *weekly(today - 60 * DAY))
    await buy(database, 4, *weekly(today - 10 * DAY))
    await buy(database, 4, today - DAY, amount=-1000)
    signals = job(database, chunk=2)
    await signals.tick(START)
    assert await found(database, 1) == []
    for days in range(1, 4):
        await signals.tick(START + days * DAY)
        await job(database).tick(START + days * DAY)
    (signal,) = await found(database, 1)
    assert signal.kind is SignalKind.FEWER_PURCHASES
    assert signal.at.astimezone(COMPANY.zone).date() == today + DAY
    assert signal.evidence == {
        "visits": 6,
        "last": (today - 10 * DAY).isoformat(),
        "silent_days": 11,
        "usual_days": 10,
        "longest_usual_days": 10,
    }
    assert await found(database, 2) == [], "four visits are no habit"
    assert await found(database, 3) == [], "a silence that is older than a month is history"
    assert len(await found(database, 4)) == 1, "bringing something back is no visit"
    assert await found(database, 5) == []


async def test_all_customers_are_looked_at_each_day_in_small_steps(sqlite_database: Database) -> None:
    """A tick does a bounded part; the next ones go on, also in another process, and nobody is left out."""
    today = START.date()
    async with sqlite_database.write() as tx:
        await put_customers(tx, range(1, 31))
    for who in range(1, 31):
        await buy(sqlite_database, who, *weekly(today - 11 * DAY))
    raised = []
    for tick in range(8):
        await job(sqlite_database, chunk=1).tick(START + tick * dt.timedelta(seconds=10))
        async with sqlite_database.read() as tx:
            raised.append(sum((await count_signals(tx, START - 30 * DAY, START + DAY)).values()))
    assert raised == [5, 10, 15, 20, 25, 30, 30, 30]


async def test_cases_are_opened_only_for_whom_the_rule_says(database: Database) -> None:
    """Without a rule none; with one, a follow-up for each such customer with no open case, once."""
    async with database.write() as tx:
        await put_customers(tx, range(1, 5))
        await tx.execute(update(customers).where(customers.c.id.in_([1, 2, 4])).values(tags=["vip"]))
        await raise_signals(tx, [Signal(4, SignalKind.BLOCK, START, {}, "before")])
    await job(database).tick(START)
    signals = job(database, cases_for=parse_rule('"vip" in tags'))
    await signals.tick(START)
    async with database.write() as tx:
        raised = [Signal(who, SignalKind.MUTE, START, {"by": "stop"}, "1") for who in (1, 2, 3)]
        await raise_signals(tx, [*raised, Signal(1, SignalKind.BLOCK, START, {}, "1")])
    for minutes in range(3):
        await signals.tick(START + minutes * EVERY)
    await job(database, cases_for=parse_rule('"vip" in tags')).tick(START + HOUR)
    async with database.read() as tx:
        cases = await cases_of(tx, range(1, 5))
    assert sorted(cases) == [1, 2], "a signal from before the rule is no work list"
    assert [len(of_one) for of_one in cases.values()] == [1, 1]
    case = cases[2][0]
    assert (case.kind, case.category, case.summary) == (CaseKind.FOLLOW_UP, CATEGORY, "mute: by stop")


async def test_same_reference_is_raised_once(database: Database) -> None:
    """However often and by however many it is seen."""
    async with database.write() as tx:
        await put_customers(tx, [1])
        for _ in range(3):
            await raise_signals(tx, [Signal(1, SignalKind.BLOCK, START, {}, "x")])
        assert await count_signals(tx, START, START + DAY) == {SignalKind.BLOCK: 1}
        assert await count_signals(tx, START + HOUR, START + DAY) == {}
