"""`vuoro survey`: ask an audience now, and see how the asking goes on."""

from __future__ import annotations

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
from bot.commands.office import acting_member, opened_office
from bot.commands.survey_results import results, the_survey
from domain.staff import Role
from domain.waves import InvitationState, Wave
from scheduler.surveys import start_wave
from store import waves
from store.audit import note_act

_Counts = dict[tuple[InvitationState, str], int]


@click.group("survey")
def command() -> None:
    """Start surveys and see what they found."""


command.add_command(results)


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
