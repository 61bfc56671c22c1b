"""
`vuoro newsletter`: what people decide about newsletters, from the command line. The running `vuoro run` does the work:
it finds the decision in the store.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from bot.approvals import ask_others
from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    json_option,
    local,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.commands.newsletter_check import checked, preflight_command, refusal_of, unsaved
from bot.commands.newsletter_decisions import ALIVE, add_decisions, granted, in_state, moment_of, note, tell
from bot.commands.newsletter_files import the_file
from bot.commands.newsletter_recipients import recipients_command
from bot.commands.newsletter_results import add_results
from bot.commands.newsletter_status import follow, give_status, progress_of
from bot.commands.newsletter_writing import add_writing
from bot.commands.office import Office, acting_member, opened_office
from bot.config import Approval
from domain.newsletters import SendingState
from domain.staff import Role
from store import sendings
from store.database import Tx


@click.group("newsletter")
def command() -> None:
    """Write, preview, check, approve, send, follow and take back newsletters."""


add_writing(command)
command.add_command(preflight_command)
add_decisions(command)
command.add_command(recipients_command)
add_results(command)


@command.command("start")
@click.argument("name")
@click.option("--again", is_flag=True, help="Although exactly this text has been sent before.")
@staff_option
@config_option
@json_option
@asynchronous
async def start(name: str, again: bool, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Check newsletter NAME for everybody and start it, or ask for a second person's approval where one is needed."""
    await _start(name, None, again, staff_id, config_file, as_json)


@command.command("schedule")
@click.argument("name")
@click.argument("at", metavar="TIME")
@click.option("--again", is_flag=True, help="Although exactly this text has been sent before.")
@staff_option
@config_option
@json_option
@asynchronous
async def schedule(
    name: str, at: str, again: bool, staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    """Let newsletter NAME start at TIME, such as 2027-03-01T10:00 (the company's clock)."""
    await _start(name, moment_of(at, the_config(config_file)), again, staff_id, config_file, as_json)


@command.command("approve")
@click.argument("name")
@staff_option
@config_option
@json_option
@asynchronous
async def approve(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Approve what somebody else wants to send; it starts at once, or at the time that it was given."""
    async with opened_office(config_file) as office, office.database.write() as tx:
        member = await acting_member(tx, office.config, staff_id, Role.MANAGER)
        sending = await in_state(tx, office.config, name, SendingState.APPROVAL)
        done = await office.newsletters.confirm(tx, sending.id, sending.version, member.id, now())
        moved = granted(done, name)
        await note(tx, member, "start", moved)
    tell(moved, office.config, as_json)


@command.command("status")
@click.argument("name")
@click.option("--once", is_flag=True, help="Show how it stands and end, instead of following it.")
@config_option
@json_option
@asynchronous
async def status(name: str, once: bool, config_file: Path | None, as_json: bool) -> None:
    """Show how newsletter NAME goes on: live in a terminal until it is over, else once."""
    config = the_config(config_file)
    async with opened_store(config) as database:
        if not as_json and not once:
            await follow(database, config, name)
        async with database.read() as tx:
            found = await progress_of(tx, config, name)
    give_status(found, config, as_json)


async def _start(
    name: str, at: dt.datetime | None, again: bool, staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    """
    Check, draft and confirm; between the check and the confirmation nobody may have started it, either.

    What is refused leaves nothing behind, no draft either.
    """
    async with opened_office(config_file) as office:
        second = office.config.newsletters is Approval.SECOND_PERSON
        file = the_file(office, name)
        async with office.database.write() as tx:
            member = await acting_member(tx, office.config, staff_id, Role.EDITOR if second else Role.MANAGER)
            await _refuse_repeated(tx, office, name, again)
        report = await checked(office, file, unsaved(file.newsletter), now())
        if not report.is_sound:
            raise Refused(refusal_of(name, report))
        async with office.database.write() as tx:
            await _refuse_repeated(tx, office, name, again)
            draft = granted(await office.newsletters.draft(tx, name, member.id, now()), name)
            done = await office.newsletters.confirm(tx, draft.id, draft.version, member.id, now(), at=at)
            moved = granted(done, name)
            await note(tx, member, "start", moved)
            if second:
                left_out = sum(report.excluded.values())
                await ask_others(tx, office.room, moved, member, report.count, now(), left_out=left_out)
    tell(moved, office.config, as_json)


async def _refuse_repeated(tx: Tx, office: Office, name: str, again: bool) -> None:
    """Nobody gets a newsletter twice because a command was repeated."""
    newsletter = the_file(office, name).newsletter
    for before in await sendings.recent(tx, name=name):
        if before.state in ALIVE:
            raise Refused(f"{name}: is {before.state.value} already; vuoro newsletter status {name} shows it")
        if before.state is SendingState.FINISHED and before.digest == newsletter.digest and not again:
            sent = local(before.started_at, office.config)
            raise Refused(f"{name}: exactly this was sent on {sent}; change it, or repeat the command with --again")
