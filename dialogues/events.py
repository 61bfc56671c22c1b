"""Events in the chat: `/events`, a guest's answers, a link that shows one, and the code that she scans at the door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from dialogues.event_coupons import guest_coupon
from dialogues.event_words import CANNOT, COME, EventWords
from dialogues.next_steps import tell_with_steps
from dialogues.running import Running
from dialogues.taps import menu_tap, read_short
from dialogues.turn import Conversation, Turn
from dialogues.why_newsletters import told_consent
from dialogues.why_rules import told_measure, told_rule
from domain.contacts import ContactKind
from domain.customers import Purpose
from domain.events import DOOR_OPENS, OVER_AFTER, Event, EventState, Guest, GuestState, KeptEvent, is_door_token
from domain.incoming import Tap
from domain.messages import Act, Button, Message
from store.database import Tx
from store.event_attendance import mark_attended
from store.event_door import door_key
from store.events import Answered, accept, decline, event_by_id, event_named, guest_of, kept_events
from templates.markup import Safe

ACTION = "events"
WHY_PREFIX = "event"
ONLY_BUTTONS = (COME, CANNOT)
MOST = 5
"""Invitations that are shown at once."""
_Doing = Callable[[Tx, Turn, Conversation, str, Tap | None], Awaitable[None]]


class Events:
    """The acts behind `/events` and the buttons of an invitation, and what a link with the letter e opens."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = EventWords(running.company, running.speaker.words)

    def acts(self) -> Mapping[str, _Doing]:
        """Return the acts by their names."""
        return {ACTION: self._coming, COME: self._come, CANNOT: self._cannot}

    async def _coming(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """Show her invitations to what is still to come, with her answer to each; the nearest first."""
        kept = sorted((await kept_events(tx)).values(), key=lambda each: (each.starts_at, each.id))
        shown = list[Message]()
        for each in kept:
            event = self.running.loyalty.event(each.name)
            if event is None or event.cancelled or each.state is EventState.CANCELLED or turn.now >= each.starts_at:
                continue
            guest = await guest_of(tx, each.id, conversation.customer.id)
            if guest is not None and guest.invited_at is not None:
                shown.append(self.words.invitation(event, each, guest, self._language(conversation)))
        for message in shown[:MOST]:
            turn.say(conversation.customer, message, ContactKind.REPLY)
        if not shown:
            tell_with_steps(self.running, turn, conversation, "events.none", "topics")

    async def opened(self, tx: Tx, turn: Turn, conversation: Conversation, rest: str) -> bool:
        """Show a guest her event, or mark her as come where she scans the code at the door; others get kind words."""
        named = self.running.loyalty.event(rest)
        event = named or self._at_door(rest)
        if event is None:
            return False
        kept = await event_named(tx, event.name)
        guest = None if kept is None else await guest_of(tx, kept.id, conversation.customer.id)
        if kept is None or guest is None or (guest.invited_at is None and guest.state is not GuestState.ATTENDED):
            self._say(turn, conversation, "by_invitation", event)
            return True
        if named is None:
            return await self._arrive(tx, turn, conversation, event, kept, rest)
        if kept.state is EventState.CANCELLED or event.cancelled:
            self._say(turn, conversation, "cancelled", event)
        elif turn.now >= kept.starts_at:
            self._say(turn, conversation, "over", event)
        else:
            shown = self.words.invitation(event, kept, guest, self._language(conversation))
            turn.say(conversation.customer, shown, ContactKind.REPLY)
        return True

    def _at_door(self, rest: str) -> Event | None:
        """Return the event whose name begins a token of the door; the signature is looked at afterwards."""
        events = (each for each in self.running.loyalty.events if rest.startswith(f"{each.name}-"))
        return max(events, key=lambda each: len(each.name), default=None)

    async def _arrive(
        self, tx: Tx, turn: Turn, conversation: Conversation, event: Event, kept: KeptEvent, rest: str
    ) -> bool:
        if not is_door_token(await door_key(tx), event.name, rest):
            return False
        if not kept.starts_at - DOOR_OPENS <= turn.now <= kept.starts_at + OVER_AFTER:
            self._say(turn, conversation, "door_closed", event)
            return True
        await turn.flush(tx)
        company, who = self.running.company, conversation.customer
        came = await mark_attended(tx, kept, who.id, self.words.title(event, company.default_language), turn.now)
        if came is None:
            self._say(turn, conversation, "cancelled", event)
            return True
        speaker, loyalty = self.running.speaker, self.running.loyalty
        coupon = await guest_coupon(tx, company, loyalty, speaker.words, event, who, turn.now) if came else None
        gift = Safe("") if coupon is None else coupon.text
        message = self.words.told("came", event, self._language(conversation), gift=gift, again=not came)
        media = () if coupon is None else coupon.media
        turn.say(who, Message(message.text, html=True, media=media), ContactKind.REPLY)
        return True

    # Answers -------------------------------------------------------------------------------------------------------

    async def _come(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        await self._answer(tx, turn, conversation, argument, tap, accept)

    async def _cannot(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        await self._answer(tx, turn, conversation, argument, tap, decline)

    async def _answer(
        self,
        tx: Tx,
        turn: Turn,
        conversation: Conversation,
        argument: str,
        tap: Tap | None,
        answer: Callable[..., Awaitable[Answered]],
    ) -> None:
        kept = await event_by_id(tx, read_short(argument) or 0)
        event = None if kept is None else self.running.loyalty.event(kept.name)
        if kept is None or event is None:
            self.running.tell(turn, conversation, "service.menu")
            return
        await turn.flush(tx)
        if event.cancelled:
            answered = Answered.CANCELLED
        else:
            answered = await answer(tx, kept.id, conversation.customer.id, turn.now)
        if tap is not None and tap.message_id is not None:
            turn.touch(Act.CLEAR, conversation.customer, message_id=tap.message_id)
        language = self._language(conversation)
        rows = {
            Answered.ACCEPTED: self.words.answers(kept, GuestState.ACCEPTED, language),
            Answered.WAITING: self.words.answers(kept, GuestState.WAITING, language),
            Answered.DECLINED: self.words.answers(kept, GuestState.DECLINED, language),
        }
        key = "by_invitation" if answered is Answered.NOT_INVITED else answered.value
        self._say(turn, conversation, key, event, rows.get(answered, ()))

    def _say(
        self,
        turn: Turn,
        conversation: Conversation,
        key: str,
        event: Event,
        rows: tuple[tuple[Button, ...], ...] = (),
    ) -> None:
        told = self.words.told(key, event, self._language(conversation), rows)
        turn.say(conversation.customer, told, ContactKind.REPLY)

    def _language(self, conversation: Conversation) -> str:
        return self.running.language_of(conversation)


async def why_invited(running: Running, tx: Tx, conversation: Conversation, key: str, language: str) -> str | Message:
    """Tell why she is a guest of the event: her place and what was measured, and which consent allows it."""
    kept = await event_by_id(tx, int(key)) if key.isdecimal() and len(key) < 19 else None
    guest: Guest | None = None if kept is None else await guest_of(tx, kept.id, conversation.customer.id)
    event = None if kept is None else running.loyalty.event(kept.name)
    if kept is None or guest is None or event is None:
        return ""
    words = running.speaker.words
    by, among = (str(kept.evidence.get(name) or "") for name in ("by", "among"))
    told = words.html(
        "events.why",
        language,
        title=EventWords(running.company, words).title(event, language),
        best=event.by is not None,
        rank=guest.rank,
        measured=told_measure(running, by, guest.evidence.get("value"), language) if by else "",
        visits=guest.evidence.get("visits"),
        store=kept.store,
        at=kept.made_at,
        among=await told_rule(running, tx, guest.customer_id, among, kept.made_at, language),
    )
    consent = await told_consent(running, tx, guest.customer_id, Purpose.MARKETING, language)
    rows = (
        (Button(words.plain("service.label.topics", language), menu_tap("topics")),),
        (Button(words.plain("service.label.unprofile", language), menu_tap("profiling", "off")),),
    )
    return Message(Safe("\n\n").join([told, consent]), html=True, keyboard=rows)
