"""Programmes as JSON documents and as text, for `vuoro programme`."""

from __future__ import annotations

from typing import Any

import click

from bot.commands.frame import give_table
from bot.config import Config
from bot.programmes import ProgrammeLine, ProgrammeReport, investment_left
from domain.languages import in_language
from domain.money import major_units
from insight.effects import Gap, Rate


def line_document(line: ProgrammeLine) -> dict[str, Any]:
    """Give one programme as a JSON document."""
    programme = line.programme
    return {
        "name": programme.name,
        "kind": programme.kind.value,
        "published": line.published,
        "title": dict(programme.title),
        "join": None if programme.join is None else programme.join.value,
        "rule": None if programme.rule is None else str(programme.rule),
        "goal": None if programme.goal is None else str(programme.goal),
        "members": line.members,
        "joined_30_days": line.joined,
        "held_out": line.held_out,
        "tiers": [
            {
                "name": tier.name,
                "rule": str(tier.rule),
                "grace": str(tier.grace),
                "members": line.tiers.get(tier.name, 0),
                "benefits": list(tier.benefits),
            }
            for tier in programme.tiers
        ],
        "benefits": [
            {
                "id": each.id,
                "form": each.form.value,
                "bond": each.bond.value,
                "when": each.cron or each.occasion.value,
                "give": each.give.value,
                "surprise": each.surprise,
                "cost": str(each.cost),
                "qualities": dict(each.qualities),
            }
            for each in programme.benefits
        ],
        "missing": [{"key": part.key, "problem": part.problem, "remedy": part.remedy} for part in line.missing],
    }


def report_document(report: ProgrammeReport, currency: str) -> dict[str, Any]:
    """Give a report as a JSON document; amounts in major units."""
    document: dict[str, Any] = {
        "programme": line_document(report.line),
        "moves_30_days": [
            {"before": before, "after": after, "count": count} for (before, after), count in report.moves.items()
        ],
        "given": [
            {"benefit": each.name, "count": each.count, "cost": _money(each.cost, currency)} for each in report.benefits
        ],
        "cost": _money(report.cost, currency),
        "cost_12_months": _money(report.cost_year, currency),
    }
    if report.effects is not None:
        targets = report.line.programme.targets
        left = investment_left(report, currency)
        document["silent"] = {
            "targets": {
                "members": targets.members,
                "share": _text(targets.share),
                "investment": _text(targets.investment),
            },
            "investment_left": _text(left),
            "goal": _rate(report.goal),
            "goal_compared": _rate(report.goal_compared),
            "goal_difference": _gap(report.goal_gap),
            "compared_with": "held out" if report.effects.held_out else "rule holds, not in",
            "spent_before": _money(report.effects.members.spent_before, currency),
            "spent_after": _money(report.effects.members.spent_after, currency),
            "gain_per_member_90_days": _gap(report.gain, currency),
        }
    return document


def print_show(line: ProgrammeLine, config: Config) -> None:
    """Write a programme for people."""
    programme, default = line.programme, config.company.default_language
    state = "published" if line.published else "a draft"
    title = in_language(programme.title, default, default) or "without a name"
    click.echo(f"{programme.name}: {title} ({programme.kind.value}, {state})")
    if programme.rule is not None:
        click.echo(f"{'Invited' if programme.is_open else 'Chosen'} by: {programme.rule}")
    if programme.goal is not None:
        click.echo(f"Goal: {programme.goal}")
    click.echo(f"Members: {line.members}, {line.joined} of them new in 30 days; held out: {line.held_out}")
    if programme.tiers:
        give_table(
            ["tier", "members", "rule", "grace", "benefits"],
            [(t.name, line.tiers.get(t.name, 0), t.rule, t.grace, ", ".join(t.benefits)) for t in programme.tiers],
        )
    if programme.benefits:
        give_table(
            ["benefit", "when", "given as", "form", "bond", "cost", "surprise", "qualities"],
            [
                (
                    each.id,
                    each.cron or each.occasion.value,
                    each.give.value,
                    each.form.value,
                    each.bond.value,
                    each.cost,
                    "yes" if each.surprise else "",
                    ", ".join(name for name, value in each.qualities.items() if value),
                )
                for each in programme.benefits
            ],
        )
    for part in line.missing:
        click.echo(f"missing: {part.key}: {part.problem}; {part.remedy}")


def print_report(report: ProgrammeReport, currency: str) -> None:
    """Write a report for people."""
    line, effects = report.line, report.effects
    click.echo(f"{line.programme.name}: {line.members} members, {line.joined} of them new in 30 days.")
    for (before, after), count in sorted(report.moves.items()):
        click.echo(f"  {before or 'new'} → {after}: {count} in 30 days")
    for each in report.benefits:
        click.echo(f"  {each.name}: given {each.count} times, {_money(each.cost, currency)} {currency}")
    all_time, year = _money(report.cost, currency), _money(report.cost_year, currency)
    click.echo(f"Given altogether: {all_time} {currency}; in 12 months {year}.")
    if effects is None:
        return
    targets = line.programme.targets
    if targets.members is not None:
        click.echo(f"Members: {line.members} of {targets.members} wanted.")
    wanted = "" if targets.share is None else f", wanted {100 * targets.share:.0f} %"
    click.echo(f"At the goal: {_told_rate(report.goal)} of the members{wanted}.")
    others = "who were held out" if effects.held_out else "for whom the rule holds and who are not in"
    click.echo(f"Of those {others}: {_told_rate(report.goal_compared)}.")
    if report.goal_gap is not None and report.goal_gap.value is not None:
        gap = report.goal_gap
        click.echo(
            f"Difference: {_percent(gap.value)} ({_percent(gap.low)} to {_percent(gap.high)}) percentage points."
        )
    gain = report.gain
    if gain is not None and gain.value is not None:
        low, high = _money(round(gain.low or 0), currency), _money(round(gain.high or 0), currency)
        told = f"{_money(round(gain.value), currency)} {currency} ({low} to {high})"
        click.echo(f"Each member spends {told} more in 90 days than those compared, after joining against before.")
    else:
        click.echo("Money: too few, or too lately joined, to say what they spend more.")
    left = investment_left(report, currency)
    if left is not None:
        told = (
            f"{left} {currency} of the investment are left" if left >= 0 else f"{-left} {currency} over the investment"
        )
        click.echo(f"This year: {told}.")


def _told_rate(value: Rate | None) -> str:
    if value is None or value.share is None:
        return f"{0 if value is None else value.count} of {0 if value is None else value.n}"
    return f"{value.count} of {value.n}, {_percent(value.share)} % ({_percent(value.low)} to {_percent(value.high)})"


def _percent(value: float | None) -> str:
    return "?" if value is None else f"{100 * value:.1f}"


def _rate(value: Rate | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"count": value.count, "n": value.n, "share": value.share, "low": value.low, "high": value.high}


def _gap(value: Gap | None, currency: str | None = None) -> dict[str, Any] | None:
    if value is None or value.value is None:
        return None
    parts = {"value": value.value, "low": value.low, "high": value.high}
    if currency is None:
        return dict(parts)
    return {name: None if part is None else _money(round(part), currency) for name, part in parts.items()}


def _money(minor: int, currency: str) -> str:
    return str(major_units(minor, currency))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
