"""`vuoro club`: the clubs, their members, joining and leaving by staff."""

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
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.config import Config
from bot.content import read_content
from domain.clubs import Club, Fit
from domain.faults import did_you_mean
from domain.languages import in_language
from store.audit import note_act
from store.clubs import birth_of, join_club, leave_club
from store.customers import customers_by_id
from store.database import Tx
from store.memberships import count_members
from store.memberships import members as members_of

_PAGE = 1000
_NO_FIT = {
    Fit.TOO_YOUNG: "is too young for it",
    Fit.TOO_OLD: "is too old for it",
    Fit.GUARDIAN: "needs a guardian's consent, which is asked in the chat: she taps Join under /clubs",
}


@click.group("club")
def command() -> None:
    """Clubs: who is in them, for which ages they are, and joining and leaving by staff."""


@command.command("list")
@config_option
@json_option
@asynchronous
async def list_(config_file: Path | None, as_json: bool) -> None:
    """List the clubs with their ages and sizes."""
    config = the_config(config_file)
    clubs = _clubs(config)
    async with opened_store(config) as database, database.read() as tx:
        documents = await _documents(tx, config, list(clubs.values()))
    if as_json:
        give_json(documents)
    elif not documents:
        click.echo("There is no club yet; write one: content/clubs/NAME.toml")
    else:
        columns = ("name", "title", "from", "until", "guardian_under", "members", "topic")
        give_table(list(columns), [tuple("" if d[each] is None else d[each] for each in columns) for d in documents])


@command.command("show")
@click.argument("name")
@config_option
@json_option
@asynchronous
async def show(name: str, config_file: Path | None, as_json: bool) -> None:
    """Show a club: ages, terms and their version, the topic of its own newsletter, how many are in it."""
    config = the_config(config_file)
    club = _wanted(name, _clubs(config))
    async with opened_store(config) as database, database.read() as tx:
        (document,) = await _documents(tx, config, [club])
    document |= {"about": dict(club.about), "terms": dict(club.terms), "version": club.terms_version}
    if as_json:
        give_json(document)
    else:
        for key, value in document.items():
            click.echo(f"{key}: {'-' if value is None else value}")


@command.command("members")
@click.argument("name")
@staff_option
@config_option
@json_option
@asynchronous
async def members(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """List the members with since when, by what, and the day of the age limit. The look goes into the audit log."""
    config = the_config(config_file)
    club = _wanted(name, _clubs(config))
    documents: list[dict[str, Any]] = []
    async with opened_store(config) as database:
        async with database.write() as tx:
            await note_act(tx, staff_id, "club.look", f"club:{name}", now())
        async with database.read() as tx:
            after = 0
            while page := await members_of(tx, club.membership, after, _PAGE):
                after = page[-1].customer_id
                people = await customers_by_id(tx, [each.customer_id for each in page])
                documents += [
                    {
                        "id": each.customer_id,
                        "number": people[each.customer_id].number,
                        "name": people[each.customer_id].name,
                        "since": each.since.isoformat(),
                        "source": each.source,
                        "ends_on": each.ends_on.isoformat() if each.ends_on else None,
                    }
                    for each in page
                ]
    if as_json:
        give_json(documents)
    else:
        columns = ["id", "number", "name", "since", "source", "ends on"]
        give_table(columns, [tuple("" if each is None else each for each in row.values()) for row in documents])


@command.command("join")
@click.argument("name")
@click.argument("word", metavar="CUSTOMER")
@staff_option
@config_option
@json_option
@asynchronous
async def join(name: str, word: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Make a customer a member, as she asked; refused where her age is not known, does not fit, or takes a guardian."""
    config = the_config(config_file)
    club = _wanted(name, _clubs(config))
    async with opened_store(config) as database, database.write() as tx:
        customer = await the_customer(tx, word)
        told, at = customer.name or str(customer.id), now()
        birth = await birth_of(tx, customer.id) if club.asks_age else None
        if club.asks_age and birth is None:
            raise Refused(f"{told}: the date of birth is not known, and {name} has age rules; she joins with /clubs")
        fit = Fit.YES if birth is None else club.fit(birth, at.astimezone(config.company.zone).date())
        if fit is not Fit.YES:
            raise Refused(f"{told} {_NO_FIT[fit]}; vuoro club show {name} tells the rules")
        source = "staff" if staff_id is None else f"staff:{staff_id}"
        is_new = await join_club(tx, customer.id, club.name, at, source, birth=birth, ends_on=club.ends_on(birth))
        await note_act(tx, staff_id, "club.join", f"customer:{customer.id}", at, {"club": name})
    if as_json:
        give_json({"customer": customer.id, "club": name, "already": not is_new})
    else:
        click.echo(f"{told} {'is a member now' if is_new else 'was a member already'}.")


@command.command("leave")
@click.argument("name")
@click.argument("word", metavar="CUSTOMER")
@staff_option
@config_option
@json_option
@asynchronous
async def leave(name: str, word: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """End a customer's membership, as she asked; a child's data of the club go. Works for a club without file, too."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.write() as tx:
        customer = await the_customer(tx, word)
        if not await leave_club(tx, customer.id, name, now()):
            raise Refused(f"{customer.name or customer.id} is no member of {name}; vuoro club members {name}")
        await note_act(tx, staff_id, "club.leave", f"customer:{customer.id}", now(), {"club": name})
    if as_json:
        give_json({"customer": customer.id, "club": name})
    else:
        click.echo(f"{customer.name or customer.id} has left {name}.")


async def _documents(tx: Tx, config: Config, clubs: list[Club]) -> list[dict[str, Any]]:
    sizes = await count_members(tx, [club.membership for club in clubs])
    language = config.company.default_language
    return [
        {
            "name": club.name,
            "title": in_language(club.title, language, language),
            "from": club.from_age,
            "until": club.until_age,
            "guardian_under": club.guardian_under,
            "members": sizes.get(club.membership, 0),
            "topic": club.topic,
        }
        for club in clubs
    ]


def _clubs(config: Config) -> dict[str, Club]:
    content, faults = read_content(config)
    if len(faults):
        click.echo(f"note: {len(faults)} faults in the content's files; vuoro check names them", err=True)
    return {club.name: club for club in content.loyalty.clubs}


def _wanted(name: str, clubs: dict[str, Club]) -> Club:
    if name not in clubs:
        raise Refused(f"{name}: no such club; {did_you_mean(name, clubs, otherwise='vuoro club list shows them')}")
    return clubs[name]
