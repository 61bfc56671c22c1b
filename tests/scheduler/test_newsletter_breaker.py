"""The breaker at work: a canary that is judged once it had time to react, and the latest outcomes after that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import pytest
from sqlalchemy import update

from domain.customers import Consent, Purpose
from domain.newsletters import Account, RecipientState, SendingState
from scheduler.notices import SendingFinished, SendingStopped
from store import ledger, outbox, recipients, sendings
from store.consents import give_consents
from store.recipients import RecipientOutcome
from store.tables import customers
from store.tables import outbox as outbox_table
from tests.scheduler.stage import SPRING, START, Stage
from tests.scheduler.test_newsletters import look, start

S = SendingState
SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)


async def stand(stage: Stage, front: str, people: int = 60) -> int:
    """Start a sending to so many, its newsletter with *front* before its title."""
    stage.write("spring.en.j2", SPRING.replace("title", f"{front}\ntitle"))
    await stage.close()
    stage.start()
    await stage.put_customers(people)
    return await start(stage)


async def settle(stage: Stage, now: dt.datetime, fates: dict[int, str], limit: int = 1000) -> list[int]:
    """Call for what is due: the n-th call of this one comes to that failure, the others are sent. Return for whom."""
    async with stage.database.write() as tx:
        rows = sorted(await outbox.claim(tx, now, owner="test", limit=limit), key=lambda row: row.customer_id or 0)
        await outbox.settle(tx, done=[row.id for row in rows])
        outcomes = []
        for number, row in enumerate(rows, start=1):
            assert row.newsletter_id is not None
            reason = fates.get(number, "")
            state = RecipientState.FAILED if reason else RecipientState.SENT
            outcomes.append(RecipientOutcome(row.newsletter_id, row.customer_id or 0, state, reason, at=now))
        await recipients.record(tx, outcomes)
    return [row.customer_id or 0 for row in rows]


async def opt_out(stage: Stage, ids: Collection[int], at: dt.datetime) -> None:
    """Let those withdraw their consent then."""
    async with stage.database.write() as tx:
        await give_consents(tx, [(who, Consent(Purpose.MARKETING, False, "1", "test", at)) for who in ids])


async def test_a_canary_has_its_time_to_react_and_is_then_judged(stage: Stage) -> None:
    """Nobody beside the first twenty gets it before; a few opt-outs among them stop nothing."""
    sending_id = await stand(stage, 'canary = { first = 20, wait = "30min" }')
    await stage.ticker.tick(START)
    first = await settle(stage, START, {1: "blocked", 2: "chat_not_found"})
    assert len(first) == 20
    await opt_out(stage, first[-4:], START + MINUTE)
    await stage.run(START + 29 * MINUTE)
    assert (await look(stage, sending_id))[0].state is S.CANARY
    await stage.run(START + 30 * MINUTE)
    sending, account = await look(stage, sending_id)
    assert (sending.state, sending.proved_at) == (S.FINISHED, START + 30 * MINUTE)
    assert account == Account(sent=58, failed={"blocked": 1, "chat_not_found": 1})


async def test_opt_outs_of_the_canary_stop_it_with_their_numbers(stage: Stage) -> None:
    """Five of eighteen who got it: more than a tenth by more than chance. All others are queued still."""
    sending_id = await stand(stage, 'canary = { first = 20, wait = "30min" }')
    await stage.ticker.tick(START)
    first = await settle(stage, START, {1: "blocked", 2: "chat_not_found"})
    await opt_out(stage, first[-5:], START + MINUTE)
    await stage.ticker.tick(START + 30 * MINUTE)
    sending, account = await look(stage, sending_id)
    assert (sending.state, sending.reason) == (S.STOPPED, "over:opted_out:5:18:10")
    assert account.queued == 40
    assert stage.notices.told == [SendingStopped(sending)]


async def test_what_is_surely_wrong_stops_it_before_the_canary_is_complete(stage: Stage) -> None:
    """Ten calls, ten failures: nobody waits for ten more."""
    sending_id = await stand(stage, "canary = 20")
    await stage.ticker.tick(START)
    await settle(stage, START, dict.fromkeys(range(1, 11), "chat_not_found"), limit=10)
    await stage.ticker.tick(START + SECOND)
    sending, account = await look(stage, sending_id)
    assert (sending.state, sending.reason) == (S.STOPPED, "over:failed:10:10:20")
    assert account == Account(failed={"chat_not_found": 10}, queued=50)


async def test_a_restart_judges_the_same(stage: Stage) -> None:
    """All that counts is in the store: a process that starts in the middle of the wait stops it, too."""
    sending_id = await stand(stage, 'canary = { first = 20, wait = "30min" }\nlimits = { blocked = 20 }')
    await stage.ticker.tick(START)
    first = await settle(stage, START, {})
    await stage.restart()
    await stage.ticker.tick(START + 10 * MINUTE)
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id.in_(first[:8])).values(reach="blocked"))
    await stage.restart()
    await stage.ticker.tick(START + 30 * MINUTE)
    assert (await look(stage, sending_id))[0].reason == "over:blocked:8:20:20"


async def test_others_go_in_the_place_of_those_who_are_held(stage: Stage) -> None:
    """A canary of ten of whom four are held until tomorrow is ten others' and theirs when their time comes."""
    sending_id = await stand(stage, "canary = 10", people=30)
    await stage.ticker.tick(START)
    tomorrow = START + dt.timedelta(days=1)
    async with stage.database.write() as tx:
        held = [who for (who,) in await tx.execute(outbox_table.select().with_only_columns(outbox_table.c.customer_id))]
        later = update(outbox_table).where(outbox_table.c.customer_id.in_(held[:4]))
        await tx.execute(later.values(not_before=tomorrow, reason="least_gap"))
    assert len(await settle(stage, START, {})) == 6
    await stage.ticker.tick(START + SECOND)
    assert len(await settle(stage, START + SECOND, {})) == 4
    await stage.run(START + 2 * SECOND)
    sending, account = await look(stage, sending_id)
    assert (sending.state, account) == (S.RUNNING, Account(sent=26, queued=4))
    assert await stage.ticker.next_due(START + 2 * SECOND) == tomorrow
    await stage.run(tomorrow)
    assert (await look(stage, sending_id))[1] == Account(sent=30)


async def test_an_audience_smaller_than_its_canary_comes_to_its_end(stage: Stage) -> None:
    """Three of whom two have blocked the bot say nothing; it is simply finished."""
    sending_id = await stand(stage, 'canary = { first = 20, wait = "2h" }', people=3)
    await stage.ticker.tick(START)
    await settle(stage, START, {1: "blocked", 2: "blocked"})
    await stage.ticker.tick(START + SECOND)
    sending, account = await look(stage, sending_id)
    assert (sending.state, account) == (S.FINISHED, Account(sent=1, failed={"blocked": 2}))


async def test_while_it_runs_the_latest_outcomes_are_looked_at_and_staff_may_let_it_go_on(stage: Stage) -> None:
    """A run of failures stops it; who lets it go on has accepted them, and only new ones stop it again."""
    stage.ahead = stage.size = 40
    sending_id = await stand(stage, "canary = 0", people=200)
    now = START
    await stage.ticker.tick(now)
    await settle(stage, now, {})
    now += SECOND
    await stage.ticker.tick(now)
    await settle(stage, now, dict.fromkeys(range(1, 40), "chat_not_found"))
    await stage.ticker.tick(now)
    sending, _ = await look(stage, sending_id)
    assert (sending.state, sending.reason) == (S.STOPPED, "over:failed:39:80:20")
    async with stage.database.write() as tx:
        resumed = await sendings.move(tx, sending_id, S.RUNNING, now)
    assert resumed is not None
    assert (resumed.state, resumed.proved_at, resumed.resumed_at) == (S.RUNNING, now, now)
    await stage.run(now + SECOND)
    assert (await look(stage, sending_id))[1] == Account(sent=161, failed={"chat_not_found": 39})


async def test_a_stopped_canary_that_staff_let_go_on_is_no_canary_any_more(stage: Stage) -> None:
    """They have seen its numbers: the same ones do not stop it a second later."""
    sending_id = await stand(stage, "canary = 20")
    await stage.ticker.tick(START)
    await settle(stage, START, dict.fromkeys(range(1, 11), "blocked"))
    await stage.ticker.tick(START + SECOND)
    assert (await look(stage, sending_id))[0].state is S.STOPPED
    async with stage.database.write() as tx:
        resumed = await sendings.move(tx, sending_id, S.RUNNING, START + SECOND)
    assert resumed is not None
    assert resumed.state is S.RUNNING
    await stage.run(START + 2 * SECOND)
    assert (await look(stage, sending_id))[1] == Account(sent=50, failed={"blocked": 10})


async def test_opt_outs_that_come_minutes_later_stop_what_still_runs(stage: Stage) -> None:
    """People need time to be annoyed: looked at are those who have had their message for ten minutes."""
    stage.ahead = stage.size = 50
    sending_id = await stand(stage, "canary = 0", people=200)
    await stage.ticker.tick(START)
    first = await settle(stage, START, {})
    await stage.ticker.tick(START + SECOND)
    second = await settle(stage, START + 9 * MINUTE, {})
    await opt_out(stage, first[:20], START + 5 * MINUTE)
    await stage.ticker.tick(START + 11 * MINUTE)
    sending, _ = await look(stage, sending_id)
    assert (sending.state, sending.reason) == (S.STOPPED, "over:opted_out:20:50:10")
    assert len(first) == len(second) == 50


@pytest.mark.parametrize(
    ("failing", "ends", "told"),
    [
        ("0123456789", S.STOPPED, "content"),
        ("012345678", S.STOPPED, "over:failed:"),
        ("7", S.FINISHED, ""),
    ],
)
async def test_a_slot_needs_nobody_to_check_it_before(
    stage: Stage, failing: str, ends: SendingState, told: str
) -> None:
    """
    A text of a schedule that has come to fail: for all, nobody gets it; for many, at most the canary does; for few,
    only they do not. Staff are told each time, and each one for whom it failed is in the ledger.
    """
    text = f"Hello {{{{ name }}}}! {{{{ 1 // (0 if name[-1:] in {list(failing)} else 1) }}}}"
    front = 'schedule = "0 9 * * *"\ntimezone = "UTC"\ncanary = 20\nlimits = { failed = 20 }'
    stage.write("spring.en.j2", f"+++\n{front}\n+++\n{text}")
    stage.write("spring.fi.j2", text)
    await stage.close()
    stage.start()
    await stage.put_customers(60)
    await stage.run(START)
    due = START.replace(day=3, hour=9)
    for second in range(4):
        await stage.run(due + second * SECOND)
    (notice,) = stage.notices.told
    assert isinstance(notice, SendingStopped | SendingFinished)
    async with stage.database.read() as tx:
        (sending,) = await sendings.recent(tx)
        account = await recipients.account(tx, sending.id)
        failed = await ledger.entries(tx, sending.id, state=RecipientState.FAILED)
    assert (sending.state, notice.sending) == (ends, sending)
    assert sending.reason.startswith(told)
    assert {str(one.customer_id)[-1] for one in failed} <= set(failing)
    assert {one.reason for one in failed} <= {"content"}
    match ends, told:
        case S.FINISHED, _:
            assert account == Account(sent=54, failed={"content": 6})
        case _, "content":
            assert account == Account(queued=60)
        case _:
            assert account.sent <= 20
            assert account.queued >= 20
