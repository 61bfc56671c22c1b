"""The control interface: the browser page, the demo and scripted people act through it over HTTP and one WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, web
from aiohttp.web_request import FileField

from bot.playground.chats import Chat
from bot.playground.control_state import counts_of, messages_of, state
from bot.playground.files import PlayFile
from bot.playground.media import KINDS
from bot.playground.messages import Message
from bot.playground.people import Person
from bot.playground.routes import Answering, Routes
from bot.playground.server import file_response
from bot.playground.wire import JsonObject, encode
from bot.playground.world import World, person_json

if TYPE_CHECKING:
    from bot.playground.playground import Playground

TAP_PATIENCE_S = 3.0
LONGEST_PAGE = 1000
_FAULT_NUMBERS = ("times", "after", "retry_after", "seconds", "migrate_to")


class Control:
    """Serves `/control/...`. A wrong request is a 400, an unknown person, chat or message a 404, with `{"error"}`."""

    def __init__(self, playground: Playground) -> None:
        self._playground = playground
        self._sockets: set[web.WebSocketResponse] = set()

    @property
    def _world(self) -> World:
        return self._playground.world

    def add_routes(self, routes: Routes) -> None:
        """Put the interface into *routes*."""
        for verb, path, answer in (
            ("GET", "state", self._state),
            ("GET", "counts", self._counts),
            ("GET", "chats/{chat}/messages", self._messages),
            ("POST", "people", self._add_person),
            ("POST", "chats/{chat}/messages", self._say),
            ("POST", "chats/{chat}/media", self._send_media),
            ("POST", "chats/{chat}/contact", self._send_contact),
            ("POST", "chats/{chat}/location", self._send_location),
            ("POST", "taps", self._tap),
            ("POST", "edits", self._edit),
            ("POST", "reactions", self._react),
            ("POST", "votes", self._vote),
            ("POST", "block", self._block),
            ("POST", "typing", self._typing),
            ("POST", "topics", self._topic),
            ("POST", "clock", self._clock),
            ("POST", "faults", self._add_fault),
            ("DELETE", "faults", self._clear_faults),
            ("GET", "files/{file}", self._file),
            ("GET", "events", self._events),
        ):
            routes.add(verb, f"/control/{path}", _guarded(answer))

    async def close(self) -> None:
        """Close the pages' sockets."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _state(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        return _json(state(self._playground))

    async def _counts(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        return _json(counts_of(self._world))

    async def _messages(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        chat = self._chat(place["chat"])
        limit = min(int(request.query.get("limit", "200")), LONGEST_PAGE)
        thread = request.query.get("thread")
        shown = messages_of(chat, limit=max(limit, 1), thread=int(thread) if thread else None)
        return _json({"messages": shown})

    async def _add_person(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        given = await _body(request)
        name = str(given.get("first_name") or "").strip()
        if not name:
            raise ValueError("people: first_name is empty; give one")
        person = self._playground.add_person(
            name,
            last_name=str(given.get("last_name") or "").strip(),
            username=given.get("username") or None,
            language_code=str(given.get("language_code") or "en"),
            phone=given.get("phone") or None,
        )
        return _json(person_json(person))

    async def _say(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        given = await _body(request)
        chat, person = self._chat(place["chat"]), self._person(given.get("from"))
        text = str(given.get("text") or "")
        if not text.strip():
            raise ValueError("message: text is empty; write something")
        reply_to = self._message(chat, given["reply_to"]) if given.get("reply_to") else None
        return _json(person.sends(text, reply_to, given.get("thread"), chat).shown())

    async def _send_media(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        fields = await request.post()
        chat, person = self._chat(place["chat"]), self._person(fields.get("from"))
        kind = str(fields.get("kind") or "document")
        if kind not in KINDS:
            raise ValueError(f"media: kind {kind!r} is not known; use one of {', '.join(KINDS)}")
        files = [
            PlayFile(value.filename, value.file.read(), value.content_type)
            for value in fields.values()
            if isinstance(value, FileField)
        ]
        if not 1 <= len(files) <= 10:
            raise ValueError(f"media: {len(files)} files; send 1 to 10")
        thread, reply = fields.get("thread"), fields.get("reply_to")
        sent = person.sends_media(
            kind,
            files,
            str(fields.get("caption") or ""),
            chat,
            int(str(thread)) if thread else None,
            self._message(chat, reply) if reply else None,
        )
        return _json({"messages": [message.shown() for message in sent]})

    async def _send_contact(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        given = await _body(request)
        chat, person = self._chat(place["chat"]), self._person(given.get("from"))
        return _json(person.sends_contact(given.get("phone"), chat, given.get("thread")).shown())

    async def _send_location(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        given = await _body(request)
        chat, person = self._chat(place["chat"]), self._person(given.get("from"))
        lat, lon = (given.get(short, given.get(long)) for short, long in (("lat", "latitude"), ("lon", "longitude")))
        if lat is None or lon is None:
            raise ValueError("location: lat or lon is missing; give both in degrees")
        return _json(person.sends_location(float(lat), float(lon), chat, given.get("thread")).shown())

    async def _tap(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        given = await _body(request)
        chat, person = self._chat(given.get("chat")), self._person(given.get("from"))
        answer = person.taps_at(
            self._message(chat, given.get("message")), int(given["row"]), int(given["column"])
        ).answer
        answered = await answer.within(TAP_PATIENCE_S)
        return _json({"answered": answered, "text": answer.text, "show_alert": answer.show_alert, "url": answer.url})

    async def _edit(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        given = await _body(request)
        chat, person = self._chat(given.get("chat")), self._person(given.get("from"))
        text = str(given.get("text") or "")
        if not text.strip():
            raise ValueError("edit: text is empty; write something")
        return _json(person.edits(self._message(chat, given.get("message")), text).shown())

    async def _react(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        given = await _body(request)
        chat, person = self._chat(given.get("chat")), self._person(given.get("from"))
        message = self._message(chat, given.get("message"))
        person.reacts(message, given.get("emoji") or None)
        return _json(message.shown())

    async def _vote(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        given = await _body(request)
        chat, person = self._chat(given.get("chat")), self._person(given.get("from"))
        message = self._message(chat, given.get("message"))
        person.votes(message, [int(place) for place in given.get("options") or []])
        return _json(message.shown())

    async def _block(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        given = await _body(request)
        person = self._person(given.get("person"))
        if given.get("blocked"):
            person.blocks()
        else:
            person.unblocks()
        return _json(person_json(person))

    async def _typing(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        return _json({})

    async def _topic(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        given = await _body(request)
        group = self._world.group(int(given["chat"]))
        thread = int(given["thread"])
        group.topic(thread)
        match given.get("action"):
            case "close":
                group.closes_topic(thread)
            case "reopen":
                group.reopens_topic(thread)
            case "delete":
                group.deletes_topic(thread)
            case other:
                raise ValueError(f"topics: action {other!r} is not known; use close, reopen or delete")
        return _json({"ok": True})

    async def _clock(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        given = await _body(request)
        await self._playground.advance(dt.timedelta(seconds=float(given["advance_s"])))
        return _json({"now": self._world.clock.now().isoformat()})

    async def _add_fault(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        given = await _body(request)
        wanted: JsonObject = {name: given[name] for name in _FAULT_NUMBERS if given.get(name) is not None}
        method = given.get("method")
        chat = given.get("chat")
        fault = self._world.faults.add(
            str(given.get("kind")),
            method=method if method not in ("", "*") else None,
            chat=int(chat) if chat not in (None, "", "*") else None,
            **wanted,
        )
        self._world.events.tell("faults")
        return _json(fault.as_json())

    async def _clear_faults(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        self._world.faults.clear()
        self._world.events.tell("faults")
        return _json({"faults": []})

    async def _file(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        return file_response(self._world.files, file_id=place["file"])

    async def _events(self, request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=30.0)
        await socket.prepare(request)
        queue = self._world.events.listen()
        self._sockets.add(socket)
        sending = asyncio.get_running_loop().create_task(_pour(queue, socket))
        try:
            async for _ in socket:
                pass  # the page only listens; reading notices that it has gone
        finally:
            self._sockets.discard(socket)
            self._world.events.leave(queue)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        return socket

    def _person(self, given: Any) -> Person:
        return self._world.person(_number(given, "person"))

    def _chat(self, given: Any) -> Chat:
        chat = self._world.chats.get(_number(given, "chat"))
        if chat is None:
            raise LookupError(f"chat {given}: there is none; see /control/state")
        return chat

    def _message(self, chat: Chat, given: Any) -> Message:
        message = chat.message(_number(given, "message"))
        if message is None:
            raise LookupError(f"message {given}: chat {chat.id} has none, or it is deleted")
        return message


async def _pour(queue: asyncio.Queue[str], socket: web.WebSocketResponse) -> None:
    with contextlib.suppress(ConnectionError):
        while not socket.closed:
            await socket.send_str(await queue.get())


def _number(given: Any, what: str) -> int:
    try:
        return int(str(given))
    except ValueError:
        raise ValueError(f"{what}: {given!r} is no number; give its id") from None


def _guarded(answer: Answering) -> Answering:
    async def guarded(request: web.BaseRequest, place: dict[str, str]) -> web.StreamResponse:
        try:
            return await answer(request, place)
        except LookupError as problem:
            missing = isinstance(problem, KeyError)
            return _json({"error": f"{problem} is missing" if missing else str(problem)}, 400 if missing else 404)
        except (ValueError, TypeError) as problem:
            return _json({"error": str(problem)}, 400)

    return guarded


def _json(content: JsonObject, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(text=encode(content), status=status, content_type="application/json", headers=headers)


async def _body(request: web.BaseRequest) -> JsonObject:
    text = await request.text()
    given = json.loads(text) if text else {}
    if not isinstance(given, dict):
        raise ValueError("request: the body must be a JSON object")
    return given
