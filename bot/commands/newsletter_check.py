"""
`vuoro newsletter preflight`: everybody who would get it is rendered, with a bar, and each one who would fail is named.

`start` and `schedule` do the same check before they do anything.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.commands.frame import Refused, asynchronous, config_option, give_json, give_table, json_option, now
from bot.commands.newsletter_files import the_file
from bot.commands.newsletter_status import largest
from bot.commands.office import Office, opened_office
from bot.commands.written_files import csv_cell, refuse_taken, replacing
from bot.config import Approval
from bot.paid import Cost, cost_of
from bot.preflight import Failing, Report, preflight
from domain.newsletters import Newsletter, Sending, SendingState
from domain.rules import RuleError
from scheduler.newsletter_files import NewsletterFile
from store.ids import new_id
from templates.newsletters import missing_languages

NAMED = 20
"""How many failing recipients the terminal names; a CSV file and JSON name them all."""

_COLUMNS = ("customer", "number", "language", "file", "line", "problem", "remedy")


@click.command("preflight")
@click.argument("name")
@click.option("--csv", "file", type=click.Path(path_type=Path), help="Write each recipient who would fail to FILE.")
@click.option("--force", is_flag=True, help="Replace FILE when it is there already.")
@config_option
@json_option
@asynchronous
async def preflight_command(name: str, file: Path | None, force: bool, config_file: Path | None, as_json: bool) -> None:
    """Render newsletter NAME for everybody who would get it, and say what is wrong; exit code 1 when something is."""
    if file is not None:
        refuse_taken(file, force)
    async with opened_office(config_file) as office:
        found = the_file(office, name)
        newsletter = found.newsletter
        report = await checked(office, found, unsaved(newsletter), now())
    if file is not None:
        _write(file, report)
    warnings = _warnings(office, newsletter, report.count)
    telegram = office.config.telegram
    cost = cost_of(
        report.count,
        per_second=telegram.bulk_per_second,
        paid_per_second=telegram.paid_per_second,
        paid_stars=newsletter.paid_stars,
    )
    if as_json:
        give_json(_document(name, report, cost, warnings))
    else:
        _tell(name, report, cost, warnings)
    if report.is_sound:
        return
    if as_json:
        raise click.exceptions.Exit(1)
    raise Refused(refusal_of(name, report))


def unsaved(newsletter: Newsletter) -> Sending:
    """Return a sending of *newsletter* as it would be if it began now; nothing is stored."""
    draft = SendingState.DRAFT
    return Sending(
        new_id(), newsletter.name, newsletter.digest, draft, now(), audience=newsletter.audience, topic=newsletter.topic
    )


async def checked(office: Office, file: NewsletterFile, sending: Sending, moment: dt.datetime) -> Report:
    """Do the pre-flight of *sending*, with a bar on a terminal's standard error; raises Refused."""
    telegram = office.config.telegram
    screen = Console(stderr=True)
    columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("checking", total=None)

        async def told(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        try:
            return await preflight(
                office.database,
                office.config.company,
                office.newsletters.rendering,
                file.newsletter,
                sending,
                moment,
                progress=told,
                content=file.content,
                per_second=telegram.bulk_per_second,
            )
        except RuleError as error:
            raise Refused(f"{sending.name}: its audience cannot be found: {error}; correct its rule") from error


def refusal_of(name: str, report: Report) -> str:
    """Say why a newsletter cannot start: the first of those who would fail, and where to find them all."""
    if report.used_up and not report.failures:
        told = ", ".join(report.used_up)
        return f"{name}: its button is for coupons of {told}, whose budget is used up; raise it, or take the button out"
    lines = [str(failing) for failing in report.failing[:NAMED]]
    if report.failures > NAMED:
        lines.append(f"... and {report.failures - NAMED:,} more: vuoro newsletter preflight {name} --csv FILE")
    return "\n".join(
        [f"{name}: the message of {report.failures:,} of {report.checked:,} recipients would fail", *lines]
    )


def _tell(name: str, report: Report, cost: Cost, warnings: list[str]) -> None:
    click.echo(f"{name}: {report.count:,} would get it now, in about {_minutes(cost.takes)} min.")
    if cost.messages:
        saved = f"{_minutes(cost.takes_free)} min without"
        click.echo(f"note: {cost.messages:,} of them go above the free rate for at most {cost.stars} Stars ({saved})")
    if report.excluded:
        give_table(["left out", "n"], largest(report.excluded))
    if report.languages:
        spread = ", ".join(f"{language} {n:,}" for language, n in largest(report.languages))
        click.echo(f"checked {report.checked:,}: {spread}; the longest text has {report.longest.units} signs")
    if report.empty:
        click.echo(f"note: for {report.empty:,} the text comes out empty, and nothing is sent")
    for warning in warnings:
        click.echo(f"note: {warning}")


def _minutes(takes: dt.timedelta) -> int:
    return -(-round(takes.total_seconds()) // 60)


def _document(name: str, report: Report, cost: Cost, warnings: list[str]) -> dict[str, Any]:
    return {
        "name": name,
        "ok": report.is_sound,
        "count": report.count,
        "checked": report.checked,
        "failures": report.failures,
        "empty": report.empty,
        "used_up": list(report.used_up),
        "excluded": dict(report.excluded),
        "languages": dict(report.languages),
        "longest": {"units": report.longest.units, "customer": report.longest.customer_id},
        "seconds": round(cost.takes.total_seconds()),
        "minutes": _minutes(cost.takes),
        "stars": float(cost.stars),
        "warnings": warnings,
        "failing": [dict(zip(_COLUMNS, _row(failing), strict=True)) for failing in report.failing],
    }


def _row(failing: Failing) -> tuple[object, ...]:
    return (
        failing.customer_id,
        failing.number,
        failing.language,
        failing.file,
        failing.line,
        failing.problem,
        failing.remedy,
    )


def _write(file: Path, report: Report) -> None:
    with replacing(file) as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows([csv_cell(cell, is_free=True) for cell in _row(failing)] for failing in report.failing)
    click.echo(f"{file}: {len(report.failing):,} rows", err=True)


def _warnings(office: Office, newsletter: Newsletter, count: int) -> list[str]:
    config = office.config
    missing = missing_languages(newsletter.bodies, config.company.languages)
    found = []
    if missing:
        found.append(f"it is not written in {', '.join(missing)}: those customers get the first language's text")
    if not count:
        found.append("nobody would get it")
    if config.newsletters is Approval.SECOND_PERSON:
        found.append("a second person must approve it")
    if newsletter.schedule:
        found.append(f"it goes by itself: {newsletter.schedule}")
    return found
