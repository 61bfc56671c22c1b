"""What is shared by everything that is said about clubs: words, buttons, dates of birth by taps, terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dialogues.birth_taps import choices
from dialogues.club_offer import AGREE, STAY
from dialogues.running import Running
from dialogues.taps import menu_tap
from dialogues.turn import Conversation, Turn
from domain.clubs import Club
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.incoming import Tap
from domain.languages import best_language, in_language
from domain.messages import Act, Button, Keyboard, Message
from store.consent_texts import ConsentText, keep_texts, version_of
from store.database import Tx

JOIN, BORN, LEAVE, NEVER, KEEP = "cjoin", "cborn", "cleave", "cnever", "ckeep"
GUARDIAN, REFUSE, WITHDRAW, WITHDRAWN = "gyes", "gno", "gend", "gended"
ONLY_BUTTONS = (JOIN, AGREE, BORN, LEAVE, NEVER, STAY, KEEP, GUARDIAN, REFUSE, WITHDRAW, WITHDRAWN)

TERMS = "club"
"""The purpose under which the words of terms are kept; a membership's source names their version."""

OF_CHILD = "+"
"""The sign before a guardian's code in the place of a club's name: whose date of birth is asked."""

_SPLIT = "~"
_SURE = "y"
_PART = 20  # signs of a name in a version, so that a membership's source holds it


class ClubTalk:
    """Says things in her language; with the tap of an older message in the place of that one."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words

    def today(self, turn: Turn) -> dt.date:
        """Return the day in the company's zone, which ages are reckoned by."""
        return turn.now.astimezone(self.running.company.zone).date()

    def named(self, name: str) -> Club | None:
        """Return the club of that name."""
        return self.running.loyalty.club(name)

    def title(self, conversation: Conversation, name: str) -> str:
        """Return a club's name in her language, also of one whose file is gone."""
        club = self.named(name)
        return name if club is None else self.text(conversation, club.title)

    def text(self, conversation: Conversation, texts: Mapping[str, str]) -> str:
        """Return a club's own text in her language."""
        return in_language(texts, self.language(conversation), self.running.company.default_language)

    def language(self, conversation: Conversation) -> str:
        """Return the language to speak with her."""
        return self.running.language_of(conversation)

    def say(
        self,
        turn: Turn,
        conversation: Conversation,
        key: str,
        rows: Keyboard = (),
        tap: Tap | None = None,
        **values: object,
    ) -> None:
        """Say a sentence, in the place of the tapped message where there is one."""
        text = self.words.html(f"clubs.{key}", self.language(conversation), **values)
        self.put(turn, conversation, Message(text.strip(), html=True, keyboard=rows), tap)

    def put(self, turn: Turn, conversation: Conversation, message: Message, tap: Tap | None = None) -> None:
        """Say *message*, in the place of the tapped one where there is one."""
        if tap is not None and tap.message_id is not None:
            turn.touch(Act.EDIT, conversation.customer, message, message_id=tap.message_id)
        else:
            turn.say(conversation.customer, message, ContactKind.REPLY)

    def tell(self, turn: Turn, customer: Customer, key: str, club: str, **values: object) -> None:
        """Tell somebody else what has become of her wish, in her own language."""
        language = best_language(customer.language, self.running.company.languages)
        found = self.named(club)
        title = club if found is None else in_language(found.title, language, self.running.company.default_language)
        text = self.words.html(f"clubs.{key}", language, club=title, **values)
        turn.say(customer, Message(text.strip(), html=True), ContactKind.SERVICE)

    def button(self, conversation: Conversation, key: str, action: str, argument: str = "", **values: object) -> Button:
        """Return a button of the menu."""
        label = self.words.plain(f"clubs.label.{key}", self.language(conversation), **values)
        return Button(label, menu_tap(action, argument))

    def ask_birth(
        self, turn: Turn, conversation: Conversation, subject: str, digits: str, tap: Tap | None, **values: object
    ) -> None:
        """Ask the next part of a date of birth: hers for a club's name, a child's for a code behind its sign."""

        def tapped(longer: str) -> str:
            return menu_tap(BORN, f"{subject}{_SPLIT}{longer}{_SURE if longer == digits else ''}")

        rows = choices(digits, self.today(turn), self.language(conversation), tapped)
        if digits:
            rows = (*rows, (self.button(conversation, "back", BORN, f"{subject}{_SPLIT}"),))
        rows = (*rows, (self.button(conversation, "no", STAY),))
        key = "born_right" if len(digits) == len("20150503") else "born"
        is_child = subject.startswith(OF_CHILD)
        self.say(turn, conversation, key, rows, tap, child=is_child, **values)

    async def keep_terms(self, tx: Tx, turn: Turn, conversation: Conversation, club: Club) -> str:
        """Keep the words of a club's terms as she has seen them, and return their version."""
        shown = self.text(conversation, club.terms)
        version = version_of(f"{club.name[:_PART]}/{club.terms_version[:_PART]}", shown)
        await keep_texts(tx, [ConsentText(TERMS, version, self.language(conversation), shown)], turn.now)
        return version


def read_born(argument: str) -> tuple[str, str, bool]:
    """Split what a date's button carries: whose date, its digits so far, and whether it is the last look's yes."""
    subject, _, digits = argument.rpartition(_SPLIT)
    return subject, digits.removesuffix(_SURE), digits.endswith(_SURE)
