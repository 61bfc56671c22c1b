"""Event files: `events/NAME.toml`, shipped and the company's own, which win; each is one event with its guests."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import templates
from domain.documents import Table, read_document
from domain.documents_values import FLAG, LANGUAGE, SPAN, Kind, MisfitError, choice, integer, text, unfit
from domain.events import LONGEST_NAME, PLACES, Event, Invite
from domain.faults import FaultList, did_you_mean
from domain.rules import CUSTOMER_RULE, RuleError, parse_rule
from domain.rules_tree import Call, Compared, Constant, Expression, written

SHIPPED = Path(templates.__file__).parent / "events"
IN_A_STORE = frozenset({"spent", "visits", "purchases"})
"""What can be measured by the purchases in one store."""

_FILE = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_NAME - 1}}}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")
_TITLE = text(most=80)
_TEXT = text(most=2000)
_MOST_PLACES = 10_000


def load_events(
    content: Path | None, languages: Sequence[str], campaigns: Collection[str], faults: FaultList
) -> tuple[Event, ...]:
    """
    Read the shipped events and those of the *content* folder, which win, by name; note every fault.

    An own file with `off = true` takes a shipped event away. *campaigns* are the names that an event may give coupons
    of. With a fault there are no events at all.
    """
    folders = [SHIPPED] if content is None else [SHIPPED, content / "events"]
    files = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    before = len(faults)
    found: list[Event] = []
    for name, path in sorted(files.items()):
        where = f"{path.parent.name}/{path.name}"
        if _FILE.fullmatch(name) is None:
            remedy = f"use a to z, 0 to 9, - and _, at most {LONGEST_NAME}"
            faults.add(where, None, None, "is no name of an event's file", remedy)
        top = read_document(path.read_bytes(), where, faults)
        if top is None:
            continue
        off = top.get("off", FLAG, False)
        if not off or len(top.keys) > 1:
            event = _read(name, top, () if path.parent == SHIPPED else languages, campaigns)
            found += [] if off else [event]
        top.finish()
    return tuple(found) if len(faults) == before else ()


def _read(name: str, top: Table, languages: Sequence[str], campaigns: Collection[str]) -> Event:
    starts = top.get("starts", MOMENT)
    answer_by = top.get("answer_by", MOMENT, None)
    invite_from = top.get("invite_from", MOMENT, None)
    for key, moment, other in (("answer_by", answer_by, starts), ("invite_from", invite_from, answer_by or starts)):
        if moment is not None and moment.replace(tzinfo=None) > other.replace(tzinfo=None):
            top.fault(key, f"{moment:%Y-%m-%d %H:%M} is after {other:%Y-%m-%d %H:%M}", "let it be before that")
    campaign = top.get("campaign", text(most=64), "")
    if campaign and campaign not in campaigns:
        remedy = did_you_mean(campaign, sorted(campaigns), otherwise="write the name of a file that there is")
        top.fault("campaign", f'there is no campaign "{campaign}"', remedy)
    store, invite = top.get("store", text(most=64), ""), top.get("invite", choice(Invite), Invite.BEST)
    by, among = top.get("by", MEASURE, None), top.get("among", CUSTOMER_RULE, None)
    if invite is Invite.BEST and by is None and "by" not in top:
        top.missing("by", None, "does not say by what guests are the best", "add by = 'spent(12m)'")
    if invite is Invite.RULE and by is not None:
        top.fault("by", "nobody is ranked where a rule invites", 'remove it, or write invite = "best"')
    if invite is Invite.RULE and among is None and "among" not in top:
        top.missing(
            "among", None, "has no rule by which guests are invited", "add among = 'member(\"programme:plus\")'"
        )
    if store and by is not None and not is_for_store(by):
        top.fault("by", f"{written(by)} cannot be measured in one store", "write 'spent(12m)' or 'visits(12m)'")
    places = top.get("places", integer(1, _MOST_PLACES), PLACES)
    return Event(
        name=name,
        title=_texts(top, "title", _TITLE, languages),
        text=_texts(top, "text", _TEXT, languages),
        starts=starts,
        answer_by=answer_by or starts - dt.timedelta(days=2),
        place=top.get("place", text(most=200), ""),
        store=store,
        places=places,
        reserve=top.get("reserve", integer(0, _MOST_PLACES), places),
        invite=invite,
        by=by,
        among=among,
        invite_from=invite_from,
        reminder=top.get("reminder", SPAN, dt.timedelta(days=1)),
        campaign=campaign,
        published=top.get("published", FLAG, False),
        cancelled=top.get("cancelled", FLAG, False),
    )


def is_for_store(by: Expression) -> bool:
    """Say whether a measure can be taken of the purchases in one store."""
    if not isinstance(by, Call) or by.function not in IN_A_STORE:
        return False
    return len(by.arguments) + len(by.named) <= 1 and all(name != "group" for name, _ in by.named)


def _texts(top: Table, key: str, kind: Kind[str], languages: Sequence[str]) -> Mapping[str, str]:
    """Read a text per language; an own file has at least the company's first one."""
    table = top.table(key)
    for each in table.keys:
        if _LANGUAGE.fullmatch(each) is None:
            table.fault(each, "is no language", f"write a language code, such as {LANGUAGE.example}")
    found: dict[str, str] = table.mapping(kind)
    if languages and languages[0] not in found:
        top.fault(
            key, f"has no text in the company's first language, {languages[0]}", f'add {key}.{languages[0]} = "..."'
        )
    return found


def _read_moment(value: object) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", value, re.ASCII):
        try:
            return dt.datetime.fromisoformat(value)
        except ValueError:
            pass
    raise unfit(value, "a date with a time of day", "2027-04-10T18:00:00")


def _read_measure(value: object) -> Expression:
    if not isinstance(value, str) or not value.strip():
        raise unfit(value, "a measure that gives a number", "'spent(12m)'")
    try:
        root = parse_rule(f"{value.strip()} > 0", about_customers=True).root
    except RuleError as error:
        mistake = error.mistakes[0]
        raise MisfitError(f"is no measure: {mistake.problem}", mistake.remedy) from None
    if not isinstance(root, Compared) or not isinstance(root.right, Constant):
        raise MisfitError("is a rule, and a number is needed", "write a measure, for example 'spent(12m)'")
    return root.left


MOMENT: Kind[dt.datetime] = Kind(
    "a date with a time of day",
    "2027-04-10T18:00:00",
    dt.datetime(2000, 1, 1, tzinfo=dt.UTC),
    _read_moment,
)
MEASURE: Kind[Expression] = Kind("a measure that gives a number", "'spent(12m)'", Call("spent"), _read_measure)
