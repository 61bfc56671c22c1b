"""An event put into words for a guest: what it is, where and when, with the buttons by which she answers."""

from __future__ import annotations

from dataclasses import dataclass

from dialogues.taps import menu_tap, short
from domain.company import Company
from domain.events import Event, Guest, GuestState, KeptEvent
from domain.languages import in_language
from domain.messages import Button, Keyboard, Message
from templates.words import Words

COME, CANNOT = "evyes", "evno"


@dataclass(frozen=True, slots=True)
class EventWords:
    """Makes the messages about events; the same for replies and for contacts of ours."""

    company: Company
    words: Words

    def title(self, event: Event, language: str) -> str:
        """Return its title in a language."""
        return in_language(event.title, language, self.company.default_language)

    def told(self, key: str, event: Event, language: str, keyboard: Keyboard = (), **values: object) -> Message:
        """Say a sentence about it; every one may name title, place, start, and until when to answer."""
        zone = self.company.zone
        html = self.words.html(
            f"events.{key}",
            language,
            title=self.title(event, language),
            text=in_language(event.text, language, self.company.default_language),
            place=event.where,
            starts=event.starts_at(zone),
            **values,
        )
        return Message(html, html=True, keyboard=keyboard)

    def invitation(self, event: Event, kept: KeptEvent, guest: Guest, language: str) -> Message:
        """Return the invitation, or the event as it stands for a guest, with the answers that she can give."""
        invited_at = guest.invited_at
        until = None if invited_at is None else event.answer_until(invited_at, self.company.zone)
        shown = until if guest.state is GuestState.INVITED else None
        return self.told(
            "invitation",
            event,
            language,
            self.answers(kept, guest.state, language),
            until=shown,
            state=guest.state.value,
        )

    def answers(self, kept: KeptEvent, state: GuestState, language: str) -> Keyboard:
        """Return the buttons for a guest in a state."""
        match state:
            case GuestState.INVITED:
                return ((self._button("come", COME, kept, language), self._button("cannot", CANNOT, kept, language)),)
            case GuestState.ACCEPTED:
                return ((self._button("cannot_after_all", CANNOT, kept, language),),)
            case GuestState.WAITING:
                return ((self._button("not_waiting", CANNOT, kept, language),),)
            case GuestState.DECLINED:
                return ((self._button("come_after_all", COME, kept, language),),)
            case _:
                return ()

    def _button(self, label: str, act: str, kept: KeptEvent, language: str) -> Button:
        return Button(self.words.plain(f"events.label.{label}", language), menu_tap(act, short(kept.id)))
