"""The two Markdown modes as the Bot API reads them: MarkdownV2 with its reserved characters, and the older Markdown."""

from dataclasses import dataclass

from bot.playground.entities import Formatted, sorted_entities
from bot.playground.links import link_entity
from bot.playground.wire import ApiError, JsonObject, bad_request

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
_TYPES = {
    "*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler", "`": "code", "```": "pre",
    "[": "text_link", "![": "custom_emoji", ">": "blockquote",
}  # fmt: skip
_CPP_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}


@dataclass(slots=True)
class _Open:
    mark: str
    offset: int
    begin: int
    text_from: int
    language: str = ""


def parse_markdown_v2(source: str) -> Formatted:
    """Return the text and entities of MarkdownV2; an unescaped reserved character or an open entity is a 400."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[JsonObject] = []

    def read(self) -> Formatted:
        while self.at < len(self.source):
            self._step()
        if self.open and self.open[-1].mark == ">":
            self._close_quote()
        if self.open:
            raise self._unclosed(self.open[-1])
        return Formatted("".join(self.out), sorted_entities(self.entities))

    def _step(self) -> None:
        char = self.source[self.at]
        if char == "\\" and self._peek(1) and ord(self._peek(1)) < 127:
            self._put(self._peek(1))
            self.at += 2
            return
        inner = self.open[-1].mark if self.open else ""
        if inner in ("`", "```"):
            self._verbatim(inner)
        elif char == "\n":
            self._new_line()
        elif char == ">" and (self.at == 0 or (self.source[self.at - 1] == "\n" and self._quote() is None)):
            self._begin(">", 1)
        elif char not in _RESERVED:
            self._put(char)
            self.at += 1
        else:
            self._mark(char, inner)

    def _verbatim(self, mark: str) -> None:
        char = self.source[self.at]
        if mark == "`" and char == "`":
            self._end(1)
        elif mark == "```" and self.source.startswith("```", self.at):
            self._end(3)
        else:
            if char == "`":
                raise self._reserved(char)
            self._put(char)
            self.at += 1

    def _new_line(self) -> None:
        if self._quote() is not None:
            if self._peek(1) == ">":
                self._put("\n")
                self.at += 2
                return
            if self.open[-1].mark != ">":
                raise self._unclosed(self.open[-1])
            self._put("\n")
            self.at += 1
            self._close_quote()
            return
        self._put("\n")
        self.at += 1

    def _mark(self, char: str, inner: str) -> None:
        two = self.source[self.at : self.at + 2]
        if char == "|" and two == "||" and self._ends_quote(inner):
            self.at += 2
            self._close_quote(expandable=True)
            return
        mark = two if two in ("__", "||", "![") else "```" if self.source.startswith("```", self.at) else char
        if inner == "_" and mark == "__":
            mark = "__" if any(opened.mark == "__" for opened in self.open) is False else "_"
        if mark == inner and mark not in ("[", "![", ">"):
            self._end(len(mark))
        elif char == "]" and inner in ("[", "!["):
            self._end_link()
        elif mark in _TYPES and mark != ">":
            self._begin(mark, len(mark))
        else:
            raise self._reserved(char)

    def _ends_quote(self, inner: str) -> bool:
        after = self.source[self.at + 2 : self.at + 3]
        return inner == ">" and after in ("", "\n")

    def _begin(self, mark: str, width: int) -> None:
        opened = _Open(mark, self.offset, self.at, len(self.out))
        self.at += width
        if mark == "```":
            end = self.at
            while end < len(self.source) and not self.source[end].isspace() and self.source[end] != "`":
                end += 1
            if end > self.at and end < len(self.source) and self.source[end] != "`":
                opened.language = self.source[self.at : end]
                self.at = end
            self._skip_line_break()
        self.open.append(opened)

    def _skip_line_break(self) -> None:
        if self._peek(0) in ("\n", "\r"):
            self.at += 2 if self._peek(1) in ("\n", "\r") and self._peek(1) and self._peek(1) != self._peek(0) else 1

    def _end(self, width: int) -> None:
        opened = self.open.pop()
        self.at += width
        kind = _TYPES[opened.mark]
        extra = {"language": opened.language} if opened.language else {}
        self._add(opened, {"type": kind, **extra})

    def _end_link(self) -> None:
        opened = self.open.pop()
        self.at += 1
        if self._peek(0) == "(":
            url = self._address(opened)
        elif opened.mark == "![":
            raise _refused("Custom emoji entity must contain a tg://emoji URL")
        else:
            url = "".join(self.out[opened.text_from :])
        if opened.mark == "![":
            number = url.removeprefix("tg://emoji?id=")
            if number == url or not number.isdigit():
                raise _refused("Custom emoji URL must have an emoji identifier")
            self._add(opened, {"type": "custom_emoji", "custom_emoji_id": number})
            return
        entity = link_entity(url)
        if entity is not None:
            self._add(opened, entity)

    def _address(self, opened: _Open) -> str:
        self.at += 1
        begin = self.at
        url: list[str] = []
        while self._peek(0) not in (")", ""):
            if self._peek(0) == "\\" and self._peek(1) and ord(self._peek(1)) < 127:
                self.at += 1
            url.append(self._peek(0))
            self.at += 1
        if not self._peek(0):
            what = "a custom emoji URL" if opened.mark == "![" else "a URL"
            raise _refused(f"Can't find end of {what} at byte offset {self._bytes(begin)}")
        self.at += 1
        return "".join(url)

    def _close_quote(self, *, expandable: bool = False) -> None:
        opened = self.open.pop()
        self._add(opened, {"type": "expandable_blockquote" if expandable else "blockquote"})

    def _quote(self) -> _Open | None:
        return next((opened for opened in self.open if opened.mark == ">"), None)

    def _add(self, opened: _Open, entity: JsonObject) -> None:
        if self.offset > opened.offset:
            self.entities.append({"offset": opened.offset, "length": self.offset - opened.offset, **entity})

    def _put(self, char: str) -> None:
        self.out.append(char)
        self.offset += 2 if ord(char) > 0xFFFF else 1

    def _peek(self, ahead: int) -> str:
        return self.source[self.at + ahead : self.at + ahead + 1]

    def _bytes(self, position: int) -> int:
        return len(self.source[:position].encode())

    def _unclosed(self, opened: _Open) -> ApiError:
        name = _CPP_NAMES[_TYPES[opened.mark]]
        return _refused(f"Can't find end of {name} entity at byte offset {self._bytes(opened.begin)}")

    def _reserved(self, char: str) -> ApiError:
        return _refused(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")


def parse_markdown(source: str) -> Formatted:
    """Return the text and entities of the older Markdown: no nesting, four marks, backslash before them only."""
    out: list[str] = []
    entities: list[JsonObject] = []
    offset = at = 0

    def put(char: str) -> None:
        nonlocal offset
        out.append(char)
        offset += 2 if ord(char) > 0xFFFF else 1

    while at < len(source):
        char = source[at]
        if char == "\\" and source[at + 1 : at + 2] in ("_", "*", "`", "["):
            put(source[at + 1])
            at += 2
        elif char not in "_*`[":
            put(char)
            at += 1
        else:
            begin, start, text_from = at, offset, len(out)
            mark = "```" if source.startswith("```", at) else char
            end = source.find("]" if char == "[" else mark, at + len(mark))
            if end < 0:
                raise _refused(f"Can't find end of the entity starting at byte offset {len(source[:begin].encode())}")
            extra: JsonObject = {}
            inside = source[at + len(mark) : end]
            if mark == "```":
                inside, extra = _language(inside)
            for inner in inside:
                put(inner)
            at = end + len(mark)
            entity: JsonObject | None = {"type": _TYPES[mark], **extra}
            if char == "[":
                url, at = _old_address(source, at, "".join(out[text_from:]))
                entity = link_entity(url)
            if entity is not None and offset > start:
                entities.append({"offset": start, "length": offset - start, **entity})
    return Formatted("".join(out), sorted_entities(entities))


def _language(inside: str) -> tuple[str, JsonObject]:
    first, line_break, rest = inside.partition("\n")
    if line_break and first and not any(char.isspace() for char in first):
        return rest, {"language": first}
    return (rest, {}) if line_break and not first else (inside, {})


def _old_address(source: str, at: int, text: str) -> tuple[str, int]:
    if source[at : at + 1] != "(":
        return text, at
    end = source.find(")", at)
    return (source[at + 1 :], len(source)) if end < 0 else (source[at + 1 : end], end + 1)


def _refused(problem: str) -> ApiError:
    return bad_request(f"can't parse entities: {problem}")
