"""Rules that have a name: `rules/NAME.rule`, shipped and the company's own. They are read at each use: no restart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import templates
from domain.faults import Fault, FaultList, Faults, did_you_mean
from domain.rules import Rule, RuleError, parse_rule, read_rule

SHIPPED = Path(templates.__file__).parent / "rules"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class NoSuchRule(Exception):  # noqa: N818 - a slip of whoever asks, not a mistake of the caller
    """A text that is neither a rule nor the name of one; `str()` says what it may mean."""


def load_rules(content: Path | None) -> Mapping[str, Rule]:
    """Read the shipped rules and those of the *content* folder, which win, by name; raises `Faults` with all faults."""
    found, faults = sound_rules(content)
    if faults:
        raise Faults(faults)
    return found


def sound_rules(content: Path | None) -> tuple[Mapping[str, Rule], tuple[Fault, ...]]:
    """Read the same without those that have faults, and give the faults, each with the name of its file."""
    faults = FaultList()
    found: dict[str, Rule] = {}
    folders = [SHIPPED] if content is None else [SHIPPED, content / "rules"]
    paths = {path.stem: path for folder in folders for path in sorted(folder.glob("*.rule"))}
    for name, path in sorted(paths.items()):
        where = f"{path.parent.name}/{path.name}"
        if _NAME.fullmatch(name) is None:
            faults.add(where, None, None, "is no name of a rule's file", "use a to z, 0 to 9, - and _")
        try:
            rule = read_rule(path.read_text(encoding="utf-8-sig"), where, faults, about_customers=True)
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            faults.add(where, line, None, "has a byte that is no UTF-8", "save the file as UTF-8")
            continue
        if rule is not None:
            found[name] = rule
    return found, faults.faults


def rule_meant(text: str, named: Mapping[str, Rule]) -> Rule:
    """Return the rule of that name, or the rule that *text* is; raises `NoSuchRule`."""
    wanted = text.strip()
    if wanted in named:
        return named[wanted]
    hint = did_you_mean(wanted, named, otherwise=f"names are {', '.join(named)}") if _NAME.fullmatch(wanted) else ""
    if hint.startswith("did you mean"):  # "car-daeler" would else be read as a subtraction
        raise NoSuchRule(f"{wanted}: is no rule and no name of one; {hint}")
    try:
        return parse_rule(wanted, about_customers=True)
    except RuleError as error:
        raise NoSuchRule(f"{error}; {hint}" if hint else str(error)) from None
