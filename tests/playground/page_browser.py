"""A browser for the page's tests, wherever one is to be had, and a small bot that answers through the Bot API."""

import asyncio
import fcntl
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from playwright.async_api import Browser, Page, Playwright, async_playwright, expect

from bot.playground.groups import Group
from bot.playground.limits import Limits
from bot.playground.people import Person
from bot.playground.playground import Playground

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ADVICE = "tests/playground: no browser was found; install chromium (apt-get install chromium, or playwright install)"
PATIENCE_MS = 60_000  # on a busy machine a browser is late, and that is no failure
ARGUMENTS = ["--no-sandbox", "--headless=new", "--disable-gpu", "--disable-dev-shm-usage"]

expect.set_options(timeout=PATIENCE_MS)

Update = dict[str, Any]
Answering = Callable[["ScriptedBot", Update], Awaitable[None]]


def installed_browser(playwright: Playwright) -> str | None:
    """Return the path of a Chromium on this machine: the system's own, else the one Playwright has fetched."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install_browser() -> None:
    """Install Debian's chromium where that is possible; only one of several test processes does it at a time."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    with (Path(tempfile.gettempdir()) / "vuoro-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if any(map(shutil.which, NAMES)):
            return
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
        ):
            subprocess.run(command, check=False, env=quiet, stdout=subprocess.DEVNULL)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Run a headless Chromium. Raises RuntimeError with advice where none is found and none can be installed."""
    async with async_playwright() as playwright:
        path = installed_browser(playwright)
        if path is None:
            await asyncio.to_thread(install_browser)
            path = installed_browser(playwright)
        if path is None:
            raise RuntimeError(ADVICE)
        running = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield running
        finally:
            await running.close()


class ScriptedBot:
    """Fetches updates by long polling and gives each to *answer*; `call` speaks to the Bot API over plain HTTP."""

    def __init__(self, playground: Playground, answer: Answering) -> None:
        self._root = f"{playground.url}/bot{playground.token}"
        self._answer = answer
        self._session = aiohttp.ClientSession()
        self._polling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._polling = asyncio.create_task(self._poll())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._polling is not None
        self._polling.cancel()
        outcome = (await asyncio.gather(self._polling, return_exceptions=True))[0]
        await self._session.close()
        if error is None and isinstance(outcome, Exception):
            raise outcome

    async def call(self, method: str, **params: Any) -> Any:
        """Call a method and return its result; raises RuntimeError with Telegram's words on a refusal."""
        async with self._session.post(f"{self._root}/{method}", json=params) as response:
            answer = json.loads(await response.text())
        if not answer["ok"]:
            raise RuntimeError(f"{method}: {answer['description']}")
        return answer["result"]

    async def _poll(self) -> None:
        offset = 0
        kinds = ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"]
        while True:
            for update in await self.call("getUpdates", offset=offset, timeout=20, allowed_updates=kinds):
                offset = update["update_id"] + 1
                await self._answer(self, update)


@dataclass(frozen=True, slots=True)
class Stage:
    """A page that looks at a playground with one customer, two of the staff and their forum group."""

    page: Page
    playground: Playground
    bot: ScriptedBot
    ann: Person
    olga: Person
    group: Group
    errors: list[str]

    async def open(self, *, person: bool = True, pane: str = "chat") -> None:
        """Load the page, with Ann's chat open unless *person* is False."""
        chosen = f"person={self.ann.id}&" if person else ""
        await self.page.goto(f"{self.playground.url}/#{chosen}pane={pane}")
        await self.page.locator(".connection[data-state=open]").wait_for(state="attached")
        await self.page.locator(f"[data-person='{self.ann.id}']").wait_for(state="attached")


async def newcomer(shared: Stage) -> Stage:
    """Put a fresh Ann on a stage that several tests share and open her chat; errors of the page fail the test."""
    assert shared.errors == []
    ann = shared.playground.add_person("Ann", last_name="Carter", phone="+358401234567")
    await shared.page.locator(f"[data-person='{ann.id}']").click()
    await shared.page.locator(".chat-column .empty .button").wait_for()
    return replace(shared, ann=ann)


@asynccontextmanager
async def stage(browser: Browser, answer: Answering, **context: Any) -> AsyncIterator[Stage]:
    """Set the stage; script errors of the page and requests to any other host fail the test at the end."""
    async with Playground(limits=Limits.none()) as playground:
        ann = playground.add_person("Ann", last_name="Carter", phone="+358401234567")
        olga = playground.add_person("Olga", last_name="Nyberg", language_code="fi")
        mats = playground.add_person("Mats", last_name="Ek")
        group = playground.add_group("Customer care", members=[olga, mats])
        settings: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **context}
        tab = await browser.new_context(**settings)
        await tab.add_init_script("try { localStorage['vuoro.hint'] ??= 'seen' } catch {}")
        page = await tab.new_page()
        page.set_default_timeout(PATIENCE_MS)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        foreign = re.compile(rf"(?!{re.escape(playground.url)}|data:|blob:)")
        page.on("request", lambda request: errors.append(request.url) if foreign.match(request.url) else None)
        async with ScriptedBot(playground, answer) as bot:
            yield Stage(page, playground, bot, ann, olga, group, errors)
            await tab.close()
        assert errors == []
