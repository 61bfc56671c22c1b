"""A started playground with two people and a staff forum, and the two libraries' bots that talk to it."""

import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot as AiogramBot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from telegram import Bot as PtbBot

from bot.playground import Group, Limits, Person, PlayClock, Playground
from tests.playground.honesty import check_requests


def png(width: int = 2, height: int = 2) -> bytes:
    """Return a small valid PNG of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x40\x80\xc0" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """A playground without limits; at its end aiogram must accept everything that was asked and answered."""
    async with Playground(record=True, limits=Limits.none(), clock=PlayClock()) as stand_in:
        yield stand_in
        check_requests(stand_in.requests)


@pytest.fixture
def ann(playground: Playground) -> Person:
    """A customer who has pressed Start and whose update is out of the way."""
    person = playground.add_person("Ann", last_name="Ek", username="ann_ek", language_code="fi", phone="+358401234567")
    person.started = True
    return person


@pytest.fixture
def olga(playground: Playground) -> Person:
    """A member of staff."""
    return playground.add_person("Olga", language_code="cs")


@pytest.fixture
def staff(playground: Playground, olga: Person) -> Group:
    """The staff's forum."""
    return playground.add_group("Staff <&> 🏢", members=[olga])


@pytest.fixture
async def ptb(playground: Playground) -> AsyncIterator[PtbBot]:
    """python-telegram-bot's bot, connected."""
    bot = PtbBot(playground.token, base_url=f"{playground.url}/bot", base_file_url=f"{playground.url}/file/bot")
    async with bot:
        yield bot


@pytest.fixture
async def gram(playground: Playground) -> AsyncIterator[AiogramBot]:
    """aiogram's bot, connected."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(playground.url))
    bot = AiogramBot(playground.token, session=session)
    yield bot
    await session.close()
