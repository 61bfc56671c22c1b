"""`vuoro customer`: finding a customer, her card, whose she is, what she is to the company, people at companies."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from bot.commands.customer_card import document_of, listed_name, print_card
from bot.commands.customer_data import COMMANDS as OWN_DATA
from bot.commands.customer_merge import COMMANDS as MERGING
from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    give_table,
    json_option,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.config import Config
from bot.customer_card import ShownCard, collect_shown
from bot.customer_owner import change_kind, change_part, give_owner
from dialogues import library as dialogues
from dialogues.library import Library
from domain.customers import Customer
from domain.people import ContactKind, PersonAtCompany, roles_of
from store.audit import note_act
from store.customers import customers_by_id, find_customers, search_customers
from store.database import Tx
from store.former_customers import customers_by_former_number
from store.people import companies_of, people_at
from store.staff import find_member, install_admins

_HITS = 10


@click.group("customer")
def command() -> None:
    """Look at a customer, and keep whose she is and what she is to us."""


for each in (*MERGING, *OWN_DATA):
    command.add_command(each)


async def the_customer(tx: Tx, word: str) -> Customer:
    """Return the one customer that *word* finds; raises Refused with the hits when there are several, or none."""
    found = await search_customers(tx, word, limit=_HITS)
    if not found:
        raise Refused(f"{word}: no such customer; give her number, her Telegram id or the beginning of a name")
    if len(found) > 1:
        hits = "\n".join(f"  {each.number or each.id}  {each.name}  {each.town or ''}".rstrip() for each in found)
        count = f"{len(found)} customers" if len(found) < _HITS else f"at least {_HITS} customers"
        raise Refused(f"{word}: {count}; give the number of one:\n{hits}")
    former = await customers_by_former_number(tx, [word.strip()])
    if found[0].id in former.values() and found[0].number != word.strip():
        click.echo(f"{word}: now part of {found[0].number or found[0].id}", err=True)
    return found[0]


@command.command("find")
@click.argument("word", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 2000), default=20, show_default=True, help="How many at most.")
@click.option("--language", help="In whose alphabetical order; the company's first language when left out.")
@staff_option
@config_option
@json_option
@asynchronous
async def find(
    word: tuple[str, ...],
    limit: int,
    language: str | None,
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """List those whose name, company, town, e-mail, user name or number these words begin, or whose phone ends so."""
    config = the_config(config_file, needs_content=False)
    asked = " ".join(word)
    async with opened_store(config) as database, database.write() as tx:
        tag = language or config.company.default_language
        found = await find_customers(tx, asked, limit=limit, language=tag)
        await note_act(tx, staff_id, "customer.find", "customers", now(), {"found": found.total})
    if as_json:
        rows = [_short(each) for each in found.customers]
        give_json({"found": found.total, "more": found.more, "customers": rows})
        return
    if not found.customers:
        raise Refused(f"{asked}: no such customer; the beginning of a name is enough")
    rows_shown = [(each.number or each.id, each.name, each.company, each.town) for each in found.customers]
    give_table(["number", "name", "company", "town"], rows_shown)
    if found.total > len(found.customers) or found.more:
        click.echo(f"{len(found.customers)} of {'more than ' if found.more else ''}{found.total}; --limit shows more")


@command.command("show")
@click.argument("word", nargs=-1, required=True, metavar="ID")
@click.option("--limit", default=30, show_default=True, help="How many contacts of the timeline.")
@staff_option
@config_option
@json_option
@asynchronous
async def show(
    word: tuple[str, ...], limit: int, staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    """Show the customer with this number, Telegram id or name. The look is written into the audit log."""
    config = the_config(config_file)
    library = _library(config)
    async with opened_store(config) as database, database.write() as tx:
        customer = await the_customer(tx, " ".join(word))
        shown: ShownCard = await collect_shown(tx, customer, config.company, library, now(), contacts=limit)
        await note_act(tx, staff_id, "customer.show", f"customer:{customer.id}", now(), {"where": "command line"})
    if as_json:
        give_json(document_of(shown))
    else:
        print_card(shown, config)


@command.command("owner")
@click.argument("word", metavar="ID")
@click.argument("owner", metavar="STAFF-ID|none")
@staff_option
@config_option
@asynchronous
async def owner_command(word: str, owner: str, staff_id: int | None, config_file: Path | None) -> None:
    """Give a customer to a member of staff, or to nobody; her new cases go to the owner where the rules say so."""
    config = the_config(config_file)
    if owner != "none" and not owner.isdecimal():
        raise click.UsageError(f"{owner}: give the Telegram id of a member of staff, or none")
    async with opened_store(config) as database, database.write() as tx:
        await install_admins(tx, config.staff.admins, now())
        customer = await the_customer(tx, word)
        member = None if owner == "none" else await find_member(tx, int(owner))
        if owner != "none" and member is None:
            raise Refused(f"{owner}: is no staff member; vuoro staff list shows who there is")
        await give_owner(tx, customer, member.id if member else None, staff_id, now())
    name = (member.name or str(member.id)) if member else "nobody"
    click.echo(f"The owner of {customer.name or customer.id} is {name} now.")


@command.command("kind")
@click.argument("word", metavar="ID")
@click.argument("kind", type=click.Choice([kind.value for kind in ContactKind]))
@staff_option
@config_option
@asynchronous
async def kind_command(word: str, kind: str, staff_id: int | None, config_file: Path | None) -> None:
    """Say what somebody is to the company; newsletters and surveys for customers go to customers only."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.write() as tx:
        customer = await the_customer(tx, word)
        await change_kind(tx, customer, ContactKind(kind), staff_id, now())
    click.echo(f"{customer.name or customer.id}: {kind} now.")


@command.command("people")
@click.argument("word", nargs=-1, required=True, metavar="COMPANY")
@config_option
@json_option
@asynchronous
async def people_command(word: tuple[str, ...], config_file: Path | None, as_json: bool) -> None:
    """List the people of a company with their roles, or the companies of a person."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.read() as tx:
        customer = await the_customer(tx, " ".join(word))
        there = await people_at(tx, customer.id)
        elsewhere = await companies_of(tx, customer.id)
        known = await customers_by_id(
            tx, {*(part.person_id for part in there), *(part.company_id for part in elsewhere)}
        )
    rows = [("person", known[part.person_id], part) for part in there if part.person_id in known]
    rows += [("company", known[part.company_id], part) for part in elsewhere if part.company_id in known]
    if as_json:
        give_json([{"is": what, **_short(other), **_part(part)} for what, other, part in rows])
        return
    if not rows:
        raise Refused(f"{customer.name}: nobody is known there; vuoro customer role PERSON COMPANY buyer adds somebody")
    table = [
        (what, other.number or other.id, listed_name(other), ", ".join(part.roles), part.title)
        for what, other, part in rows
    ]
    give_table(["", "number", "name", "roles", "title"], table)


@command.command("role")
@click.argument("person", metavar="PERSON")
@click.argument("company", metavar="COMPANY")
@click.argument("roles", metavar="ROLES|none")
@click.option("--title", default="", help="Of the person at this company.")
@staff_option
@config_option
@asynchronous
async def role_command(
    person: str, company: str, roles: str, title: str, staff_id: int | None, config_file: Path | None
) -> None:
    """Keep who a person is at a company: initiator, influencer, decider, buyer, user; none takes her off it."""
    config = the_config(config_file)
    try:
        chosen = None if roles == "none" else roles_of(roles)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    async with opened_store(config) as database, database.write() as tx:
        who, where = await the_customer(tx, person), await the_customer(tx, company)
        try:
            await change_part(tx, where, who, chosen, staff_id, now(), title=title)
        except ValueError as error:
            raise Refused(f"{where.name or where.number or where.id}: {error}") from None
    told = "is not at" if chosen is None else f"is {', '.join(chosen) or 'known'} at"
    click.echo(f"{who.name or who.id} {told} {listed_name(where) or where.id} now.")


def _library(config: Config) -> Library:
    own = [] if config.content is None else [config.content / "dialogues"]
    return Library.guess([dialogues.SHIPPED, *own], config.company.languages)


def _short(customer: Customer) -> dict[str, object]:
    wanted = ("id", "number", "name", "company", "town")
    return {name: value for name, value in dataclasses.asdict(customer).items() if name in wanted}


def _part(part: PersonAtCompany) -> dict[str, object]:
    return {"roles": [role.value for role in part.roles], "title": part.title, "since": part.since}
