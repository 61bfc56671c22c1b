"""`vuoro insight alive`: who probably still buys, how often to expect it, and how well that was foretold so far."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    json_option,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.commands.written_files import csv_cell, refuse_taken, replacing, replacing_path
from bot.pictures import can_draw
from bot.pictures_alive import AlivePage, Beside, draw_alive
from scheduler.pictures import MISSING, can_picture
from store.audit import note_act

if TYPE_CHECKING:
    from bot.insight_alive import AliveRow, Bounded
    from insight.repeat_buying_kept import Method, RepeatBuying

_COLUMNS = (
    "id", "number", "name", "purchase_days", "alive", "alive_low", "alive_high",
    "expected", "expected_low", "expected_high", "method",
)  # fmt: skip


@click.command("alive")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), metavar="FILE", help="Write the rows to a file.")
@click.option("--picture", type=click.Path(path_type=Path), metavar="FILE", help="Draw the back-test as a PNG.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@staff_option
@config_option
@json_option
@asynchronous
async def alive(
    csv_file: Path | None,
    picture: Path | None,
    force: bool,
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
    from scheduler.repeat_buying import kept

    config = the_config(config_file)
    async with opened_store(config) as database:
        async with database.write() as tx:
            await note_act(tx, staff_id, "insight.alive", "", now(), {"where": "command line"})
            learnt = await kept(tx)
        if learnt is None:
            raise Refused("nothing was learnt yet; wait for the night, or run: vuoro insight refresh")
        day = now().astimezone(config.company.zone).date()
        if picture is not None:
            await _draw(learnt, picture)
        async with contextlib.aclosing(alive_rows(database, learnt, max(day, learnt.day))) as rows:
            await _write(rows, learnt, csv_file, as_json=as_json)


async def _write(
    rows: AsyncGenerator[AliveRow, None], learnt: RepeatBuying, csv_file: Path | None, *, as_json: bool
) -> None:
    """Write row after row: they may be more than the memory holds."""
    from bot.insight_alive import head_document, head_lines, row_document

    if csv_file is not None:
        with replacing(csv_file) as target:
            writer = csv.writer(target)
            writer.writerow(_COLUMNS)
            async for row in rows:
                writer.writerow([csv_cell(cell, True) for cell in _cells(row, learnt.method)])
    if as_json:
        click.echo(f'{{"head": {orjson.dumps(head_document(learnt)).decode()}, "customers": [', nl=False)
        comma = ""
        async for row in rows:
            click.echo(comma + "\n" + orjson.dumps(row_document(row, learnt.method)).decode(), nl=False)
            comma = ","
        click.echo("]}")
        return
    click.echo("\n".join(head_lines(learnt)))
    if csv_file is not None:
        click.echo(f"The rows are in {csv_file}.")
        return
    click.echo("\n" + "\t".join(("number", "name", "alive", "range", "next 12 months", "range", "method")))
    async for row in rows:
        click.echo(_line(row, learnt.method))


def _line(row: AliveRow, method: Method) -> str:
    alive, expected = row.alive, row.expected
    cells = (
        row.number or f"id {row.id}",
        row.name,
        "-" if alive is None else f"{alive.value:.0%}",
        ("bought once" if row.purchase_days == 1 else "-") if alive is None else f"{alive.low:.0%} to {alive.high:.0%}",
        "-" if expected is None else f"{expected.value:.1f}",
        "-" if expected is None else f"{expected.low:.1f} to {expected.high:.1f}",
        method.value,
    )
    return "\t".join(cells)


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
