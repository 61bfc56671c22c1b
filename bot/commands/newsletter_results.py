"""`vuoro newsletter results` and `choose`: what a sending brought about, and which variant the rest of it gets."""

from __future__ import annotations

import csv
from pathlib import Path

import click

from bot.commands.frame import Refused, asynchronous, config_option, give_json, json_option, now, staff_option
from bot.commands.newsletter_files import no_such_sending
from bot.commands.newsletter_status import newest
from bot.commands.office import Office, acting_member, language_of, opened_office, plain_text
from bot.commands.written_files import refuse_taken, replacing
from bot.effects import DAYS, Measured, measure
from bot.effects_documents import COLUMNS, effects_document, effects_rows
from bot.effects_words import EffectWords
from bot.experiments import EVENLY, choose_variant
from bot.newsletters import Refusal
from domain.newsletters import Sending
from domain.staff import Role
from store import sendings
from store.audit import note_act
from store.database import Tx
from store.experiments import look_at

_EVENLY = "evenly"


def add_results(group: click.Group) -> None:
    """Add these commands to `vuoro newsletter`."""
    group.add_command(results)
    group.add_command(choose)


@click.command("results")
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 365), default=DAYS, show_default=True, help="After the last message.")
@click.option("--sending", "sending_id", type=int, metavar="ID", help="Of an earlier sending; the newest else.")
@click.option("--csv", "file", type=click.Path(path_type=Path), help="Write counts and shares to FILE, too.")
@click.option("--force", is_flag=True, help="Replace FILE when it is there already.")
@config_option
@json_option
@asynchronous
async def results(
    name: str,
    days: int,
    sending_id: int | None,
    file: Path | None,
    force: bool,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """Show what newsletter NAME brought about: clicks, answers, purchases and the rest, and what it changed."""
    if file is not None:
        refuse_taken(file, force)
    async with opened_office(config_file, needs_files=False) as office, office.database.read() as tx:
        sending = await _the_sending(tx, office, name, sending_id)
        newsletter = await office.newsletters.newsletter_of(tx, sending)
        found = await measure(tx, office.config.company, sending, newsletter, now(), days=days)
        title = await office.newsletters.title_of(tx, sending)
    language = language_of(office.config)
    if file is not None:
        _write(file, found)
    if as_json:
        give_json(effects_document(found, name, language))
    else:
        words = EffectWords(office.config.company, office.content.words)
        click.echo(plain_text(words.results(found, title, language)))


@click.command("choose")
@click.argument("name")
@click.argument("variant")
@staff_option
@config_option
@json_option
@asynchronous
async def choose(name: str, variant: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """
    Let the rest of newsletter NAME get VARIANT, or "evenly" each an even part.

    For an experiment whose difference is no more than chance gives; a clear winner goes by itself.
    """
    async with opened_office(config_file, needs_files=False) as office, office.database.write() as tx:
        member = await acting_member(tx, office.config, staff_id, Role.MANAGER)
        sending = await _the_sending(tx, office, name, None)
        choice = EVENLY if variant == _EVENLY else variant
        done = await choose_variant(tx, sending.id, choice, now())
        if isinstance(done, Refusal):
            raise await _refused(tx, name, sending, variant, done)
        await note_act(tx, member.id, "newsletter.choose", f"sending:{sending.id}", now(), {"variant": variant})
    if as_json:
        give_json({"name": name, "sending": sending.id, "variant": variant})
    else:
        click.echo(f"{name}: the rest get {'each variant evenly' if choice == EVENLY else f'variant {variant}'}")


async def _refused(tx: Tx, name: str, sending: Sending, variant: str, refusal: Refusal) -> Refused:
    look = await look_at(tx, sending.id)
    if refusal is Refusal.STALE:
        return Refused(f"{name}: that has been decided already; vuoro newsletter results {name} shows it")
    if look is None:
        return Refused(f"{name}: nothing is left to decide, or the wait of its test is not over yet")
    if variant not in {*look.counts, _EVENLY}:
        return Refused(f"{name}: has no variant {variant}; there are {', '.join(look.counts)}, and {_EVENLY}")
    return Refused(f"{name}: is {sending.state.value}; nobody is left to get it")


async def _the_sending(tx: Tx, office: Office, name: str, sending_id: int | None) -> Sending:
    if sending_id is not None:
        found = await sendings.get(tx, sending_id)
        if found is None or found.name != name:
            raise Refused(f"{sending_id}: is no sending of {name}; leave it out for the newest one")
        return found
    newest_one = newest(await sendings.recent(tx, name=name))
    if newest_one is None or newest_one.started_at is None:
        raise await no_such_sending(tx, office.config, name)
    return newest_one


def _write(file: Path, found: Measured) -> None:
    with replacing(file) as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(effects_rows(found))
