"""
A small Bot API server that is not ours and knows nothing of the playground, with the manners of others that exist.

What it does was learnt from public stand-ins and old servers; each difference is one field of a `Character`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.flows.foreign_markup import fault_in

Json = dict[str, Any]
TOKEN = "4711:token-of-a-foreign-server"
OFFSET_CONFIRMS, OFFSET_IGNORED, READ_ON_DELIVERY = "confirms", "ignored", "read"

_SENDING = {
    "chat_id",
    "parse_mode",
    "disable_notification",
    "reply_to_message_id",
    "allow_sending_without_reply",
    "reply_markup",
}
_READS = {"application/x-www-form-urlencoded": "form", "multipart/form-data": "parts", "application/json": "json"}
_EDITING = {"chat_id", "message_id", "reply_markup", "parse_mode"}
SMALLEST: dict[str, set[str]] = {
    "getMe": set(),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {"url", "certificate", "ip_address", "max_connections", "allowed_updates", "drop_pending_updates"},
    "deleteWebhook": {"drop_pending_updates"},
    "sendMessage": {*_SENDING, "text", "entities", "disable_web_page_preview"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert", "url", "cache_time"},
}
"""Methods without which there is no bot, with their parameters of Bot API 5.0 (November 2020)."""
OF_2020: dict[str, set[str]] = {
    **SMALLEST,
    "sendPhoto": {*_SENDING, "photo", "caption", "caption_entities"},
    "editMessageText": {*_EDITING, "text", "entities", "disable_web_page_preview"},
    "editMessageReplyMarkup": _EDITING - {"parse_mode"},
    "pinChatMessage": {"chat_id", "message_id", "disable_notification"},
    "setMyCommands": {"commands"},
}
NOW: dict[str, set[str]] = {
    **{method: names | {"reply_parameters", "message_thread_id"} for method, names in OF_2020.items()},
    "setWebhook": {*SMALLEST["setWebhook"], "secret_token"},
    "setMyCommands": {"commands", "scope", "language_code"},
    "createForumTopic": {"chat_id", "name"},
}


def _plain(message: Json) -> Any:
    return message


@dataclass(frozen=True)
class Character:
    """How a server differs from Telegram's; what is left out is as Telegram's."""

    name: str
    methods: dict[str, set[str]] = field(default_factory=lambda: NOW)
    reads: frozenset[str] = frozenset({"form", "json", "parts"})
    when_unread: int = 400  # what it answers to an encoding that it does not read
    refuses_unknown: bool = False
    unknown_method: Callable[[str], web.Response] = lambda _: _refusal(404, "Not Found")
    result: Callable[[Json], Any] = _plain  # of a sending
    edits_return: Any = True
    refusal_status: int | None = None  # None: the error's own code
    waits: bool = True  # long polling
    offset: str = OFFSET_CONFIRMS
    empty: Any = field(default_factory=list)  # how no updates look
    first_update: int = 700
    update: Callable[[Json], Json] = _plain
    ignores_case: bool = False
    seconds: float = 0.0
    closes: bool = False
    prefix: str = ""
    copies: int = 1  # of each delivery to the webhook, at once
    own_chat_ids: bool = False  # a private chat has another id than the person

    def __str__(self) -> str:
        return self.name


@dataclass
class Shown:
    """A message of the bot's, as the person sees it now."""

    id: int
    text: str
    buttons: dict[str, str]
    file: str = ""
    reply_to: int | None = None


class ForeignServer:
    """The server. `chats` holds what the bot has said; `calls` and `parameters` what it asked for."""

    def __init__(self, character: Character) -> None:
        self.character = character
        self.chats: dict[int, list[Shown]] = {}
        self.calls: Counter[str] = Counter()
        self.parameters: dict[str, set[str]] = {}
        self.url = ""
        self.webhook: Json = {}
        self.began = time.monotonic()
        self.changed = asyncio.Condition()
        self._ids = itertools.count(30)
        self._numbers = itertools.count(character.first_update)
        self._updates: list[Json] = []
        self._deliveries: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    # The bot's side ------------------------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        given, character = request.match_info["method"], self.character
        if request.match_info["token"] != TOKEN:
            return _refusal(401, "Unauthorized")
        known = {name.lower(): name for name in character.methods} if character.ignores_case else {}
        method = known.get(given.lower(), given)
        self.calls[method] += 1
        await asyncio.sleep(character.seconds)
        if method not in character.methods:
            await request.read()
            return self._closed(character.unknown_method(method))
        params = await self._read(request)
        if params is None:
            return self._closed(_refusal(character.when_unread, "Bad Request: invalid content type"))
        self.parameters.setdefault(method, set()).update(params)
        unknown = set(params) - character.methods[method]
        if unknown and character.refuses_unknown:
            answer = self._refuse(f"Bad Request: unknown parameter {min(unknown)}")
        else:
            answer = await self._answer(method, params)
        async with self.changed:
            self.changed.notify_all()
        return self._closed(answer)

    def _closed(self, answer: web.Response) -> web.Response:
        if self.character.closes:
            answer.force_close()
        return answer

    async def _read(self, request: web.Request) -> Json | None:
        kind = _READS.get(request.content_type)
        if not request.can_read_body:
            return {}
        if kind not in self.character.reads:
            await request.read()
            return None
        if kind == "json":
            return dict(await request.json())
        return {name: _decoded(name, value) for name, value in (await request.post()).items()}

    def _refuse(self, sentence: str) -> web.Response:
        return _refusal(400, sentence, self.character.refusal_status)

    async def _answer(self, method: str, params: Json) -> web.Response:
        result: Any = True
        match method:
            case "getUpdates":
                result = await self._get_updates(params)
            case "getMe":
                result = {"id": 4711, "is_bot": True, "first_name": "Bot", "username": "foreign_bot"}
            case "setWebhook":
                if not str(params.get("url", "")).startswith("http"):
                    return self._refuse("Bad Request: no url specified")
                if not isinstance(params.get("allowed_updates"), list):
                    return self._refuse("Bad Request: allowed_updates is no list")
                self.webhook = params
                self._deliver()
            case "deleteWebhook":
                self.webhook = {}
            case "createForumTopic":
                result = {"message_thread_id": next(self._ids), "name": params["name"], "icon_color": 7322096}
            case "sendMessage" | "sendPhoto":
                return self._sent(method, params)
            case "editMessageText" | "editMessageReplyMarkup":
                return self._edited(params)
        return web.json_response({"ok": True, "result": result})

    async def _get_updates(self, params: Json) -> Any:
        offset = int(params.get("offset", 0))
        if self.character.offset == OFFSET_CONFIRMS:
            self._updates = [update for update in self._updates if update["update_id"] >= offset]
        if not self._updates and self.character.waits:
            with contextlib.suppress(TimeoutError):
                async with self.changed:
                    waiting = self.changed.wait_for(lambda: self._updates)
                    await asyncio.wait_for(waiting, int(params.get("timeout", 0)))
        found = list(self._updates)
        if self.character.offset == READ_ON_DELIVERY:
            self._updates.clear()
        return found or self.character.empty

    def _sent(self, method: str, params: Json) -> web.Response:
        text = params.get("text" if method == "sendMessage" else "caption", "")
        if "chat_id" not in params:
            return self._refuse("Bad Request: chat_id is empty")
        if method == "sendMessage" and not text:
            return self._refuse("Bad Request: message text is empty")
        if params.get("parse_mode") == "HTML" and (fault := fault_in(text)):
            return self._refuse(f"Bad Request: can't parse entities: {fault}")
        chat_id, number = int(params["chat_id"]), next(self._ids)
        reply_to = params.get("reply_to_message_id") or params.get("reply_parameters", {}).get("message_id")
        shown = Shown(number, text, _buttons(params), str(params.get("photo", "")), reply_to)
        self.chats.setdefault(chat_id, []).append(shown)
        message = {"message_id": number, "date": int(time.time()), "chat": {"id": chat_id, "type": "private"}}
        return web.json_response({"ok": True, "result": self.character.result(message)})

    def _edited(self, params: Json) -> web.Response:
        for shown in self.chats.get(int(params["chat_id"]), []):
            if shown.id == int(params["message_id"]):
                shown.text, shown.buttons = params.get("text", shown.text), _buttons(params)
                return web.json_response({"ok": True, "result": self.character.edits_return})
        return self._refuse("Bad Request: message to edit not found")

    # The people's side ---------------------------------------------------------------------------------------------

    def message_id(self) -> int:
        """Return the number of a person's next message."""
        return next(self._ids)

    async def happens(self, **event: Json) -> None:
        """Let an update happen, in this server's way of telling it."""
        for kind, content in event.items():
            self._updates.append(self.character.update({"update_id": next(self._numbers), kind: content}))
        if self.webhook:
            self._deliver()
        async with self.changed:
            self.changed.notify_all()

    def _deliver(self) -> None:
        waiting, self._updates = self._updates, []
        for update in waiting:
            for _ in range(self.character.copies):
                task = asyncio.create_task(self._post(update))
                self._deliveries.add(task)
                task.add_done_callback(self._deliveries.discard)

    async def _post(self, update: Json) -> None:
        """Offer an update until it is taken."""
        assert self._session is not None
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if "secret_token" in self.webhook:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook["secret_token"]
        for _ in range(1200):  # a minute
            body = json.dumps(update).encode()
            async with self._session.post(self.webhook["url"], data=body, headers=headers) as response:
                if response.status == 200:
                    return
            await asyncio.sleep(0.05)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[ForeignServer]:
        """Serve on a free port."""
        app = web.Application(client_max_size=2**24)
        app.router.add_post(f"{self.character.prefix}/bot{{token}}/{{method}}", self.handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}{self.character.prefix}"
        async with aiohttp.ClientSession() as self._session:
            try:
                yield self
            finally:
                for task in self._deliveries:
                    task.cancel()
                await runner.cleanup()


def _refusal(code: int, sentence: str, status: int | None = None) -> web.Response:
    answer = {"ok": False, "error_code": code, "description": sentence}
    return web.json_response(answer, status=status or code)


def _decoded(name: str, value: Any) -> Any:
    if isinstance(value, web.FileField):
        return f"uploaded:{value.filename}"
    if name in {"reply_markup", "allowed_updates", "commands", "reply_parameters", "entities", "scope"}:
        return json.loads(value)
    return value


def _buttons(params: Json) -> dict[str, str]:
    rows = params.get("reply_markup", {}).get("inline_keyboard", [])
    return {button["text"]: button.get("callback_data", "") for row in rows for button in row}
