"""A simulated year: a weekly newsletter and a monthly wave, both changes of the clock, three outages, random deaths."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select

from domain.newsletters import SendingState
from domain.schedules import SlotState
from scheduler.notices import Late
from scheduler.plans import SurveyPlan
from scheduler.slots import slots_between
from store import recipients, schedules
from store.database import Tx
from store.tables import invitations, runs, sendings, waves
from tests.scheduler.stage import SPRING, Killed, Stage

ZONE = "Europe/Helsinki"
WEEKLY = "30 3 * * SUN"  # in the gap of 28 March, and in the hour that comes twice on 31 October
MONTHLY = "0 10 1 * *"
BEGIN = dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC)
END = dt.datetime(2028, 1, 1, 12, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
OUTAGES = (
    (dt.datetime(2027, 3, 27, 20, tzinfo=dt.UTC), dt.datetime(2027, 3, 28, 3, tzinfo=dt.UTC)),  # over the gap, short
    (dt.datetime(2027, 6, 19, tzinfo=dt.UTC), dt.datetime(2027, 7, 9, tzinfo=dt.UTC)),  # three Sundays and a first
    (dt.datetime(2027, 10, 31, 0, 40, tzinfo=dt.UTC), dt.datetime(2027, 10, 31, 12, tzinfo=dt.UTC)),
)


def expected_late(line: str, late: dt.timedelta) -> list[dt.datetime]:
    """Return the slots that no running machine saw in time."""
    found = []
    for slot in slots_between(line, ZONE, BEGIN, END):
        back = next((end for start, end in OUTAGES if start <= slot < end), slot)
        newer = next(slots_between(line, ZONE, slot, back), None)
        if back - slot > late or newer is not None:
            found.append(slot)
    return found


async def live(stage: Stage, chance: random.Random) -> None:
    """Live through the year: tick when something is due and every few days, die now and then."""
    now = BEGIN
    while now <= END:
        now = next((end for start, end in OUTAGES if start <= now < end), now)  # in an outage nothing ticks
        stage.database.fuse = chance.randint(1, 60) if chance.random() < 0.25 else None
        try:
            await stage.run(now)
        except Killed:
            await stage.restart()
            await stage.run(now)
        stage.database.fuse = None
        due = await stage.ticker.next_due(now)
        now = max(min(due or END, now + 5 * DAY), now + dt.timedelta(minutes=10))


async def test_every_slot_of_a_year_starts_once_or_is_reported(stage: Stage) -> None:
    """Exactly the line's slots, each handled once: started, or late and told to staff; nobody twice, all counted."""
    stage.write(
        "spring.en.j2",
        SPRING.replace("+++\n", f'+++\nschedule = "{WEEKLY}"\nlate = "6h"\nif_late = "drop"\ncanary = 0\n', 1),
    )
    stage.plans = (SurveyPlan("nps", MONTHLY, late=12 * HOUR),)
    await stage.close()
    stage.start()
    await stage.put_customers(3)
    await stage.ticker.tick(BEGIN)
    await live(stage, random.Random(7))

    async with stage.database.read() as tx:
        found = {schedule.kind: schedule for schedule, _ in await schedules.enabled(tx)}
        for kind, line, late in (("newsletter", WEEKLY, 6 * HOUR), ("survey", MONTHLY, 12 * HOUR)):
            handled = await schedules.slots_of(tx, found[kind].id, BEGIN)
            assert [slot.due_at for slot in handled] == list(slots_between(line, ZONE, BEGIN, END))
            reported = [slot.due_at for slot in handled if slot.state is SlotState.REPORTED_LATE]
            assert reported == expected_late(line, late)
            started = [slot.due_at for slot in handled if slot.state is SlotState.STARTED]
            table = sendings if kind == "newsletter" else waves
            assert list((await tx.scalars(select(table.c.due_at).order_by(table.c.due_at))).all()) == started
            told = [one for one in stage.notices.told if isinstance(one, Late) and one.name == found[kind].name]
            assert {one.due_at for one in told} <= set(reported)
            assert told
        states = (await tx.execute(select(sendings.c.id, sendings.c.state, sendings.c.frozen))).all()
        assert {row.state for row in states} == {SendingState.FINISHED}
        for row in states:
            account = await recipients.account(tx, row.id)
            assert (account.snapshot, account.queued) == (3, 0)
        _check_waves(await _invitations(tx), list((await tx.scalars(select(runs.c.wave_id))).all()))
    per_message = Counter((row.newsletter_id, row.customer_id) for row in stage.arrived if row.newsletter_id)
    assert set(per_message.values()) == {1}
    assert stage.deaths > 5
    assert 51 <= len(states) + len(expected_late(WEEKLY, 6 * HOUR)) <= 53


async def _invitations(tx: Tx) -> Sequence[tuple[int, int, str, int | None]]:
    rows = await tx.execute(select(invitations))
    return [(row.wave_id, row.customer_id, row.state, row.run_id) for row in rows.all()]


def _check_waves(found: Sequence[tuple[int, int, str, int | None]], run_waves: list[int | None]) -> None:
    """Each customer has one invitation a wave, none is left open, and each invited one has exactly one run."""
    assert len({(wave, customer) for wave, customer, _, _ in found}) == len(found)
    assert {state for _, _, state, _ in found} <= {"invited", "skipped"}
    invited = [wave for wave, _, state, _ in found if state == "invited"]
    assert Counter(invited) == Counter(run_waves)
    assert invited
