"""`vuoro programme`: the loyalty programmes, their members and what becomes of them, joining and leaving by staff."""

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
    opened_store,
    staff_option,
    the_config,
)
from bot.commands.office import opened_office
from bot.commands.programme_shown import line_document, print_report, print_show, report_document
from bot.config import Config
from bot.content import read_content
from bot.programmes import all_programmes, programme_lines, programme_report
from dialogues.giving import Giving
from dialogues.joining import Joined, join_programme, leave_programme
from domain.cards import in_groups
from domain.faults import did_you_mean
from domain.loyalty import Loyalty
from domain.programmes import Programme
from store.audit import note_act
from store.customers import customers_by_id
from store.member_cards import cards_of
from store.memberships import members as members_of
from store.tiers import tiers_among

_PAGE = 1000


@click.group("programme")
def command() -> None:
    """Loyalty programmes: open ones with cards, tiers and benefits, and silent ones that customers do not hear of."""


@command.command("list")
@config_option
@json_option
@asynchronous
async def list_(config_file: Path | None, as_json: bool) -> None:
    """List the programmes with members, tiers, and what a draft lacks."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.read() as tx:
        lines = await programme_lines(tx, all_programmes(_loyalty(config)), now())
    if as_json:
        give_json([line_document(line) for line in lines])
    elif not lines:
        click.echo("There is no programme yet; write one: content/programmes/NAME.toml")
    else:
        rows = [
            (
                line.programme.name,
                line.programme.kind.value,
                "published" if line.published else "draft",
                line.members,
                f"+{line.joined}",
                ", ".join(f"{tier.name} {line.tiers.get(tier.name, 0)}" for tier in line.programme.tiers),
                ", ".join(part.key for part in line.missing),
            )
            for line in lines
        ]
        give_table(["name", "kind", "state", "members", "30 days", "tiers", "missing"], rows)


@command.command("show")
@click.argument("name")
@config_option
@json_option
@asynchronous
async def show(name: str, config_file: Path | None, as_json: bool) -> None:
    """Show a programme: who may join, tiers with their rules, benefits with their qualities, and what is missing."""
    config = the_config(config_file)
    programme = _wanted(name, _loyalty(config))
    async with opened_store(config) as database, database.read() as tx:
        (line,) = await programme_lines(tx, [programme], now())
    if as_json:
        give_json(line_document(line))
    else:
        print_show(line, config)


@command.command("members")
@click.argument("name")
@staff_option
@config_option
@json_option
@asynchronous
async def members(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """List the members with card, tier, since when and by what. The look is written into the audit log."""
    config = the_config(config_file)
    programme = _wanted(name, _loyalty(config))
    documents: list[dict[str, Any]] = []
    async with opened_store(config) as database:
        async with database.write() as tx:
            await note_act(tx, staff_id, "programme.look", f"programme:{name}", now())
        async with database.read() as tx:
            after = 0
            while page := await members_of(tx, programme.membership, after, _PAGE):
                after = page[-1].customer_id
                ids = [each.customer_id for each in page]
                people, tiers = await customers_by_id(tx, ids), await tiers_among(tx, programme.name, ids)
                documents += [
                    {
                        "id": each.customer_id,
                        "number": people[each.customer_id].number,
                        "name": people[each.customer_id].name,
                        "tier": tiers.get(each.customer_id, ""),
                        "since": each.since.isoformat(),
                        "source": each.source,
                    }
                    for each in page
                ]
    if as_json:
        give_json(documents)
    else:
        give_table(["id", "number", "name", "tier", "since", "source"], [tuple(each.values()) for each in documents])


@command.command("report")
@click.argument("name")
@config_option
@json_option
@asynchronous
async def report(name: str, config_file: Path | None, as_json: bool) -> None:
    """Report on a programme: members, moves, what was given at what cost; of a silent one goal, targets and result."""
    config = the_config(config_file)
    programme = _wanted(name, _loyalty(config))
    async with opened_store(config) as database, database.read() as tx:
        found = await programme_report(tx, programme, config.company, now())
    if as_json:
        give_json(report_document(found, config.company.currency))
    else:
        print_report(found, config.company.currency)


@command.command("join")
@click.argument("name")
@click.argument("word", metavar="CUSTOMER")
@staff_option
@config_option
@json_option
@asynchronous
async def join(name: str, word: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Make a customer a member, as when she signs at the till; staff may let in whom an invitation's rule does not."""
    async with opened_office(config_file) as office:
        programme = _published(name, office.content.loyalty)
        company, room = office.config.company, office.room
        giving = Giving(company, office.content.loyalty, room.words, room.line)
        async with office.database.write() as tx:
            customer = await the_customer(tx, word)
            source = "staff" if staff_id is None else f"staff:{staff_id}"
            try:
                joined = await join_programme(tx, company, giving, programme, customer.id, now(), source, by_staff=True)
            except ValueError as error:
                raise Refused(str(error)) from None
            assert isinstance(joined, Joined)
            await note_act(tx, staff_id, "programme.join", f"customer:{customer.id}", now(), {"programme": name})
    if as_json:
        document = {"customer": customer.id, "card": joined.number, "tier": joined.tier, "already": joined.already}
        give_json(document | {"given": [gift.benefit.id for gift in joined.gifts]})
        return
    told = "was a member already" if joined.already else "is a member now"
    tier = f", tier {joined.tier}" if joined.tier else ""
    click.echo(f"{customer.name or customer.id} {told}: card {in_groups(joined.number)}{tier}.")


@command.command("leave")
@click.argument("name")
@click.argument("word", metavar="CUSTOMER")
@staff_option
@config_option
@asynchronous
async def leave(name: str, word: str, staff_id: int | None, config_file: Path | None) -> None:
    """End a customer's membership with card and tier, as she asked; her points stay until they expire."""
    config = the_config(config_file)
    programme = _wanted(name, _loyalty(config))
    async with opened_store(config) as database, database.write() as tx:
        customer = await the_customer(tx, word)
        if not await leave_programme(tx, programme.name, programme.membership, customer.id, now()):
            raise Refused(f"{customer.name or customer.id} is no member of {name}; vuoro programme members {name}")
        await note_act(tx, staff_id, "programme.leave", f"customer:{customer.id}", now(), {"programme": name})
    click.echo(f"{customer.name or customer.id} has left {name}.")


@command.command("cards")
@click.argument("word", metavar="CUSTOMER")
@config_option
@json_option
@asynchronous
async def cards(word: str, config_file: Path | None, as_json: bool) -> None:
    """List a customer's membership cards, void ones too."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.read() as tx:
        found = await cards_of(tx, (await the_customer(tx, word)).id)
    rows = [(each.number, each.programme, each.issued_at, each.ended_at) for each in found]
    if as_json:
        give_json([dict(zip(("number", "programme", "issued_at", "ended_at"), row, strict=True)) for row in rows])
    else:
        shown = [(in_groups(number), name, local(at, config), local(end, config)) for number, name, at, end in rows]
        give_table(["card", "programme", "since", "void since"], shown)


def _loyalty(config: Config) -> Loyalty:
    content, faults = read_content(config)
    if len(faults):
        click.echo(f"note: {len(faults)} faults in the content's files; vuoro check names them", err=True)
    return content.loyalty


def _wanted(name: str, loyalty: Loyalty) -> Programme:
    known = {each.name: each for each in all_programmes(loyalty)}
    if name not in known:
        hint = did_you_mean(name, known, otherwise="vuoro programme list shows which there are")
        raise Refused(f"{name}: no such programme; {hint}")
    return known[name]


def _published(name: str, loyalty: Loyalty) -> Programme:
    programme = _wanted(name, loyalty)
    if not programme.published:
        raise Refused(f"{name}: is a draft; write published = true in its file when vuoro check finds nothing missing")
    return programme
