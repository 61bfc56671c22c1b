"""`vuoro survey results`: what a survey found, for reading and as JSON."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    json_option,
    now,
    opened_store,
    the_config,
)
from bot.commands.office import language_of, plain_text
from bot.content import load_content
from bot.report import Survey, SurveyResult, survey_result, surveys_in
from bot.report_words import Reporter
from bot.staff_labels import Labels
from dialogues.library import Library
from domain.faults import did_you_mean


@click.command("results")
@click.argument("name")
@click.option("--days", type=click.IntRange(1), default=90, show_default=True, help="Of the last so many days.")
@config_option
@json_option
@asynchronous
async def results(name: str, days: int, config_file: Path | None, as_json: bool) -> None:
    """Show what survey NAME found: the score with its interval, n, response rate, and what people wrote."""
    config = the_config(config_file)
    content = load_content(config)
    survey = the_survey(content.library, name)
    until = now()
    async with opened_store(config) as database, database.read() as tx:
        found = await survey_result(
            tx, config.company, survey, until - dt.timedelta(days=days), until, most_verbatims=100
        )
    if as_json:
        give_json(survey_document(found))
        return
    reporter = Reporter(config.company, content.words, Labels(content.words, content.library))
    click.echo(plain_text(reporter.survey_words(found, language_of(config))))


def the_survey(library: Library, name: str) -> Survey:
    """Return the survey that the dialogue of that name is; raises Refused with the names there are."""
    surveys = {survey.script_id: survey for survey in surveys_in(library)}
    if name not in surveys:
        names = ", ".join(surveys) or "none"
        raise Refused(f"{name}: no such survey; {did_you_mean(name, surveys, otherwise=f'there are {names}')}")
    return surveys[name]


def survey_document(found: SurveyResult) -> dict[str, Any]:
    """Return the JSON shape of a survey's result; value and bounds are null with fewer than ten answers."""
    score = found.score
    return {
        "name": found.survey.script_id,
        "n": score.n,
        "invited": found.invited,
        "response_rate": found.response_rate,
        "scores": {
            found.survey.question: {
                "kind": score.kind,
                "value": score.value,
                "low": score.low,
                "high": score.high,
                "n": score.n,
                "too_few": score.too_few,
                "counts": found.counts,
            }
        },
        "verbatims": [{"score": each.score, "text": each.text, "at": each.at} for each in found.verbatims],
        "since": found.since,
        "until": found.until,
    }
