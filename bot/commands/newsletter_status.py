"""How a newsletter's sending stands: the exact account as JSON or text, and followed live in a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from bot import sending_progress
from bot.commands.frame import give_json, give_table, local, now
from bot.commands.newsletter_files import no_such_sending
from bot.config import Config
from bot.sending_progress import Progress
from domain.newsletters import SENDS, Newsletter, Sending, SendingState
from domain.recalls import Recall
from scheduler.newsletter_files import read_frozen
from store import sendings
from store.database import Database, Tx

_EVERY_S = 1.0
_MOVING = frozenset({SendingState.APPROVAL, SendingState.SCHEDULED, *SENDS, SendingState.PAUSED})


def newest(found: Sequence[Sending]) -> Sending | None:
    """Return the newest sending that is more than a draft, else the newest draft, else None."""
    return next((each for each in found if each.state is not SendingState.DRAFT), found[0] if found else None)


async def progress_of(tx: Tx, config: Config, name: str) -> Progress:
    """
    Return how the newest sending of a newsletter stands; raises Refused when there is none.

    It reads no files, so broken ones do not hide how a sending stands: what was frozen says who waits for what.
    """

    async def frozen(tx: Tx, sending: Sending) -> Newsletter | None:
        return read_frozen(sending.name, await sendings.content_of(tx, sending.id), config.company.languages)

    sending = newest(await sendings.recent(tx, name=name))
    found = (
        await sending_progress.progress_of(tx, config.company, sending.id, now(), frozen)
        if sending is not None
        else None
    )
    if found is None:
        raise await no_such_sending(tx, config, name)
    return found


async def follow(database: Database, config: Config, name: str) -> None:
    """Show a bar on standard error until the sending is over or stops by itself; nothing where nobody looks at it."""
    screen = Console(stderr=True)
    if not screen.is_terminal:
        return
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[counts]}"),
        _Left(),
        TimeElapsedColumn(),
    ]
    with Bar(*columns, console=screen) as bar:
        task = bar.add_task(name, total=None, counts="", left="")
        while True:
            async with database.read() as tx:
                found = await progress_of(tx, config, name)
            account, recall = found.account, found.recall
            done = account.snapshot - account.queued if recall is None else recall.total - recall.waiting
            bar.update(
                task,
                total=(account.snapshot if recall is None else recall.total) or None,
                completed=done,
                description=f"{name} {found.sending.state.value if recall is None else 'recall'}",
                counts=_counts(found),
                left=_left(found),
            )
            if not _moves(found):
                return
            await asyncio.sleep(_EVERY_S)


def _moves(found: Progress) -> bool:
    return found.recall.waiting > 0 if found.recall is not None else found.sending.state in _MOVING


class _Left(ProgressColumn):
    """Pace and remaining time as the store tells them: rich would guess from what it saw itself."""

    def render(self, task: Task) -> Text:
        """Draw it."""
        return Text(str(task.fields.get("left", "")), style="cyan")


def give_status(found: Progress, config: Config, as_json: bool) -> None:
    """Write how a sending stands to standard output."""
    if as_json:
        give_json(status_document(found))
        return
    sending, account = found.sending, found.account
    reason = f" ({sending.reason})" if sending.reason else ""
    click.echo(f"{sending.name}: {sending.state.value}{reason}")
    rows: list[tuple[str, object]] = [("snapshot", account.snapshot), ("sent", account.sent)]
    rows += [(f"skipped: {why}", n) for why, n in largest(account.skipped)]
    rows += [(f"failed: {why}", n) for why, n in largest(account.failed)]
    rows += [("unknown", account.unknown), ("queued", account.queued)]
    rows += [(f"left out before the start: {why}", n) for why, n in largest(account.excluded)]
    give_table(["recipients", "n"], rows)
    if found.recall is not None:
        recall = found.recall
        give_table(
            ["taken back", "n"],
            [(what.replace("_", " "), n) for what, n in _recall(recall).items() if what != "total"],
        )
    moments = (
        ("due", sending.due_at),
        ("started", sending.started_at),
        ("first few found to be well", sending.proved_at),
        ("ended", sending.finished_at),
        ("recalled", sending.recalled_at),
    )
    for what, at in moments:
        if at is not None:
            click.echo(f"{what} {local(at, config)}")
    for each in found.held:
        click.echo(f"{each.count} wait: {each.reason.replace('_', ' ')}, until {local(each.until, config)}")
    if _left(found):
        click.echo(_left(found))


def status_document(found: Progress) -> dict[str, Any]:
    """Return the JSON shape of a sending's status: snapshot = sent + skipped + failed + unknown + queued."""
    sending, account = found.sending, found.account
    return {
        "name": sending.name,
        "state": sending.state,
        "snapshot": account.snapshot,
        "sent": account.sent,
        "skipped": dict(account.skipped),
        "failed": dict(account.failed),
        "unknown": account.unknown,
        "queued": account.queued,
        "rate": round(found.rate, 2),
        "eta_s": None if found.eta is None else round(found.eta.total_seconds()),
        "id": sending.id,
        "reason": sending.reason,
        "due_at": sending.due_at,
        "started_at": sending.started_at,
        "finished_at": sending.finished_at,
        "excluded": dict(account.excluded),
        "canary": sending.canary,
        "proved_at": sending.proved_at,
        "topic": sending.topic,
        "winner": sending.winner,
        "recalled_at": sending.recalled_at,
        "recall": None if found.recall is None else _recall(found.recall),
        "held": [{"reason": each.reason, "n": each.count, "until": each.until} for each in found.held],
    }


def _recall(recall: Recall) -> dict[str, int]:
    return {
        "total": recall.total,
        "waiting": recall.waiting,
        "deleted": recall.deleted,
        "failed": recall.failed,
        "too_old": recall.too_old,
    }


def _counts(found: Progress) -> str:
    account = found.account
    others = {
        "skipped": sum(account.skipped.values()),
        "failed": sum(account.failed.values()),
        "unknown": account.unknown,
    }
    return " ".join([f"{account.sent} sent", *(f"{n} {what}" for what, n in others.items() if n)])


def _left(found: Progress) -> str:
    if found.rate <= 0 or found.eta is None:
        return ""
    seconds = round(found.eta.total_seconds())
    return f"{found.rate:.1f}/s, {seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02} left"


def largest(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return counts by reason, the largest first."""
    return sorted(counts.items(), key=lambda item: -item[1])
