"""A No to "is this right?" leads back to the questions it is about, and an ending may forget all that was said."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from typing import Any

from dialogues.engine import Ask, Begin, Control, Finished, Setting, Steered, Step, Typed, advance
from dialogues.reading import Surroundings, read_checked
from dialogues.standing import standing_of
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.dialogues import Answer, Run, RunState, Script
from domain.faults import FaultList
from domain.incoming import Place, Sender, Words
from store.contacts import add_contacts, timeline
from store.customers import customers_by_chat, meet
from store.database import Database
from store.forgetting import forget_run
from store.runs import add_answers, add_runs, keep_script, runs_by_id

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
PRICES = """
id = "prices"
version = 1
title.en = "Prices"

[[ask]]
id = "cheap"
kind = "number"
currency = "EUR"
low = 0
say.en = "What would be cheap?"

[[ask]]
id = "dear"
kind = "number"
currency = "EUR"
low = 0
say.en = "What would be dear?"

[[ask]]
id = "sure"
kind = "confirm"
only_if = "cheap >= dear"
again_from = "cheap"
say.en = "{cheap} is cheap and {dear} is dear?"

[[done]]
when = "sure"
say.en = "As you say."

[[done]]
say.en = "Thanks"
"""


def told(source: str) -> list[str]:
    faults = FaultList()
    read_checked(source, "prices.toml", faults, Surroundings(("en",), {}))
    return [str(fault) for fault in faults.faults]


def script() -> Script:
    read = read_checked(PRICES, "prices.toml", FaultList(), Surroundings(("en",), {}))
    assert read is not None
    return read


def say(run: Run, *texts: str) -> Step:
    """Answer the open questions one after the other."""
    setting = Setting("en", ("en",), zoneinfo.ZoneInfo("Europe/Helsinki"))
    step = advance(script(), run, Begin(), setting, NOW)
    for number, text in enumerate(texts):
        words = Words(number, Sender(7), Place(7, private=True), NOW, number, text)
        step = advance(script(), step.run, Typed(words), setting, NOW)
    return step


def begun() -> Run:
    return Run(1, 1, "prices", "digest", RunState.OPEN, NOW, "customer", 1)


def values(run: Run) -> dict[str, Any]:
    return standing_of(script(), run, {}).values


def test_no_asks_anew_from_the_named_question() -> None:
    """The answers stay as older versions; the next open question is the first of them."""
    step = say(begun(), "50", "20", "no")
    assert step.run.state is RunState.OPEN
    assert [effect.question.id for effect in step.effects if isinstance(effect, Ask)] == ["cheap"]
    assert values(step.run) == {}
    assert [answer.question for answer in step.answers] == ["sure", "cheap", "dear", "sure"]


def test_the_confirm_is_asked_only_while_it_is_needed() -> None:
    """Corrected prices need none, a second doubt gets it again, and a yes ends it."""
    assert isinstance(say(begun(), "50", "20", "no", "10", "20").effects[-1], Finished)
    again = say(begun(), "50", "20", "no", "60", "20")
    assert [effect.question.id for effect in again.effects if isinstance(effect, Ask)] == ["sure"]
    done = say(begun(), "50", "20", "no", "60", "20", "yes")
    assert values(done.run) == {"cheap": 60, "dear": 20, "sure": True}


def test_answers_that_are_compared_with_one_another_are_no_dead_condition() -> None:
    """A strict comparison of two prices can hold, and one that contradicts itself cannot."""
    assert told(PRICES) == []
    assert told(PRICES.replace("cheap >= dear", "cheap > dear")) == []
    assert "can never hold" in told(PRICES.replace("cheap >= dear", "cheap > dear and dear > cheap"))[0]


def test_mistakes_of_the_new_keys_are_told_with_line_and_remedy() -> None:
    """A confirm that leads to a later question, a currency in words, forgetting and keeping at once."""
    assert told(PRICES.replace('again_from = "cheap"', 'again_from = "chep"')) == [
        'prices.toml:24: ask[sure].again_from: no earlier question is called chep; did you mean "cheap"?'
    ]
    (fault,) = told(
        PRICES.replace(
            'currency = "EUR"\nlow = 0\nsay.en = "What would be d', 'currency = "euro"\nsay.en = "What would be d'
        )
    )
    assert "prices.toml:16: ask[dear].currency" in fault
    (fault,) = told(PRICES.replace('say.en = "As you say."', 'forget = true\nfacts = { a = "b" }'))
    assert "would keep what forget = true does not keep" in fault


async def test_forgotten_run_keeps_no_word(sqlite_database: Database) -> None:
    """Answers in all versions and the texts of the timeline are gone; the contacts stay counted."""
    async with sqlite_database.write() as tx:
        await meet(tx, {7: Sender(7, "Ann")}, NOW)
        who = (await customers_by_chat(tx, [7]))[7].id
        await keep_script(tx, "digest", "prices", 1, PRICES, NOW)
        await add_runs(tx, [Run(1, who, "prices", "digest", RunState.DONE, NOW, "customer", 1)])
        await add_answers(tx, [(1, Answer("cheap", 1, NOW, 5, "a fiver")), (1, Answer("cheap", 2, NOW, 6, "six"))])
        said = Contact(
            1, who, NOW, Channel.TELEGRAM, Direction.IN, ContactKind.ANSWER, "a fiver", ContactState.RECEIVED, run_id=1
        )
        other = Contact(2, who, NOW, Channel.TELEGRAM, Direction.IN, ContactKind.WORDS, "hello", ContactState.RECEIVED)
        await add_contacts(tx, [said, other])
        await forget_run(tx, 1)
        run = (await runs_by_id(tx, [1]))[1]
        assert [(answer.value, answer.text) for answer in run.answers] == [(None, ""), (None, "")]
        assert [contact.text for contact in await timeline(tx, who)] == ["hello", ""]


def test_no_leads_back_even_if_the_named_question_was_not_asked() -> None:
    """Then it is the first one after it that was, so that nobody is left with a question she cannot answer."""
    source = PRICES.replace('id = "cheap"', 'id = "cheap"\nonly_if = "town = \\"Tampere\\""').replace(
        'only_if = "cheap >= dear"', ""
    )
    read = read_checked(source, "prices.toml", FaultList(), Surroundings(("en",), {}))
    assert read is not None
    setting = Setting("en", ("en",), zoneinfo.ZoneInfo("Europe/Helsinki"))
    step = advance(read, begun(), Begin(), setting, NOW)
    for text in ("20", "no"):
        step = advance(read, step.run, Typed(Words(1, Sender(7), Place(7, private=True), NOW, 1, text)), setting, NOW)
    assert [effect.question.id for effect in step.effects if isinstance(effect, Ask)] == ["dear"]


def test_edited_yes_that_becomes_a_no_cannot_be_left_at_that() -> None:
    """A No stands for "not yet right", however it came about: the confirm is open again."""
    done = say(begun(), "50", "20", "yes").run
    yes = next(answer for answer in done.answers if answer.question == "sure")
    edited = dataclasses.replace(yes, version=2, value=False)
    standing = standing_of(script(), dataclasses.replace(done, answers=(*done.answers, edited)), {})
    assert standing.open is not None
    assert standing.open.id == "sure"


def test_keep_leaves_a_reopened_answer_as_it_was() -> None:
    """After the No she corrects one price and keeps the other; where nothing was reopened there is nothing to keep."""
    setting = Setting("en", ("en",), zoneinfo.ZoneInfo("Europe/Helsinki"))
    step = say(begun(), "50", "20", "no")
    step = advance(script(), step.run, Steered(Control.KEEP), setting, NOW)
    assert [effect.question.id for effect in step.effects if isinstance(effect, Ask)] == ["dear"]
    step = advance(script(), step.run, Typed(Words(1, Sender(7), Place(7, private=True), NOW, 1, "60")), setting, NOW)
    assert values(step.run) == {"cheap": 50, "dear": 60}
    fresh = advance(script(), say(begun()).run, Steered(Control.KEEP), setting, NOW)
    assert values(fresh.run) == {}
    assert [effect.question.id for effect in fresh.effects if isinstance(effect, Ask)] == ["cheap"]
