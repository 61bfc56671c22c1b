"""A newsletter as one customer gets it: her language, her values, the author's buttons and the three that all have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from dialogues.taps import counted, short
from domain.company import Company
from domain.customers import Customer, KnownFact
from domain.languages import best_language, in_language
from domain.messages import Button, Keyboard, Message
from domain.newsletters import Newsletter
from scheduler.links import Links
from templates.markup import CAPTION_LIMIT, TEXT_LIMIT, parse, utf16_units
from templates.sandbox import Compiler, NotRenderableError
from templates.words import Words

CONTROLS = ("stop", "pause", "topics")
_KEPT = 64  # compiled texts; the oldest go first


class Rendering:
    """Makes messages of newsletters; each text is compiled once."""

    def __init__(self, company: Company, words: Words, *, links: Links | None = None) -> None:
        self._company = company
        self._words = words
        self._links = links  # None leaves every link as it is
        self._compiled: dict[tuple[str, str], Any] = {}
        self._compilers: dict[str, Compiler] = {}

    def message(
        self,
        newsletter: Newsletter,
        sending_id: int,
        customer: Customer,
        facts: Sequence[KnownFact],
        now: dt.datetime,
    ) -> Message | None:
        """
        Return what *customer* gets; None when the text comes out empty for her, so that nothing is to be sent.

        Raises NotRenderableError when a value is missing or the text becomes too long for Telegram.
        """
        offered = [self._company.default_language, *newsletter.bodies]
        language = best_language(customer.language, offered)
        values = self.values(customer, facts, now)
        text = self._render(newsletter, language, values).strip()
        if not text:
            return None
        limit = CAPTION_LIMIT if newsletter.media else TEXT_LIMIT
        if utf16_units(text) > limit and utf16_units(parse(text).plain) > limit:
            raise NotRenderableError(f"the text is longer than {limit} signs", "shorten it")
        keyboard = (*self._own_buttons(newsletter, sending_id, language), self.controls(sending_id, language))
        message = Message(text, html=True, keyboard=keyboard, media=newsletter.media)
        if newsletter.track_links and self._links is not None:
            return self._links.tracked(message, newsletter, sending_id, customer)
        return message

    def values(self, customer: Customer, facts: Sequence[KnownFact], now: dt.datetime) -> Mapping[str, Any]:
        """Return what a text may name: name, town, number, company, language, today, zone, each fact as `fact.NAME`."""
        return {
            "name": customer.name,
            "town": customer.town or "",
            "number": customer.number or "",
            "company": self._company.name,
            "language": customer.language or self._company.default_language,
            "today": now,
            "zone": customer.timezone or self._company.timezone,
            "fact": {fact.name: fact.value for fact in facts},
        }

    def controls(self, sending_id: int, language: str) -> tuple[Button, ...]:
        """Return the buttons that every newsletter has: stop, pause and topics, each in one tap."""
        sending = short(sending_id)
        return tuple(
            Button(self._words.plain(f"newsletter.label.{action}", language), f"w.{sending}.{action}")
            for action in CONTROLS
        )

    def _own_buttons(self, newsletter: Newsletter, sending_id: int, language: str) -> Keyboard:
        default = self._company.default_language
        return tuple(
            (Button(in_language(labels, language, default), counted(button.tap, sending_id, index), button.url),)
            for index, (labels, button) in enumerate(newsletter.buttons)
        )

    def _render(self, newsletter: Newsletter, language: str, values: Mapping[str, Any]) -> str:
        compiler = self._compilers.get(language)
        if compiler is None:
            company = self._company
            compiler = self._compilers[language] = Compiler(
                language, escaping=True, currency=company.currency, zone=company.timezone
            )
        key = (newsletter.digest, language)
        if key not in self._compiled:
            while len(self._compiled) >= _KEPT:
                self._compiled.pop(next(iter(self._compiled)))
            self._compiled[key] = compiler.compile(newsletter.bodies[language])
        return compiler.render(self._compiled[key], dict(values))
