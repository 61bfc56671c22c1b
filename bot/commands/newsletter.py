"""
`vuoro newsletter`: what people decide about newsletters, from the command line. The running `vuoro run` does the work:
it finds the decision in the store.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from bot.approvals import ask_others
from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    json_option,
    local,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.commands.newsletter_status import follow, give_status, newest, progress_of, watcher
from bot.commands.newsletter_writing import add_writing, the_file
from bot.commands.office import Office, acting_member, opened_office
from bot.config import Approval, Config
from bot.newsletters import Newsletters, Refusal
from domain.newsletters import SENDS, Sending, SendingState
from domain.staff import Role, StaffMember
from store import sendings
from store.audit import note_act
from store.database import Tx

_Act = Callable[[Tx, int, int, dt.datetime], Awaitable[Sending | Refusal]]

_S = SendingState
_ALIVE = frozenset(state for state in _S if not state.is_over and state is not _S.DRAFT)
_WHY = {
    Refusal.GONE: "there is no such sending any more",
    Refusal.STALE: "somebody changed it at this very moment; look at it and repeat the command",
    Refusal.NOT_NOW: "its state does not allow that",
    Refusal.SAME_PERSON: "whoever asked for the approval cannot give it; a second manager must: --as STAFF-ID",
    Refusal.CHANGED: "its files were edited just now; look at it and repeat the command",
}


@click.group("newsletter")
def command() -> None:
    """Write, preview, approve, send and follow newsletters."""


add_writing(command)


@command.command("start")
@click.argument("name")
@click.option("--again", is_flag=True, help="Although exactly this text has been sent before.")
@staff_option
@config_option
@json_option
@asynchronous
async def start(name: str, again: bool, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Start newsletter NAME now, or ask a second person for her approval where the config wants one."""
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
    await _start(name, _moment(at, the_config(config_file)), again, staff_id, config_file, as_json)


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
        sending = await _in_state(tx, name, _S.APPROVAL)
        done = await office.newsletters.confirm(tx, sending.id, sending.version, member.id, now())
        moved = _granted(done, name)
        await _note(tx, member, "start", moved)
    _tell(moved, office.config, as_json)


@command.command("pause")
@click.argument("name")
@staff_option
@config_option
@json_option
@asynchronous
async def pause(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Send no more; only what is on its way this very moment still arrives."""
    await _decide(name, SENDS, "paused", lambda n: n.pause, staff_id, config_file, as_json)


@command.command("resume")
@click.argument("name")
@staff_option
@config_option
@json_option
@asynchronous
async def resume(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Go on exactly where it was paused or stopped."""
    await _decide(name, (_S.PAUSED, _S.STOPPED), "resumed", lambda n: n.resume, staff_id, config_file, as_json)


@command.command("cancel")
@click.argument("name")
@staff_option
@config_option
@json_option
@asynchronous
async def cancel(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """End it: whoever has not got it will not. What was sent stays sent."""
    await _decide(name, tuple(_ALIVE), "cancelled", lambda n: n.cancel, staff_id, config_file, as_json)


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
            found = await progress_of(tx, watcher(config), name)
    give_status(found, config, as_json)


# How the acts are done -----------------------------------------------------------------------------------------------


async def _start(
    name: str, at: dt.datetime | None, again: bool, staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    async with opened_office(config_file) as office:
        second = office.config.newsletters is Approval.SECOND_PERSON
        async with office.database.write() as tx:
            member = await acting_member(tx, office.config, staff_id, Role.EDITOR if second else Role.MANAGER)
            await _refuse_repeated(tx, office, name, again)
            draft = _granted(await office.newsletters.draft(tx, name, member.id, now()), name)
            if not second:
                draft = await _confirm(tx, office, draft, member, at)
        if second:
            async with office.database.read() as tx:
                foreseen = await office.newsletters.foresee(tx, draft, now())
            async with office.database.write() as tx:
                draft = await _confirm(tx, office, draft, member, at)
                left_out = sum(foreseen.excluded.values())
                await ask_others(tx, office.room, draft, member, foreseen.count, now(), left_out=left_out)
    _tell(draft, office.config, as_json)


async def _confirm(tx: Tx, office: Office, draft: Sending, member: StaffMember, at: dt.datetime | None) -> Sending:
    done = await office.newsletters.confirm(tx, draft.id, draft.version, member.id, now(), at=at)
    moved = _granted(done, draft.name)
    await _note(tx, member, "start", moved)
    return moved


async def _refuse_repeated(tx: Tx, office: Office, name: str, again: bool) -> None:
    """Nobody gets a newsletter twice because a command was repeated."""
    newsletter = the_file(office, name).newsletter
    for before in await sendings.recent(tx, name=name):
        if before.state in _ALIVE:
            raise Refused(f"{name}: is {before.state.value} already; vuoro newsletter status {name} shows it")
        if before.state is _S.FINISHED and before.digest == newsletter.digest and not again:
            sent = local(before.started_at, office.config)
            raise Refused(f"{name}: exactly this was sent on {sent}; change it, or repeat the command with --again")


async def _decide(
    name: str,
    states: tuple[SendingState, ...],
    done: str,
    act: Callable[[Newsletters], _Act],
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    async with opened_office(config_file) as office, office.database.write() as tx:
        member = await acting_member(tx, office.config, staff_id, Role.MANAGER)
        sending = await _in_state(tx, name, *states)
        moved = _granted(await act(office.newsletters)(tx, sending.id, sending.version, now()), name)
        await note_act(tx, member.id, f"newsletter.{done}", f"sending:{sending.id}", now())
    _tell(moved, office.config, as_json)


async def _in_state(tx: Tx, name: str, *states: SendingState) -> Sending:
    """Return the newest sending of a newsletter in one of those states; raises Refused."""
    found = await sendings.recent(tx, name=name)
    for sending in found:
        if sending.state in states:
            return sending
    last = newest(found)
    if last is None:
        raise Refused(f"{name}: was never sent; vuoro newsletter start {name}")
    wanted = " or ".join(state.value for state in states)
    raise Refused(f"{name}: is {last.state.value}, and that needs one that is {wanted}")


def _granted(result: Sending | Refusal, name: str) -> Sending:
    if isinstance(result, Sending):
        return result
    raise Refused(f"{name}: {_WHY[result]}")


async def _note(tx: Tx, member: StaffMember, act: str, sending: Sending) -> None:
    await note_act(tx, member.id, f"newsletter.{act}", f"sending:{sending.id}", now(), {"state": sending.state.value})


def _tell(sending: Sending, config: Config, as_json: bool) -> None:
    if as_json:
        give_json({"id": sending.id, "name": sending.name, "state": sending.state, "due_at": sending.due_at})
        return
    when = local(sending.due_at, config)
    follows = f"vuoro newsletter status {sending.name} shows how it goes on"
    told = {
        _S.APPROVAL: f"waits for a second person: vuoro newsletter approve {sending.name} --as STAFF-ID",
        _S.SCHEDULED: f"starts on {when}",
        _S.CANARY: f"goes to the first few, as soon as vuoro run looks; {follows}",
        _S.RUNNING: f"runs, as soon as vuoro run looks; {follows}",
        _S.PAUSED: f"is paused; vuoro newsletter resume {sending.name} goes on",
        _S.CANCELLED: "is cancelled; what was sent stays sent",
    }
    click.echo(f"{sending.name} {told.get(sending.state, f'is {sending.state.value}')}.")


def _moment(written: str, config: Config) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(written)
    except ValueError:
        raise click.UsageError(f"{written!r} is no time; write 2027-03-01T10:00") from None
    at = at if at.tzinfo is not None else at.replace(tzinfo=config.company.zone)
    if at <= now():
        raise Refused(f"{written}: is over; vuoro newsletter start sends at once")
    return at
