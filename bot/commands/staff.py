"""`vuoro staff`: who may do what, by Telegram user id."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    give_table,
    json_option,
    now,
    opened_store,
    the_config,
)
from domain.staff import Role
from store.audit import note_act
from store.staff import add_member, find_member, install_admins, list_members, remove_member

_ROLES = [role.value for role in Role]


@click.group("staff")
def command() -> None:
    """Who may do what: agents answer, editors write, managers approve, admins do everything."""


@command.command("add")
@click.argument("telegram_id", type=click.IntRange(1))
@click.argument("role", type=click.Choice(_ROLES))
@click.option("--name", default="", help="As colleagues and customers see it; else as in Telegram.")
@click.option("--language", help="In which the bot writes to her.")
@config_option
@asynchronous
async def add(telegram_id: int, role: str, name: str, language: str | None, config_file: Path | None) -> None:
    """Give the person with this Telegram user id a role, or another one."""
    config = the_config(config_file)
    if language is not None and language not in config.company.languages:
        raise click.UsageError(f"--language {language}: the company speaks {', '.join(config.company.languages)}")
    moment = now()
    async with opened_store(config) as database, database.write() as tx:
        member = await add_member(tx, telegram_id, name, Role(role), moment, language=language)
        await note_act(tx, None, "staff.add", f"staff:{telegram_id}", moment, {"role": role})
    click.echo(f"{member.name or member.id} is {member.role.value} now.")


@command.command("remove")
@click.argument("telegram_id", type=click.IntRange(1))
@config_option
@asynchronous
async def remove(telegram_id: int, config_file: Path | None) -> None:
    """Take every right from the person with this Telegram user id."""
    config = the_config(config_file)
    if telegram_id in config.staff.admins:
        raise Refused(f"{telegram_id}: is an admin by the config; take the id out of staff.admins first")
    moment = now()
    async with opened_store(config) as database, database.write() as tx:
        member = await find_member(tx, telegram_id)
        if member is None or not await remove_member(tx, telegram_id, moment):
            raise Refused(f"{telegram_id}: is no staff member; vuoro staff list shows who is")
        await note_act(tx, None, "staff.remove", f"staff:{telegram_id}", moment)
    click.echo(f"{member.name or member.id} has no rights any more.")


@command.command("list")
@config_option
@json_option
@asynchronous
async def list_(config_file: Path | None, as_json: bool) -> None:
    """List everybody who has a role."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.write() as tx:
        await install_admins(tx, config.staff.admins, now())
        members = await list_members(tx)
    if as_json:
        give_json(
            [
                {"id": m.id, "name": m.name, "role": m.role, "language": m.language, "reachable": m.reachable}
                for m in members
            ]
        )
    else:
        give_table(
            ["id", "name", "role", "language"], [(m.id, m.name, m.role.value, m.language or "") for m in members]
        )
