"""The message of a care plan's action as one customer gets it: her language, her values, the sandboxed renderer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from domain.company import Company
from domain.customers import Customer, KnownFact
from domain.languages import best_language
from domain.messages import Message
from templates.markup import TEXT_LIMIT, parse, utf16_units
from templates.sandbox import Compiler, NotRenderableError, Template

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # from here on the text runs the other way
_KEPT = 64  # compiled texts


class CareTexts:
    """Makes messages; each text is compiled once."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._compilers: dict[str, Compiler] = {}
        self._templates: dict[tuple[str, str], Template] = {}

    def language_of(self, texts: Mapping[str, str], customer: Customer) -> str:
        """Return in which of the languages of *texts* a customer is written to."""
        first = self._company.default_language
        return best_language(customer.language, tuple(dict.fromkeys((first, *texts))))

    def message(
        self, texts: Mapping[str, str], customer: Customer, facts: Sequence[KnownFact], now: dt.datetime
    ) -> Message | None:
        """
        Return what *customer* gets; None when the text comes out empty for her, so that nothing is to be sent.

        Raises NotRenderableError when a value is missing, or the text becomes too long for Telegram.
        """
        language = self.language_of(texts, customer)
        compiler = self._compiler(language)
        source = texts.get(language) or next(iter(texts.values()), "")
        template = self._templates.get((language, source))
        if template is None:
            while len(self._templates) >= _KEPT:
                self._templates.pop(next(iter(self._templates)))
            template = self._templates[language, source] = compiler.compile(source)
        text = compiler.render(template, self._values(customer, facts, language, now)).strip()
        plain = parse(text).plain
        if not plain.strip():
            return None
        if utf16_units(plain) > TEXT_LIMIT:
            raise NotRenderableError(f"the text is longer than {TEXT_LIMIT} signs", "shorten it")
        return Message(text, html=True)

    def _compiler(self, language: str) -> Compiler:
        found = self._compilers.get(language)
        if found is None:
            company = self._company
            found = Compiler(language, escaping=True, currency=company.currency, zone=company.timezone)
            self._compilers[language] = found
        return found

    def _values(
        self, customer: Customer, facts: Sequence[KnownFact], language: str, now: dt.datetime
    ) -> dict[str, Any]:
        """Return what a text may name (templates.newsletters.OWN)."""
        company = self._company
        return {
            "name": _plain(customer.name),
            "town": _plain(customer.town or ""),
            "number": customer.number or "",
            "company": company.name,
            "language": language,
            "today": now,
            "zone": customer.timezone or company.timezone,
            "fact": {fact.name: _plain(fact.value) for fact in facts},
        }


def _plain(value: Any) -> Any:
    """Take out of a customer's words the invisible signs that would turn round the text after them."""
    return _TURNING.sub("", value).strip() if isinstance(value, str) else value
