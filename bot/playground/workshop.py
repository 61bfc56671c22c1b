"""
The page's "Dialogues": reading, judging and saving the files of whoever runs the playground.

What a dialogue is, the playground does not know: its owner registers a `Workshop`, and this only carries the words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from aiohttp import web

from bot.playground.routes import Routes
from bot.playground.wire import JsonObject, encode

T = TypeVar("T", str, int)
NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}(?:\.[a-z]{2,3})?")
"""Names of dialogues, and of their translations: "party", "party.sv"."""
LONGEST = 200_000


class Workshop(Protocol):
    """The files that can be worked on; each answer is JSON for the page. LookupError where there is no such file."""

    async def every(self) -> JsonObject:
        """Return {"dialogues": [{name, title, command, own, shipped}...], "template": text}."""
        ...

    async def read(self, name: str) -> JsonObject:
        """Return {name, text, own, shipped, command}."""
        ...

    async def check(self, name: str, text: str) -> JsonObject:
        """Return {"faults": [{file, line, key, problem, remedy, here}...]} of *text* as if it were saved."""
        ...

    async def save(self, name: str, text: str) -> JsonObject:
        """Save and use *text*; as `check`, and {saved, command, hint}. With faults nothing is saved."""
        ...

    async def remove(self, name: str) -> JsonObject:
        """Remove the company's own file, so that a shipped one counts again; as `save`."""
        ...

    async def ready(self, name: str, person: int) -> JsonObject:
        """Make way for a try by *person*: end her conversation with an older version; {ended, command}."""
        ...


class WorkshopRoutes:
    """Serves `/control/dialogues...` while there is a workshop; a 404 otherwise."""

    def __init__(self, workshop: Callable[[], Workshop | None]) -> None:
        self._workshop = workshop

    def add_routes(self, routes: Routes) -> None:
        """Put the addresses into *routes*."""
        routes.add("GET", "/control/dialogues", self._every)
        routes.add("GET", "/control/dialogues/{name}", self._read)
        routes.add("POST", "/control/dialogues/{name}/check", self._check)
        routes.add("POST", "/control/dialogues/{name}", self._save)
        routes.add("DELETE", "/control/dialogues/{name}", self._remove)
        routes.add("POST", "/control/dialogues/{name}/ready", self._ready)

    async def _every(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        return await self._answered(lambda workshop: workshop.every())

    async def _read(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        return await self._answered(lambda workshop: workshop.read(_name(place)))

    async def _check(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        text = await _given(request, "text", str)
        return await self._answered(lambda workshop: workshop.check(_name(place), text))

    async def _save(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        text = await _given(request, "text", str)
        return await self._answered(lambda workshop: workshop.save(_name(place), text))

    async def _ready(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        person = await _given(request, "person", int)
        return await self._answered(lambda workshop: workshop.ready(_name(place), person))

    async def _remove(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        _refuse_strangers(request)
        return await self._answered(lambda workshop: workshop.remove(_name(place)))

    async def _answered(self, act: Callable[[Workshop], Awaitable[JsonObject]]) -> web.StreamResponse:
        workshop = self._workshop()
        if workshop is None:
            return _json({"error": "dialogues: nobody offers any here; vuoro demo does"}, 404)
        try:
            return _json(await act(workshop))
        except LookupError as problem:
            return _json({"error": str(problem.args[0])}, 404)
        except ValueError as problem:
            return _json({"error": str(problem)}, 400)


def _name(place: dict[str, str]) -> str:
    if NAME.fullmatch(place["name"]) is None:
        raise ValueError("name: small letters, digits, - and _, a letter first, such as summer-party")
    return place["name"]


def _refuse_strangers(request: web.BaseRequest) -> None:
    """Refuse a page of another site that writes through the visitor's browser: only our own page may write files."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("Host"):
        raise web.HTTPForbidden(text="dialogues: only the playground's own page may write them")


async def _given(request: web.BaseRequest, key: str, kind: type[T]) -> T:
    _refuse_strangers(request)
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="dialogues: the body must be JSON")
    try:
        given = json.loads(await request.text())
    except ValueError:  # json's own error is one, and so is a byte that is no UTF-8
        given = None
    value = given.get(key) if isinstance(given, dict) else None
    if not isinstance(value, kind):
        raise web.HTTPBadRequest(text=f"dialogues: the body must be a JSON object with {key}")
    if isinstance(value, str) and len(value) > LONGEST:
        raise web.HTTPRequestEntityTooLarge(LONGEST, len(value), text="dialogues: no dialogue is that long")
    return value


def _json(content: JsonObject, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(text=encode(content), status=status, content_type="application/json", headers=headers)
