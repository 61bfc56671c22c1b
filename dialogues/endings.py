"""What the ending of a dialogue does: a case, facts or forgetting, a membership, points, a break, and what it says."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from dialogues.cases import open_case_for
from dialogues.ending_gifts import EndingGifts
from dialogues.floods import case_while_muted
from dialogues.learning import learn_fact
from dialogues.speaking import Speaker, fill_plain
from dialogues.staff_line import StaffLine
from dialogues.turn import Conversation, Turn
from domain.cases import Case, CaseKind
from domain.company import Company
from domain.contacts import ContactKind
from domain.dialogues import Ending, OpenCase, Run, Script
from domain.languages import best_language
from domain.loyalty import Loyalty
from domain.messages import Message
from store.cases import case_by_id, standing_case
from store.database import Tx
from store.forgetting import forget_run

OTHER = "other"
"""The category of a case whose dialogue ended before she chose one."""


class Endings:
    """Carries out endings, in the caller's turn and transaction."""

    def __init__(self, company: Company, speaker: Speaker, staff_line: StaffLine, loyalty: Loyalty) -> None:
        self.company = company
        self.speaker = speaker
        self.staff_line = staff_line
        self._gifts = EndingGifts(company, loyalty, speaker.words, staff_line)

    async def finish(
        self,
        tx: Tx,
        turn: Turn,
        conversation: Conversation,
        script: Script,
        run: Run,
        ending: Ending | None,
        values: Mapping[str, Any],
        *,
        told_at: dt.datetime | None = None,
    ) -> None:
        """
        Open the case, keep the facts or forget, let her in, give the points, take the break and say the words of
        *ending*; None only thanks.

        The words go out at once, or at *told_at*: a case is never late, a customer is never woken by it.
        """
        language = best_language(conversation.customer.language, self.company.languages)
        texts = self.speaker.answer_texts(script, values, language, run)
        case = had = None
        if ending is not None and ending.case is not None and ending.case.kind is not CaseKind.FOLLOW_UP:
            had = await case_while_muted(tx, conversation.customer.id, turn.now)
        if ending is not None and ending.case is not None and had is None:
            case = await self._open(tx, turn, conversation, script, run, ending.case, values)
            texts["case"] = str(case.id)
        for name, value in (ending.facts if ending is not None else {}).items():
            told = _fact(value, values, texts) if isinstance(value, str) else value
            learn_fact(turn, conversation, name, told, f"dialogue:{script.id}")
        if ending is not None and ending.forget:
            await turn.flush(tx)
            await forget_run(tx, run.id)
        asked = None
        if ending is not None and (ending.join or ending.points):
            await turn.flush(tx)  # who may join is asked of the store, her answers among it
            asked = await self._gifts.give(tx, conversation.customer.id, script, run, ending, turn.now)
        if ending is not None and ending.pause is not None:
            turn.change(conversation.customer.id, paused_until=turn.now + ending.pause)
        if had is not None:
            said = Message(self.speaker.words.html("service.one_case", language, number=had.id), html=True)
        elif ending is not None and ending.say:
            said = Message(self.speaker.text(ending.say, language, texts), html=True)
        else:
            said = Message(self.speaker.words.html("dialogue.thanks", language), html=True)
        case_id = case.id if case is not None else None
        turn.say(conversation.customer, said, ContactKind.REPLY, not_before=told_at, run_id=run.id, case_id=case_id)
        if asked is not None:
            turn.say(conversation.customer, asked, ContactKind.REPLY, not_before=told_at)
        if case is not None:
            await turn.flush(tx)  # staff's card shows the run's answers and files, so they must be in the store
            await self.staff_line.new_case(tx, case, conversation.customer, turn.now)

    async def _open(
        self,
        tx: Tx,
        turn: Turn,
        conversation: Conversation,
        script: Script,
        run: Run,
        opening: OpenCase,
        values: Mapping[str, Any],
    ) -> Case:
        """Open the case of an ending; staff read its texts in the company's own language."""
        texts = self.speaker.answer_texts(script, values, self.company.default_language, run)
        ids = {name: str(value) for name, value in values.items()}
        filled = dataclasses.replace(
            opening,
            category=fill_plain(opening.category, ids) or OTHER,
            summary=fill_plain(opening.summary, texts),
            remedy=fill_plain(opening.remedy, texts),
            order=fill_plain(opening.order, texts),
        )
        await turn.flush(tx)
        about = await case_rated(tx, run)
        case = await open_case_for(tx, self.company, conversation.customer.id, filled, turn.now, run.id, about=about)
        turn.keep_run(dataclasses.replace(run, case_id=case.id))
        conversation.cases.insert(0, case)  # the newest first, as they are read
        return case


async def case_rated(tx: Tx, run: Run) -> Case | None:
    """Return the earlier case that a run is about, such as the one that she rates; None where there is none."""
    case = await case_by_id(tx, run.case_id) if run.case_id is not None else None
    return await standing_case(tx, case) if case is not None and case.run_id != run.id else None


def _fact(told: str, values: Mapping[str, Any], texts: Mapping[str, str]) -> str:
    """Fill in a fact; a number or a day that is all of it is kept as a machine reads it, in no language."""
    alone = next((value for name, value in values.items() if told == "{" + name + "}"), None)
    is_plain = isinstance(alone, int | float) and not isinstance(alone, bool)
    return str(alone) if is_plain or _is_day(alone) else fill_plain(told, texts)


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(dt.date.fromisoformat(value))
    except ValueError:
        return False
