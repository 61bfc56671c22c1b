"""`/clubs`: which there are, joining with what one agrees to and the age where it matters, and leaving in one tap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping

from dialogues.birth_taps import read_birth
from dialogues.club_guardians import Guardians
from dialogues.club_offer import AGREE, STAY, offer_of
from dialogues.club_talk import BORN, JOIN, LEAVE, NEVER, OF_CHILD, WITHDRAW, ClubTalk, read_born
from dialogues.next_steps import tell_with_steps
from dialogues.running import Running
from dialogues.turn import Conversation, Turn
from domain.clubs import Club, Fit
from domain.incoming import Tap
from domain.languages import in_language
from domain.messages import Button, Message
from store.clubs import (
    ask_guardian,
    birth_of,
    children_of,
    drop_guardianship,
    guardianship,
    join_club,
    leave_club,
    waiting_clubs,
)
from store.database import Tx
from store.memberships import membership_of, memberships_of
from store.topic_choices import choose_topics, topics_off

CLUBS = "clubs"
WHY_PREFIX = "club"
_Doing = Callable[[Tx, Turn, Conversation, str, Tap | None], Awaitable[None]]


class Clubs(ClubTalk):
    """The acts behind `/clubs`; an argument is a club's name. Each button says what is to be."""

    def __init__(self, running: Running) -> None:
        super().__init__(running)
        self.guardians = Guardians(running)

    def acts(self) -> Mapping[str, _Doing]:
        """Return the acts by their names."""
        own: dict[str, _Doing] = {
            CLUBS: self._clubs,
            JOIN: self._join,
            AGREE: self._agree,
            BORN: self._born,
            LEAVE: self._leave,
            NEVER: self._never_mind,
            STAY: self._stay,
        }
        return own | dict(self.guardians.acts())

    async def _clubs(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """List the clubs with how she stands to each, and the children for whom she answers."""
        await turn.flush(tx)
        who = conversation.customer.id
        mine = {each.name: each for each in await memberships_of(tx, who) if each.until is None}
        waiting, children = await waiting_clubs(tx, who), await children_of(tx, who)
        parts, rows = [], list[tuple[Button, ...]]()
        for club in self.running.loyalty.clubs:
            title, membership = self.text(conversation, club.title), mine.get(club.membership)
            told = {"title": title, "about": self.text(conversation, club.about), "waits": club.name in waiting}
            since = None if membership is None else membership.since
            until = None if membership is None else membership.ends_on
            parts.append(self._part(conversation, "club", **told, since=since, until=until))
            key, act = ("leave", LEAVE) if membership is not None else ("join", JOIN)
            rows.append((self.button(conversation, key, act, club.name, club=title),))
        for child in children:
            title = self.title(conversation, child.club)
            kept = {"name": child.name, "club": title, "birth": child.birth, "since": child.since}
            parts.append(self._part(conversation, "child", **kept))
            rows.append((self.button(conversation, "withdraw", WITHDRAW, child.code, name=child.name, club=title),))
        if not parts:
            tell_with_steps(self.running, turn, conversation, "clubs.none", "topics")
        else:
            self.put(turn, conversation, Message("\n\n".join(parts), html=True, keyboard=tuple(rows)))

    def _part(self, conversation: Conversation, key: str, **values: object) -> str:
        return self.words.html(f"clubs.{key}", self.language(conversation), **values).strip()

    # Joining -------------------------------------------------------------------------------------------------------

    async def _join(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """Show what she agrees to; nothing is done yet."""
        club = self.named(argument)
        if club is None:
            self.say(turn, conversation, "none")
            return
        asked = await guardianship(tx, conversation.customer.id, club.name)
        if await membership_of(tx, conversation.customer.id, club.membership) is not None:
            self._already(turn, conversation, club)
        elif asked is not None:
            self._give_link(turn, conversation, club, asked.code, None)
        else:
            default = self.running.company.default_language
            self.put(turn, conversation, offer_of(self.words, club, self.language(conversation), default))

    async def _agree(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        club = self.named(argument)
        if club is None:
            self.say(turn, conversation, "none", tap=tap)
            return
        birth = await birth_of(tx, conversation.customer.id) if club.asks_age else None
        if club.asks_age and birth is None:
            self.ask_birth(turn, conversation, club.name, "", tap)
        else:
            await self._decide(tx, turn, conversation, club, birth, tap)

    async def _born(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """A button of a date of birth: the next part is asked, or the whole date is taken."""
        subject, digits, sure = read_born(argument)
        birth = read_birth(digits, self.today(turn)) if sure else None
        if subject.startswith(OF_CHILD):
            await self.guardians.born(tx, turn, conversation, subject, digits, birth, tap)
            return
        club = self.named(subject)
        if club is None:
            self.say(turn, conversation, "none", tap=tap)
        elif birth is None:
            self.ask_birth(turn, conversation, subject, digits, tap)
        else:
            await self._decide(tx, turn, conversation, club, birth, tap)

    async def _decide(
        self, tx: Tx, turn: Turn, conversation: Conversation, club: Club, birth: dt.date | None, tap: Tap | None
    ) -> None:
        """Let her in, send her to her guardian, or say kindly that her age does not fit; then nothing is kept."""
        await turn.flush(tx)
        who, title = conversation.customer.id, self.text(conversation, club.title)
        if await membership_of(tx, who, club.membership) is not None:
            self._already(turn, conversation, club, tap)
            return
        known = birth is not None and await birth_of(tx, who) is not None
        match Fit.YES if birth is None else club.fit(birth, self.today(turn)):
            case Fit.TOO_YOUNG:
                self.say(turn, conversation, "too_young", tap=tap, club=title, age=club.from_age, known=known)
            case Fit.TOO_OLD:
                self.say(turn, conversation, "too_old", tap=tap, club=title, age=club.until_age, known=known)
            case Fit.GUARDIAN:
                asked = await ask_guardian(tx, who, club.name, turn.now)
                self._give_link(turn, conversation, club, asked.code, tap)
            case Fit.YES:
                source = f"chat:{await self.keep_terms(tx, turn, conversation, club)}"
                ends_on = club.ends_on(birth)
                await join_club(tx, who, club.name, turn.now, source, birth=birth, ends_on=ends_on)
                if club.topic in await topics_off(tx, who):
                    await choose_topics(tx, who, {club.topic: True}, CLUBS, turn.now)
                rows = ((self.button(conversation, "leave", LEAVE, club.name, club=title),),)
                self.say(turn, conversation, "joined", rows, tap, club=title, until=ends_on)

    def _give_link(self, turn: Turn, conversation: Conversation, club: Club, code: str, tap: Tap | None) -> None:
        title, link = self.text(conversation, club.title), self.guardians.link(code)
        rows = ((self.button(conversation, "never_mind", NEVER, club.name),),)
        self.say(turn, conversation, "ask_guardian", rows, tap, club=title, link=link, age=club.guardian_under)

    def _already(self, turn: Turn, conversation: Conversation, club: Club, tap: Tap | None = None) -> None:
        self.say(turn, conversation, "already", tap=tap, club=self.text(conversation, club.title))

    # Leaving -------------------------------------------------------------------------------------------------------

    async def _leave(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        await turn.flush(tx)
        title = self.title(conversation, argument)
        if not await leave_club(tx, conversation.customer.id, argument, turn.now):
            self.say(turn, conversation, "not_member")
            return
        club = self.named(argument)
        rows = () if club is None else ((self.button(conversation, "join", JOIN, club.name, club=title),),)
        self.say(turn, conversation, "left", rows, club=title)

    async def _never_mind(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """Take back a wish that waits for a guardian; nothing of it stays."""
        asked = await guardianship(tx, conversation.customer.id, argument)
        if asked is not None and asked.guardian_id is None:
            await drop_guardianship(tx, asked.code)
        self.say(turn, conversation, "stayed", tap=tap)

    async def _stay(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        self.say(turn, conversation, "stayed", tap=tap)


async def why_age(running: Running, tx: Tx, conversation: Conversation, key: str, language: str) -> str:
    """Tell why she heard of an age limit: her membership and the club's limit; "" where she never was a member."""
    club = running.loyalty.club(key)
    mine = {each.name: each for each in await memberships_of(tx, conversation.customer.id)}
    membership = None if club is None else mine.get(club.membership)
    if club is None or membership is None:
        return ""
    title = in_language(club.title, language, running.company.default_language)
    day = membership.ends_on or membership.until
    return running.speaker.words.html("clubs.why", language, club=title, since=membership.since, day=day)
