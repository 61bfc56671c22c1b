"""A sending from its start to its end: frozen once, nobody twice, everybody accounted for, whatever happens between."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import random
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select, update

from domain.company import CourtesyRules
from domain.messages import Lane, OnUnknown
from domain.newsletters import Account, RecipientState, Sending, SendingState
from scheduler.newsletter_files import NewsletterFiles
from scheduler.notices import Late, SendingFinished, SendingStopped
from store import recipients, sendings
from store.ids import new_id
from store.tables import consents, customers
from store.tables import recipients as recipients_table
from store.tables import sendings as sendings_table
from tests.scheduler.stage import SPRING, START, Killed, Stage

S = SendingState
SECOND = dt.timedelta(seconds=1)


async def start(
    stage: Stage, name: str = "spring", state: SendingState = S.RUNNING, content: dict[str, str] | None = None
) -> int:
    """Put in a sending of the newsletter as its files are (or of another frozen *content*), by default running."""
    file = stage.files.get(name)
    assert file is not None
    newsletter = file.newsletter
    sending = Sending(
        new_id(),
        name,
        newsletter.digest,
        S.CANARY if state.is_sending and newsletter.canary else state,
        START,
        started_at=START,
        audience=newsletter.audience,
        canary=newsletter.canary,
        topic=newsletter.topic,
    )
    async with stage.database.write() as tx:
        await sendings.add(tx, sending, content=content or file.content, on_unknown=OnUnknown.NEVER_TWICE)
    return sending.id


async def look(stage: Stage, sending_id: int) -> tuple[Sending, Account]:
    """Return a sending and its account."""
    async with stage.database.read() as tx:
        sending = await sendings.get(tx, sending_id)
        assert sending is not None
        return sending, await recipients.account(tx, sending_id)


async def test_everybody_gets_it_once_in_her_language_and_it_finishes(stage: Stage) -> None:
    """The text is hers, the lane is bulk, the three buttons are there, and the account is complete."""
    await stage.put_customers(6)
    sending_id = await start(stage)
    await stage.run(START)
    sending, account = await look(stage, sending_id)
    assert (sending.state, account) == (S.FINISHED, Account(sent=6))
    texts = {row.customer_id: row.message.text for row in stage.arrived}
    assert texts == {i: f"Hei Ann {i}!" if i % 3 == 0 else f"Hello Ann {i}!" for i in range(1, 7)}
    row = next(row for row in stage.arrived if row.customer_id == 1)
    assert (row.lane, row.proactive, row.on_unknown) == (Lane.BULK, True, OnUnknown.NEVER_TWICE)
    assert [button.label for button in row.message.keyboard[-1]] == ["Stop", "Pause", "Topics", "Why?"]
    assert [len(button.tap.split(".")) for button in row.message.keyboard[-1]] == [3, 3, 3, 3]
    assert stage.notices.told == [SendingFinished(sending, account)]


async def test_those_left_out_are_counted_with_their_reason(stage: Stage) -> None:
    """The why-not list and the recipients are the whole audience."""
    await stage.put_customers(6)
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 1).values(town="Turku"))
        await tx.execute(update(customers).where(customers.c.id == 2).values(reach="blocked"))
        await tx.execute(update(consents).where(consents.c.customer_id == 3).values(given=False))
    sending_id = await start(stage)
    await stage.run(START)
    _, account = await look(stage, sending_id)
    assert account == Account(sent=3, excluded={"excluded": 1, "left_bot": 1, "no_consent": 1})


async def test_an_empty_audience_sends_nothing_and_says_so(stage: Stage) -> None:
    """A sending without recipients finishes at once, with the reason."""
    sending_id = await start(stage)
    await stage.run(START)
    sending, account = await look(stage, sending_id)
    assert (sending.state, sending.reason, account.snapshot) == (S.FINISHED, "empty", 0)


async def test_only_a_few_hundred_are_rendered_ahead(stage: Stage) -> None:
    """The outbox holds no more than the pump needs soon, and fills up as it empties."""
    stage.ahead, stage.size = 5, 2
    await stage.close()
    stage.start()
    await stage.put_customers(12)
    sending_id = await start(stage)
    await stage.ticker.tick(START)
    async with stage.database.read() as tx:
        assert await recipients.count_in_outbox(tx, sending_id) == 5
    await stage.deliver(START, limit=3)
    await stage.ticker.tick(START)
    async with stage.database.read() as tx:
        assert await recipients.count_in_outbox(tx, sending_id) == 5
    await stage.run(START)
    assert (await look(stage, sending_id))[1] == Account(sent=12)


async def test_a_text_that_cannot_be_made_for_one_fails_for_her_alone(stage: Stage) -> None:
    """A missing value is her failure with its reason; one that comes out empty is skipped."""
    english = "{% if town %}{% if town == 'Oulu' %}{{ fact.missing }}{% endif %}Hi{% endif %}"
    await stage.put_customers(5, town="Turku")
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 1).values(town="Oulu"))
        await tx.execute(update(customers).where(customers.c.id == 2).values(town=None))
    sending_id = await start(stage, content={"spring.en.j2": english, "spring.fi.j2": "Hei"})
    await stage.run(START)
    sending, account = await look(stage, sending_id)
    assert sending.state is S.FINISHED
    assert account == Account(sent=3, failed={"content": 1}, skipped={"empty": 1})


async def test_a_text_that_cannot_be_made_for_anybody_stops_the_sending(stage: Stage) -> None:
    """A wrong template costs nobody her message: all stay queued, and staff are told."""
    await stage.put_customers(8)
    sending_id = await start(stage, content={"spring.en.j2": "{{ nonsense }}"})
    await stage.run(START)
    sending, account = await look(stage, sending_id)
    assert (sending.state, sending.reason, account) == (S.STOPPED, "content", Account(queued=8))
    assert stage.notices.told == [SendingStopped(sending)]


async def test_a_pause_takes_back_what_waits_and_resuming_goes_on_exactly(stage: Stage) -> None:
    """Nothing leaves while it is paused, not even what came back to wait; afterwards nobody is left out or twice."""
    await stage.put_customers(10)
    sending_id = await start(stage)
    await stage.ticker.tick(START)
    await stage.deliver(START, limit=4)
    async with stage.database.write() as tx:
        await sendings.move(tx, sending_id, S.PAUSED, START)
    await stage.ticker.tick(START)
    assert await stage.deliver(START) == 0
    await stage.ticker.tick(START + SECOND)
    assert (await look(stage, sending_id))[1] == Account(sent=4, queued=6)
    async with stage.database.write() as tx:
        await sendings.move(tx, sending_id, S.RUNNING, START)
    await stage.run(START + SECOND)
    assert (await look(stage, sending_id))[1] == Account(sent=10)
    assert len({row.customer_id for row in stage.arrived}) == len(stage.arrived) == 10


async def test_cancelling_skips_the_rest(stage: Stage) -> None:
    """What was sent stays sent; the others are skipped as cancelled, and nothing is open."""
    await stage.put_customers(10)
    sending_id = await start(stage)
    await stage.ticker.tick(START)
    await stage.deliver(START, limit=4)
    async with stage.database.write() as tx:
        await sendings.move(tx, sending_id, S.CANCELLED, START)
    await stage.run(START)
    sending, account = await look(stage, sending_id)
    assert (sending.state, account) == (S.CANCELLED, Account(sent=4, skipped={"cancelled": 6}))


async def test_at_night_it_rests_until_morning(stage: Stage) -> None:
    """Nothing is rendered hours ahead; the next work is due when the quiet hours end."""
    night = dt.datetime(2027, 3, 2, 22, tzinfo=dt.UTC)  # midnight in Helsinki
    morning = dt.datetime(2027, 3, 3, 6, tzinfo=dt.UTC)
    stage.company = dataclasses.replace(stage.company, courtesy=CourtesyRules())
    await stage.close()
    stage.start()
    await stage.put_customers(3)
    sending_id = await start(stage)
    await stage.ticker.tick(night)
    async with stage.database.read() as tx:
        assert await recipients.count_in_outbox(tx, sending_id) == 0
        assert await stage.newsletters.next_due(tx, night) == morning
    await stage.run(morning)
    assert (await look(stage, sending_id))[1] == Account(sent=3)


async def test_where_some_sleep_the_others_get_it_now(stage: Stage) -> None:
    """Customers in another zone do not wait for those at home; the sleepers' messages wait until their morning."""
    night = dt.datetime(2027, 3, 2, 22, tzinfo=dt.UTC)
    stage.company = dataclasses.replace(stage.company, courtesy=CourtesyRules())
    await stage.close()
    stage.start()
    await stage.put_customers(4)
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 4).values(timezone="America/New_York"))
    sending_id = await start(stage)
    await stage.run(night)
    assert [row.customer_id for row in stage.arrived] == [4]
    await stage.run(dt.datetime(2027, 3, 3, 6, tzinfo=dt.UTC))
    assert (await look(stage, sending_id))[1] == Account(sent=4)


async def test_a_canary_goes_first_and_stops_the_sending_when_too_many_fail(stage: Stage) -> None:
    """The rest is fed only after the first few are settled, and not at all when too many of them are blocked."""
    stage.write("spring.en.j2", SPRING.replace("title", "canary = 4\ntitle"))
    await stage.close()
    stage.start()
    await stage.put_customers(10)
    good = await start(stage)
    await stage.ticker.tick(START)
    async with stage.database.read() as tx:
        assert await recipients.count_in_outbox(tx, good) == 4
    await stage.run(START)
    assert (await look(stage, good))[1] == Account(sent=10)
    bad = await start(stage)
    await stage.ticker.tick(START)
    async with stage.database.write() as tx:
        rows = await stage.claim(tx, START)
        await recipients.record(
            tx,
            [
                recipients.RecipientOutcome(bad, row.customer_id or 0, RecipientState.FAILED, "blocked", at=START)
                for row in rows
            ],
        )
    await stage.ticker.tick(START)
    sending, account = await look(stage, bad)
    assert (sending.state, sending.reason) == (S.STOPPED, "over:blocked:4:4:10")
    assert account == Account(failed={"blocked": 4}, queued=6)


async def test_one_that_is_scheduled_starts_at_its_time_and_asks_when_it_is_too_late(stage: Stage) -> None:
    """A second early nothing happens; after an outage longer than the late policy staff decide."""
    await stage.put_customers(2)
    first, second = await start(stage, state=S.DRAFT), await start(stage, state=S.DRAFT)
    due = START + dt.timedelta(hours=1)
    async with stage.database.write() as tx:
        await sendings.move(tx, first, S.SCHEDULED, START, due_at=due)
        await sendings.move(tx, second, S.SCHEDULED, START, due_at=due + SECOND)
    await stage.run(due - SECOND)
    assert (await look(stage, first))[0].state is S.SCHEDULED
    async with stage.database.read() as tx:
        assert await stage.newsletters.next_due(tx, START) == due
    await stage.run(due + dt.timedelta(hours=6))
    assert (await look(stage, first))[0].state is S.FINISHED
    await stage.run(due + dt.timedelta(hours=6, seconds=1))
    assert (await look(stage, second))[0].state is S.FINISHED
    third = await start(stage, state=S.DRAFT)
    async with stage.database.write() as tx:
        await sendings.move(tx, third, S.SCHEDULED, START, due_at=due)
    stage.notices.told.clear()
    await stage.run(due + dt.timedelta(hours=6, seconds=1))
    sending, _ = await look(stage, third)
    assert (sending.state, sending.reason) == (S.APPROVAL, "too_late")
    assert stage.notices.told == [Late("spring", due, 1, sending)]


async def test_one_broken_sending_does_not_hold_up_the_others(stage: Stage) -> None:
    """Frozen files that can no longer be read stop their own sending only."""
    await stage.put_customers(2)
    broken, sound = await start(stage), await start(stage)
    async with stage.database.write() as tx:
        await tx.execute(update(sendings_table).where(sendings_table.c.id == broken).values(content={"x.y": "z"}))
        await tx.execute(update(sendings_table).where(sendings_table.c.id == broken).values(frozen=True))
    await stage.run(START)
    assert (await look(stage, broken))[0].reason == "gone"
    assert (await look(stage, sound))[1] == Account(sent=2)


@pytest.mark.parametrize("seed", range(5))
async def test_killed_at_any_transaction_the_account_always_adds_up_and_nobody_gets_it_twice(
    stage: Stage, seed: int
) -> None:
    """
    Deaths at random transaction boundaries, dozens in one sending: frozen once, exact at any moment, never twice.

    What is unknown in the end is no more than what was in flight when the process died.
    """
    chance = random.Random(seed)
    stage.ahead, stage.size, stage.step = 4, 3, 5
    await stage.close()
    stage.start()
    await stage.put_customers(20)
    sending_id = await start(stage)
    for _ in range(200):
        if (await look(stage, sending_id))[0].state is S.FINISHED:
            break
        stage.database.fuse = chance.randint(1, 22)
        try:
            await stage.ticker.tick(START)
            await stage.deliver(START, limit=2)
        except Killed:
            await stage.restart()
        stage.database.fuse = None
        sending, account = await look(stage, sending_id)
        if sending.frozen:
            assert account.snapshot == 20
        assert max(Counter(row.customer_id for row in stage.arrived).values(), default=0) <= 1
    _, account = await look(stage, sending_id)
    assert stage.deaths > 0
    assert account.queued == 0
    assert account.sent + account.unknown == 20
    assert account.unknown <= 2 * stage.deaths
    assert len(stage.arrived) <= 20
    assert account.sent <= len(stage.arrived)


async def test_two_machines_that_tick_and_send_together_do_each_thing_once(postgresql_url: str, tmp_path: Path) -> None:
    """On one PostgreSQL the database decides: one audience, one message each, one end."""
    stage = Stage(postgresql_url, tmp_path)
    stage.ahead, stage.size, stage.step = 6, 3, 5
    stage.start()
    first = stage.ticker
    others = stage.database
    stage.start()
    second = stage.ticker
    await stage.put_customers(30)
    sending_id = await start(stage)
    for _ in range(30):
        await asyncio.gather(first.tick(START), second.tick(START))
        await stage.deliver(START)
    assert not first.troubles
    assert not second.troubles
    sending, account = await look(stage, sending_id)
    assert (sending.state, account) == (S.FINISHED, Account(sent=30))
    assert len(stage.arrived) == 30
    assert len([one for one in stage.notices.told if isinstance(one, SendingFinished)]) == 1
    await others.close()
    await stage.close()


async def test_a_slot_that_an_outage_made_too_late_waits_for_staff(stage: Stage) -> None:
    """Nothing goes by itself: one sending waits for approval, staff are told once, and their yes sends it."""
    stage.write("spring.en.j2", SPRING.replace("title", 'schedule = "0 9 * * *"\ntimezone = "UTC"\nlate = "1h"\ntitle'))
    await stage.close()
    stage.start()
    await stage.put_customers(2)
    await stage.run(START)
    monday, back = START.replace(day=3, hour=9), START.replace(day=5, hour=12)
    await stage.run(back)
    await stage.run(back + SECOND)
    (told,) = stage.notices.told
    assert isinstance(told, Late)
    assert (told.name, told.count, told.due_at) == ("spring", 3, monday + dt.timedelta(days=2))
    assert told.sending is not None
    assert (told.sending.state, told.sending.reason) == (S.APPROVAL, "too_late")
    assert stage.arrived == []
    async with stage.database.write() as tx:
        assert await sendings.move(tx, told.sending.id, S.RUNNING, back, version=0, approved_by=7) is not None
    await stage.run(back)
    assert (await look(stage, told.sending.id))[1] == Account(sent=2)


async def test_a_slot_in_time_starts_by_itself_and_a_newsletter_that_is_gone_starts_nothing(stage: Stage) -> None:
    """The files of the slot's moment are what is sent; without files nothing is."""
    stage.write("spring.en.j2", SPRING.replace("title", 'schedule = "0 9 * * *"\ntimezone = "UTC"\ntitle'))
    await stage.close()
    stage.start()
    await stage.put_customers(2)
    await stage.run(START)
    due = START.replace(day=3, hour=9)
    assert await stage.ticker.next_due(START) == due
    await stage.run(due)
    assert len(stage.arrived) == 2
    stage.newsletters.use(NewsletterFiles({}))
    await stage.run(due + dt.timedelta(days=1))
    stage.ticker.reload()
    await stage.run(due + dt.timedelta(days=2))
    assert len(stage.arrived) == 2
    assert not stage.ticker.troubles
    assert await stage.ticker.next_due(due) is None


async def test_each_variant_reaches_those_it_is_tried_on_and_the_winner_the_rest(stage: Stage) -> None:
    """While the test is undecided only the tested share gets it; afterwards everybody else gets what won."""
    test = 'canary = 0\n[test]\nvariants = ["a", "b"]\nshare = 50\n'
    stage.write("spring.en.j2", f"+++\n{test}+++\nThis is {{{{ variant }}}}")
    stage.write("spring.fi.j2", "Tämä on {{ variant }}")
    await stage.close()
    stage.start()
    await stage.put_customers(12)
    sending_id = await start(stage)
    await stage.run(START)
    async with stage.database.write() as tx:
        tried = {
            row.customer_id: row.variant
            for row in (
                await tx.execute(
                    select(recipients_table.c.customer_id, recipients_table.c.variant).where(
                        recipients_table.c.sending_id == sending_id
                    )
                )
            ).all()
        }
        assert {row.customer_id for row in stage.arrived} == {who for who, variant in tried.items() if variant}
        await tx.execute(
            update(sendings_table).where(sendings_table.c.id == sending_id).values(winner="b", decided_at=START)
        )
    await stage.run(START)
    assert len(stage.arrived) == 12
    said = {row.customer_id: row.message.text.split()[-1] for row in stage.arrived}
    assert said == {who: variant or "b" for who, variant in tried.items()}
