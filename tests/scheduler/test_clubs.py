"""Age limits by the job: told a week before and on the day, in the company's zone, once whatever happens."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from domain.clubs import GuardianState
from domain.company import Company
from domain.loyalty import Loyalty
from scheduler.clubs import Clubs
from store.clubs import ask_guardian, give_consent, guardianship, join_club
from store.database import Database
from store.memberships import membership_of, memberships_of
from store.tables import guardians, outbox
from templates.words import SHIPPED, Words
from tests.domain.test_clubs import KIDS
from tests.store.sending_rows import put_customers

COMPANY = Company(name="Vuoro", languages=("en",), timezone="Europe/Helsinki")
WORDS = Words.load([SHIPPED], ("en",))
BORN = dt.date(2014, 3, 10)
LIMIT = dt.date(2027, 3, 10)
JOINED = dt.datetime(2027, 1, 2, 10, tzinfo=dt.UTC)
MIDNIGHT = dt.datetime(2027, 3, 9, 22, tzinfo=dt.UTC)  # in Helsinki
MINUTE = dt.timedelta(minutes=1)


async def _texts(database: Database) -> list[str]:
    async with database.read() as tx:
        return [row.ref for row in await tx.execute(select(outbox.c.ref).order_by(outbox.c.id))]


async def test_limit_is_told_a_week_before_and_kept_to_the_minute(sqlite_database: Database) -> None:
    """At midnight in Helsinki it ends; the words wait for the morning, and each new process says nothing twice."""
    database = sqlite_database
    async with database.write() as tx:
        await put_customers(tx, [1])
        await join_club(tx, 1, "kids", JOINED, "chat:1", birth=BORN, ends_on=LIMIT)

    def job() -> Clubs:
        return Clubs(database, COMPANY, WORDS, Loyalty(clubs=(KIDS,)))

    await job().tick(dt.datetime(2027, 3, 2, 12, tzinfo=dt.UTC))
    assert await _texts(database) == []
    for _ in range(2):
        await job().tick(dt.datetime(2027, 3, 3, 12, tzinfo=dt.UTC))
    assert await _texts(database) == ["near:club:kids"]
    await job().tick(MIDNIGHT - MINUTE)
    async with database.read() as tx:
        assert await membership_of(tx, 1, "club:kids") is not None
    night = job()
    await night.tick(MIDNIGHT)
    async with database.read() as tx:
        assert await membership_of(tx, 1, "club:kids") is None
        due = await night.next_due(tx, MIDNIGHT)
    assert due is not None
    assert due > MIDNIGHT + MINUTE
    assert await _texts(database) == ["near:club:kids"]
    for each in (night, job(), night):
        await each.tick(max(due, MIDNIGHT + dt.timedelta(hours=12)))
    assert await _texts(database) == ["near:club:kids", "ended:club:kids"]


async def test_child_without_a_guardian_is_no_member_and_who_has_grown_decides_herself(
    sqlite_database: Database,
) -> None:
    """A guardian who was forgotten answers for nobody; at the age of consent there is none any more."""
    database = sqlite_database
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3])
        for child, born in ((1, dt.date(2018, 1, 1)), (3, dt.date(2016, 3, 2))):
            asked = await ask_guardian(tx, child, "kids", JOINED)
            await give_consent(tx, asked, 2, JOINED)
            await join_club(tx, child, "kids", JOINED, "guardian:1", birth=born, ends_on=KIDS.ends_on(born))
        forgotten = {"guardian_id": None, "state": GuardianState.WITHDRAWN.value}
        await tx.execute(update(guardians).where(guardians.c.customer_id == 1).values(**forgotten))
    job = Clubs(database, COMPANY, WORDS, Loyalty(clubs=(KIDS,)))
    await job.tick(dt.datetime(2027, 3, 2, 12, tzinfo=dt.UTC))
    async with database.read() as tx:
        assert (await memberships_of(tx, 1), await guardianship(tx, 1, "kids")) == ([], None)
        assert await membership_of(tx, 3, "club:kids") is not None
        assert await guardianship(tx, 3, "kids") is None
