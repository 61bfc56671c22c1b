"""`vuoro survey`: ask an audience now, see how the asking goes on, and what the answers say."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from bot.commands.audience import the_rule
from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    give_table,
    json_option,
    local,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.commands.newsletter_status import largest
from bot.commands.office import acting_member, opened_office, plain_text
from bot.config import Config
from bot.content import load_content
from bot.report import Survey, SurveyResult, survey_result, surveys_in
from bot.report_words import Reporter
from bot.staff_labels import Labels
from dialogues.library import Library
from domain.faults import did_you_mean
from domain.staff import Role
from domain.waves import InvitationState, Wave
from scheduler.surveys import start_wave
from store import waves
from store.audit import note_act

_Counts = dict[tuple[InvitationState, str], int]


@click.group("survey")
def command() -> None:
    """Start surveys and see what they found."""


@command.command("start")
@click.argument("name")
@click.option("--audience", metavar="RULE-or-NAME", help="Whom to ask; everybody who agreed when left out.")
@staff_option
@config_option
@json_option
@asynchronous
async def start(name: str, audience: str | None, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Ask survey NAME now; who was asked too recently, or did not agree, is left out."""
    async with opened_office(config_file) as office:
        the_survey(office.content.library, name)
        rule = the_rule(office.config, audience).text if audience else ""
        async with office.database.write() as tx:
            member = await acting_member(tx, office.config, staff_id, Role.MANAGER)
            wave = await start_wave(tx, name, rule, f"staff:{member.id}", now())
            await note_act(tx, member.id, "survey.start", f"wave:{wave.id}", now())
    if as_json:
        give_json({"id": wave.id, "name": name, "audience": rule, "started_at": wave.started_at})
    else:
        click.echo(f"{name} starts, as soon as vuoro run looks; vuoro survey status {name} shows how it goes on.")


@command.command("status")
@click.argument("name")
@config_option
@json_option
@asynchronous
async def status(name: str, config_file: Path | None, as_json: bool) -> None:
    """Show the newest waves of survey NAME: who was asked, who waits, who was left out and why."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.read() as tx:
        found = [(wave, await waves.counts(tx, wave.id)) for wave in await waves.recent(tx, name)]
    if as_json:
        give_json({"name": name, "waves": [_wave(wave, counts) for wave, counts in found]})
        return
    if not found:
        raise Refused(f"{name}: was never started; vuoro survey start {name}")
    rows = []
    for wave, counts in found:
        skipped = largest(_skipped(counts))
        left_out = ", ".join(f"{n} {reason}" for reason, n in skipped)
        invited, queued = (_sum(counts, state) for state in (InvitationState.INVITED, InvitationState.QUEUED))
        rows.append((local(wave.started_at, config), wave.audience, invited, queued, left_out))
    give_table(["started", "audience", "asked", "waiting", "left out"], rows)


@command.command("results")
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


def language_of(config: Config) -> str:
    """Return the language in which the command line shows texts that staff see in Telegram: English where there is."""
    languages = config.company.languages
    return "en" if "en" in languages else languages[0]


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


def _wave(wave: Wave, counts: _Counts) -> dict[str, Any]:
    return {
        "id": wave.id,
        "started_at": wave.started_at,
        "started_by": wave.started_by,
        "audience": wave.audience,
        "frozen": wave.frozen,
        "invited": _sum(counts, InvitationState.INVITED),
        "queued": _sum(counts, InvitationState.QUEUED),
        "skipped": _skipped(counts),
    }


def _sum(counts: _Counts, wanted: InvitationState) -> int:
    return sum(n for (state, _), n in counts.items() if state is wanted)


def _skipped(counts: _Counts) -> dict[str, int]:
    return {reason: n for (state, reason), n in counts.items() if state is InvitationState.SKIPPED}
