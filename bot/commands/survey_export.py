"""`vuoro survey export`: a survey's invitations and answers as a CSV or Parquet file, of any size in little memory."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

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
from bot.commands.survey_results import the_survey, the_wave
from bot.commands.written_files import csv_cell, refuse_taken, replacing, replacing_path
from bot.content import load_content
from bot.parquet import ParquetFile, can_write_parquet
from bot.results import the_score
from bot.survey_table import SurveyTable
from store.audit import note_act
from store.survey_export import ExportedCase, exported_cases
from store.survey_scope import Scope

_EVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_PARQUET, _CSV = ".parquet", ".csv"


@click.command("export")
@click.argument("name")
@click.option("--out", "file", type=click.Path(path_type=Path), required=True, help="FILE.csv or FILE.parquet.")
@click.option("--wave", "wave_id", type=int, metavar="ID", help="Only one wave; vuoro survey status NAME lists them.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only what began from that day on.")
@click.option("--names", is_flag=True, help="With names and numbers, phones and places; without, nobody is named.")
@click.option("--force", is_flag=True, help="Replace FILE when it is there already.")
@staff_option
@config_option
@json_option
@asynchronous
async def export(
    name: str,
    file: Path,
    wave_id: int | None,
    since: dt.datetime | None,
    names: bool,
    force: bool,
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """Write survey NAME as a table, a row for each invitation and each answer that came unasked."""
    _refuse_strange(file)
    refuse_taken(file, force)
    config = the_config(config_file)
    script = the_survey(load_content(config).library, name)
    table, until = SurveyTable(script, names=names), now()
    start = since.replace(tzinfo=config.company.zone).astimezone(dt.UTC) if since is not None else _EVER
    score = the_score(script)
    async with opened_store(config) as database:
        async with database.write() as tx:
            detail = {"where": "command line", "names": names}
            await note_act(tx, staff_id, "survey.export", name, until, detail)
        async with database.read() as tx:
            wave = await the_wave(tx, name, wave_id)
            scope = Scope(name, start, until, wave.id if wave is not None else None)
            pages = exported_cases(tx, scope, score.question if score is not None else "", until)
            count = await (_write_parquet if file.suffix == _PARQUET else _write_csv)(file, table, pages)
    if as_json:
        give_json({"name": name, "file": str(file), "rows": count, "columns": [each.name for each in table.columns]})
    else:
        click.echo(f"{file}: {count:,} rows. It holds personal data; keep it accordingly.")


def _refuse_strange(file: Path) -> None:
    if file.suffix not in {_CSV, _PARQUET}:
        raise Refused(f"{file}: is neither .csv nor .parquet; give a name that ends in one of them")
    if file.suffix == _PARQUET and not can_write_parquet():
        raise Refused(f"{file}: pyarrow is not installed; pip install vuoro[insight], or write a .csv file")


async def _write_csv(file: Path, table: SurveyTable, pages: AsyncIterator[list[ExportedCase]]) -> int:
    free = [column.free for column in table.columns]
    count = 0
    with replacing(file) as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow([column.name for column in table.columns])
        async for page in pages:
            rows = (table.row(case) for case in page)
            writer.writerows([csv_cell(cell, is_free) for cell, is_free in zip(row, free, strict=True)] for row in rows)
            count += len(page)
    return count


async def _write_parquet(file: Path, table: SurveyTable, pages: AsyncIterator[list[ExportedCase]]) -> int:
    count = 0
    with replacing_path(file) as part, ParquetFile(part, table.columns) as target:
        async for page in pages:
            target.write([table.row(case) for case in page])
            count += len(page)
    return count
