"""What staff read of an experiment's outcome, and what they decide where the difference is no more than chance."""

from __future__ import annotations

import dataclasses
import datetime as dt

from bot.effects_words import EffectWords
from bot.newsletters import Refusal
from dialogues.taps import short
from domain.company import Company
from domain.messages import Button, Keyboard, Message
from domain.newsletters import Sending, SendingState
from insight.effects import judge
from scheduler.notices import ExperimentJudged
from store import sendings
from store.database import Tx
from store.experiments import Look, decide, keep_look, look_at
from templates.markup import Safe
from templates.words import Words

EVENLY = "*"
"""The choice to give each variant to an even part of the rest."""
_ALIVE = (SendingState.CANARY, SendingState.RUNNING, SendingState.PAUSED, SendingState.STOPPED)


async def choose_variant(tx: Tx, sending_id: int, choice: str, now: dt.datetime) -> Sending | Refusal:
    """
    Let the rest of an experiment get variant *choice*, or with `EVENLY` each an even part; wake the scheduler after it.

    Refused: before the look, for a variant that there is not, and where it is decided already (STALE).
    """
    sending = await sendings.hold(tx, sending_id)
    if sending is None:
        return Refusal.GONE
    look = await look_at(tx, sending_id)
    if sending.state not in _ALIVE or look is None or choice not in {*look.counts, EVENLY}:
        return Refusal.NOT_NOW
    if sending.decided_at is not None or look.split:
        return Refusal.STALE
    if choice == EVENLY:
        await keep_look(tx, sending_id, dataclasses.replace(look, split=True))
    elif not await decide(tx, sending_id, choice, now):
        return Refusal.STALE
    return await sendings.get(tx, sending_id) or Refusal.GONE


def judged(notice: ExperimentJudged, title: str, company: Company, words: Words, language: str | None) -> Message:
    """Say what was seen of the variants; where staff have to decide, with the buttons that do."""
    spoken = language or company.default_language
    look = notice.look
    key = "undecided" if look.by_chance else "judged"
    lines = [words.html(f"effects.{key}", spoken, title=title, best=look.best, rest=notice.rest)]
    lines += EffectWords(company, words).arms(look, judge(look.counts), spoken)
    asks = look.by_chance and notice.rest > 0
    return Message(
        Safe("\n").join(lines), html=True, keyboard=_buttons(notice.sending, look, words, spoken) if asks else ()
    )


def _buttons(sending: Sending, look: Look, words: Words, language: str) -> Keyboard:
    base = f"r.{short(sending.id)}"
    picks = [
        (Button(words.plain("effects.label.pick", language, variant=variant), f"{base}.pick.{place}"),)
        for place, variant in enumerate(look.counts)
    ]
    evenly = (Button(words.plain("effects.label.split", language), f"{base}.pick.{EVENLY}"),)
    stop = (Button(words.plain("effects.label.stop", language), f"{base}.stop"),)
    return (*picks, evenly, stop)
