"""A Bot API server that answers what a test tells it to, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

Answer = web.Response | dict[str, Any] | list[Any] | bool
TOKEN = "7:secret-of-the-bot"
PATIENCE_S = 60.0  # of tests that wait for a program: on a busy machine it is late, and that is no failure


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: its method and parameters, JSON ones decoded where they are JSON."""

    method: str
    params: dict[str, Any]
    at: float


@dataclass
class TelegramStub:
    """*answers* maps a method to what it answers; others succeed with a message."""

    answers: dict[str, Callable[[dict[str, Any]], Answer | Awaitable[Answer]]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    message_id: int = 100

    def of(self, method: str) -> list[dict[str, Any]]:
        """Return the parameters of every call of *method*."""
        return [one.params for one in self.asked if one.method == method]

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call."""
        method = request.match_info["method"]
        is_json = request.content_type == "application/json"
        given = orjson.loads(await request.read()) if is_json else await request.post()
        params = {name: _decoded(value) for name, value in given.items()}
        self.asked.append(Asked(method, params, time.monotonic()))
        answer: Any = self.answers[method](params) if method in self.answers else self.message(params)
        if asyncio.iscoroutine(answer):
            answer = await answer
        return answer if isinstance(answer, web.Response) else web.json_response({"ok": True, "result": answer})

    def message(self, params: dict[str, Any]) -> dict[str, Any]:
        """Make the message that Telegram returns."""
        self.message_id += 1
        chat = params.get("chat_id", 1)
        return {"message_id": self.message_id, "date": 1, "chat": {"id": chat, "type": "private"}}


def refuse(code: int, description: str, **parameters: Any) -> web.Response:
    """Make an error answer of the Bot API."""
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return web.json_response(body, status=code)


def cut(_: object) -> web.Response:
    """Make an answer that leaves the fate of a message unknown."""
    return web.Response(status=502, text="<html>")


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value.file.read() if hasattr(value, "file") else value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


@asynccontextmanager
async def telegram_stub() -> AsyncIterator[TelegramStub]:
    """Run a stub on a free port."""
    stub = TelegramStub()
    app = web.Application(client_max_size=50 * 2**20)
    app.router.add_post(f"/bot{TOKEN}/{{method}}", stub.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stub.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield stub
    finally:
        await runner.cleanup()
