"""`vuoro demo`: a living company in the browser, with no Telegram account."""

from __future__ import annotations

import asyncio
import signal
import socket
from pathlib import Path

import click

from bot.commands.frame import Refused, asynchronous
from bot.config import LogLevel, LogSettings
from bot.demo import Demo
from bot.logs import setup_logs

_TRIES = 20


@click.command("demo")
@click.option("--port", type=click.IntRange(1, 65535), help="Of the page; 8080, or the next free one, when left out.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-folder"),
    show_default=True,
    help="Keeps everything; remove it to begin anew.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number makes another company.")
@asynchronous
async def command(port: int | None, folder: Path, seed: int) -> None:
    """Show a living company without a Telegram account: bot, stand-in Telegram and sample data in one process."""
    setup_logs(LogSettings(LogLevel.WARNING))
    if port is not None and not _is_free(port):
        raise Refused(f"port {port} is in use; give another with --port, or leave it out")
    page = port or _free_from(8080)
    demo = Demo(folder, page, seed, lambda sentence: click.echo(sentence, err=True))
    await demo.start(_free_from(page + 1))
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    click.echo("")
    click.echo(f"  The company, its customers and its staff:  {demo.playground.url}")
    click.echo(f"  Health and metrics:                        {demo.app.console_url}/healthz  /metrics")
    click.echo(f"  Everything is kept in:                     {folder}")
    click.echo("")
    click.echo(f"Ctrl-C ends it. In another window: vuoro customer show 100000 --config {folder}/vuoro.toml")
    waiting = asyncio.create_task(asked.wait())
    working = asyncio.create_task(demo.app.wait())
    await asyncio.wait((waiting, working), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    working.cancel()
    await demo.stop()
    click.echo("The demo has ended; the next start goes on here.", err=True)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_from(first: int) -> int:
    for port in range(first, min(first + _TRIES, 65536)):
        if _is_free(port):
            return port
    raise Refused(f"ports {first} to {first + _TRIES - 1} are all in use; give another with --port")
