"""Where the content asks for segments: names that there are not, and audiences that are smaller than they should be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from domain.faults import Fault, FaultList
from domain.rules import Rule, RuleError, parse_rule, rule_faults
from domain.segments import Segment, segments_asked, unknown_segments
from scheduler.newsletter_files import NewsletterFiles
from scheduler.plans import SurveyPlan


def judge_segments(
    known: Collection[str],
    newsletters: NewsletterFiles,
    plans: Iterable[SurveyPlan],
    plan_folders: Iterable[Path],
    rules: Mapping[str, Rule],
    faults: FaultList,
) -> None:
    """Note each segment that a rule or an audience asks for and that there is not, with its file and line."""
    for name, rule in rules.items():
        faults.extend(rule_faults(unknown_segments(rule.root, known), rule.text, f"rules/{name}.rule", line=1))
    for key, rule, files in audiences(newsletters, plans, plan_folders):
        for mistake in unknown_segments(rule.root, known):
            where, line = _place(mistake.problem.removeprefix("unknown segment ").strip('"'), files)
            faults.add(where, line, key, mistake.problem, mistake.remedy)


def small_audiences(
    segments: Iterable[Segment],
    sizes: Mapping[str, int],
    newsletters: NewsletterFiles,
    plans: Iterable[SurveyPlan],
    plan_folders: Iterable[Path],
) -> tuple[Fault, ...]:
    """Give a note for each newsletter and survey that goes to a segment below its minimum size; by *sizes*, its own."""
    below = {each.name: each for each in segments if sizes.get(each.name, each.minimum_size) < each.minimum_size}
    found: list[Fault] = []
    for key, rule, files in audiences(newsletters, plans, plan_folders):
        for name in segments_asked(rule.root) if key == "audience" else ():
            if name in below:
                where, line = _place(name, files)
                problem = f'the segment "{name}" has {sizes[name]} members, and its minimum size is '
                remedy = "widen its rule, or lower its minimum_size if so few may be told apart"
                found.append(Fault(where, line, key, f"{problem}{below[name].minimum_size}", remedy))
    return tuple(dict.fromkeys(found))


def audiences(
    newsletters: NewsletterFiles, plans: Iterable[SurveyPlan], plan_folders: Iterable[Path]
) -> Iterator[tuple[str, Rule, Mapping[str, str]]]:
    """Give each rule that says who gets something, with its key and the files that it may stand in."""
    for file in newsletters.all():
        for key, text in (("audience", file.newsletter.audience), ("exclude", file.newsletter.exclude)):
            if (rule := _rule(text)) is not None:
                yield key, rule, file.content
    files = {
        f"{path.parent.name}/{path.name}": path.read_text("utf-8", "replace")
        for each in plan_folders
        for path in each.glob("*.toml")
    }
    for plan in plans:
        if (rule := _rule(plan.audience)) is not None:
            yield "audience", rule, files


def _rule(text: str) -> Rule | None:
    try:
        return parse_rule(text) if text.strip() else None
    except RuleError:  # told where the file was read
        return None


def _place(segment: str, files: Mapping[str, str]) -> tuple[str, int | None]:
    for where, text in sorted(files.items()):
        for number, line in enumerate(text.splitlines(), start=1):
            if "segment" in line and segment in line:
                return where, number
    return next(iter(sorted(files)), "rules"), None
