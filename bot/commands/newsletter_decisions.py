"""`vuoro newsletter pause|resume|cancel|recall|retry|newcomers`: what is decided about a sending that has begun."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from bot.commands.frame import Refused, asynchronous, config_option, give_json, json_option, local, now, staff_option
from bot.commands.newsletter_files import no_such_sending
from bot.commands.newsletter_status import newest
from bot.commands.office import Office, acting_member, opened_office
from bot.config import Config
from bot.newsletters import Refusal
from domain.newsletters import SENDS, Sending, SendingState
from domain.staff import Role, StaffMember
from store import recalls, sendings
from store.audit import note_act
from store.database import Tx

_S = SendingState
ALIVE = frozenset(state for state in _S if not state.is_over and state is not _S.DRAFT)
_BEGUN = (*SENDS, _S.PAUSED, _S.STOPPED, _S.FINISHED, _S.CANCELLED)
_WHY = {
    Refusal.GONE: "there is no such sending any more",
    Refusal.STALE: "somebody changed it at this very moment; look at it and repeat the command",
    Refusal.NOT_NOW: "its state does not allow that; vuoro newsletter status NAME shows it",
    Refusal.SAME_PERSON: "whoever asked for the approval cannot give it; a second manager must: --as STAFF-ID",
    Refusal.CHANGED: "its files were edited just now; look at it and repeat the command",
    Refusal.NOTHING: "there is nobody whom that would concern",
    Refusal.TOO_LATE: "everybody got it more than 48 hours ago, and Telegram deletes nothing that is older",
}


def add_decisions(group: click.Group) -> None:
    """Add these commands to `vuoro newsletter`."""
    for each in (pause, resume, cancel, recall, retry, newcomers):
        group.add_command(each)


@click.command("pause")
@click.argument("name")
@staff_option
@config_option
@json_option
@asynchronous
async def pause(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Send no more; only what is on its way this very moment still arrives."""

    async def act(office: Office, tx: Tx, sending: Sending) -> Sending | Refusal:
        return await office.newsletters.pause(tx, sending.id, sending.version, now())

    await _decide(name, SENDS, "pause", act, staff_id, config_file, as_json)


@click.command("resume")
@click.argument("name")
@staff_option
@config_option
@json_option
@asynchronous
async def resume(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Go on exactly where it was paused or stopped."""

    async def act(office: Office, tx: Tx, sending: Sending) -> Sending | Refusal:
        return await office.newsletters.resume(tx, sending.id, sending.version, now())

    await _decide(name, (_S.PAUSED, _S.STOPPED), "resume", act, staff_id, config_file, as_json)


@click.command("cancel")
@click.argument("name")
@staff_option
@config_option
@json_option
@asynchronous
async def cancel(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """End it: whoever has not got it will not. What was sent stays sent."""

    async def act(office: Office, tx: Tx, sending: Sending) -> Sending | Refusal:
        return await office.newsletters.cancel(tx, sending.id, sending.version, now())

    await _decide(name, tuple(ALIVE), "cancel", act, staff_id, config_file, as_json)


@click.command("recall")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@staff_option
@config_option
@json_option
@asynchronous
async def recall(name: str, yes: bool, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Delete what was sent in the last 48 hours, as far as Telegram lets, and send no more of it."""
    if not yes:
        await _ask_recall(name, config_file, as_json)

    async def act(office: Office, tx: Tx, sending: Sending) -> Sending | Refusal:
        return await office.newsletters.recall(tx, sending.id, sending.version, now())

    await _decide(name, _BEGUN, "recall", act, staff_id, config_file, as_json)


@click.command("retry")
@click.argument("name")
@click.option("--reason", "reasons", multiple=True, metavar="REASON", help="Only who failed for this; may be repeated.")
@click.option("--unknown", is_flag=True, help="Also those of whom nobody knows whether they got it: some get it twice.")
@staff_option
@config_option
@json_option
@asynchronous
async def retry(
    name: str, reasons: tuple[str, ...], unknown: bool, staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    """Send it again to those for whom it failed; whoever got it does not get it twice."""

    async def act(office: Office, tx: Tx, sending: Sending) -> Sending | Refusal:
        return await office.newsletters.retry_failed(
            tx, sending.id, sending.version, now(), reasons=reasons or None, unknown=unknown
        )

    await _decide(name, (_S.FINISHED,), "retry", act, staff_id, config_file, as_json)


@click.command("newcomers")
@click.argument("name")
@staff_option
@config_option
@json_option
@asynchronous
async def newcomers(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Let a finished one go on for those who match its rule by now and have not got it."""

    async def act(office: Office, tx: Tx, sending: Sending) -> Sending | Refusal:
        return await office.newsletters.continue_for_newcomers(tx, sending.id, sending.version, now())

    await _decide(name, (_S.FINISHED,), "newcomers", act, staff_id, config_file, as_json)


# How it is done -------------------------------------------------------------------------------------------------------


async def _decide(
    name: str,
    states: tuple[SendingState, ...],
    what: str,
    act: Callable[[Office, Tx, Sending], Awaitable[Sending | Refusal]],
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    async with opened_office(config_file, needs_files=False) as office, office.database.write() as tx:
        member = await acting_member(tx, office.config, staff_id, Role.MANAGER)
        sending = await in_state(tx, office.config, name, *states)
        moved = granted(await act(office, tx, sending), name)
        await note(tx, member, what, moved)
    if as_json:
        tell(moved, office.config, as_json)
    elif what == "recall":
        click.echo(f"{name} is being taken back, as soon as vuoro run looks; vuoro newsletter status {name} shows it.")
    else:
        tell(moved, office.config, as_json)


async def _ask_recall(name: str, config_file: Path | None, as_json: bool) -> None:
    """Say what can be taken back and what cannot, and ask; raises Refused where nobody can be asked."""
    async with opened_office(config_file, needs_files=False) as office, office.database.read() as tx:
        sending = await in_state(tx, office.config, name, *_BEGUN)
        can, too_old = await recalls.count_recallable(tx, sending.id, now())
    old = f" {too_old:,} others got it more than 48 hours ago: Telegram keeps those." if too_old else ""
    told = f"{name}: the messages of {can:,} customers would be deleted. What they have read, they have read.{old}"
    if as_json or not sys.stdin.isatty():
        raise Refused(f"{told}\nrepeat the command with --yes to do it")
    click.echo(told)
    if not click.confirm("Delete them?"):
        raise Refused(f"{name}: nothing was done")


async def in_state(tx: Tx, config: Config, name: str, *states: SendingState) -> Sending:
    """Return the newest sending of a newsletter in one of those states; raises Refused."""
    found = await sendings.recent(tx, name=name)
    for sending in found:
        if sending.state in states:
            return sending
    last = newest(found)
    if last is None:
        raise await no_such_sending(tx, config, name)
    wanted = " or ".join(state.value for state in states)
    raise Refused(f"{name}: is {last.state.value}, and that needs one that is {wanted}")


def granted(result: Sending | Refusal, name: str) -> Sending:
    """Return the sending as it stands now; raises Refused with the reason."""
    if isinstance(result, Sending):
        return result
    raise Refused(f"{name}: {_WHY[result].replace('NAME', name)}")


async def note(tx: Tx, member: StaffMember, act: str, sending: Sending) -> None:
    """Write what was decided into the audit log."""
    await note_act(tx, member.id, f"newsletter.{act}", f"sending:{sending.id}", now(), {"state": sending.state.value})


def tell(sending: Sending, config: Config, as_json: bool) -> None:
    """Say how the sending stands now, and what follows."""
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


def moment_of(written: str, config: Config) -> dt.datetime:
    """Read a time such as 2027-03-01T10:00, on the company's clock; raises UsageError, or Refused when it is over."""
    try:
        at = dt.datetime.fromisoformat(written)
    except ValueError:
        raise click.UsageError(f"{written!r} is no time; write 2027-03-01T10:00") from None
    at = at if at.tzinfo is not None else at.replace(tzinfo=config.company.zone)
    if at <= now():
        raise Refused(f"{written}: is over; vuoro newsletter start sends at once")
    return at
