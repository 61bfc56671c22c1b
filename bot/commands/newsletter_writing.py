"""`vuoro newsletter new|preview|test`: before a newsletter goes out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bot.commands.customer import the_customer
from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    json_option,
    now,
    staff_option,
    the_config,
)
from bot.commands.newsletter_files import the_file
from bot.commands.office import Office, acting_member, opened_office, plain_text
from bot.newsletters import SHIPPED, Refusal
from bot.staff_visit import to_member
from bot.trials import Trial, try_out
from domain.customers import Customer, KnownFact
from domain.messages import Message
from domain.newsletters import Newsletter
from domain.staff import Role
from scheduler.rendering import Rendering
from store import outbox
from store.audit import note_act
from store.facts import known_facts
from templates.sandbox import NotRenderableError

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_FRONT = """\
+++
title    = "{name}"
audience = ''                # a rule, such as language = "fi"; empty is everybody who agreed to newsletters
#schedule = "0 10 * * TUE"   # goes by itself; left out: by hand
+++
"""
_BODY = "<b>{{ company }}</b>\n\n{% if name %}{{ name }}, {% endif %}…\n"


def add_writing(group: click.Group) -> None:
    """Add these commands to `vuoro newsletter`."""
    for each in (new, preview, test):
        group.add_command(each)


@click.command("new")
@click.argument("name")
@click.option("--like", metavar="NEWSLETTER", help="Begin as a copy of another one, such as spring.")
@config_option
def new(name: str, like: str | None, config_file: Path | None) -> None:
    """Write the files of a new newsletter, one for each language, into the content folder, which is made if need be."""
    config = the_config(config_file, needs_content=False)
    if config.content is None:
        raise Refused('content: there is no folder for your own files; set folder = "content" in [content]')
    if _NAME.fullmatch(name) is None:
        raise click.UsageError(f"{name!r} is no newsletter's name; use a to z, 0 to 9, - and _")
    folder = config.content / "newsletters"
    taken = sorted(folder.glob(f"{name}.*.j2"))
    if taken:
        raise Refused(f"{taken[0]}: is there already; edit it, or choose another name")
    texts = _copied(folder, name, like) if like else _fresh(name, config.company.languages)
    if not folder.is_dir():
        folder.mkdir(parents=True)
        click.echo(f"{folder}: made this folder", err=True)
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8")
        click.echo(str(folder / file))


@click.command("preview")
@click.argument("name")
@click.option("--language", help="Only in this one.")
@click.option("--customer", "word", metavar="ID", help="As this customer would get it.")
@config_option
@json_option
@asynchronous
async def preview(name: str, language: str | None, word: str | None, config_file: Path | None, as_json: bool) -> None:
    """Show newsletter NAME as it would be sent, in each language or for one customer."""
    async with opened_office(config_file) as office:
        newsletter = the_file(office, name).newsletter
        readers = await _readers(office, newsletter, language, word)
    shown = [_shown(office, newsletter, customer, facts) for customer, facts in readers]
    if as_json:
        give_json({"name": name, "previews": shown})
        return
    for each in shown:
        click.echo(f"--- {each['language']}")
        click.echo(each["problem"] or each["plain"])
        for row in each["buttons"]:
            click.echo("  ".join(f"[{button['text']}]" for button in row))


@click.command("test")
@click.argument("name")
@click.option("--list", "to_list", is_flag=True, help="To the customers of [newsletters] test_list, too.")
@staff_option
@config_option
@json_option
@asynchronous
async def test(name: str, to_list: bool, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Send newsletter NAME to the staff member herself, in Telegram, and with --list to the test list."""
    async with opened_office(config_file) as office, office.database.write() as tx:
        numbers = office.config.test_list
        if to_list and not numbers:
            raise Refused('newsletters.test_list: is empty; write customer numbers into it: test_list = ["10023"]')
        member = await acting_member(tx, office.config, staff_id, Role.EDITOR)
        the_file(office, name)
        draft = await office.newsletters.draft(tx, name, member.id, now())
        assert not isinstance(draft, Refusal)
        message = await office.newsletters.preview(tx, draft, member, now())
        if isinstance(message, str):
            raise Refused(f"{name}: {message}")
        if not member.reachable and not to_list:
            raise Refused(f"{member.name or member.id}: the bot cannot write to her; she must press Start in its chat")
        if member.reachable:
            await outbox.put(tx, [to_member(member.id, message, now())])
        trial = await try_out(tx, office.newsletters, draft, numbers, now()) if to_list else Trial()
        await note_act(tx, member.id, "newsletter.preview", f"newsletter:{name}", now())
    if as_json:
        to = member.id if member.reachable else None
        give_json({"name": name, "to": to, "list": trial.sent, "missing": dict(trial.missing)})
        return
    who = [member.name or str(member.id)] if member.reachable else []
    who += [f"{trial.sent} of the {len(numbers)} on the test list"] if to_list else []
    click.echo(f"{name} goes to {' and '.join(who)}, as soon as vuoro run looks.")
    for number, reason in trial.missing.items():
        click.echo(f"note: not to customer {number}: {reason.replace('_', ' ')}")


def _fresh(name: str, languages: Sequence[str]) -> dict[str, str]:
    fronts = {languages[0]: _FRONT.format(name=name)}
    return {f"{name}.{language}.j2": fronts.get(language, "") + _BODY for language in languages}


def _copied(folder: Path, name: str, like: str) -> dict[str, str]:
    if _NAME.fullmatch(like) is None:
        raise click.UsageError(f"{like!r} is no newsletter's name; use a to z, 0 to 9, - and _")
    source = next((place for place in (folder, SHIPPED) if any(place.glob(f"{like}.*.j2"))), None)
    if source is None:
        raise Refused(f"{like}: no such newsletter to copy; there is spring, and magazine")
    return {
        name + path.name.removeprefix(like): path.read_text(encoding="utf-8-sig")
        for path in sorted(source.glob(f"{like}.*.j2"))
    }


async def _readers(
    office: Office, newsletter: Newsletter, language: str | None, word: str | None
) -> list[tuple[Customer, Sequence[KnownFact]]]:
    if word is not None:
        async with office.database.read() as tx:
            customer = await the_customer(tx, word)
            return [(customer, (await known_facts(tx, [customer.id])).get(customer.id, []))]
    if language is not None and language not in newsletter.bodies:
        raise Refused(f"{newsletter.name}: is not written in {language}, but in {', '.join(newsletter.bodies)}")
    languages = [language] if language else list(newsletter.bodies)
    return [(Customer(0, name="Maija Mäkelä", language=each), ()) for each in languages]


def _shown(office: Office, newsletter: Newsletter, customer: Customer, facts: Sequence[KnownFact]) -> dict[str, Any]:
    rendering = Rendering(office.config.company, office.content.words)
    problem, message = "", None
    try:
        message = rendering.message(newsletter, 0, customer, facts, now())
        problem = "" if message is not None else "the text comes out empty, so nothing would be sent"
    except NotRenderableError as error:
        problem = str(error)
    message = message or Message("")
    return {
        "language": customer.language or office.config.company.default_language,
        "html": message.text,
        "plain": plain_text(message.text),
        "media": [media.name for media in message.media],
        "buttons": [[{"text": button.label, "url": button.url} for button in row] for row in message.keyboard],
        "problem": problem,
    }
