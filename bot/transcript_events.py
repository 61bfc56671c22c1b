"""The `==` lines of `.chat` files: time that goes on, ends of the program, and what befalls the staff's side."""

from __future__ import annotations

import re
import zoneinfo

from bot.transcript_heading import NAME, Reading, moment_of
from bot.transcript_script import Befalls, Begins, Mishap, Moves, Restarts
from domain.durations import NotADurationError, parse_fixed_duration

_ABOUT = (
    (Mishap.TOPIC_DELETED, re.compile(rf"topic of (?P<who>{NAME}) deleted")),
    (Mishap.TOPIC_CLOSED, re.compile(rf"topic of (?P<who>{NAME}) closed")),
    (Mishap.TOPIC_RENAMED, re.compile(rf'topic of (?P<who>{NAME}) renamed "(?P<name>.+)"')),
    (Mishap.REMOVED, re.compile(rf"(?P<who>{NAME}) removed")),
    (Mishap.ADDED, re.compile(rf"(?P<who>{NAME}) added")),
)
_PLAIN = {each.value: each for each in Mishap if each not in {kind for kind, _ in _ABOUT}}
_KNOWN = " | ".join(
    (
        "kill -9, restart | restart | +4h | at 2027-03-05 10:00 | newsletter NAME starts | survey NAME starts",
        'topic of NAME deleted | topic of NAME closed | topic of NAME renamed "NEW" | NAME removed | NAME added',
        *_PLAIN,
    )
)


def read_event(reading: Reading, event: str) -> Restarts | Moves | Begins | Befalls | None:
    """Read what stands behind the `==`; a mistake goes to *reading*, and then the result is None."""
    if event in {"kill -9, restart", "restart"}:
        return Restarts(killed=event.startswith("kill"))
    if event.startswith("+"):
        try:
            return Moves(by=parse_fixed_duration(event[1:].strip()))
        except NotADurationError as error:
            reading.fault(error.problem, error.remedy)
            return None
    if event.startswith("at "):
        moment = moment_of(event[3:].strip())
        if moment is not None:
            return Moves(to=moment.replace(tzinfo=zoneinfo.ZoneInfo(reading.zone)))
    if found := re.fullmatch(r"(newsletter|survey) (\S+) starts", event):
        return Begins(found[1], found[2])
    if event in _PLAIN:
        return Befalls(_PLAIN[event])
    for what, pattern in _ABOUT:
        if found := pattern.fullmatch(event):
            reading.know_role(found["who"], staff=what in {Mishap.REMOVED, Mishap.ADDED})
            return Befalls(what, found["who"], found.groupdict().get("name", ""))
    reading.fault(f'"{event}" cannot happen', f"write one of: {_KNOWN}")
    return None
