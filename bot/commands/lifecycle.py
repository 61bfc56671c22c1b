"""`vuoro lifecycle`: actions that nothing in the store shows, the graceful goodbye, and where customers stand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from bot.commands.contact import moment_of
from bot.commands.customer import the_customer
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
from bot.commands.office import acting_member, opened_office, plain_text
from bot.lifecycle_report import LifecycleReport, document, lifecycle_report
from bot.report_period import month_of
from dialogues.courtesy import unreachable_for
from dialogues.goodbye import farewell, say_goodbye
from domain.lifecycle import Action, ActionTaken, Stage, actions_in, done_in, next_actions
from domain.staff import Role
from store.audit import note_act
from store.lifecycle import actions_of, record_actions
from store.pictures import picture_of

_ONCE = frozenset({Action.LEAD_HANDLING, Action.QUALIFICATION, Action.FIRST_OFFER, Action.WELCOME, Action.CONTRACT})
"""What happens once in a relationship; recorded by hand it is the same as when the program finds it."""

_word = click.argument("word", nargs=-1, required=True, metavar="ID")


@click.group("lifecycle")
def command() -> None:
    """Log actions of the lifecycle, say goodbye, and see where customers stand."""


@command.command("log")
@click.argument("word", metavar="ID")
@click.argument("action", type=click.Choice([action.value for action in Action]), metavar="ACTION")
@click.option("--at", "when", help='When it was, if not now: "yesterday 14:30", "1.3.", "2027-03-01 14:30".')
@staff_option
@config_option
@json_option
@asynchronous
async def log(
    word: str, action: str, when: str | None, staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    """Write down that an ACTION took place with a customer, such as lead_handling by phone or a contract on paper."""
    config = the_config(config_file)
    at = moment_of(when, config.company, now())
    named = Action(action)
    if named is Action.GRACEFUL_ENDING:
        raise Refused("graceful_ending: is more than a line; vuoro lifecycle end says goodbye")
    async with opened_store(config) as database, database.write() as tx:
        member = await acting_member(tx, config, staff_id, Role.AGENT)
        customer = await the_customer(tx, word)
        ref = "" if named in _ONCE else f"at:{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}"
        await record_actions(tx, [ActionTaken(customer.id, named, at, ref, member.id)])
        detail = {"action": named.value}
        await note_act(tx, member.id, "customer.action", f"customer:{customer.id}", now(), detail)
    if as_json:
        give_json({"customer": customer.id, "action": named, "at": at})
    else:
        click.echo(f"{named.value.replace('_', ' ')}: logged for {customer.name or customer.number or customer.id}.")


@command.command("end")
@_word
@click.option("--yes", is_flag=True, help="Say goodbye without a question.")
@staff_option
@config_option
@json_option
@asynchronous
async def end(word: tuple[str, ...], yes: bool, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Say goodbye to a customer: a last message, and then nothing is sent until she writes or buys."""
    async with opened_office(config_file, needs_files=False) as office:
        company, words = office.config.company, office.content.words
        async with office.database.read() as tx:
            customer = await the_customer(tx, " ".join(word))
        name = customer.name or customer.number or customer.id
        if customer.ended_at is not None:
            raise Refused(f"{name}: we said goodbye on {local(customer.ended_at, office.config)}")
        if not yes:
            reached = unreachable_for(customer) is None
            told = plain_text(farewell(words, company, customer).text) if reached else "(cannot be reached: no message)"
            click.confirm(f"{told}\n\nSay goodbye to {name}", abort=True, err=True)
        async with office.database.write() as tx:
            member = await acting_member(tx, office.config, staff_id, Role.MANAGER)
            await say_goodbye(tx, company, words, customer, now(), member.id)
    if as_json:
        give_json({"customer": customer.id, "ended": True})
    else:
        click.echo(f"{name}: from now on nothing is sent.")


@command.command("show")
@_word
@config_option
@json_option
@asynchronous
async def show(word: tuple[str, ...], config_file: Path | None, as_json: bool) -> None:
    """Show a customer's stage, the actions that were taken, and those of her stage that are still open."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.read() as tx:
        customer = await the_customer(tx, " ".join(word))
        picture, taken = await picture_of(tx, customer.id), await actions_of(tx, customer.id)
    stage = Stage(picture.stage) if picture is not None and picture.stage else None
    left: tuple[Action, ...] = ()
    if stage is not None and picture is not None:
        since = picture.stage_since
        began = None if since is None else dt.datetime.combine(since, dt.time(), config.company.zone)
        left = next_actions(stage, done_in(taken, stage, began))
    if as_json:
        give_json(
            {
                "customer": customer.id,
                "stage": stage,
                "reason": picture.stage_reason if picture is not None else "",
                "actions": [
                    {"action": each.action, "at": each.at, "ref": each.ref, "staff": each.staff_id} for each in taken
                ],
                "open": left,
            }
        )
        return
    if stage is None or picture is None:
        click.echo(f"{customer.name or customer.id}: no stage yet; the night makes it, or vuoro insight refresh")
    else:
        click.echo(f"{customer.name or customer.id}: {_said(stage.value)} since {picture.stage_since}")
        click.echo(picture.stage_reason)
    rows = [(local(each.at, config), _said(each.action.stage.value), _said(each.action.value)) for each in taken]
    give_table(["at", "stage", "action"], rows)
    if left:
        click.echo(f"open: {', '.join(_said(action.value) for action in left)}")


@command.command("report")
@click.argument("month", required=False, metavar="[MONTH]")
@config_option
@json_option
@asynchronous
async def report(month: str | None, config_file: Path | None, as_json: bool) -> None:
    """Show how many customers stand where, and the moves and actions of MONTH (2027-03); this one when left out."""
    config = the_config(config_file)
    try:
        period = month_of(config.company, month or "", now())
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    async with opened_store(config) as database, database.read() as tx:
        found = await lifecycle_report(tx, config.company, *period)
    if as_json:
        give_json(document(found))
    else:
        _print(found)


def _print(found: LifecycleReport) -> None:
    if not any(found.standings.values()):
        click.echo("no pictures yet; the night makes them, or vuoro insight refresh")
    for kind, counted in found.standings.items():
        rows = [(_said(where) or "none", count) for where, count in counted.items()]
        give_table([kind.value, "customers"], rows)
    moved = [
        (kind.value, _said(before) or "none", _said(after) or "none", count)
        for kind, counted_moves in found.moves.items()
        for (before, after), count in counted_moves.items()
    ]
    if moved:
        give_table(["moves", "from", "to", "customers"], moved)
    actions = [
        (_said(stage.value), _said(action.value), found.actions[action])
        for stage in Stage
        for action in actions_in(stage)
        if action in found.actions
    ]
    if actions:
        give_table(["stage", "action", "times"], actions)


def _said(name: str) -> str:
    return name.replace("_", " ")
