"""A child's membership in a club: the guardian opens the link, says yes or no, sees what is kept, and may withdraw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping

from dialogues.club_talk import GUARDIAN, KEEP, OF_CHILD, REFUSE, WITHDRAW, WITHDRAWN, ClubTalk
from dialogues.turn import Conversation, Turn
from domain.clubs import OF_AGE, PREFIX, WAITS, Club, Fit, Guardianship, GuardianState
from domain.customers import Customer
from domain.incoming import Tap
from domain.links import start_link, start_token
from domain.offers import age_on
from store.clubs import (
    birth_of,
    drop_guardianship,
    give_consent,
    guardianship_by_code,
    join_club,
    leave_club,
)
from store.customers import customer_by_id
from store.database import Tx

_Doing = Callable[[Tx, Turn, Conversation, str, Tap | None], Awaitable[None]]


class Guardians(ClubTalk):
    """
    The acts of guardians; an argument is the code of the link, and each act judges who it comes from.

    Until the guardian's yes only the code is kept, with whose wish it is and for which club.
    """

    def acts(self) -> Mapping[str, _Doing]:
        """Return the acts by their names."""
        return {
            GUARDIAN: self._yes,
            REFUSE: self._no,
            WITHDRAW: self._withdraw,
            WITHDRAWN: self._withdrawn,
            KEEP: self._keep,
        }

    def link(self, code: str) -> str:
        """Return the link that a child passes on."""
        return start_link(self.running.loyalty.username, start_token(PREFIX, code))

    async def opened(self, tx: Tx, turn: Turn, conversation: Conversation, code: str) -> bool:
        """Ask who has opened the link whether she agrees; say kindly where it asks nothing (any more)."""
        await turn.flush(tx)
        asked = await guardianship_by_code(tx, code)
        if asked is not None and asked.guardian_id == conversation.customer.id:
            self.say(turn, conversation, "guardian_already", club=self.title(conversation, asked.club))
            return True
        found = await self._asked(tx, turn, conversation, asked, None)
        if found is None:
            return True
        child, club = found
        rows = (
            (self.button(conversation, "guardian", GUARDIAN, code),),
            (self.button(conversation, "refuse", REFUSE, code),),
        )
        self.say(
            turn,
            conversation,
            "guardian",
            rows,
            name=child.name,
            club=self.text(conversation, club.title),
            about=self.text(conversation, club.about),
            terms=self.text(conversation, club.terms),
        )
        return True

    async def _asked(
        self, tx: Tx, turn: Turn, conversation: Conversation, asked: Guardianship | None, tap: Tap | None
    ) -> tuple[Customer, Club] | None:
        """Return whose wish waits for her answer and for which club; None where none does, which she is told."""
        is_late = asked is not None and turn.now - asked.at >= WAITS
        if asked is None or asked.state is not GuardianState.ASKED or is_late:
            self.say(turn, conversation, "guardian_gone", tap=tap)
            return None
        child, club = await customer_by_id(tx, asked.customer_id), self.named(asked.club)
        if child is None or club is None:
            self.say(turn, conversation, "guardian_gone", tap=tap)
            return None
        if asked.customer_id == conversation.customer.id:
            self.say(turn, conversation, "guardian_own", tap=tap)
            return None
        age = age_on(await birth_of(tx, conversation.customer.id), self.today(turn))
        if age is not None and age < OF_AGE:
            self.say(turn, conversation, "guardian_not_of_age", tap=tap)
            return None
        return child, club

    async def _yes(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """She is the guardian and of age: the child's date of birth comes from her where it is not known."""
        await turn.flush(tx)
        asked = await guardianship_by_code(tx, argument)
        found = await self._asked(tx, turn, conversation, asked, tap)
        if asked is None or found is None:
            return
        birth = await birth_of(tx, asked.customer_id)
        if birth is None and found[1].asks_age:
            self.ask_birth(turn, conversation, f"{OF_CHILD}{argument}", "", tap, name=found[0].name)
        else:
            await self._finish(tx, turn, conversation, asked, found, birth, tap)

    async def born(
        self,
        tx: Tx,
        turn: Turn,
        conversation: Conversation,
        subject: str,
        digits: str,
        birth: dt.date | None,
        tap: Tap | None,
    ) -> None:
        """Take the next part of a child's date of birth, or the whole of it."""
        await turn.flush(tx)
        asked = await guardianship_by_code(tx, subject.removeprefix(OF_CHILD))
        found = await self._asked(tx, turn, conversation, asked, tap)
        if asked is None or found is None:
            return
        if birth is None:
            self.ask_birth(turn, conversation, subject, digits, tap, name=found[0].name)
        else:
            await self._finish(tx, turn, conversation, asked, found, birth, tap)

    async def _finish(
        self,
        tx: Tx,
        turn: Turn,
        conversation: Conversation,
        asked: Guardianship,
        found: tuple[Customer, Club],
        birth: dt.date | None,
        tap: Tap | None,
    ) -> None:
        child, club = found
        title, fit = self.text(conversation, club.title), Fit.YES
        if birth is not None:
            fit = club.fit(birth, self.today(turn))
        if fit in {Fit.TOO_YOUNG, Fit.TOO_OLD}:
            await drop_guardianship(tx, asked.code)
            age = club.from_age if fit is Fit.TOO_YOUNG else club.until_age
            self.say(turn, conversation, f"child_{fit.value}", tap=tap, club=title, age=age, name=child.name)
            self.tell(turn, child, fit.value, club.name, age=age)
            return
        if not await give_consent(tx, asked, conversation.customer.id, turn.now):
            self.say(turn, conversation, "guardian_gone", tap=tap)
            return
        source = f"guardian:{await self.keep_terms(tx, turn, conversation, club)}"
        ends_on = club.ends_on(birth)
        await join_club(tx, child.id, club.name, turn.now, source, birth=birth, ends_on=ends_on)
        self.say(turn, conversation, "guardian_agreed", tap=tap, club=title, name=child.name, until=ends_on)
        self.tell(turn, child, "joined", club.name, until=ends_on)

    async def _no(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        await turn.flush(tx)
        asked = await guardianship_by_code(tx, argument)
        found = await self._asked(tx, turn, conversation, asked, tap)
        if found is not None:
            await drop_guardianship(tx, argument)
            self.say(turn, conversation, "guardian_refused", tap=tap)
            self.tell(turn, found[0], "refused", found[1].name)

    # Withdrawing ---------------------------------------------------------------------------------------------------

    async def _withdraw(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        given = await self._given(tx, conversation, argument)
        child = None if given is None else await customer_by_id(tx, given.customer_id)
        if given is None or child is None:
            self.say(turn, conversation, "guardian_gone")
            return
        rows = (
            (self.button(conversation, "withdrawn", WITHDRAWN, argument),),
            (self.button(conversation, "keep", KEEP),),
        )
        self.say(turn, conversation, "withdraw", rows, name=child.name, club=self.title(conversation, given.club))

    async def _withdrawn(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        await turn.flush(tx)
        given = await self._given(tx, conversation, argument)
        child = None if given is None else await customer_by_id(tx, given.customer_id)
        if given is None or child is None:
            self.say(turn, conversation, "guardian_gone", tap=tap)
            return
        await leave_club(tx, child.id, given.club, turn.now)
        title = self.title(conversation, given.club)
        self.say(turn, conversation, "guardian_withdrawn", tap=tap, name=child.name, club=title)
        self.tell(turn, child, "ended_by_guardian", given.club)

    async def _keep(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        self.say(turn, conversation, "kept", tap=tap)

    @staticmethod
    async def _given(tx: Tx, conversation: Conversation, code: str) -> Guardianship | None:
        given = await guardianship_by_code(tx, code)
        is_hers = given is not None and given.guardian_id == conversation.customer.id
        return given if is_hers and given is not None and given.state is GuardianState.GIVEN else None
