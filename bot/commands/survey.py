"""`vuoro survey`: ask an audience or a sample of it now, see how the asking goes on, and stop it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bot.commands.audience import the_rule
from bot.commands.frame import asynchronous, config_option, give_json, json_option, now, staff_option
from bot.commands.office import acting_member, opened_office
from bot.commands.survey_export import export
from bot.commands.survey_results import results, the_survey
from bot.commands.survey_sample import SampleOptions, preview, sample_options, show_preview
from bot.commands.survey_status import status
from domain.staff import Role
from scheduler.surveys import start_wave, stop_waves
from store.audit import note_act


@click.group("survey")
def command() -> None:
    """Start surveys and see what they found."""


command.add_command(results)
command.add_command(export)
command.add_command(status)


@command.command("start")
@click.argument("name")
@click.option("--audience", metavar="RULE-or-NAME", help="Whom to ask; everybody who agreed when left out.")
@sample_options
@click.option("--dry-run", is_flag=True, help="Only say whom it would ask, and why others not.")
@staff_option
@config_option
@json_option
@asynchronous
async def start(
    name: str,
    audience: str | None,
    dry_run: bool,
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Ask survey NAME now; who was asked too recently, or did not agree, is left out."""
    sampling = SampleOptions(**options).sampling()
    async with opened_office(config_file) as office:
        library = office.content.library
        the_survey(library, name)
        rule = the_rule(office.config, audience).text if audience else ""
        if dry_run:
            async with office.database.read() as tx:
                found = await preview(tx, office.config, library, name, rule, sampling, now())
            if as_json:
                give_json({"name": name, "audience_rule": rule, **found.document()})
            else:
                show_preview(found, sampling)
            return
        async with office.database.write() as tx:
            member = await acting_member(tx, office.config, staff_id, Role.MANAGER)
            wave = await start_wave(tx, name, rule, f"staff:{member.id}", now(), sampling)
            await note_act(tx, member.id, "survey.start", f"wave:{wave.id}", now())
    if as_json:
        document = wave.sampling.as_document() if wave.sampling is not None else None
        give_json({"id": wave.id, "name": name, "audience": rule, "started_at": wave.started_at, "sampling": document})
    else:
        click.echo(f"{name} starts, as soon as vuoro run looks; vuoro survey status {name} shows how it goes on.")


@command.command("stop")
@click.argument("name")
@staff_option
@config_option
@json_option
@asynchronous
async def stop(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Ask nobody further of survey NAME's waves; open questions stay open, and their answers count."""
    async with opened_office(config_file) as office, office.database.write() as tx:
        member = await acting_member(tx, office.config, staff_id, Role.MANAGER)
        found = await stop_waves(tx, name, now())
        for wave in found:
            await note_act(tx, member.id, "survey.stop", f"wave:{wave.id}", now())
    if as_json:
        give_json({"name": name, "stopped": [wave.id for wave in found]})
    elif found:
        click.echo(f"{name}: {len(found)} stopped; vuoro survey status {name} shows who was asked.")
    else:
        click.echo(f"{name}: nobody is being asked; there is nothing to stop.")
