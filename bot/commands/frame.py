"""What all commands share: the config, the opened store, JSON or text out, and expected troubles as sentences."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from bot.config import Config
from bot.config_reading import load_config
from domain.clock import Clock, WallClock
from domain.faults import Faults
from store.backup import NoBackup
from store.copying import StoreIncomplete, StoreNotEmpty
from store.database import Database, StoreUnavailable, store_url
from store.upgrade import StoreNotUpgraded, StoreTooNew, ready

P = ParamSpec("P")
T = TypeVar("T")

clock: Clock = WallClock()  # the time of every command, which tests set


class Refused(click.ClickException):
    """The command was understood but is not done; the message says why and what to do."""

    exit_code = 1


def expected_sentence(error: Exception) -> str | None:
    """Return what to tell a person about an error that the world may cause, or None for a mistake of ours."""
    match error:
        case Faults() | StoreTooNew() | StoreNotUpgraded() | StoreNotEmpty() | StoreIncomplete() | NoBackup():
            return str(error)
        case StoreUnavailable():
            return f"store: {error}"
        case PermissionError() | FileNotFoundError() | IsADirectoryError():
            return f"{error.filename}: {error.strerror}; check its name and its rights"
    return None


def asynchronous(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Let a coroutine function be a command."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return asyncio.run(function(*args, **kwargs))

    return run


config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    envvar="VUORO_CONFIG",
    help="The config file; vuoro.toml of this folder when left out.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
staff_option = click.option("--as", "staff_id", type=int, metavar="STAFF-ID", help="The staff member who does it.")


def the_config(config_file: Path | None, *, to_run: bool = False, needs_content: bool = True) -> Config:
    """Read the config; raises Faults."""
    return load_config(config_file, os.environ, to_run=to_run, needs_content=needs_content)


@contextlib.asynccontextmanager
async def opened_store(config: Config) -> AsyncIterator[Database]:
    """Open the config's store, with the schema of this program; raises what `store.upgrade.ready` raises."""
    url = store_url(config.store, config.folder)
    await ready(url)
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


def now() -> dt.datetime:
    """Return the present moment, in UTC."""
    return clock.now()


def give_json(document: object) -> None:
    """Write one JSON document to standard output; times as ISO 8601, enums as their values."""
    import orjson

    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=_plain).decode())


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)


def give_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table to standard output, for people; wide as the terminal, and plain where there is none."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console(sys.stdout.isatty()).print(table)


def console(is_terminal: bool = True) -> Any:
    """Return rich's console for standard output; without a terminal it is wide enough for any row."""
    from rich.console import Console

    return Console(markup=False, highlight=False, width=None if is_terminal else 200)


def local(moment: dt.datetime | None, config: Config) -> str:
    """Write a moment as the company's clocks show it."""
    return "" if moment is None else moment.astimezone(config.company.zone).strftime("%Y-%m-%d %H:%M")
