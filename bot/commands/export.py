"""`vuoro export`: customers, contacts, answers or recipients as a CSV file, of any size in little memory."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TextIO

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
from bot.commands.written_files import csv_cell, refuse_taken, replacing
from bot.config import Config
from bot.imports_crm import write_crm
from domain.crm import Crm
from store.audit import note_act
from store.database import Database
from store.export import COLUMNS, count_rows, export_pages
from store.foreign_records import count_foreign

_FREE = frozenset({"name", "company", "town", "text", "value", "edited_from"})


@click.command("export")
@click.argument("what", type=click.Choice(list(COLUMNS)))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE when it is there already.")
@click.option("--raw", is_flag=True, help="Leave words as they are that a spreadsheet would take for a formula.")
@click.option(
    "--as-crm",
    type=click.Choice([crm.value for crm in Crm]),
    help="Customers as the contacts of this program that they were imported from, whole.",
)
@staff_option
@config_option
@json_option
@asynchronous
async def command(
    what: str,
    file: Path,
    force: bool,
    raw: bool,
    as_crm: str | None,
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """Write a table to FILE as CSV (UTF-8, commas); "-" is standard output. It is written into the audit log."""
    if as_crm is not None and what != "customers":
        raise click.UsageError("--as-crm writes customers; leave it out, or export customers")
    to_stdout = str(file) == "-"
    if to_stdout and as_json:
        raise click.UsageError("--json tells about a file; give a name instead of -")
    if not to_stdout:
        refuse_taken(file, force)
    config = the_config(config_file)
    async with opened_store(config) as database:
        async with database.write() as tx:
            await note_act(tx, staff_id, f"export.{what}", "", now(), {"where": "command line"})

        async def write(target: TextIO) -> int:
            if as_crm is None:
                return await _write(database, what, target, raw)
            return await _write_crm(database, Crm(as_crm), target, config)

        if to_stdout:
            await write(sys.stdout)
            return
        with replacing(file) as target:
            count = await write(target)
    if as_json:
        give_json({"what": what, "file": str(file), "rows": count})
    else:
        click.echo(f"{file}: {count:,} rows. It holds personal data; keep it accordingly.")


async def _write_crm(database: Database, crm: Crm, target: TextIO, config: Config) -> int:
    from rich.console import Console
    from rich.progress import Progress

    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bar:
        async with database.read() as tx:
            count = await count_foreign(tx, crm.value)
            if not count:
                raise Refused(f"no customer was imported from {crm.value}; vuoro import customers reads its export")
            task = bar.add_task(crm.value, total=count)
            return await write_crm(tx, crm, target, now(), config.company.zone, lambda n: bar.advance(task, n))


async def _write(database: Database, what: str, target: TextIO, raw: bool) -> int:
    from rich.console import Console
    from rich.progress import Progress

    columns = COLUMNS[what]
    free = frozenset() if raw else frozenset(place for place, name in enumerate(columns) if name in _FREE)
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(columns)
    written = 0
    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bar:
        async with database.read() as tx:
            task = bar.add_task(what, total=await count_rows(tx, what))
            async for page in export_pages(tx, what):
                writer.writerows([csv_cell(cell, place in free) for place, cell in enumerate(row)] for row in page)
                written += len(page)
                bar.update(task, completed=written)
    return written
