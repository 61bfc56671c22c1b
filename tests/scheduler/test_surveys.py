"""Waves, reminders and upkeep: each customer asked once a wave or skipped with the reason, and silence has an end."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select, update

from domain.faults import Faults
from domain.waves import InvitationState
from scheduler.plans import SurveyPlan, load_plans
from scheduler.surveys import InvitingRules, start_wave
from scheduler.upkeep import Upkeep
from store import inbox, waves
from store.journal import fold_journal
from store.tables import customers, invitations, runs
from store.tables import inbox as inbox_table
from tests.scheduler.stage import START, Stage

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
Q, I, SK = InvitationState.QUEUED, InvitationState.INVITED, InvitationState.SKIPPED  # noqa: E741


async def counts(stage: Stage, wave_id: int) -> dict[tuple[InvitationState, str], int]:
    """Return where a wave's invitations stand."""
    async with stage.database.read() as tx:
        return await waves.counts(tx, wave_id)


async def begin(stage: Stage, audience: str = "", now: dt.datetime = START) -> int:
    """Start a wave by hand and tick."""
    async with stage.database.write() as tx:
        wave = await start_wave(tx, "nps", audience, "staff:7", now)
    await stage.ticker.tick(now)
    return wave.id


async def run_states(stage: Stage) -> list[str]:
    """Return the states of all runs."""
    async with stage.database.read() as tx:
        return list((await tx.scalars(select(runs.c.state).order_by(runs.c.id))).all())


async def test_a_wave_asks_its_audience_once_and_says_who_was_skipped(stage: Stage) -> None:
    """Invited customers have a run of the wave and a question in the outbox; further ticks ask nobody again."""
    await stage.put_customers(6)
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 2).values(reach="blocked"))
    wave_id = await begin(stage, 'language = "en"')
    assert await counts(stage, wave_id) == {(I, ""): 3, (SK, "left_bot"): 1}
    await stage.ticker.tick(START + HOUR)
    async with stage.database.read() as tx:
        assert (await tx.scalars(select(runs.c.wave_id))).all() == [wave_id] * 3
    assert await stage.deliver(START + HOUR) == 3


async def test_whoever_is_in_a_dialogue_is_asked_later_and_given_up_after_a_week(stage: Stage) -> None:
    """A hold that passes by itself keeps the invitation; the wave does not hang on for ever."""
    await stage.put_customers(1)
    first = await begin(stage)
    assert await counts(stage, first) == {(I, ""): 1}
    async with stage.database.write() as tx:
        await tx.execute(update(invitations).values(at=START - 90 * DAY))
    second = await begin(stage, now=START + HOUR)
    assert await counts(stage, second) == {(Q, "in_dialogue"): 1}
    async with stage.database.read() as tx:
        assert await stage.surveys.next_due(tx, START) == START + 2 * HOUR
    async with stage.database.write() as tx:
        await tx.execute(update(runs).values(due_at=None))
    await stage.ticker.tick(START + HOUR + 7 * DAY)
    assert await counts(stage, second) == {(SK, "in_dialogue"): 1}


async def test_whoever_was_asked_lately_is_left_in_peace(stage: Stage) -> None:
    """The same survey not within sixty days, any survey not within seven; an event is a reason of its own."""
    await stage.put_customers(2)
    await begin(stage)
    rules = InvitingRules()
    async with stage.database.write() as tx:
        await tx.execute(update(runs).values(state="done", due_at=None))
        early = await waves.invite_later(tx, "nps", 1, START + rules.any - HOUR, "case:5")
        late = await waves.invite_later(tx, "nps", 2, START + rules.any, "case:6")
    await stage.ticker.tick(START + rules.any - HOUR)
    await stage.ticker.tick(START + rules.any)
    assert await counts(stage, early) == {(SK, "recently_asked"): 1}
    assert await counts(stage, late) == {(I, ""): 1}
    async with stage.database.read() as tx:
        assert await tx.scalar(select(runs.c.case_id).where(runs.c.wave_id == late)) == 6
    async with stage.database.write() as tx:
        await tx.execute(update(runs).values(state="done", due_at=None))
    third = await begin(stage, now=START + rules.same - HOUR)
    assert await counts(stage, third) == {(SK, "recently_asked"): 2}


async def test_one_invitation_that_fails_does_not_keep_the_others_from_being_asked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failing one is skipped as an error; nothing of it is stored."""
    await stage.put_customers(4)
    conductor = stage.surveys._conductor
    start = conductor.start

    async def fail_for_two(tx: object, customer_id: int, *rest: object, **named: object) -> object:
        started = await start(tx, customer_id, *rest, **named)  # type: ignore[arg-type] # handed on as it came
        if customer_id == 2:
            raise RuntimeError("a fault of ours")
        return started

    monkeypatch.setattr(conductor, "start", fail_for_two)
    wave_id = await begin(stage)
    assert await counts(stage, wave_id) == {(I, ""): 3, (SK, "error"): 1}
    assert len(await run_states(stage)) == 3
    assert not stage.ticker.troubles


async def test_a_dialogue_that_is_gone_and_a_rule_that_cannot_be_read_end_the_wave(stage: Stage) -> None:
    """Neither keeps the scheduler busy for ever."""
    await stage.put_customers(1)
    async with stage.database.write() as tx:
        gone = await start_wave(tx, "no-such", "", "staff:7", START)
        unreadable = await start_wave(tx, "nps", "language =", "staff:7", START)
    await stage.ticker.tick(START)
    assert await counts(stage, gone.id) == {(SK, "no_script"): 1}
    assert await counts(stage, unreadable.id) == {}
    async with stage.database.read() as tx:
        assert await waves.unfrozen(tx) == []


async def test_silence_is_reminded_of_once_and_then_expires(stage: Stage) -> None:
    """The script's reminder after 20 hours, its end after five days, both at their time and only once."""
    await stage.put_customers(1)
    await begin(stage)
    assert await stage.deliver(START) == 1
    await stage.ticker.tick(START + 20 * HOUR - dt.timedelta(seconds=1))
    assert await stage.deliver(START + 20 * HOUR) == 0
    assert await stage.ticker.next_due(START) == START + 20 * HOUR
    for _ in range(2):
        await stage.ticker.tick(START + 20 * HOUR)
    assert await stage.deliver(START + 20 * HOUR) == 1
    assert await run_states(stage) == ["open"]
    await stage.ticker.tick(START + 7 * DAY)
    assert await run_states(stage) == ["expired"]
    assert await stage.deliver(START + 7 * DAY) == 0


async def test_handled_updates_are_purged_after_three_days_and_the_journal_is_folded(stage: Stage) -> None:
    """Kept as long as Telegram may offer them again, and no longer than its numbering may last."""
    async with stage.database.write() as tx:
        await inbox.keep(tx, [(1, "{}"), (2, "{}"), (3, "{}")], START)
        await inbox.mark_done(tx, [1], START)
        await inbox.mark_done(tx, [2], START + DAY)
    upkeep = Upkeep(stage.database)
    await upkeep.prepare(START)
    await upkeep.tick(START + 3 * DAY + HOUR)
    async with stage.database.read() as tx:
        assert (await tx.scalars(select(inbox_table.c.update_id).order_by(inbox_table.c.id))).all() == [2, 3]
        assert await upkeep.next_due(tx, START) is None
    await upkeep.tick(START + 9 * DAY)
    async with stage.database.read() as tx:
        assert (await tx.scalars(select(inbox_table.c.update_id))).all() == [3]
    assert await fold_journal(stage.database)


def test_plans_are_read_with_all_their_faults(tmp_path: Path) -> None:
    """Which dialogue, when, to whom; and each mistake with its line."""
    (tmp_path / "surveys.toml").write_text(
        '[[survey]]\ndialogue = "nps"\nschedule = "0 10 1 * *"\naudience = "visits(12m) >= 1"\nlate = "2d"\n'
    )
    assert load_plans([tmp_path], ["nps"]) == (
        SurveyPlan("nps", "0 10 1 * *", audience="visits(12m) >= 1", late=2 * DAY),
    )
    (tmp_path / "more.toml").write_text('[[survey]]\ndialogue = "np"\n\n[[survey]]\nschedule = "x"\nevery = 1\n')
    (tmp_path / "zero.toml").write_text('[[survey]]\ndialogue = "nps"\nschedule = "0 10 1 * *"\n')
    with pytest.raises(Faults) as caught:
        load_plans([tmp_path], ["nps"])
    told = str(caught.value)
    for part in (
        'more.toml:2: survey[1].dialogue: there is no dialogue "np"; did you mean "nps"?',
        "more.toml:1: survey[1].schedule: is missing",
        "more.toml:4: survey[2].dialogue: is missing",
        "more.toml:5: survey[2].schedule: ",
        "more.toml:6: survey[2].every: unknown key",
        'zero.toml:2: survey[1].dialogue: "nps" has two plans',
    ):
        assert part in told, (part, told)
