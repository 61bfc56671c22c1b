"""Samples of waves: exact, repeatable, whoever is killed when; and asking that stops when there are answers enough."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from domain.sampling import Sampling, Share, Size, Target
from domain.waves import Wave
from scheduler.plans import SurveyPlan
from scheduler.rounds import invitations_needed
from scheduler.surveys import start_wave, stop_waves
from store import waves
from store.draws import Fieldwork
from store.ids import new_id
from store.tables import answers, customers, facts, invitations, runs
from tests.scheduler.stage import START, Killed, Stage

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
TOWNS = ("Turku", "Tampere", None)


async def put_people(stage: Stage, count: int) -> None:
    """Put in customers of three towns (one of them unknown); every seventh has blocked the bot."""
    await stage.put_customers(count)
    async with stage.database.write() as tx:
        for place, town in enumerate(TOWNS):
            await tx.execute(update(customers).where(customers.c.id % 3 == place).values(town=town))
        await tx.execute(update(customers).where(customers.c.id % 7 == 0).values(reach="blocked"))


async def begin(stage: Stage, sampling: Sampling, now: dt.datetime = START) -> int:
    """Start a wave by hand and tick."""
    async with stage.database.write() as tx:
        wave = await start_wave(tx, "nps", "", "staff:7", now, sampling)
    await stage.ticker.tick(now)
    return wave.id


async def states(stage: Stage, wave_id: int) -> Counter[tuple[str, str]]:
    """Count a wave's invitations by state and reason."""
    async with stage.database.read() as tx:
        return Counter({(state.value, reason): n for (state, reason), n in (await waves.counts(tx, wave_id)).items()})


async def asked(stage: Stage, wave_id: int) -> list[int]:
    """Return whom the draw has chosen."""
    wanted = select(invitations.c.customer_id).where(
        invitations.c.wave_id == wave_id, invitations.c.state.in_(["queued", "invited"])
    )
    async with stage.database.read() as tx:
        return list((await tx.scalars(wanted.order_by(invitations.c.customer_id))).all())


@pytest.fixture
async def everywhere(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A started process over an empty store, on each database in turn."""
    made = Stage(database_url, tmp_path)
    made.start()
    yield made
    await made.close()


async def test_a_sample_has_its_size_and_is_the_same_for_the_same_seed_on_both_databases(everywhere: Stage) -> None:
    """20 % of the 52 who may be asked are 10; the known answer is the same for SQLite and PostgreSQL."""
    stage = everywhere
    await put_people(stage, 60)
    wave_id = await begin(stage, Sampling(Share(Decimal(20)), seed="7"))
    assert await states(stage, wave_id) == {
        ("invited", ""): 10,
        ("skipped", "not_drawn"): 42,
        ("skipped", "left_bot"): 8,
    }
    assert await asked(stage, wave_id) == [5, 12, 20, 29, 33, 48, 52, 57, 58, 59]


async def test_strata_have_their_part_and_the_unknown_are_one_too(everywhere: Stage) -> None:
    """In proportion to towns; equally by a fact, whether it is a number or a word."""
    stage = everywhere
    await put_people(stage, 60)
    async with stage.database.write() as tx:
        row = {"name": "cars", "source": "test", "at": START, "current": True}
        values = [
            {"id": new_id(), "customer_id": i, "value": i % 2, "word": None, "figure": float(i % 2), **row}
            for i in range(1, 31)
        ]
        await tx.execute(insert(facts), values)
    by_town = await begin(stage, Sampling(Size(26), by="town", seed="1"))
    by_cars = await begin(stage, Sampling(Size(9), by="cars", equal=True, seed="1"), START + 90 * DAY)
    async with stage.database.read() as tx:
        wanted = select(invitations.c.wave_id, invitations.c.stratum).where(invitations.c.state != "skipped")
        found = Counter((wave_id, stratum) for wave_id, stratum in (await tx.execute(wanted)).all())
    assert {stratum: n for (wave_id, stratum), n in found.items() if wave_id == by_town} == {
        "Turku": 9,
        "Tampere": 8,
        "": 9,
    }
    assert {stratum: n for (wave_id, stratum), n in found.items() if wave_id == by_cars} == {"0": 3, "1": 3, "": 3}


async def test_whoever_was_asked_lately_is_not_in_the_frame(stage: Stage) -> None:
    """Recontact comes before the draw, so that the sample has its size; a plan's own rest counts for its waves."""
    await stage.put_customers(20)
    first = await begin(stage, Sampling(Size(5), seed="1"))
    async with stage.database.write() as tx:
        await tx.execute(update(runs).values(state="done", due_at=None))
    second = await begin(stage, Sampling(Size(10), seed="1"), START + 59 * DAY)
    assert await states(stage, second) == {
        ("invited", ""): 10,
        ("skipped", "not_drawn"): 5,
        ("skipped", "recently_asked"): 5,
    }
    assert not set(await asked(stage, first)) & set(await asked(stage, second))
    async with stage.database.write() as tx:
        await tx.execute(update(runs).values(state="done", due_at=None))
    longer = await begin(stage, Sampling(recontact=90 * DAY), START + 90 * DAY - HOUR)
    assert (await states(stage, longer))["skipped", "recently_asked"] == 15
    shorter = await begin(stage, Sampling(recontact=31 * DAY), START + 90 * DAY)
    assert (await states(stage, shorter))["skipped", "recently_asked"] == 5  # those of `longer`, by the week's rest


@pytest.mark.parametrize("sampling", [Sampling(Share(Decimal(30)), seed="3"), Sampling(Target(9), by="town", seed="3")])
async def test_a_draw_that_is_killed_anywhere_ends_with_the_same_sample(stage: Stage, sampling: Sampling) -> None:
    """Killed at each transaction's boundary in turn: the same are drawn, and everybody has exactly one line."""
    await put_people(stage, 40)
    stage.step = 7
    await stage.close()
    stage.start()
    whole = await begin(stage, sampling)
    expected = await _drawn(stage, whole)
    assert sum((await states(stage, whole)).values()) == 40
    deaths = 0
    for fuse in range(1, 60, 4):
        async with stage.database.write() as tx:
            await tx.execute(update(runs).values(state="done", due_at=None))
            await tx.execute(update(invitations).values(at=START - 90 * DAY).where(invitations.c.state == "invited"))
            wave = await start_wave(tx, "nps", "", "staff:7", START, sampling)
        stage.database.fuse = fuse
        try:
            await stage.ticker.tick(START)
        except Killed:
            deaths += 1
            await stage.restart()
            await stage.ticker.tick(START)
        stage.database.fuse = None
        assert await _drawn(stage, wave.id) == expected
        assert sum((await states(stage, wave.id)).values()) == 40
    assert deaths > 6


async def test_a_large_draw_leaves_other_work_its_turn(stage: Stage) -> None:
    """It goes on in the next tick where it stopped, also after a restart, and is the same as at one go."""
    await put_people(stage, 40)
    sampling = Sampling(Share(Decimal(30)), seed="3")
    expected = await _drawn(stage, await begin(stage, sampling))
    for restart in (False, True):
        stage.step = 2
        await stage.close()
        stage.start()
        async with stage.database.write() as tx:
            await tx.execute(update(runs).values(state="done", due_at=None))
            await tx.execute(update(invitations).values(at=START - 90 * DAY).where(invitations.c.state == "invited"))
        wave_id = await begin(stage, sampling)
        async with stage.database.read() as tx:
            assert [wave.id for wave in await waves.unfrozen(tx)] == [wave_id]
            assert await stage.surveys.next_due(tx, START) == START
        if restart:
            await stage.restart()
        for _ in range(3):
            await stage.ticker.tick(START)
        assert await _drawn(stage, wave_id) == expected


async def _drawn(stage: Stage, wave_id: int) -> list[tuple[int, int, str]]:
    """Return who was drawn, with place and stratum."""
    wanted = select(invitations.c.customer_id, invitations.c.draw, invitations.c.stratum).where(
        invitations.c.wave_id == wave_id, invitations.c.draw.is_not(None)
    )
    async with stage.database.read() as tx:
        return [
            (row[0], row[1], row[2]) for row in (await tx.execute(wanted.order_by(invitations.c.customer_id))).all()
        ]


@pytest.mark.parametrize(
    ("work", "needed"),
    [
        (Fieldwork(reserve=1000), 200),  # nobody was asked yet: all might answer
        (Fieldwork(200, 30, 170, 0, 1000), 0),  # the others may still
        (Fieldwork(200, 50, 0, 0, 1000), 200),  # 478 would be needed; no round is larger than those before
        (Fieldwork(700, 172, 0, 0, 1000), 101),  # of which 27 answer at the most, and 24 most likely
        (Fieldwork(700, 172, 0, 60, 1000), 41),  # 60 are to be asked anyway
        (Fieldwork(700, 172, 0, 0, 30), 30),
        (Fieldwork(700, 200, 100, 0, 1000), 0),
        (Fieldwork(200, 0, 0, 0, 10_000), 200),
    ],
)
def test_a_round_is_as_large_as_it_must_be_and_rather_smaller(work: Fieldwork, needed: int) -> None:
    """By the upper end of the interval of the share that answers, so that hardly ever too many are asked."""
    assert invitations_needed(200, work) == needed


async def answer_some(stage: Stage, wave_id: int, chance: random.Random, rate: float, now: dt.datetime) -> None:
    """Let a share of those who were asked in this round answer, the others stay silent for good."""
    async with stage.database.write() as tx:
        fresh = (await tx.scalars(select(runs.c.id).where(runs.c.wave_id == wave_id, runs.c.misses == 0))).all()
        for run_id in fresh:
            if chance.random() < rate:
                row = {"id": new_id(), "run_id": run_id, "question": "score", "version": 1, "at": now, "value": 9}
                await tx.execute(insert(answers).values(**row, skipped=False, closed=True, reopened=False))
        await tx.execute(update(runs).where(runs.c.wave_id == wave_id).values(misses=1))


@pytest.mark.parametrize(("rate", "most"), [(0.15, 1.25), (0.4, 1.2), (0.95, 1.05)])
async def test_asking_stops_when_there_are_answers_enough(stage: Stage, rate: float, most: float) -> None:
    """Whatever the share that answers: the target is reached, hardly passed, and the others are not needed."""
    await stage.put_customers(400)
    chance = random.Random(5)
    wave_id = await begin(stage, Sampling(Target(40, every=6 * HOUR), seed="1"))
    now, wave = START, None
    while now < START + 15 * DAY:
        await answer_some(stage, wave_id, chance, rate, now)
        async with stage.database.read() as tx:
            wave = await waves.get(tx, wave_id)
            due = await stage.surveys.next_due(tx, now)
        assert wave is not None
        if wave.closed_at is not None:
            break
        assert due is not None
        now = max(due, now + HOUR)
        await stage.ticker.tick(now)
    assert wave is not None
    assert wave.closed_at is not None
    assert wave.closed_at < START + 14 * DAY
    async with stage.database.read() as tx:
        told = len((await tx.scalars(select(answers.c.id))).all())
    found = await states(stage, wave_id)
    assert 40 <= told <= 40 * most
    assert found["invited", ""] + found["skipped", "not_needed"] == 400
    assert found["invited", ""] <= 1.3 * 40 / rate


async def test_a_wave_ends_with_its_fieldwork_whatever_is_missing(stage: Stage) -> None:
    """Who waits then is too late, the reserve was not needed; open questions stay open."""
    await stage.put_customers(12)
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 1).values(muted_until=START + 90 * DAY))
    wave_id = await begin(stage, Sampling(Target(3, fieldwork=2 * DAY), seed="1"))
    async with stage.database.write() as tx:
        someone = select(invitations.c.customer_id).where(invitations.c.state == "reserve").limit(1).scalar_subquery()
        waits = {"state": "queued", "at": START + 90 * DAY}
        await tx.execute(update(invitations).where(invitations.c.customer_id == someone).values(**waits))
    assert await states(stage, wave_id) == {
        ("invited", ""): 3,
        ("queued", ""): 1,
        ("reserve", ""): 7,
        ("skipped", "muted"): 1,
    }
    await stage.ticker.tick(START + 2 * DAY - dt.timedelta(seconds=1))
    assert (await states(stage, wave_id))["queued", ""] == 1
    await stage.ticker.tick(START + 2 * DAY)
    found = await states(stage, wave_id)
    assert found["skipped", "too_late"] == 1
    assert found["invited", ""] + found["skipped", "not_needed"] == 10
    async with stage.database.read() as tx:
        assert await waves.closing(tx) == []


async def test_rounds_keep_the_companys_quiet_hours(stage: Stage) -> None:
    """No round at night; the next is when the quiet hours end."""
    quiet = dt.time(9), dt.time(14)  # START is 10:00 UTC, noon in Helsinki
    company = stage.company.courtesy
    object.__setattr__(stage.company, "courtesy", type(company)(quiet_from=quiet[0], quiet_to=quiet[1]))
    await stage.put_customers(12)
    wave_id = await begin(stage, Sampling(Target(3), seed="1"))
    assert await states(stage, wave_id) == {("reserve", ""): 12}
    async with stage.database.read() as tx:
        assert await stage.surveys.next_due(tx, START) == START + 2 * HOUR
    await stage.ticker.tick(START + 2 * HOUR)
    assert (await states(stage, wave_id))["invited", ""] == 3


@pytest.mark.parametrize("sampling", [None, Sampling(Size(6), seed="1"), Sampling(Target(3), seed="1")])
async def test_a_stopped_wave_asks_nobody_further(stage: Stage, sampling: Sampling | None) -> None:
    """Before it is frozen or after, whoever waits is skipped, and everybody in it is accounted for."""
    await stage.put_customers(12)
    stopped: list[Wave] = []
    for tick_first in (False, True):
        async with stage.database.write() as tx:
            wave = await start_wave(tx, "nps", "", "staff:7", START, sampling)
        if tick_first:
            await stage.ticker.tick(START)
            async with stage.database.write() as tx:
                back = {"state": "queued", "at": START}
                await tx.execute(update(invitations).where(invitations.c.state == "invited").values(**back))
        async with stage.database.write() as tx:
            stopped = await stop_waves(tx, "nps", START)
            assert [each.id for each in stopped] == [wave.id]
        await stage.ticker.tick(START + HOUR)
        found = await states(stage, wave.id)
        assert set(found) <= {("skipped", "cancelled"), ("skipped", "not_needed"), ("skipped", "not_drawn")}
        assert sum(found.values()) == (12 if tick_first else 0)
        async with stage.database.write() as tx:
            assert await stop_waves(tx, "nps", START + HOUR) == []
            assert await waves.closing(tx) == []
            assert await waves.unfrozen(tx) == []


SAMPLINGS = (
    None,
    Sampling(Share(Decimal(40)), by="town", seed="2"),
    Sampling(Size(7), seed="2", recontact=DAY),
    Sampling(Target(4, fieldwork=3 * DAY, every=2 * HOUR), by="town", equal=True),
)


@pytest.mark.parametrize("seed", range(3))
async def test_everybody_is_accounted_for_whatever_happens(stage: Stage, seed: int) -> None:
    """Kills, answers, stops, blocks and several waves at once: one line each, sums that stay, one run an invitation."""
    chance = random.Random(seed)
    await put_people(stage, 30)
    stage.step = 8
    await stage.close()
    stage.start()
    now, started, sizes = START, list[int](), dict[int, int]()
    for _ in range(40):
        now += chance.choice((HOUR, 6 * HOUR, DAY))
        match chance.randrange(6):
            case 0 if len(started) < 6:
                async with stage.database.write() as tx:
                    wave = await start_wave(tx, "nps", "", "staff:7", now, chance.choice(SAMPLINGS))
                started.append(wave.id)
            case 1 if started:
                await answer_some(stage, chance.choice(started), chance, 0.5, now)
                async with stage.database.write() as tx:
                    await tx.execute(update(runs).where(runs.c.misses == 1).values(state="done", due_at=None))
            case 2 if chance.random() < 0.2:
                async with stage.database.write() as tx:
                    await stop_waves(tx, "nps", now)
            case 3:
                async with stage.database.write() as tx:
                    someone = chance.randint(1, 30)
                    await tx.execute(update(customers).where(customers.c.id == someone).values(reach="blocked"))
            case _:
                stage.database.fuse = chance.randint(1, 25)
        try:
            await stage.ticker.tick(now)
        except Killed:
            await stage.restart()
        stage.database.fuse = None
        await _check_accounts(stage, started, sizes)
    await stage.ticker.tick(now + 30 * DAY)
    await stage.ticker.tick(now + 30 * DAY)
    for wave_id in started:
        assert {state for state, _ in await states(stage, wave_id)} <= {"invited", "skipped"}


async def _check_accounts(stage: Stage, started: list[int], sizes: dict[int, int]) -> None:
    """Check that a frozen audience keeps its size, and that whoever is invited has one run of the wave."""
    for wave_id in started:
        async with stage.database.read() as tx:
            wave = await waves.get(tx, wave_id)
            invited = select(invitations.c.run_id).where(
                invitations.c.wave_id == wave_id, invitations.c.state == "invited"
            )
            run_ids = sorted((await tx.scalars(invited)).all())
            begun = sorted((await tx.scalars(select(runs.c.id).where(runs.c.wave_id == wave_id))).all())
        assert wave is not None
        assert run_ids == begun
        if wave.frozen:
            total = sum((await states(stage, wave_id)).values())
            assert sizes.setdefault(wave_id, total) == total
            assert total == 30 or wave.closed_at is not None


async def test_a_plans_waves_draw_anew_and_can_be_drawn_again(stage: Stage) -> None:
    """Two plans of one dialogue each keep their slots; the seed of a wave is that of the plan and the slot."""
    weekly = Sampling(Size(5), seed="7", recontact=DAY)
    stage.plans = (
        SurveyPlan("nps", "0 12 * * *", sampling=weekly),
        SurveyPlan("nps", "0 12 1 * *", name="monthly", audience='town = "Oulu"', sampling=Sampling(Target(5))),
    )
    await stage.close()
    stage.start()
    await stage.put_customers(30)
    await stage.ticker.tick(START - 2 * DAY)
    for later in (dt.timedelta(0), DAY):
        await stage.ticker.tick(START - DAY + later)
        async with stage.database.write() as tx:
            await tx.execute(update(runs).values(state="done", due_at=None))
    async with stage.database.read() as tx:
        newest, older, first = await waves.recent(tx, "nps")
    assert [wave.due_at for wave in (newest, older, first)] == [START, START - DAY, START - DAY]
    assert newest.sampling is not None
    assert newest.sampling.seed == f"7@{START.isoformat()}"
    found = {wave.audience: wave for wave in (older, first)}
    planned = found['town = "Oulu"'].sampling
    assert planned is not None
    assert planned.seed == f"monthly@{(START - DAY).isoformat()}"
    drawn = [await asked(stage, each.id) for each in (newest, found[""])]
    assert [len(ids) for ids in drawn] == [5, 5]
    assert drawn[0] != drawn[1]
