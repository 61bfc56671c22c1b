"""
Telegram's HTML: escaping, filling in values, and parsing it as Telegram does to find mistakes and true lengths.

Only what Telegram itself accepts passes: its tags, its four named entities, its rules of nesting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from domain.messages import Span

TEXT_LIMIT = 4096  # UTF-16 units after parsing, as Telegram counts
CAPTION_LIMIT = 1024
ENTITY_LIMIT = 100  # formatted stretches of one text; Telegram drops those after them without a word
LINK = re.compile(r"https?://(?:[^\s/@]+@)?(?:[^\s/.:?#]+\.)+[^\s/.:?#]+(?:[/:?#]\S*)?|(?:tg|ton)://\S+", re.IGNORECASE)
"""A link that Telegram takes: to a host with a dot in it, or into Telegram itself. Of others (mailto:, tel:) it makes
something else, or drops them without a word; a button's makes it refuse the whole message."""

_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_NAMES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_ATTRIBUTES = {
    "span": {"class"},
    "a": {"href"},
    "tg-emoji": {"emoji-id"},
    "code": {"class"},
    "blockquote": {"expandable"},
}
_TOKEN = re.compile(r"&(?:#x[0-9a-fA-F]{1,6}|#\d{1,7}|\w+);|&|<[^<>]*>|[<>]", re.ASCII)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^<>]*)?)\s*>")
_ATTRIBUTE = re.compile(r"""\s+([a-zA-Z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_BARE_AMPERSAND = re.compile(r"&(?!(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class Safe(Markup):
    """
    A text that is Telegram HTML already, so that templates insert it as it stands.

    Adding an ordinary string to it escapes that string: customers' words cannot become markup by accident.
    """

    __slots__ = ()

    @classmethod
    def escape(cls, s: Any, /) -> Safe:
        """Escape only what Telegram knows by name: & < > and the double quotation mark."""
        if hasattr(s, "__html__"):
            return cls(s.__html__())
        text = str(s).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
        return cls(text)


def escape(text: object) -> Safe:
    """Make any text harmless inside Telegram HTML; what is `Safe` already stays as it is."""
    return Safe.escape(text)


def fill(text: str, values: Mapping[str, object]) -> Safe:
    """
    Put *values* in place of "{name}" in a text of ours that may hold Telegram's tags; the values are escaped.

    A name that is not in *values* gives nothing. A lone "&" is taken for the sign itself.
    """
    sound = _BARE_AMPERSAND.sub("&amp;", text)
    return Safe(_PLACEHOLDER.sub(lambda found: str(escape(values.get(found[1], ""))), sound))


def placeholders(text: str) -> tuple[str, ...]:
    """Name the "{name}" places of a text, in order, each once."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def lone_brace(text: str) -> int | None:
    """Say where the first brace stands that is of no "{name}" place, as in "{{ name }}" or "{Name}"; None for none."""
    masked = _PLACEHOLDER.sub(lambda found: " " * len(found[0]), text)
    return next((place for place, sign in enumerate(masked) if sign in "{}"), None)


def utf16_units(text: str) -> int:
    """Count as Telegram counts: a sign beyond the basic plane (an emoji) is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that Telegram would refuse, on *line* (from 1) of the text; *nesting*: of tags within each other."""

    line: int
    problem: str
    remedy: str
    nesting: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text is after Telegram parsed it: the plain text, its formatted stretches, and what is wrong."""

    plain: str
    spans: tuple[Span, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def units(self) -> int:
        """The length that Telegram's limits mean: UTF-16 units of the text without its outer blanks."""
        return utf16_units(self.plain.strip())


@dataclass(frozen=True, slots=True)
class _Open:
    name: str
    at: int
    line: int
    url: str


def parse(markup: str) -> Parsed:
    """Parse Telegram HTML; never raises, mistakes are in the result."""
    return _Parser(markup).run()


def _without_address(href: str) -> tuple[str, str]:
    if href.startswith(("mailto:", "tel:")):
        what = "an address" if href[0] == "m" else "a number"
        return f"Telegram knows no links with {href.partition(':')[0]}:", f"write {what} as text: it can be tapped"
    return "a link without a full address", 'write <a href="https://...">'


class _Parser:
    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.plain: list[str] = []
        self.units = 0
        self.open: list[_Open] = []
        self.spans: list[Span] = []
        self.mistakes: list[Mistake] = []
        self.foreign: set[str] = set()  # tags that are blamed where they begin, not where they end, too
        self.line = 1

    def run(self) -> Parsed:
        position = 0
        for token in _TOKEN.finditer(self.markup):
            self._text(self.markup[position : token.start()])
            self._piece(token[0])
            position = token.end()
        self._text(self.markup[position:])
        for left in self.open:
            self._wrong(f"<{left.name}> is not closed", f"write </{left.name}> where it ends", left.line, nesting=True)
        spans = tuple(sorted(self.spans, key=lambda span: (span.offset, -span.length)))
        mistakes = tuple(sorted(self.mistakes, key=lambda mistake: mistake.line))
        return Parsed("".join(self.plain), spans, mistakes)

    def _wrong(self, problem: str, remedy: str, line: int | None = None, *, nesting: bool = False) -> None:
        self.mistakes.append(Mistake(line or self.line, problem, remedy, nesting))

    def _text(self, text: str) -> None:
        self.plain.append(text)
        self.units += utf16_units(text)
        self.line += text.count("\n")

    def _piece(self, piece: str) -> None:
        if piece in {"<", ">"}:
            entity = "&lt;" if piece == "<" else "&gt;"
            self._wrong(f'a lone "{piece}"', f"write {entity} for the sign itself")
            self._text(piece)
        elif piece == "&":
            self._wrong('a lone "&"', "write &amp; for the sign itself")
            self._text(piece)
        elif piece.startswith("&"):
            self._text(self._entity(piece[1:-1]))
        else:
            self._tag(piece)
            self.line += piece.count("\n")

    def _entity(self, name: str) -> str:
        if name.startswith("#"):
            number = int(name[2:], 16) if name[1] == "x" else int(name[1:])
            if 0 < number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF:
                return chr(number)
        elif name in _ENTITIES:
            return _ENTITIES[name]
        self._wrong(
            f'"&{name};" is no entity that Telegram knows',
            "write the sign itself; only &lt; &gt; &amp; &quot; are known",
        )
        return f"&{name};"

    def _tag(self, token: str) -> None:
        found = _TAG.fullmatch(token)
        name = found[2].lower() if found else ""
        if found and found[1] and name in self.foreign:
            return
        if not found or name not in _NAMES:
            self.foreign.add(name)
            known = "b, i, u, s, code, pre, a, blockquote, tg-spoiler"
            self._wrong(f"{token} is no tag that Telegram knows", f"remove it, or use one of {known}")
        elif found[1]:
            self._close(name)
        else:
            self._begin(name, found[3])

    def _begin(self, name: str, raw: str) -> None:
        attributes = self._attributes(name, raw)
        inside = [each.name for each in self.open]
        if name == "blockquote" and "blockquote" in inside:
            self._wrong("a blockquote inside a blockquote", "close the outer one first", nesting=True)
        if "code" in inside or ("pre" in inside and name != "code"):
            outer = "code" if "code" in inside else "pre"
            remedy = f"close <{outer}> first: it holds no other formatting"
            self._wrong(f"<{name}> inside <{outer}>", remedy, nesting=True)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            self._wrong("<span> without its class", 'write <span class="tg-spoiler">')
        if name == "a" and not LINK.fullmatch(attributes.get("href", "")):
            self._wrong(*_without_address(attributes.get("href", "")))
        if name == "tg-emoji" and not attributes.get("emoji-id"):
            self._wrong("<tg-emoji> without its number", 'write <tg-emoji emoji-id="...">')
        self.open.append(_Open(name, self.units, self.line, attributes.get("href", "")))

    def _attributes(self, name: str, raw: str) -> dict[str, str]:
        found: dict[str, str] = {}
        position = 0
        while match := _ATTRIBUTE.match(raw, position):
            position = match.end()
            key, value = match[1].lower(), match[2]
            if key not in _ATTRIBUTES.get(name, set()):
                self._wrong(f'<{name}> takes no "{key}"', "remove it")
            if value is not None and not value.startswith('"'):
                self._wrong(f'the value of "{key}" stands in no double quotation marks', f'write {key}="..."')
            found[key] = (value or "").strip("\"'")
        if raw[position:].strip():
            self._wrong(f"<{name}{raw}> cannot be read", 'write each attribute as name="value"')
        return found

    def _close(self, name: str) -> None:
        if not self.open or self.open[-1].name != name:
            names = [each.name for each in self.open]
            if name in names:
                self._wrong(f"</{name}> before </{names[-1]}>", f"close <{names[-1]}> first", nesting=True)
                del self.open[len(names) - 1 - names[::-1].index(name)]
            else:
                self._wrong(f"</{name}> closes nothing", "remove it", nesting=True)
            return
        begun = self.open.pop()
        if self.units > begun.at:
            self.spans.append(Span(_NAMES[name], begun.at, self.units - begun.at, begun.url))
