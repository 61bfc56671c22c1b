"""
Reading `.chat` files: a header that says who is there and when, then one step a line.

All mistakes of a file are told at once, each with its line.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass, field

from bot.transcript_script import (
    Act,
    Actor,
    Answers,
    Begins,
    Blocks,
    Check,
    Checks,
    Edits,
    Expects,
    Line,
    Moves,
    Reacts,
    Restarts,
    Says,
    Sends,
    Shares,
    Step,
    Taps,
    Transcript,
)
from domain.durations import NotADurationError, parse_fixed_duration
from domain.faults import FaultList
from domain.staff import Role

_NAME = r"[^\W\d_][\w-]*"
_HEADER = re.compile(r"(lang|at|zone|customer|staff|group|forum|approval|content|topics|set)\s+(\S.*)")
_PERSON = re.compile(rf"(?P<who>{_NAME})(?P<where> privately| in General)?:\s*(?P<what>.*)", re.DOTALL)
_ACTS = re.compile(rf"(?P<who>{_NAME}) (?P<act>edits|reacts|blocks|unblocks)\b\s*(?P<rest>.*)")
_EDIT = re.compile(r'"(?P<old>.*)"\s*->\s*"(?P<new>.*)"', re.DOTALL)
_BUTTONS = re.compile(r"(?P<text>.*?)(?:(?:^|\s{2,})(?P<buttons>\[[^\[\]]*\](?:\s+\[[^\[\]]*\])*))?\s*", re.DOTALL)
_TAP = re.compile(r"\[(?P<label>[^\[\]]+)\](?P<again>\s+again)?")
_MEDIA = re.compile(r'\((?P<kind>[a-z_]+)(?P<rest>[^()]*)\)\s*(?:"(?P<caption>.*)")?', re.DOTALL)
_CASE = re.compile(r'(?P<act>reply|note)\s+(?P<case>\S+)\s+"(?P<text>.*)"', re.DOTALL)
_BOT = re.compile(rf"(?P<side>bot|staff|toast)(?P<edits> edits)?(?: to (?P<to>{_NAME}))?:\s*(?P<what>.*)", re.DOTALL)
_STORE = re.compile(rf"store(?: of (?P<who>{_NAME}))?:\s*(?P<what>.*)", re.DOTALL)
_CHECK = re.compile(r"(?P<subject>.+?)\s*(?P<operator><=|>=|!=|=|<|>)\s*(?P<value>.*)", re.DOTALL)
_KINDS = ("photo", "video", "video_note", "voice", "audio", "document", "animation", "sticker")
_NO_DATE = dt.datetime(2027, 1, 4, 10, tzinfo=dt.UTC)


@dataclass(slots=True)
class _Reading:
    where: str
    faults: FaultList
    at: dt.datetime = _NO_DATE
    zone: str = "Europe/Helsinki"
    language: str = "en"
    actors: dict[str, Actor] = field(default_factory=dict)
    switches: dict[str, bool] = field(default_factory=dict)
    content: str = ""
    topics: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    number: int = 0

    def fault(self, problem: str, remedy: str) -> None:
        self.faults.add(self.where, self.number, None, problem, remedy)


def read_transcript(text: str, where: str, faults: FaultList) -> Transcript | None:
    """Read the text of a `.chat` file; its mistakes go to *faults*, and then the result is None."""
    reading = _Reading(where, faults)
    before = len(faults)
    lines: list[Line] = []
    for number, content in _logical_lines(text):
        reading.number = number
        if not lines and all(_HEADER.fullmatch(part) for part in re.split(r"\s{2,}", content)):
            for part in re.split(r"\s{2,}", content):
                _read_header(reading, part)
            continue
        step = _read_step(reading, content)
        if step is not None:
            lines.append(Line(number, content, step))
    if not any(actor.role is None for actor in reading.actors.values()):
        reading.number = 1
        reading.fault("nobody is there", "begin with a line such as: lang en   at 2027-03-02 10:00   customer Ann")
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
        settings=reading.settings,
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


def _read_header(reading: _Reading, part: str) -> None:
    match = _HEADER.fullmatch(part)
    assert match
    key, value = match[1], match[2].strip()
    match key:
        case "lang":
            reading.language = value
        case "at":
            moment = _moment(value)
            if moment is None:
                reading.fault(f'"{value}" is no moment', "write at 2027-03-02 10:00")
            reading.at = moment or _NO_DATE
        case "zone":
            if value in zoneinfo.available_timezones():
                reading.zone = value
            else:
                reading.fault(f'"{value}" is no time zone', "write zone Europe/Helsinki")
        case "customer" | "staff":
            _read_actor(reading, key, value.split())
        case "content":
            reading.content = value
        case "topics":
            reading.topics = tuple(value.split())
        case "set":
            name, _, setting = value.partition(" = ")
            reading.settings[name.strip()] = setting.strip()
        case _ if value in {"on", "off"}:
            reading.switches[key] = value == "on"
        case _:
            reading.fault(f'"{value}" is neither on nor off', f"write {key} on or {key} off")


def _read_actor(reading: _Reading, key: str, words: list[str]) -> None:
    name, *traits = words
    role = None
    if key == "staff":
        known = {each.value: each for each in Role}
        role = next((known[word] for word in traits if word in known), Role.AGENT)
        traits = [word for word in traits if word not in known]
    languages = [word for word in traits if re.fullmatch(r"[a-z]{2}", word)]
    others = frozenset(traits) - set(languages)
    wrong = others - {"met", "marketing", "surveys", "profiling", "no-marketing", "no-surveys", "no-profiling"}
    if not re.fullmatch(_NAME, name) or name in {"bot", "staff", "store", "toast"}:
        reading.fault(f'"{name}" cannot be a name', "write a first name, such as Ann")
    if wrong:
        reading.fault(f"{', '.join(sorted(wrong))} means nothing here", "write a language, met, or purposes agreed to")
    language = languages[0] if languages else reading.language
    reading.actors[name] = Actor(name, language, role, others)


def _read_step(reading: _Reading, line: str) -> Step | None:
    if line.startswith("=="):
        return _read_event(reading, line[2:].strip())
    if found := _STORE.fullmatch(line):
        return _read_checks(reading, found["who"] or "", found["what"])
    if found := _BOT.fullmatch(line):
        return _read_expected(reading, found)
    if found := _ACTS.fullmatch(line):
        _know(reading, found["who"])
        return _read_other_act(reading, found["who"], found["act"], found["rest"])
    if found := _PERSON.fullmatch(line):
        _know(reading, found["who"])
        return _read_act(reading, found["who"], (found["where"] or "").strip(), found["what"])
    reading.fault("this is no step", 'write "Ann: text", "bot: text  [Button]", "== +4h" or "store: contacts = 3"')
    return None


def _know(reading: _Reading, who: str) -> None:
    if who and who not in reading.actors:
        present = ", ".join(reading.actors) or "nobody"
        reading.fault(f"{who} is not there ({present})", f"add to the header: customer {who}, or staff {who}")


def _read_expected(reading: _Reading, found: re.Match[str]) -> Expects | None:
    to = found["to"] or ""
    _know(reading, to)
    split = _BUTTONS.fullmatch(found["what"])
    assert split
    buttons = None
    if split["buttons"] is not None:
        buttons = tuple(label for label in re.findall(r"\[([^\[\]]*)\]", split["buttons"]) if label)
    if not split["text"] and not buttons:
        reading.fault("nothing is expected here", 'write what the bot says, or "*" for anything')
        return None
    to = "staff" if found["side"] == "staff" and not to else to
    return Expects(split["text"] or "*", to, buttons, toast=found["side"] == "toast", edited=bool(found["edits"]))


def _read_act(reading: _Reading, who: str, where: str, what: str) -> Act | None:
    if found := _TAP.fullmatch(what):
        return Taps(who, found["label"], again=found["again"] is not None)
    if found := _CASE.fullmatch(what):
        return Answers(who, found["case"], found["text"], note=found["act"] == "note")
    if found := _MEDIA.fullmatch(what):
        return _read_media(reading, who, found)
    if len(what) >= 2 and what[0] == what[-1] == '"':
        what = what[1:-1]
    if not what:
        reading.fault("says nothing", "write what is said after the colon")
        return None
    return Says(who, what, where)


def _read_media(reading: _Reading, who: str, found: re.Match[str]) -> Act | None:
    kind, caption = found["kind"], found["caption"] or ""
    rest = [part.strip() for part in found["rest"].split(",") if part.strip()]
    if kind == "contact" and not rest:
        return Shares(who)
    if kind == "location":
        try:
            lat, lon = found["rest"].replace(",", " ").split()
            return Shares(who, (float(lat), float(lon)))
        except ValueError:
            reading.fault("a location needs two numbers", "write (location 60.17 24.94)")
            return None
    if kind == "album" and len(rest) >= 2:
        return Sends(who, "photo", tuple(rest), caption)
    if kind in _KINDS and len(rest) == 1:
        return Sends(who, kind, tuple(rest), caption)
    reading.fault(
        f"({kind} ...) cannot be sent like this",
        "write (photo x.jpg), (album a.jpg, b.jpg), (voice v.ogg), (contact) or (location 60.17 24.94)",
    )
    return None


def _read_other_act(reading: _Reading, who: str, act: str, rest: str) -> Act | None:
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


def _read_event(reading: _Reading, event: str) -> Step | None:
    if event in {"kill -9, restart", "restart"}:
        return Restarts(killed=event.startswith("kill"))
    if event.startswith("+"):
        try:
            return Moves(by=parse_fixed_duration(event[1:].strip()))
        except NotADurationError as error:
            reading.fault(error.problem, error.remedy)
            return None
    if event.startswith("at "):
        moment = _moment(event[3:].strip())
        if moment is not None:
            return Moves(to=moment.replace(tzinfo=zoneinfo.ZoneInfo(reading.zone)))
    if found := re.fullmatch(r"(newsletter|survey) (\S+) starts", event):
        return Begins(found[1], found[2])
    known = "kill -9, restart | restart | +4h | at 2027-03-05 10:00 | newsletter NAME starts | survey NAME starts"
    reading.fault(f'"{event}" cannot happen', f"write one of: {known}")
    return None


def _read_checks(reading: _Reading, who: str, what: str) -> Checks:
    _know(reading, who)
    checks: list[Check] = []
    for clause in re.split(r"\s*;\s*", what):
        found = _CHECK.fullmatch(clause)
        if found:
            checks.append(Check(" ".join(found["subject"].split()), found["operator"], found["value"]))
        else:
            reading.fault(f'"{clause}" compares nothing', "write what, a comparison and a value: contacts = 9")
    return Checks(tuple(checks), who)


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - the header's zone is added at the end
    except ValueError:
        return None
