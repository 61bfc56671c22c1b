"""
A year of a newsletter that goes at ten where each customer lives: changes of the clock in six zones, outages, deaths.

What should have come when is worked out here by itself, from the slots, the zones and the outages.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import zoneinfo

from sqlalchemy import select, update

from domain.company import CourtesyRules
from domain.newsletters import Account, RecipientState, SendingState
from domain.schedules import SlotState
from scheduler.notices import Late
from scheduler.slots import slots_between
from store import ledger, recipients, schedules, sendings
from store.tables import customers
from store.tables import sendings as sendings_table
from tests.scheduler.stage import SPRING, Killed, Stage

HOME = "Europe/Helsinki"
ZONES = (HOME, "America/New_York", "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Tokyo", "Asia/Kolkata")
TEN = dt.time(10)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LATE = 3 * HOUR
BEGIN = dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC)
END = dt.datetime(2028, 1, 1, 12, tzinfo=dt.UTC)


def _utc(month: int, day: int, hour: int) -> dt.datetime:
    return dt.datetime(2027, month, day, hour, tzinfo=dt.UTC)


OUTAGES = (
    (_utc(3, 27, 20), _utc(3, 28, 3)),  # over the slot in the gap, for less than the allowance
    (_utc(6, 12, 22), _utc(6, 29, 6)),  # several slots; staff are asked about the last of them, and send it
    (_utc(10, 31, 2), _utc(10, 31, 13)),  # in the middle of the sending whose slot is in the hour that comes twice
    (_utc(12, 12, 20), _utc(12, 13, 8)),  # staff are asked, and nobody answers
)
ANSWERED_AT = OUTAGES[1][1] + 6 * HOUR


def awake(at: dt.datetime) -> dt.datetime:
    """Return the first moment from *at* on at which the program runs."""
    return next((end for start, end in OUTAGES if start <= at < end), at)


def wanted(begins: dt.datetime, zone: str) -> dt.datetime | None:
    """Return when somebody in *zone* gets a sending that begins then; None when an outage makes it too late."""
    where = zoneinfo.ZoneInfo(zone)
    today = begins.astimezone(where).date()
    ten = next(
        at
        for day in (today, today + DAY)
        if begins - (at := dt.datetime.combine(day, TEN, where).astimezone(dt.UTC)) <= LATE
    )
    goes = awake(max(ten, begins))
    return goes if goes <= ten + LATE else None


@dataclasses.dataclass
class LocalYear:
    """The year on a stage: *cron* is the line of the newsletter, *per_zone* how many customers live in each zone."""

    stage: Stage
    cron: str
    per_zone: int = 1
    got: dict[tuple[int, int], dt.datetime] = dataclasses.field(default_factory=dict)
    moments: int = 0

    async def open(self) -> None:
        """Write the newsletter and put in the customers."""
        stage = self.stage
        front = f'schedule = "{self.cron}"\nlocal_time = "10:00"\nlate = "3h"\ncanary = 2\n'
        stage.write("spring.en.j2", SPRING.replace("title", f"{front}title", 1))
        stage.company = dataclasses.replace(stage.company, timezone=HOME, courtesy=CourtesyRules())
        await stage.close()
        stage.start()
        await stage.put_customers(self.per_zone * len(ZONES))
        async with stage.database.write() as tx:
            for who in range(1, self.per_zone * len(ZONES) + 1):
                zone = self.zone_of(who)
                if zone != HOME:  # whose zone is not known lives at home
                    await tx.execute(update(customers).where(customers.c.id == who).values(timezone=zone))
        await stage.ticker.tick(BEGIN)

    @staticmethod
    def zone_of(customer: int) -> str:
        """Name where she lives."""
        return ZONES[customer % len(ZONES)]

    async def live(self, chance: random.Random) -> None:
        """Live through it: tick when something is due, die now and then; staff answer the question of June."""
        now, is_answered = BEGIN, False
        while now <= END:
            now = awake(now)
            if now >= ANSWERED_AT and not is_answered:
                is_answered = await self._send_now(now)
            await self._run(now, chance)
            due = await self.stage.ticker.next_due(now)
            until = min(due or END, now + 60 * DAY)
            now = max(min(until, ANSWERED_AT) if now < ANSWERED_AT else until, now + dt.timedelta(seconds=1))

    async def _run(self, now: dt.datetime, chance: random.Random) -> None:
        self.moments += 1
        self.stage.database.fuse = chance.randint(1, 25) if chance.random() < 0.15 else None
        try:
            await self.stage.run(now)
        except Killed:
            await self.stage.restart()
            await self.stage.run(now)
        self.stage.database.fuse = None
        for row in self.stage.arrived[len(self.got) :]:
            key = (row.newsletter_id or 0, row.customer_id or 0)
            assert key not in self.got, "somebody got it twice"
            self.got[key] = now

    async def _send_now(self, now: dt.datetime) -> bool:
        async with self.stage.database.write() as tx:
            (asked,) = await sendings.in_state(tx, SendingState.APPROVAL)
            assert await sendings.move(tx, asked.id, SendingState.RUNNING, now, version=asked.version) is not None
        return True

    # What came of it ------------------------------------------------------------------------------------------------

    async def check(self) -> None:
        """Assert that each slot happened once or was reported, and that each customer got each sending at her time."""
        async with self.stage.database.read() as tx:
            ((schedule, _),) = [one for one in await schedules.enabled(tx) if one[0].kind == "newsletter"]
            handled = await schedules.slots_of(tx, schedule.id, BEGIN)
            rows = (await tx.execute(select(sendings_table).order_by(sendings_table.c.due_at))).all()
            entries = {row.id: await ledger.entries(tx, row.id) for row in rows}
            accounts = {row.id: await recipients.account(tx, row.id) for row in rows}
        assert [slot.due_at for slot in handled] == list(slots_between(self.cron, HOME, BEGIN, END))
        late = [slot.due_at for slot in handled if slot.state is SlotState.REPORTED_LATE]
        assert late == [slot.due_at for slot in handled if not self._runs(slot.due_at)]
        told = [one for one in self.stage.notices.told if isinstance(one, Late)]
        assert sum(one.count for one in told) >= len(late) > 0  # a death may tell it twice
        for row in rows:
            if row.state == SendingState.CANCELLED:
                assert (row.reason, accounts[row.id]) == ("superseded", Account())
                continue
            assert row.state == SendingState.FINISHED
            begins = ANSWERED_AT if row.due_at in late else awake(row.due_at)
            assert row.started_at == begins
            assert accounts[row.id].snapshot == self.per_zone * len(ZONES)
            for one in entries[row.id]:
                at = wanted(begins, self.zone_of(one.customer_id))
                got = self.got.get((row.id, one.customer_id))
                if one.state is RecipientState.UNKNOWN:  # it died between the intent and the outcome
                    assert at is not None
                    assert got in {None, at}
                    continue
                assert got == at, (row.due_at, self.zone_of(one.customer_id))
                fate = (RecipientState.SENT, "") if at is not None else (RecipientState.SKIPPED, "too_late")
                assert (one.state, one.reason) == fate

    def _runs(self, slot: dt.datetime) -> bool:
        back = awake(slot)
        return back - slot <= LATE and next(slots_between(self.cron, HOME, slot, back), None) is None
