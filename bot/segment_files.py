"""Segment files: `segments/NAME.toml`, shipped and the company's own, which win; each is one segment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePath

import templates
from domain.customers import CustomerKind
from domain.documents import Table, read_document
from domain.documents_values import FLAG, Kind, MisfitError, choice, integer, list_of, shown, text
from domain.faults import Fault, FaultList, Faults
from domain.people import ContactKind
from domain.rules import CUSTOMER_RULE, RuleError, Type, parse_rule, rule_faults
from domain.rules_check import function_of
from domain.rules_tree import Call, Compared, Constant, written
from domain.segments import (
    LONGEST_NAME,
    MINIMUM_SIZE,
    USUAL_SPREAD,
    Segment,
    in_order,
    ring_of,
    unknown_segments,
)

SHIPPED = Path(templates.__file__).parent / "segments"
_NAME = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_NAME - 1}}}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")
_TITLE = text(most=LONGEST_NAME)


def segments_of_content(content: Path | None) -> tuple[Segment, ...]:
    """
    Read the shipped segments and those of the *content* folder, which win, each behind those that it asks for.

    An own file with `off = true` takes a shipped segment away. Raises `Faults` with all faults.
    """
    return load_segments(_folders(content))


def sound_segments(content: Path | None) -> tuple[tuple[Segment, ...], tuple[Fault, ...]]:
    """Read the same without those that have faults, and give the faults: `segment_at` names whose each is."""
    found, faults = _load(_folders(content))
    broken = {segment_at(fault) for fault in faults}
    return in_order(segment for segment in found if segment.name not in broken), faults


def segment_at(fault: Fault) -> str:
    """Name the segment whose file a fault is in."""
    return PurePath(fault.where).stem


def _folders(content: Path | None) -> Sequence[Path]:
    return [SHIPPED] if content is None else [SHIPPED, content / "segments"]


def load_segments(folders: Sequence[Path]) -> tuple[Segment, ...]:
    """Read every `NAME.toml` in *folders*; a later folder's file replaces an earlier one's. Raises `Faults`."""
    found, faults = _load(folders)
    if faults:
        raise Faults(faults)
    return in_order(found)


def _load(folders: Sequence[Path]) -> tuple[tuple[Segment, ...], tuple[Fault, ...]]:
    """Read them all with their faults; a file that is no TOML at all gives no segment, but may be asked for."""
    faults = FaultList()
    files = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    found: dict[str, Segment] = {}
    sources: dict[str, tuple[str, str]] = {}
    unread: set[str] = set()
    for name, path in sorted(files.items()):
        where = f"{path.parent.name}/{path.name}"
        if _NAME.fullmatch(name) is None:
            faults.add(where, None, None, "is no name of a segment's file", "use a to z, 0 to 9, - and _, at most 64")
        content = path.read_bytes()
        top = read_document(content, where, faults)
        if top is None:
            unread.add(name)
            continue
        segment, off = _read(name, top)
        top.finish()
        if not off:
            found[name] = segment
            sources[name] = where, content.decode("utf-8-sig", "replace")
    for name, segment in found.items():
        line = _line_of_rule(sources[name][1])
        unknown = unknown_segments(segment.rule.root, found.keys() | unread)
        faults.extend(rule_faults(unknown, segment.rule.text, sources[name][0], line=line, key="rule"))
        if ring := ring_of(name, found):
            told = " → ".join(ring)
            remedy = "let one of them ask for something else than a segment"
            faults.add(sources[name][0], line, "rule", f"the segment asks for itself: {told}", remedy)
    return tuple(found.values()), faults.faults


def _line_of_rule(source: str) -> int:
    lines = enumerate(source.splitlines(), start=1)
    return next((number for number, line in lines if re.match(r"\s*rule\s*=", line)), 1)


def _read(name: str, top: Table) -> tuple[Segment, bool]:
    if top.get("off", FLAG, False):
        return Segment(name, CUSTOMER_RULE.stand_in), True
    titles = top.section("title")
    for key in titles.keys:
        if _LANGUAGE.fullmatch(key) is None:
            titles.fault(key, "is no language", 'write a language code, such as "fi"')
    return (
        Segment(
            name=name,
            rule=top.get("rule", CUSTOMER_RULE),
            title=titles.mapping(_TITLE),
            kind=top.get("kind", choice(CustomerKind), CustomerKind.CONSUMER),
            contact=top.get("contact", choice(ContactKind), ContactKind.CUSTOMER),
            minimum_size=top.get("minimum_size", integer(1, 1_000_000_000), MINIMUM_SIZE),
            spread=top.get("spread", MEASURES, USUAL_SPREAD),
        ),
        False,
    )


def _read_measures(value: object) -> tuple[str, ...]:
    return _LIST.read(value) if isinstance(value, list) else (_measure(value),)


def _measure(value: object) -> str:
    """Read a measure as the left side of a comparison, which is all that the rule language has."""
    if not isinstance(value, str) or not value.strip():
        raise MisfitError(f"{shown(value)} is no measure", _WRITE)
    try:
        root = parse_rule(f"{value} >= 0", about_customers=True).root
    except RuleError:
        raise MisfitError(f"{shown(value)} is no measure of the rule language", _WRITE) from None
    if not isinstance(root, Compared) or not isinstance(root.right, Constant) or isinstance(root.left, Constant):
        raise MisfitError(f"{shown(value)} is no measure", _WRITE)
    function = function_of(root.left) if isinstance(root.left, Call) else None
    if function is not None and function.gives is not Type.NUMBER:
        raise MisfitError(f"{shown(value)} is no number", _WRITE)
    return written(root.left)


_WRITE = 'write one that gives a number, for example "spent(12m)"'
_LIST = list_of(Kind("a measure", '"spent(12m)"', "", _measure), at_least=1, distinct=True)
MEASURES: Kind[tuple[str, ...]] = Kind("one measure or a list of them", '"spent(12m)"', USUAL_SPREAD, _read_measures)
