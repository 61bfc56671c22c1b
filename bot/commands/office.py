"""
What a staff member needs to work from the command line: who she is, and the desk that she has in Telegram, too.

What the desk would answer her in the chat is collected and printed instead; what it sends to others goes its usual way.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from bot.commands import frame
from bot.commands.frame import Refused, now, opened_store, the_config
from bot.config import Config
from bot.content import Content, load_content, read_content
from bot.errands import Errands
from bot.forum import Forum
from bot.newsletters import Newsletters, commands_of
from bot.staff_labels import Labels
from bot.staff_visit import StaffRoom, Visit
from domain.incoming import Place
from domain.messages import Message
from domain.staff import Role, StaffMember
from scheduler.rendering import Rendering
from store.database import Database, Tx
from store.staff import find_member, install_admins
from templates.markup import parse


@dataclass(frozen=True, slots=True)
class Office:
    """The opened store with the company's content, and the staff's room over both."""

    config: Config
    content: Content
    database: Database
    newsletters: Newsletters
    room: StaffRoom


@contextlib.asynccontextmanager
async def opened_office(config_file: Path | None, *, needs_files: bool = True) -> AsyncIterator[Office]:
    """
    Read config and content and open the store; raises Faults and what `opened_store` raises.

    With *needs_files* False faults of the content are only told: no half-written file keeps a sending from being
    paused or a customer from being answered.
    """
    config = the_config(config_file)
    content = load_content(config) if needs_files else _content_despite_faults(config)
    company, words = config.company, content.words
    newsletters = Newsletters(
        company,
        content.newsletters,
        Rendering(company, words),
        approval=config.newsletters,
        commands=commands_of(content.library),
    )
    labels = Labels(words, content.library)
    async with opened_store(config) as database:
        room = StaffRoom(
            company=company,
            words=words,
            labels=labels,
            library=content.library,
            line=Forum(company, words, labels, config.staff.group),
            newsletters=newsletters,
            database=database,
            clock=frame.clock,
            errands=Errands(),
            pictures=config.folder,
            approval=config.newsletters,
            themes=content.themes,
            loyalty=content.loyalty,
        )
        yield Office(config, content, database, newsletters, room)


def _content_despite_faults(config: Config) -> Content:
    content, faults = read_content(config)
    if len(faults):
        click.echo(f"note: {len(faults)} faults in the content's files; vuoro check names them", err=True)
    return content


async def acting_member(tx: Tx, config: Config, staff_id: int | None, role: Role) -> StaffMember:
    """
    Return who acts: *staff_id*, or the config's admin where she is the only one.

    Raises UsageError when nobody is named, Refused for somebody who is no staff member or whose role is too low.
    """
    await install_admins(tx, config.staff.admins, now())
    if staff_id is None:
        if len(config.staff.admins) != 1:
            raise click.UsageError("--as STAFF-ID is needed: who does it? vuoro staff list shows who there is")
        staff_id = config.staff.admins[0]
    member = await find_member(tx, staff_id)
    if member is None:
        raise Refused(f"{staff_id}: is no staff member; vuoro staff add {staff_id} {role.value}")
    if not member.may(role):
        raise Refused(f"{member.name or staff_id}: is {member.role.value}, and this needs a {role.value}")
    return member


@dataclass(slots=True)
class CommandVisit(Visit):
    """A visit whose answers to the member are kept in `answers` ((key, plain text)) instead of going to her chat."""

    answers: list[tuple[str, str]] = field(default_factory=list, init=False)

    async def say(self, key: str, /, **values: object) -> None:
        """Keep a staff text; what only a chat shows, such as its buttons, is dropped."""
        texts = {name: value for name, value in values.items() if name not in {"keyboard", "ref"}}
        self.answers.append((key, plain_text(self.html(key, **texts))))

    async def toast(self, key: str = "", /, **values: object) -> None:
        """Keep what would be shown at the top of her screen."""
        if key:
            self.answers.append((key, self.plain(f"toast.{key}", **values)))

    async def send(self, message: Message, **_: object) -> None:
        """Keep a message's text."""
        self.answers.append(("", plain_text(message.text) if message.html else message.text))


def visit_of(office: Office, tx: Tx, member: StaffMember) -> CommandVisit:
    """Let *member* act in her own name, in this transaction."""
    return CommandVisit(office.room, tx, member, Place(member.id, private=True), now())


def plain_text(telegram_html: str) -> str:
    """Return Telegram HTML without its tags."""
    return parse(telegram_html).plain


def language_of(config: Config) -> str:
    """Return the language in which the command line shows texts that staff see in Telegram: English where there is."""
    languages = config.company.languages
    return "en" if "en" in languages else languages[0]
