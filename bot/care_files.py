"""Care plan files: `care/NAME.toml`, shipped and the company's own, which win; each is one plan of actions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import templates
from domain.care import LONGEST_ACTION, LONGEST_PLAN, CareAction, CareKind, CarePlan
from domain.care_days import DayUnreadError, When, read_day
from domain.contacts import Channel
from domain.documents import Table, read_document
from domain.documents_values import (
    FLAG,
    NAME,
    TIME,
    ZONE,
    Kind,
    MisfitError,
    choice,
    decimal,
    integer,
    list_of,
    matching,
    one_of,
    shown,
    text,
    unfit,
)
from domain.durations import NotADurationError, parse_fixed_duration
from domain.faults import FaultList
from domain.money import minor_digits
from domain.rules import CUSTOMER_RULE
from domain.staff import Role
from scheduler.care_slots import ByCron
from scheduler.newsletter_front import CRON
from templates.newsletters import OWN, lint

SHIPPED = Path(templates.__file__).parent / "care"
OWNER = "owner of the customer"
_PLAN = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_PLAN - 1}}}")
_LATE = re.compile(r"up to (\S+) late, else (ask|skip)")
_LONGEST_LEAD = dt.timedelta(days=180)
_LEAP_YEAR, _HOURS = 2028, 366 * 24
_TITLE = text(most=64)
_ID = matching(
    rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_ACTION - 1}}}",
    f"a name of at most {LONGEST_ACTION} small letters, digits, - and _",
    '"christmas-lunch"',
)
_RANDOM_OWNER = f'"{OWNER}", a role ("manager") or a staff member\'s number'


def read_care(
    content: Path | None, languages: tuple[str, ...], currency: str, faults: FaultList
) -> tuple[CarePlan, ...]:
    """
    Read the shipped plans and those of the *content* folder, which win; note every fault.

    An own file with `off = true` takes a shipped one away; `on = false` keeps a plan without doing what it says. A
    plan with a fault is left out as a whole.
    """
    folders = [SHIPPED] if content is None else [SHIPPED, content / "care"]
    files = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    plans: list[CarePlan] = []
    for name, path in sorted(files.items()):
        where, before = f"{path.parent.name}/{path.name}", len(faults)
        if not is_plan_name(name):
            remedy = f"use a to z, 0 to 9, - and _, at most {LONGEST_PLAN}"
            faults.add(where, None, None, "is no name of a plan's file", remedy)
        top = read_document(path.read_bytes(), where, faults)
        if top is None:
            continue
        off = top.get("off", FLAG, False)
        plan = None if off else _read(name, top, languages, currency, faults)
        top.finish()
        if plan is not None and len(faults) == before:
            plans.append(plan)
    return tuple(plans)


def _read(name: str, top: Table, languages: tuple[str, ...], currency: str, faults: FaultList) -> CarePlan:
    on = top.get("on", FLAG, True)
    zone = top.get("timezone", ZONE, None)
    tables = top.tables("action")
    actions = tuple(
        _action(table, zone.key if zone is not None else "", languages, currency, faults) for table in tables
    )
    seen: set[str] = set()
    for table, action in zip(tables, actions, strict=True):
        if action.id and action.id in seen:
            table.fault("id", f'"{action.id}" stands in the plan twice', "give each action an id of its own")
        seen.add(action.id)
    if not actions:
        top.fault(
            "action", "is missing: the plan does nothing", "add [[action]] with id, title, channel, kind and when"
        )
    return CarePlan(
        name=name,
        title=_texts(top, "title", _TITLE, languages, required=True),
        audience=top.get("audience", _AUDIENCE) if on else top.get("audience", _AUDIENCE_OR_NONE, ""),
        actions=actions,
        owner=top.get("owner", _OWNER, ""),
        stand_in=top.get("stand_in", _STAND_IN, Role.MANAGER.value),
        on=on,
        where=top.where,
        audience_line=top.line("audience") or 1,
    )


def _action(table: Table, zone: str, languages: tuple[str, ...], currency: str, faults: FaultList) -> CareAction:
    kind = _kind(table)
    own = table.get("timezone", ZONE, None)
    late, ask = table.get("late", _LATE_POLICY, (dt.timedelta(days=5), True))
    lead = table.get("lead", _LEAD, dt.timedelta())
    if lead and kind is not CareKind.TASK:
        table.fault("lead", "is for tasks: a message goes on its day", "remove it, or choose an earlier day")
    texts = _texts(table, "text", text(most=4096), languages, required=True) if kind is CareKind.MESSAGE else {}
    for language, body in texts.items():
        line = table.section("text").content_line(language) or table.line("text") or 1
        lint(body, language, table.where, faults, line=line, names=OWN)
    otherwise = table.get("else", one_of("task", "skip"), "skip")
    if otherwise == "task" and kind is not CareKind.MESSAGE:
        table.fault("else", "is for messages: who cannot be reached is called", "remove it")
    rule = table.get("only_if", CUSTOMER_RULE, None)
    return CareAction(
        id=table.get("id", _ID),
        title=_texts(table, "title", _TITLE, languages, required=True),
        channel=_channel(table, kind),
        kind=kind,
        when=_when(table),
        zone=own.key if own is not None else zone,
        only_if=rule.text if rule is not None else "",
        text=texts,
        newsletter=table.get("newsletter", NAME, ""),
        survey=table.get("survey", NAME, ""),
        late=late,
        ask_late=ask,
        lead=lead,
        cost=int(table.get("cost", decimal(0, 1_000_000), 0) * 10 ** minor_digits(currency)),
        otherwise="task" if otherwise == "task" else "",
        line=table.line("only_if") or table.line() or 1,
    )


def _kind(table: Table) -> CareKind:
    named = [kind for kind in (CareKind.NEWSLETTER, CareKind.SURVEY) if kind.value in table]
    if len(named) == 2:
        table.fault("survey", "does not go with newsletter", "make two actions of them")
    kind = table.get("kind", choice(CareKind), named[0] if named else None)
    if kind is None:
        table.fault("kind", "is missing", 'add kind = "task" (people do it) or "message", or newsletter = "NAME"')
        return CareKind.TASK
    for each in (CareKind.NEWSLETTER, CareKind.SURVEY):
        if kind is each and each.value not in table:
            table.fault(each.value, "is missing", f'add {each.value} = "NAME"')
        elif kind is not each and each in named:
            table.fault(each.value, f"does not go with kind = {shown(kind.value)}", "remove one of them")
    if "text" in table and kind is not CareKind.MESSAGE:
        table.fault("text", "is for messages", 'write kind = "message", or remove it')
        table.section("text").mapping(text())
    return kind


def _channel(table: Table, kind: CareKind) -> Channel:
    if kind is CareKind.TASK:
        return table.get("channel", choice(Channel))
    channel = table.get("channel", choice(Channel), Channel.TELEGRAM)
    if channel is not Channel.TELEGRAM:
        table.fault("channel", "is what we send ourselves, and that is Telegram", 'write channel = "telegram"')
    return channel


def _when(table: Table) -> tuple[When, ...]:
    if ("when" in table) == ("cron" in table):
        table.fault("when", "needs either when or cron", 'write when = "first Tuesday of March" or cron = "0 9 1 * *"')
    if "cron" in table:
        for key in ("at", "repeat"):
            if key in table:
                table.fault(key, "is in the cron line already", "remove it")
        cron = ByCron(table.get("cron", CRON))
        if cron.line and len(cron.walls(_LEAP_YEAR)) > _HOURS:
            table.fault(
                "cron", "comes more often than once an hour, and a plan is for people", "let it come less often"
            )
        return (cron,)
    if "when" not in table:
        return ()
    time = table.get("at", TIME, dt.time(9))
    repeat = table.maybe_table("repeat")
    years = repeat.get("years", integer(1, 20)) if repeat is not None else 1
    since = repeat.get("from", integer(2000, 2200)) if repeat is not None else 0
    found: list[When] = []

    def read(value: object) -> str:
        if not isinstance(value, str):
            value = str(value) if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else value
        if not isinstance(value, str):
            raise unfit(value, "a day", '"first Tuesday of March"')
        try:
            found.append(read_day(value, time, years=years, since=since))
        except DayUnreadError as error:
            raise MisfitError(error.problem, error.remedy) from None
        return value

    day = Kind("a day", '"first Tuesday of March"', "", read)
    several = list_of(day, at_least=1)

    def read_all(value: object) -> tuple[str, ...]:
        return several.read(value) if isinstance(value, list) else (day.read(value),)

    kind: Kind[tuple[str, ...]] = Kind("a day, or a list of them", day.example, (), read_all)
    table.get("when", kind)
    return tuple(found)


def _texts(table: Table, key: str, kind: Kind[str], languages: tuple[str, ...], *, required: bool) -> Mapping[str, str]:
    inner = table.section(key)
    found = inner.mapping(kind)
    for language in found:
        if re.fullmatch(r"[a-z]{2,3}(?:-[A-Z]{2})?", language) is None:
            inner.fault(language, "is no language", 'write a language code, such as "fi"')
    if required and languages[0] not in found:
        inner.fault(languages[0], "is missing", f'add {languages[0]} = "...": it is the company\'s first language')
    return found


def _read_owner(value: object) -> str:
    return "" if value == OWNER else _read_stand_in(value)


def _read_stand_in(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    if isinstance(value, str) and value in {role.value for role in Role}:
        return value
    raise unfit(value, _RANDOM_OWNER, f'"{OWNER}"')


def _read_late(value: object) -> tuple[dt.timedelta, bool]:
    found = _LATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise unfit(value, "how late it may begin, and what then", '"up to 5d late, else ask"')
    try:
        return parse_fixed_duration(found[1]), found[2] == "ask"
    except NotADurationError as error:
        raise MisfitError(error.problem, error.remedy) from None


def _read_lead(value: object) -> dt.timedelta:
    if not isinstance(value, str):
        raise unfit(value, "a time before the day", '"14d"')
    try:
        lead = parse_fixed_duration(value)
    except NotADurationError as error:
        raise MisfitError(error.problem, error.remedy) from None
    if lead > _LONGEST_LEAD:
        raise MisfitError(f"{shown(value)} is longer than half a year", "write a shorter time")
    return lead


def _read_audience(value: object) -> str:
    if isinstance(value, str) and not value.strip():
        remedy = "write a rule, such as 'segment(\"key\")' or 'picture.class = \"keep\"', or on = false"
        raise MisfitError("is empty, and a plan is for somebody", remedy)
    return CUSTOMER_RULE.read(value).text


def _read_audience_or_none(value: object) -> str:
    return "" if isinstance(value, str) and not value.strip() else CUSTOMER_RULE.read(value).text


_AUDIENCE: Kind[str] = Kind("a rule", "'picture.class = \"keep\"'", "", _read_audience)
_AUDIENCE_OR_NONE: Kind[str] = Kind("a rule", "'picture.class = \"keep\"'", "", _read_audience_or_none)
_OWNER: Kind[str] = Kind(_RANDOM_OWNER, f'"{OWNER}"', "", _read_owner)
_STAND_IN: Kind[str] = Kind("a role or a staff member's number", '"manager"', "", _read_stand_in)
_LATE_POLICY: Kind[tuple[dt.timedelta, bool]] = Kind(
    "how late it may begin, and what then", '"up to 5d late, else ask"', (dt.timedelta(), True), _read_late
)
_LEAD: Kind[dt.timedelta] = Kind("a time before the day", '"14d"', dt.timedelta(), _read_lead)


def plan_called(plans: Sequence[CarePlan], name: str) -> CarePlan | None:
    """Find a plan by its file's name."""
    return next((plan for plan in plans if plan.name == name), None)


def is_plan_name(name: str) -> bool:
    """Say whether a plan's file may be called so."""
    return _PLAN.fullmatch(name) is not None
