"""Experiments: one look at the end of the wait, a winner only on evidence, and the same after a restart."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import insert, select, update

from domain.company import Company
from domain.effects import ClickKind
from domain.newsletters import Measure, Sending, SendingState
from scheduler.experiments import LATEST, Experiments
from scheduler.frozen_newsletters import FrozenNewsletters
from scheduler.newsletter_files import NewsletterFiles
from scheduler.notices import ExperimentJudged, Notice
from store import sendings
from store.clicks import count_click
from store.database import Database, Tx
from store.experiments import Look, decide, keep_look, look_at
from store.tables import recipients
from store.tables import sendings as sendings_table
from tests.scheduler.stage import RememberedNotices
from tests.store.sending_rows import NOW, put_customers, put_sending

WAIT = dt.timedelta(hours=4)
LOOK = NOW + WAIT
SPRING = """+++
title = "Spring"
canary = 0

[test]
variants = ["a", "b"]
share = 20
wait = "4h"
measure = "clicks"
+++
{{ "Hello" if variant == "a" else "Good day" }}
"""


class Trial:
    """A running sending: 40 on trial with variant a, 40 with b, and 30 who wait."""

    def __init__(self, database: Database, sending_id: int, notices: RememberedNotices) -> None:
        self.database = database
        self.sending_id = sending_id
        self.notices = notices
        self.restart()

    def restart(self) -> None:
        """Another process takes over."""
        company = Company(name="Test", languages=("en",))
        frozen = FrozenNewsletters(self.database, company, NewsletterFiles({}))
        self.job = Experiments(self.database, company, frozen, self.notices, step=8)

    @classmethod
    async def begin(cls, database: Database, *, rest: int = 30, on_trial: int = 40) -> Trial:
        """Let all on trial have got theirs at NOW."""
        async with database.write() as tx:
            sending_id = await put_sending(tx, SendingState.RUNNING, frozen=True)
            await tx.execute(update(sendings_table).values(content={"spring.en.j2": SPRING}))
            await put_customers(tx, range(1, 2 * on_trial + rest + 1))
            rows = [
                {"sending_id": sending_id, "customer_id": i, "state": "sent", "at": NOW, "variant": "ab"[i % 2]}
                for i in range(1, 2 * on_trial + 1)
            ]
            rows += [
                {"sending_id": sending_id, "customer_id": i, "state": "queued", "at": None, "variant": ""}
                for i in range(2 * on_trial + 1, 2 * on_trial + rest + 1)
            ]
            await tx.execute(insert(recipients), rows)
        return cls(database, sending_id, RememberedNotices())

    async def click(self, a: int, b: int) -> None:
        """Let so many of each variant follow a button."""
        async with self.database.write() as tx:
            who = [*range(2, 2 * a + 1, 2), *range(1, 2 * b + 1, 2)]  # even ids have got variant a
            for customer_id in who:
                await count_click(tx, self.sending_id, customer_id, ClickKind.BUTTON, "0", NOW)

    async def tick(self, now: dt.datetime) -> None:
        """Do what is due."""
        await self.job.tick(now)

    async def sending(self) -> Sending:
        """Return how the sending stands."""
        async with self.database.read() as tx:
            found = await sendings.get(tx, self.sending_id)
        assert found is not None
        return found

    async def look(self) -> Look | None:
        """Return what was seen."""
        async with self.database.read() as tx:
            return await look_at(tx, self.sending_id)

    async def change(self, customer_id: int, **values: object) -> None:
        """Change a recipient."""
        async with self.database.write() as tx:
            await tx.execute(update(recipients).where(recipients.c.customer_id == customer_id).values(**values))


def told(notices: RememberedNotices) -> list[tuple[str, bool, int]]:
    """Return (best, by chance, rest) of what staff were told."""
    found = [notice for notice in notices.told if isinstance(notice, ExperimentJudged)]
    return [(notice.look.best, notice.look.by_chance, notice.rest) for notice in found]


async def test_clear_winner_goes_to_the_rest_after_the_wait(database: Database) -> None:
    """5 of 40 against 20 of 40, looked at when the wait is over and not before; staff are told once."""
    trial = await Trial.begin(database)
    await trial.click(a=5, b=20)
    await trial.tick(NOW)
    await trial.tick(LOOK - dt.timedelta(seconds=1))
    assert (await trial.sending()).decided_at is None
    await trial.tick(LOOK)
    await trial.tick(LOOK + WAIT)
    sending = await trial.sending()
    assert (sending.winner, sending.decided_at) == ("b", LOOK)
    assert told(trial.notices) == [("b", False, 30)]
    assert await trial.look() == Look(LOOK, Measure.CLICKS, {"a": (5, 40), "b": (20, 40)}, "b", by_chance=False)


async def test_difference_that_chance_may_give_is_left_to_staff(sqlite_database: Database) -> None:
    """8 of 40 against 12 of 40: the rest waits, and nothing is looked at again, not even by another process."""
    trial = await Trial.begin(sqlite_database)
    await trial.click(a=8, b=12)
    await trial.tick(LOOK)
    trial.restart()
    await trial.click(a=8, b=40)
    await trial.tick(LOOK + WAIT)
    assert (await trial.sending()).decided_at is None
    assert told(trial.notices) == [("b", True, 30)]


async def test_next_look_is_planned(sqlite_database: Database) -> None:
    """The scheduler sleeps until then, and after the look there is nothing to wake for."""
    trial = await Trial.begin(sqlite_database)
    await trial.tick(NOW)
    async with trial.database.read() as tx:
        assert await trial.job.next_due(tx, NOW) == LOOK
    await trial.tick(LOOK)
    async with trial.database.read() as tx:
        assert await trial.job.next_due(tx, LOOK) is None


@pytest.mark.parametrize("state", ["queued", "outbox"])
async def test_look_waits_for_a_message_on_trial_that_is_held_back_but_not_for_ever(
    sqlite_database: Database, state: str
) -> None:
    """A night in between is waited for; a day after its time the look is taken with those who have got it."""
    trial = await Trial.begin(sqlite_database)
    await trial.click(a=5, b=20)
    await trial.change(1, state=state, at=None)
    await trial.tick(LOOK)
    assert await trial.look() is None
    await trial.tick(LOOK + LATEST)
    look = await trial.look()
    assert look is not None
    assert look.counts == {"a": (5, 40), "b": (19, 39)}


async def test_wait_begins_with_the_last_message_on_trial(sqlite_database: Database) -> None:
    """Who got hers in the morning has as long as the others."""
    trial = await Trial.begin(sqlite_database)
    await trial.change(1, at=NOW + dt.timedelta(hours=12))
    await trial.tick(LOOK)
    assert await trial.look() is None
    await trial.tick(LOOK + dt.timedelta(hours=12))
    assert await trial.look() is not None


async def test_audience_too_small_to_try_anything_is_left_to_staff_at_once(sqlite_database: Database) -> None:
    """Nobody was on trial: there is nothing to wait for, and no evidence."""
    trial = await Trial.begin(sqlite_database, on_trial=0, rest=3)
    await trial.tick(NOW)
    assert told(trial.notices) == [("a", True, 3)]


async def test_experiment_on_everybody_only_tells_what_was_seen(sqlite_database: Database) -> None:
    """No rest is left to decide for."""
    trial = await Trial.begin(sqlite_database, rest=0)
    await trial.change(1, state="outbox")
    await trial.tick(LOOK + LATEST)
    assert (await trial.sending()).decided_at == LOOK + LATEST
    assert told(trial.notices) == [("a", True, 0)]


async def test_rest_is_split_by_lot_where_staff_chose_that(sqlite_database: Database) -> None:
    """Each gets a variant, evenly, step by step; then it is decided."""
    trial = await Trial.begin(sqlite_database)
    await trial.tick(LOOK)
    look = await trial.look()
    assert look is not None
    async with trial.database.write() as tx:
        await keep_look(tx, trial.sending_id, Look(look.at, look.measure, look.counts, "b", split=True))
    trial.restart()
    await trial.tick(LOOK + WAIT)
    async with trial.database.read() as tx:
        rows = await tx.execute(select(recipients.c.variant).where(recipients.c.state == "queued"))
        variants = [row.variant for row in rows]
    assert variants.count("a") == variants.count("b") == 15
    assert (await trial.sending()).decided_at == LOOK + WAIT


@pytest.mark.parametrize("state", [SendingState.PAUSED, SendingState.CANARY, SendingState.CANCELLED])
async def test_sending_that_does_not_run_is_not_looked_at(sqlite_database: Database, state: SendingState) -> None:
    """Neither while it is paused nor while its first few are still looked at."""
    trial = await Trial.begin(sqlite_database)
    async with trial.database.write() as tx:
        await tx.execute(update(sendings_table).values(state=state.value))
    await trial.tick(LOOK)
    assert await trial.look() is None


async def test_decision_is_made_once(database: Database) -> None:
    """Two people at once: one of them wins, and the version stays."""
    trial = await Trial.begin(database)
    before = await trial.sending()
    async with database.write() as tx:
        assert await decide(tx, trial.sending_id, "a", LOOK)
    async with database.write() as tx:
        assert not await decide(tx, trial.sending_id, "b", LOOK)
    after = await trial.sending()
    assert (after.winner, after.version) == ("a", before.version)


async def test_newsletter_without_experiment_is_left_alone(sqlite_database: Database) -> None:
    """Nothing is counted, kept or told."""
    trial = await Trial.begin(sqlite_database)
    async with trial.database.write() as tx:
        await _plain(tx)
    await trial.tick(LOOK)
    notices: list[Notice] = trial.notices.told
    assert notices == []
    assert await trial.look() is None


async def _plain(tx: Tx) -> None:
    await tx.execute(update(sendings_table).values(content={"spring.en.j2": '+++\ntitle = "Spring"\n+++\nHello'}))
