"""
Reading `.chat` files: a header that says who is there and when, then one step a line.

All mistakes of a file are told at once, each with its line.
"""

from __future__ import annotations

import re
import zoneinfo

from bot.transcript_acts import is_act, read_act
from bot.transcript_events import read_event
from bot.transcript_heading import NAME, Reading, parts_of_head, read_header, read_rules
from bot.transcript_purchases import is_receipt, read_receipt
from bot.transcript_script import Act, Check, Checks, Expects, Line, Step, Transcript
from domain.faults import FaultList

_BUTTONS = re.compile(r"(?P<text>.*?)(?:(?:^|\s{2,})(?P<buttons>\[[^\[\]]*\](?:\s+\[[^\[\]]*\])*))?\s*", re.DOTALL)
_MEDIA = re.compile(r'\((?P<kind>[a-z_]+)(?: of (?P<count>\d+))?\)\s*(?:"(?P<caption>.*)")?', re.DOTALL)
_BOT = re.compile(
    rf"(?P<side>bot|staff|toast)(?P<edits> edits)?(?P<pinned> pinned)?(?: to (?P<to>{NAME}))?:\s*(?P<what>.*)",
    re.DOTALL,
)
_STORE = re.compile(rf"store(?: of (?P<who>{NAME}))?:\s*(?P<what>.*)", re.DOTALL)
_CHECK = re.compile(r"(?P<subject>.+?)\s*(?P<operator><=|>=|!=|=|<|>)\s*(?P<value>.*)", re.DOTALL)


def read_transcript(text: str, where: str, faults: FaultList) -> Transcript | None:
    """Read the text of a `.chat` file; its mistakes go to *faults*, and then the result is None."""
    reading = Reading(where, faults)
    before = len(faults)
    lines: list[Line] = []
    for number, content in _logical_lines(text):
        reading.number = number
        parts = None if lines else parts_of_head(content)
        if parts is not None:
            for part in parts:
                read_header(reading, part)
            continue
        at_once = content.startswith("& ")
        step = _read_step(reading, content.removeprefix("& "))
        if step is None:
            continue
        if at_once and not (isinstance(step, Act) and lines and isinstance(lines[-1].step, Act)):
            reading.fault("nothing can happen at once with this", "put an act behind the &, and one on the line before")
        lines.append(Line(number, content, step, at_once))
    if not any(actor.role is None for actor in reading.actors.values()):
        reading.number = 1
        reading.fault("nobody is there", "begin with a line such as: lang en   at 2027-03-02 10:00   customer Ann")
    rules = read_rules(reading)
    if len(faults) > before:
        return None
    return Transcript(
        name=where,
        at=reading.at.replace(tzinfo=zoneinfo.ZoneInfo(reading.zone)),
        zone=reading.zone,
        actors=reading.actors,
        lines=tuple(lines),
        group=reading.switches.get("group", True),
        forum=reading.switches.get("forum", True),
        approval=reading.switches.get("approval", False),
        content=reading.content,
        topics=reading.topics,
        cases=rules,
    )


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Give each line with its number; a line that begins with `|` goes on the one before, on a line of its own."""
    found: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("|") and found:
            start, content = found[-1]
            found[-1] = (start, f"{content}\n{line[1:].strip()}")
        elif line and not line.startswith("#"):
            found.append((number, line))
    return found


def _read_step(reading: Reading, line: str) -> Step | None:
    if line.startswith("=="):
        return read_event(reading, line[2:].strip())
    if found := _STORE.fullmatch(line):
        return _read_checks(reading, found["who"] or "", found["what"])
    if found := _BOT.fullmatch(line):
        return _read_expected(reading, found)
    if is_receipt(line):
        return read_receipt(reading, line)
    if is_act(line):
        return read_act(reading, line)
    reading.fault("this is no step", 'write "Ann: text", "bot: text  [Button]", "== +4h" or "store: contacts = 3"')
    return None


def _read_expected(reading: Reading, found: re.Match[str]) -> Expects | None:
    to = found["to"] or ""
    reading.know(to)
    split = _BUTTONS.fullmatch(found["what"])
    assert split
    buttons = None
    if split["buttons"] is not None:
        buttons = tuple(label for label in re.findall(r"\[([^\[\]]*)\]", split["buttons"]) if label)
    if not split["text"] and not buttons:
        reading.fault("nothing is expected here", 'write what the bot says, or "*" for anything')
        return None
    text, media, count = split["text"] or "*", "", 1
    if file := _MEDIA.fullmatch(text):
        kind, count = file["kind"], int(file["count"] or 1)
        media, text = "photo" if kind == "album" else kind, file["caption"] or "*"
        if (kind == "album") is not (count > 1):
            reading.fault(f"({kind} ...) cannot come like this", 'write (photo) "its words", or (album of 10)')
    to = "staff" if found["side"] == "staff" and not to else to
    is_toast, is_edited = found["side"] == "toast", bool(found["edits"])
    is_pinned = bool(found["pinned"])
    if is_pinned and found["side"] != "staff":
        reading.fault("only staff have pins", "write staff pinned: No {n}*")
    return Expects(text, to, buttons, toast=is_toast, edited=is_edited, media=media, count=count, pinned=is_pinned)


def _read_checks(reading: Reading, who: str, what: str) -> Checks:
    reading.know(who)
    checks: list[Check] = []
    for clause in re.split(r"\s*;\s*", what):
        found = _CHECK.fullmatch(clause)
        if found:
            checks.append(Check(" ".join(found["subject"].split()), found["operator"], found["value"]))
        else:
            reading.fault(f'"{clause}" compares nothing', "write what, a comparison and a value: contacts = 9")
    return Checks(tuple(checks), who)
