"""What a server that parses HTML would refuse in a text, judged without anything of ours."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class _Markup(HTMLParser):
    """Finds what Telegram's own parser would refuse."""

    known = frozenset({"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "tg-spoiler"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.fault = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a tag that has to be closed."""
        if tag not in self.known:
            self.fault = f"unsupported start tag {tag}"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the latest tag."""
        if not self.open or self.open.pop() != tag:
            self.fault = f"unexpected end tag {tag}"

    def handle_entityref(self, name: str) -> None:
        """Know the four named entities."""
        if name not in {"lt", "gt", "amp", "quot"}:
            self.fault = f"unknown entity {name}"


def fault_in(text: str) -> str:
    """Return what is wrong with a text in HTML mode, or ""."""
    markup = _Markup()
    markup.feed(text)
    markup.close()
    if re.search(r"<(?![a-z/])", text):
        return "a bare <"
    return markup.fault or (f"{markup.open[-1]} is not closed" if markup.open else "")
