"""`vuoro newsletter new|preview|test|preflight`: before a newsletter goes out."""

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
    give_table,
    json_option,
    now,
    staff_option,
    the_config,
)
from bot.commands.newsletter_status import largest
from bot.commands.office import Office, acting_member, opened_office, plain_text
from bot.config import Approval, Config
from bot.newsletters import SHIPPED, Refusal
from bot.staff_visit import to_member
from domain.customers import Customer, KnownFact, Purpose
from domain.faults import Fault, FaultList, did_you_mean
from domain.messages import Message
from domain.newsletters import Newsletter, Sending, SendingState
from domain.staff import Role
from scheduler.newsletter_files import NewsletterFile, split_front_matter
from scheduler.rendering import Rendering
from store import freezing, outbox
from store.audit import note_act
from store.facts import known_facts
from templates.markup import CAPTION_LIMIT, TEXT_LIMIT
from templates.newsletters import lint, missing_languages
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
    for each in (new, preview, test, preflight):
        group.add_command(each)


@click.command("new")
@click.argument("name")
@click.option("--like", metavar="NEWSLETTER", help="Begin as a copy of another one, such as spring.")
@config_option
def new(name: str, like: str | None, config_file: Path | None) -> None:
    """Write the files of a new newsletter, one for each language, into the content folder."""
    config = the_config(config_file)
    if config.content is None:
        raise Refused('content: there is no folder for your own files; set folder = "content" in [content]')
    if _NAME.fullmatch(name) is None:
        raise click.UsageError(f"{name!r} is no newsletter's name; use a to z, 0 to 9, - and _")
    folder = config.content / "newsletters"
    taken = sorted(folder.glob(f"{name}.*.j2"))
    if taken:
        raise Refused(f"{taken[0]}: is there already; edit it, or choose another name")
    texts = _copied(folder, name, like) if like else _fresh(name, config.company.languages)
    folder.mkdir(parents=True, exist_ok=True)
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
@staff_option
@config_option
@json_option
@asynchronous
async def test(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Send newsletter NAME to the staff member herself, in Telegram."""
    async with opened_office(config_file) as office, office.database.write() as tx:
        member = await acting_member(tx, office.config, staff_id, Role.EDITOR)
        the_file(office, name)
        draft = await office.newsletters.draft(tx, name, member.id, now())
        assert not isinstance(draft, Refusal)
        message = await office.newsletters.preview(tx, draft, member, now())
        if isinstance(message, str):
            raise Refused(f"{name}: {message}")
        if not member.reachable:
            raise Refused(f"{member.name or member.id}: the bot cannot write to her; she must press Start in its chat")
        await outbox.put(tx, [to_member(member.id, message, now())])
        await note_act(tx, member.id, "newsletter.preview", f"newsletter:{name}", now())
    if as_json:
        give_json({"name": name, "to": member.id})
    else:
        click.echo(f"{name} goes to {member.name or member.id}, as soon as vuoro run looks.")


@click.command("preflight")
@click.argument("name")
@config_option
@json_option
@asynchronous
async def preflight(name: str, config_file: Path | None, as_json: bool) -> None:
    """Say all that could be wrong with newsletter NAME, and who would get it; exit code 1 when something is wrong."""
    async with opened_office(config_file) as office:
        file = the_file(office, name)
        found = FaultList()
        _lint(file, found)
        counts = await _counts(office, file.newsletter)
    count = counts.pop("", 0)
    minutes = _minutes(office.config, count)
    warnings = _warnings(office, file.newsletter, count)
    if as_json:
        give_json(
            {
                "name": name,
                "ok": not found.faults,
                "count": count,
                "excluded": counts,
                "minutes": minutes,
                "warnings": warnings,
                "faults": [_fault(fault) for fault in found.faults],
            }
        )
    else:
        click.echo(f"{name}: {count} would get it now, in about {minutes} min.")
        if counts:
            give_table(["left out", "n"], largest(counts))
        for warning in warnings:
            click.echo(f"note: {warning}")
    if found.faults and not as_json:
        raise Refused("\n".join(str(fault) for fault in found.faults))
    if found.faults:
        raise click.exceptions.Exit(1)


def the_file(office: Office, name: str) -> NewsletterFile:
    """Return the newsletter of that name as its files are now; raises Refused."""
    file = office.content.newsletters.get(name)
    if file is None:
        names = [each.newsletter.name for each in office.newsletters.all()]
        otherwise = f"there are {', '.join(names)}" if names else "write one with vuoro newsletter new NAME"
        raise Refused(f"{name}: no such newsletter; {did_you_mean(name, names, otherwise=otherwise)}")
    return file


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


def _lint(file: NewsletterFile, found: FaultList) -> None:
    limit = CAPTION_LIMIT if file.newsletter.media else TEXT_LIMIT
    for name, source in file.content.items():
        _, body, line = split_front_matter(source)
        lint(body, name.split(".")[-2], name, found, line=line, limit=limit)


async def _counts(office: Office, newsletter: Newsletter) -> dict[str, int]:
    company = office.config.company
    moment = now()
    sending = Sending(0, newsletter.name, newsletter.digest, SendingState.DRAFT, moment, audience=newsletter.audience)
    async with office.database.read() as tx:
        return await freezing.count_audience(
            tx,
            sending,
            at=moment.astimezone(company.zone),
            currency=company.currency,
            exclude=newsletter.exclude,
            holdout=newsletter.holdout,
            purpose=None if newsletter.service else Purpose.MARKETING,
        )


def _minutes(config: Config, count: int) -> int:
    """Say how many minutes, begun ones included, *count* messages take at the configured pace."""
    pace = max(config.telegram.bulk_per_second + config.telegram.paid_per_second, 1)
    return -(-count // (pace * 60))


def _warnings(office: Office, newsletter: Newsletter, count: int) -> list[str]:
    config = office.config
    missing = missing_languages(newsletter.bodies, config.company.languages)
    found = []
    if missing:
        found.append(f"it is not written in {', '.join(missing)}: those customers get the first language's text")
    if not count:
        found.append("nobody would get it")
    if config.newsletters is Approval.SECOND_PERSON:
        found.append("a second person must approve it")
    if newsletter.schedule:
        found.append(f"it goes by itself: {newsletter.schedule}")
    return found


def _fault(fault: Fault) -> dict[str, object]:
    return {"file": fault.where, "line": fault.line, "problem": fault.problem, "remedy": fault.remedy}
