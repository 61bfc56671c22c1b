"""`vuoro contact log`: a contact that took place on another channel joins the customer's timeline."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.customer import the_customer
from bot.commands.frame import (
    asynchronous,
    config_option,
    give_json,
    json_option,
    now,
    opened_store,
    staff_option,
    the_config,
)
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from store.audit import note_act
from store.contacts import add_contacts
from store.ids import new_id

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
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """Write a contact onto the timeline of the customer with this number, Telegram id or name."""
    if not text.strip():
        raise click.UsageError("--text is empty; write what was said")
    moment = now()
    async with opened_store(the_config(config_file)) as database, database.write() as tx:
        customer = await the_customer(tx, " ".join(word))
        contact = Contact(
            id=new_id(),
            customer_id=customer.id,
            at=moment,
            channel=Channel(channel),
            direction=Direction(direction),
            kind=ContactKind.MEETING if channel in {"meeting", "event"} else ContactKind.WORDS,
            text=text.strip(),
            state=ContactState.RECEIVED if direction == "in" else ContactState.SENT,
            staff_id=staff_id,
            feeling=feeling,
        )
        await add_contacts(tx, [contact])
        await note_act(tx, staff_id, "contact.log", f"customer:{customer.id}", moment, {"channel": channel})
    if as_json:
        give_json({"id": contact.id, "customer": customer.id, "at": moment})
    else:
        click.echo(f"Logged for {customer.name or customer.number or customer.id}.")
