"""The pure engine: what is said and kept follows from the answers alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogues.choices import choice_ids
from dialogues.engine import (
    Again,
    Ask,
    Begin,
    Cancelled,
    Chosen,
    Control,
    Finished,
    Heard,
    Marked,
    Notice,
    Received,
    Setting,
    Steered,
    Step,
    Typed,
    advance,
    correct,
)
from dialogues.standing import newest_answers, standing_of
from domain.dialogues import Ending, Option, Question, QuestionKind, Run, RunState, Script
from domain.incoming import Place, Sender, Words
from domain.rules import parse_rule

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
SETTING = Setting("en", ("fi", "en"), zoneinfo.ZoneInfo("Europe/Helsinki"))
ANN = Sender(7, "Ann")

NPS = Script(
    id="nps",
    version=1,
    title={"en": "NPS"},
    questions=(
        Question("score", QuestionKind.SCALE, {"en": "How likely?"}, low=0, high=10),
        Question("why", QuestionKind.TEXT, {"en": "Why?"}, skip=True, only_if=parse_rule("score <= 8")),
        Question("parts", QuestionKind.MESSAGES, {"en": "Show us"}, only_if=parse_rule("score <= 2")),
    ),
    endings=(Ending(parse_rule("score <= 6"), {"en": "Sorry"}), Ending(None, {"en": "Thanks"})),
)


def words(text: str, message_id: int = 1) -> Words:
    """Return a message of Ann's."""
    return Words(1, ANN, Place(7, private=True), NOW, message_id, text)


def begun(script: Script = NPS) -> Run:
    """Return a run whose first question was put."""
    run = Run(1, 1, script.id, "digest", RunState.OPEN, NOW, "customer", 1)
    return advance(script, run, Begin(), SETTING, NOW).run


def hear(run: Run, heard: Heard, script: Script = NPS) -> Step:
    """Advance *run*."""
    return advance(script, run, heard, SETTING, NOW)


def asked(step: Step) -> str:
    """Return the id of the question that *step* puts."""
    return next(effect.question.id for effect in step.effects if isinstance(effect, Ask))


def test_a_low_score_asks_why_and_a_high_one_does_not() -> None:
    """A question that is not relevant is never put."""
    low, high = hear(begun(), Chosen(1, 5)), hear(begun(), Chosen(1, 9))
    assert asked(low) == "why"
    assert isinstance(low.effects[0], Marked)
    finished = high.effects[-1]
    assert isinstance(finished, Finished)
    assert finished.ending is NPS.endings[1]
    assert high.run.state is RunState.DONE


def test_a_tap_on_an_older_asking_changes_nothing_and_puts_the_open_question_again() -> None:
    """A tap acts once."""
    answered = hear(begun(), Chosen(1, 5)).run
    step = hear(answered, Chosen(1, 9))
    assert step.answers == ()
    assert step.effects[0] == Notice("stale")
    assert asked(step) == "why"
    assert step.run.answers == answered.answers


def test_back_reopens_the_last_answer_and_keeps_the_older_value_as_a_version() -> None:
    """Nothing that was answered is lost."""
    run = hear(begun(), Chosen(1, 5)).run
    back = hear(run, Steered(Control.BACK))
    assert asked(back) == "score"
    changed = hear(back.run, Typed(words("9"))).run
    assert changed.state is RunState.DONE
    assert [(a.version, a.value, a.reopened) for a in changed.answers] == [(1, 5, False), (2, 5, True), (3, 9, False)]


def test_back_at_the_first_question_puts_it_again() -> None:
    """There is an answer to every button."""
    step = hear(begun(), Steered(Control.BACK, 1))
    assert asked(step) == "score"
    assert step.run.asking == 1


def test_an_answer_that_is_no_longer_relevant_counts_for_nothing() -> None:
    """After a change of mind the ending sees only what is relevant."""
    run = hear(begun(), Chosen(1, 5)).run
    run = dataclasses.replace(run, answers=(*run.answers,))
    why = hear(run, Typed(words("slow")))
    assert isinstance(why.effects[-1], Finished)
    reopened = dataclasses.replace(why.run, state=RunState.OPEN)
    happier = dataclasses.replace(reopened.answers[0], version=2, value=10)
    standing = standing_of(NPS, dataclasses.replace(reopened, answers=(*reopened.answers, happier)), {})
    assert standing.values == {"score": 10}


def test_skip_is_an_answer_where_it_is_offered_and_nothing_where_it_is_not() -> None:
    """Skip never gets past a question that must be answered."""
    must = hear(begun(), Steered(Control.SKIP))
    assert asked(must) == "score"
    assert must.answers == ()
    skipped = hear(hear(begun(), Chosen(1, 5)).run, Steered(Control.SKIP, 2))
    assert skipped.answers[0].skipped
    finished = skipped.effects[-1]
    assert isinstance(finished, Finished)
    assert finished.values == {"score": 5}


def test_the_third_miss_offers_a_person() -> None:
    """Nobody is asked the same thing for ever."""
    run, person = begun(), []
    for _ in range(3):
        step = hear(run, Typed(words("what?")))
        ask = step.effects[0]
        assert isinstance(ask, Ask)
        assert ask.hint == "miss_scale"
        person.append(ask.person)
        run = step.run
    assert person == [False, False, True]
    assert run.asking == 1


def test_cancel_ends_the_run() -> None:
    """She can leave at any question."""
    step = hear(begun(), Steered(Control.CANCEL, 1))
    assert step.run.state is RunState.CANCELLED
    assert isinstance(step.effects[-1], Cancelled)


def test_parts_are_gathered_until_done() -> None:
    """Several messages are one answer."""
    run = hear(hear(begun(), Chosen(1, 1)).run, Steered(Control.SKIP)).run
    empty = hear(run, Steered(Control.DONE))
    ask = empty.effects[0]
    assert isinstance(ask, Ask)
    assert ask.hint == "miss_messages"
    run = hear(run, Typed(words("It was wet", 5))).run
    run = hear(run, Typed(words("and torn", 6))).run
    assert run.state is RunState.OPEN
    done = hear(run, Steered(Control.DONE))
    assert done.run.state is RunState.DONE
    assert newest_answers(done.run)["parts"].text == "It was wet\nand torn"


def test_only_the_first_part_is_acknowledged() -> None:
    """She sees that it arrived, with Done within reach, and is not interrupted after that."""
    run = hear(hear(begun(), Chosen(1, 1)).run, Steered(Control.SKIP)).run
    first = hear(run, Typed(words("It was wet", 5)))
    assert isinstance(first.effects[0], Received)
    assert hear(first.run, Typed(words("and torn", 6))).effects == ()


def test_back_to_what_she_told_keeps_it_and_more_can_be_added() -> None:
    """No word must be said twice."""
    script = dataclasses.replace(NPS, questions=(*NPS.questions, Question("remedy", QuestionKind.TEXT, {"en": "?"})))
    run = hear(hear(begun(script), Chosen(1, 1), script).run, Steered(Control.SKIP), script).run
    run = hear(hear(run, Typed(words("It was wet", 5)), script).run, Steered(Control.DONE), script).run
    back = hear(run, Steered(Control.BACK), script)
    assert asked(back) == "parts"
    as_it_was = hear(back.run, Steered(Control.DONE), script)
    assert newest_answers(as_it_was.run)["parts"].text == "It was wet"
    more = hear(hear(back.run, Typed(words("and torn", 6)), script).run, Steered(Control.DONE), script)
    assert asked(more) == "remedy"
    assert newest_answers(more.run)["parts"].text == "It was wet\nand torn"


def test_an_edited_part_changes_what_was_gathered() -> None:
    """What she corrects before Done is what staff read."""
    run = hear(hear(begun(), Chosen(1, 1)).run, Steered(Control.SKIP)).run
    run = hear(hear(run, Typed(words("It was wet", 5))).run, Typed(words("and torn", 6))).run
    answer = correct(NPS, run, words("It was soaked", 5), SETTING, NOW, before="It was wet", asked="parts")
    assert answer is not None
    assert (answer.text, answer.closed) == ("It was soaked\nand torn", False)
    assert correct(NPS, run, words("x", 5), SETTING, NOW, before="It was", asked="parts") is None


def test_an_edited_message_gives_its_answer_a_new_version() -> None:
    """What she changes is what counts; the older version stays."""
    run = hear(begun(), Typed(words("5", 3))).run
    answer = correct(NPS, run, words("4", 3), SETTING, NOW)
    assert answer is not None
    assert (answer.version, answer.value) == (2, 4)
    assert correct(NPS, run, words("nonsense", 3), SETTING, NOW) is None
    assert correct(NPS, run, words("4", 99), SETTING, NOW) is None


OPTIONS = tuple(Option(name, {"en": name.title(), "fi": name.upper()}) for name in ("red", "green", "blue"))
KINDS = st.sampled_from(
    [
        QuestionKind.TEXT,
        QuestionKind.CHOICE,
        QuestionKind.MANY,
        QuestionKind.SCALE,
        QuestionKind.STARS,
        QuestionKind.YES_NO,
        QuestionKind.NUMBER,
        QuestionKind.MESSAGES,
        QuestionKind.LANGUAGE,
    ]
)


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Draw a script of one to six questions, some of them conditional on the one before."""
    questions: list[Question] = []
    for number in range(draw(st.integers(1, 6))):
        kind = draw(KINDS)
        condition = None
        conditional: bool = draw(st.booleans())
        if questions and conditional:
            before = questions[-1]
            test = {QuestionKind.SCALE: ">= 5", QuestionKind.YES_NO: "= yes"}.get(before.kind, '!= "green"')
            condition = parse_rule(f"{before.id} {test}") if before.kind is not QuestionKind.MANY else None
        questions.append(
            Question(f"q{number}", kind, {"en": "?"}, options=OPTIONS, skip=draw(st.booleans()), only_if=condition)
        )
    return Script("random", 1, {"en": "Random"}, tuple(questions), (Ending(None, {"en": "Thanks"}),))


@st.composite
def people(draw: st.DrawFn) -> list[Any]:
    """Draw what a person does: taps (also twice and stale), types sense and nonsense, steers."""
    event = st.one_of(
        st.tuples(st.just("tap"), st.integers(0, 12), st.integers(-2, 0)),
        st.tuples(st.just("type"), st.sampled_from(["5", "red", "yes", "no", "Suomi", "???", "", "🙂"]), st.just(0)),
        st.tuples(st.just("steer"), st.sampled_from([Control.BACK, Control.SKIP, Control.DONE]), st.just(0)),
        st.tuples(st.just("again"), st.just(0), st.just(0)),
    )
    return draw(st.lists(event, max_size=25))


@given(scripts(), people())
@settings(max_examples=150, deadline=None)
def test_any_person_in_any_script_leaves_a_state_that_a_replay_of_the_answers_gives_too(
    script: Script, person: list[Any]
) -> None:
    """There is no pointer: the stored answer versions alone, in order, say where the run stands."""
    run = begun(script)
    stored = list(run.answers)
    for what, value, behind in person:
        if run.state is not RunState.OPEN:
            break
        heard: Heard
        match what:
            case "tap":
                heard = Chosen(run.asking + behind, value)
            case "type":
                heard = Typed(words(value))
            case "steer":
                heard = Steered(value)
            case _:
                heard = Again()
        step = hear(run, heard, script)
        stored += step.answers
        run = step.run
        assert step.effects or step.answers, "nobody speaks into the void"
    replayed = dataclasses.replace(begun(script), answers=tuple(stored))
    assert standing_of(script, replayed, {}) == standing_of(script, run, {})
    assert (standing_of(script, run, {}).open is None) == (run.state is RunState.DONE)
    versions = [(answer.question, answer.version) for answer in stored]
    assert len(versions) == len(set(versions))


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_every_kind_of_question_can_be_cancelled_helped_and_asked_again(kind: QuestionKind) -> None:
    """No kind is a dead end."""
    question = Question("q", kind, {"en": "?"}, options=OPTIONS, skip=True)
    script = Script("one", 1, {"en": "One"}, (question,), ())
    run = begun(script)
    assert hear(run, Again(), script).run.asking == run.asking
    assert hear(run, Steered(Control.SKIP), script).run.state is RunState.DONE
    assert hear(run, Steered(Control.CANCEL), script).run.state is RunState.CANCELLED
    for index in range(len(choice_ids(question, SETTING.languages))):
        assert hear(run, Chosen(1, index), script).answers


def test_a_company_of_one_language_never_asks_for_the_language() -> None:
    """Where there is nothing to choose, nothing is asked."""
    script = Script(
        "one",
        1,
        {"en": "One"},
        (Question("tongue", QuestionKind.LANGUAGE, {"en": "?"}), Question("name", QuestionKind.TEXT, {"en": "Name?"})),
        (),
    )
    only = dataclasses.replace(SETTING, languages=("en",), known={"languages": ("en",)})
    step = advance(script, Run(1, 1, "one", "d", RunState.OPEN, NOW, "customer", 1), Begin(), only, NOW)
    assert asked(step) == "name"


def test_a_condition_on_a_date_sees_the_moment() -> None:
    """`since(birth_date) >= 18y` is decided on the customer's own day."""
    ask = Question("wine", QuestionKind.YES_NO, {"en": "Wine?"}, only_if=parse_rule("since(birth_date) >= 18y"))
    script = Script("club", 1, {"en": "Club"}, (ask,), ())
    states = []
    for born in ("2009-03-02", "2009-03-03"):
        known = {"birth_date": born, "now": NOW.astimezone(SETTING.zone)}
        setting = dataclasses.replace(SETTING, known=known)
        run = Run(1, 1, "club", "d", RunState.OPEN, NOW, "customer", 1)
        states.append(advance(script, run, Begin(), setting, NOW).run.state)
    assert states == [RunState.OPEN, RunState.DONE]
