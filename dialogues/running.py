"""The life of a run: begun, advanced by what is heard, ended with what its ending does, reminded, expired."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Sequence
from typing import Any

from dialogues.choices import ANSWERED_IN_WORDS
from dialogues.courtesy import quiet_until_for
from dialogues.due import due_at
from dialogues.endings import Endings, case_rated
from dialogues.engine import (
    Again,
    Ask,
    Begin,
    Cancelled,
    Chosen,
    Control,
    Effect,
    Finished,
    Heard,
    Marked,
    Notice,
    Received,
    Redraw,
    Setting,
    advance,
    understands,
)
from dialogues.fact_files import read_kept
from dialogues.floods import Floods
from dialogues.learning import learn_answers
from dialogues.library import Library
from dialogues.resting import is_resting, rested
from dialogues.small_questions import BY_US, SmallQuestions, ended_quietly, ends_contact, told_by
from dialogues.speaking import Speaker, repeats
from dialogues.staff_line import StaffLine
from dialogues.standing import ending_of, newest_answers, standing_of, values_as_left
from dialogues.taps import RunTap, read_tap, why_tap
from dialogues.turn import Conversation, Turn
from dialogues.vocabulary import vocabularies_of
from domain.cases import Case
from domain.company import Company
from domain.contacts import Contact, ContactKind
from domain.dialogues import Answer, QuestionKind, Run, RunState, Script
from domain.facts import is_small
from domain.incoming import Tap, Words
from domain.languages import best_language
from domain.loyalty import Loyalty
from domain.messages import Act, Button, Message, OnUnknown
from store.database import Tx
from store.ids import new_id
from store.runs import script_source


class Running:
    """Moves runs on, in the caller's turn and transaction."""

    def __init__(
        self,
        company: Company,
        library: Library,
        speaker: Speaker,
        staff_line: StaffLine,
        loyalty: Loyalty | None = None,
    ) -> None:
        self.company = company
        self.library = library
        self.loyalty = loyalty or Loyalty()
        self.speaker = speaker
        self.staff_line = staff_line
        self.small = SmallQuestions(company, library, speaker)
        self.floods = Floods(company, speaker, staff_line)
        self._endings = Endings(company, speaker, staff_line, self.loyalty)
        self._older: dict[str, Script] = {}
        self.relearn()

    def relearn(self) -> None:
        """Make anew what was made of the words."""
        self._vocabularies = vocabularies_of(self.speaker.words)

    def language_of(self, conversation: Conversation) -> str:
        """Return the language to speak with her."""
        return best_language(conversation.customer.language, self.company.languages)

    def setting_of(self, conversation: Conversation) -> Setting:
        """Return what her answers are read against."""
        return Setting(
            language=self.language_of(conversation),
            languages=self.company.languages,
            zone=zoneinfo.ZoneInfo(conversation.customer.timezone or self.company.timezone),
            known=conversation.known,
            vocabularies=self._vocabularies,
        )

    async def script_of(self, tx: Tx, run: Run) -> Script:
        """Return the version of the script that *run* began with, whatever the files say by now."""
        current = self.library.get(run.script_id)
        if current is not None and current.digest == run.script_digest:
            return current
        if run.script_digest not in self._older:
            source = await script_source(tx, run.script_digest)
            if source is None:
                raise LookupError(f"run {run.id}: version {run.script_digest} of {run.script_id} was never kept")
            self._older[run.script_digest] = read_kept(source, f"{run.script_id} (kept version)")
        return self._older[run.script_digest]

    async def begin(
        self,
        tx: Tx,
        turn: Turn,
        conversation: Conversation,
        script: Script,
        started_by: str,
        *,
        kind: ContactKind = ContactKind.QUESTION,
        wave_id: int | None = None,
        case_id: int | None = None,
        said: Sequence[Contact] = (),
    ) -> Run:
        """
        Start a script with her and put its first question; one that is open already comes back instead.

        With another *kind* than QUESTION the start is ours, and the courtesy budget counts it. What she has *said*
        before begins her answer to the question that takes free messages: no word must be said twice.
        """
        known_run = next((run for run in conversation.runs if run.script_id == script.id), None)
        if known_run is not None:
            await self.hear(tx, turn, conversation, known_run, Again())
            return known_run
        ended_quietly(turn, conversation)
        turn.scripts[script.digest] = script
        run = Run(
            id=new_id(),
            customer_id=conversation.customer.id,
            script_id=script.id,
            script_digest=script.digest,
            state=RunState.OPEN,
            started_at=turn.now,
            started_by=started_by,
            focus=new_id(),
            wave_id=wave_id,
            case_id=case_id,
        )
        told = [answer for answer in [_said_before(script, said, turn.now)] if answer is not None]
        run = dataclasses.replace(run, answers=tuple(told))
        turn.new_runs[run.id] = run
        turn.keep_run(run, told)
        conversation.runs.append(run)
        await self.hear(tx, turn, conversation, run, Begin(), kind=kind)
        return run

    async def hear(
        self,
        tx: Tx,
        turn: Turn,
        conversation: Conversation,
        run: Run,
        heard: Heard,
        *,
        tap: Tap | None = None,
        kind: ContactKind = ContactKind.QUESTION,
    ) -> Run:
        """Advance *run* by what was heard: keep it and its answers, say what follows. Returns the run as it stands."""
        script = await self.script_of(tx, run)
        step = advance(script, run, heard, self.setting_of(conversation), turn.now)
        changed = step.run
        if script.survey:  # one reminder for all of a survey's questions, not one for each
            changed = dataclasses.replace(changed, reminders=run.reminders)
        if changed.state is RunState.OPEN:
            focus = changed.focus if run is conversation.focus else new_id()
            changed = dataclasses.replace(changed, focus=focus)
            changed = dataclasses.replace(changed, due_at=due_at(script, changed))
        learn_answers(turn, conversation, script, step.answers, self.company.languages, told_by(run))
        turn.keep_run(changed, step.answers)
        self._replace(conversation, changed)
        cases_before = len(conversation.cases)
        for effect in step.effects:
            await self._do(tx, turn, conversation, script, changed, effect, tap, kind)
        if tap is not None and not any(isinstance(effect, Notice) for effect in step.effects):
            turn.touch(Act.TOAST, conversation.customer, callback_id=tap.callback_id)
        if changed.state is not RunState.OPEN:
            await self._return(tx, turn, conversation, has_new_case=len(conversation.cases) > cases_before)
        if ends_contact(script, changed, step.effects):
            fact = await self.small.next_for(tx, turn, conversation)
            if fact is not None:
                await self.begin(tx, turn, conversation, fact.script, BY_US, kind=ContactKind.SMALL_QUESTION)
        return changed

    async def corrected(self, tx: Tx, turn: Turn, conversation: Conversation, run: Run, answer: Answer) -> None:
        """
        Keep the new version of an answer whose message she edited.

        The open question is put again if it is another now, or if its words repeat the answer that was changed.
        """
        script = await self.script_of(tx, run)
        asked = run.asked
        changed = dataclasses.replace(run, answers=(*run.answers, answer))
        learn_answers(turn, conversation, script, [answer], self.company.languages, told_by(run))
        turn.keep_run(changed, [answer])
        self._replace(conversation, changed)
        question = standing_of(script, changed, conversation.known).open
        if question is None or question.id != asked or repeats(question, answer.question):
            await self.hear(tx, turn, conversation, changed, Again())

    async def answers_closed_question(self, tx: Tx, conversation: Conversation, run: Run, words: Words) -> bool:
        """Say whether *words* are an answer to the open question of a kind that does not take just any words."""
        return await self._fits_closed_question(tx, conversation, run, words) is True

    async def misses_closed_question(self, tx: Tx, conversation: Conversation, run: Run, words: Words) -> bool:
        """Say whether the open question does not take just any words, and *words* are no answer to it."""
        return await self._fits_closed_question(tx, conversation, run, words) is False

    async def _fits_closed_question(self, tx: Tx, conversation: Conversation, run: Run, words: Words) -> bool | None:
        setting = self.setting_of(conversation)
        question = standing_of(await self.script_of(tx, run), run, setting.known).open
        if question is None or question.kind in {QuestionKind.TEXT, QuestionKind.MESSAGES}:
            return None
        return understands(question, words, setting, conversation.known["now"])

    async def is_answered_in_words(self, tx: Tx, conversation: Conversation, run: Run) -> bool:
        """Say whether the open question of *run* is answered in words of her own, not with a button or a file."""
        question = standing_of(await self.script_of(tx, run), run, conversation.known).open
        return question is None or question.kind in ANSWERED_IN_WORDS

    async def put_again(self, tx: Tx, turn: Turn, conversation: Conversation, run: Run) -> None:
        """Put the open question once more, but not oftener, after words that were for a person."""
        if run.misses == 0:
            noted = dataclasses.replace(run, misses=1)
            self._replace(conversation, noted)
            await self.hear(tx, turn, conversation, noted, Again())

    async def takes_any_words(self, tx: Tx, run: Run) -> bool:
        """Say whether the first question of *run* takes just any words."""
        return (await self.script_of(tx, run)).questions[0].kind is QuestionKind.TEXT

    async def late_answer(self, tx: Tx, turn: Turn, conversation: Conversation, run: Run, tap: Tap) -> bool:
        """Keep the answer that a tap gives to the open question of an expired run. False when it gives none."""
        script = await self.script_of(tx, run)
        pressed = read_tap(tap.data)
        if not isinstance(pressed, RunTap) or not isinstance(pressed.heard, Chosen):
            return False
        if pressed.heard.asking != run.asking or run.asked in newest_answers(run):
            return False
        reopened = dataclasses.replace(run, state=RunState.OPEN)
        step = advance(script, reopened, pressed.heard, self.setting_of(conversation), turn.now)
        if not step.answers:
            return False
        learn_answers(turn, conversation, script, step.answers, self.company.languages)
        late = dataclasses.replace(run, answers=step.run.answers)
        turn.keep_run(late, step.answers)
        turn.touch(Act.TOAST, conversation.customer, callback_id=tap.callback_id)
        if tap.message_id is not None:
            turn.touch(Act.CLEAR, conversation.customer, message_id=tap.message_id)
        if not await self._open_case_as_left(tx, turn, conversation, script, late):
            self.tell(turn, conversation, "dialogue.late", run_id=run.id)
        return True

    async def reopen(self, tx: Tx, turn: Turn, conversation: Conversation, run: Run, tap: Tap, heard: Heard) -> None:
        """Go on with an expired run where a late tap takes it up: what she came for is still hers to tell."""
        opened = dataclasses.replace(run, state=RunState.OPEN, ended_at=None, focus=new_id(), asked_at=turn.now)
        conversation.runs.append(opened)
        await self.hear(tx, turn, conversation, opened, heard, tap=tap)

    async def remind(self, tx: Tx, turn: Turn, conversation: Conversation, run: Run) -> None:
        """Put the open question once more, after a word that it still waits."""
        script = await self.script_of(tx, run)
        reminded = dataclasses.replace(run, reminders=run.reminders + 1)
        step = advance(script, reminded, Again(), self.setting_of(conversation), turn.now)
        changed = dataclasses.replace(step.run, reminders=reminded.reminders)
        changed = dataclasses.replace(changed, due_at=due_at(script, changed))
        turn.keep_run(changed)
        language = self.language_of(conversation)
        for effect in step.effects:
            if isinstance(effect, Ask):
                message = self.speaker.question(script, changed, effect, language, conversation.known)
                message = self._with_why(message, run, language)
                lead = self.speaker.words.html("dialogue.reminder", language)
                turn.say(
                    conversation.customer,
                    dataclasses.replace(message, text=f"{lead}\n\n{message.text}"),
                    ContactKind.REMINDER,
                    run_id=run.id,
                    question=effect.question.id,
                    proactive=True,
                )

    async def expire(self, tx: Tx, turn: Turn, conversation: Conversation, run: Run) -> None:
        """
        End a run that stayed without an answer. Silence is an outcome: nothing is said.

        But who told her matter and only forgot Done, or gave a low score and no more, is heard: the case that would
        have been opened is opened. She is told of it outside her quiet hours.
        """
        script = await self.script_of(tx, run)
        ended = dataclasses.replace(run, state=RunState.EXPIRED, ended_at=turn.now, due_at=None)
        turn.keep_run(ended)
        self._replace(conversation, ended)
        zone = conversation.customer.timezone or self.company.timezone
        awake_at = quiet_until_for(zone, self.company.courtesy, turn.now)
        await self._open_case_as_left(tx, turn, conversation, script, ended, told_at=awake_at)

    async def _open_case_as_left(
        self,
        tx: Tx,
        turn: Turn,
        conversation: Conversation,
        script: Script,
        run: Run,
        *,
        told_at: dt.datetime | None = None,
    ) -> bool:
        """Do what the ending of a run without end does if it opens a case; False when it opens none."""
        values = values_as_left(script, run, conversation.known)
        ending = ending_of(script, values, conversation.known) if values is not None else None
        if values is None or ending is None or ending.case is None:
            return False
        if run.case_id is not None and await case_rated(tx, run) is None:  # the case is what it has opened already
            return False
        await self._endings.finish(tx, turn, conversation, script, run, ending, values, told_at=told_at)
        return True

    def hand_over(self, turn: Turn, conversation: Conversation, run: Run, case: Case) -> None:
        """End a run because a person goes on from here."""
        ended = dataclasses.replace(
            run, state=RunState.HANDED_OVER, ended_at=turn.now, due_at=None, case_id=run.case_id or case.id
        )
        turn.keep_run(ended)
        self._replace(conversation, ended)

    async def _do(
        self,
        tx: Tx,
        turn: Turn,
        conversation: Conversation,
        script: Script,
        run: Run,
        effect: Effect,
        tap: Tap | None,
        kind: ContactKind,
    ) -> None:
        language = self.language_of(conversation)
        customer = conversation.customer
        match effect:
            case Ask(question=question):
                message = self.speaker.question(script, run, effect, language, conversation.known)
                ours = kind is not ContactKind.QUESTION
                about: dict[str, Any] = {"run_id": run.id, "question": question.id, "proactive": ours}
                if is_small(script.id):  # better never than twice
                    message = self.small.softened(message, question, run, language, lead=effect.first)
                    about["on_unknown"] = OnUnknown.NEVER_TWICE
                message = self._with_why(message, run, language) if ours else message
                turn.say(customer, message, kind, **about)
            case Received(question=question):
                message = self.speaker.received(script, run, question, language, conversation.known)
                turn.say(customer, message, ContactKind.REPLY, run_id=run.id, question=question.id)
            case Redraw(question=question) if tap is not None and tap.message_id is not None:
                text = self.speaker.question(script, run, Ask(question, first=False), language, conversation.known)
                text = self.small.softened(text, question, run, language) if is_small(script.id) else text
                turn.touch(Act.EDIT, customer, text, message_id=tap.message_id, run_id=run.id)
            case Marked(question=question, choice=choice, control=control) if (
                tap is not None and tap.message_id is not None
            ):
                mark = self.speaker.marked(run, question, choice, control or Control.DONE, language)
                if is_small(script.id) and control is Control.SKIP:
                    mark = self.small.marked(question, language)
                turn.touch(Act.EDIT, customer, mark, message_id=tap.message_id, run_id=run.id)
            case Notice(key=key) if tap is not None:
                notice = Message(self.speaker.words.plain(f"dialogue.{key}", language))
                turn.touch(Act.TOAST, customer, notice, callback_id=tap.callback_id)
            case Cancelled():
                self.tell(turn, conversation, "dialogue.cancelled", run_id=run.id)
            case Finished(values=values) if is_small(script.id):
                self.tell(turn, conversation, f"service.small_{'thanks' if values else 'skipped'}", run_id=run.id)
            case Finished(ending=ending, values=values):
                await self._endings.finish(tx, turn, conversation, script, run, ending, values)
                if ending is not None and (following := self.library.get(ending.start)) is not None:
                    await self.begin(tx, turn, conversation, following, f"dialogue:{script.id}")
            case _:
                pass

    async def _return(self, tx: Tx, turn: Turn, conversation: Conversation, *, has_new_case: bool) -> None:
        """Go back to the dialogue that was interrupted: not to the welcome after a new case, nor to one that rests."""
        run = conversation.focus
        if run is None:
            return
        script = await self.script_of(tx, run)
        welcome = self.library.by_command("start")
        if has_new_case and welcome is not None and script.id == welcome.id:
            return
        if is_resting(conversation, run):
            resting = rested(script, run)
            turn.keep_run(resting)
            self._replace(conversation, resting)
            return
        language = self.language_of(conversation)
        title = self.speaker.text(script.title, language, {})
        step = advance(script, run, Again(), self.setting_of(conversation), turn.now)
        changed = dataclasses.replace(step.run, due_at=due_at(script, step.run))
        turn.keep_run(changed)
        self._replace(conversation, changed)
        for effect in step.effects:
            if isinstance(effect, Ask):
                message = self.speaker.question(script, changed, effect, language, conversation.known)
                lead = self.speaker.words.html("dialogue.back_to", language, title=title)
                turn.say(
                    conversation.customer,
                    dataclasses.replace(message, text=f"{lead}\n\n{message.text}"),
                    ContactKind.QUESTION,
                    run_id=run.id,
                    question=effect.question.id,
                )

    def tell(
        self, turn: Turn, conversation: Conversation, key: str, /, run_id: int | None = None, **values: Any
    ) -> None:
        """Say one of our own sentences to her."""
        text = self.speaker.words.html(key, self.language_of(conversation), **values)
        turn.say(conversation.customer, Message(text, html=True), ContactKind.REPLY, run_id=run_id)

    def _with_why(self, message: Message, run: Run, language: str) -> Message:
        """Add the button under what we began, or remind of, that tells her why she got it."""
        button = Button(self.speaker.words.plain("service.label.why", language), why_tap(run.id))
        return dataclasses.replace(message, keyboard=(*message.keyboard, (button,)))

    @staticmethod
    def _replace(conversation: Conversation, run: Run) -> None:
        others = [other for other in conversation.runs if other.id != run.id]
        conversation.runs = [*others, run] if run.state is RunState.OPEN else others


def _said_before(script: Script, said: Sequence[Contact], now: dt.datetime) -> Answer | None:
    """
    Return what she said before as the beginning of her answer to the script's free messages, if it has any.

    It stands as if she had come back to it: kept, open, and what she adds is acknowledged.
    """
    question = next((each for each in script.questions if each.kind is QuestionKind.MESSAGES), None)
    if question is None or not said:
        return None
    text = "\n".join(contact.text for contact in said if contact.text)
    media = tuple(media for contact in said for media in contact.media)
    begun = Answer(question.id, 1, now, value=text or len(media), text=text, media=media)
    return dataclasses.replace(begun, closed=False, reopened=True, message_id=said[-1].message_id)
