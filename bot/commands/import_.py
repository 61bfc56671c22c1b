"""`vuoro import`: customers and purchases out of CSV and Parquet files, looked at first, and taken back when wrong."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
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
    local,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.commands.import_progress import shown_progress
from bot.commands.import_shown import (
    most_often,
    report_document,
    run_document,
    show_plan,
    show_report,
    undone_document,
    what_was_undone,
)
from bot.config import Config
from bot.imports import ImportReport, ImportSettings, Source
from bot.imports_csv import DELIMITERS
from bot.imports_running import ImportBroken, keep_mapping, map_header, open_file, run_import
from domain.folding import printable
from domain.import_values import zone_named
from domain.imports import ImportKind, ImportRun, Mapped
from store.audit import note_act
from store.database import Database
from store.duplicates import propose_after_import
from store.imports import ImportUnderWay, alone, import_run, is_running, latest_imports, undo_import, undo_unfinished

_SEPARATORS = {name: sign for sign, name in DELIMITERS.items()} | {"\\t": "\t"}


@click.group("import")
def command() -> None:
    """Import customers and purchases from CSV or Parquet files; every import can be undone."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line says about one import."""

    kind: ImportKind
    file: Path
    given: Mapping[str, str]
    save_map: bool
    delimiter: str | None
    encoding: str | None
    timezone: str | None
    currency: str | None
    new_customers: bool
    dry_run: bool
    staff_id: int | None
    as_json: bool


def _file_options(function: Any) -> Any:
    for option in (
        click.option("--currency", metavar="CODE", help="Of amounts without one; the company's when left out."),
        click.option("--timezone", metavar="ZONE", help="Of times without one; the company's when left out."),
        click.option("--encoding", metavar="NAME", help="What the file is written in, when the guess is wrong."),
        click.option("--delimiter", metavar="SIGN", help="What parts the cells, when the guess is wrong: ; or tab."),
        click.option("--save-map", is_flag=True, help="Keep the mapping for the next file with this header."),
        click.option(
            "--map",
            "pairs",
            multiple=True,
            metavar="COLUMN=HEADER",
            help="Which header means a column; may be repeated.",
        ),
        click.option("--dry-run", is_flag=True, help="Look at every row, and store nothing."),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        function = option(function)
    return staff_option(config_option(json_option(function)))


@command.command("purchases")
@_file_options
@click.option("--new-customers", is_flag=True, help="Make customers of numbers that nobody has.")
@asynchronous
async def purchases(config_file: Path | None, pairs: tuple[str, ...], new_customers: bool, **options: Any) -> None:
    """
    Import lines of receipts from FILE. Every row that cannot be kept is named; a line that is known is passed by.

    Columns: customer, receipt, at, product, product_name, group, quantity, amount, currency, store, external_id.
    """
    await _import(
        config_file, _Asked(ImportKind.PURCHASES, given=_given(pairs), new_customers=new_customers, **options)
    )


@command.command("customers")
@_file_options
@asynchronous
async def customers(config_file: Path | None, pairs: tuple[str, ...], **options: Any) -> None:
    """
    Import customers from FILE, or contacts that vTiger, SugarCRM or SuiteCRM exported. Empty cells change nothing.

    Columns: number, telegram_id, name (or first_name, last_name), language, kind, company, town, birth_date, email,
    phone, tags, marketing_consent, consent_at, consent_source; further ones become facts: --map fact:size="Shoe size".
    """
    await _import(config_file, _Asked(ImportKind.CUSTOMERS, given=_given(pairs), new_customers=False, **options))


@command.command("list")
@click.option("--limit", default=20, show_default=True, help="How many, the newest first.")
@config_option
@json_option
@asynchronous
async def list_(limit: int, config_file: Path | None, as_json: bool) -> None:
    """List the imports, the newest first."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.read() as tx:
        found = await latest_imports(tx, limit)
    if as_json:
        give_json([run_document(run) for run in found])
        return
    rows = [
        (run.id, run.kind, run.source, run.state, local(run.started_at, config), run.kept, run.skipped, run.bad)
        for run in found
    ]
    give_table(["id", "what", "file", "state", "began", "kept", "known", "bad"], rows)


@command.command("show")
@click.argument("import_id", type=int, metavar="ID")
@config_option
@json_option
@asynchronous
async def show(import_id: int, config_file: Path | None, as_json: bool) -> None:
    """Show one import: its file, mapping, counts and first bad rows."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.read() as tx:
        run = await _the_run(tx, import_id)
    if as_json:
        give_json(run_document(run) | {"detail": run.detail})
        return
    click.echo(f"import {run.id}: {run.kind} of {run.source}, {run.state}, {local(run.started_at, config)}")
    give_table(["read", "kept", "known", "bad"], [(run.read, run.kept, run.skipped, run.bad)])
    warnings = run.detail.get("warnings")
    for warning in warnings if isinstance(warnings, list) else ():
        click.echo(f"warning: {printable(warning)}")
    mapping = run.detail.get("mapping")
    if isinstance(mapping, dict):
        give_table(["column", "header"], list(mapping.items()))
    problems = run.detail.get("problems")
    if isinstance(problems, list) and problems:
        give_table(
            ["line", "column", "problem"], [(each["line"], each["column"], each["problem"]) for each in problems]
        )


@command.command("undo")
@click.argument("import_id", type=int, metavar="ID")
@staff_option
@config_option
@json_option
@asynchronous
async def undo(import_id: int, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Take back everything that import ID stored."""
    config = the_config(config_file)
    async with opened_store(config) as database:
        async with database.read() as tx:
            run = await _the_run(tx, import_id)
        if await is_running(database, run):
            raise Refused(f"import {import_id} is running; stop it (Ctrl-C), which takes it back by itself")
        try:
            async with alone(database):
                undone = await undo_import(database, import_id, now())
        except ImportUnderWay as error:
            raise Refused(str(error)) from error
        if not undone.was_undone:
            async with database.write() as tx:
                await note_act(tx, staff_id, "import.undo", f"import:{import_id}", now(), {"where": "command line"})
    if as_json:
        give_json(undone_document(undone))
    elif undone.was_undone:
        click.echo(f"import {import_id} was undone already")
    else:
        click.echo(f"import {import_id} is undone: {what_was_undone(undone)}")


async def _import(config_file: Path | None, asked: _Asked) -> None:
    if asked.save_map and asked.dry_run:
        raise click.UsageError("--save-map keeps something and --dry-run keeps nothing; leave one of them out")
    config = the_config(config_file)
    settings = _settings(asked, config)
    if asked.file.is_dir():
        raise Refused(f"{asked.file}: is a folder; give a file's name")
    source = open_file(asked.file, delimiter=_delimiter(asked.delimiter), encoding=asked.encoding)
    async with opened_store(config) as database:
        for undone in await undo_unfinished(database, settings.now):
            click.echo(f"import {undone.id} had broken off and is undone: {what_was_undone(undone)}", err=True)
        async with database.write() as tx:
            mapped = await map_header(tx, asked.kind, source, asked.given)
            if asked.save_map:
                await keep_mapping(tx, asked.kind, mapped)
        if not asked.as_json:
            show_plan(source, mapped)
        report = await _run(database, asked, source, mapped, settings)
    if asked.as_json:
        give_json(report_document(asked.kind, source, report))
    else:
        show_report(report)
    if report.is_all_bad:
        rows, first = most_often(report.bad)
        where = f"line {first.line}, {first.column}" if first.column else f"line {first.line}"
        told = f"{asked.file.name}: all of its {report.read:,} rows are bad, and nothing was kept"
        raise Refused(f"{told}; most often, {rows:,} times, as in {where}: {first.problem}")
    if report.bad:
        told = "" if asked.as_json else "; --json lists all of them"
        click.echo(
            f"{asked.file.name}: {len(report.bad):,} of {report.read:,} rows are bad and were not kept{told}", err=True
        )


async def _run(
    database: Database, asked: _Asked, source: Source, mapped: Mapped, settings: ImportSettings
) -> ImportReport:
    try:
        with shown_progress(asked.kind.value, source) as progress:
            report = await run_import(database, asked.kind, source, mapped, settings, progress)
    except (ImportBroken, ImportUnderWay) as error:
        raise Refused(str(error)) from error
    except asyncio.CancelledError:
        click.echo(f"{asked.file.name}: interrupted; nothing of it was kept", err=True)
        raise
    if report.id is not None:
        async with database.write() as tx:
            detail = {"where": "command line", "kept": report.kept}
            await note_act(tx, asked.staff_id, f"import.{asked.kind.value}", f"import:{report.id}", now(), detail)
        if asked.kind is ImportKind.CUSTOMERS:
            report.duplicates = await propose_after_import(database, report.id, settings.now)
    return report


def _settings(asked: _Asked, config: Config) -> ImportSettings:
    zone = config.company.zone if asked.timezone is None else zone_named(asked.timezone)
    if zone is None:
        raise Refused(f"--timezone: no time zone {asked.timezone!r}; write it as Europe/Helsinki")
    currency = (asked.currency or config.company.currency).upper()
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise Refused(f"--currency: {asked.currency!r} is no currency; write its three letters, such as EUR")
    return ImportSettings(
        company=config.company,
        now=now(),
        zone=zone,
        currency=currency,
        new_customers=asked.new_customers,
        dry_run=asked.dry_run,
        staff_id=asked.staff_id,
    )


def _given(pairs: tuple[str, ...]) -> dict[str, str]:
    given = {}
    for pair in pairs:
        column, equals, header = pair.partition("=")
        if not equals or not column:
            raise click.UsageError(f"--map {pair}: write it as COLUMN=HEADER, such as customer=household_id")
        given[column.strip()] = header.strip()
    return given


def _delimiter(asked: str | None) -> str | None:
    if asked is None:
        return None
    sign = _SEPARATORS.get(asked, asked)
    if len(sign) != 1 or sign in '"\r\n\0' or not sign.isascii():
        raise Refused(f"--delimiter: {asked!r} cannot part cells; give one sign, such as ; or tab")
    return sign


async def _the_run(tx: Any, import_id: int) -> ImportRun:
    run = await import_run(tx, import_id)
    if run is None:
        raise Refused(f"{import_id}: no such import; vuoro import list shows them")
    return run
