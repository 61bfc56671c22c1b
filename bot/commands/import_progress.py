"""How far an import is: a bar on standard error, where that is a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bot.imports import ImportReport, Source
from bot.imports_running import Progress


@contextlib.contextmanager
def shown_progress(what: str, source: Source) -> Iterator[Progress]:
    """Give what is to be called after each batch: it shows how much of the file is read, the rows, and their rate."""
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    screen = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(what, total=max(1, source.total), rows=0, rate=0)

        def progress(report: ImportReport, source: Source) -> None:
            seconds = bar.tasks[0].elapsed or 0
            rate = report.read / seconds if seconds else 0
            bar.update(task, completed=source.done, rows=report.read, rate=rate)

        yield progress
