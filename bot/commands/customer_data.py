"""`vuoro customer mydata|forget`: all that is held of a customer, for her to have; and to be forgotten for good."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    json_option,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.commands.office import acting_member
from bot.config import Config
from bot.content import Content, read_content
from bot.forgetting import ForgettingJob
from dialogues.own_sections import OwnSections
from domain.customers import Customer
from domain.languages import best_language
from domain.staff import Role
from store.audit import note_act
from store.database import Tx
from store.erasures import ask, erasure_of, journal_of
from store.own_data import own_data
from store.own_data_rules import Section
from templates.markup import parse


@click.command("mydata")
@click.argument("word", metavar="ID")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--letter", is_flag=True, help="In lines for people; JSON when left out.")
@staff_option
@config_option
@json_option
@asynchronous
async def mydata(
    word: str, file: Path | None, letter: bool, staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    """Give all that is held of the customer, with source and date, to FILE or standard output. The look is audited."""
    if letter and as_json:
        raise click.UsageError("--letter and --json are two forms; keep one of them")
    config = the_config(config_file)
    content, _ = read_content(config)
    company, programmes = config.company, content.loyalty.programmes
    async with opened_store(config) as database, database.write() as tx:
        customer = await _customer(tx, word)
        document = await own_data(tx, customer.id, now(), programmes, currency=company.currency, zone=company.zone)
        await note_act(tx, staff_id, "customer.mydata", f"customer:{customer.id}", now(), {"where": "command line"})
    if file is not None:
        written = _letter(document, config, content, customer) if letter else _json(document)
        await asyncio.to_thread(file.write_text, written, encoding="utf-8")
        click.echo(f"{file}: it holds personal data; keep it accordingly.", err=True)
    elif letter:
        click.echo(_letter(document, config, content, customer), nl=False)
    else:
        give_json(document)


@click.command("forget")
@click.argument("word", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@staff_option
@config_option
@json_option
@asynchronous
async def forget(word: str, yes: bool, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """
    Forget the customer for good: names, words, files, cards and what was worked out go; sums stay.

    She gets a last message with the number of the proof when the bot runs. It cannot be undone.
    """
    config = the_config(config_file)
    content, _ = read_content(config)
    async with opened_store(config) as database:
        async with database.write() as tx:
            member = await acting_member(tx, config, staff_id, Role.MANAGER)
            customer = await _customer(tx, word)
        if not yes:
            if not sys.stdin.isatty():
                raise Refused("it cannot be undone; add --yes")
            click.confirm(f"Forget {customer.name or customer.number or customer.id} for good?", abort=True, err=True)
        async with database.write() as tx:
            await ask(tx, customer.id, f"staff:{member.id}", now())
            await note_act(tx, member.id, "customer.forget", f"customer:{customer.id}", now())
        journal = journal_of(database.url, config.folder)
        await ForgettingJob(database, config.company, content.words, journal).tick(now())
        async with database.read() as tx:
            done = await erasure_of(tx, customer.id)
    assert done is not None
    if as_json:
        give_json({"id": done.id, "counts": done.counts, "proof": done.proof, "done": done.done_at is not None})
    elif done.counts is None:
        click.echo("A message to her is being sent; the running bot forgets her within a minute.")
    else:
        click.echo(f"Forgotten: {sum(done.counts.values())} rows of {len(done.counts)} tables. Proof {done.proof}")
        if done.done_at is None:
            click.echo("The running bot sends the last message, and then takes the bytes off the disk.")


async def _customer(tx: Tx, word: str) -> Customer:
    from bot.commands.customer import the_customer

    return await the_customer(tx, word)


def _json(document: object) -> str:
    import orjson

    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _letter(document: dict[str, object], config: Config, content: Content, customer: Customer) -> str:
    """Write all that is held as she would read it, section by section, in her language."""
    language = best_language(customer.language, config.company.languages)
    letter = OwnSections(config.company, content.words, content.loyalty, whole=True)
    sections = document["sections"]
    assert isinstance(sections, dict)
    parts = [parse(letter.text(Section(name), items, language)).plain for name, items in sections.items() if items]
    return "\n\n".join(parts) + "\n"


COMMANDS = (mydata, forget)
