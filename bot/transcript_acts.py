"""What people do in `.chat` files: words, taps, files, places, edits, reactions, and answers of staff."""

from __future__ import annotations

import re

from bot.transcript_heading import NAME, Reading
from bot.transcript_script import Act, Answers, Blocks, Edits, Reacts, Says, Sends, Shares, Taps

_PERSON = re.compile(
    rf"(?P<who>{NAME})(?P<where> privately| in General| to (?P<to>{NAME}))?:\s*(?P<what>.*)", re.DOTALL
)
_ACTS = re.compile(rf"(?P<who>{NAME}) (?P<act>edits|reacts|blocks|unblocks)\b\s*(?P<rest>.*)", re.DOTALL)
_EDIT = re.compile(r'"(?P<old>.*)"\s*->\s*"(?P<new>.*)"', re.DOTALL)
_TAP = re.compile(r"\[(?P<label>[^\[\]]+)\](?P<again>\s+again)?")
_MEDIA = re.compile(r'\((?P<kind>[a-z_]+)(?P<rest>[^()]*)\)\s*(?:"(?P<caption>.*)")?', re.DOTALL)
_CASE = re.compile(r'(?P<act>reply|note)\s+(?P<case>\S+)\s+"(?P<text>.*)"', re.DOTALL)
_KINDS = ("photo", "video", "video_note", "voice", "audio", "document", "animation", "sticker")


def is_act(line: str) -> bool:
    """Say whether a line has the form of an act."""
    return _ACTS.fullmatch(line) is not None or _PERSON.fullmatch(line) is not None


def read_act(reading: Reading, line: str) -> Act | None:
    """Read a line that `is_act`; a mistake goes to *reading*, and then the result is None."""
    if found := _ACTS.fullmatch(line):
        reading.know(found["who"])
        return _other_act(reading, found["who"], found["act"], found["rest"])
    found = _PERSON.fullmatch(line)
    assert found
    reading.know(found["who"])
    if found["to"]:
        reading.know_role(found["who"], staff=True)
        reading.know_role(found["to"], staff=False)
    return _act(reading, found["who"], (found["where"] or "").strip(), found["what"])


def _act(reading: Reading, who: str, where: str, what: str) -> Act | None:
    if found := _TAP.fullmatch(what):
        return Taps(who, found["label"], again=found["again"] is not None, where=where)
    if found := _CASE.fullmatch(what):
        return Answers(who, found["case"], found["text"], note=found["act"] == "note", where=where)
    if found := _MEDIA.fullmatch(what):
        return _media(reading, who, where, found)
    if len(what) >= 2 and what[0] == what[-1] == '"':
        what = what[1:-1]
    if not what:
        reading.fault("says nothing", "write what is said after the colon")
        return None
    return Says(who, what, where)


def _media(reading: Reading, who: str, where: str, found: re.Match[str]) -> Act | None:
    kind, caption = found["kind"], found["caption"] or ""
    rest = [part.strip() for part in found["rest"].split(",") if part.strip()]
    if kind == "contact" and not rest:
        return Shares(who, where=where)
    if kind == "location":
        try:
            lat, lon = found["rest"].replace(",", " ").split()
            return Shares(who, (float(lat), float(lon)), where)
        except ValueError:
            reading.fault("a location needs two numbers", "write (location 60.17 24.94)")
            return None
    if kind == "album" and 2 <= len(rest) <= 10:
        named = [part.partition(": ") for part in rest]
        captions = tuple(own or (caption if place == 0 else "") for place, (_, _, own) in enumerate(named))
        return Sends(who, "photo", tuple(name for name, _, _ in named), captions, where)
    if kind in _KINDS and len(rest) == 1:
        return Sends(who, kind, tuple(rest), (caption,), where)
    reading.fault(
        f"({kind} ...) cannot be sent like this",
        "write (photo x.jpg), (album a.jpg, b.jpg: its own words) with two to ten, (voice v.ogg), (contact)"
        " or (location 60.17 24.94)",
    )
    return None


def _other_act(reading: Reading, who: str, act: str, rest: str) -> Act | None:
    match act:
        case "edits":
            found = _EDIT.fullmatch(rest)
            if found:
                return Edits(who, found["old"], found["new"])
            reading.fault("an edit needs both texts", 'write: edits "old" -> "new"')
        case "reacts" if rest:
            return Reacts(who, rest)
        case "blocks" | "unblocks" if not rest:
            return Blocks(who, act == "blocks")
        case _:
            reading.fault(f'"{act} {rest}" cannot be done', "write reacts with an emoji; blocks and unblocks alone")
    return None
