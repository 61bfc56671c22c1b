"""What the front matter of a newsletter's file may say, key by key; the file's texts are judged elsewhere."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialogues.taps import coupon_command, menu_tap, newsletter_tap
from domain.documents import Table
from domain.documents_values import (
    FLAG,
    NAME,
    SPAN,
    TIME,
    ZONE,
    Kind,
    MisfitError,
    choice,
    integer,
    list_of,
    matching,
    one_of,
    shown,
    text,
)
from domain.faults import did_you_mean
from domain.messages import Button, Media, MediaKind, OnUnknown
from domain.newsletters import Experiment, LatePolicy, Limits, Measure, Newsletter, OnHoliday
from domain.rules import CUSTOMER_RULE
from scheduler.newsletter_tables import read_tables
from scheduler.slots import cron_problem
from templates.markup import LINK

CANARY = 20
"""To so many a sending goes first when its file says nothing of it."""

_MOST_BUTTONS = 96  # Telegram takes a hundred, and four are every newsletter's own
_CALLBACK_LIMIT = 64  # bytes
_LARGEST_ID = 2**63 - 1
_KINDS = {
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp"), MediaKind.PHOTO),
    **dict.fromkeys((".mp4", ".mov"), MediaKind.VIDEO),
    **dict.fromkeys((".mp3", ".m4a"), MediaKind.AUDIO),
    ".gif": MediaKind.ANIMATION,
    ".ogg": MediaKind.VOICE,
}


def _read_cron(value: object) -> str:
    if not isinstance(value, str):
        raise MisfitError(f"{shown(value)} is no cron line", 'write "0 9 * * MON" (minute hour day month weekday)')
    if problem := cron_problem(value):
        raise MisfitError(problem, 'write "0 9 * * MON" (minute hour day month weekday)')
    return value


def _read_audience(value: object) -> str:
    return value if isinstance(value, str) and not value.strip() else str(CUSTOMER_RULE.read(value))


def _read_files(value: object) -> tuple[str, ...]:
    files = value if isinstance(value, list) else [value]
    for file in files:
        if not isinstance(file, str) or not file or Path(file).is_absolute() or ".." in Path(file).parts:
            raise MisfitError(f"{shown(file)} is no file beside the newsletter", 'write its name, such as "spring.jpg"')
    return tuple(files)


def _read_label(value: object) -> Mapping[str, str]:
    labels: dict[str, str] = value if isinstance(value, dict) else {"": str(value)}
    for label in labels.values():
        if not isinstance(label, str) or not label.strip() or len(label) > 64:
            raise MisfitError(f"{shown(label)} is no button's text", "write 1 to 64 signs")
    return labels


CRON: Kind[str] = Kind("a cron line", '"0 9 * * MON"', "", _read_cron)
AUDIENCE: Kind[str] = Kind("a rule, or an empty text for everybody", "'language = \"fi\"'", "", _read_audience)
_LABEL: Kind[Mapping[str, str]] = Kind("a button's text", '{ fi = "Lue", en = "Read" }', {}, _read_label)
_CAMPAIGN = matching(r"[a-z0-9][a-z0-9_-]{0,63}", "the name of a campaign's file", '"welcome"')
_ADDRESS = matching(f"(?i:{LINK.pattern})", "an address that begins with https://", '"https://example.com"')
_FILES: Kind[tuple[str, ...]] = Kind("a file beside the newsletter", '"spring.jpg"', (), _read_files)
_FIRST = integer(0, 10_000)
_PERCENT = integer(0, 100)
_VARIANTS = list_of(matching(r"[a-z][a-z0-9_-]{0,15}", "a name of at most 16 small letters and digits", '"a"'))


@dataclass(frozen=True, slots=True)
class Written:
    """What is known of a newsletter beside its front matter; all but the *name* as in its reading."""

    name: str
    bodies: Mapping[str, str]
    content: Mapping[str, str]
    folder: Path | None
    commands: Mapping[str, str]


def read_front(table: Table, written: Written) -> Newsletter:
    """Read the whole front matter; what is wrong becomes a fault of *table*, and something stands in for it."""
    schedule = table.get("schedule", CRON, "")
    zone = table.get("timezone", ZONE, None)
    if zone is not None and "schedule" not in table:
        table.fault("timezone", "has no schedule to belong to", "add schedule, or remove it")
    media = _media(table, written.folder)
    if_late = table.get("if_late", one_of("ask", "drop"), "ask")
    if "on_holiday" in table and not schedule:
        table.fault("on_holiday", "has no schedule to belong to", "add schedule, or remove it")
    unknown = table.get("unknown", one_of("never twice", "never miss"), "never twice")
    canary, canary_wait = _canary(table)
    return Newsletter(
        name=written.name,
        audience=table.get("audience", AUDIENCE, ""),
        bodies=written.bodies,
        digest=_digest(written.content, media),
        title=table.get("title", text(most=64), written.name),
        exclude=table.get("exclude", AUDIENCE, ""),
        schedule=schedule,
        timezone=zone.key if zone is not None else "",
        on_holiday=OnHoliday(table.get("on_holiday", one_of(*OnHoliday), "send")),
        late=LatePolicy(table.get("late", SPAN, LatePolicy().within), if_late == "ask"),
        on_unknown=OnUnknown(unknown.replace(" ", "_")),
        media=media,
        buttons=_buttons(table, written),
        canary=canary,
        canary_wait=canary_wait,
        limits=_limits(table.section("limits")),
        holdout=table.get("holdout", integer(0, 50), 0),
        service=table.get("service", FLAG, False),
        topic=table.get("topic", NAME, ""),
        local_time=table.get("local_time", TIME, None),
        paid_stars=table.get("paid_stars", integer(0, 1_000_000), 0),
        track_links=table.get("track_links", FLAG, False),
        experiment=_experiment(table),
        tailored=read_tables(table.section("by"), sorted(written.bodies)),
    )


def _canary(table: Table) -> tuple[int, dt.timedelta]:
    """Read `canary = 20`, or a table with *first* and *wait*: to how many it goes first, and their time to react."""
    if not _has_table(table, "canary"):
        return table.get("canary", _FIRST, CANARY), dt.timedelta(0)
    inner = table.section("canary")
    first, wait = inner.get("first", _FIRST, CANARY), inner.get("wait", SPAN, dt.timedelta(0))
    if wait and not first:
        inner.fault("wait", "waits for nobody: first is 0", "remove it, or let it go to some first")
    return first, wait


def _has_table(table: Table, key: str) -> bool:
    return isinstance(table.get(key, _ANYTHING, None), dict)


_ANYTHING: Kind[object] = Kind("anything", "", None, lambda value: value)


def _limits(table: Table) -> Limits:
    usual = Limits()
    return Limits(
        table.get("failed", _PERCENT, round(usual.failed * 100)) / 100,
        table.get("blocked", _PERCENT, round(usual.blocked * 100)) / 100,
        table.get("opted_out", _PERCENT, round(usual.opted_out * 100)) / 100,
    )


def _experiment(table: Table) -> Experiment | None:
    inner = table.maybe_table("test")
    if inner is None:
        return None
    usual = Experiment(())
    variants = inner.get("variants", _VARIANTS)
    if "variants" in inner and variants and not 2 <= len(set(variants)) == len(variants) <= 5:
        inner.fault("variants", "are not two to five different names", 'write variants = ["a", "b"]')
    return Experiment(
        variants,
        inner.get("share", integer(1, 100), round(usual.share * 100)) / 100,
        inner.get("wait", SPAN, usual.wait),
        inner.get("measure", choice(Measure), usual.measure),
    )


def _media(table: Table, folder: Path | None) -> tuple[Media, ...]:
    files = table.get("media", _FILES, ())
    if len(files) > 1:
        table.fault("media", "an album cannot carry the buttons that every newsletter has", "show one file")
    return tuple(_file(table, file, folder) for file in files)


def _file(table: Table, file: str, folder: Path | None) -> Media:
    path = (folder or Path()) / file
    if folder is not None and not path.is_file():
        table.fault("media", f"there is no file {file} beside the newsletter", "put it there, or correct the name")
    return Media(_KINDS.get(path.suffix.lower(), MediaKind.DOCUMENT), path=str(path), name=path.name)


def _buttons(table: Table, written: Written) -> tuple[tuple[Mapping[str, str], Button], ...]:
    tables = table.tables("buttons")
    if len(tables) > _MOST_BUTTONS:
        table.fault("buttons", f"are {len(tables)}, and {_MOST_BUTTONS} are allowed", "remove some")
    return tuple(_button(one, index, written) for index, one in enumerate(tables))


def _button(table: Table, index: int, written: Written) -> tuple[Mapping[str, str], Button]:
    labels, commands = table.get("label", _LABEL), written.commands
    missing = [language for language in written.bodies if language not in labels]
    if labels and missing and "" not in labels:
        among = ", ".join(missing)
        table.fault("label", f"has no text in {among}, in which the newsletter is written", f'add {missing[0]} = "..."')
    if sum(key in table for key in ("url", "dialogue", "coupon")) != 1:
        remedy = 'write url = "https://...", dialogue = "nps" or coupon = "welcome"'
        table.fault(None, "needs either url or dialogue or coupon", remedy)
    if "url" in table:
        return labels, Button("", url=table.get("url", _ADDRESS))
    if "coupon" in table:
        command, key = coupon_command(table.get("coupon", _CAMPAIGN)), "coupon"
    else:
        command, key = _command(table, commands), "dialogue"
    size = len(newsletter_tap(_LARGEST_ID, index, command).encode())
    if size > _CALLBACK_LIMIT:
        problem = f"would need {size} bytes in the button, and {_CALLBACK_LIMIT} are allowed"
        shorter = "campaign a shorter name" if key == "coupon" else "dialogue a shorter command"
        table.fault(key, problem, f"give that {shorter}")
    return labels, Button("", tap=menu_tap(command))


def _command(table: Table, commands: Mapping[str, str]) -> str:
    dialogue = table.get("dialogue", NAME, "")
    if dialogue and dialogue not in commands:
        names = did_you_mean(dialogue, commands, otherwise="give that dialogue a command in its [start]")
        table.fault("dialogue", f'"{dialogue}" is no dialogue that has a command', names)
    return commands.get(dialogue, "")


def _digest(content: Mapping[str, str], media: Sequence[Media]) -> str:
    digest = hashlib.sha256()
    for file in sorted(content):
        digest.update(f"{file}\0{content[file]}\0".encode())
    for one in media:
        path = Path(one.path)
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()
