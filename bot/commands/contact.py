"""`vuoro contact log`: a contact that took place on another channel joins the customer's timeline."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from bot.commands.customer import the_customer
from bot.commands.frame import Refused, asynchronous, config_option, give_json, json_option, now, staff_option
from bot.commands.office import acting_member, opened_office
from dialogues.cases import HERSELF, by_member
from dialogues.outside import Outside, log_outside
from dialogues.when_said import split_when
from domain.cases import Case
from domain.company import Company
from domain.contacts import Channel, Direction
from domain.customers import Customer
from domain.staff import Role
from store.audit import note_act
from store.cases import case_by_id, standing_case
from store.database import Tx

_CHANNELS = [channel.value for channel in Channel if channel is not Channel.TELEGRAM]


@click.group("contact")
def command() -> None:
    """Log a contact that took place outside Telegram."""


@command.command("log")
@click.argument("word", nargs=-1, required=True, metavar="ID")
@click.option("--channel", type=click.Choice(_CHANNELS), required=True)
@click.option("--direction", type=click.Choice(["in", "out"]), required=True, help="From the customer, or to her.")
@click.option("--text", required=True, help="What was said.")
@click.option("--feeling", type=click.IntRange(1, 5), help="How the seller felt about it, 1 to 5.")
@click.option("--at", "when", help='When it was, if not now: "yesterday 14:30", "1.3.", "2027-03-01 14:30".')
@click.option("--case", "number", type=int, help="The case that it was about; talking and letters of ours answer it.")
@staff_option
@config_option
@json_option
@asynchronous
async def log(
    word: tuple[str, ...],
    channel: str,
    direction: str,
    text: str,
    feeling: int | None,
    when: str | None,
    number: int | None,
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """Write a contact onto the timeline of the customer with this number, Telegram id or name."""
    if not text.strip():
        raise click.UsageError("--text is empty; write what was said")
    moment = now()
    async with opened_office(config_file, needs_files=False) as office, office.database.write() as tx:
        company = office.config.company
        customer = await the_customer(tx, " ".join(word))
        case = await _case_of(tx, customer, number) if number is not None else None
        by = HERSELF
        if case is not None or staff_id is not None:
            by = by_member(await acting_member(tx, office.config, staff_id, Role.AGENT))
        outside = Outside(
            Channel(channel), Direction(direction), moment_of(when, company, moment), text.strip(), feeling=feeling
        )
        contact = await log_outside(tx, company, office.room.line, customer, case, outside, by, moment)
        detail = {"channel": channel}
        await note_act(tx, by.staff_id, "contact.log", f"customer:{customer.id}", moment, detail)
    if as_json:
        give_json({"id": contact.id, "customer": customer.id, "at": contact.at, "case": contact.case_id})
    else:
        click.echo(f"Logged for {customer.name or customer.number or customer.id}.")


async def _case_of(tx: Tx, customer: Customer, number: int) -> Case:
    """Return the customer's case of that number, or the one that it goes on in; raises Refused."""
    case = await case_by_id(tx, number) if 0 < number < 2**63 else None
    if case is None or case.customer_id != customer.id:
        raise Refused(f"--case {number}: no such case of this customer; vuoro case list shows the open ones")
    return await standing_case(tx, case)


def moment_of(when: str | None, company: Company, now_: dt.datetime) -> dt.datetime:
    """Read --at in the company's time zone; raises UsageError."""
    if when is None:
        return now_
    local = now_.astimezone(company.zone)
    at, rest = split_when(f"{when}:", company.default_language, company.languages, local)
    if at is None or rest:
        raise click.UsageError(f"--at {when}: this is no moment of the past; write it like 2027-03-01 14:30")
    return at
