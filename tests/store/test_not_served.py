"""The "do not serve" list: nothing is started with who is on it, and who writes is heard."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from dialogues.courtesy import Decision, holds_for
from domain.cases import CaseKind
from domain.company import CourtesyRules
from domain.customers import Purpose
from domain.holds import Hold
from domain.messages import Act, Lane, Message, Waiting
from domain.rules import parse_rule
from domain.signals import Signal, SignalKind
from scheduler.signals import EVERY
from store.audiences import count_audience
from store.audit import acts
from store.cases import cases_of
from store.customers import customers_by_chat
from store.database import Database
from store.ids import new_id
from store.not_served import NotServed, ban_customer, not_served, unban_customer, why_not_served
from store.signals import raise_signals
from tests.dialogues.conductor_stand import START, Stand
from tests.scheduler.test_signals import job
from tests.store.sending_rows import NOW, put_consents, put_customers

ROW = Waiting(
    id=1,
    act=Act.SEND,
    chat_id=1001,
    lane=Lane.BULK,
    kind="newsletter",
    message=Message("News"),
    created_at=NOW,
    not_before=NOW,
    customer_id=1,
    proactive=True,
)


async def test_banned_customer_is_listed_with_her_reason_until_she_is_taken_off(database: Database) -> None:
    """The day stays when only the reason is exchanged; each act is in the audit log, the reason is not."""
    later = NOW + dt.timedelta(days=1)
    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        assert await ban_customer(tx, 1, " Threatened  staff ", 7, NOW)
        assert not await ban_customer(tx, 1, "Twice", 7, later)
        assert await not_served(tx) == [NotServed(1, None, "", NOW, "Twice")]
        assert await why_not_served(tx, 2) is None
        assert await unban_customer(tx, 1, 8, later)
        assert not await unban_customer(tx, 1, 8, later)
        assert await not_served(tx) == []
        logged = [(staff, act, subject) for _, staff, act, subject in await acts(tx)]
    assert sorted(logged) == [(7, "customer.ban", "customer:1")] * 2 + [(8, "customer.unban", "customer:1")]


@pytest.mark.parametrize(("why", "problem"), [("  ", "empty"), ("x" * 501, "501 signs")])
async def test_reason_that_says_nothing_or_too_much_is_refused(
    sqlite_database: Database, why: str, problem: str
) -> None:
    """A list without reasons is a list that nobody dares to shorten."""
    async with sqlite_database.write() as tx:
        await put_customers(tx, [1])
        with pytest.raises(ValueError, match=problem):
            await ban_customer(tx, 1, why, None, NOW)
        with pytest.raises(LookupError, match="no such customer"):
            await ban_customer(tx, 9, "Nobody", None, NOW)


async def test_nothing_is_started_with_who_is_on_the_list_planned_or_at_the_call(database: Database) -> None:
    """An audience counts her as not served; every kind of message that we start is dropped; an answer goes."""
    kinds = ("newsletter", "survey", "survey_reminder", "small_question", "service")
    rows = [dataclasses.replace(ROW, id=new_id(), kind=kind) for kind in kinds]
    answer = dataclasses.replace(ROW, id=new_id(), kind="reply", proactive=False)
    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        await put_consents(tx, [1, 2])
        await put_consents(tx, [1], "surveys")
        await ban_customer(tx, 1, "Threatened staff", None, NOW)
        held = await holds_for(tx, [*rows, answer], CourtesyRules(), "Europe/Helsinki", NOW)
        rule = parse_rule("visits(12m) = 0")
        counts = await count_audience(tx, rule, NOW, currency="EUR", purpose=Purpose.MARKETING)
    assert held == {row.id: Decision(Hold.NOT_SERVED) for row in rows}
    assert (counts.count, counts.excluded) == (2, {"not_served": 1})


async def test_signal_of_hers_opens_no_case(database: Database) -> None:
    """Nobody goes after a customer whom we do not serve."""
    signals = job(database, cases_for=parse_rule("visits(12m) = 0"))
    await signals.tick(NOW)
    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        await ban_customer(tx, 1, "Threatened staff", None, NOW)
        await raise_signals(tx, [Signal(who, SignalKind.BLOCK, NOW, {}, "1") for who in (1, 2)])
    await signals.tick(NOW + EVERY)
    async with database.read() as tx:
        assert sorted(await cases_of(tx, [1, 2])) == [2]


async def test_her_complaint_is_heard_and_registered_as_anybody_s(database: Database, tmp_path: Path) -> None:
    """Not to be served is not to be silenced; and she is never told of the list."""
    stand = Stand(database, tmp_path)
    await stand.says("/start")
    async with database.write() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        await ban_customer(tx, ann.id, "Threatened staff", None, START)
    (asked,) = await stand.says("/complaint")
    assert asked.message.text == "What happened?"
    said = await stand.says("It was wet")
    said += await stand.taps(said[-1] if said else asked, "Done") if said and said[-1].message.keyboard else []
    async with database.read() as tx:
        (case,) = (await cases_of(tx, [ann.id]))[ann.id]
    assert case.kind is CaseKind.COMPLAINT
    assert "Threatened" not in "".join(row.message.text for row in stand.sent)
