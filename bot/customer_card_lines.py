"""Lines of a customer's card that several pages share, and the pen that draws them in a staff member's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cards import display_name, shortened
from bot.customer_card import Card
from bot.segments import title_of
from bot.staff_labels import Labels
from dialogues.library import Library
from domain.company import Company
from domain.contacts import Contact, ContactState, Direction
from domain.customers import Customer, CustomerKind, KnownFact
from domain.languages import in_language
from domain.people import PersonAtCompany
from domain.segments import Segment
from templates.locales import money
from templates.markup import Safe, utf16_units
from templates.words import Words

LONGEST = 3900  # as HTML in UTF-16 units, which is never less than what Telegram counts; its limit is 4096
_LONG = 100
_ICONS = {
    "telegram": "💬",
    "meeting": "🤝",
    "phone": "📞",
    "event": "🎪",
    "letter": "✉️",
    "sms": "📱",
    "email": "📧",
}


@dataclass(frozen=True, slots=True)
class Pen:
    """What drawing a card needs: texts, the names of ids, and the language and moment of whoever looks."""

    words: Words
    labels: Labels
    library: Library
    company: Company
    language: str
    now: dt.datetime
    segments: Sequence[Segment] = ()
    earnings: bool = True  # whether she sees what the company earns with a customer

    def html(self, key: str, /, **values: Any) -> Safe:
        """Give a text of the card as Telegram HTML."""
        return self.words.html(f"card.{key}", self.language, **values)

    def plain(self, key: str, /, **values: Any) -> str:
        """Give a text of the card as it stands."""
        return self.words.plain(f"card.{key}", self.language, **values)

    def staff(self, key: str, /, **values: Any) -> Safe:
        """Give one of the texts that all of staff's side shares, as Telegram HTML."""
        return self.words.html(f"staff.{key}", self.language, **values)

    def staff_plain(self, key: str, /, **values: Any) -> str:
        """Give one of the texts that all of staff's side shares, as it stands."""
        return self.words.plain(f"staff.{key}", self.language, **values)

    def named(self, area: str, name: str) -> str:
        """Name an id by "card.AREA.NAME", or readably."""
        key = f"card.{area}.{name}"
        return self.words.plain(key, self.language) if self.words.has(key) else name.replace("_", " ")

    def name(self, customer: Customer) -> str:
        """Give the name that staff know a customer by, short enough for any line."""
        return shortened(display_name(customer, self.words, self.language), 80)

    def company_name(self, customer: Customer) -> str:
        """Name the other side of somebody's part: a company by its own name, where a person stands for it."""
        is_company = customer.kind is CustomerKind.COMPANY and customer.company
        return shortened(customer.company or "", 80) if is_company else self.name(customer)

    def segment(self, name: str) -> str:
        """Give a segment's title; one whose file is gone is called by its name."""
        for segment in self.segments:
            if segment.name == name:
                return shortened(title_of(segment, self.language, self.company.default_language), 60)
        return self.labels.name("segment", name, self.language)

    def day(self, moment: dt.datetime) -> dt.date:
        """Give the day of a moment on the company's calendar."""
        return moment.astimezone(self.company.zone).date()

    def source(self, source: str) -> str:
        """Say where something is known from."""
        return self.labels.name("source", source.partition(":")[0], self.language)


def within(between: str, parts: Iterable[str], longest: int = LONGEST) -> str:
    """Join the parts that are not empty for as long as they fit; an ellipsis says that something was left out."""
    text = ""
    for part in parts:
        joined = f"{text}{between}{part}" if text and part else text or part
        if utf16_units(joined) > longest:
            return f"{text}{between}…"
        text = joined
    return text


def part_line(part: PersonAtCompany, card: Card, pen: Pen) -> str:
    """Say who somebody is at a company, seen from the customer of the card: the other side is named."""
    is_person = part.person_id == card.customer.id
    other = card.others.get(part.company_id if is_person else part.person_id)
    return pen.html(
        "part",
        icon="🏢" if is_person else "👤",
        name=pen.company_name(other) if other else "?",
        title=shortened(part.title, 60),
        roles=", ".join(pen.plain(f"role.{role.value}") for role in part.roles),
    )


def group_name(group: str, pen: Pen) -> str:
    """Name a product group as it is written in the register, where no text of ours names it."""
    return shortened(pen.labels.name("group", group, pen.language), 40)


def fact_line(fact: KnownFact, pen: Pen) -> Safe:
    """Tell a fact with its source and date."""
    known = pen.library.facts.get(fact.name)
    default = pen.company.default_language
    name = (
        pen.labels.name("fact", fact.name, pen.language)
        if known is None
        else in_language(known.label, pen.language, default)
    )
    if isinstance(fact.value, bool):
        value = pen.staff_plain("yes" if fact.value else "no")
    else:
        told = pen.library.fact_text(fact.name, str(fact.value), pen.language, default)
        value = shortened(pen.labels.name("value", told, pen.language), _LONG)
    return pen.staff("card_fact", name=name, value=value, source=pen.source(fact.source), at=fact.at)


def contact_lines(contacts: Sequence[Contact], staff: Mapping[int, str], pen: Pen) -> list[Safe]:
    """Tell contacts of any channel, a line each; *staff* are names by id."""
    return [_contact(each, staff.get(each.staff_id or 0, ""), pen) for each in contacts]


def _contact(contact: Contact, who: str, pen: Pen) -> Safe:
    is_usual = contact.state in {ContactState.SENT, ContactState.RECEIVED}
    text = shortened(" ".join(contact.text.split()), 80)
    files = pen.staff_plain("card_files", n=len(contact.media)) if contact.media else ""
    return pen.staff(
        "card_line",
        at=contact.at,
        icon=_ICONS.get(contact.channel.value, "•"),
        out=contact.direction is Direction.OUT,
        text=" ".join(part for part in (files, text) if part) or pen.staff_plain(f"contact.{contact.kind.value}"),
        who=who,
        state="" if is_usual else pen.staff_plain(f"contact_state.{contact.state.value}"),
        edited=contact.edited_from is not None,
        feeling=contact.feeling,
    )


def amount(minor: int, currency: str, pen: Pen) -> str:
    """Write a sum in its own currency."""
    return money(minor, currency, pen.language)
