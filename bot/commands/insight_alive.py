"""`vuoro insight alive`: who probably still buys, how often to expect it, and how well that was foretold so far."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from bot.commands.counted import counted
from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_table,
    json_option,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.commands.written_files import csv_cell, refuse_taken, replacing, replacing_path
from bot.config import Config
from bot.pictures import can_draw
from bot.pictures_alive import AlivePage, Beside, draw_alive
from scheduler.pictures import MISSING, can_picture
from store.audit import note_act
from store.database import Database

if TYPE_CHECKING:
    from bot.insight_alive import AliveRow, Bounded, Past
    from insight.repeat_buying_kept import Method, RepeatBuying

_DAY = click.DateTime(["%Y-%m-%d"])
_SHOWN = 50
_COLUMNS = (
    "id", "number", "name", "purchase_days", "alive", "alive_low", "alive_high",
    "expected", "expected_low", "expected_high", "method",
)  # fmt: skip


@click.command("alive")
@click.option("--at", "on", type=_DAY, metavar="DATE", help="As of the end of that day, with what is learnt by now.")
@click.option("--limit", type=click.IntRange(1), help=f"So many rows; {_SHOWN} for people, else all.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), metavar="FILE", help="Every row into a CSV file.")
@click.option("--picture", type=click.Path(path_type=Path), metavar="FILE", help="Draw the back-test as a PNG.")
@click.option("--force", is_flag=True, help="Let the files replace those that are there.")
@click.option("--renew", is_flag=True, help="Learn anew now; else it is done once a month, in the night.")
@staff_option
@config_option
@json_option
@asynchronous
async def alive(
    on: dt.datetime | None,
    limit: int | None,
    csv_file: Path | None,
    picture: Path | None,
    force: bool,
    renew: bool,
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """
    Say of each customer how probably she still buys, and on how many days of the next 12 months, with ranges.

    The head says who tells that: the model with its parameters, or cohorts and why the model keeps silent.
    """
    if not can_picture():
        raise Refused(MISSING)
    if picture is not None and not can_draw():
        raise Refused('--picture: matplotlib is not installed; pip install "vuoro[insight]"')
    for file in (csv_file, picture):
        if file is not None:
            refuse_taken(file, force)
    from bot.insight_alive import alive_rows
    from scheduler.repeat_buying import kept, repeat_buying

    config = the_config(config_file)
    async with opened_store(config) as database:
        if renew:
            await repeat_buying(database, now().astimezone(config.company.zone), anew=True)
        async with database.write() as tx:
            await note_act(tx, staff_id, "insight.alive", "", now(), {"where": "command line"})
            learnt = await kept(tx)
        if learnt is None:
            raise Refused("nothing was learnt yet; wait for the night, or run: vuoro insight refresh")
        if picture is not None:
            await _draw(learnt, picture)
        day = max(now().astimezone(config.company.zone).date(), learnt.day) if on is None else on.date()
        past = None if on is None else await _as_of(database, config, day)
        day += dt.timedelta(days=on is not None)  # the morning after that day
        async with contextlib.aclosing(alive_rows(database, learnt, day, past)) as rows:
            if csv_file is not None:
                count = await _to_file(rows, learnt.method, csv_file)
                click.echo(f"{counted(count, 'row')} written to {csv_file}", err=True)
            elif as_json:
                await _as_json(rows, learnt, limit)
            else:
                await _for_people(rows, learnt, limit or _SHOWN)


async def _as_of(database: Database, config: Config, day: dt.date) -> Past:
    from scheduler.picture_work import Work
    from scheduler.pictures_afresh import pictures_at

    work = Work(database, config.company, config.insight)
    return await pictures_at(work, end_of(day, config), lambda _step, _done, _total: None)


def end_of(day: dt.date, config: Config) -> dt.datetime:
    """Give the last moment of *day* in the company's zone: what `--at` of a look back means."""
    return dt.datetime.combine(day, dt.time.max, config.company.zone)


async def _to_file(rows: AsyncGenerator[AliveRow, None], method: Method, file: Path) -> int:
    count = 0
    with replacing(file) as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(_COLUMNS)
        async for row in rows:
            writer.writerow([csv_cell(cell, isinstance(cell, str)) for cell in _cells(row, method)])
            count += 1
    return count


async def _as_json(rows: AsyncGenerator[AliveRow, None], learnt: RepeatBuying, limit: int | None) -> None:
    """Write row after row: they may be more than the memory holds."""
    from bot.insight_alive import head_document, row_document

    click.echo(f'{{"head": {orjson.dumps(head_document(learnt)).decode()}, "customers": [', nl=False)
    count = 0
    async for row in rows:
        if limit is not None and count == limit:
            break
        click.echo(("," if count else "") + "\n" + orjson.dumps(row_document(row, learnt.method)).decode(), nl=False)
        count += 1
    click.echo("]}")


async def _for_people(rows: AsyncGenerator[AliveRow, None], learnt: RepeatBuying, limit: int) -> None:
    from bot.insight_alive import head_lines

    click.echo("\n".join(head_lines(learnt)))
    shown: list[tuple[str, ...]] = []
    more = 0
    async for row in rows:
        if len(shown) < limit:
            shown.append(_line(row, learnt.method))
        else:
            more += 1
    give_table(("number", "name", "alive", "range", "next 12 months", "range", "method"), shown)
    if more:
        click.echo(f"{more} more; --limit N or --csv FILE shows them")


def _line(row: AliveRow, method: Method) -> tuple[str, ...]:
    alive, expected = row.alive, row.expected
    return (
        row.number or f"id {row.id}",
        row.name,
        "-" if alive is None else f"{alive.value:.0%}",
        ("bought once" if row.purchase_days == 1 else "-") if alive is None else f"{alive.low:.0%} to {alive.high:.0%}",
        "-" if expected is None else f"{expected.value:.1f}",
        "-" if expected is None else f"{expected.low:.1f} to {expected.high:.1f}",
        method.value,
    )


def _cells(row: AliveRow, method: Method) -> tuple[object, ...]:
    return (
        row.id, row.number, row.name, row.purchase_days, *_three(row.alive), *_three(row.expected), method.value
    )  # fmt: skip


def _three(told: Bounded | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if told is None else (told.value, told.low, told.high)


async def _draw(learnt: RepeatBuying, file: Path) -> None:
    if learnt.test is None:
        why = learnt.refusal.sentence if learnt.refusal is not None else ""
        raise Refused(f"--picture: there was no back-test. {why}".rstrip())
    image = await draw_alive(page_of(learnt))
    with replacing_path(file) as part:
        part.write_bytes(image)
    click.echo(f"The picture is in {file}.", err=True)


def page_of(learnt: RepeatBuying) -> AlivePage:
    """Put the words and numbers of the back-test onto a page."""
    test = learnt.test
    assert test is not None, "alive: a page is drawn of a back-test"
    split = f"{learnt.split:%Y-%m-%d}" if learnt.split is not None else ""
    return AlivePage(
        title="Could it be foretold?",
        subtitle=f"Learnt until {split}, compared with the {test.weeks:.0f} weeks after it",
        value=f"{test.expected:,.0f} expected, {test.happened:,.0f} happened",
        caption=f"purchase days of {test.n:,} customers; guess “as before”: {test.naive:,.0f}",
        names=("expected", "happened"),
        groups_title="Mean purchase days, by how often they had bought again",
        groups=[Beside(f"{each.label}×", each.expected, each.happened, f"n {each.n:,}") for each in test.groups],
        deciles_title="The same by tenths of “alive”, of those who had bought again",
        deciles=[
            Beside(f"{each.alive:.0%}", each.expected, each.happened, f"{each.bought:.0%} came")
            for each in test.deciles
        ],
        notes=("The model speaks." if test.speaks else "The model keeps silent, and cohorts answer.",),
    )
