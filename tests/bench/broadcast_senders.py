"""
The senders that `tests.bench.broadcast` compares, each run in a process of its own: Vuoro's whole road and plain peers.

    python -m tests.bench.broadcast_senders NAME URL MESSAGES FOLDER

One JSON line says what it took. Everybody renders a personal text, but for aiogram_broadcaster, which has one for all.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import json
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

TOKEN = "1:bench"
STORE = "bench.db"
_AT_ONCE = 100
_LABELS = ("Stop", "Pause", "Topics")

Send = Callable[[int], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Took:
    """What sending took, in seconds of the wall and of the processor (all threads, system calls included)."""

    seconds: float
    processor: float


class Watch:
    """Begins to measure when it is made."""

    def __init__(self) -> None:
        self._began, self._spent = time.perf_counter(), time.process_time()

    def read(self) -> Took:
        """Return what it took until now."""
        return Took(time.perf_counter() - self._began, time.process_time() - self._spent)


TEXT = """<b>Hello {{ name }}!</b>
Spring is here, and our shop in {{ town }} has <i>new things</i> for you.
{% if points is defined %}You have {{ points }} points,{% endif %}
€12.95 each until {{ until }}.
Come and see: """ + ("our spring offers are here, and one of them is for you. " * 4)


@functools.cache
def _template() -> jinja2.Template:
    return jinja2.Environment(autoescape=True).from_string(TEXT)


def text_for(number: int) -> str:
    """Return what a peer sends: as personal as what Vuoro renders, by plain Jinja2 with no sandbox and no formats."""
    return _template().render(name=f"Customer {number}", town="Oulu", points=number % 90, until="1 May")


async def in_hundreds(messages: int, send: Send) -> None:
    """Keep a hundred calls on their way until everybody has got her message."""
    numbers = iter(range(1, messages + 1))

    async def work() -> None:
        for number in numbers:
            await send(number)

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))


async def ptb_limiter(url: str, messages: int, folder: Path) -> Took:
    """python-telegram-bot as its makers tell: an Application's bot with AIORateLimiter, here opened wide."""
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup
    from telegram.constants import ParseMode
    from telegram.ext import AIORateLimiter, ApplicationBuilder

    limiter = AIORateLimiter(overall_max_rate=1_000_000, overall_time_period=1, group_max_rate=0, group_time_period=0)
    application = ApplicationBuilder().token(TOKEN).base_url(f"{url}/bot").rate_limiter(limiter).build()
    markup = InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=label) for label in _LABELS]])
    bot = application.bot
    await bot.request.initialize()
    await limiter.initialize()

    async def send(number: int) -> None:
        await bot.send_message(number, text_for(number), ParseMode.HTML, reply_markup=markup)

    watch = Watch()
    await in_hundreds(messages, send)
    took = watch.read()
    await limiter.shutdown()
    await bot.request.shutdown()
    return took


async def ptb_gather(url: str, messages: int, folder: Path) -> Took:
    """python-telegram-bot without a limiter: `asyncio.gather` over a hundred messages after the other."""
    from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
    from telegram.constants import ParseMode
    from telegram.request import HTTPXRequest

    request = HTTPXRequest(connection_pool_size=_AT_ONCE, pool_timeout=30.0)
    bot = Bot(TOKEN, f"{url}/bot", request=request)
    markup = InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=label) for label in _LABELS]])
    await request.initialize()
    watch = Watch()
    for first in range(1, messages + 1, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, messages + 1))
        await asyncio.gather(
            *(bot.send_message(each, text_for(each), ParseMode.HTML, reply_markup=markup) for each in numbers)
        )
    took = watch.read()
    await request.shutdown()
    return took


async def aiogram(url: str, messages: int, folder: Path) -> Took:
    """Aiogram with a hundred calls on their way; nothing is stored."""
    from aiogram.enums import ParseMode
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

    bot = _aiogram_bot(url)
    markup = InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=label, callback_data=label) for label in _LABELS]]
    )

    async def send(number: int) -> None:
        await bot.send_message(number, text_for(number), parse_mode=ParseMode.HTML, reply_markup=markup)

    watch = Watch()
    await in_hundreds(messages, send)
    took = watch.read()
    await bot.session.close()
    return took


async def aiogram_broadcaster(url: str, messages: int, folder: Path) -> Took:
    """aiogram_broadcaster, which keeps its state by SQLAlchemy in an SQLite file; one text for all, no interval."""
    from aiogram.enums import ParseMode
    from aiogram_broadcaster import Broadcaster
    from aiogram_broadcaster.contents import TextContent
    from aiogram_broadcaster.storages.sqlalchemy import SQLAlchemyStorage

    bot = _aiogram_bot(url)
    storage = SQLAlchemyStorage.from_url(f"sqlite+aiosqlite:///{folder / 'broadcaster.db'}")
    await storage.startup()
    broadcaster = Broadcaster(bot, storage=storage)
    content = TextContent(text=text_for(1), parse_mode=ParseMode.HTML)
    mailer = await broadcaster.create_mailer(range(1, messages + 1), content)
    watch = Watch()
    await mailer.start()
    took = watch.read()
    await storage.shutdown()
    await bot.session.close()
    return took


def _aiogram_bot(url: str) -> Any:
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    return Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(url), limit=_AT_ONCE))


async def vuoro(url: str, messages: int, folder: Path) -> Took:
    """The running program: from the moment that a frozen newsletter may go until everybody's outcome is stored."""
    from bot.config import Approval, Config, ConsoleSettings, TelegramSettings
    from bot.config_values import Listen
    from bot.memory import leave_alone_what_stays
    from bot.pacing import Pace
    from bot.pump import PumpSettings
    from bot.wiring import App, RunSettings
    from domain.newsletters import SendingState
    from store import recipients, sendings
    from store.contacts import count_contacts
    from tests.bench.broadcast_store import COMPANY

    config = Config(
        folder=folder,
        company=COMPANY,
        telegram=TelegramSettings(TOKEN, url),
        store=f"sqlite:///{folder / STORE}",
        content=folder / "content",
        console=ConsoleSettings(Listen("127.0.0.1", 0)),
        newsletters=Approval.NONE,
    )
    pump = PumpSettings(pace=Pace.unlimited())
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what it was at when the program stopped
    app = App(config, settings=RunSettings(pump=pump, console=False, menus=False, upkeep=False))
    await app.start()
    leave_alone_what_stays()  # as `vuoro run` does
    await app.settle()
    async with app.database.read() as tx:
        (sending,) = await sendings.in_state(tx, SendingState.PAUSED)
    watch = Watch()
    async with app.database.write() as tx:
        await sendings.move(tx, sending.id, SendingState.RUNNING, dt.datetime.now(dt.UTC))
    await app.tick()
    while True:
        async with app.database.read() as tx:
            account = await recipients.account(tx, sending.id)
        if account.queued == 0:
            break
        await asyncio.sleep(0.05)
    took = watch.read()
    async with app.database.read() as tx:
        written = await count_contacts(tx)
    await app.stop()
    if (account.sent, written) != (messages, messages):
        raise SystemExit(f"vuoro: {account.sent} sent, {written} contacts of {messages} messages; the ledger is wrong")
    return took


SENDERS: dict[str, Callable[[str, int, Path], Awaitable[Took]]] = {
    "vuoro": vuoro,
    "ptb-limiter": ptb_limiter,
    "ptb-gather": ptb_gather,
    "aiogram": aiogram,
    "aiogram-broadcaster": aiogram_broadcaster,
}


def peak_mb() -> float:
    """Return the most memory that this process has had resident, in MB (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


async def measure(name: str, url: str, messages: int, folder: Path) -> dict[str, float]:
    """Run one sender and return what it took: the time and processor time of the sending, the memory of all."""
    took = await SENDERS[name](url, messages, folder)
    return {"seconds": took.seconds, "processor": took.processor, "peak_mb": peak_mb()}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])))), flush=True)
