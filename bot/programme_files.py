"""Programme files: `programmes/NAME.toml`, shipped and the company's own, which win; each is one loyalty programme."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import templates
from bot.benefit_files import read_benefit
from bot.points_file import points_rules
from bot.programme_lint import lint_secrets
from domain.benefits import Give, Occasion
from domain.documents import Table, read_document
from domain.documents_values import DURATION, FLAG, LANGUAGE, NAME, Kind, choice, decimal, integer, list_of, text
from domain.faults import FaultList
from domain.programmes import (
    EVERYBODY,
    GRACE,
    Communication,
    Identify,
    Joining,
    Programme,
    ProgrammeKind,
    Targets,
    Tier,
    Told,
    missing_parts,
)
from domain.rules import CUSTOMER_RULE

SHIPPED = Path(templates.__file__).parent / "programmes"
_FILE = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")
_TITLE = text(most=40)
_TEXT = text(most=1500)
_SENTENCE = text(most=300)
_IDENTIFY: Kind[tuple[Identify, ...]] = list_of(choice(Identify), at_least=1, distinct=True)
_MESSAGES: Kind[tuple[Told, ...]] = list_of(choice(Told), distinct=True)
_OPEN_ONLY = (
    "about",
    "how",
    "invitation",
    "terms",
    "terms_version",
    "join",
    "identify",
    "points",
    "tier",
    "communication",
)
_SILENT_ONLY = ("goal", "targets", "holdout")


@dataclass(frozen=True, slots=True)
class Programmes:
    """The programmes that are published, and those that are only drafts, each by name."""

    published: tuple[Programme, ...] = ()
    drafts: tuple[Programme, ...] = ()


def load_programmes(
    content: Path | None, languages: Sequence[str], faults: FaultList, *, partly: bool = False
) -> Programmes:
    """
    Read the shipped programmes and those of the *content* folder, which win; `off = true` takes a shipped one away.

    All faults go to *faults*; with one, there are no programmes at all, or with *partly* what could be read of each, to
    judge other files by. What a draft lacks is none.
    """
    folders = [SHIPPED] if content is None else [SHIPPED, content / "programmes"]
    files = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    before = len(faults)
    found: list[Programme] = []
    for name, path in sorted(files.items()):
        where = f"{path.parent.name}/{path.name}"
        if _FILE.fullmatch(name) is None:
            faults.add(where, None, None, "is no name of a programme's file", "use a to z, 0 to 9, - and _, at most 48")
        top = read_document(path.read_bytes(), where, faults)
        if top is None:
            continue
        if not top.get("off", FLAG, False):
            tables = _Tables.of(top)
            programme = _read(name, tables)
            found.append(programme)
            if programme.published:
                _judge(programme, tables, languages)
        top.finish()
    published = tuple(each for each in found if each.published)
    if not partly:
        lint_secrets(content, published, faults)
        if len(faults) > before:
            return Programmes()
    return Programmes(published, tuple(each for each in found if not each.published))


@dataclass(frozen=True, slots=True)
class _Tables:
    """The tables of one file."""

    top: Table
    tiers: tuple[Table, ...]
    benefits: tuple[Table, ...]
    communication: Table
    targets: Table

    @classmethod
    def of(cls, top: Table) -> _Tables:
        return cls(top, top.tables("tier"), top.tables("benefit"), top.section("communication"), top.section("targets"))


def _read(name: str, tables: _Tables) -> Programme:
    top = tables.top
    kind = top.get("kind", choice(ProgrammeKind), ProgrammeKind.OPEN)
    is_open = kind is ProgrammeKind.OPEN
    for key in _SILENT_ONLY if is_open else _OPEN_ONLY:
        if key in top:
            other = "a silent programme, which nobody hears of," if is_open else "an open programme"
            top.fault(
                key, f"belongs to {other} only", f'remove it, or write kind = "{"silent" if is_open else "open"}"'
            )
    points = top.maybe_table("points")
    identify = top.get("identify", _IDENTIFY, ())
    tiers = tuple(_read_tier(each) for each in tables.tiers)
    benefits = tuple(read_benefit(each, is_open=is_open) for each in tables.benefits)
    programme = Programme(
        name=name,
        kind=kind,
        published=top.get("published", FLAG, False),
        title=_texts(top, "title", _TITLE),
        about=_texts(top, "about", _TEXT),
        how=_texts(top, "how", _TEXT),
        invitation=_texts(top, "invitation", _TEXT),
        terms=_texts(top, "terms", _TEXT),
        terms_version=top.get("terms_version", text(most=32), ""),
        join=top.get("join", choice(Joining), None),
        rule=top.get("rule", CUSTOMER_RULE, None),
        identify=frozenset(identify),
        points=None if points is None else points_rules(points),
        tiers=tiers,
        benefits=benefits,
        communication=_read_communication(tables.communication),
        goal=top.get("goal", CUSTOMER_RULE, None),
        targets=_read_targets(tables.targets),
        holdout=top.get("holdout", integer(0, 50), 0),
    )
    _judge_names(programme, tables)
    return programme


def _texts(top: Table, key: str, kind: Kind[str]) -> dict[str, str]:
    table = top.section(key)
    for language in table.keys:
        try:
            LANGUAGE.read(language)
        except ValueError:
            table.fault(language, "is no language", 'write a language code, such as "fi"')
    return table.mapping(kind)


def _read_tier(table: Table) -> Tier:
    return Tier(
        name=table.get("name", NAME),
        title=_texts(table, "title", _TITLE),
        rule=table.get("rule", CUSTOMER_RULE, EVERYBODY),
        grace=table.get("grace", DURATION, GRACE),
        how=_texts(table, "how", _SENTENCE),
        benefits=table.get("benefits", list_of(NAME, distinct=True), ()),
    )


def _read_communication(table: Table) -> Communication:
    messages = table.get("messages", _MESSAGES, ())
    return Communication(
        topic=table.get("topic", NAME, ""),
        messages=frozenset(messages),
        told=_texts(table, "told", _SENTENCE),
    )


def _read_targets(table: Table) -> Targets:
    return Targets(
        members=table.get("members", integer(1, 1_000_000_000), None),
        share=table.get("share", decimal(0, 1), None),
        investment=table.get("investment", decimal(0, 1_000_000_000), None),
    )


def _judge_names(programme: Programme, tables: _Tables) -> None:
    """Find what names something twice, or something that there is not."""
    ids = [each.id for each in programme.benefits]
    for place, table in enumerate(tables.benefits):
        if ids[place] in ids[:place]:
            table.fault("id", f'"{ids[place]}" is there twice', "give one of them another id")
    names = [each.name for each in programme.tiers]
    for place, (tier, table) in enumerate(zip(programme.tiers, tables.tiers, strict=True)):
        if tier.name in names[:place]:
            table.fault("name", f'"{tier.name}" is there twice', "give one of them another name")
        for each in tier.benefits:
            if each not in ids:
                told = f"there are {', '.join(ids)}" if ids else "there is none"
                table.fault("benefits", f'there is no benefit "{each}"', f"{told}; or write a [[benefit]] with this id")
        if not tier.title:
            table.fault("title", "is missing", 'write title.fi = "..."')
    listed = {each for tier in programme.tiers for each in tier.benefits}
    for benefit, table in zip(programme.benefits, tables.benefits, strict=True):
        if benefit.occasion is Occasion.TIER and benefit.id not in listed:
            table.fault("when", "no tier has this benefit", f'write benefits = ["{benefit.id}"] in a [[tier]]')
        untold = Told.BENEFITS not in programme.communication.messages
        if programme.is_open and programme.published and benefit.give is Give.WORDS and untold:
            table.fault("give", "members are told of no benefits", 'add "benefits" to messages in [communication]')
        if benefit.give is Give.POINTS and programme.points is None:
            table.fault("give", "the programme has no points", "add [points], or give something else")


def _judge(programme: Programme, tables: _Tables, languages: Sequence[str]) -> None:
    """Note what a published programme lacks: a part, or a text in one of the company's languages."""
    for missing in missing_parts(programme):
        outer, _, inner = missing.key.partition(".")
        table = tables.targets if inner else tables.top
        remedy = f"{missing.remedy}, or published = false while it is a draft"
        table.missing(inner or outer, inner or outer, f"{missing.problem}, so it cannot be published", remedy)
    for table, key, texts in _all_texts(programme, tables):
        for language in languages:
            if texts and language not in texts:
                table.fault(key, f"there is no text in {language}", f'write {key}.{language} = "..."')


def _all_texts(programme: Programme, tables: _Tables) -> list[tuple[Table, str, Mapping[str, str]]]:
    top = tables.top
    found = [(top, "title", programme.title)] if programme.is_open else []  # only staff read that of a silent one
    found += [(top, key, getattr(programme, key)) for key in ("about", "how", "invitation", "terms")]
    found.append((tables.communication, "told", programme.communication.told))
    for tier, table in zip(programme.tiers, tables.tiers, strict=True):
        found += [(table, "title", tier.title), (table, "how", tier.how)]
    for benefit, table in zip(programme.benefits, tables.benefits, strict=True):
        found.append((table, "say", benefit.say))
        if programme.is_open and not benefit.surprise:
            found.append((table, "title", benefit.title))
    return found
