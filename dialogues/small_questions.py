"""
Small questions: at the end of a contact at most one thing is asked that is worth knowing, and never in the way.

Which one is decided by the value of information (`domain.facts`); whether now, by the courtesy budget.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from dialogues.choices import COLLECTING
from dialogues.courtesy import AGAINST_SMALL_QUESTIONS, WEEK, Situation, hold_for
from dialogues.engine import Chosen, Control, Effect, Finished
from dialogues.library import Library
from dialogues.speaking import Speaker
from dialogues.standing import holds
from dialogues.taps import MenuTap, RunTap, control_tap, read_tap
from dialogues.turn import Conversation, Turn
from domain.cases import CaseKind
from domain.company import Company
from domain.contacts import ContactKind
from domain.dialogues import Question, Run, RunState, Script
from domain.facts import UNKNOWN, Estimate, WorthKnowing, is_small, value_of_asking
from domain.messages import Button, Message
from store.contacts import proactive_since
from store.database import Tx
from store.facts import known_facts, put_since
from store.holds import keep_holds
from store.settings import get_setting

BY_US = "small_question"
"""Who starts the run of a small question; one that a customer starts herself is a correction."""


ESTIMATES = "facts.estimates"
"""The setting that holds what was computed last, and when."""

CORRECTED = "customer"
"""The source of a fact that she has corrected herself."""


def choose(
    facts: Sequence[WorthKnowing],
    estimates: Mapping[str, Estimate],
    learnt: Mapping[str, dt.datetime],
    put: Mapping[str, dt.datetime],
    known: Mapping[str, object],
    now: dt.datetime,
) -> WorthKnowing | None:
    """
    Return the fact that is worth most to ask at *now*, or None; of equals the first.

    Never one that is answered and fresh (*learnt*, by name), never one that was *put* within its `again`, whatever
    became of it, never one whose condition does not hold over what is *known*.
    """
    best, most = None, 0.0
    for fact in facts:
        at = learnt.get(fact.name)
        if (at is not None and fact.is_fresh(at, now)) or (fact.name in put and put[fact.name] + fact.again > now):
            continue
        value = value_of_asking(fact, estimates.get(fact.name, UNKNOWN), at, now)
        if value > most and holds(fact.only_if, {}, known):
            best, most = fact, value
    return best


def ends_contact(script: Script, run: Run, effects: Sequence[Effect]) -> bool:
    """
    Say whether a dialogue that has just ended ends the contact: answered to its end, and not a small question itself.

    Not so when it opens a case, goes over into another dialogue, or is her wish to be left in peace.
    """
    if run.state is not RunState.DONE or is_small(script.id):
        return False
    endings = [effect.ending for effect in effects if isinstance(effect, Finished) and effect.ending is not None]
    return not any(ending.case is not None or ending.start or ending.pause is not None for ending in endings)


class SmallQuestions:
    """Chooses small questions, and says them softly."""

    def __init__(self, company: Company, library: Library, speaker: Speaker) -> None:
        self._company = company
        self._library = library
        self._speaker = speaker
        self.estimates: Mapping[str, Estimate] | None = None
        """What is computed daily of each fact over all customers (`scheduler.learning`); None: not yet looked up."""

    async def next_for(self, tx: Tx, turn: Turn, conversation: Conversation) -> WorthKnowing | None:
        """
        Return what to ask her now that a contact ends; None when there is nothing, or when it must not be now.

        One that must not be asked is kept as held, with the reason: one line for each contact, the best fact's.
        """
        facts = self._library.facts.all()
        if not facts or conversation.runs:
            return None
        await turn.flush(tx)
        who = conversation.customer
        learnt = {fact.name: fact.at for fact in (await known_facts(tx, [who.id])).get(who.id, [])}
        longest = max(fact.again for fact in facts)
        put = await put_since(tx, who.id, turn.now - longest)
        if self.estimates is None:
            stored = read_estimates(await get_setting(tx, ESTIMATES))
            self.estimates = {} if stored is None else stored[1]
        best = choose(facts, self.estimates, learnt, put, conversation.known, turn.now)
        if best is None:
            return None
        started = (await proactive_since(tx, [who.id], turn.now - WEEK)).get(who.id, ())
        complains = any(case.kind is CaseKind.COMPLAINT for case in conversation.cases)
        held = hold_for(
            Situation(who, started, complains),
            None,
            self._company.courtesy,
            self._company.timezone,
            turn.now,
            objections=AGAINST_SMALL_QUESTIONS,
        )
        if held is None:
            return best
        await keep_holds(tx, [(who.id, ContactKind.SMALL_QUESTION.value, held.hold, best.script.id)], turn.now)
        return None

    def softened(self, message: Message, question: Question, run: Run, language: str, *, lead: bool = True) -> Message:
        """
        Make a question of a dialogue a small one: a soft *lead*, and a way out that needs no reason.

        A correction, which she asked for herself, needs no lead and can only be cancelled.
        """
        words = self._speaker.words
        if not is_asked_by_us(run):
            cancel = Button(self._speaker.label("cancel", language), control_tap(run.id, run.asking, Control.CANCEL))
            return self._with_controls(message, question, run, language, cancel)
        skip = Button(words.plain("service.label.rather_not", language), control_tap(run.id, run.asking, Control.SKIP))
        if lead:
            soft = words.html("service.small_lead", language)
            message = dataclasses.replace(message, text=f"{soft}\n\n{message.text}")
        return self._with_controls(message, question, run, language, skip)

    def marked(self, question: Question, language: str) -> Message:
        """Return the question's message as it stays after she has rather not said."""
        words = self._speaker.words
        mark = words.html("dialogue.steered", language, label=words.plain("service.label.rather_not", language))
        return Message(f"{self._speaker.text(question.say, language, {})}\n\n{mark}", html=True)

    def _with_controls(self, message: Message, question: Question, run: Run, language: str, last: Button) -> Message:
        done = Button(self._speaker.label("done", language), control_tap(run.id, run.asking, Control.DONE))
        controls = (done, last) if question.kind in COLLECTING else (last,)
        rows = [(row, read_tap(row[0].tap)) for row in message.keyboard]
        choices = [row for row, tap in rows if isinstance(tap, RunTap) and isinstance(tap.heard, Chosen)]
        person = [row for row, tap in rows if isinstance(tap, MenuTap)]
        return dataclasses.replace(message, keyboard=(*choices, controls, *person))


def is_asked_by_us(run: Run) -> bool:
    """Say whether *run* is a small question; one that she asked for herself, to correct a fact, is not."""
    return is_small(run.script_id) and run.started_by == BY_US


def ended_quietly(turn: Turn, conversation: Conversation) -> None:
    """End a small question that is open: something else begins. A late tap on it still counts."""
    for run in [run for run in conversation.runs if is_small(run.script_id)]:
        turn.keep_run(dataclasses.replace(run, state=RunState.EXPIRED, ended_at=turn.now, due_at=None))
        conversation.runs.remove(run)


def read_estimates(stored: Any) -> tuple[dt.datetime, dict[str, Estimate]] | None:
    """Read the setting: when the estimates were made, and each by its fact; None before the first time."""
    if not isinstance(stored, dict):
        return None
    found = {name: Estimate(*numbers) for name, numbers in stored["facts"].items()}
    return dt.datetime.fromisoformat(stored["at"]), found


def told_by(run: Run) -> str:
    """Name the source of what an answer of *run* tells: "customer" where she corrects what was known."""
    return CORRECTED if is_small(run.script_id) and not is_asked_by_us(run) else f"dialogue:{run.script_id}"
