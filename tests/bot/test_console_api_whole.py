"""The HTTP interface in the running program, beside its other pages."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from bot.config import Config, ConsoleSettings, StaffSettings, TelegramSettings
from bot.config_values import Listen
from bot.playground.clock import PlayClock
from bot.playground.limits import Limits
from bot.playground.playground import Playground
from bot.wiring import App, RunSettings
from domain.company import Company
from tests.bot.test_console_api import KEY, LINE, NOW, Door


async def test_purchase_posted_to_the_running_program_is_kept_and_counted(tmp_path: Path, sqlite_url: str) -> None:
    """On the console's address, beside health and metrics."""
    clock = PlayClock(NOW, frozen=True)
    async with Playground(clock=clock, limits=Limits.none()) as play:
        config = Config(
            folder=tmp_path,
            company=Company(name="Aurora"),
            telegram=TelegramSettings(play.token, play.url),
            staff=StaffSettings((601,)),
            store=sqlite_url,
            console=ConsoleSettings(Listen("127.0.0.1", 0), api_key=KEY),
        )
        app = App(config, clock=clock, settings=RunSettings(alarm=False, menus=False))
        await app.start()
        try:
            door = Door(app.console_url, app.database, clock)
            status, told, _ = await door.post([LINE], "/api/purchases?new_customers=yes")
            assert (status, told["kept"]) == (200, 1)
            async with aiohttp.ClientSession() as session, session.get(f"{app.console_url}/metrics") as answer:
                assert 'vuoro_imports{kind="purchases",state="done"} 1' in await answer.text()
        finally:
            await app.stop()
