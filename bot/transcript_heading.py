"""The head of a `.chat` file: who is there, when and where it begins, and what the company's config says."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass, field

from bot.config_cases import read_cases
from bot.transcript_script import LANGUAGES, Actor, user_id
from domain.case_rules import CaseRules
from domain.company import Company
from domain.documents import read_document
from domain.faults import FaultList
from domain.staff import Role

NAME = r"[^\W\d_][\w-]*"
_HEADER = re.compile(
    r"(lang|at|zone|customer|staff(?! (?:to|pinned|edits)\b)|group|forum|approval|content|topics|cases)\s+(\S.*)"
)
_SETTING = re.compile(r"[a-z_.]+\s*=\s*\S.*")
_NO_DATE = dt.datetime(2027, 1, 4, 10, tzinfo=dt.UTC)
_TRAITS = frozenset({"met", "marketing", "surveys", "profiling", "no-marketing", "no-surveys", "no-profiling"})


@dataclass(slots=True)
class Reading:
    """What has been read of a file's head, and on which line the reading is; *faults* takes the mistakes."""

    where: str
    faults: FaultList
    at: dt.datetime = _NO_DATE
    zone: str = "Europe/Helsinki"
    language: str = "en"
    actors: dict[str, Actor] = field(default_factory=dict)
    switches: dict[str, bool] = field(default_factory=dict)
    content: str = ""
    topics: tuple[str, ...] = ()
    cases: dict[int, str] = field(default_factory=dict)
    number: int = 0

    def fault(self, problem: str, remedy: str) -> None:
        """Note a mistake of the line that is being read."""
        self.faults.add(self.where, self.number, None, problem, remedy)

    def know(self, who: str) -> None:
        """Note a mistake unless *who* is there, or "" for nobody in particular."""
        if who and who not in self.actors:
            present = ", ".join(self.actors) or "nobody"
            self.fault(f"{who} is not there ({present})", f"add to the header: customer {who}, or staff {who}")

    def know_role(self, who: str, *, staff: bool) -> None:
        """Like `know`; somebody of the other side is a mistake, too."""
        self.know(who)
        actor = self.actors.get(who)
        if actor is not None and (actor.role is not None) is not staff:
            side = "staff" if staff else "a customer"
            self.fault(f"{who} is not {side}", f"name somebody who is {side}")


def parts_of_head(line: str) -> list[str] | None:
    """Return what a line of the head says, part by part; None when it is no such line."""
    parts = re.split(r"\s{2,}", line)
    return parts if all(_HEADER.fullmatch(part) for part in parts) else None


def read_header(reading: Reading, part: str) -> None:
    """Read one part of the head, such as `customer Ann met`."""
    match = _HEADER.fullmatch(part)
    assert match
    key, value = match[1], match[2].strip()
    match key:
        case "lang":
            reading.language = value
        case "at" | "zone":
            _read_time(reading, key, value)
        case "customer" | "staff":
            _read_actor(reading, key, value.split())
        case "content":
            reading.content = value
        case "topics":
            reading.topics = tuple(value.split())
        case "cases":
            if _SETTING.fullmatch(value):
                reading.cases[reading.number] = value
            else:
                reading.fault(f'"{value}" sets nothing', 'write a line of the config\'s [cases]: cases settle = "7d"')
        case _ if value in {"on", "off"}:
            reading.switches[key] = value == "on"
        case _:
            reading.fault(f'"{value}" is neither on nor off', f"write {key} on or {key} off")


def _read_time(reading: Reading, key: str, value: str) -> None:
    if key == "zone" and value in zoneinfo.available_timezones():
        reading.zone = value
    elif key == "zone":
        reading.fault(f'"{value}" is no time zone', "write zone Europe/Helsinki")
    elif (moment := moment_of(value)) is not None:
        reading.at = moment
    else:
        reading.fault(f'"{value}" is no moment', "write at 2027-03-02 10:00")


def read_rules(reading: Reading) -> CaseRules:
    """
    Read the lines of the config's section [cases], one for each line of the head; "@PETE" is Pete's number.

    Their mistakes go to *reading* with their lines; then the result is not to be used.
    """
    if not reading.cases:
        return CaseRules()
    numbers = {name: str(user_id(actor, place)) for place, (name, actor) in enumerate(reading.actors.items())}
    first = min(reading.cases)
    lines = [reading.cases.get(number, "") for number in range(first, max(reading.cases) + 1)]
    text = re.sub(r"@(\w+)", lambda found: numbers.get(found[1], found[0]), "\n".join(["[cases]", *lines]))
    document = read_document(text, reading.where, reading.faults, first_line=first - 1)
    if document is None:
        return CaseRules()
    rules = read_cases(document.section("cases"), Company().first_answer, LANGUAGES)
    document.finish()
    return rules


def moment_of(text: str) -> dt.datetime | None:
    """Read the time on a clock of the transcript's zone, which is put on it at the end."""
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - the head's zone is added at the end
    except ValueError:
        return None


def _read_actor(reading: Reading, key: str, words: list[str]) -> None:
    name, *traits = words
    role = None
    if key == "staff":
        known = {each.value: each for each in Role}
        role = next((known[word] for word in traits if word in known), Role.AGENT)
        traits = [word for word in traits if word not in known]
    languages = [word for word in traits if re.fullmatch(r"[a-z]{2}", word)]
    others = frozenset(traits) - set(languages)
    wrong = others - _TRAITS
    if not re.fullmatch(NAME, name) or name in {"bot", "staff", "store", "toast"}:
        reading.fault(f'"{name}" cannot be a name', "write a first name, such as Ann")
    if wrong:
        reading.fault(f"{', '.join(sorted(wrong))} means nothing here", "write a language, met, or purposes agreed to")
    language = languages[0] if languages else reading.language
    reading.actors[name] = Actor(name, language, role, others)
