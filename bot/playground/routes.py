"""A small table of addresses for aiohttp's low-level server, which spares the Bot API's road the full router."""

import re
from collections.abc import Awaitable, Callable

from aiohttp import web

Answering = Callable[[web.BaseRequest, dict[str, str]], Awaitable[web.StreamResponse]]


class Routes:
    """Addresses such as "/chats/{chat}/messages"; a part named `path` may hold slashes."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Answering]] = []

    def add(self, verb: str, address: str, answer: Answering) -> None:
        """Let *answer* answer *verb* at *address*; it gets the request and the named parts."""
        pattern = re.sub(r"\{(\w+)\}", lambda m: f"(?P<{m[1]}>{'.+' if m[1] == 'path' else '[^/]+'})", address)
        self._routes.append((verb, re.compile(pattern), answer))

    async def answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answer a request: 404 for an unknown address, 405 for a wrong verb."""
        found = False
        for verb, pattern, answer in self._routes:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            if verb == request.method or (verb == "GET" and request.method == "HEAD"):
                return await answer(request, match.groupdict())
            found = True
        raise web.HTTPMethodNotAllowed(request.method, ["GET", "POST"]) if found else web.HTTPNotFound()
