"""`vuoro report`: satisfaction, cases and sendings of a month or some days, as staff get them in Telegram."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from pathlib import Path
from typing import Any

import click

from bot.case_report import case_report
from bot.case_report_document import COLUMNS, case_counts, case_document, case_rows
from bot.case_report_words import CaseReportWords
from bot.commands.frame import asynchronous, config_option, give_json, json_option, now, opened_store, the_config
from bot.commands.office import language_of, plain_text
from bot.commands.written_files import csv_cell
from bot.config import Config
from bot.content import load_content
from bot.report_period import Period, days_of, month_of
from bot.report_words import Reporter
from bot.staff_labels import Labels
from bot.survey_documents import survey_document
from bot.whole_report import Report, report
from domain.signals import SignalKind

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("report")
@click.argument("month", required=False, metavar="[MONTH]")
@click.option("--cases", "of_cases", is_flag=True, help="The report of cases, in detail.")
@click.option("--since", type=_DAY, metavar="DATE", help="In place of a month: from this day on.")
@click.option("--until", type=_DAY, metavar="DATE", help="With --since: to the end of this day; today when left out.")
@click.option("--csv", "as_csv", is_flag=True, help="With --cases: every figure as a row of a CSV table.")
@config_option
@json_option
@asynchronous
async def command(
    month: str | None,
    of_cases: bool,
    since: dt.datetime | None,
    until: dt.datetime | None,
    as_csv: bool,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """Show the report of MONTH, such as 2027-03; of this month so far when left out."""
    if as_csv and (as_json or not of_cases):
        raise click.UsageError("--csv goes with --cases, and not with --json")
    config = the_config(config_file)
    period = _period(month, since, until, config)
    if of_cases:
        await _cases(config, period, as_json=as_json, as_csv=as_csv)
        return
    content = load_content(config)
    async with opened_store(config) as database, database.read() as tx:
        found = await report(tx, config.company, content.library, *period)
    if as_json:
        give_json(_document(found))
        return
    reporter = Reporter(config.company, content.words, Labels(content.words, content.library, content.newsletters))
    click.echo(plain_text(reporter.report_words(found, language_of(config), on_command_line=True)))


async def _cases(config: Config, period: Period, *, as_json: bool, as_csv: bool) -> None:
    content = load_content(config)
    async with opened_store(config) as database, database.read() as tx:
        found = await case_report(tx, config.company, content.library, *period)
    if as_json:
        give_json(case_document(found))
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([csv_cell(cell, True) for cell in row] for row in case_rows(case_document(found)))
    else:
        words = CaseReportWords(config.company, content.words, Labels(content.words, content.library))
        pages = (words.summary(found, language_of(config)), words.details(found, language_of(config)))
        click.echo("\n\n".join(plain_text(page) for page in pages))


def _period(month: str | None, since: dt.datetime | None, until: dt.datetime | None, config: Config) -> Period:
    """Return the period that is asked for, by the company's clocks and at most now."""
    if since is None and until is not None:
        raise click.UsageError("--until needs --since: from when on?")
    if month and since is not None:
        raise click.UsageError("give a month or --since, not both")
    try:
        if since is not None:
            return days_of(config.company, since.date(), until.date() if until is not None else None, now())
        return month_of(config.company, month or "", now())
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None


def _document(found: Report) -> dict[str, Any]:
    return {
        "since": found.since,
        "until": found.until,
        "surveys": [survey_document(result) for result in found.surveys],
        "cases": case_counts(found.cases),
        "signals": {kind.value: found.signals.get(kind, 0) for kind in SignalKind},
        "sendings": [
            {
                "name": each.name,
                "at": each.at,
                "sent": each.sent,
                "skipped": each.skipped,
                "failed": each.failed,
                "unknown": each.unknown,
                "queued": each.queued,
            }
            for each in found.sendings
        ],
    }
