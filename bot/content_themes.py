"""The themes of the content, and the rules of other files that ask for a theme which nobody has named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from domain.faults import FaultList
from domain.rules import Rule, RuleError, parse_rule, rule_faults
from domain.rules_themes import unknown_themes
from domain.themes import Theme
from scheduler.newsletter_files import NewsletterFiles
from scheduler.plans import SurveyPlan
from templates.themes import SHIPPED, load_themes


def themes_of_content(content: Path | None) -> list[Theme]:
    """Read the shipped themes and those of the *content* folder, which win; raises `Faults` with all faults."""
    return list(load_themes([SHIPPED] if content is None else [SHIPPED, content / "themes"]))


def judge_themes(
    themes: Collection[str],
    newsletters: NewsletterFiles,
    plans: Iterable[SurveyPlan],
    plan_folders: Iterable[Path],
    rules: Mapping[str, Rule],
    faults: FaultList,
) -> None:
    """Note each theme that a rule asks for and that there is not, with its file and line."""
    for name, rule in rules.items():
        faults.extend(rule_faults(unknown_themes(rule, themes), rule.text, f"rules/{name}.rule", line=1))
    for file in newsletters.all():
        for key, text in (("audience", file.newsletter.audience), ("exclude", file.newsletter.exclude)):
            _judge(text, key, themes, file.content, faults)
    files = {
        f"{path.parent.name}/{path.name}": path.read_text("utf-8", "replace")
        for each in plan_folders
        for path in each.glob("*.toml")
    }
    for plan in plans:
        _judge(plan.audience, "audience", themes, files, faults)


def _judge(text: str, key: str, themes: Collection[str], files: Mapping[str, str], faults: FaultList) -> None:
    try:
        rule = parse_rule(text) if text.strip() else None
    except RuleError:  # told where the file was read
        return
    for mistake in unknown_themes(rule, themes) if rule is not None else ():
        theme = mistake.problem.removeprefix("unknown theme ").strip('"')
        where, line = _place(theme, files)
        faults.add(where, line, key, mistake.problem, mistake.remedy)


def _place(theme: str, files: Mapping[str, str]) -> tuple[str, int | None]:
    for where, text in sorted(files.items()):
        for number, line in enumerate(text.splitlines(), start=1):
            if "said" in line and theme in line:
                return where, number
    return next(iter(sorted(files)), "rules"), None
