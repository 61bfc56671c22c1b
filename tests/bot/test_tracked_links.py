"""Tracked links in the running program: from the file to the click in the store."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from bot.config import Config, ConsoleSettings, StaffSettings, TelegramSettings
from bot.config_values import Listen
from bot.content import load_content
from bot.pacing import Pace
from bot.playground.clock import PlayClock
from bot.playground.limits import Limits
from bot.playground.playground import Playground
from bot.pump import PumpSettings
from bot.wiring import App, RunSettings
from domain.company import Company
from domain.faults import Faults
from domain.messages import OnUnknown
from domain.newsletters import Sending, SendingState
from store import sendings
from store.tables import clicks

START = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
NEWS = """+++
title = "News"
service = true
canary = 0
track_links = true
+++
<a href="https://shop.example/new">New coats</a> and <a href="https://t.me/vuoro_bot?start=newsletter">join</a>.
"""
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 15) Mobile Safari/537.36"}


def _config(folder: Path, url: str) -> Config:
    letters = folder / "content" / "newsletters"
    letters.mkdir(parents=True)
    (letters / "news.en.j2").write_text(NEWS, encoding="utf-8")
    company = Company(name="Aurora", languages=("en",))
    return Config(folder=folder, company=company, store=url, content=folder / "content")


def test_counted_links_take_an_address_of_ours(tmp_path: Path) -> None:
    """`vuoro check` says where and what to do; with the address all is well."""
    config = _config(tmp_path, "sqlite:///none.db")
    with pytest.raises(Faults) as caught:
        load_content(config)
    (fault,) = caught.value.faults
    assert str(fault).endswith(
        "news.en.j2:5: track_links: links cannot be counted without an address of ours; "
        "set url under [console] in the config, or take track_links out"
    )
    console = ConsoleSettings(url="https://vuoro.example")
    assert load_content(dataclasses.replace(config, console=console)).newsletters.get("news") is not None


async def test_link_of_a_sent_newsletter_is_followed_and_counted(tmp_path: Path, sqlite_url: str) -> None:
    """What arrives in the chat leads over the console, to where staff meant it to lead."""
    clock = PlayClock(START, frozen=True)
    async with Playground(clock=clock, limits=Limits.none(), record=True) as play:
        ann = play.add_person("Ann", user_id=501)
        config = dataclasses.replace(
            _config(tmp_path, sqlite_url),
            telegram=TelegramSettings(play.token, play.url),
            staff=StaffSettings((601,)),
            console=ConsoleSettings(Listen("127.0.0.1", 0), "https://vuoro.example"),
        )
        pump = PumpSettings(pace=Pace.unlimited(), first_wait=0.01, longest_wait=0.05, poll=0.02)
        app = App(config, clock=clock, settings=RunSettings(pump=pump, alarm=False, menus=False))
        await app.start()
        try:
            ann.starts()
            await play.until_idle()
            await app.settle()
            file = app.parts.newsletters.files.get("news")
            assert file is not None
            sending = Sending(40, "news", file.newsletter.digest, SendingState.RUNNING, START, started_at=START)
            async with app.database.write() as tx:
                await sendings.add(tx, sending, content=file.content, on_unknown=OnUnknown.NEVER_TWICE)
            await app.tick()
            await app.settle()
            message = next(one for one in ann.chat.live if "New coats" in one.text)
            links = [entity["url"] for entity in message.data["entities"] if entity["type"] == "text_link"]
            assert links[1] == "https://t.me/vuoro_bot?start=n-14"
            token = re.fullmatch(r"https://vuoro\.example(/r/[A-Za-z0-9_-]+)", links[0])
            assert token is not None
            address = app.console_url + token[1]
            async with (
                aiohttp.ClientSession(headers=PHONE) as session,
                session.get(address, allow_redirects=False) as answer,
            ):
                assert (answer.status, answer.headers["Location"]) == (302, "https://shop.example/new")
            async with app.database.read() as tx:
                rows = (await tx.execute(select(clicks.c.sending_id, clicks.c.kind, clicks.c.target))).all()
            assert [tuple(row) for row in rows] == [(40, "link", "0")]
        finally:
            await app.stop()
