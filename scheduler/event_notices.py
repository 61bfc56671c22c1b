"""What guests are told of an event without having asked: the invitation, a place, a reminder, a change, an end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dialogues.courtesy import Decision
from dialogues.event_words import EventWords
from dialogues.starting import start_contact
from domain.company import Company
from domain.contacts import ContactKind
from domain.events import Event, Guest, GuestState, KeptEvent
from domain.holds import Hold
from domain.languages import best_language
from domain.messages import Message, Waiting
from store.customers import customer_by_id
from store.database import Tx
from templates.words import Words


@dataclass(frozen=True, slots=True)
class EventNotices:
    """Puts them on their way, each in the caller's transaction, where courtesy lets them go."""

    company: Company
    words: Words

    async def send(
        self, tx: Tx, event: Event, kept: KeptEvent, guest: Guest, key: str, now: dt.datetime
    ) -> Waiting | Decision:
        """
        Put the invitation (no *key*) or a sentence about the event on its way; a `Decision` where it must not go.

        *key* is "place_free", "reminder", "moved" or "cancelled". An invitation needs the consent to news.
        """
        customer = await customer_by_id(tx, guest.customer_id)
        if customer is None:
            return Decision(Hold.ERASED)
        language = best_language(customer.language, self.company.languages)
        message = self._message(event, kept, guest, key, language, now)
        return await start_contact(
            tx,
            self.company,
            guest.customer_id,
            message,
            ContactKind.LOYALTY if key else ContactKind.INVITATION,
            now,
            ref=f"event:{kept.id}:{key or 'invitation'}",
            why=f"event-{kept.id}",
            why_label=self.words.plain("service.label.why", language),
            not_after=kept.starts_at if key else event.answer_until(now, self.company.zone),
        )

    def _message(
        self, event: Event, kept: KeptEvent, guest: Guest, key: str, language: str, now: dt.datetime
    ) -> Message:
        says, zone = EventWords(self.company, self.words), self.company.zone
        match key:
            case "":
                until = event.answer_until(now, zone)
                answers = says.answers(kept, GuestState.INVITED, language)
                return says.told("invitation", event, language, answers, until=until, state=GuestState.INVITED.value)
            case "cancelled":
                return says.told(key, event, language)
            case "moved":
                open_since = guest.invited_at if guest.state is GuestState.INVITED else None
                answer_by = None if open_since is None else event.answer_until(open_since, zone)
                return says.told(key, event, language, says.answers(kept, guest.state, language), until=answer_by)
            case _:
                return says.told(key, event, language, says.answers(kept, GuestState.ACCEPTED, language))
