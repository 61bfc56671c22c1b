"""Where what a customer sends goes: a command, a button, an answer to the open question, her case, or free words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dialogues.cases import HERSELF, move_case
from dialogues.engine import Again, Chosen, Control, Steered, Typed
from dialogues.menu import SAID_LATELY, Menu
from dialogues.resting import is_resting
from dialogues.running import Running
from dialogues.small_questions import is_asked_by_us
from dialogues.standing import standing_of
from dialogues.taps import MenuTap, RunTap, read_tap, sending_started
from dialogues.tokens import Tokens
from dialogues.turn import Conversation, Turn
from dialogues.typed import typed_argument
from domain.cases import Case, Move
from domain.contacts import ContactKind, ContactState, Direction
from domain.dialogues import QuestionKind, Run, RunState
from domain.effects import ClickKind
from domain.facts import is_small
from domain.floods import Kept
from domain.folding import fold
from domain.incoming import Tap, Words
from domain.messages import Act, Message
from store.cases import case_by_id, standing_case
from store.clicks import count_click
from store.contacts import contact_by_message, last_said, last_staff_word, timeline
from store.database import Tx
from store.runs import last_run, runs_by_id

STEERING: Mapping[str, Control] = {
    "back": Control.BACK,
    "skip": Control.SKIP,
    "cancel": Control.CANCEL,
    "done": Control.DONE,
    "keep": Control.KEEP,
}


SHORT = 60
"""Signs of the longest words that are taken for the answer to a small question."""

TALKING = dt.timedelta(hours=12)
"""For how long after their last word staff count as talking with her."""


ANSWERS = dt.timedelta(days=1)
"""For how long free words are taken for an answer to the newsletter before them."""

LOOKED_BACK = 20
"""How many contacts may lie between a newsletter and words that answer it."""


_YES_OR_NO = frozenset({QuestionKind.YES_NO, QuestionKind.CONSENT, QuestionKind.CONFIRM})


class Listening:
    """Routes one customer's messages and taps."""

    def __init__(self, running: Running, menu: Menu) -> None:
        self.running = running
        self.menu = menu
        self.tokens = Tokens(running, menu)
        self.relearn()

    def relearn(self) -> None:
        """Make anew what was made of the words."""
        words = self.running.speaker.words
        self._rather_not = {_folded(label) for label in words.every("service.label.rather_not").values()}
        self._spoken = {
            _folded(label): name
            for name in (*STEERING, "help", "language", "talk")
            for label in words.every(f"dialogue.{name}").values()
        }

    async def words(self, tx: Tx, turn: Turn, conversation: Conversation, words: Words) -> None:
        """Log a message and answer it."""
        run = conversation.focus
        if words.command:
            if words.command not in STEERING:
                run = conversation.dialogue
            turn.hear(conversation.customer, words, ContactKind.COMMAND, run_id=run.id if run else None)
            await self._command(tx, turn, conversation, words, run)
            return
        spoken = self._spoken.get(_folded(words.text)) if words.text and not words.media else None
        if run is not None and is_asked_by_us(run):
            if spoken is None and _folded(words.text) in self._rather_not:
                spoken = "skip"
            if spoken not in {"skip", "cancel", "done"} and not await self._answers_small(tx, conversation, run, words):
                run = conversation.dialogue  # free words as usual: she need not answer it, nor mind it
        if run is None or (spoken is None and await self._is_for_staff(tx, conversation, run, words)):
            in_the_midst = run is not None and await self._was_just_asked(tx, turn, conversation, run)
            await self._free(tx, turn, conversation, words, spoken)
            if run is not None and in_the_midst:
                await self.running.put_again(tx, turn, conversation, run)
            return
        turn.hear(conversation.customer, words, ContactKind.ANSWER, run_id=run.id, question=run.asked)
        match spoken:
            case None:
                await self.running.hear(tx, turn, conversation, run, Typed(words))
            case "help" | "language" | "talk":
                await self.menu.act(tx, turn, conversation, spoken)
            case _:
                await self.running.hear(tx, turn, conversation, run, Steered(STEERING[spoken]))

    async def _answers_small(self, tx: Tx, conversation: Conversation, run: Run, words: Words) -> bool:
        """
        Say whether words answer the small question that is open.

        They do where they quote it, or where they are short and fit it. A question that takes any words is answered
        by what is said right after it and asks nothing in return.
        """
        if not words.text or words.media:
            return False
        if words.reply_to is not None:
            quoted = await contact_by_message(tx, conversation.customer.id, words.reply_to)
            return quoted is not None and quoted.run_id == run.id
        if conversation.cases and await last_staff_word(tx, conversation.customer.id) is not None:
            return False
        if await self.running.answers_closed_question(tx, conversation, run, words):
            return len(words.text) <= SHORT
        just_asked = run.asked_at is not None and conversation.known["now"] - run.asked_at <= SAID_LATELY
        return just_asked and "?" not in words.text and await self.running.takes_any_words(tx, run)

    async def _is_for_staff(self, tx: Tx, conversation: Conversation, run: Run, words: Words) -> bool:
        """
        Say whether words in the middle of a dialogue are for a person: they quote staff's reply, or staff's reply is
        the newest thing said and the words do not fit the open question better; a bare "yes" fits what staff asked.

        So are words, while a case of hers is open, that a question with buttons does not understand, unless they quote
        it: she adds to her case. While she talks with a person, that holds for a question for a number or a day, too.
        """
        if not conversation.cases:
            return False
        if words.reply_to is not None:
            answered = await contact_by_message(tx, conversation.customer.id, words.reply_to)
            if answered is not None and answered.kind is ContactKind.STAFF_REPLY:
                return True
            if answered is not None and answered.run_id == run.id:
                return False
        elif await last_staff_word(tx, conversation.customer.id) is not None:
            if await self._asks_yes_or_no(tx, conversation, run):
                return True
            return not await self.running.answers_closed_question(tx, conversation, run, words)
        if is_resting(conversation, run) and not await self.running.answers_closed_question(
            tx, conversation, run, words
        ):
            return True  # what follows her complaint belongs to it
        if not await self.running.misses_closed_question(tx, conversation, run, words):
            return False
        if not await self.running.is_answered_in_words(tx, conversation, run):
            return True
        return words.reply_to is None and await self._talks_with_person(tx, conversation)

    async def _asks_yes_or_no(self, tx: Tx, conversation: Conversation, run: Run) -> bool:
        """Say whether a bare "yes" would answer the open question: it must not, where it was said to a person."""
        question = standing_of(await self.running.script_of(tx, run), run, conversation.known).open
        return question is not None and question.kind in _YES_OR_NO

    async def _was_just_asked(self, tx: Tx, turn: Turn, conversation: Conversation, run: Run) -> bool:
        """Say whether the open question of *run* is the last thing that was said to her."""
        who = conversation.customer.id
        unsent = [row for row in turn.rows if row.customer_id == who and row.act is Act.SEND]
        said = unsent[-1] if unsent else await last_said(tx, who)
        return said is not None and (said.run_id, said.question) == (run.id, run.asked)

    async def _talks_with_person(self, tx: Tx, conversation: Conversation) -> bool:
        since = conversation.known["now"] - TALKING
        said = await timeline(tx, conversation.customer.id, limit=LOOKED_BACK)
        return any(contact.kind is ContactKind.STAFF_REPLY and contact.at >= since for contact in said)

    async def tap(self, tx: Tx, turn: Turn, conversation: Conversation, tap: Tap) -> None:
        """Hear a button: a question's, a menu's, or one that is no longer in use."""
        match read_tap(tap.data):
            case RunTap(run_id=run_id, heard=heard):
                run = next((run for run in conversation.runs if run.id == run_id), None)
                if run is not None:
                    await self.running.hear(tx, turn, conversation, run, heard, tap=tap)
                else:
                    await self._late(tx, turn, conversation, tap, run_id, heard)
            case MenuTap(action=action, argument=argument):
                turn.touch(Act.TOAST, conversation.customer, callback_id=tap.callback_id)
                await self.menu.act(tx, turn, conversation, action, argument, tap)
            case None:
                self._notice(turn, conversation, tap, "not_here")

    async def _late(
        self, tx: Tx, turn: Turn, conversation: Conversation, tap: Tap, run_id: int, heard: Chosen | Steered
    ) -> None:
        """
        Answer a tap on a run that has ended. An expired survey still keeps the answer to the question that it had
        open; what she had begun herself goes on, unless her words have become a case or she has begun anew.
        """
        await turn.flush(tx)
        run = (await runs_by_id(tx, [run_id])).get(run_id)
        if run is None or run.customer_id != conversation.customer.id:
            self._notice(turn, conversation, tap, "not_here")
            return
        if run.state is RunState.EXPIRED and not (await self.running.script_of(tx, run)).survey:
            begun_anew = any(other.script_id == run.script_id for other in conversation.runs)
            if run.case_id is None and not begun_anew:
                await self.running.reopen(tx, turn, conversation, run, tap, heard)
                return
        elif run.state is RunState.EXPIRED and await self.running.late_answer(tx, turn, conversation, run, tap):
            return
        self._notice(turn, conversation, tap, "already" if run.state is RunState.DONE else "expired")
        focus = conversation.focus
        if focus is None or is_small(focus.script_id):  # her finger was quick: it is not asked twice for that
            return
        if not is_resting(conversation, focus):
            await self.running.hear(tx, turn, conversation, focus, Again())

    async def _command(self, tx: Tx, turn: Turn, conversation: Conversation, words: Words, run: Run | None) -> None:
        command = words.command
        if command in STEERING:
            if run is None:
                self.running.tell(turn, conversation, "dialogue.nothing_open")
            else:
                await self.running.hear(tx, turn, conversation, run, Steered(STEERING[command]))
            return
        answered = False
        if command == "start":
            await self._passed_on(tx, turn, conversation, words)
            answered = await self.tokens.open(tx, turn, conversation, words.argument)
        if command == "start" and await self._is_known(tx, conversation):
            if answered:
                return
            if run is not None:
                await self.running.hear(tx, turn, conversation, run, Again())
            else:
                await self.menu.act(tx, turn, conversation, "hello")
            return
        script = self.running.library.by_command(command)
        if script is not None:
            await self.running.begin(tx, turn, conversation, script, "customer")
        elif self.menu.knows(command):
            argument = typed_argument(self.running, command, words.argument)
            await self.menu.act(tx, turn, conversation, command, argument)
        else:
            self.running.tell(turn, conversation, "dialogue.no_such_command")

    async def _passed_on(self, tx: Tx, turn: Turn, conversation: Conversation, words: Words) -> None:
        """Count a start by the link of a newsletter that somebody passed on; it says nothing about who she is."""
        sending_id = sending_started(words.argument)
        if sending_id is not None:
            who, once = conversation.customer.id, f"start:{words.place.chat_id}.{words.message_id}"
            await count_click(tx, sending_id, who, ClickKind.DEEP_LINK, "start", turn.now, once=once)

    async def _is_known(self, tx: Tx, conversation: Conversation) -> bool:
        """Say whether she has been welcomed, or is being welcomed."""
        script = self.running.library.by_command("start")
        if script is None or any(run.script_id == script.id for run in conversation.runs):
            return True
        return await last_run(tx, conversation.customer.id, script.id) is not None

    async def _free(self, tx: Tx, turn: Turn, conversation: Conversation, words: Words, spoken: str | None) -> None:
        """Log words outside a dialogue, pass them to staff, and answer: nobody speaks into the void."""
        if spoken in {"help", "language", "talk"}:
            turn.hear(conversation.customer, words, ContactKind.WORDS)
            await self.menu.act(tx, turn, conversation, spoken)
            return
        case = await self._case_meant(tx, conversation, words)
        kept = await self.running.floods.keeps(tx, turn, conversation)
        looks = kept is None or words.reply_to is not None
        context = await self._context(tx, turn, conversation, words) if looks else None
        staff_line = self.running.staff_line
        belongs = {"case_id": case.id if case else None, "newsletter_id": context}
        turn.hear(conversation.customer, words, ContactKind.WORDS, reason=kept.value if kept else None, **belongs)
        if kept is Kept.MUTED or (kept is not None and case is None):
            return
        if case is None:
            await staff_line.customer_wrote(tx, conversation.customer, words, None, turn.now, about=context)
            if await self._needs_answer(tx, turn, conversation, "dialogue.unknown_words"):
                self.menu.offer(turn, conversation, "dialogue.unknown_words")
            return
        moved = await move_case(tx, self.running.company, case, Move.CUSTOMER_WRITES, HERSELF, now=turn.now)
        if isinstance(moved, Case) and moved.state is not case.state:
            await staff_line.case_changed(tx, moved, conversation.customer, "", turn.now)
        case = moved if isinstance(moved, Case) else case
        conversation.cases = [case if each.id == case.id else each for each in conversation.cases]
        if kept is not None:
            return
        await staff_line.customer_wrote(tx, conversation.customer, words, case, turn.now, about=context)
        key = "dialogue.added_to_case" if case.state.is_open else "service.case_is_it_settled"
        if await self._needs_answer(tx, turn, conversation, key, number=case.id):
            self.menu.cases.say(turn, conversation, case, key)

    async def _case_meant(self, tx: Tx, conversation: Conversation, words: Words) -> Case | None:
        """
        Return the case that free words are about, or None.

        It is the one of the message that she quotes; else, where several of hers are open, the one that was spoken of
        last, and the newest; else one that is decided, where that is the last thing that she was told.
        """
        who, hers = conversation.customer.id, conversation.cases
        quoted = await contact_by_message(tx, who, words.reply_to) if words.reply_to is not None else None
        spoken_of = quoted.case_id if quoted is not None else None
        if spoken_of is None and len(hers) != 1:
            said = await last_said(tx, who)
            spoken_of = said.case_id if said is not None else None
        named = next((case for case in hers if case.id == spoken_of), None)
        if named is None and spoken_of is not None and (quoted is not None or not hers):
            case = await case_by_id(tx, spoken_of)
            case = await standing_case(tx, case) if case is not None else None
            named = case if case is not None and (case.state.is_open or case.settle_by is not None) else None
        return named or (hers[0] if hers else None)

    async def _needs_answer(self, tx: Tx, turn: Turn, conversation: Conversation, key: str, /, **values: int) -> bool:
        """Say whether free words are answered by us: not while a person talks with her, and not twice in a row."""
        who = conversation.customer.id
        words, language = self.running.speaker.words, self.running.language_of(conversation)
        about_to = words.html(key, language, **values)
        if any(row.customer_id == who and row.message.text == about_to for row in turn.rows):
            return False
        said = await last_said(tx, who)
        if said is None:
            return True
        if said.kind is ContactKind.STAFF_REPLY:
            return turn.now - said.at > TALKING
        text = words.plain(key, language, **values)
        return said.text != text or turn.now - said.at > SAID_LATELY

    async def _context(self, tx: Tx, turn: Turn, conversation: Conversation, words: Words) -> int | None:
        """
        Return the sending that her message answers: the newsletter that she replied to, else the one that is the last
        thing that we said to her of our own accord, for a day. Our thanks for her words do not come in between.
        """
        who = conversation.customer.id
        if words.reply_to is not None:
            answered = await contact_by_message(tx, who, words.reply_to)
            return None if answered is None else answered.newsletter_id
        for contact in await timeline(tx, who, limit=LOOKED_BACK):
            was_said = contact.direction is Direction.OUT and contact.state in {ContactState.SENT, ContactState.UNKNOWN}
            if was_said and (contact.kind is not ContactKind.REPLY or contact.run_id is not None):
                return contact.newsletter_id if turn.now - contact.at <= ANSWERS else None
        return None

    def _notice(self, turn: Turn, conversation: Conversation, tap: Tap, key: str) -> None:
        language = self.running.language_of(conversation)
        notice = Message(self.running.speaker.words.plain(f"dialogue.{key}", language))
        turn.touch(Act.TOAST, conversation.customer, notice, callback_id=tap.callback_id)


def _folded(text: str) -> str:
    return fold(text.strip(" .!?"))
