"""`/card`: a member's card with its QR code, what the programmes are for who is none, and joining and leaving."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from dialogues.giving import Giving, told_together
from dialogues.joining import Joined, NotInvited, facts_of, join_programme, leave_programme, next_needs, not_invited
from dialogues.next_steps import tell_with_steps
from dialogues.running import Running
from dialogues.taps import menu_tap
from dialogues.tier_words import TierWords, title_of_tier
from dialogues.turn import Conversation, Turn
from domain.cards import in_groups
from domain.contacts import ContactKind
from domain.drawing_names import qr_media
from domain.incoming import Tap
from domain.languages import in_language
from domain.links import start_token
from domain.messages import Act, Button, Message
from domain.programmes import Identify, Programme
from store.consent_texts import ConsentText, keep_texts, version_of
from store.database import Tx
from store.member_cards import issue_card
from store.memberships import membership_of
from store.points import balance_of
from store.tiers import tier_of

CARD, JOIN, AGREE, LEAVE, GO, STAY = "card", "pjoin", "pyes", "pleave", "pgo", "pstay"
ONLY_BUTTONS = (JOIN, AGREE, LEAVE, GO, STAY)
PREFIX = "j"
"""The letter of links that offer a programme: "j-regulars-club"."""

TERMS = "programme"
"""The purpose under which the words of terms are kept; a membership's source names their version."""

_PART = 20  # signs of a name in a version, so that a membership's source holds it
_SOURCES = {"~": "link", "!": "invitation"}
_Doing = Callable[[Tx, Turn, Conversation, str, Tap | None], Awaitable[None]]


class Programmes:
    """The acts behind `/card` and its buttons; an argument is a programme's name, after a sign of its source."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words
        self._tiers = TierWords(running.company, running.speaker.words)
        self._giving = Giving(running.company, running.loyalty, running.speaker.words, running.staff_line)

    def acts(self) -> Mapping[str, _Doing]:
        """Return the acts by their names."""
        return {
            CARD: self._card,
            JOIN: self._join,
            AGREE: self._agree,
            LEAVE: self._leave,
            GO: self._go,
            STAY: self._stay,
        }

    async def open_link(self, tx: Tx, turn: Turn, conversation: Conversation, token: str) -> bool:
        """Offer the programme that a link names, or show her card of it; False where there is none."""
        programme = self.running.loyalty.programme(token)
        if programme is None or not programme.is_open:
            return False
        await self._show(tx, turn, conversation, programme, "~")
        return True

    # The card ------------------------------------------------------------------------------------------------------

    async def _card(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        programmes = self.running.loyalty.open_programmes
        chosen = self._named(argument)
        if chosen is not None:
            await self._show(tx, turn, conversation, chosen, "")
            return
        mine = [each for each in programmes if await self._is_member(tx, conversation, each)]
        shown = mine or list(programmes)
        if not shown:
            tell_with_steps(self.running, turn, conversation, "programmes.none", "topics")
        elif len(shown) == 1 and (mine or len(programmes) == 1):
            await self._show(tx, turn, conversation, shown[0], "")
        else:
            rows = tuple((Button(self._title(conversation, each), menu_tap(CARD, each.name)),) for each in programmes)
            self._say(turn, conversation, "choose" if mine else "choose_programme", rows)

    async def _show(self, tx: Tx, turn: Turn, conversation: Conversation, programme: Programme, source: str) -> None:
        if await self._is_member(tx, conversation, programme):
            await self._show_card(tx, turn, conversation, programme)
        else:
            await self._offer(tx, turn, conversation, programme, source)

    async def _show_card(self, tx: Tx, turn: Turn, conversation: Conversation, programme: Programme) -> None:
        who, language = conversation.customer, self._language(conversation)
        number = await issue_card(tx, who.id, programme.name, turn.now)
        standing = await tier_of(tx, who.id, programme.name)
        tier = "" if standing is None else standing.tier
        facts = await facts_of(tx, self.running.company, who.id, turn.now) if programme.tiers else None
        above = None if facts is None else next_needs(programme, tier, facts)
        keeps = ""
        if standing is not None and standing.grace_until is not None and facts is not None:
            keeps = self._tiers.takes(programme, tier, facts, language)
        points = None
        if programme.points is not None:
            points = await balance_of(tx, who.id, programme.name, turn.now)
        text = self.words.html(
            "programmes.card",
            language,
            programme=self._title(conversation, programme),
            name=who.name,
            number=in_groups(number),
            tier=title_of_tier(programme, tier, language, self.running.company) if tier else "",
            until=None if standing is None else standing.grace_until,
            keeps=keeps,
            next="" if above is None else title_of_tier(programme, above[0], language, self.running.company),
            takes="" if above is None else self._tiers.of_needs(above[1], language),
            points=None if points is None else points.usable,
            pending=0 if points is None else points.pending,
        )
        media = (qr_media(number, number),) if Identify.CARD in programme.identify else ()
        rows = ((self._button(conversation, "leave", menu_tap(LEAVE, programme.name)),),)
        turn.say(who, Message(text.strip(), html=True, media=media, keyboard=rows), ContactKind.REPLY)

    # Joining -------------------------------------------------------------------------------------------------------

    async def _offer(self, tx: Tx, turn: Turn, conversation: Conversation, programme: Programme, source: str) -> None:
        facts = await facts_of(tx, self.running.company, conversation.customer.id, turn.now)
        refused = not_invited(programme, facts)
        if refused is not None:
            self._not_yet(turn, conversation, programme, refused)
            return
        row = (self._button(conversation, "join", menu_tap(JOIN, f"{source}{programme.name}")),)
        self._say(
            turn,
            conversation,
            "offer",
            (row,),
            programme=self._title(conversation, programme),
            about=self._text(conversation, programme.about),
            how=self._text(conversation, programme.how),
            told=self._text(conversation, programme.communication.told),
        )

    async def _join(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """Show what she agrees to; nothing is done yet."""
        programme = self._named(argument)
        if programme is None:
            self._say(turn, conversation, "none")
        elif await self._is_member(tx, conversation, programme):
            await self._show_card(tx, turn, conversation, programme)
        else:
            rows = (
                (self._button(conversation, "agree", menu_tap(AGREE, argument)),),
                (self._button(conversation, "no", menu_tap(STAY)),),
            )
            terms = self._text(conversation, programme.terms)
            self._say(turn, conversation, "terms", rows, programme=self._title(conversation, programme), terms=terms)

    async def _agree(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        programme = self._named(argument)
        if programme is None:
            self._say(turn, conversation, "none")
            return
        self._settle(turn, conversation, tap)
        await turn.flush(tx)
        who, language, terms = conversation.customer.id, self._language(conversation), programme.terms
        shown = in_language(terms, language, self.running.company.default_language)
        version = version_of(f"{programme.name[:_PART]}/{programme.terms_version[:_PART]}", shown)
        await keep_texts(tx, [ConsentText(TERMS, version, language, shown)], turn.now)
        source = f"{_SOURCES.get(argument[:1], 'chat')}:{version}"
        joined = await join_programme(tx, self.running.company, self._giving, programme, who, turn.now, source)
        match joined:
            case NotInvited():
                self._not_yet(turn, conversation, programme, joined)
            case Joined():
                if not joined.already:
                    self._welcome(turn, conversation, programme, joined)
                await self._show_card(tx, turn, conversation, programme)

    def _welcome(self, turn: Turn, conversation: Conversation, programme: Programme, joined: Joined) -> None:
        text = self.words.html(
            "programmes.joined",
            self._language(conversation),
            programme=self._title(conversation, programme),
            gifts=told_together(joined.gifts),
        )
        media = tuple(each for gift in joined.gifts for each in gift.media)[:1]
        turn.say(conversation.customer, Message(text, html=True, media=media), ContactKind.REPLY)

    def _not_yet(self, turn: Turn, conversation: Conversation, programme: Programme, refused: NotInvited) -> None:
        """Say kindly that it is by invitation, and what it would take."""
        takes = self._tiers.of_needs(refused.needs, self._language(conversation)) if refused.needs else ""
        how = self._text(conversation, programme.how)
        title = self._title(conversation, programme)
        self._say(turn, conversation, "not_invited", programme=title, takes=takes, how=how)

    # Leaving -------------------------------------------------------------------------------------------------------

    async def _leave(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        programme = self._named(argument)
        if programme is None or not await self._is_member(tx, conversation, programme):
            self._say(turn, conversation, "not_member")
            return
        rows = (
            (self._button(conversation, "go", menu_tap(GO, programme.name)),),
            (self._button(conversation, "stay", menu_tap(STAY, programme.name)),),
        )
        has_points = programme.points is not None
        title = self._title(conversation, programme)
        self._say(turn, conversation, "leave", rows, programme=title, points=has_points)

    async def _go(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        programme = self._named(argument)
        self._settle(turn, conversation, tap)
        who = conversation.customer.id
        if programme is None or not await leave_programme(tx, programme.name, programme.membership, who, turn.now):
            self._say(turn, conversation, "not_member")
            return
        row = (self._button(conversation, "join_again", menu_tap(JOIN, programme.name)),)
        self._say(turn, conversation, "left", (row,), programme=self._title(conversation, programme))

    async def _stay(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        self._settle(turn, conversation, tap)
        self._say(turn, conversation, "stayed" if argument else "not_now")

    # What all share ------------------------------------------------------------------------------------------------

    def _named(self, argument: str) -> Programme | None:
        programme = self.running.loyalty.programme(argument.lstrip("~!"))
        return programme if programme is not None and programme.is_open else None

    async def _is_member(self, tx: Tx, conversation: Conversation, programme: Programme) -> bool:
        return await membership_of(tx, conversation.customer.id, programme.membership) is not None

    def _settle(self, turn: Turn, conversation: Conversation, tap: Tap | None) -> None:
        """Take the buttons off what she has decided."""
        if tap is not None and tap.message_id is not None:
            turn.touch(Act.CLEAR, conversation.customer, message_id=tap.message_id)

    def _say(
        self,
        turn: Turn,
        conversation: Conversation,
        key: str,
        rows: tuple[tuple[Button, ...], ...] = (),
        **values: object,
    ) -> None:
        text = self.words.html(f"programmes.{key}", self._language(conversation), **values)
        turn.say(conversation.customer, Message(text, html=True, keyboard=rows), ContactKind.REPLY)

    def _button(self, conversation: Conversation, key: str, tap: str) -> Button:
        return Button(self.words.plain(f"programmes.label.{key}", self._language(conversation)), tap)

    def _title(self, conversation: Conversation, programme: Programme) -> str:
        return self._text(conversation, programme.title)

    def _text(self, conversation: Conversation, texts: Mapping[str, str]) -> str:
        return in_language(texts, self._language(conversation), self.running.company.default_language)

    def _language(self, conversation: Conversation) -> str:
        return self.running.language_of(conversation)


def join_token(programme: str) -> str:
    """Return what a link that offers a programme carries."""
    return start_token(PREFIX, programme)
