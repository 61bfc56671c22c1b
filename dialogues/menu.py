"""What a customer can ask for outside a question: start a dialogue, a person, another language, less mail, her data."""

from __future__ import annotations

import datetime as dt

from dialogues.cases import HERSELF, move_case, open_case_for
from dialogues.club_talk import ONLY_BUTTONS as CLUB_BUTTONS
from dialogues.clubs import Clubs
from dialogues.coupons import ACTION as COUPONS
from dialogues.coupons import Coupons
from dialogues.engine import Again
from dialogues.events import ONLY_BUTTONS as ANSWERS
from dialogues.events import Events
from dialogues.forgetting import ACTION as FORGET
from dialogues.forgetting import Forgetting
from dialogues.history import History
from dialogues.learning import learn_language
from dialogues.offers import Offers
from dialogues.own_cases import OwnCases
from dialogues.own_data import OwnData
from dialogues.picks import ACTION as PICK
from dialogues.picks import Picks
from dialogues.points import Doing, PointsTalk
from dialogues.profiling import ACTION as PROFILING
from dialogues.profiling import Profiling
from dialogues.programmes import ONLY_BUTTONS, Programmes
from dialogues.referrals import Referrals
from dialogues.resting import is_resting
from dialogues.running import Running
from dialogues.small_questions import ended_quietly
from dialogues.standing import values_so_far
from dialogues.subscriptions import Subscriptions
from dialogues.taps import GO, WHY, campaign_of, menu_tap, sending_of
from dialogues.turn import Conversation, Turn
from dialogues.why import Why
from domain.cases import Case, CaseKind, Move
from domain.contacts import ContactKind
from domain.coupons import CouponKind
from domain.dialogues import OpenCase, Run
from domain.effects import ClickKind
from domain.incoming import Tap
from domain.messages import Act, Button, Message
from store.clicks import count_click
from store.contacts import free_words
from store.database import Tx
from templates.locales import own_name

OFFERED = ("complaint", "feedback", "question")
SAID_LATELY = dt.timedelta(minutes=10)
"""For how long what she has said goes without saying."""


class Menu:
    """The acts behind menu buttons and the commands that start no dialogue."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words
        self._data = OwnData(running)
        self.cases = OwnCases(running)
        self.programmes = Programmes(running)
        subscriptions = Subscriptions(running)
        self._coupons = Coupons(running)
        self._acts: dict[str, Doing] = {
            "help": self._help,
            "language": self._language,
            "talk": self._talk,
            "hello": self._hello,
            "stop": subscriptions.stop,
            "pause": subscriptions.pause,
            "topics": subscriptions.topics,
            "mydata": self._data.act,
            PROFILING: Profiling(running).act,
            COUPONS: self._coupons.act,
            PICK: Picks(running).act,
            "cases": self._her_cases,
            "accept": self.cases.accept,
            "reopen": self.cases.reopen,
            "add": self.cases.add,
            "resume": self._resume,
            GO: self._go,
            WHY: Why(running).act,
            FORGET: Forgetting(running).act,
        }
        self._acts |= self.programmes.acts()
        self._acts |= Offers(running).acts()
        self._acts |= History(running).acts()
        self._acts |= PointsTalk(running).acts()
        self._acts |= Referrals(running).acts()
        self._acts |= Events(running).acts()
        self.clubs = Clubs(running)
        self._acts |= self.clubs.acts()

    def knows(self, action: str) -> bool:
        """Say whether there is such an act, as a command too."""
        only_tapped = {"hello", "accept", "reopen", "add", "resume", GO, WHY, PICK, *ONLY_BUTTONS, *ANSWERS}
        only_tapped |= set(CLUB_BUTTONS)
        if action == PICK and any(each.kind is CouponKind.PICK for each in self.running.loyalty.campaigns):
            return True  # typed, it tells how one comes to a list
        return action in self._acts and action not in only_tapped

    async def act(
        self,
        tx: Tx,
        turn: Turn,
        conversation: Conversation,
        action: str,
        argument: str = "",
        tap: Tap | None = None,
    ) -> None:
        """Do what a menu button or command asks; a name of a dialogue's command starts it."""
        doing = self._acts.get(action)
        if doing is not None:
            await doing(tx, turn, conversation, argument, tap)
            return
        script = self.running.library.by_command(action)
        if script is not None:
            await turn.flush(tx)
            said = await free_words(tx, conversation.customer.id, turn.now - SAID_LATELY)
            await self.running.begin(tx, turn, conversation, script, "customer", said=said)
        else:
            self.offer(turn, conversation, "service.menu")

    def offer(self, turn: Turn, conversation: Conversation, key: str, **values: str) -> None:
        """Say a sentence with the buttons of what can be started."""
        language = self.running.language_of(conversation)
        rows = tuple(
            (Button(self.words.plain(f"dialogue.menu_{name}", language), menu_tap(name)),)
            for name in OFFERED
            if self.running.library.by_command(name) is not None
        )
        text = self.words.html(key, language, **values)
        turn.say(conversation.customer, Message(text, html=True, keyboard=rows), ContactKind.REPLY)

    async def _go(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """A button of a newsletter: it counts as a click of hers, once, and starts the dialogue that it names."""
        _, _, rest = argument.partition(".")
        index, _, command = rest.partition(".")
        sending_id = sending_of(argument)
        if tap is not None and sending_id is not None and len(index) <= 2:
            who, once = conversation.customer.id, f"tap:{tap.callback_id}"
            await count_click(tx, sending_id, who, ClickKind.BUTTON, index, turn.now, once=once)
        if campaign := campaign_of(command):
            await self._coupons.from_newsletter(tx, turn, conversation, campaign, sending_id)
            return
        await self.act(tx, turn, conversation, command, "", tap)

    async def _hello(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        self.offer(turn, conversation, "service.hello_again", name=conversation.customer.name)

    async def _help(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        language = self.running.language_of(conversation)
        in_dialogue = conversation.dialogue is not None
        names = ("resume", "language", "talk") if in_dialogue else ("language", "talk")
        rows = tuple((Button(self.words.plain(f"dialogue.{name}", language), menu_tap(name)),) for name in names)
        if not in_dialogue:
            rows = ((Button(self.words.plain("service.label.cases", language), menu_tap("cases")),), *rows)
        key = "dialogue.help_text" if in_dialogue else "dialogue.help_menu"
        has_card = bool(self.running.loyalty.open_programmes)
        text = self.words.html(key, language, company=self.running.company.name, card=has_card)
        turn.say(conversation.customer, Message(text, html=True, keyboard=rows), ContactKind.REPLY)

    async def _resume(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        if conversation.focus is None:
            self.running.tell(turn, conversation, "dialogue.nothing_open")
        else:
            await self.running.hear(tx, turn, conversation, conversation.focus, Again())

    async def _language(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        languages = self.running.company.languages
        if argument not in languages:
            rows = tuple((Button(own_name(tag), menu_tap("language", tag)),) for tag in languages)
            text = self.words.html("dialogue.language_ask", self.running.language_of(conversation))
            turn.say(conversation.customer, Message(text, html=True, keyboard=rows), ContactKind.REPLY)
            return
        learn_language(turn, conversation, argument)
        self._settle_buttons(turn, conversation, tap, "dialogue.language_set")
        if conversation.focus is not None and not is_resting(conversation, conversation.focus):
            await self.running.hear(tx, turn, conversation, conversation.focus, Again())

    async def _talk(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """Call a person: her open case if she has one, else a new case with what she has said so far."""
        running = self.running
        if await running.floods.refuses_talk(tx, turn, conversation):
            return
        case = conversation.cases[0] if conversation.cases else None
        run = conversation.dialogue
        ended_quietly(turn, conversation)
        await turn.flush(tx)
        told = await self._told_so_far(tx, conversation, run) if run is not None else []
        if case is None:
            opening = OpenCase(CaseKind.QUESTION, "talk", summary="\n".join(told))
            case = await open_case_for(
                tx, running.company, conversation.customer.id, opening, turn.now, run.id if run else None
            )
            conversation.cases.insert(0, case)
            await running.staff_line.new_case(tx, case, conversation.customer, turn.now)
        else:
            moved = await move_case(tx, running.company, case, Move.CUSTOMER_WRITES, HERSELF, now=turn.now)
            case = moved if isinstance(moved, Case) else case
            conversation.cases[0] = case
            asks = self.words.plain("dialogue.talk", running.company.default_language)
            said = "\n".join((asks, *told)) if len(told) > 1 else asks
            await running.staff_line.case_changed(tx, case, conversation.customer, said, turn.now)
        if run is not None:
            running.hand_over(turn, conversation, run, case)
        language = running.language_of(conversation)
        lines = (
            self.words.html("dialogue.handed_over", language),
            self.words.html("service.case_registered", language, number=case.id),
        )
        text = "\n\n".join(lines)
        turn.say(conversation.customer, Message(text, html=True), ContactKind.REPLY, case_id=case.id)

    async def _told_so_far(self, tx: Tx, conversation: Conversation, run: Run) -> list[str]:
        """Return an unfinished run's title and what she has said in it, for staff: she need not say it again."""
        running = self.running
        default = running.company.default_language
        script = await running.script_of(tx, run)
        values = values_so_far(script, run, conversation.known)
        told = running.speaker.answer_texts(script, values, default, run)
        return [script.title.get(default, script.id), *filter(None, told.values())]

    async def _her_cases(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        if not await self.cases.show(tx, turn, conversation):
            self.offer(turn, conversation, "service.cases_none")

    def _settle_buttons(self, turn: Turn, conversation: Conversation, tap: Tap | None, key: str, **values: int) -> None:
        """Take the tapped message's buttons away, and say the sentence."""
        if tap is not None and tap.message_id is not None:
            turn.touch(Act.CLEAR, conversation.customer, message_id=tap.message_id)
        self.running.tell(turn, conversation, key, **values)
