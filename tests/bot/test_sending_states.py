"""Every state of a sending, every act of staff, with the present button and with an old one: done, or refused."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.config import Approval
from bot.newsletters import Newsletters, Refusal
from domain.company import Company
from domain.messages import OnUnknown
from domain.newsletters import Account, Sending, SendingState
from scheduler.newsletter_files import NewsletterFiles
from scheduler.rendering import Rendering
from store import recipients, sendings, tallies
from store.database import Database, Tx
from store.ids import new_id
from store.tables import recipients as recipients_table
from templates.words import SHIPPED, Words
from tests.store.sending_rows import NOW, put_customers

S = SendingState
AUTHOR, OTHER = 5, 6
HOUR = dt.timedelta(hours=1)
COMPANY = Company(name="Test", languages=("en",))

Act = Callable[[Newsletters, Tx, int, int], Awaitable[Sending | Refusal]]

ACTS: dict[str, Act] = {
    "confirm": lambda n, tx, number, version: n.confirm(tx, number, version, OTHER, NOW),
    "confirm for later": lambda n, tx, number, version: n.confirm(tx, number, version, OTHER, NOW, at=NOW + HOUR),
    "confirm as its author": lambda n, tx, number, version: n.confirm(tx, number, version, AUTHOR, NOW),
    "decline": lambda n, tx, number, version: n.decline(tx, number, version, NOW),
    "pause": lambda n, tx, number, version: n.pause(tx, number, version, NOW),
    "resume": lambda n, tx, number, version: n.resume(tx, number, version, NOW),
    "cancel": lambda n, tx, number, version: n.cancel(tx, number, version, NOW),
    "retry failed": lambda n, tx, number, version: n.retry_failed(tx, number, version, NOW),
    "go on for newcomers": lambda n, tx, number, version: n.continue_for_newcomers(tx, number, version, NOW),
    "recall": lambda n, tx, number, version: n.recall(tx, number, version, NOW),
}

BECOMES: dict[SendingState, dict[str, SendingState | Refusal]] = {
    S.DRAFT: {
        "confirm": S.APPROVAL,
        "confirm for later": S.APPROVAL,
        "confirm as its author": S.APPROVAL,
        "cancel": S.CANCELLED,
    },
    S.APPROVAL: {
        "confirm": S.RUNNING,
        "confirm for later": S.SCHEDULED,
        "confirm as its author": Refusal.SAME_PERSON,
        "decline": S.DRAFT,
        "cancel": S.CANCELLED,
    },
    S.SCHEDULED: {
        "confirm": S.RUNNING,
        "confirm for later": Refusal.NOT_NOW,  # its time was approved with it
        "confirm as its author": S.RUNNING,
        "cancel": S.CANCELLED,
    },
    S.CANARY: {"pause": S.PAUSED, "cancel": S.CANCELLED, "recall": S.CANCELLED},
    S.RUNNING: {"pause": S.PAUSED, "cancel": S.CANCELLED, "recall": S.CANCELLED},
    S.PAUSED: {"resume": S.RUNNING, "cancel": S.CANCELLED, "recall": S.CANCELLED},
    S.STOPPED: {"resume": S.RUNNING, "cancel": S.CANCELLED, "recall": S.CANCELLED},
    S.FINISHED: {"retry failed": S.RUNNING, "go on for newcomers": S.RUNNING, "recall": S.FINISHED},
    S.CANCELLED: {"recall": S.CANCELLED},
}
"""What an act makes of a sending in that state; what is missing here is refused because the state does not allow it."""

_BEFORE = (S.DRAFT, S.APPROVAL, S.SCHEDULED)


@pytest.fixture(scope="module")
def words() -> Words:
    """Our texts."""
    return Words.load([SHIPPED], ("en",))


@pytest.fixture
def newsletters(tmp_path: Path, words: Words) -> Newsletters:
    """One newsletter without a canary, where a second person must approve."""
    (tmp_path / "spring.en.j2").write_text("+++\ncanary = 0\n+++\nHello {{ name }}!")
    files = NewsletterFiles.load([tmp_path], COMPANY.languages)
    return Newsletters(COMPANY, files, Rendering(COMPANY, words), approval=Approval.SECOND_PERSON)


@pytest.fixture
async def tx(sqlite_database: Database) -> AsyncIterator[Tx]:
    """One transaction for the whole test, with four customers."""
    async with sqlite_database.write() as opened:
        await put_customers(opened, range(1, 5))
        yield opened


async def put(newsletters: Newsletters, tx: Tx, state: SendingState) -> Sending:
    """Put in a sending in that state; one that has begun has reached one, failed for one, and has one to go."""
    file = newsletters.files.get("spring")
    assert file is not None
    begun = state not in _BEFORE
    sending = Sending(
        new_id(),
        "spring",
        file.newsletter.digest,
        state,
        NOW,
        created_by=AUTHOR,
        started_at=NOW if begun else None,
        finished_at=NOW if state.is_over else None,
        due_at=NOW + HOUR if state is S.SCHEDULED else None,
        version=3,
        frozen=begun,
    )
    await sendings.add(tx, sending, content=file.content, on_unknown=OnUnknown.NEVER_TWICE)
    if begun:
        last = "skipped" if state.is_over else "queued"
        states = [("sent", ""), ("failed", "blocked"), (last, "cancelled" if state.is_over else "")]
        rows = [
            {"sending_id": sending.id, "customer_id": i, "state": each, "reason": reason, "at": NOW}
            for i, (each, reason) in enumerate(states, start=1)
        ]
        await tx.execute(insert(recipients_table), rows)
        await tallies.add(tx, Counter((sending.id, each, reason) for each, reason in states))
    return sending


async def seen(tx: Tx, sending_id: int) -> tuple[Sending | None, Account, object]:
    """Return all that an act could change."""
    content = await sendings.content_of(tx, sending_id)
    return await sendings.get(tx, sending_id), await recipients.account(tx, sending_id), content


@pytest.mark.parametrize("state", list(S))
async def test_each_act_does_what_the_table_says_and_a_refused_one_changes_nothing(
    newsletters: Newsletters, tx: Tx, state: SendingState
) -> None:
    """Whatever moves it moves its version, so that no button works twice."""
    for name, act in ACTS.items():
        sending = await put(newsletters, tx, state)
        before = await seen(tx, sending.id)
        done = await act(newsletters, tx, sending.id, sending.version)
        expected = BECOMES[state].get(name, Refusal.NOT_NOW)
        if isinstance(expected, Refusal):
            assert done is expected, f"{state.value}, {name}"
            assert await seen(tx, sending.id) == before, f"{state.value}, {name}"
            continue
        assert isinstance(done, Sending), f"{state.value}, {name}: {done}"
        assert done.state is expected, f"{state.value}, {name}"
        assert done.version > sending.version, f"{state.value}, {name}"
        assert await sendings.get(tx, sending.id) == done, f"{state.value}, {name}"
        again = await act(newsletters, tx, sending.id, sending.version)
        assert again in {Refusal.STALE, Refusal.NOT_NOW}, f"{state.value}, {name} twice"


@pytest.mark.parametrize("state", list(S))
async def test_a_button_of_an_older_version_is_refused_and_changes_nothing(
    newsletters: Newsletters, tx: Tx, state: SendingState
) -> None:
    """Whoever tapped it had seen something else."""
    for name, act in ACTS.items():
        sending = await put(newsletters, tx, state)
        before = await seen(tx, sending.id)
        done = await act(newsletters, tx, sending.id, sending.version - 1)
        assert done is (Refusal.STALE if name in BECOMES[state] else Refusal.NOT_NOW), f"{state.value}, {name}"
        assert await seen(tx, sending.id) == before, f"{state.value}, {name}"


async def test_what_no_sending_is_can_be_acted_on_by_nobody(newsletters: Newsletters, tx: Tx) -> None:
    """A number out of nowhere is said to be gone."""
    assert {await act(newsletters, tx, 1, 0) for act in ACTS.values()} == {Refusal.GONE}


@pytest.mark.parametrize("name", ["retry failed", "go on for newcomers", "recall"])
async def test_what_was_taken_back_is_not_sent_again(newsletters: Newsletters, tx: Tx, name: str) -> None:
    """A recall is the last that is done with a sending."""
    sending = await put(newsletters, tx, S.FINISHED)
    recalled = await newsletters.recall(tx, sending.id, sending.version, NOW)
    assert isinstance(recalled, Sending)
    before = await seen(tx, sending.id)
    assert await ACTS[name](newsletters, tx, sending.id, recalled.version) is Refusal.NOT_NOW
    assert await seen(tx, sending.id) == before


async def test_recall_after_two_days_or_of_nothing_says_so(newsletters: Newsletters, tx: Tx) -> None:
    """Telegram deletes nothing older; where nobody got it there is nothing to delete."""
    sending = await put(newsletters, tx, S.FINISHED)
    late = NOW + dt.timedelta(hours=49)
    assert await newsletters.recall(tx, sending.id, sending.version, late) is Refusal.TOO_LATE
    empty = Sending(new_id(), "spring", "x", S.CANCELLED, NOW, started_at=NOW)
    await sendings.add(tx, empty, content={}, on_unknown=OnUnknown.NEVER_TWICE)
    assert await newsletters.recall(tx, empty.id, 0, NOW) is Refusal.NOTHING


async def test_retry_concerns_only_those_for_whom_it_failed(newsletters: Newsletters, tx: Tx) -> None:
    """Who got it does not get it twice, who was skipped stays skipped, and the account still adds up."""
    sending = await put(newsletters, tx, S.FINISHED)
    running = await newsletters.retry_failed(tx, sending.id, sending.version, NOW)
    assert isinstance(running, Sending)
    account = await recipients.account(tx, sending.id)
    assert (account.sent, account.queued, account.failed, account.skipped) == (1, 1, {}, {"cancelled": 1})
    empty = Sending(new_id(), "spring", "x", S.FINISHED, NOW, started_at=NOW)
    await sendings.add(tx, empty, content={}, on_unknown=OnUnknown.NEVER_TWICE)
    assert await newsletters.retry_failed(tx, empty.id, 0, NOW) is Refusal.NOTHING


async def test_a_declined_slot_of_a_schedule_is_over(newsletters: Newsletters, tx: Tx) -> None:
    """Nobody made it who could ask for it again."""
    slot = Sending(new_id(), "spring", "x", S.APPROVAL, NOW, due_at=NOW, reason="too_late")
    await sendings.add(tx, slot, content={}, on_unknown=OnUnknown.NEVER_TWICE)
    declined = await newsletters.decline(tx, slot.id, 0, NOW)
    assert isinstance(declined, Sending)
    assert (declined.state, declined.reason, declined.finished_at) == (S.CANCELLED, "declined", NOW)


async def test_a_declined_newsletter_asked_for_again_has_the_new_time(newsletters: Newsletters, tx: Tx) -> None:
    """What was to go tomorrow and was declined goes at once when that is asked for the second time."""
    sending = await put(newsletters, tx, S.DRAFT)
    asked = await newsletters.confirm(tx, sending.id, 3, AUTHOR, NOW, at=NOW + HOUR)
    assert isinstance(asked, Sending)
    declined = await newsletters.decline(tx, sending.id, asked.version, NOW)
    assert isinstance(declined, Sending)
    assert declined.reason == "declined"
    again = await newsletters.confirm(tx, sending.id, declined.version, AUTHOR, NOW)
    assert isinstance(again, Sending)
    started = await newsletters.confirm(tx, sending.id, again.version, OTHER, NOW)
    assert isinstance(started, Sending)
    assert (started.state, started.reason) == (S.RUNNING, "")


async def test_an_exchanged_picture_is_no_longer_what_was_approved(tmp_path: Path, words: Words, tx: Tx) -> None:
    """The texts are frozen with the sending; the picture lies beside the files and is told by its content."""
    (tmp_path / "spring.en.j2").write_text('+++\nmedia = "spring.jpg"\n+++\nHello!')
    (tmp_path / "spring.jpg").write_bytes(b"tulips")
    files = NewsletterFiles.load([tmp_path], COMPANY.languages)
    newsletters = Newsletters(COMPANY, files, Rendering(COMPANY, words), approval=Approval.SECOND_PERSON)
    draft = await newsletters.draft(tx, "spring", AUTHOR, NOW)
    assert isinstance(draft, Sending)
    asked = await newsletters.confirm(tx, draft.id, draft.version, AUTHOR, NOW)
    assert isinstance(asked, Sending)
    (tmp_path / "spring.jpg").write_bytes(b"snow")
    assert await newsletters.confirm(tx, draft.id, asked.version, OTHER, NOW) is Refusal.CHANGED
    declined = await newsletters.decline(tx, draft.id, asked.version, NOW)
    assert isinstance(declined, Sending)
    assert await newsletters.confirm(tx, draft.id, declined.version, AUTHOR, NOW) is Refusal.CHANGED
    fresh = await sendings.get(tx, draft.id)
    assert fresh is not None
    assert isinstance(await newsletters.confirm(tx, draft.id, fresh.version, AUTHOR, NOW), Sending)
