"""In the running program: a till reports a purchase, and the offer stands in the customer's chat within 5 seconds."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

from bot.config import Config, ConsoleSettings, StaffSettings, TelegramSettings
from bot.config_values import Listen
from bot.playground.clock import PlayClock
from bot.playground.limits import Limits
from bot.playground.playground import Playground
from bot.wiring import App, RunSettings
from domain.company import Company
from domain.customers import Consent, Purpose
from domain.purchases import Purchase
from store.consents import give_consents
from store.customers import change_customers, customers_by_chat
from store.database import Database
from store.purchases import add_purchases
from store.settings import get_setting
from tests.bot.test_console_api import KEY, LINE, NOW, Door

FIVE_SECONDS = 5.0


async def _two_days_of_tea(database: Database, chat_id: int) -> None:
    """Let her be C1, have agreed to advertising, and have bought tea on two days before."""
    async with database.write() as tx:
        her = (await customers_by_chat(tx, [chat_id]))[chat_id].id
        await change_customers(tx, {her: {"number": "C1"}})
        await give_consents(tx, [(her, Consent(Purpose.MARKETING, True, "1", "test", NOW))])
        for ago in (10, 20):
            at = NOW - dt.timedelta(days=ago)
            await add_purchases(tx, [(her, Purchase(f"old-{ago}", at, 300, "EUR", "tea", "Tea", "drinks"))])


async def test_an_offer_is_in_the_chat_within_five_seconds_of_the_purchase(tmp_path: Path, sqlite_url: str) -> None:
    """The request itself wakes the scheduler: nobody waits for its next look."""
    clock = PlayClock(NOW, frozen=True)
    async with Playground(clock=clock, limits=Limits.none()) as play:
        config = Config(
            folder=tmp_path,
            company=Company(languages=("en",)),
            telegram=TelegramSettings(play.token, play.url),
            staff=StaffSettings((601,)),
            store=sqlite_url,
            console=ConsoleSettings(Listen("127.0.0.1", 0), api_key=KEY),
        )
        app = App(config, clock=clock, settings=RunSettings(menus=False, upkeep=False, long_poll=1))
        ann = play.add_person("Ann")
        await app.start()
        try:
            ann.sends("/start")
            await play.until_idle()
            await app.settle()
            await _two_days_of_tea(app.database, ann.chat.id)
            await app.tick()
            async with app.database.read() as tx:
                assert await get_setting(tx, "offers.till") is not None
            events = play.world.events.listen()
            line = {**LINE, "at": NOW.isoformat()}
            async with asyncio.timeout(FIVE_SECONDS):
                status, told, _ = await Door(app.console_url, app.database, clock).post([line])
                assert (status, told["kept"]) == (200, 1)
                while not any("For your next visit" in message.text for message in ann.chat.from_bot):
                    await events.get()
        finally:
            await app.stop()
