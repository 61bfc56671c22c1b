"""Small questions: at the end of a contact at most one, the best one, never repeated, never in the way."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dialogues.courtesy import SMALL_QUESTION_WAITS, Decision, holds_for
from dialogues.fact_files import FactFiles, load_facts
from dialogues.small_questions import choose
from domain.company import CourtesyRules
from domain.contacts import ContactKind
from domain.facts import Estimate
from domain.holds import Hold
from domain.messages import Act, OnUnknown, Waiting
from store.customers import change_customers, customers_by_chat
from store.database import Database
from store.facts import known_facts
from store.runs import last_run
from store.tables import holds, runs
from tests.dialogues.conductor_stand import Stand

FACTS = """\
[[fact]]
name = "pet"
kind = "yes/no"
worth = 2
label.en = "Pet"
label.fi = "Lemmikki"
say.en = "Do you have a pet?"
say.fi = "Onko sinulla lemmikki?"

[[fact]]
name = "kind_of_pet"
kind = "many"
worth = 9
only_if = "pet"
label.en = "Pets"
label.fi = "Lemmikit"
say.en = "Which ones?"
say.fi = "Mitä?"
options = [{ id = "dog", en = "Dog", fi = "Koira" }, { id = "cat", en = "Cat", fi = "Kissa" }]

[[fact]]
name = "hobby"
kind = "text"
worth = 1
label.en = "Hobby"
label.fi = "Harrastus"
say.en = "What do you like to do?"
say.fi = "Mistä pidät?"
"""
NIGHT = dt.datetime(2027, 3, 2, 20, tzinfo=dt.UTC)  # ten in the evening in Helsinki
WHY = "Why did I get this?"


def facts_in(folder: Path) -> FactFiles:
    """Return the three facts."""
    folder.mkdir()
    (folder / "facts.toml").write_text(FACTS)
    return load_facts([folder], ("en", "fi"))


@pytest.fixture
def stand(database: Database, tmp_path: Path) -> Stand:
    """A conductor that has three things to ask."""
    stand = Stand(database, tmp_path)
    stand.conductor.library.facts = facts_in(tmp_path / "facts")
    return stand


async def ends_a_contact(stand: Stand, score: str = "9") -> list[Waiting]:
    """Let Ann rate us, which opens no case when she is content; return what is said at the end."""
    (asked,) = await stand.says("/rate")
    return await stand.taps(asked, score)


def labels(row: Waiting) -> list[str]:
    """Return the labels of a message's buttons."""
    return [button.label for line in row.message.keyboard for button in line]


async def known(stand: Stand) -> dict[str, Any]:
    """Return what is known of Ann, with its source."""
    async with stand.database.read() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        return {fact.name: (fact.value, fact.source) for fact in (await known_facts(tx, [ann.id])).get(ann.id, [])}


async def held(stand: Stand) -> list[tuple[str, str, str]]:
    """Return every hold."""
    async with stand.database.read() as tx:
        rows = await tx.execute(select(holds.c.kind, holds.c.reason, holds.c.ref).order_by(holds.c.id))
        return [(row.kind, row.reason, row.ref) for row in rows]


async def state_of(stand: Stand, script_id: str) -> str | None:
    """Return where her newest run of a script stands."""
    async with stand.database.read() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        run = await last_run(tx, ann.id, script_id)
        return None if run is None else run.state.value


async def test_a_contact_ends_with_the_best_question_and_her_answer_is_a_fact(stand: Stand) -> None:
    """After the ending's own words, with a soft lead and a way out; it counts as something that we start."""
    thanks, asked = await ends_a_contact(stand)
    assert thanks.message.text == "Thank you."
    assert asked.kind == ContactKind.SMALL_QUESTION
    assert asked.proactive
    assert asked.on_unknown is OnUnknown.NEVER_TWICE
    assert asked.message.text == "One small thing, so that we know you better:\n\nDo you have a pet?"
    assert labels(asked) == ["Yes", "No", "Rather not say", WHY]
    (noted,) = await stand.taps(asked, "Yes")
    assert noted.message.text == "Thanks, noted."
    assert (await known(stand))["pet"] == (True, "dialogue:fact.pet")
    assert await held(stand) == []


async def test_who_rather_does_not_say_is_not_asked_again_for_half_a_year(stand: Stand) -> None:
    """Then the next best one comes, and after half a year the first again."""
    _, asked = await ends_a_contact(stand)
    (quite,) = await stand.taps(asked, "Rather not say")
    assert quite.message.text == "That is quite all right."
    assert any("– Rather not say" in row.message.text for row in stand.sent if row.act is Act.EDIT)
    stand.now += dt.timedelta(days=179)
    _, second = await ends_a_contact(stand)
    assert second.message.text.endswith("What do you like to do?")
    await stand.says("rather not say")
    stand.now += dt.timedelta(days=1)
    _, third = await ends_a_contact(stand)
    assert third.message.text.endswith("Do you have a pet?")


async def test_a_second_tap_on_the_last_button_does_not_put_the_small_question_twice(stand: Stand) -> None:
    """The tap is answered over the chat; what has just been asked stands right there."""
    (asked,) = await stand.says("/rate")
    _, small = await stand.taps(asked, "9")
    assert small.kind == ContactKind.SMALL_QUESTION
    again = await stand.taps(asked, "9")
    assert again == []


async def test_what_is_answered_and_fresh_is_not_asked_and_what_is_stale_is(stand: Stand) -> None:
    """A year is how long an answer counts here; a condition opens the next question."""
    _, asked = await ends_a_contact(stand)
    await stand.taps(asked, "Yes")
    stand.now += dt.timedelta(days=8)
    _, second = await ends_a_contact(stand)
    assert second.message.text.endswith("Which ones?")
    assert labels(second) == ["Dog", "Cat", "Done", "Rather not say", WHY]
    await stand.taps(second, "Dog")
    await stand.taps(second, "Done")
    assert (await known(stand))["kind_of_pet"] == ("dog", "dialogue:fact.kind_of_pet")
    stand.now += dt.timedelta(days=8)
    _, third = await ends_a_contact(stand)
    await stand.taps(third, "Rather not say")
    stand.now += dt.timedelta(days=8)
    assert len(await ends_a_contact(stand)) == 1
    stand.now += dt.timedelta(days=350)
    _, again = await ends_a_contact(stand)
    assert again.message.text.endswith("Which ones?")


async def test_nothing_is_asked_when_a_case_was_opened_or_she_cancelled(stand: Stand) -> None:
    """Then the contact is about something else."""
    (asked,) = await stand.says("/rate")
    assert len(await stand.taps(asked, "Cancel")) == 1
    (asked,) = await stand.says("/rate")
    (why,) = await stand.taps(asked, "3")
    (case,) = await stand.taps(why, "Skip")
    assert case.message.text.startswith("Your case is No")
    assert await state_of(stand, "fact.pet") is None


async def test_in_quiet_hours_nothing_is_asked_and_the_reason_is_kept(stand: Stand) -> None:
    """Once for the contact that would have ended with it."""
    stand.now = NIGHT
    assert len(await ends_a_contact(stand)) == 1
    assert await held(stand) == [("small_question", Hold.QUIET_HOURS.value, "fact.pet")]


async def test_while_a_complaint_is_open_nothing_is_asked(stand: Stand) -> None:
    """First we put right what is wrong."""
    await stand.says("/complaint")
    await stand.says("It broke")
    await stand.says("done")
    assert len(await ends_a_contact(stand)) == 1
    assert await held(stand) == [("small_question", Hold.OPEN_COMPLAINT.value, "fact.pet")]


async def test_a_no_to_surveys_is_a_no_to_small_questions_and_silence_is_not(stand: Stand) -> None:
    """Who does not want to be asked is not asked."""
    (asked,) = await stand.says("/topics")
    await stand.taps(asked, "Surveys")
    (agreed,) = await stand.says("/topics")
    await stand.taps(agreed, "✓ Surveys")  # yes, and then no
    assert len(await ends_a_contact(stand)) == 1
    assert await held(stand) == [("small_question", Hold.NO_CONSENT.value, "fact.pet")]


async def test_free_words_beside_a_small_question_are_free_words_and_fitting_ones_answer_it(stand: Stand) -> None:
    """She need not mind the question; a complaint or a call for help is not taken for an answer."""
    await ends_a_contact(stand)
    (offer,) = await stand.says("When do you open tomorrow? I would like to bring my bicycle")
    assert "Make a complaint" in labels(offer)
    (talk,) = await stand.says("/help")
    assert "/feedback" in talk.message.text
    (noted,) = await stand.says("no")
    assert noted.message.text == "Thanks, noted."
    assert (await known(stand))["pet"][0] is False


async def test_a_question_for_words_is_answered_by_what_is_said_right_after_it(stand: Stand) -> None:
    """What asks something in return, or comes later, is said to us."""
    _, pet = await ends_a_contact(stand)
    await stand.taps(pet, "Rather not say")
    stand.now += dt.timedelta(days=8)
    _, asked = await ends_a_contact(stand)
    assert asked.message.text.endswith("What do you like to do?")
    (offer,) = await stand.says("What is it to you?")
    assert labels(offer)
    assert "hobby" not in await known(stand)
    stand.now += dt.timedelta(days=200)
    _, pet = await ends_a_contact(stand)
    await stand.taps(pet, "No")
    stand.now += dt.timedelta(days=8)
    await ends_a_contact(stand)
    (noted,) = await stand.says("Rowing")
    assert noted.message.text == "Thanks, noted."
    assert (await known(stand))["hobby"][0] == "Rowing"


async def test_another_dialogue_ends_it_quietly_and_a_late_tap_still_counts(stand: Stand) -> None:
    """Nothing is lost, and nothing is in the way."""
    _, asked = await ends_a_contact(stand)
    (what,) = await stand.says("/feedback")
    assert what.message.text == "What is it?"
    assert await state_of(stand, "fact.pet") == "expired"
    said = await stand.taps(asked, "Yes")
    assert said[0].message.text == "Thanks, noted."
    assert "Back to" in said[1].message.text
    assert (await known(stand))["pet"][0] is True


async def test_it_expires_in_silence_and_is_never_reminded_of(stand: Stand) -> None:
    """Three days; silence is an outcome."""
    await ends_a_contact(stand)
    async with stand.database.read() as tx:
        (run,) = (await tx.execute(select(runs).where(runs.c.script_id == "fact.pet"))).all()
    assert run.due_at == stand.now + dt.timedelta(days=3)
    stand.now = run.due_at
    async with stand.database.write() as tx:
        assert not await stand.conductor.remind(tx, run.id, stand.now - dt.timedelta(seconds=1))
        assert await stand.conductor.expire(tx, run.id, stand.now)
    assert await stand.fresh() == []
    assert await state_of(stand, "fact.pet") == "expired"


async def test_a_survey_does_not_wait_for_a_small_question(stand: Stand) -> None:
    """It ends, and the survey begins."""
    await ends_a_contact(stand)
    async with stand.database.write() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        started = await stand.conductor.start(tx, ann.id, "complaint", "wave:9", stand.now)
    assert isinstance(started, int)
    assert await state_of(stand, "fact.pet") == "expired"


async def test_held_at_the_call_or_too_late_it_is_dropped_and_not_sent_next_day(stand: Stand) -> None:
    """What ends a contact begins none."""
    _, asked = await ends_a_contact(stand)
    async with stand.database.write() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        rules = CourtesyRules()
        zone = "Europe/Helsinki"
        assert await holds_for(tx, [asked], rules, zone, stand.now + SMALL_QUESTION_WAITS) == {}
        late = stand.now + SMALL_QUESTION_WAITS + dt.timedelta(seconds=1)
        assert (await holds_for(tx, [asked], rules, zone, late))[asked.id].hold is Hold.TOO_LATE
        await change_customers(tx, {ann.id: {"timezone": "America/Los_Angeles"}})  # where it is midnight
        decision = (await holds_for(tx, [asked], rules, zone, stand.now))[asked.id]
    assert decision == Decision(Hold.QUIET_HOURS, None)


def test_the_most_valuable_is_chosen_and_of_equals_the_first(tmp_path: Path) -> None:
    """Worth, probability of an answer, expected information, and how likely it has changed."""
    facts = facts_in(tmp_path / "facts").all()
    now = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)

    def chosen(known: dict[str, object], **estimates: Estimate) -> str | None:
        best = choose(facts, estimates, {}, {}, known, now)
        return None if best is None else best.name

    assert chosen({}) == "pet"
    assert chosen({"pet": True}) == "kind_of_pet"
    assert chosen({}, pet=Estimate(information=0.4)) == "hobby"
    assert chosen({}, pet=Estimate(information=0.5)) == "pet"  # 2 × .5 × .5 = 1 × 1 × .5: the first of the file
    assert chosen({}, pet=Estimate(answers=0.01)) == "hobby"
    assert chosen({}, pet=Estimate(information=0), hobby=Estimate(information=0)) is None
