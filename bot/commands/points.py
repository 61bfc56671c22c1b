"""`vuoro points`: a customer's points, every change of them, and giving or taking some with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

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
    staff_option,
)
from bot.commands.office import Office, acting_member, opened_office
from dialogues.points_by_hand import ByHand, change_by_hand
from domain.customers import Customer
from domain.faults import did_you_mean
from domain.points_account import Balance, Short
from domain.programmes import Programme
from domain.staff import Role
from store.database import Tx
from store.memberships import memberships_of
from store.points import balance_of, programmes_of
from store.points import statement as statement_of

_MOST = 1_000_000
_LINES = 1000
_word = click.argument("word", nargs=-1, required=True, metavar="CUSTOMER")
_programme = click.option("--programme", "name", metavar="NAME", help="The programme; her first one when left out.")
_reason = click.option("--reason", required=True, help="Why; the customer reads it.")


@click.group("points")
def command() -> None:
    """Points of members: balance, statement, and giving or taking some by hand."""


@command.command("show")
@_word
@_programme
@config_option
@json_option
@asynchronous
async def show(word: tuple[str, ...], name: str | None, config_file: Path | None, as_json: bool) -> None:
    """Show what a customer can use, what is on its way, and what she owes."""
    async with opened_office(config_file, needs_files=False) as office, office.database.read() as tx:
        customer = await the_customer(tx, " ".join(word))
        programme = await _programme_of(tx, office, customer, name)
        balance = await balance_of(tx, customer.id, programme.name, now())
    _give(office, customer, programme, balance, as_json=as_json)


@command.command("statement")
@_word
@_programme
@config_option
@json_option
@asynchronous
async def statement(word: tuple[str, ...], name: str | None, config_file: Path | None, as_json: bool) -> None:
    """List every change of a customer's points, the newest first."""
    async with opened_office(config_file, needs_files=False) as office, office.database.read() as tx:
        customer = await the_customer(tx, " ".join(word))
        programme = await _programme_of(tx, office, customer, name)
        entries = await statement_of(tx, customer.id, programme.name, limit=_LINES)
    if as_json:
        give_json(
            [
                {
                    "at": each.at.isoformat(),
                    "kind": each.kind.value,
                    "points": each.points,
                    "source": each.source,
                    "ref": each.ref,
                    "reason": each.reason,
                    "staff": each.staff_id,
                }
                for each in entries
            ]
        )
        return
    rows = [(local(each.at, office.config), each.kind.value, each.points, each.ref, each.reason) for each in entries]
    give_table(["at", "kind", "points", "for", "reason"], rows)


@command.command("give")
@_word
@click.argument("points", type=click.IntRange(1, _MOST))
@_reason
@_programme
@staff_option
@config_option
@json_option
@asynchronous
async def give(
    word: tuple[str, ...],
    points: int,
    reason: str,
    name: str | None,
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """Give a member points; she is told with the reason."""
    await _change(" ".join(word), points, reason, name, staff_id, config_file, as_json=as_json)


@command.command("take")
@_word
@click.argument("points", type=click.IntRange(1, _MOST))
@_reason
@_programme
@staff_option
@config_option
@json_option
@asynchronous
async def take(
    word: tuple[str, ...],
    points: int,
    reason: str,
    name: str | None,
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """Take points that a customer can use; refused where she has fewer. She is told with the reason."""
    await _change(" ".join(word), -points, reason, name, staff_id, config_file, as_json=as_json)


async def _change(
    word: str,
    points: int,
    reason: str,
    name: str | None,
    staff_id: int | None,
    config_file: Path | None,
    *,
    as_json: bool,
) -> None:
    if not reason.strip():
        raise click.UsageError("--reason is empty; write why")
    async with opened_office(config_file) as office, office.database.write() as tx:
        member = await acting_member(tx, office.config, staff_id, Role.MANAGER)
        customer = await the_customer(tx, word)
        programme = await _programme_of(tx, office, customer, name, only_member=points > 0)
        company, act = office.config.company, ByHand(points, reason.strip(), member.id)
        done = await change_by_hand(tx, company, office.room.words, programme, customer, act, now())
    if isinstance(done, Short):
        raise Refused(f"{word}: can use {done.usable} points, {done.missing} are missing; nothing was taken")
    _give(office, customer, programme, done, as_json=as_json)


async def _programme_of(
    tx: Tx, office: Office, customer: Customer, name: str | None, *, only_member: bool = False
) -> Programme:
    """Return the programme that is meant; raises Refused where there is none, or she is not in it."""
    known = {each.name: each for each in office.content.loyalty.open_programmes if each.points is not None}
    if name is not None and name not in known:
        raise Refused(f"{name}: no programme with points; {did_you_mean(name, known, otherwise=_there_are(known))}")
    mine = {each.name for each in await memberships_of(tx, customer.id) if each.until is None}
    had = set() if only_member else set(await programmes_of(tx, customer.id))
    hers = [each for each in known.values() if each.membership in mine or each.name in had]
    for each in sorted(hers, key=lambda one: one.membership not in mine):
        if name in (None, each.name):
            return each
    who = customer.name or customer.number or customer.id
    raise Refused(f"{who}: is no member of {name or 'a programme with points'}; vuoro programme join lets her in")


def _there_are(known: dict[str, Programme]) -> str:
    return f"there are {', '.join(known)}" if known else "there are none yet: docs/points.md"


def _give(office: Office, customer: Customer, programme: Programme, balance: Balance, *, as_json: bool) -> None:
    document: dict[str, Any] = {
        "customer": customer.id,
        "programme": programme.name,
        "usable": balance.usable,
        "pending": balance.pending,
        "owed": balance.owed,
    }
    for key, moment in (("next_usable", balance.next_usable), ("next_expiry", balance.next_expiry)):
        document[key] = None if moment is None else {"at": moment.at.isoformat(), "points": moment.points}
    if as_json:
        give_json(document)
        return
    click.echo(f"{customer.name or customer.number or customer.id}, {programme.name}: {balance.usable} points")
    if balance.pending:
        click.echo(f"  {balance.pending} pending")
    if balance.owed:
        click.echo(f"  {balance.owed} owed")
    if balance.next_expiry is not None:
        at = local(balance.next_expiry.at, office.config)
        click.echo(f"  {balance.next_expiry.points} expire at {at}")
