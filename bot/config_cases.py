"""Reading the config's section [cases]: clocks by category and customer, desks, floods, digest, causes and routes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping

from bot.config_values import LABEL
from domain.case_rules import Assignment, CaseRules, ClockRule
from domain.documents import Table, read_document
from domain.documents_values import SPAN, TEXT, TIME, Kind, MisfitError, choice, decimal, integer, list_of, shown, text
from domain.durations import NotADurationError, parse_fixed_duration
from domain.faults import Fault, FaultList, did_you_mean
from domain.rules import CUSTOMER_RULE

NONE = "none"
_NAME = re.compile(r"[a-z0-9_-]{1,32}", re.ASCII)  # a cause's name stands in the data behind a button
_LONGEST = dt.timedelta(days=60)
_LONGEST_ROUTE = 600


def _read_promise(value: object) -> dt.timedelta:
    try:
        span = parse_fixed_duration(value if isinstance(value, str) else "")
    except NotADurationError as error:
        problem = error.problem if isinstance(value, str) else f"{shown(value)} is no duration"
        raise MisfitError(problem, error.remedy) from None
    if not dt.timedelta(minutes=1) <= span <= _LONGEST:
        raise MisfitError(f"{shown(value)} is no time to promise", 'write 1min to 60d of opening time, as in "4h"')
    return span


def _read_resolution(value: object) -> dt.timedelta | None:
    return None if value == NONE else _read_promise(value)


def _read_digest(value: object) -> dt.time | None:
    return None if value == NONE else TIME.read(value)


_PROMISE = Kind("a duration in opening time", '"4h"', dt.timedelta(hours=1), _read_promise)
_RESOLUTION: Kind[dt.timedelta | None] = Kind(f'a duration or "{NONE}"', '"40h"', None, _read_resolution)
_DIGEST: Kind[dt.time | None] = Kind(f'a time of day or "{NONE}"', '"08:45"', None, _read_digest)
_CATEGORIES = list_of(text(most=64), distinct=True)
_DESK = list_of(integer(1), at_least=1, distinct=True)


def read_cases(table: Table, first_answer: dt.timedelta, languages: Collection[str]) -> CaseRules:
    """Read the section; *first_answer* is the company's own, which a clock promises that has none itself."""
    default = CaseRules()
    return CaseRules(
        clocks=tuple(_clock(each, first_answer) for each in table.tables("clocks")),
        warn_at=float(table.get("warn_at", decimal(0, 1), default.warn_at)),
        settle=table.get("settle", SPAN, default.settle),
        reopen=table.get("reopen", SPAN, default.reopen),
        assign=table.get("assign", list_of(choice(Assignment), distinct=True), default.assign),
        desks=table.section("desks").mapping(_DESK),
        flood=table.get("flood", integer(1, 10_000), default.flood),
        digest=table.get("digest", _DIGEST, default.digest),
        causes=_causes(table.section("causes")),
        routes=_routes(table.section("routes"), languages),
    )


def unknown_categories(content: bytes, where: str, known: Collection[str]) -> tuple[Fault, ...]:
    """
    Return a warning for each category in the section that is none of *known*, with file and line.

    It is no fault: a case may get any category by the command line. But a clock or desk of a misspelt one is idle.
    """
    found = FaultList()
    top = read_document(content, where, FaultList())
    if top is None or not known:
        return ()
    table = top.section("cases")
    desks = table.section("desks")
    for name in desks.keys:
        _warn(desks, found, name, desks.name + "." + name, name, known)
    for clock in table.tables("clocks"):
        categories: tuple[str, ...] = clock.get("categories", _CATEGORIES, ())
        for name in categories:
            _warn(clock, found, "categories", f"{clock.name}.categories", name, known)
    return found.faults


def _warn(table: Table, found: FaultList, key: str, full: str, name: str, known: Collection[str]) -> None:
    spelt = {name, name.replace("-", "_"), name.replace("_", "-")}
    if spelt.isdisjoint(known):
        remedy = did_you_mean(name, known, otherwise=f"there are {', '.join(sorted(known))}")
        found.add(table.where, table.line(key), full, f'no dialogue makes a case of the category "{name}"', remedy)


def _clock(table: Table, first_answer: dt.timedelta) -> ClockRule:
    default = ClockRule()
    categories: tuple[str, ...] = table.get("categories", _CATEGORIES, ())
    return ClockRule(
        name=table.get("name", TEXT, default.name),
        categories=frozenset(categories),
        audience=table.get("for", CUSTOMER_RULE, None),
        first_answer=table.get("first_answer", _PROMISE, first_answer),
        next_answer=table.get("next_answer", _PROMISE, default.next_answer),
        resolution=table.get("resolution", _RESOLUTION, default.resolution),
    )


def _causes(table: Table) -> dict[str, Mapping[str, str]]:
    found = table.mapping(LABEL)
    for name in found:
        if _NAME.fullmatch(name) is None:
            table.fault(name, "is no name for a cause", "use up to 32 of a-z, 0-9, _ and -, as in late_courier")
    return found


def _routes(table: Table, languages: Collection[str]) -> dict[str, str]:
    found = table.mapping(text(most=_LONGEST_ROUTE))
    for language in found:
        if language not in languages:
            spoken = f"the bot speaks {', '.join(languages)}: see [company] languages"
            table.fault(language, "is no language of ours", did_you_mean(language, languages, otherwise=spoken))
    return found
