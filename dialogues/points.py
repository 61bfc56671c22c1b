"""`/points`: what she has, how each purchase gave it, by which formula, and all changes; she can check every point."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from dialogues.next_steps import tell_with_steps
from dialogues.points_words import balance_text, change_line, formula, last_day, receipt_line, title_of
from dialogues.running import Running
from dialogues.taps import menu_tap
from dialogues.turn import Conversation, Turn
from domain.contacts import ContactKind
from domain.incoming import Tap
from domain.languages import in_language
from domain.messages import Button, Keyboard, Message
from domain.programmes import Programme
from store.database import Tx
from store.memberships import membership_of, memberships_of
from store.points import balance_of, programmes_of, statement
from store.points_formulas import formulas
from store.points_purchases import reckoned
from store.tiers import tier_of

ACTION = "points"
RECEIPTS_AT_ONCE = 5
CHANGES_AT_ONCE = 12

Doing = Callable[[Tx, Turn, Conversation, str, Tap | None], Awaitable[None]]


class PointsTalk:
    """The acts behind `/points` and its buttons; their argument is "VIEW-PAGE-PROGRAMME", short enough for a tap."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words

    def acts(self) -> Mapping[str, Doing]:
        """Name the acts."""
        return {ACTION: self.act}

    async def act(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """Show the balance, or what a button asks for."""
        await turn.flush(tx)
        view, _, rest = argument.partition("-")
        place, _, name = rest.partition("-")
        programmes = await self._hers(tx, conversation)
        programme = next((each for each in programmes if each.name == name), programmes[0] if programmes else None)
        if programme is None:
            self._invite(turn, conversation)
            return
        page = int(place) if place.isdecimal() and len(place) < 4 else 0
        match view:
            case "h":
                self._formula(turn, conversation, programme)
            case "b":
                await self._receipts(tx, turn, conversation, programme, page)
            case "a":
                await self._changes(tx, turn, conversation, programme, page)
            case _:
                await self._balance(tx, turn, conversation, programme, programmes)

    async def _hers(self, tx: Tx, conversation: Conversation) -> list[Programme]:
        """Return the programmes with points that she is a member of, and those that she left with points."""
        who = conversation.customer.id
        open_ = [each for each in self.running.loyalty.open_programmes if each.points is not None]
        if not open_:
            return []
        mine = {each.name for each in await memberships_of(tx, who) if each.until is None}
        had = set(await programmes_of(tx, who))
        return [
            *(each for each in open_ if each.membership in mine),
            *(each for each in open_ if each.membership not in mine and each.name in had),
        ]

    def _invite(self, turn: Turn, conversation: Conversation) -> None:
        """Tell who collects no points where they are given, and how to join."""
        language = self._language(conversation)
        open_ = [each for each in self.running.loyalty.open_programmes if each.points is not None]
        if not open_:
            steps = ("card",) if self.running.loyalty.open_programmes else ("topics",)
            tell_with_steps(self.running, turn, conversation, "points.none", *steps)
            return
        title = self._title(open_[0], language)
        text = self.words.html("points.not_member", language, programme=title)
        rows = ((self._button("join", menu_tap("card"), language),),)
        turn.say(conversation.customer, Message(text, html=True, keyboard=rows), ContactKind.REPLY)

    async def _balance(
        self, tx: Tx, turn: Turn, conversation: Conversation, programme: Programme, programmes: list[Programme]
    ) -> None:
        language, who = self._language(conversation), conversation.customer.id
        balance = await balance_of(tx, who, programme.name, turn.now)
        standing = await tier_of(tx, who, programme.name)
        tier = programme.tier(standing.tier) if standing is not None else None
        default = self.running.company.default_language
        told = in_language(tier.title, language, default) if tier is not None else ""
        text = balance_text(self.words, self._title(programme, language), balance, language, tier=told)
        lines, more = await self._receipt_lines(tx, conversation, programme, 0)
        title = self.words.html("points.receipts_title" if lines else "points.no_receipts", language)
        rows = [(self._button("how", self._tap("h", 0, programme), language),)]
        if more:
            rows.append((self._button("earlier", self._tap("b", 1, programme), language),))
        if await statement(tx, who, programme.name, limit=1):
            rows.append((self._button("changes", self._tap("a", 0, programme), language),))
        others = (each for each in programmes if each is not programme)
        rows += [(Button(self._title(each, language), self._tap("s", 0, each)),) for each in others]
        self._say(turn, conversation, "\n".join((text, "", title, *lines)), tuple(rows))

    async def _receipts(self, tx: Tx, turn: Turn, conversation: Conversation, programme: Programme, page: int) -> None:
        language = self._language(conversation)
        lines, more = await self._receipt_lines(tx, conversation, programme, page)
        tap = self._tap("b", page + 1, programme)
        rows = [(self._button("earlier", tap, language),)] if more else []
        key = "points.receipts_more" if lines else "points.no_receipts"
        self._say(turn, conversation, "\n".join((self.words.html(key, language), *lines)), tuple(rows))

    async def _receipt_lines(
        self, tx: Tx, conversation: Conversation, programme: Programme, page: int
    ) -> tuple[list[str], bool]:
        """Return the lines of that page of her receipts, from 0, and whether there are more."""
        currency = self.running.company.currency
        found = await reckoned(
            tx,
            conversation.customer.id,
            programme.name,
            await formulas(tx),
            currency,
            limit=RECEIPTS_AT_ONCE + 1,
            offset=page * RECEIPTS_AT_ONCE,
        )
        language = self._language(conversation)
        lines = [receipt_line(self.words, each, currency, language) for each in found[:RECEIPTS_AT_ONCE]]
        return list(lines), len(found) > RECEIPTS_AT_ONCE

    async def _changes(self, tx: Tx, turn: Turn, conversation: Conversation, programme: Programme, page: int) -> None:
        language, who = self._language(conversation), conversation.customer.id
        found = await statement(tx, who, programme.name, limit=CHANGES_AT_ONCE + 1, offset=page * CHANGES_AT_ONCE)
        lines = [change_line(self.words, each, language) for each in found[:CHANGES_AT_ONCE]]
        title = self.words.html("points.changes_title", language, programme=self._title(programme, language))
        tap = self._tap("a", page + 1, programme)
        rows = [(self._button("older", tap, language),)] if len(found) > CHANGES_AT_ONCE else []
        self._say(turn, conversation, "\n".join((title, *lines)), tuple(rows))

    def _formula(self, turn: Turn, conversation: Conversation, programme: Programme) -> None:
        assert programme.points is not None
        language = self._language(conversation)
        title = self.words.html("points.formula_title", language, programme=self._title(programme, language))
        sentences = formula(self.words, programme.points, self.running.company.currency, language)
        self._say(turn, conversation, "\n".join((title, *sentences)))

    def _say(self, turn: Turn, conversation: Conversation, text: str, rows: Keyboard = ()) -> None:
        turn.say(conversation.customer, Message(text, html=True, keyboard=tuple(rows)), ContactKind.REPLY)

    def _button(self, label: str, tap: str, language: str) -> Button:
        return Button(self.words.plain(f"points.label.{label}", language), tap)

    def _tap(self, view: str, place: int, programme: Programme) -> str:
        return menu_tap(ACTION, f"{view}-{place}-{programme.name}")

    def _title(self, programme: Programme, language: str) -> str:
        return title_of(programme, language, self.running.company.default_language)

    def _language(self, conversation: Conversation) -> str:
        return self.running.language_of(conversation)


async def why_points(running: Running, tx: Tx, conversation: Conversation, key: str, language: str) -> str:
    """Tell her why she got a message about points; *key* names the programme."""
    programme, who = running.loyalty.programme(key), conversation.customer.id
    member = await membership_of(tx, who, programme.membership) if programme is not None else None
    if programme is None or member is None:
        return ""
    going = (await balance_of(tx, who, key, conversation.known["now"])).next_expiry
    values: dict[str, Any] = {"going": 0, "going_at": None}
    if going is not None:
        values = {"going": going.points, "going_at": last_day(going.at)}
    title = title_of(programme, language, running.company.default_language)
    return running.speaker.words.html("points.why", language, programme=title, since=member.since, **values)
