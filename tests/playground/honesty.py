"""
An independent reading of the Bot API: aiogram's own method and result classes judge what was asked and answered.

The transcript suite uses `check_requests` on what the bot asked during a run; the playground's tests use it on every
method and every kind of update.
"""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import aiogram.methods
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import AiogramError, TelegramAPIError
from aiogram.methods import TelegramMethod
from aiogram.types import Update

from bot.playground import Request

_RENAMED = {"getChatMembersCount": "getChatMemberCount"}


@cache
def method_classes() -> dict[str, type[TelegramMethod[Any]]]:
    """Return aiogram's method classes by the Bot API's names."""
    classes: dict[str, type[TelegramMethod[Any]]] = {}
    for name in aiogram.methods.__all__:
        kind = getattr(aiogram.methods, name)
        if isinstance(kind, type) and issubclass(kind, TelegramMethod) and kind is not TelegramMethod:
            classes[str(kind.__api_method__)] = kind
    return classes


class _Reader:
    """Parses answers as aiogram's client does, without a connection."""

    def __init__(self) -> None:
        self.bot = Bot("1:reader", session=AiohttpSession())

    def answer(self, method: TelegramMethod[Any], status: int, body: str) -> None:
        self.bot.session.check_response(bot=self.bot, method=method, status_code=status, content=body)


@cache
def _reader() -> _Reader:
    return _Reader()


def request_problem(request: Request, *, unreadable_updates: bool = False) -> str | None:
    """Say what aiogram does not accept in one recorded call, or None; see `check_requests`."""
    name = _RENAMED.get(request.method, request.method)
    kind = method_classes().get(name)
    if kind is None:
        return f"{request.method}: aiogram knows no such method"
    if request.unknown_params:
        return f"{request.method}: Telegram knows no parameters {sorted(request.unknown_params)}"
    given = {field: _unfolded(value) for field, value in request.params.items()}
    given |= {
        field: f"attach://{field}" for field in request.files if field in kind.model_fields and field not in given
    }
    stray = sorted(given.keys() - kind.model_fields.keys())
    if stray:
        return f"{request.method}: aiogram knows no parameters {stray}"
    try:
        method = kind.model_validate(given)
    except ValueError as problem:
        return f"{request.method}: the request does not parse: {problem}"
    if unreadable_updates and request.method == "getUpdates":
        return None
    if request.status == 0 or (request.status >= 500 and not request.body.startswith("{")):
        return None
    try:
        _reader().answer(method, request.status, request.body)
    except TelegramAPIError as refused:
        if request.status == 200:
            return f"{request.method}: the answer does not parse: {refused}"
    except (AiogramError, ValueError) as problem:
        return f"{request.method}: the answer does not parse: {problem}"
    return None


def check_requests(requests: Iterable[Request], *, unreadable_updates: bool = False) -> None:
    """
    Assert that aiogram accepts every request and every answer, updates fetched by `getUpdates` included.

    Uploaded parts count as their parameters; deliberate connection faults and proxy pages have no answer to read.
    *unreadable_updates* leaves the answers of `getUpdates` out, for runs with poisoned updates in them.
    """
    found = (request_problem(request, unreadable_updates=unreadable_updates) for request in requests)
    problems = [problem for problem in found if problem is not None]
    assert not problems, "the Bot API as aiogram reads it:\n" + "\n".join(problems)


def check_update(text: str) -> Update:
    """Return the update in *text* as aiogram reads it; it must be of a kind that aiogram knows."""
    update = Update.model_validate(json.loads(text), context={"bot": _reader().bot})
    assert update.event_type
    return update


def _unfolded(value: Any) -> Any:
    """Return *value* parsed where it is JSON text of an object or array, as forms carry them."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
