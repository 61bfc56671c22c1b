"""The HTTP side: the Bot API's addresses, downloads, the browser page; hands calls to `Calls`."""

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from aiohttp.web_request import FileField

from bot.playground.calls import Answer, Calls, refusal
from bot.playground.files import UPLOAD_LIMIT, Files
from bot.playground.parameters import Params, Upload
from bot.playground.routes import Routes
from bot.playground.wire import ApiError, JsonObject

PAGE = Path(__file__).parent / "page"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
_NO_CACHE = {"Cache-Control": "no-cache"}


class Server:
    """
    Listens on one address until stopped. `refuse(seconds)` closes the door for a while: connections are then refused
    by the machine itself.

    *delay_s* is waited before each Bot API answer, as a far network would.
    """

    def __init__(self, token: str, calls: Calls, *, delay_s: float = 0.0) -> None:
        self.token = token
        self.delay_s = delay_s
        self.port = 0
        self._calls = calls
        self._host = ""
        self._runner: web.ServerRunner | None = None
        self._site: web.TCPSite | None = None
        self._reopening: asyncio.Task[None] | None = None
        self._prefix = f"/bot{token}/"
        self.routes = Routes()
        self.routes.add("GET", "/", self._page)
        self.routes.add("GET", "/page/{path}", self._page)
        self.routes.add("GET", "/file/bot{token}/{path}", self._download)

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 takes a free one, which is then in `port`."""
        self._host = host
        server = web.Server(self._handle, request_factory=_request, access_log=None, keepalive_timeout=75.0)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.5)
        await self._runner.setup()
        await self._open(port)

    async def _open(self, port: int) -> None:
        assert self._runner is not None
        self._site = web.TCPSite(self._runner, self._host, port, reuse_address=True, backlog=1024)
        await self._site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        if self._reopening is not None:
            self._reopening.cancel()
            await asyncio.gather(self._reopening, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def connections_open(self) -> int:
        """How many clients are connected now."""
        server = self._runner.server if self._runner is not None else None
        return sum(c.transport is not None for c in server.connections) if server is not None else 0

    def refuse(self, seconds: float) -> None:
        """Refuse connections for *seconds*; those that are open are cut."""
        if self._reopening is None or self._reopening.done():
            self._reopening = asyncio.get_running_loop().create_task(self._closed_for(seconds))

    async def _closed_for(self, seconds: float) -> None:
        port = self.port
        if self._site is not None:
            await self._site.stop()
        if self._runner is not None and self._runner.server is not None:
            for connection in list(self._runner.server.connections):
                if connection.transport is not None:
                    connection.transport.abort()
        await asyncio.sleep(seconds)
        await self._open(port)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        # The Bot API's own road is decided by one comparison: benches send hundreds of thousands of calls along it.
        target = request.raw_path
        if target.startswith(self._prefix):
            return await self._bot_api(request, target[len(self._prefix) :].partition("?")[0])
        path = unquote(target.partition("?")[0])
        if path.startswith("/bot"):
            token, _, name = path.removeprefix("/bot").partition("/")
            if token == self.token and name:
                return await self._bot_api(request, name)
            number, _, secret = token.partition(":")
            known = number.isdecimal() and secret and name
            return _response(refusal(ApiError(401, "Unauthorized") if known else _NOT_FOUND))
        return await self.routes.answer(request, path)

    async def _bot_api(self, request: web.BaseRequest, name: str) -> web.StreamResponse:
        calls = self._calls
        unread = calls.unread(name) if calls.world.faults.active else None
        if unread is not None:
            return self._cut(request, 0.0)
        try:
            params = await _read(request)
        except ApiError as error:
            return _response(refusal(error))
        answer = await calls.run(name, params, partial(_is_open, request))
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if answer.cut:
            return self._cut(request, answer.refuse_s)
        return _response(answer)

    def _cut(self, request: web.BaseRequest, refuse_s: float) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        if refuse_s:
            self.refuse(refuse_s)
        return web.Response()

    async def _download(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        if place["token"] != self.token:
            return _response(refusal(ApiError(401, "Unauthorized")))
        return file_response(self._calls.world.files, path=place["path"])

    async def _page(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        path = (PAGE / place.get("path", "index.html")).resolve()
        if not path.is_relative_to(PAGE) or not path.is_file():
            raise web.HTTPNotFound(text="page: there is no such file")
        kind = _TYPES.get(path.suffix, "application/octet-stream")
        return web.FileResponse(path, headers={**_NO_CACHE, "Content-Type": kind})


_NOT_FOUND = ApiError(404, "Not Found")


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=2 * UPLOAD_LIMIT)


def _is_open(request: web.BaseRequest) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _response(answer: Answer) -> web.Response:
    return web.Response(body=answer.body.encode(), status=answer.status, content_type=answer.type)


def file_response(files: Files, *, path: str = "", file_id: str = "") -> web.Response:
    """
    Return a stored file's bytes, found by its download path or its id; the Bot API's 404 where there is none.

    Only pictures, sound and film are shown in place: an uploaded page must not run as if it were the playground's.
    """
    stored = files.at(path) if path else files.known(file_id)
    if stored is None:
        return _response(refusal(_NOT_FOUND))
    mime = stored.mime.split(";")[0].strip().lower()
    shown = mime.split("/")[0] in {"image", "audio", "video"} and mime != "image/svg+xml"
    headers = {**_NO_CACHE, "X-Content-Type-Options": "nosniff"}
    if not shown:
        headers["Content-Disposition"] = "attachment"
    return web.Response(body=stored.data, content_type=mime, headers=headers)


async def _read(request: web.BaseRequest) -> Params:
    """Read the parameters of a call from the address and the body, whatever form they come in."""
    raw: JsonObject = dict(request.query) if "?" in request.raw_path else {}
    if not request.body_exists:
        return Params(raw)
    match request.content_type:
        case "application/json":
            raw |= _object(await request.read())
            return Params(raw)
        case "application/x-www-form-urlencoded" | "multipart/form-data":
            files: dict[str, Upload] = {}
            try:
                fields = await request.post()
            except web.HTTPRequestEntityTooLarge:
                raise ApiError(413, "Request Entity Too Large") from None
            except ValueError:
                raise ApiError(400, "Bad Request: can't parse the request's body") from None
            for name, value in fields.items():
                if isinstance(value, FileField):
                    files[name] = Upload(value.filename, value.content_type, value.file.read())
                else:
                    raw[name] = value.decode() if isinstance(value, bytes | bytearray) else value
            return Params(raw, files)
        case _:
            return Params(raw)


def _object(body: bytes) -> JsonObject:
    if not body.strip():
        return {}
    try:
        given: Any = json.loads(body)
    except ValueError:
        raise ApiError(400, "Bad Request: can't parse the request's JSON body") from None
    if not isinstance(given, dict):
        raise ApiError(400, "Bad Request: the request's JSON body must be an Object")
    return given
