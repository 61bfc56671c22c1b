"""HTML as the Bot API reads it: a closed list of tags, four named entities, and errors with byte offsets."""

from dataclasses import dataclass

from bot.playground.entities import Formatted, sorted_entities
from bot.playground.links import link_entity
from bot.playground.wire import ApiError, JsonObject, bad_request

_STYLES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "span": "spoiler",
}  # fmt: skip
_TAGS = frozenset(_STYLES) | {"a", "tg-emoji", "tg-time", "code", "pre", "blockquote"}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACE = " \t\r\n\v\f"


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    text_from: int


def parse_html(source: str) -> Formatted:
    """Return the text and entities of *source*; what Telegram would not read is a 400 with its byte offset."""
    if "<" not in source and "&" not in source:
        return Formatted(source)
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
            char = self.source[self.at]
            if char == "<":
                if self.source.startswith("</", self.at):
                    self._end_tag()
                else:
                    self._start_tag()
            elif char == "&":
                self._put(self._character_reference() or "&")
            else:
                self._put(char)
                self.at += 1
        if self.open:
            raise _refused(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return Formatted("".join(self.out), sorted_entities(self.entities))

    def _put(self, char: str) -> None:
        self.out.append(char)
        self.offset += 2 if ord(char[0]) > 0xFFFF else 1

    def _character_reference(self) -> str | None:
        """Read a character reference at the cursor, or step over its "&" and return None."""
        start = self.at + 1
        end = start
        if self.source.startswith("#", start):
            base, end = (16, start + 2) if self.source[start + 1 : start + 2] == "x" else (10, start + 1)
            digits_from = end
            allowed = "0123456789abcdefABCDEF" if base == 16 else "0123456789"
            while end < len(self.source) and self.source[end] in allowed:
                end += 1
            digits = self.source[digits_from:end]
            code = int(digits, base) if digits else 0
            good = 0 < code < 0x10FFFF and not 0xD800 <= code <= 0xDFFF and end - start < 9
            char = chr(code) if good else None
        else:
            while end < len(self.source) and self.source[end].isascii() and self.source[end].isalpha():
                end += 1
            char = _NAMED.get(self.source[start:end])
            if char is None and self.source[end : end + 1] == ";" and end > start:
                # The public server leaves the word as text; the sender meant a character, so it is refused here.
                raise _refused(f'Unsupported character reference "&{self.source[start:end]};" {self._byte(self.at)}')
        if char is None:
            self.at += 1
            return None
        self.at = end + 1 if self.source[end : end + 1] == ";" else end
        return char

    def _start_tag(self) -> None:
        begin = self.at
        end = begin + 1
        while end < len(self.source) and self.source[end] not in _SPACE and self.source[end] != ">":
            end += 1
        if end == len(self.source):
            raise _refused(f"Unclosed start tag {self._byte(begin)}")
        tag = self.source[begin + 1 : end].lower()
        if tag not in _TAGS:
            raise _refused(f'Unsupported start tag "{tag}" {self._byte(begin)}')
        self.at = end
        argument = self._attributes(tag, begin)
        if tag == "span" and argument != "tg-spoiler":
            raise _refused(f'Tag "span" must have class "tg-spoiler" {self._byte(begin)}')
        self.open.append(_Open(tag, argument, self.offset, len(self.out)))

    def _attributes(self, tag: str, begin: int) -> str:
        """Read up to the closing bracket; return the value of the one attribute that matters to *tag*."""
        argument = ""
        while True:
            self._skip_space()
            if self._char() == ">":
                self.at += 1
                return argument
            name, value = self._attribute(tag, begin)
            match tag, name:
                case ("a", "href") | ("span", "class") | ("tg-emoji", "emoji-id"):
                    argument = value
                case ("tg-time", "unix"):
                    argument = value
                case ("code", "class") if value.startswith("language-"):
                    argument = value.removeprefix("language-")
                case ("blockquote", "expandable"):
                    argument = "expandable"
                case _:
                    pass

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        start = self.at
        while self._char() not in _SPACE and self._char() not in ("=", ">", ""):
            self.at += 1
        name = self.source[start : self.at].lower()
        if not self._char():
            raise _refused(f"Unclosed start tag {self._byte(begin)}")
        if not name:
            raise _refused(f'Empty attribute name in the tag "{tag}" {self._byte(begin)}')
        self._skip_space()
        if self._char() != "=":
            if tag == "blockquote" and name == "expandable":
                return name, ""
            raise _refused(f'Expected equal sign in declaration of an attribute of the tag "{tag}" {self._byte(begin)}')
        self.at += 1
        self._skip_space()
        quote = self._char()
        if quote not in ("'", '"') or not quote:
            return name, self._name_token(begin)
        self.at += 1
        value: list[str] = []
        while self._char() not in (quote, ""):
            if self._char() == "&":
                value.append(self._character_reference() or "&")
            else:
                value.append(self._char())
                self.at += 1
        if not self._char():
            raise _refused(f"Unclosed start tag {self._byte(begin)}")
        self.at += 1
        if not self._char():
            raise _refused(f"Unclosed start tag {self._byte(begin)}")
        return name, "".join(value)

    def _name_token(self, begin: int) -> str:
        start = self.at
        while self._char() and self._char().isascii() and (self._char().isalnum() or self._char() in ".-"):
            self.at += 1
        if not self._char():
            raise _refused(f"Unclosed start tag {self._byte(begin)}")
        if self._char() not in _SPACE and self._char() != ">":
            raise _refused(f"Unexpected end of name token {self._byte(start)}")
        return self.source[start : self.at].lower()

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise _refused(f"Unexpected end tag {self._byte(begin)}")
        self.at += 2
        while self._char() not in _SPACE and self._char() not in (">", ""):
            self.at += 1
        tag = self.source[begin + 2 : self.at].lower()
        self._skip_space()
        if self._char() != ">":
            raise _refused(f"Unclosed end tag {self._byte(begin)}")
        self.at += 1
        opened = self.open.pop()
        if tag and tag != opened.tag:
            raise _refused(f'Unmatched end tag {self._byte(begin)}, expected "</{opened.tag}>", found "</{tag}>"')
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        base: JsonObject = {"offset": opened.offset, "length": self.offset - opened.offset}
        match opened.tag:
            case "a":
                inner = "".join(self.out[opened.text_from :])
                entity = link_entity(opened.argument or inner)
                if entity is not None:
                    self.entities.append({**base, **entity})
            case "tg-emoji":
                if not opened.argument.isdigit() or int(opened.argument) == 0:
                    raise _refused("Invalid custom emoji identifier specified")
                self.entities.append({**base, "type": "custom_emoji", "custom_emoji_id": opened.argument})
            case "tg-time":
                if not opened.argument.isdigit():
                    raise _refused("Invalid date-time specified")
                self.entities.append({**base, "type": "date_time", "unix_time": int(opened.argument)})
            case "pre" | "code":
                self._close_verbatim(opened, base)
            case "blockquote":
                kind = "expandable_blockquote" if opened.argument else "blockquote"
                self.entities.append({**base, "type": kind})
            case style:
                self.entities.append({**base, "type": _STYLES[style]})

    def _close_verbatim(self, opened: _Open, base: JsonObject) -> None:
        """`<pre><code class="language-x">` in either order is one entity: pre with its language."""
        last = self.entities[-1] if self.entities else {}
        same = last.get("offset") == base["offset"] and last.get("length") == base["length"]
        if opened.tag == "pre" and same and last.get("type") == "code":
            language = last.pop("_language", "")
            last["type"] = "pre"
            if language:
                last["language"] = language
        elif opened.tag == "code" and same and last.get("type") == "pre" and opened.argument:
            last["language"] = opened.argument
        else:
            entity = {**base, "type": opened.tag}
            if opened.argument and any(outer.tag == "pre" for outer in self.open):
                entity["_language"] = opened.argument
            self.entities.append(entity)

    def _char(self) -> str:
        return self.source[self.at : self.at + 1]

    def _skip_space(self) -> None:
        while self._char() and self._char() in _SPACE:
            self.at += 1

    def _byte(self, position: int) -> str:
        return f"at byte offset {len(self.source[:position].encode())}"


def _refused(problem: str) -> ApiError:
    return bad_request(f"can't parse entities: {problem}")
