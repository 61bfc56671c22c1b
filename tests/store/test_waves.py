"""Waves and invitations: each customer once per wave, and every one of them accounted for."""

from __future__ import annotations

import dataclasses
import datetime as dt

from domain.waves import Invitation, InvitationState, Wave
from store import waves
from store.database import Database
from store.ids import new_id
from tests.store.sending_rows import NOW, put_customers

DAY = dt.timedelta(days=1)


async def test_a_wave_comes_back_as_it_was_put_in(database: Database) -> None:
    """Nothing of it is lost; it is unfrozen until it is said to be frozen."""
    wave = Wave(new_id(), "nps", 'language = "fi"', NOW, "staff:7", due_at=NOW, schedule_id=3)
    async with database.write() as tx:
        await waves.add(tx, wave)
        assert await waves.get(tx, wave.id) == wave
        assert await waves.unfrozen(tx) == [wave]
        await waves.mark_frozen(tx, wave.id)
        assert await waves.unfrozen(tx) == []
        assert await waves.recent(tx, "nps") == [dataclasses.replace(wave, frozen=True)]
        assert await waves.get(tx, 1) is None


async def test_an_invitation_for_later_is_due_at_its_time_and_settled_once(database: Database) -> None:
    """What follows a closed case is asked when its delay is over, and what became of it stands."""
    async with database.write() as tx:
        await put_customers(tx, [1])
        wave_id = await waves.invite_later(tx, "nps", 1, NOW + 2 * DAY, "case_closed")
        assert await waves.due(tx, NOW + 2 * DAY - dt.timedelta(seconds=1), 10) == []
        assert await waves.next_due(tx) == NOW + 2 * DAY
        (due,) = await waves.due(tx, NOW + 2 * DAY, 10)
        assert due == Invitation(wave_id, 1, "nps", "event:case_closed", NOW + 2 * DAY, at=NOW + 2 * DAY)
        invited = dataclasses.replace(due, state=InvitationState.INVITED, run_id=5)
        await waves.settle(tx, [])
        await waves.settle(tx, [invited])
        await waves.settle(tx, [dataclasses.replace(due, state=InvitationState.SKIPPED, reason="muted")])
        assert await waves.counts(tx, wave_id) == {(InvitationState.INVITED, ""): 1}
        assert await waves.due(tx, NOW + 9 * DAY, 10) == []
        assert await waves.next_due(tx) is None


async def test_waves_of_single_events_are_not_listed_among_those_with_an_audience(database: Database) -> None:
    """Staff see the waves that were started, not one line for each closed case."""
    async with database.write() as tx:
        await put_customers(tx, [1])
        await waves.invite_later(tx, "nps", 1, NOW, "case_closed")
        assert await waves.recent(tx, "nps") == []


async def test_when_she_was_last_asked_is_told_for_each_script(database: Database) -> None:
    """The newest asking of each counts; a skipped or queued invitation is no asking."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3])
        for script, who, at in [("nps", 1, NOW), ("nps", 1, NOW - DAY), ("csat", 1, NOW + DAY), ("csat", 2, NOW)]:
            await waves.invite_later(tx, script, who, at, "case_closed")
        due = await waves.due(tx, NOW + DAY, 10)
        await waves.settle(tx, [dataclasses.replace(one, state=InvitationState.INVITED) for one in due])
        await waves.invite_later(tx, "nps", 3, NOW, "case_closed")
        asked = await waves.last_asked(tx, [1, 2, 3])
    assert asked == {1: {"nps": NOW, "csat": NOW + DAY}, 2: {"csat": NOW}}
