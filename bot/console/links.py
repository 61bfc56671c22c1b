"""`/r/TOKEN`: leads on to where a newsletter's link goes, and writes down who followed it."""

from __future__ import annotations

import asyncio
import html
import logging
import re
from collections.abc import Mapping

from aiohttp import web

from domain.clock import Clock
from domain.company import Company
from domain.effects import ClickKind
from scheduler.links import PATH, Followed, Links, targets_of_content
from store import sendings
from store.clicks import count_click
from store.database import Database, StoreUnavailable
from templates.words import Words

log = logging.getLogger(__name__)

_KEPT = 64
_PATIENCE_S = 0.5
_LOOKS = re.compile(r"bot\b|crawl|spider|preview|facebookexternalhit|whatsapp|slurp|embedly|curl|wget", re.IGNORECASE)
"""What programs call themselves that look at a link before a person does; Telegram's is "TelegramBot"."""
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
_PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{company}</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; color: #1c2430; max-width: 32rem; margin: 15vh auto;
  padding: 0 1.5rem }}
</style>
<h1>{company}</h1><p>{text}</p></html>
"""


class LinkPages:
    """
    Answers the addresses of tracked links.

    A click is counted once a minute for each customer and link, however often it is opened. It is in the store before
    the answer goes, unless the store is slow or away: nobody waits longer than half a second, nor is turned away.
    """

    def __init__(self, database: Database, clock: Clock, links: Links, words: Words, company: Company) -> None:
        self._database = database
        self._clock = clock
        self._links = links
        self._words = words
        self._company = company
        self._targets: dict[int, tuple[str, ...]] = {}
        self._counting: set[asyncio.Task[None]] = set()

    def add_to(self, app: web.Application) -> None:
        """Mount the address."""
        app.router.add_get(PATH + "{token}", self.follow)
        app.on_shutdown.append(self._finish)

    async def follow(self, request: web.Request) -> web.Response:
        """302 to where the link goes; a friendly page for an address that we did not make or that is broken."""
        followed = self._links.read(request.match_info["token"])
        if followed is None:
            return self._page("broken", 404)
        try:
            targets = await self._targets_of(followed.sending_id)
        except StoreUnavailable:
            return self._page("later", 503)
        if followed.number >= len(targets):
            return self._page("broken", 404)
        if request.method == "GET" and not is_machine(request.headers):
            await self._count(followed)
        return web.Response(status=302, headers={"Location": targets[followed.number], **_HEADERS})

    async def _count(self, followed: Followed) -> None:
        counting = asyncio.create_task(self._write(followed))
        self._counting.add(counting)
        counting.add_done_callback(self._counting.discard)
        await asyncio.wait([counting], timeout=_PATIENCE_S)

    async def _write(self, followed: Followed) -> None:
        now = self._clock.now()
        target = str(followed.number)
        who = followed.customer_id
        once = f"link:{followed.sending_id}.{who}.{target}.{int(now.timestamp()) // 60}"
        try:
            async with self._database.write(quick=True) as tx:
                await count_click(tx, followed.sending_id, who, ClickKind.LINK, target, now, once=once)
        except StoreUnavailable as error:
            log.warning("click.lost", extra={"sending": followed.sending_id, "problem": str(error)})

    async def _targets_of(self, sending_id: int) -> tuple[str, ...]:
        """Look up where a sending's links lead; what is frozen never changes."""
        found = self._targets.get(sending_id)
        if found is None:
            async with self._database.read() as tx:
                content = await sendings.content_of(tx, sending_id)
            while len(self._targets) >= _KEPT:
                self._targets.pop(next(iter(self._targets)))
            found = self._targets[sending_id] = targets_of_content(content)
        return found

    async def _finish(self, _app: web.Application) -> None:
        """Let the clicks that are on their way to the store arrive."""
        if self._counting:
            await asyncio.wait(self._counting, timeout=_PATIENCE_S)

    def _page(self, key: str, status: int) -> web.Response:
        language = self._company.default_language
        text = self._words.plain(f"newsletter.link.{key}", language)
        page = _PAGE.format(language=language, company=html.escape(self._company.name), text=html.escape(text))
        return web.Response(text=page, status=status, content_type="text/html", headers=_HEADERS)


def is_machine(headers: Mapping[str, str]) -> bool:
    """Say whether a request comes from a program that looks at links before a person does."""
    ahead = (headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    agent = headers.get("User-Agent", "")
    return not agent or _LOOKS.search(agent) is not None or any("prefetch" in one or "preview" in one for one in ahead)
