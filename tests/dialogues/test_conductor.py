"""The conductor over a real store: everything that comes in is kept, and everybody gets an answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dialogues.courtesy import holds_for
from domain.company import CourtesyRules
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.customers import Consent, Purpose, Reach
from domain.dialogues import RunState
from domain.holds import Hold
from domain.incoming import Sender
from domain.messages import Act, Waiting
from store.cases import list_cases
from store.consents import give_consents
from store.contacts import add_contacts
from store.customers import add_customers, customers_by_chat
from store.database import Database
from store.facts import known_facts
from store.ids import new_id
from store.runs import due_runs, last_run
from store.tables import contacts
from tests.dialogues.conductor_stand import START, Stand


@pytest.fixture
def stand(database: Database, tmp_path: Path) -> Stand:
    """Return a conductor over an empty store."""
    return Stand(database, tmp_path)


def labels(row: Waiting) -> list[str]:
    """Return what the buttons of a message say, in order."""
    return [button.label for line in row.message.keyboard for button in line]


async def test_a_low_score_opens_a_case_and_thanks_with_its_number(stand: Stand) -> None:
    """The loop closes: the reason, the fact and the case are stored with the answer, in one go."""
    (question,) = await stand.says("/rate")
    assert labels(question) == [*map(str, range(11)), "Cancel"]
    (why,) = await stand.taps(question, "3")
    assert labels(why) == ["Skip", "Back", "Cancel"]
    (thanks,) = await stand.says("It was wet")
    async with stand.database.read() as tx:
        (case,) = await list_cases(tx)
        customer = (await customers_by_chat(tx, [7]))[7]
        facts = (await known_facts(tx, [customer.id]))[customer.id]
    assert thanks.message.text == f"Your case is No {case.id}."
    assert case.summary == "3: It was wet"
    assert case.first_answer_due == START + dt.timedelta(hours=2)
    assert [(fact.name, fact.value, fact.source) for fact in facts] == [("nps", 3, "dialogue:nps")]
    assert [what for what, _ in stand.staff.told] == ["new_case"]


@pytest.mark.parametrize(("known", "spoken", "told"), [(None, "fi", "Kuinka"), ("en", "fi", "How")])
async def test_who_is_known_from_a_file_and_writes_is_spoken_to_in_her_language(
    stand: Stand, known: str | None, spoken: str, told: str
) -> None:
    """What the file says of it counts; where it says nothing, her Telegram's does, and it is kept."""
    row = {"name": "Ann", "number": "A1", "chat_id": 7, "language": known, "created_at": START}
    async with stand.database.write() as tx:
        await add_customers(tx, [row])
    words = stand.words("/rate")
    (question,) = await stand.hear(dataclasses.replace(words, sender=Sender(7, "Ann", language=spoken)))
    assert question.message.text.startswith(told)
    async with stand.database.read() as tx:
        assert (await customers_by_chat(tx, [7]))[7].language == (known or spoken)


async def test_a_tap_marks_its_message_and_is_answered_and_the_same_tap_again_is_told_so(stand: Stand) -> None:
    """A tap acts once; the second time it says so and shows the open question."""
    (question,) = await stand.says("/rate")
    await stand.taps(question, "3")
    marks = [row for row in stand.sent if row.act is Act.EDIT]
    assert marks[-1].message.text.endswith("✓ 3")
    assert marks[-1].message.keyboard == ()
    (again,) = await stand.taps(question, "9")
    assert again.message.text == "Why?"
    toast = next(row for row in reversed(stand.sent) if row.act is Act.TOAST)
    assert "earlier question" in toast.message.text


async def test_free_words_are_logged_passed_to_staff_and_answered_with_what_can_be_done(stand: Stand) -> None:
    """Nobody speaks into the void, and a complaint is one tap away."""
    (offer,) = await stand.says("Hello there")
    assert labels(offer)[0] == "Make a complaint"
    assert stand.staff.told == [("wrote", "Hello there")]
    assert await stand.timeline() == [("words", "Hello there")]
    (question,) = await stand.taps(offer, "Make a complaint")
    assert question.message.text.startswith("What happened?\n\nSo far we have: <i>Hello there</i>")


async def test_several_words_in_a_row_are_answered_once(stand: Stand) -> None:
    """Nobody is asked the same thing after every line that she writes, and staff get them all."""
    (offer,) = await stand.hear(stand.words("Hello"), stand.words("Are you there?"))
    assert "What is it about?" in offer.message.text
    assert [text for what, text in stand.staff.told if what == "wrote"] == ["Hello", "Are you there?"]


async def test_a_complaint_in_the_middle_of_a_survey_comes_back_to_it(stand: Stand) -> None:
    """A digression loses nothing."""
    await stand.says("/rate")
    await stand.says("/complaint")
    await stand.says("Late")
    done, back = await stand.says("Done")
    assert "Registered as No" in done.message.text
    assert "Two questions" in back.message.text
    (thanks,) = await stand.says("10")
    assert thanks.message.text == "Thank you."


async def test_words_of_a_customer_with_an_open_case_go_to_the_case(stand: Stand) -> None:
    """She need not say the number again."""
    await stand.says("/complaint")
    await stand.says("Late")
    await stand.says("Done")
    (noted,) = await stand.says("Still nothing")
    assert "No 1" in noted.message.text
    assert stand.staff.told[-1] == ("wrote", "Still nothing")


async def test_a_person_can_be_had_from_the_middle_of_a_question(stand: Stand) -> None:
    """Asking for a person opens a case with what was said so far and ends the run."""
    await stand.says("/rate")
    await stand.says("4")
    (handed,) = await stand.says("Talk to a person")
    assert "No 1" in handed.message.text
    async with stand.database.read() as tx:
        (case,) = await list_cases(tx)
        run = await last_run(tx, case.customer_id, "nps")
    assert case.summary == "Two questions\n4"
    assert run is not None
    assert run.state is RunState.HANDED_OVER


async def test_an_edited_answer_gets_a_new_version_and_keeps_the_old_text(stand: Stand) -> None:
    """Both versions stay on the timeline."""
    await stand.says("/rate")
    await stand.says("4")
    (thanks,) = await stand.edits(2, "9")
    assert thanks.message.text == "Thank you."
    async with stand.database.read() as tx:
        row = (await tx.execute(select(contacts).where(contacts.c.message_id == 2))).one()
    assert (row.text, row.edited_from) == ("9", "4")


async def test_the_language_changes_in_the_middle_of_a_question(stand: Stand) -> None:
    """The open question is put again in the new language."""
    await stand.says("/rate")
    (ask,) = await stand.says("/language")
    _, question = await stand.taps(ask, "Suomi")
    assert question.message.text == "Kuinka todennäköisesti?"


async def test_who_blocks_is_unreachable_until_her_next_word(stand: Stand) -> None:
    """Reach follows what Telegram tells."""
    await stand.says("Hello")
    await stand.blocks()
    async with stand.database.read() as tx:
        blocked = (await customers_by_chat(tx, [7]))[7]
    await stand.says("Hello again")
    async with stand.database.read() as tx:
        back = (await customers_by_chat(tx, [7]))[7]
    assert (blocked.reach, back.reach) == (Reach.BLOCKED, Reach.REACHABLE)


async def test_a_start_of_ours_needs_consent_and_respects_an_open_dialogue(stand: Stand) -> None:
    """A refused start says why."""
    await stand.says("Hello")
    async with stand.database.write() as tx:
        who = (await customers_by_chat(tx, [7]))[7].id
        refused = await stand.conductor.start(tx, who, "nps", "wave:1", START)
        consent = Consent(Purpose.SURVEYS, given=True, text_version="1", source="test", at=START)
        await give_consents(tx, [(who, consent)])
        started = await stand.conductor.start(tx, who, "nps", "wave:1", START)
        again = await stand.conductor.start(tx, who, "nps", "wave:1", START)
    assert refused is Hold.NO_CONSENT
    assert isinstance(started, int)
    assert again is Hold.IN_DIALOGUE
    (question,) = await stand.fresh()
    assert question.proactive
    assert question.kind == "survey"


async def test_silence_is_reminded_of_once_outside_quiet_hours_and_then_expires(stand: Stand) -> None:
    """Reminder and expiry are due rows; the reminder waits for the morning."""
    await stand.says("/rate")
    night = START + dt.timedelta(hours=20)  # 06:00 in Helsinki
    async with stand.database.write() as tx:
        ((run_id, _),) = await due_runs(tx, night)
        assert not await stand.conductor.remind(tx, run_id, night)
        assert await due_runs(tx, night) == []
        morning = START + dt.timedelta(hours=23)
        assert await stand.conductor.remind(tx, run_id, morning)
        assert not await stand.conductor.expire(tx, run_id, morning)
        late = START + dt.timedelta(days=6)
        assert await stand.conductor.expire(tx, run_id, late)
    stand.now = late
    (reminder,) = await stand.fresh()
    assert reminder.proactive
    assert reminder.message.text.endswith("How likely?")
    (thanks,) = await stand.taps(reminder, "9")
    assert "kept your answer" in thanks.message.text


async def test_who_told_her_matter_but_forgot_done_is_heard_when_the_time_is_over(stand: Stand) -> None:
    """No word is lost: the case that her words would have opened is opened at expiry."""
    await stand.says("/feedback")
    await stand.says("The café was lovely")
    stand.now += dt.timedelta(days=4)
    async with stand.database.write() as tx:
        ((run_id, _),) = await due_runs(tx, stand.now)
        assert await stand.conductor.expire(tx, run_id, stand.now)
    assert [(what, case.summary) for what, case in stand.staff.told] == [("new_case", "The café was lovely")]
    (told,) = await stand.fresh()
    assert "No 1" in told.message.text


async def test_who_is_heard_at_night_is_told_of_it_in_the_morning(stand: Stand) -> None:
    """The case is not late, and nobody is woken by it."""
    await stand.says("/feedback")
    await stand.says("The café was lovely")
    stand.now = (stand.now + dt.timedelta(days=4)).replace(hour=1)
    async with stand.database.write() as tx:
        ((run_id, _),) = await due_runs(tx, stand.now)
        assert await stand.conductor.expire(tx, run_id, stand.now)
    assert [what for what, _ in stand.staff.told] == ["new_case"]
    assert await stand.fresh() == []
    stand.now += dt.timedelta(hours=8)
    (told,) = await stand.fresh()
    assert "No 1" in told.message.text


async def test_a_low_score_without_more_is_followed_up_when_the_time_is_over(stand: Stand) -> None:
    """The loop is closed with the unhappy who say no more than a number, too."""
    (question,) = await stand.says("/rate")
    await stand.taps(question, "3")
    stand.now += dt.timedelta(days=9)
    async with stand.database.write() as tx:
        ((run_id, _),) = await due_runs(tx, stand.now)
        assert await stand.conductor.expire(tx, run_id, stand.now)
    assert [what for what, _ in stand.staff.told] == ["new_case"]
    (told,) = await stand.fresh()
    assert "Your case is No 1" in told.message.text


async def test_a_late_tap_takes_up_what_she_had_begun_herself(stand: Stand) -> None:
    """Only a survey is over when it is over."""
    (question,) = await stand.says("/feedback")
    stand.now += dt.timedelta(days=4)
    async with stand.database.write() as tx:
        ((run_id, _),) = await due_runs(tx, stand.now)
        assert await stand.conductor.expire(tx, run_id, stand.now)
    assert stand.staff.told == []
    (again,) = await stand.taps(question, "Done")
    assert again.message.text.endswith("What is it?")
    await stand.says("The café was lovely")
    (told,) = await stand.taps(question, "Done")
    assert "It is No 1" in told.message.text


async def test_a_reminder_that_waited_until_its_question_was_answered_does_not_go(stand: Stand) -> None:
    """Between plan and moment she may have answered."""
    await stand.says("/rate")
    stand.now = morning = START + dt.timedelta(hours=23)
    async with stand.database.write() as tx:
        ((run_id, _),) = await due_runs(tx, stand.now)
        assert await stand.conductor.remind(tx, run_id, morning)
    (reminder,) = await stand.fresh()

    async def hold() -> Hold | None:
        async with stand.database.read() as tx:
            rules = CourtesyRules(per_week=9, least_gap=dt.timedelta())
            found = await holds_for(tx, [reminder], rules, "Europe/Helsinki", morning)
        return found[reminder.id].hold if found else None

    assert await hold() is None
    await stand.says("3")
    assert await hold() is Hold.TOO_LATE


async def test_stop_takes_one_tap_and_topics_bring_it_back(stand: Stand) -> None:
    """Withdrawing is as easy as giving."""
    await stand.says("Hello")
    topics = (await stand.says("/topics"))[0]
    await stand.taps(topics, "News and offers")
    async with stand.database.read() as tx:
        agreed = (await customers_by_chat(tx, [7]))[7].agrees(Purpose.MARKETING)
    await stand.hear(stand.tap("w.abc.stop"))
    async with stand.database.read() as tx:
        stopped = (await customers_by_chat(tx, [7]))[7].agrees(Purpose.MARKETING)
    assert (agreed, stopped) == (True, False)


async def test_a_batch_of_many_customers_is_heard_in_order_in_one_transaction(stand: Stand) -> None:
    """Customers do not mix, and each one's messages keep their order."""
    batch = [stand.words(text, chat) for text in ("/rate", "5", "because") for chat in range(10, 40)]
    rows = await stand.hear(*batch)
    assert len(rows) == 90
    async with stand.database.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(contacts)) == 90
        cases = await list_cases(tx)
    assert sorted({case.summary for case in cases}) == ["5: because"]
    assert len(cases) == 30


async def test_words_that_answer_a_person_reach_the_person_even_in_the_middle_of_a_dialogue(stand: Stand) -> None:
    """What fits the open question better is its answer; all else goes to the case."""
    await stand.says("/complaint")
    await stand.says("Late")
    await stand.says("Done")
    await stand.says("/rate")
    async with stand.database.write() as tx:
        who = (await customers_by_chat(tx, [7]))[7].id
        reply = Contact(
            id=new_id(),
            customer_id=who,
            at=stand.now + dt.timedelta(minutes=1),
            channel=Channel.TELEGRAM,
            direction=Direction.OUT,
            kind=ContactKind.STAFF_REPLY,
            text="Which street?",
            state=ContactState.SENT,
            message_id=700,
        )
        await add_contacts(tx, [reply])
    stand.now += dt.timedelta(minutes=2)
    assert await stand.says("Hämeenkatu 1") == []
    assert stand.staff.told[-1] == ("wrote", "Hämeenkatu 1")
    await stand.says("at the back door")
    assert stand.staff.told[-1] == ("wrote", "at the back door"), "a second message in a row is the person's, too"
    (why,) = await stand.says("7")
    assert why.message.text == "Why?"
    await stand.says("Number 3, I mean", reply_to=700)
    assert stand.staff.told[-1] == ("wrote", "Number 3, I mean")


async def test_words_that_a_question_with_buttons_does_not_understand_go_to_her_open_case(stand: Stand) -> None:
    """Staff see them and she is told where they went, without a reproach; the question still takes its answer."""
    await stand.says("/complaint")
    await stand.says("Late")
    await stand.says("Done")
    await stand.says("/rate")
    (noted,) = await stand.says("and the box was wet, too")
    assert stand.staff.told[-1] == ("wrote", "and the box was wet, too")
    assert noted.message.text == "Thank you, I added this to your case No 1."
    (thanks,) = await stand.says("10")
    assert thanks.message.text == "Thank you."


async def test_words_said_together_with_the_last_answer_of_a_complaint_go_to_the_new_case(stand: Stand) -> None:
    """Where both come in one batch, the case is there already, whatever other question is open."""
    await stand.says("/rate")
    await stand.says("/complaint")
    await stand.says("Late")
    await stand.hear(stand.words("Done"), stand.words("and wet"))
    assert stand.staff.told[-1] == ("wrote", "and wet")


async def test_without_a_case_words_that_a_question_does_not_understand_are_a_missed_answer(stand: Stand) -> None:
    """She is told what fits, as nobody else would answer her."""
    (question,) = await stand.says("/rate")
    (missed,) = await stand.says("and the box was wet, too")
    assert missed.message.text != question.message.text
    assert stand.staff.told == []
