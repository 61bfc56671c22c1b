"""Text with its entities: UTF-16 arithmetic, what Telegram finds in plain text by itself, and the rules of nesting."""

import re
from dataclasses import dataclass, field
from typing import Any

from bot.playground.wire import JsonObject, bad_request

KINDS = frozenset(
    {
        "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline",
        "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention",
        "custom_emoji", "date_time",
    }
)  # fmt: skip
MOST_ENTITIES = 100
_VERBATIM = frozenset({"code", "pre"})
_QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_ORDER = {"blockquote": 0, "expandable_blockquote": 0, "text_link": 1, "text_mention": 1}

_FOUND = re.compile(
    r"(?P<email>(?<![\w@./+-])[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})"
    r"|(?P<url>(?<![\w@./-])(?:https?://|tg://|ftp://)[^\s<>\"]*[^\s<>\".,:;!?'()\[\]{}]"
    r"|(?<![\w@./-])(?:[A-Za-z0-9-]+\.)+(?:com|org|net|info|io|me|fi|cz|se|eu|de|uk|app|dev|example)\b(?:/[^\s<>\"]*[^\s<>\".,:;!?'()\[\]{}])?)"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>]))"
    r"|(?P<mention>(?<![\w@])@[A-Za-z0-9_]{3,32}(?!\w))"
    r"|(?P<hashtag>(?<!\w)#\w*[^\W\d]\w*)"
    r"|(?P<cashtag>(?<![\w$])\$[A-Z]{3,8}(?!\w))"
)
_SIGNS = re.compile(r"[@/#$]|\.[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text and its entities (Bot API objects, offsets in UTF-16 units, sorted)."""

    text: str
    entities: list[JsonObject] = field(default_factory=list)


def utf16_length(text: str) -> int:
    """Return the length of *text* in UTF-16 code units, the measure of all of Telegram's limits and offsets."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def found_entities(text: str) -> list[JsonObject]:
    """Return the links, commands, mentions and tags that Telegram marks in *text* without being told."""
    if not _SIGNS.search(text):
        return []
    ascii_only = text.isascii()
    found: list[JsonObject] = []
    for match in _FOUND.finditer(text):
        start, end = match.span()
        offset = start if ascii_only else utf16_length(text[:start])
        length = end - start if ascii_only else utf16_length(match[0])
        found.append({"offset": offset, "length": length, "type": match.lastgroup})
    return found


def sorted_entities(entities: list[JsonObject]) -> list[JsonObject]:
    """Return *entities* by offset, the longer first, quotes outside links outside styles, as Telegram lists them."""
    return sorted(entities, key=lambda e: (e["offset"], -e["length"], _ORDER.get(e["type"], 2)))


def settled(text: str, entities: list[JsonObject], *, most: int = MOST_ENTITIES) -> Formatted:
    """
    Return *text* trimmed as Telegram trims it, with the entities that survive its rules.

    Silently dropped, as there: empty ones, those inside pre and code, quotes inside quotes, pieces that cross an
    earlier one, all after the first hundred. Links and commands found in the remaining plain text are added.
    """
    kept_text = text.strip()
    if not entities:
        return Formatted(kept_text, found_entities(kept_text)[:most])
    lead = utf16_length(text[: len(text) - len(text.lstrip())])
    whole = utf16_length(kept_text)
    kept: list[JsonObject] = []
    for entity in sorted_entities(entities):
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, whole)
        if end > start and _fits(kept, start, end, entity["type"]):
            kept.append({**entity, "offset": start, "length": end - start})
    taken = [e for e in kept if e["type"] in _VERBATIM or e["type"] in ("text_link", "text_mention", "custom_emoji")]
    found = found_entities(kept_text)
    kept.extend(entity for entity in found if not any(_overlap(entity, other) for other in taken))
    return Formatted(kept_text, sorted_entities(kept)[:most])


def _fits(kept: list[JsonObject], start: int, end: int, kind: str) -> bool:
    for outer in kept:
        left, right = outer["offset"], outer["offset"] + outer["length"]
        if right <= start:
            continue
        if end > right or (outer["type"] == kind and left <= start):
            return False
        if outer["type"] in _VERBATIM:
            return False
        if kind in _VERBATIM and outer["type"] not in _QUOTES:
            return False
        if kind in _QUOTES and outer["type"] in _QUOTES:
            return False
    return True


def _overlap(one: JsonObject, other: JsonObject) -> bool:
    return bool(one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"])


def checked_entities(given: list[Any], text: str) -> list[JsonObject]:
    """Return explicit `entities` after Telegram's checks; a wrong one is a 400."""
    whole = utf16_length(text)
    checked: list[JsonObject] = []
    for entity in given:
        if not isinstance(entity, dict):
            raise bad_request("can't parse MessageEntity: Object expected")
        checked.append(_checked(entity, whole))
    return checked


def _checked(entity: JsonObject, whole: int) -> JsonObject:
    kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
    if not isinstance(kind, str) or kind not in KINDS:
        raise bad_request("can't parse MessageEntity: unsupported entity type specified")
    if not isinstance(offset, int) or not isinstance(length, int) or isinstance(offset, bool):
        raise bad_request('can\'t parse MessageEntity: Field "offset" must be of type Number')
    if offset < 0 or length <= 0 or offset + length > whole:
        raise bad_request(
            f"ENTITY_BOUNDS_INVALID: entity {kind} at {offset} with length {length} leaves the text of {whole} units"
        )
    if kind == "text_link" and not isinstance(entity.get("url"), str):
        raise bad_request("can't parse MessageEntity: Can't find field \"url\"")
    if kind == "text_mention" and not isinstance(entity.get("user"), dict):
        raise bad_request("can't parse MessageEntity: Can't find field \"user\"")
    if kind == "custom_emoji" and not str(entity.get("custom_emoji_id", "")).isdigit():
        raise bad_request("can't parse MessageEntity: Invalid custom emoji identifier specified")
    return dict(entity)
