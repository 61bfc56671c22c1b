"""A Bot API server for the bench of kills: it refuses, is slow or loses an answer now and then, and counts arrivals."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter, defaultdict

from aiohttp import web

FORBIDDEN_EACH = 29  # each chat of which this is a divisor has blocked the bot
_LONGEST_S = 0.02


class KillsStub:
    """Each token is a run of its own: what arrived by chat, and to how many calls no answer was given."""

    def __init__(self, seed: int) -> None:
        self._luck = random.Random(seed)
        self._arrived: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._unanswered: Counter[str] = Counter()
        self._message = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call of the Bot API."""
        token, method = request.match_info["token"], request.match_info["method"]
        if method == "getUpdates":
            await asyncio.sleep(10)
            return _result([])
        if method != "sendMessage":
            return _result({"id": 7, "is_bot": True, "first_name": "Bench", "username": "bench_bot"})
        body = await request.post() if "form" in request.content_type else json.loads(await request.read())
        return await self._send(request, token, int(str(body["chat_id"])))

    async def _send(self, request: web.Request, token: str, chat: int) -> web.StreamResponse:
        luck = self._luck.random()
        await asyncio.sleep(self._luck.uniform(0, _LONGEST_S))
        if chat % FORBIDDEN_EACH == 0:
            return _refused(403, "Forbidden: bot was blocked by the user")
        if luck < 0.01:
            return _refused(429, "Too Many Requests: retry after 0", {"retry_after": 0})
        if luck < 0.02:
            self._unanswered[token] += 1
            return _refused(502, "Bad Gateway")
        self._message += 1
        self._arrived[token][chat] += 1
        await asyncio.sleep(self._luck.uniform(0, _LONGEST_S))
        if luck < 0.03:
            self._unanswered[token] += 1
            return _refused(500, "Internal Server Error")
        if luck < 0.04:
            self._unanswered[token] += 1
            if request.transport is not None:
                request.transport.abort()
        return _result({"message_id": self._message, "date": 1, "chat": {"id": chat, "type": "private"}})

    async def tell(self, request: web.Request) -> web.Response:
        """Return what became of one run, and forget it."""
        token = request.match_info["token"]
        arrived = self._arrived.pop(token, Counter())
        return web.json_response({"arrived": dict(arrived), "unanswered": self._unanswered.pop(token, 0)})


def _result(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _refused(code: int, description: str, parameters: dict[str, int] | None = None) -> web.Response:
    body = {"ok": False, "error_code": code, "description": description}
    return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=code)


async def main(seed: int) -> None:
    """Serve until killed; the port is printed."""
    stub = KillsStub(seed)
    app = web.Application()
    app.router.add_route("*", "/bot{token}/{method}", stub.answer)
    app.router.add_get("/told/{token}", stub.tell)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
