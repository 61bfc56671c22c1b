"""What `vuoro import` shows: how a file is read, what became of its rows, what an undo took back."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

import click

from bot.commands.counted import counted
from bot.commands.frame import give_table
from bot.imports import ImportReport, Source
from domain.folding import printable
from domain.imports import ImportKind, ImportRun, ImportState, Mapped, RowProblem
from store.imports import Undone

_BAD_SHOWN = 20
_QUOTED = re.compile(r'"[^"]*"|\d+')


def show_plan(source: Source, mapped: Mapped) -> None:
    """Show how the file is read and which header means which column."""
    reading = ", ".join(f"{name} {value}" for name, value in source.notes.items() if not name.endswith("_why"))
    kept = " (the mapping kept for this header)" if mapped.is_kept else ""
    click.echo(f"{source.name}: {reading}{kept}")
    rows = [*mapped.headers.items(), *(("(not used)", name) for name in mapped.unused)]
    give_table(["column", "header in the file"], [(column, printable(header)) for column, header in rows])


def show_report(report: ImportReport) -> None:
    """Show the first bad rows, the counts, and how to take the import back."""
    if report.bad:
        shown = [(each.line, each.column, each.problem) for each in report.bad[:_BAD_SHOWN]]
        give_table(["line", "column", "problem"], shown)
        if len(report.bad) > _BAD_SHOWN:
            click.echo(f"... and {len(report.bad) - _BAD_SHOWN:,} more")
    row = [
        f"{number:,}" for number in (report.read, report.kept, report.skipped, len(report.bad), report.new_customers)
    ]
    give_table(["read", "kept", "known already", "bad", "new customers"], [row])
    for warning in report.warnings:
        click.echo(f"warning: {printable(warning)}")
    if report.read == 0:
        click.echo("no rows: the file is a header alone; nothing was stored, and there is nothing to undo")
    elif report.is_all_bad:
        click.echo("nothing was kept, and there is nothing to undo")
    elif report.id is None:
        click.echo("dry run: nothing was stored")
    else:
        click.echo(f"import {report.id} is done; vuoro import undo {report.id} takes it back")
    if report.duplicates:
        click.echo(f"{report.duplicates:,} pairs may be one customer: vuoro customer duplicates shows them")


def report_document(kind: ImportKind, source: Source, report: ImportReport) -> dict[str, Any]:
    """Return an import that was just done as JSON says it, with every bad row."""
    return {
        "id": report.id,
        "kind": kind,
        "file": source.name,
        "state": _state(report),
        "dry_run": report.dry_run,
        "mapping": report.mapped.headers,
        "mapping_kept": report.mapped.is_kept,
        "unused": report.mapped.unused,
        "reading": source.notes,
        "read": report.read,
        "kept": report.kept,
        "skipped": report.skipped,
        "new_customers": report.new_customers,
        "duplicates": report.duplicates,
        "warnings": report.warnings,
        "bad": [dataclasses.asdict(each) for each in report.bad],
    }


def _state(report: ImportReport) -> str:
    if report.dry_run:
        return "dry_run"
    if report.id is None:
        return "no_rows"
    return "all_bad" if report.is_all_bad else ImportState.DONE.value


def most_often(bad: Sequence[RowProblem]) -> tuple[int, RowProblem]:
    """Return how many rows have the commonest problem, whatever the cells that it quotes, and the first of them."""
    alike: dict[tuple[str, str], list[RowProblem]] = {}
    for each in bad:
        kind = _QUOTED.sub("", each.problem.partition("; also ")[0])
        alike.setdefault((each.column, kind), []).append(each)
    rows = max(alike.values(), key=len)
    return len(rows), rows[0]


def run_document(run: ImportRun) -> dict[str, Any]:
    """Return an import of the store as JSON says it, without its details."""
    document = dataclasses.asdict(run)
    del document["detail"]
    return document


def undone_document(undone: Undone) -> dict[str, Any]:
    """Return an undo as JSON says it."""
    return dataclasses.asdict(undone) | {"state": ImportState.UNDONE}


def what_was_undone(undone: Undone) -> str:
    """Say what an undo took back and what it left."""
    purchases, customers = counted(undone.purchases, "purchase"), counted(undone.customers, "customer")
    told = f"{purchases}, {customers} and {counted(undone.changes, 'change')} taken back"
    left = ", ".join(f"{count:,} {reason}" for reason, count in undone.left.items())
    told = f"{told}; left: {left}" if left else told
    if not undone.hanging:
        return told
    hanging = ", ".join(f"{count:,} {_one(what) if count == 1 else what}" for what, count in undone.hanging.items())
    again = f"once that is gone, vuoro import undo {undone.id} takes them out"
    return f"{told}; customers who stay keep their number, since on them hang {hanging}: {again}"


def _one(what: str) -> str:
    return what.removesuffix("s") if " " not in what else what
