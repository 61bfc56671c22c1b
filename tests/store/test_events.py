"""Guests of events: exactly as many as there are places, ranked without chance, and never more accepted than places."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import zoneinfo

import pytest
from sqlalchemy import update

from domain.customers import Consent, Purpose
from domain.events import ASKED, Event, GuestState, Invite, KeptEvent
from domain.purchases import Purchase
from domain.rules import parse_rule
from domain.rules_tree import Compared, Expression
from store.consents import give_consents
from store.contacts import timeline
from store.customers import customer_by_id
from store.database import Database
from store.event_attendance import counts_of, mark_absent, mark_attended
from store.event_choosing import Choice, choose
from store.events import (
    Answered,
    accept,
    decline,
    event_named,
    free_places,
    guest_of,
    guests,
    keep_choice,
    move_guest,
    next_waiting,
)
from store.purchases import add_purchases
from store.tables import customers
from tests.store.sending_rows import put_consents, put_customers

ZONE = zoneinfo.ZoneInfo("Europe/Helsinki")
NOW = dt.datetime(2027, 3, 2, 12, tzinfo=ZONE)
DAY = dt.timedelta(days=1)


def measure(text: str) -> Expression:
    """Read a measure as an event file has it."""
    root = parse_rule(f"{text} > 0", about_customers=True).root
    assert isinstance(root, Compared)
    return root.left


def evening(places: int = 100, reserve: int = 0, store: str = "Main", by: str = "spent(12m)", among: str = "") -> Event:
    """Return an event in ten days."""
    return Event(
        name="evening",
        title={"en": "Evening"},
        text={"en": "Come!"},
        starts=NOW + 10 * DAY,
        answer_by=NOW + 7 * DAY,
        store=store,
        places=places,
        reserve=reserve,
        by=measure(by),
        among=parse_rule(among, about_customers=True) if among else None,
        published=True,
    )


def bought(minor: int, receipt: str, days: float = 3, store: str = "Main", currency: str = "EUR") -> Purchase:
    """Return one line."""
    return Purchase(receipt, NOW - days * DAY, minor, currency, "coffee", store=store)


async def _chosen(database: Database, event: Event) -> Choice:
    async with database.read() as tx:
        return await choose(tx, event, NOW, "EUR")


async def _invited(database: Database, event: Event) -> KeptEvent:
    choice = await _chosen(database, event)
    async with database.write() as tx:
        assert await keep_choice(tx, event, choice, event.starts, NOW)
        assert not await keep_choice(tx, event, choice, event.starts, NOW)
        kept = await event_named(tx, event.name)
        assert kept is not None
        for guest in await next_waiting(tx, kept.id, await free_places(tx, kept)):
            assert await move_guest(tx, guest, GuestState.INVITED, NOW)
    return kept


async def _regulars(database: Database, spent: list[int]) -> None:
    """Put in customers 1.. who take advertising and have spent so much at Main."""
    ids = range(1, len(spent) + 1)
    async with database.write() as tx:
        await put_customers(tx, ids)
        await put_consents(tx, ids)
        await add_purchases(tx, [(i, bought(minor, f"r{i}")) for i, minor in zip(ids, spent, strict=True)])


@pytest.mark.parametrize("by", ["spent(12m)", "visits(12m)", "spent(12m) * 2 + visits(12m)"])
async def test_exactly_the_lesser_of_places_and_candidates_are_chosen_in_one_stable_order(
    database: Database, by: str
) -> None:
    """Whatever they have bought, many of them the same: the order is the one that the rule of ties says."""
    draw = random.Random(by)
    lines = {
        i: [(draw.choice([500, 900]), draw.choice([3, 3, 9])) for _ in range(draw.choice([1, 1, 2]))]
        for i in range(1, 41)
    }
    async with database.write() as tx:
        await put_customers(tx, lines)
        await put_consents(tx, lines)
        await add_purchases(
            tx, [(i, bought(m, f"r{i}.{n}", d)) for i, hers in lines.items() for n, (m, d) in enumerate(hers)]
        )

    def key(i: int) -> tuple[float, int, float, int]:
        spent, visits = sum(m for m, _ in lines[i]) / 100, len(lines[i])
        value = {"spent(12m)": spent, "visits(12m)": visits}.get(by, spent * 2 + visits)
        return -value, -visits, -max(d for _, d in lines[i]), i

    expected = sorted(lines, key=key)
    for places in (1, 7, 20, 39, 40, 41, 100):
        store = "" if "*" in by else "Main"
        choice = await _chosen(database, evening(places, store=store, by=by))
        assert choice.could == 40
        assert [each.customer_id for each in choice.guests] == expected[: min(places, 40)]
        assert [each.rank for each in choice.guests] == list(range(1, min(places, 40) + 1))


async def test_who_must_not_be_invited_is_left_out_and_counted_by_reason(database: Database) -> None:
    """Objection to profiling, not served, ended, no consent, no way to reach her, nothing bought there; others come."""
    async with database.write() as tx:
        await put_customers(tx, range(1, 10))
        await put_consents(tx, range(1, 8))
        await put_consents(tx, [1], "profiling", given=False)
        await put_consents(tx, [7], "profiling")
        for who, values in (
            (2, {"not_served_at": NOW}),
            (3, {"ended_at": NOW}),
            (4, {"reach": "blocked"}),
            (5, {"chat_id": None, "reach": "never_met"}),
        ):
            await tx.execute(update(customers).where(customers.c.id == who).values(**values))
        lines = [(i, bought(1000 + i, f"r{i}")) for i in range(1, 9)]
        lines += [(6, bought(90000, "back")), (6, bought(-90000, "back2")), (9, bought(99999, "r9", store="East"))]
        await add_purchases(tx, lines)
    choice = await _chosen(database, evening())
    assert [each.customer_id for each in choice.guests] == [7, 6]
    assert choice.guests[1].value == 10.06
    assert choice.left_out == {
        "ended": 1,
        "left_bot": 1,
        "never_met": 1,
        "no_consent": 1,
        "not_served": 1,
        "profiling": 1,
    }
    everywhere = await _chosen(database, evening(store=""))
    assert [each.customer_id for each in everywhere.guests] == [7, 6]
    assert everywhere.left_out["no_consent"] == 2
    by_rule = Event(
        "all", {}, {}, NOW + DAY, NOW, invite=Invite.RULE, among=parse_rule("visits(12m) >= 1", about_customers=True)
    )
    assert {each.customer_id for each in (await _chosen(database, by_rule)).guests} == {6, 7}


async def test_objection_to_profiling_forgets_how_she_was_ranked_and_leaves_her_an_answer(database: Database) -> None:
    """Who was invited keeps her invitation, without its values; who was not yet is no guest any more."""
    await _regulars(database, [5000, 4000])
    event = await _invited(database, evening(places=1, reserve=1))
    async with database.write() as tx:
        no = Consent(Purpose.PROFILING, False, "1", "chat", NOW)
        await give_consents(tx, [(1, no), (2, no)])
        (guest,) = await guests(tx, event.id)
        assert (guest.customer_id, guest.state, guest.evidence) == (1, GuestState.INVITED, {})
        assert await accept(tx, event.id, 1, NOW) is Answered.ACCEPTED


async def test_places_go_on_to_the_waiting_list_and_minds_may_change(database: Database) -> None:
    """A decline frees a place for the next; who comes back late waits, before those who have not been invited."""
    await _regulars(database, [5000, 4000, 3000, 2000])
    event = await _invited(database, evening(places=2, reserve=2))
    async with database.write() as tx:
        assert [(g.customer_id, g.state) for g in await guests(tx, event.id)] == [
            (1, GuestState.INVITED),
            (2, GuestState.INVITED),
            (3, GuestState.WAITING),
            (4, GuestState.WAITING),
        ]
        assert await accept(tx, event.id, 4, NOW) is Answered.NOT_INVITED
        assert await accept(tx, event.id, 1, NOW) is Answered.ACCEPTED
        assert await decline(tx, event.id, 2, NOW) is Answered.DECLINED
        assert await free_places(tx, event) == 1
        (third,) = await next_waiting(tx, event.id, 1)
        assert third.customer_id == 3
        await move_guest(tx, third, GuestState.INVITED, NOW)
        assert await accept(tx, event.id, 2, NOW) is Answered.WAITING  # a place is kept for 3
        assert await decline(tx, event.id, 3, NOW) is Answered.DECLINED
        (second,) = await next_waiting(tx, event.id, 1)
        assert (second.customer_id, second.reason) == (2, ASKED)
        assert await accept(tx, event.id, 2, NOW + DAY) is Answered.ACCEPTED
        assert await accept(tx, event.id, 2, NOW + DAY) is Answered.ACCEPTED
        assert await decline(tx, event.id, 1, NOW + DAY) is Answered.DECLINED
        assert await accept(tx, event.id, 3, NOW + DAY) is Answered.ACCEPTED
        assert await accept(tx, event.id, 1, event.starts_at) is Answered.OVER
        assert await free_places(tx, event) == 0


async def test_who_came_stands_on_her_timeline_once_and_the_others_were_absent(database: Database) -> None:
    """Attendance is counted once each; without a single mark nobody is called absent."""
    await _regulars(database, [5000, 4000, 3000])
    event = await _invited(database, evening(places=3))
    after = event.starts_at + DAY
    async with database.write() as tx:
        for who in (1, 2, 3):
            await accept(tx, event.id, who, NOW)
        assert await mark_absent(tx, event.id, after) == 0
        assert await mark_attended(tx, event, 1, "Evening", event.starts_at, 7) is True
        assert await mark_attended(tx, event, 1, "Evening", event.starts_at, 7) is False
        assert await mark_attended(tx, event, 99, "Evening", event.starts_at) is None
        assert await mark_absent(tx, event.id, after) == 2
        counts = await counts_of(tx, event)
        assert (counts.invited, counts.accepted, counts.attended, counts.absent) == (3, 0, 1, 2)
        assert counts.accepted_share == 1.0
        assert counts.attended_share == pytest.approx(1 / 3)
        customer = await customer_by_id(tx, 1)
        assert customer is not None
        (contact,) = await timeline(tx, customer.id)
        assert (contact.channel.value, contact.text, contact.staff_id) == ("event", "Evening", 7)


async def test_accepted_guests_are_never_more_than_places_however_many_answer_at_once(database: Database) -> None:
    """Six who were invited once answer at the same moment for two places: two have one, four wait."""
    await _regulars(database, [1000 + i for i in range(6)])
    event = await _invited(database, evening(places=2, reserve=4))
    async with database.write() as tx:  # all have been invited one after another, and have not come
        for guest in await guests(tx, event.id):
            await move_guest(tx, guest, GuestState.INVITED, NOW)
            await decline(tx, event.id, guest.customer_id, NOW)

    async def answer(who: int) -> Answered:
        async with database.write() as tx:
            return await accept(tx, event.id, who, NOW)

    answers = await asyncio.gather(*(answer(who) for who in range(1, 7)))
    assert sorted(each.value for each in answers) == ["accepted"] * 2 + ["waiting"] * 4
    async with database.read() as tx:
        counts = await counts_of(tx, event)
        assert (counts.accepted, counts.waiting) == (2, 4)
        first = await guest_of(tx, event.id, 6)
        assert first is not None
        assert first.rank == 1
