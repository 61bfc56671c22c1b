"""A newsletter as one customer gets it: her language, her values, the author's buttons and the three that all have."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dialogues.taps import WHY, counted, menu_tap, short
from domain.company import Company
from domain.customers import Customer, KnownFact, Purpose
from domain.languages import best_language, in_language
from domain.messages import Button, Keyboard, Message
from domain.newsletters import Newsletter, Tailored
from scheduler.links import Links, passed_on
from templates.markup import CAPTION_LIMIT, TEXT_LIMIT, parse, utf16_units
from templates.sandbox import Compiler, NotRenderableError, Template
from templates.words import Words

CONTROLS = ("stop", "pause", "topics")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # from here on the text runs the other way
_UNSEEN = re.compile(r"(?:<[^>]*>|\s)*")
_KEPT = 64  # compiled texts, and keyboards; the oldest go first


@dataclass(frozen=True, slots=True)
class _Ready:
    """A newsletter's text in one language, compiled, and its tables with the texts of that language."""

    compiler: Compiler
    template: Template
    tables: Mapping[str, Tailored]


class Rendering:
    """Makes messages of newsletters; each text is compiled once, and each keyboard is made once."""

    def __init__(self, company: Company, words: Words, *, links: Links | None = None) -> None:
        self._company = company
        self._words = words
        self._links = links  # None leaves every link as it is
        self._ready: dict[tuple[str, str], _Ready] = {}
        self._compilers: dict[str, Compiler] = {}
        self._keyboards: dict[tuple[str, int, str], Keyboard] = {}
        self._edition = words.edition

    def message(
        self,
        newsletter: Newsletter,
        sending_id: int,
        customer: Customer,
        facts: Sequence[KnownFact],
        now: dt.datetime,
        *,
        variant: str = "",
    ) -> Message | None:
        """
        Return what *customer* gets; None when the text comes out empty for her, so that nothing is to be sent.

        *variant* is the one that is tried on her; without it she sees the first. Raises NotRenderableError when a value
        is missing or the text becomes too long for Telegram.
        """
        company = self._company
        language = best_language(customer.language, (company.default_language, *newsletter.bodies))
        ready = self._ready.get((newsletter.digest, language)) or self._prepare(newsletter, language)
        values = self._values(customer, facts, now, ready.tables)
        experiment = newsletter.experiment
        values["variant"] = variant or (experiment.variants[0] if experiment is not None else "")
        text = ready.compiler.render(ready.template, values).strip()
        if _UNSEEN.fullmatch(text):
            return None
        limit = CAPTION_LIMIT if newsletter.media else TEXT_LIMIT
        if utf16_units(text) > limit and utf16_units(parse(text).plain) > limit:
            raise NotRenderableError(f"the text is longer than {limit} signs", "shorten it")
        text = passed_on(text, sending_id)
        message = Message(
            text, html=True, keyboard=self._keyboard(newsletter, sending_id, language), media=newsletter.media
        )
        if newsletter.track_links and self._links is not None:
            return self._links.tracked(message, newsletter, sending_id, customer)
        return message

    def _values(
        self, customer: Customer, facts: Sequence[KnownFact], now: dt.datetime, tables: Mapping[str, Tailored]
    ) -> dict[str, Any]:
        """Return what a text may name (templates.newsletters.NAMES), but for the variant."""
        company = self._company
        language = customer.language or company.default_language
        known = {fact.name: _plain(fact.value) for fact in facts}
        town = _plain(customer.town or "")
        values: dict[str, Any] = {
            "name": _plain(customer.name),
            "town": town,
            "number": customer.number or "",
            "company": company.name,
            "language": language,
            "today": now,
            "zone": customer.timezone or company.timezone,
            "fact": known,
            "marketing": customer.agrees(Purpose.MARKETING),
        }
        if tables:
            own = {**known, "town": town, "language": language, "kind": customer.kind.value}
            values["by"] = {name: table.row(own.get(name, "")) for name, table in tables.items()}
        return values

    def controls(self, sending_id: int, language: str) -> tuple[Button, ...]:
        """Return the buttons that every newsletter has: stop, pause, topics, and why she got it, each in one tap."""
        sending = short(sending_id)
        taps = {action: f"w.{sending}.{action}" for action in CONTROLS}
        taps[WHY] = menu_tap(WHY, f"n-{sending}")
        return tuple(
            Button(self._words.plain(f"newsletter.label.{action}", language), tap) for action, tap in taps.items()
        )

    def _keyboard(self, newsletter: Newsletter, sending_id: int, language: str) -> Keyboard:
        if self._edition is not self._words.edition:  # staff have changed the words
            self._keyboards.clear()
            self._edition = self._words.edition
        key = (newsletter.digest, sending_id, language)
        found = self._keyboards.get(key)
        if found is None:
            _make_room(self._keyboards)
            own = self._own_buttons(newsletter, sending_id, language)
            found = self._keyboards[key] = (*own, self.controls(sending_id, language))
        return found

    def _own_buttons(self, newsletter: Newsletter, sending_id: int, language: str) -> Keyboard:
        default = self._company.default_language
        return tuple(
            (
                Button(
                    in_language(labels, language, default),
                    counted(button.tap, sending_id, index),
                    passed_on(button.url, sending_id),
                ),
            )
            for index, (labels, button) in enumerate(newsletter.buttons)
        )

    def _prepare(self, newsletter: Newsletter, language: str) -> _Ready:
        company = self._company
        compiler = self._compilers.get(language)
        if compiler is None:
            compiler = self._compilers[language] = Compiler(
                language, escaping=True, currency=company.currency, zone=company.timezone
            )
        _make_room(self._ready)
        ready = _Ready(
            compiler,
            compiler.compile(newsletter.bodies[language]),
            {
                name: table.in_language(language, company.default_language)
                for name, table in newsletter.tailored.items()
            },
        )
        self._ready[newsletter.digest, language] = ready
        return ready


def _plain(value: Any) -> Any:
    """Take out of a customer's words the invisible signs that would turn round the text after them."""
    if not isinstance(value, str):
        return value
    return value.strip() if value.isascii() else _TURNING.sub("", value).strip()


def _make_room(kept: dict[Any, Any]) -> None:
    while len(kept) >= _KEPT:
        kept.pop(next(iter(kept)))
