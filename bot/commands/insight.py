"""`vuoro insight`: what the nights found out about each customer, and the night's work done now."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bot.commands.counted import amount, counted
from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    give_table,
    json_option,
    local,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.commands.insight_alive import alive, end_of
from bot.commands.insight_clusters import clusters
from bot.commands.insight_offers import offers
from bot.commands.written_files import csv_cell, refuse_taken, replacing
from bot.config import Config
from bot.memory import leave_alone_what_stays
from bot.rule_files import load_rules
from bot.segment_files import segments_of_content
from domain.money import major_units
from scheduler.pictures import MISSING, can_picture
from store.audit import note_act
from store.database import Database
from store.moves import count_moves
from store.night import Night, last_night
from store.pictures import count_pictures, listed_pictures, named_customers

_DAY = click.DateTime(["%Y-%m-%d"])
_SHOWN = 50
_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class _Listing:
    """A listing: what it is of in words, and its columns of the picture; amounts are shown in major units."""

    help: str
    columns: tuple[str, ...]


_LISTINGS = {
    "rfm": _Listing(
        "Recency, frequency and monetary value, each from 1 to 5, and what they rest on.",
        ("recency", "frequency", "monetary", "scheme", "last_on", "visits_year", "spent_year"),
    ),
    "value": _Listing(
        "Value class, margin, lifetime value and share of customer.",
        ("value_class", "spent_year", "margin_year", "margin", "clv", "share"),
    ),
    "ladder": _Listing("The step of the loyalty ladder, with its evidence.", ("step", "step_since", "step_reason")),
    "lifecycle": _Listing("The stage of the relationship, with its reason.", ("stage", "stage_since", "stage_reason")),
    "classes": _Listing("Keep, develop or let go, with the reason.", ("customer_class", "class_since", "class_reason")),
}
_AMOUNTS = frozenset({"spent", "spent_year", "margin", "margin_year", "clv"})


@click.group("insight")
def command() -> None:
    """What the nights found out about each customer."""


_AT = click.Option(["--at", "day"], type=_DAY, metavar="DATE", help="As of the end of that day, reckoned afresh.")
_CSV = click.Option(
    ["--csv", "csv_file"], type=click.Path(path_type=Path), metavar="FILE", help="Every row into a file."
)
_FORCE = click.Option(["--force"], is_flag=True, help="Let the file replace one that is there.")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a listing is asked for, and by whom."""

    name: str
    day: dt.datetime | None
    csv_file: Path | None
    force: bool
    limit: int | None
    staff_id: int | None
    config_file: Path | None
    as_json: bool


@asynchronous
async def _list(asked: _Asked) -> None:
    file, columns = asked.csv_file, _LISTINGS[asked.name].columns
    if file is not None:
        refuse_taken(file, asked.force)
    config = the_config(asked.config_file)
    async with opened_store(config) as database:
        async with database.write() as tx:
            await note_act(tx, asked.staff_id, f"insight.{asked.name}", "", now(), {"where": "command line"})
        if asked.day is None:
            as_of, rows = await _as_of(database, config), _stored(database, columns)
        else:
            as_of, rows = await _afresh(database, config, asked.day.date(), columns)
        shaped = _shaped(rows, columns, config, for_people=file is None and not asked.as_json)
        if file is None:
            await _show(columns, shaped, as_of, asked.limit, as_json=asked.as_json)
            return
        count = await _write(file, columns, shaped)
        click.echo(f"{counted(count, 'row')} written to {file}, {as_of}", err=True)


def _listing(name: str, listing: _Listing) -> None:
    @command.command(name, help=f"{listing.help} One row a customer.")
    @click.option("--limit", type=click.IntRange(1), help=f"So many rows; {_SHOWN} for people, else all.")
    @staff_option
    @config_option
    @json_option
    def listed(**values: Any) -> None:
        _list(_Asked(name, **values))

    listed.params = [_AT, _CSV, _FORCE, *listed.params]


for _name, _what in _LISTINGS.items():
    _listing(_name, _what)
command.add_command(alive)
command.add_command(clusters)
command.add_command(offers)


@command.command("refresh")
@click.option(
    "--at",
    "day",
    type=_DAY,
    metavar="DATE",
    help="As if it were the night of that day, at the hour of [insight] night; today or later.",
)
@config_option
@json_option
@asynchronous
async def refresh(day: dt.datetime | None, config_file: Path | None, as_json: bool) -> None:
    """Do the night's work now: look at every customer who changed, and say what moved."""
    if not can_picture():
        raise Refused(MISSING)
    from scheduler.picture_night import whole_night

    config = the_config(config_file)
    at = _night(config, day)
    leave_alone_what_stays()
    if at.date() < now().astimezone(config.company.zone).date():
        raise Refused(f"{at.date()}: that night is over; look back with: vuoro insight rfm --at {at.date()}")
    async with opened_store(config) as database:
        with _progress() as told:
            night = await whole_night(_work(database, config), at, told)
        async with database.read() as tx:
            moved = await count_moves(tx, night.day)
            pictures = await count_pictures(tx)
    if as_json:
        moves = {kind.value: number for kind, number in sorted(moved.items())}
        give_json({"day": night.day, "at": night.at, "customers": pictures, "looked": night.looked, "moves": moves})
        return
    click.echo(f"The night of {night.day}: {night.looked} of {counted(pictures, 'customer')} looked at.")
    for kind, number in sorted(moved.items()):
        click.echo(f"  {kind.value}: {number} moved")
    if not moved:
        click.echo("  nobody moved")


def _night(config: Config, day: dt.datetime | None) -> dt.datetime:
    """Give the moment of a night in the company's zone: now, or the night's hour of another day."""
    present = now().astimezone(config.company.zone)
    if day is None or day.date() == present.date():
        return present
    return dt.datetime.combine(day.date(), config.insight.night, config.company.zone)


def _work(database: Database, config: Config) -> Any:
    from scheduler.picture_work import Work

    segments = tuple(segments_of_content(config.content))
    named = (*load_rules(config.content).values(), *(segment.rule for segment in segments))
    return Work(database, config.company, config.insight, named, segments)


async def _as_of(database: Database, config: Config) -> str:
    """Say of which night the pictures are; raises Refused where there is none."""
    async with database.read() as tx:
        night: Night | None = await last_night(tx)
    if night is None:
        raise Refused("there are no pictures of the customers yet; run: vuoro insight refresh")
    under_way = "" if night.is_done else ", and that night's work is not done yet"
    return f"as of {local(night.at, config)}{under_way}"


async def _stored(database: Database, columns: Sequence[str]) -> AsyncIterator[tuple[Any, ...]]:
    after = 0
    while True:
        async with database.read() as tx:
            page = await listed_pictures(tx, columns, after, _PAGE)
        for row in page:
            yield row
        if len(page) < _PAGE:
            return
        after = page[-1][0]


async def _afresh(
    database: Database, config: Config, day: dt.date, columns: Sequence[str]
) -> tuple[str, AsyncIterator[tuple[Any, ...]]]:
    if not can_picture():
        raise Refused(MISSING)
    from scheduler.picture_work import Work
    from scheduler.pictures_afresh import pictures_at

    at = end_of(day, config)
    with _progress() as told:
        found = await pictures_at(Work(database, config.company, config.insight), at, told)

    async def rows() -> AsyncIterator[tuple[Any, ...]]:
        after = 0
        while True:
            async with database.read() as tx:
                page = await named_customers(tx, after, _PAGE)
            for who, number, name in page:
                if who in found:
                    yield (who, number, name, *(found[who].get(column) for column in columns))
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    return f"as of {local(at, config)}, reckoned afresh", rows()


async def _shaped(
    rows: AsyncIterator[tuple[Any, ...]], columns: Sequence[str], config: Config, *, for_people: bool
) -> AsyncIterator[tuple[Any, ...]]:
    """Turn amounts into major units, *for_people* with the currency, and days into their text."""
    currency = config.company.currency

    def shown(name: str, value: Any) -> Any:
        if name in _AMOUNTS and value is not None:
            return amount(value, currency) if for_people else float(major_units(value, currency))
        return value.isoformat() if isinstance(value, dt.date) else value

    async for who, number, name, *values in rows:
        yield (who, number or "", name, *(shown(column, value) for column, value in zip(columns, values, strict=True)))


async def _write(file: Path, columns: Sequence[str], rows: AsyncIterator[tuple[Any, ...]]) -> int:
    count = 0
    with replacing(file) as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("id", "number", "name", *columns))
        async for row in rows:
            writer.writerow([csv_cell(cell, is_free=isinstance(cell, str)) for cell in row])
            count += 1
    return count


async def _show(
    columns: Sequence[str], rows: AsyncIterator[tuple[Any, ...]], as_of: str, limit: int | None, *, as_json: bool
) -> None:
    most = limit if limit is not None or as_json else _SHOWN
    found: list[tuple[Any, ...]] = []
    more = 0
    async for row in rows:
        if most is None or len(found) < most:
            found.append(row)
        else:
            more += 1
    heads = ("id", "number", "name", *columns)
    if as_json:
        give_json([dict(zip(heads, row, strict=True)) for row in found])
        return
    click.echo(f"{as_of[0].upper()}{as_of[1:]}.")
    give_table(heads, found)
    if more:
        click.echo(f"{more} more; --limit N or --csv FILE shows them")


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Give what is to be told of each part: a bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    screen = Console(stderr=True)
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*shown, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def told(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=max(1, total))
            bar.update(tasks[step], completed=done, total=max(1, total))

        yield told
