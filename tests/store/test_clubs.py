"""Clubs: memberships with age limits, what a guardian's consent carries, and what goes with it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from domain.clubs import WAITS, GuardianState
from domain.customers import Purpose
from domain.memberships import Membership
from store.clubs import (
    ask_guardian,
    birth_of,
    children_of,
    end_by_age,
    forget_waiting,
    give_consent,
    guardianship,
    join_club,
    leave_club,
    note_told,
    over_age,
    untold,
)
from store.database import Database, Tx
from store.eligibility import reason_against
from store.facts import known_facts
from store.memberships import membership_of, memberships_of
from store.tables import customers
from tests.store.sending_rows import NOW, put_consents, put_customers

BORN = dt.date(2015, 5, 3)
LIMIT = dt.date(2028, 5, 3)
DAY = dt.timedelta(days=1)


async def _child(tx: Tx, child: int = 1, guardian: int = 2, club: str = "kids") -> None:
    asked = await ask_guardian(tx, child, club, NOW)
    assert await give_consent(tx, asked, guardian, NOW)
    await join_club(tx, child, club, NOW, "guardian:1", birth=BORN, ends_on=LIMIT)


async def test_nothing_of_a_child_is_left_when_consent_is_withdrawn(database: Database) -> None:
    """Membership, guardian's consent, date of birth and the fact about it go; the guardian answers for nobody."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        await _child(tx)
        (child,) = await children_of(tx, 2)
        assert (child.customer_id, child.club, child.birth) == (1, "kids", BORN)
        assert await leave_club(tx, 1, "kids", NOW + DAY)
        assert (await memberships_of(tx, 1), await known_facts(tx, [1]), await birth_of(tx, 1)) == ([], {}, None)
        assert (await children_of(tx, 2), await guardianship(tx, 1, "kids")) == ([], None)
        assert not await leave_club(tx, 1, "kids", NOW + DAY)


async def test_birth_date_goes_with_the_last_club_unless_it_was_known_before(database: Database) -> None:
    """Given for clubs it stays as long as there is one; what the register knew stays in any case."""
    async with database.write() as tx:
        await put_customers(tx, [1])
        await put_customers(tx, [2], birth_date=BORN)
        for who in (1, 2):
            await join_club(tx, who, "tea", NOW, "chat:1", birth=BORN)
            await join_club(tx, who, "wine", NOW, "chat:1", birth=BORN)
            await leave_club(tx, who, "tea", NOW)
        assert (await birth_of(tx, 1), await birth_of(tx, 2)) == (BORN, BORN)
        for who in (1, 2):
            await leave_club(tx, who, "wine", NOW)
        assert (await birth_of(tx, 1), await birth_of(tx, 2)) == (None, BORN)


async def test_wish_waits_for_a_guardian_for_two_weeks_and_no_longer(database: Database) -> None:
    """Asked again it is the same link; a yes that was given is not forgotten."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3])
        asked = await ask_guardian(tx, 1, "kids", NOW)
        assert (await ask_guardian(tx, 1, "kids", NOW + DAY)).code == asked.code
        await _child(tx, 3, 2)
        assert await forget_waiting(tx, NOW + WAITS - WAITS) == 0
        assert await forget_waiting(tx, NOW + DAY) == 1
        assert not await give_consent(tx, asked, 2, NOW + WAITS + DAY)
        kept = await guardianship(tx, 3, "kids")
        assert kept is not None
        assert kept.state is GuardianState.GIVEN


async def test_membership_ends_on_the_day_of_its_limit_and_is_told_once(database: Database) -> None:
    """Not the day before; who has left by herself is told of no limit."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        await join_club(tx, 1, "kids", NOW, "chat:1", birth=BORN, ends_on=LIMIT)
        await join_club(tx, 2, "kids", NOW, "chat:1", birth=BORN, ends_on=LIMIT)
        await leave_club(tx, 2, "kids", NOW)
        assert await over_age(tx, LIMIT - DAY, 10) == []
        (due,) = await over_age(tx, LIMIT, 10)
        assert due == Membership(1, "club:kids", NOW, None, "chat:1", LIMIT)
        assert (await end_by_age(tx, due, NOW), await end_by_age(tx, due, NOW)) == (True, False)
        assert (await membership_of(tx, 1, "club:kids"), await birth_of(tx, 1)) == (None, None)
        assert [each.customer_id for each in await untold(tx, 10)] == [1]
        assert (await note_told(tx, due), await note_told(tx, due)) == (True, False)
        assert await untold(tx, 10) == []


async def test_child_gets_the_letter_of_her_club_and_no_other(database: Database) -> None:
    """No yes of a child counts, not even before her guardian has answered; a club’s letter is for its members."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3, 4])
        await put_consents(tx, [1, 3, 4])
        await _child(tx)
        await ask_guardian(tx, 3, "kids", NOW)

        async def reached(club: str = "") -> list[int]:
            reason = reason_against(Purpose.MARKETING, NOW, club=club)
            return list(await tx.scalars(select(customers.c.id).where(reason == "").order_by(customers.c.id)))

        assert await reached() == [4]
        assert await reached("kids") == [1]
        await leave_club(tx, 1, "kids", NOW)
        assert (await reached(), await reached("kids")) == ([1, 4], [])
