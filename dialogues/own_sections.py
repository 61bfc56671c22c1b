"""The letter of what is held of a customer, by sections, in her language; the file of her own data has it all."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from dialogues.speaking import cut
from domain.cards import in_groups
from domain.company import Company
from domain.languages import in_language
from domain.loyalty import Loyalty
from store.own_data import Item
from store.own_data_rules import OWN, Section
from templates import locales
from templates.markup import Safe
from templates.words import Words

LISTED = (
    Section.PROFILE,
    Section.CONSENTS,
    Section.RECKONED,
    Section.PURCHASES,
    Section.LOYALTY,
    Section.CARE,
    Section.MESSAGES,
    Section.SENT,
    Section.CASES,
    Section.LOOKS,
)
"""Sections with a button; what she told stands in the letter itself."""

NEWEST = 5  # items of a kind that the letter shows; the file has all
_LONGEST = 90  # signs of one item
_ROOM = 3600  # signs of a section, of the 4096 that a message has
_TABLES: Mapping[str, str] = {own.what: name for name, own in OWN.items() if own.what}
_SHOWN: Mapping[str, Sequence[str]] = {
    "answers": ("question", "text", "value"),
    "audit": ("act", "staff"),
    "benefits_given": (),
    "case_events": ("move", "text"),
    "cases": ("id", "summary", "remedy", "state"),
    "clicks": ("newsletter", "target"),
    "contacts": ("channel", "direction", "text"),
    "coupon_tries": ("outcome", "store"),
    "coupons": ("product_name", "product", "campaign", "valid_until", "state"),
    "duplicates": ("state",),
    "event_guests": ("state",),
    "exclusions": ("newsletter", "reason"),
    "foreign_records": ("system",),
    "guardians": ("club", "state"),
    "holds": ("kind", "reason"),
    "invitations": ("state",),
    "lifecycle_actions": ("action",),
    "member_cards": ("number",),
    "memberships": ("name", "until"),
    "mutes": ("until", "reason"),
    "offers": ("product_name", "product", "kind"),
    "outbox": ("kind",),
    "people": ("title", "roles"),
    "picks": ("store",),
    "plan_actions": ("channel", "state", "note"),
    "points_entries": ("points", "kind", "reason"),
    "points_lots": ("points_left", "expires_at"),
    "reactions": ("emoji",),
    "recipients": ("newsletter", "state"),
    "runs": ("script_id", "state"),
    "segment_members": ("segment",),
    "signals": ("kind",),
    "tiers": ("tier",),
    "topic_choices": ("topic", "wanted"),
    "verbatim_themes": ("theme",),
}
_GONE_AT = frozenset({"expires_at", "valid_until"})
"""Columns that hold the first moment at which something is gone."""

_PROFILE = (
    *("name", "number", "username", "kind", "company", "town", "birth_date", "email", "phone", "language", "timezone"),
    *("tags", "reach", "contact_kind", "not_served_at", "not_served_why", "paused_until", "muted_until", "ended_at"),
    *("met_at", "last_in_at", "created_at"),
)


class OwnSections:
    """Writes one section of the letter."""

    def __init__(self, company: Company, words: Words, loyalty: Loyalty, *, whole: bool = False) -> None:
        """With *whole* nothing is left out for want of room."""
        self.company = company
        self.words = words
        self._loyalty = loyalty
        self._newest = None if whole else NEWEST
        self._room = sys.maxsize if whole else _ROOM

    def title(self, section: Section, language: str) -> str:
        """Return what a section is called, also on its button."""
        return self.words.plain(f"mydata.section.{section.value}", language)

    def text(self, section: Section, items: Sequence[Item], language: str) -> Safe:
        """
        Return a section as Telegram HTML: of each kind how many there are and the newest, each with source and date.

        Short enough for one message; what does not fit is in the file, and the text says so.
        """
        lines = [Safe(f"<b>{self.words.html('mydata.title', language, title=self.title(section, language))}</b>")]
        for table, found in _grouped(items).items():
            lines += self._kind(table, found, language)
        if len(lines) == 1:
            lines.append(self.words.html("mydata.nothing", language))
        kept: list[Safe] = []
        for line in lines:
            if sum(map(len, kept)) + len(line) > self._room:
                kept.append(self.words.html("mydata.more", language))
                break
            kept.append(line)
        return Safe("\n").join(kept)

    def _kind(self, table: str, items: Sequence[Item], language: str) -> list[Safe]:
        source = self._source(str(items[-1]["source"]), language)
        match table:
            case "customers":
                return [self._field(name, items[0][name], language) for name in _PROFILE if name in items[0]]
            case "consents":
                return [line for item in reversed(items) for line in self._consent(item, language)]
            case "pictures":
                return self._picture(items[0], language)
            case "purchases":
                total = self._money(sum(item.get("amount_minor", 0) for item in items), language)
                return [
                    self.words.html("mydata.bought", language, n=len(items), total=total, source=source),
                    *(self._line(self._purchase(item, language), item, language) for item in self._latest(items)),
                ]
        label = self.words.plain(f"mydata.item.{table}", language)
        told = [self._told(table, item, language) for item in self._latest(items)]
        heading = self.words.html("mydata.kind", language, label=label, n=len(items), source=source)
        lines = [
            self._line(text, item, language)
            for text, item in zip(told, self._latest(items), strict=True)
            if text or item["at"]
        ]
        return [heading, *lines]

    def _latest(self, items: Sequence[Item]) -> Sequence[Item]:
        return items[::-1][: self._newest]

    def _consent(self, item: Item, language: str) -> list[Safe]:
        """Tell one yes or no with its source, and the words that she saw, where they are kept."""
        purpose = self.words.plain(f"service.purpose.{item['purpose']}", language)
        values = {"purpose": purpose, "given": item["given"], "at": _moment(item["at"])}
        lines = [self.words.html("mydata.consent", language, source=self._source(item["source"], language), **values)]
        texts = item.get("words") or {}
        text = texts.get(language) or next(iter(texts.values()), "")
        return [*lines, self.words.html("mydata.purpose_words", language, text=text)] if text else lines

    def _field(self, name: str, value: Any, language: str) -> Safe:
        label = self.words.plain(f"mydata.field.{name}", language)
        return self.words.html("mydata.field_line", language, label=label, value=self._value(name, value, language))

    def _picture(self, item: Item, language: str) -> list[Safe]:
        """Tell what is reckoned in plain words, what is known of it only."""
        lines = [self.words.html("mydata.reckoned", language, day=_moment(item["at"]))]
        for name in ("customer_class", "stage", "step"):
            if item.get(name):
                value = self.words.plain(f"mydata.{name}.{item[name]}", language)
                lines.append(self.words.html(f"mydata.picture.{name}", language, value=value))
        if item.get("recency"):
            scores = "-".join(str(item.get(name)) for name in ("recency", "frequency", "monetary"))
            lines.append(self.words.html("mydata.picture.rfm", language, value=scores))
        for name in ("value_class", "alive", "expected", "share", "cluster"):
            if item.get(name) is not None:
                value = item[name] * 100 if name == "share" else item[name]
                lines.append(self.words.html(f"mydata.picture.{name}", language, value=value))
        for name in ("clv", "spent", "spent_year", "margin"):
            if item.get(name) is not None:
                amount = self._money(item[name], language)
                lines.append(self.words.html(f"mydata.picture.{name}", language, value=amount))
        return lines

    def _told(self, table: str, item: Item, language: str) -> str:
        if table == "moves":
            return " → ".join(str(item[name]) for name in ("before", "after") if item.get(name))
        if table == "import_changes":
            return self._imported(item, language)
        if table == "memberships" and item.get("silent"):  # no text that customers read names a silent programme
            return self.words.plain("mydata.silent", language)
        if table == "facts":
            return cut(f"{item.get('name', '')}: {self._value('value', item.get('value', ''), language)}", _LONGEST)
        named = {"memberships": "name", "member_cards": "number"}.get(table)
        if named is not None and isinstance(item.get(named), str):
            item = {**item, named: self._membership(item[named], language)}
        found = [self._value(name, item[name], language) for name in _SHOWN.get(table, ()) if item.get(name)]
        return cut(" · ".join(dict.fromkeys(found)), _LONGEST)

    def _imported(self, item: Item, language: str) -> str:
        """Tell what an import noted of her; facts and agreements, which stand elsewhere, are only named."""
        after, changed = item.get("after"), item.get("field", "")
        given = {changed: after} if changed else after if isinstance(after, dict) else {}
        told = [self._noted(name, value, language) for name, value in given.items()]
        key = "mydata.import_changed" if changed else "mydata.import_put_in"
        file = item.get("import", "")
        text = self.words.plain(key, language, file="" if file == "http" else file, told=", ".join(told))
        return cut(text, _LONGEST * 3)

    def _noted(self, name: str, value: Any, language: str) -> str:
        kind, _, rest = name.partition(":")
        if kind == "consent":
            return self.words.plain(f"service.purpose.{rest}", language)
        if rest:
            return rest.replace("_", " ")
        return f"{self.words.plain(f'mydata.field.{name}', language)} {self._value(name, value, language)}"

    def _membership(self, name: str, language: str) -> str:
        """Return a programme's or club's title, or a card's number as it stands on the card."""
        kind, _, rest = name.partition(":")
        known = {"programme": self._loyalty.programme, "club": self._loyalty.club}.get(kind)
        if known is None:
            return in_groups(name) if name.isdecimal() else name
        found = known(rest)
        return rest if found is None else in_language(found.title, language, self.company.default_language)

    def _purchase(self, item: Item, language: str) -> str:
        what = item.get("product_name") or item.get("product") or item.get("group_name") or item.get("receipt", "")
        return cut(f"{what} · {self._money(item['amount_minor'], language, item.get('currency'))}", _LONGEST)

    def _line(self, text: str, item: Item, language: str) -> Safe:
        return self.words.html("mydata.line", language, at=_moment(item["at"]), text=text)

    def _value(self, name: str, value: Any, language: str) -> str:
        if isinstance(value, list):
            return ", ".join(str(each) for each in value)
        if isinstance(value, bool):
            return self.words.plain(f"dialogue.{'yes' if value else 'no'}", language)
        moment = _moment(value) if isinstance(value, str) and name.endswith(("_at", "until", "date")) else None
        if isinstance(moment, dt.datetime) and name in _GONE_AT:
            moment -= dt.timedelta(seconds=1)  # the last day on which it is good
        if moment is not None:
            return locales.date(moment, language, self.company.zone, "medium")
        key = f"mydata.value.{value}"
        return self.words.plain(key, language) if isinstance(value, str) and self.words.has(key) else str(value)

    def _source(self, source: str, language: str) -> str:
        for key in (
            f"service.source.{source.partition(':')[0]}",
            f"mydata.source.{source.partition(':')[0].partition(' ')[0]}",
        ):
            if self.words.has(key):
                return self.words.plain(key, language)
        return source

    def _money(self, minor: int, language: str, currency: str | None = None) -> str:
        return locales.money(minor, currency or self.company.currency, language)


def _grouped(items: Sequence[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(_TABLES[item["what"]], []).append(item)
    return found


def _moment(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)
    except ValueError:
        return None
