"""Answers one call of the Bot API: method, faults, the world, the envelope; knows nothing of HTTP connections."""

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.playground import (  # noqa: F401  # importing a module of methods registers them
    methods_bot,
    methods_chat,
    methods_copy,
    methods_edit,
    methods_forum,
    methods_media,
    methods_send,
    methods_updates,
)
from bot.playground.faults import Fault, FaultKind
from bot.playground.groups import Group
from bot.playground.methods import METHODS, Method
from bot.playground.parameters import Params
from bot.playground.requests import Request
from bot.playground.wire import ApiError, Encoded, encode
from bot.playground.world import World

HTML_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: HTTP status, body and type; `cut` closes the connection instead, `refuse_s` the server too."""

    status: int
    body: str
    type: str = "application/json"
    cut: bool = False
    refuse_s: float = 0.0


CUT = Answer(0, "", cut=True)


@dataclass(slots=True)
class Calls:
    """
    Every call goes through `run`. With `record` on, each is kept in `requests`.

    Errors never leave it: they are answers.
    """

    world: World
    record: bool = False
    requests: list[Request] = field(default_factory=list)

    def unread(self, name: str) -> Fault | None:
        """Return the fault that cuts the connection before a call of *name* is read."""
        if not any(fault.kind is FaultKind.CUT_UNREAD for fault in self.world.faults.active):
            return None
        return self.world.faults.meet(name, None, only=FaultKind.CUT_UNREAD)

    async def run(self, name: str, params: Params, alive: Callable[[], bool] | None = None) -> Answer:
        """
        Answer the call of the method *name* (in any case).

        *alive* says whether the caller still listens: the long poll of a bot that was killed is neither counted nor
        recorded when the next one ends it.
        """
        world = self.world
        world.counts.requests += 1
        method = METHODS.get(name.lower())
        fault = world.faults.meet(name, chat_of(params)) if world.faults.active else None
        if fault is not None:
            answer = await self._faulty(fault, method, params)
        else:
            answer = await self._answered(method, params)
        if answer.status == 409 and alive is not None and not alive():
            return answer
        if answer.status != 200:
            world.counts.errors += 1
        if self.record:
            known = method.parameters if method is not None else frozenset()
            self.requests.append(
                Request(
                    method.name if method is not None else name,
                    dict(params.raw),
                    answer.status,
                    answer.body,
                    tuple(params.files),
                    frozenset(params.raw.keys() - known),
                )
            )
        return answer

    async def _answered(self, method: Method | None, params: Params) -> Answer:
        if method is None:
            return refusal(ApiError(404, "Not Found: method not found"))
        if params.raw.keys() - method.parameters:
            known = {name: value for name, value in params.raw.items() if name in method.parameters}
            params = Params(known, params.files)
        try:
            result = method.answer(self.world, params)
            if inspect.iscoroutine(result):
                result = await result
        except ApiError as error:
            return refusal(error)
        body = result if type(result) is Encoded else encode(result)
        return Answer(200, f'{{"ok":true,"result":{body}}}')

    async def _faulty(self, fault: Fault, method: Method | None, params: Params) -> Answer:
        match fault.kind:
            case FaultKind.CUT_UNREAD | FaultKind.CUT_BEFORE:
                return CUT
            case FaultKind.CUT_AFTER:
                await self._answered(method, params)
                return CUT
            case FaultKind.REFUSE:
                return Answer(0, "", cut=True, refuse_s=fault.seconds)
            case FaultKind.SLOW:
                answer = await self._answered(method, params)
                await asyncio.sleep(fault.seconds)
                return answer
            case FaultKind.SLOW_BEFORE:
                await asyncio.sleep(fault.seconds)
                return await self._answered(method, params)
            case FaultKind.SERVER_ERROR_AFTER:
                await self._answered(method, params)
                return refusal(ApiError(500, "Internal Server Error"))
            case FaultKind.BAD_GATEWAY:
                return refusal(ApiError(502, "Bad Gateway"))
            case FaultKind.HTML:
                return Answer(502, HTML_PAGE, "text/html")
            case FaultKind.MIGRATED:
                self._upgrade(fault, chat_of(params))
        return refusal(fault.error())

    def _upgrade(self, fault: Fault, chat_id: int | None) -> None:
        """A plain group is really upgraded, so that the new id in the answer leads somewhere."""
        group = self.world.chats.get(chat_id) if chat_id is not None else None
        if isinstance(group, Group) and not group.is_supergroup:
            if group.upgraded_to is None:
                group.upgrades(fault.migrate_to)
            fault.migrate_to = group.upgraded_to


def refusal(error: ApiError) -> Answer:
    """Return the answer that carries *error*."""
    return Answer(error.code, encode(error.body()))


def chat_of(params: Params) -> int | None:
    """Return the chat that a call is about."""
    given = params.raw.get("chat_id")
    if type(given) is int:
        return given
    try:
        return int(str(given))
    except ValueError:
        return None
