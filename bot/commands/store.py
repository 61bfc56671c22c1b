"""`vuoro store`: upgrade, backup, restore, copy and check."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
from store import tallies
from store.backup import backup, restore
from store.checking import check_store
from store.copying import Progress, copy_store
from store.database import store_url
from store.erasures import ask_again, journal_of
from store.upgrade import upgrade


@click.group("store")
def command() -> None:
    """Upgrade, back up, restore, copy and check the customer store."""


def _url(config_file: Path | None) -> Any:
    config = the_config(config_file)
    return store_url(config.store, config.folder)


@command.command("upgrade")
@config_option
@asynchronous
async def upgrade_(config_file: Path | None) -> None:
    """Bring the store to this program's schema; never back."""
    before, after = await upgrade(_url(config_file))
    if before == after:
        click.echo(f"The store has the schema {after} already.")
    else:
        click.echo(f"The store went from {before or 'nothing'} to the schema {after}.")


@command.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
@asynchronous
async def backup_(file: Path, config_file: Path | None) -> None:
    """Write every row to FILE, while the bot may run."""
    with _progress() as progress:
        size = await backup(_url(config_file), file, progress)
    click.echo(f"{file}: {size:,} bytes, checked.")


@command.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
@asynchronous
async def restore_(file: Path, config_file: Path | None) -> None:
    """Make the store what it was when FILE was written."""
    config = the_config(config_file)
    url = store_url(config.store, config.folder)
    with _progress() as progress:
        kept = await restore(file, url, progress)
    click.echo(f"The store is restored from {file}.")
    async with opened_store(config) as database, database.write() as tx:
        again = await ask_again(tx, journal_of(url, config.folder), now())
    if again:
        click.echo(f"{again} who were forgotten after it was made are forgotten again when the bot starts.")
    if kept is not None:
        click.echo(f"What was there before is kept as {kept}.")


@command.command("copy")
@click.argument("url")
@config_option
@asynchronous
async def copy_(url: str, config_file: Path | None) -> None:
    """Copy the store into the empty one at URL, such as from SQLite to PostgreSQL."""
    try:
        target = store_url(url)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with _progress() as progress:
        counts = await copy_store(_url(config_file), target, progress)
    used = [count for count in counts.values() if count]
    click.echo(f"Copied and counted {sum(used):,} rows of {len(used)} tables.")


@command.command("check")
@click.option("--mend", is_flag=True, help="First make the accounts of newsletters what their ledgers count.")
@config_option
@json_option
@asynchronous
async def check_(mend: bool, config_file: Path | None, as_json: bool) -> None:
    """Look whether the file is whole, the schema ours and the accounts right; exit code 1 when not."""
    config = the_config(config_file)
    async with opened_store(config) as database:
        if mend:
            async with database.write() as tx:
                mended = await tallies.mend(tx)
            click.echo(f"Counted the ledgers: {mended} figures were wrong.", err=True)
        report = await check_store(database)
    if as_json:
        give_json(dataclasses.asdict(report))
    else:
        give_table(["what", "rows"], report.counts.items())
    if report.problems:
        raise Refused("\n".join(f"store: {problem}" for problem in report.problems))


@contextlib.contextmanager
def _progress() -> Iterator[Progress]:
    """Show on standard error how far a copy is."""
    from rich.console import Console
    from rich.status import Status

    with Status("reading", console=Console(stderr=True)) as status:
        yield lambda table, copied: status.update(f"{table}: {copied:,} rows")
