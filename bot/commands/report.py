"""`vuoro report`: satisfaction, cases and sendings of a month, as staff get them in Telegram."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bot.commands.frame import asynchronous, config_option, give_json, json_option, now, opened_store, the_config
from bot.commands.office import language_of, plain_text
from bot.config import Config
from bot.content import load_content
from bot.report import Report, months_before, report
from bot.report_words import Reporter
from bot.staff_labels import Labels
from bot.survey_documents import survey_document
from domain.signals import SignalKind


@click.command("report")
@click.argument("month", required=False, metavar="[MONTH]")
@config_option
@json_option
@asynchronous
async def command(month: str | None, config_file: Path | None, as_json: bool) -> None:
    """Show the report of MONTH, such as 2027-03; of this month so far when left out."""
    config = the_config(config_file)
    since, until = _period(month, config)
    content = load_content(config)
    async with opened_store(config) as database, database.read() as tx:
        found = await report(tx, config.company, content.library, since, until)
    if as_json:
        give_json(_document(found))
        return
    reporter = Reporter(config.company, content.words, Labels(content.words, content.library, content.newsletters))
    click.echo(plain_text(reporter.report_words(found, language_of(config))))


def _period(month: str | None, config: Config) -> tuple[dt.datetime, dt.datetime]:
    """Return the month's first moment and the one after its last (at most now), by the company's clocks."""
    zone = config.company.zone
    try:
        first = dt.date.fromisoformat(f"{month}-01") if month else now().astimezone(zone).date().replace(day=1)
        since, until = (dt.datetime.combine(day, dt.time(), zone) for day in (first, months_before(first, -1)))
    except ValueError:
        raise click.UsageError(f"{month}: is no month; write 2027-03") from None
    if since > now():
        raise click.UsageError(f"{month}: has not begun; give this month or one that is over")
    return since.astimezone(dt.UTC), min(until, now()).astimezone(dt.UTC)


def _document(found: Report) -> dict[str, Any]:
    cases = found.cases
    return {
        "since": found.since,
        "until": found.until,
        "surveys": [survey_document(result) for result in found.surveys],
        "cases": {
            "opened": cases.opened,
            "by_category": dict(cases.by_category),
            "first_answer": _durations(cases.first_answers),
            "resolution": _durations(cases.resolutions),
            "open_now": cases.open_now,
            "late_now": cases.late_now,
        },
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


def _durations(found: Sequence[dt.timedelta]) -> dict[str, float | int | None]:
    """Say n, median and 90th percentile (nearest rank), in seconds; null where there are none."""
    seconds = sorted(each.total_seconds() for each in found)
    if not seconds:
        return {"n": 0, "median_s": None, "p90_s": None}
    return {
        "n": len(seconds),
        "median_s": statistics.median(seconds),
        "p90_s": seconds[-(-len(seconds) * 9 // 10) - 1],
    }
