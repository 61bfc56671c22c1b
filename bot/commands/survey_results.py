"""`vuoro survey results`: what a survey found, for reading and as JSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

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
from bot.results import all_surveys_in, silence, the_score, waves_of, words_of
from bot.results import results as results_of
from bot.staff_labels import Labels
from bot.survey_documents import results_document
from bot.survey_themes import discovered, themes_of_survey
from bot.survey_themes_words import themes_document, themes_words
from bot.survey_words import ResultWords
from dialogues.library import Library
from domain.dialogues import Script
from domain.faults import did_you_mean
from domain.waves import Wave
from scheduler.lemmatizing import Lemmatizer
from store import waves
from store.database import Tx

_MOST_VERBATIMS = 100


@click.command("results")
@click.argument("name")
@click.option("--days", type=click.IntRange(1), default=90, show_default=True, help="Of the last so many days.")
@click.option("--wave", "wave_id", type=int, metavar="ID", help="Of one wave; `vuoro survey status NAME` lists them.")
@config_option
@json_option
@asynchronous
async def results(name: str, days: int, wave_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Show what survey NAME found: scores with intervals, n and response rate, waves, and what people wrote."""
    config = the_config(config_file)
    content = load_content(config)
    script = the_survey(content.library, name)
    until, company = now(), config.company
    async with opened_store(config) as database, database.read() as tx:
        wave = await the_wave(tx, name, wave_id)
        since = wave.started_at if wave is not None else until - dt.timedelta(days=days)
        found = await results_of(tx, company, script, since, until, wave)
        all_waves = await waves_of(tx, company, script, until)
        silent = await silence(tx, company, script, found.scope, until)
        said = await words_of(tx, script, found.scope, limit=_MOST_VERBATIMS)
        score = the_score(script)
        themes, spoken = await themes_of_survey(tx, script, score, since, until, wave_id=wave_id)
    new = await discovered(score, spoken, content.themes, Lemmatizer(), company.default_language)
    themes = dataclasses.replace(themes, discovered=new)
    if as_json:
        give_json({**results_document(found, all_waves, silent, said.said), "themes": themes_document(themes)})
        return
    labels, language = Labels(content.words, content.library), language_of(config)
    words = ResultWords(company, content.words, labels)
    pages = [words.results(found, all_waves, language), words.waves(name, all_waves, language)]
    if found.scores:
        pages.append(words.answers(found, language))
    pages += [words.silence(silent, found, language)]
    if themes.people:
        title = labels.title(name, language)
        pages.append(themes_words(themes, content.themes, content.words, language, title))
    if said.said:
        pages.append(words.words(name, said, 0, _MOST_VERBATIMS, "", language))
    click.echo("\n\n".join(plain_text(page) for page in pages))


def the_survey(library: Library, name: str) -> Script:
    """Return the dialogue of that name that is a survey; raises Refused with the names there are."""
    surveys = {script.id: script for script in all_surveys_in(library)}
    if name not in surveys:
        names = ", ".join(surveys) or "none"
        raise Refused(f"{name}: no such survey; {did_you_mean(name, surveys, otherwise=f'there are {names}')}")
    return surveys[name]


async def the_wave(tx: Tx, name: str, wave_id: int | None) -> Wave | None:
    """Return the wave of survey *name* with that id, None when none is asked for; raises Refused for a strange one."""
    if wave_id is None:
        return None
    wave = await waves.get(tx, wave_id)
    if wave is None or wave.script_id != name:
        raise Refused(f"{wave_id}: is no wave of {name}; vuoro survey status {name} --json lists them")
    return wave
