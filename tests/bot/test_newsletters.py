"""What staff decide about newsletters: nothing goes out unseen, unapproved, or by an old button."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.config import Approval
from bot.newsletter_texts import Foreseen
from bot.newsletters import Newsletters, Refusal
from bot.notices import StaffNotices
from bot.staff_labels import Labels
from dialogues.library import Library
from domain.company import Company
from domain.messages import Message, OnUnknown
from domain.newsletters import Account, Held, RecipientState, Sending, SendingState
from domain.staff import Role, StaffMember
from scheduler.newsletter_files import NewsletterFiles
from scheduler.notices import Late, SendingFinished, SendingStopped
from scheduler.rendering import Rendering
from store import outbox, queue, recipients, sendings
from store.database import Database, Tx
from store.recipients import RecipientOutcome
from store.staff import add_member, set_reachable
from store.tables import customers as customers_table
from store.tables import sendings as sendings_table
from templates.words import SHIPPED, Words
from tests.store.sending_rows import NOW, put_consents, put_customers, put_outbox, put_recipients, put_sending

LANGUAGES = ("en", "fi")
COMPANY = Company(name="Test", languages=LANGUAGES)
EDITOR, MANAGER = StaffMember(5, "Eve", Role.EDITOR, "en"), StaffMember(6, "Max", Role.MANAGER, "fi")
HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)
S = SendingState


class Desk:
    """Newsletters over a folder, with the times that the scheduler was woken."""

    def __init__(self, folder: Path, words: Words, approval: Approval) -> None:
        self.folder = folder
        self.woken = 0
        (folder / "spring.en.j2").write_text("+++\nexclude = 'language = \"fi\"'\n+++\nHello {{ name }}!")
        self.newsletters = Newsletters(
            COMPANY, self.load(), Rendering(COMPANY, words), approval=approval, wake=self._wake
        )

    def load(self) -> NewsletterFiles:
        """Read the folder."""
        return NewsletterFiles.load([self.folder], LANGUAGES)

    def _wake(self) -> None:
        self.woken += 1


@pytest.fixture(scope="module")
def words() -> Words:
    """Our texts."""
    return Words.load([SHIPPED], LANGUAGES)


@pytest.fixture
def desk(tmp_path: Path, words: Words) -> Desk:
    """A desk where a second person must approve."""
    return Desk(tmp_path, words, Approval.SECOND_PERSON)


@pytest.fixture
async def tx(sqlite_database: Database) -> AsyncIterator[Tx]:
    """One transaction for the whole test."""
    async with sqlite_database.write() as opened:
        yield opened


async def draft(desk: Desk, tx: Tx) -> Sending:
    """Make the draft that these tests begin with."""
    made = await desk.newsletters.draft(tx, "spring", EDITOR.id, NOW)
    assert isinstance(made, Sending)
    return made


async def test_a_draft_is_shown_as_its_author_would_get_it(desk: Desk, tx: Tx) -> None:
    """The preview is the message itself, with its three buttons; it needs no customer record of hers."""
    sending = await draft(desk, tx)
    shown = await desk.newsletters.preview(tx, sending, EDITOR, NOW)
    assert isinstance(shown, Message)
    assert (shown.text, shown.html, len(shown.keyboard[-1])) == ("Hello Eve!", True, 4)
    await put_customers(tx, [1], chat_id=EDITOR.id, name="Eve <Customer>")
    shown = await desk.newsletters.preview(tx, sending, EDITOR, NOW)
    assert isinstance(shown, Message)
    assert shown.text == "Hello Eve &lt;Customer&gt;!"
    assert await desk.newsletters.draft(tx, "autumn", EDITOR.id, NOW) is Refusal.GONE


async def test_who_would_get_it_is_counted_before_it_starts(desk: Desk, tx: Tx) -> None:
    """The same counts as the freezing will make, with nothing stored."""
    await put_customers(tx, [1, 2, 3], language="en")
    await put_customers(tx, [4], language="fi")
    await put_consents(tx, [1, 2, 4])
    sending = await draft(desk, tx)
    assert await desk.newsletters.foresee(tx, sending, NOW) == Foreseen(2, {"no_consent": 1, "excluded": 1})
    assert (await recipients.account(tx, sending.id)).snapshot == 0


async def test_a_second_person_approves_and_only_then_it_runs(desk: Desk, tx: Tx) -> None:
    """The author sends it to approval and cannot approve it herself."""
    sending = await draft(desk, tx)
    waiting = await desk.newsletters.confirm(tx, sending.id, 0, EDITOR.id, NOW)
    assert isinstance(waiting, Sending)
    assert (waiting.state, waiting.started_at) == (S.APPROVAL, None)
    assert await desk.newsletters.confirm(tx, sending.id, 1, EDITOR.id, NOW) is Refusal.SAME_PERSON
    running = await desk.newsletters.confirm(tx, sending.id, 1, MANAGER.id, NOW)
    assert isinstance(running, Sending)
    assert running.state is S.CANARY
    assert await sendings.approver_of(tx, sending.id) == MANAGER.id
    assert desk.woken == 2


async def test_without_approval_one_yes_starts_it(tmp_path: Path, words: Words, tx: Tx) -> None:
    """Where the config asks for nobody else, the author's own confirmation is enough."""
    desk = Desk(tmp_path, words, Approval.NONE)
    sending = await draft(desk, tx)
    running = await desk.newsletters.confirm(tx, sending.id, 0, EDITOR.id, NOW)
    assert isinstance(running, Sending)
    assert running.state is S.CANARY


async def test_a_later_start_is_kept_through_the_approval(desk: Desk, tx: Tx) -> None:
    """What was to go tomorrow goes tomorrow, and a time that is over by then means at once."""
    sending = await draft(desk, tx)
    await desk.newsletters.confirm(tx, sending.id, 0, EDITOR.id, NOW, at=NOW + HOUR)
    scheduled = await desk.newsletters.confirm(tx, sending.id, 1, MANAGER.id, NOW)
    assert isinstance(scheduled, Sending)
    assert (scheduled.state, scheduled.due_at) == (S.SCHEDULED, NOW + HOUR)
    other = await draft(desk, tx)
    await desk.newsletters.confirm(tx, other.id, 0, EDITOR.id, NOW, at=NOW + HOUR)
    started = await desk.newsletters.confirm(tx, other.id, 1, MANAGER.id, NOW + 2 * HOUR)
    assert isinstance(started, Sending)
    assert started.state is S.CANARY


async def test_a_draft_whose_files_were_edited_since_is_refused_once(desk: Desk, tx: Tx) -> None:
    """Whoever confirms confirms what she saw: the draft is brought up to date and must be looked at again."""
    sending = await draft(desk, tx)
    (desk.folder / "spring.en.j2").write_text("Good morning {{ name }}!")
    desk.newsletters.files = desk.load()
    assert await desk.newsletters.confirm(tx, sending.id, 0, EDITOR.id, NOW) is Refusal.CHANGED
    assert await desk.newsletters.confirm(tx, sending.id, 0, EDITOR.id, NOW) is Refusal.STALE
    fresh = await sendings.get(tx, sending.id)
    assert fresh is not None
    shown = await desk.newsletters.preview(tx, fresh, EDITOR, NOW)
    assert isinstance(shown, Message)
    assert shown.text == "Good morning Eve!"
    assert isinstance(await desk.newsletters.confirm(tx, sending.id, fresh.version, EDITOR.id, NOW), Sending)


async def test_after_approval_was_asked_an_edited_file_changes_nothing(desk: Desk, tx: Tx) -> None:
    """What runs is what was frozen, not what the folder says by then."""
    sending = await draft(desk, tx)
    await desk.newsletters.confirm(tx, sending.id, 0, EDITOR.id, NOW)
    (desk.folder / "spring.en.j2").write_text("Something else")
    desk.newsletters.files = desk.load()
    assert isinstance(await desk.newsletters.confirm(tx, sending.id, 1, MANAGER.id, NOW), Sending)
    assert "Hello" in (await sendings.content_of(tx, sending.id))["spring.en.j2"]


async def test_pause_resume_and_cancel_take_effect_at_once_and_old_buttons_are_refused(desk: Desk, tx: Tx) -> None:
    """Rows that wait go back; those on their way stay; a button of before the change does nothing."""
    sending_id = await put_sending(tx)
    ids = await put_recipients(tx, sending_id, ["outbox"] * 3 + ["queued"])
    await put_outbox(tx, sending_id, ids[:2])
    await put_outbox(tx, sending_id, ids[2:3], "intent")
    newsletters = desk.newsletters
    assert await newsletters.resume(tx, sending_id, 0, NOW) is Refusal.NOT_NOW
    assert isinstance(await newsletters.pause(tx, sending_id, 0, NOW), Sending)
    assert await recipients.count_in_outbox(tx, sending_id) == 1
    assert await queue.queued(tx, sending_id, 9) == [1, 2, 4]
    assert await newsletters.resume(tx, sending_id, 0, NOW) is Refusal.STALE
    assert isinstance(await newsletters.resume(tx, sending_id, 1, NOW), Sending)
    await recipients.record(tx, [RecipientOutcome(sending_id, 1, RecipientState.OUTBOX)])
    await put_outbox(tx, sending_id, [1])
    cancelled = await newsletters.cancel(tx, sending_id, 2, NOW)
    assert isinstance(cancelled, Sending)
    assert cancelled.state is S.CANCELLED
    assert (await recipients.account(tx, sending_id)).skipped == {"cancelled": 1}
    assert await newsletters.cancel(tx, sending_id, 3, NOW) is Refusal.NOT_NOW
    assert await newsletters.pause(tx, 1, 0, NOW) is Refusal.GONE


async def test_progress_tells_rate_and_an_honest_estimate(desk: Desk, tx: Tx) -> None:
    """The rate is of the last minute, the estimate what is left at that rate; standing still has no estimate."""
    sending_id = await put_sending(tx)
    await put_recipients(tx, sending_id, ["queued"] * 100)
    first = await desk.newsletters.progress(tx, sending_id, NOW)
    assert first is not None
    assert (first.rate, first.eta, first.account.queued) == (0.0, None, 100)
    done = [RecipientOutcome(sending_id, i, RecipientState.SENT, at=NOW) for i in range(1, 41)]
    await recipients.record(tx, done)
    second = await desk.newsletters.progress(tx, sending_id, NOW + dt.timedelta(seconds=20))
    assert second is not None
    assert (second.rate, second.eta) == (2.0, dt.timedelta(seconds=30))
    still = await desk.newsletters.progress(tx, sending_id, NOW + dt.timedelta(seconds=120))
    later = await desk.newsletters.progress(tx, sending_id, NOW + dt.timedelta(seconds=190))
    assert still is not None
    assert later is not None
    assert (later.rate, later.eta) == (0.0, None)
    assert await desk.newsletters.progress(tx, 1, NOW) is None


async def test_estimate_leaves_out_what_waits_for_a_later_day(desk: Desk, tx: Tx) -> None:
    """Held messages are told with their reason; they neither slow the rate nor stretch the estimate."""
    later = NOW + dt.timedelta(days=2)
    sending_id = await put_sending(tx)
    await put_recipients(tx, sending_id, ["queued"] * 40 + ["outbox"] * 60)
    await put_outbox(tx, sending_id, range(41, 71), not_before=later, reason="weekly_cap")
    await put_outbox(tx, sending_id, range(71, 101))
    sent = [RecipientOutcome(sending_id, i, RecipientState.SENT, at=NOW) for i in range(1, 41)]
    await recipients.record(tx, sent)
    found = await desk.newsletters.progress(tx, sending_id, NOW + dt.timedelta(seconds=20))
    assert found is not None
    assert found.held == (Held("weekly_cap", 30, later),)
    assert (found.rate, found.eta) == (2.0, dt.timedelta(seconds=15))


async def test_those_who_wait_for_the_time_where_they_live_are_told_with_it(desk: Desk, tx: Tx) -> None:
    """Noon in Helsinki, sent at three: two wait until then, one in Tokyo until tomorrow, and no estimate counts her."""
    sending_id = await put_sending(tx)
    text = "+++\nlocal_time = '15:00'\nlate = '2h'\n+++\nHello"
    await tx.execute(update(sendings_table).values(content={"spring.en.j2": text}))
    await put_recipients(tx, sending_id, ["queued"] * 3)
    await tx.execute(update(customers_table).where(customers_table.c.id == 1).values(timezone="Asia/Tokyo"))
    found = await desk.newsletters.progress(tx, sending_id, NOW)
    assert found is not None
    tomorrow = Held("local_time", 1, NOW + 20 * HOUR)
    assert (found.held, found.eta) == ((Held("local_time", 2, NOW + 3 * HOUR), tomorrow), None)
    three = NOW + 3 * HOUR
    await recipients.record(tx, [RecipientOutcome(sending_id, 2, RecipientState.SENT, at=three)])
    found = await desk.newsletters.progress(tx, sending_id, three + 10 * SECOND)
    assert found is not None
    assert (found.held, found.rate, found.eta) == ((tomorrow,), 0.1, 10 * SECOND)
    await put_outbox(tx, sending_id, [3])
    await recipients.record(tx, [RecipientOutcome(sending_id, 3, RecipientState.OUTBOX)])
    found = await desk.newsletters.progress(tx, sending_id, three + 10 * SECOND)
    assert found is not None
    assert (found.held, found.eta) == ((tomorrow,), 10 * SECOND)


async def test_a_missed_slot_goes_by_one_persons_word_or_is_dropped(desk: Desk, tx: Tx) -> None:
    """Nobody made it by hand, so whoever says yes is the second person; an old button is refused."""
    for number in (1, 2):
        missed = Sending(number, "spring", "abc", S.APPROVAL, NOW, due_at=NOW - 9 * HOUR, reason="too_late", canary=20)
        await sendings.add(tx, missed, content={"spring.en.j2": "Hello"}, on_unknown=OnUnknown.NEVER_TWICE)
    sent = await desk.newsletters.confirm(tx, 1, 0, MANAGER.id, NOW)
    assert isinstance(sent, Sending)
    assert (sent.state, sent.started_at, sent.reason) == (S.CANARY, NOW, "")
    assert await desk.newsletters.confirm(tx, 1, 0, MANAGER.id, NOW) in {Refusal.STALE, Refusal.NOT_NOW}
    dropped = await desk.newsletters.cancel(tx, 2, 0, NOW)
    assert isinstance(dropped, Sending)
    assert dropped.state is S.CANCELLED


def notices_for(words: Words, letters: NewsletterFiles | None = None) -> StaffNotices:
    """Return the scheduler's words to staff, for a company without dialogues."""
    return StaffNotices(COMPANY, words, Labels(words, Library({}), letters))


async def test_managers_are_told_in_their_language_with_buttons_that_answer(tx: Tx, words: Words) -> None:
    """A late slot asks; agents and those whom the bot cannot reach get nothing."""
    for member, role in ((1, Role.AGENT), (2, Role.MANAGER), (3, Role.ADMIN), (4, Role.ADMIN)):
        await add_member(tx, member, f"m{member}", role, NOW, language="fi" if member == 2 else "en")
        await set_reachable(tx, member, member != 4)
    sending = Sending(35, "spring", "x", S.APPROVAL, NOW, version=2, due_at=NOW)
    notices = notices_for(words)
    await notices.tell(tx, Late("spring", NOW, 3, sending), NOW)
    rows = {row.chat_id: row.message for row in await outbox.claim(tx, NOW, owner="test", limit=10)}
    assert set(rows) == {2, 3}
    assert "12:00" in rows[3].text  # ten o'clock UTC on the company's wall
    assert "3 slots in all" in rows[3].text
    assert [row[0].tap for row in rows[2].keyboard] == ["n.z.2.start", "n.z.2.cancel"]
    assert rows[2].keyboard[0][0].label == "Lähetä nyt"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", ["content", "canary", "gone", "audience"])
def test_every_reason_to_stop_has_its_words(words: Words, language: str, reason: str) -> None:
    """Whatever stops a sending, staff read why, and can go on or end it."""
    sending = Sending(35, "spring", "x", S.STOPPED, NOW, reason=reason)
    message = notices_for(words).message(SendingStopped(sending), language)
    assert words.plain(f"newsletter.reason.{reason}", language) in message.text
    assert [row[0].tap for row in message.keyboard] == ["n.z.0.resume", "n.z.0.cancel"]


def test_the_other_notices_name_their_numbers(words: Words) -> None:
    """A finished sending tells its account; missed slots without a question have no buttons."""
    notices = notices_for(words)
    sending = Sending(35, "spring", "x", S.FINISHED, NOW)
    account = Account(90, {"no_consent": 4}, {"blocked": 5}, 1, 0)
    finished = notices.message(SendingFinished(sending, account), "en")
    assert finished.text == "✅ “spring” is done. Sent 90 of 100, skipped 4, failed 5, unknown 1."
    unmade = notices.message(SendingFinished(sending, Account(9, failed={"content": 3, "blocked": 1})), "en")
    assert unmade.text.endswith("failed 4. For 3 the text could not be made; /newsletter, Details names them.")
    late = notices.message(Late("nps", NOW, 1), "en")
    assert late.keyboard == ()
    assert "1 slot was missed" in late.text


def test_notices_call_a_newsletter_by_its_title(tmp_path: Path, words: Words) -> None:
    """Staff know the title from the list; the file's name means nothing to them."""
    (tmp_path / "spring.en.j2").write_text("+++\ntitle = 'Spring news'\n+++\nHello!")
    notices = notices_for(words, NewsletterFiles.load([tmp_path], LANGUAGES))
    finished = notices.message(SendingFinished(Sending(35, "spring", "x", S.FINISHED, NOW), Account(1)), "en")
    assert finished.text.startswith("✅ “Spring news” is done.")
