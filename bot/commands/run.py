"""`vuoro run`: the bot, for real, until it is asked to stop."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click

from bot.commands.frame import Refused, asynchronous, config_option, the_config
from bot.logs import setup_logs
from bot.memory import leave_alone_what_stays
from bot.wiring import AlreadyRunning, App


@click.command("run")
@config_option
@asynchronous
async def command(config_file: Path | None) -> None:
    """
    Run the bot, for real. SIGTERM or Ctrl-C ends it in order; a second one at once.

    Changed content files are taken into use within seconds, without a restart; SIGHUP has them read at once.
    """
    config = the_config(config_file, to_run=True)
    setup_logs(config.log)
    await run_until_asked(App(config))


async def run_until_asked(app: App) -> None:
    """Start *app* and stop it in order at the first signal, at once at the second."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    try:
        await app.start()
    except (AlreadyRunning, OSError) as error:
        raise Refused(error.strerror if isinstance(error, OSError) and error.strerror else str(error)) from None
    leave_alone_what_stays()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    loop.add_signal_handler(signal.SIGHUP, app.reload_soon)
    where = f"; console at {app.console_url}" if app.console_url else ""
    click.echo(f"Vuoro runs for {app.config.company.name}{where}. Ctrl-C stops it.", err=True)
    ended = asyncio.create_task(app.wait())
    waiting = asyncio.create_task(asked.wait())
    await asyncio.wait((ended, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.remove_signal_handler(number)
    ended.cancel()
    await app.stop()
    if ended.done() and not ended.cancelled() and ended.exception() is not None:
        raise ended.exception() or RuntimeError
    click.echo("Vuoro has stopped; nothing is lost.", err=True)
