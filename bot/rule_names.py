"""Names in rules that most likely are slips of the pen: told as notes, for what they name may come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.content import Content
from bot.content_loyalty import programmes_to_judge_by, read_loyalty
from bot.content_names import written_names
from bot.content_segments import audiences
from domain.clubs import CLUB
from domain.faults import Fault, FaultList
from domain.loyalty import Loyalty
from domain.memberships import in_programme
from domain.rules import Rule, rule_faults
from domain.rules_check import Mistake
from domain.rules_names import NamesKnown, unwritten_names
from store.database import Tx
from store.looking import Place, looked_into
from store.names_held import unheard_of_in


def names_known(content: Path | None, languages: tuple[str, ...], loyalty: Loyalty | None = None) -> NamesKnown:
    """Give what the files of the *content* folder name, also those that cannot be read as a whole."""
    read = read_loyalty(content, languages, FaultList()) if loyalty is None else loyalty
    judged = programmes_to_judge_by(content, languages, read)
    programmes = (*judged.programmes, *judged.programme_drafts)
    clubs = {CLUB + name for name in written_names("clubs", content)}
    return NamesKnown(
        clubs | {in_programme(each.name) for each in programmes},
        {each.name: [tier.name for tier in each.tiers] for each in programmes},
    )


async def unlikely_names(
    url: Place | None, content: Content, folder: Path | None, languages: tuple[str, ...]
) -> list[Fault]:
    """
    Give a note for each name in the company's own rules that no file, and nothing in the store at *url*, goes by.

    Where there is no store, only files are asked. Shipped rules name what many companies do not have: they are no slip.
    """
    known = names_known(folder, languages, content.loyalty)
    rules = list(_own_rules(content, folder))
    held: Mapping[str, tuple[Mistake, ...]] = {}
    if url is not None and rules:

        async def look(tx: Tx) -> dict[str, tuple[Mistake, ...]]:
            return {each.text: await unheard_of_in(tx, each, languages) for _, each, _ in rules}

        held = await looked_into(url, look, {})
    found: dict[Fault, None] = {}
    for key, rule, files in rules:
        for mistake in (*unwritten_names(rule.root, known), *held.get(rule.text, ())):
            found[_fault(mistake, key, rule, files)] = None
    return list(found)


def _own_rules(content: Content, folder: Path | None) -> Iterator[tuple[str, Rule, Mapping[str, str]]]:
    """Give each rule of the company's files, with its key ("" in a rule's own file) and the files it may stand in."""
    if folder is None:
        return
    own = _files(folder, "rules", "*.rule")
    for name, rule in content.rules.items():
        if (where := f"rules/{name}.rule") in own:
            yield "", rule, {where: own[where]}
    segments = _files(folder, "segments", "*.toml")
    for segment in content.segments:
        if (where := f"segments/{segment.name}.toml") in segments:
            yield "rule", segment.rule, {where: segments[where]}
    for key, rule, files in audiences(content.newsletters, content.plans, [folder / "plans"]):
        yield key, rule, files


def _files(folder: Path, kind: str, names: str) -> dict[str, str]:
    return {f"{kind}/{path.name}": path.read_text("utf-8", "replace") for path in (folder / kind).glob(names)}


def _fault(mistake: Mistake, key: str, rule: Rule, files: Mapping[str, str]) -> Fault:
    where = next(iter(sorted(files)), "rules")
    if not key:
        return rule_faults((mistake,), rule.text, where, line=1)[0]
    near = rule.text.splitlines()[mistake.place.line - 1].strip()
    places = _places(near, files)
    where, line = next(places, (where, None))
    return Fault(where, line, key, mistake.problem, mistake.remedy)


def _places(near: str, files: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for where, text in sorted(files.items()):
        for number, line in enumerate(text.splitlines(), start=1):
            if near in line.replace('\\"', '"'):
                yield where, number
