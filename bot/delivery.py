"""One waiting row on its way: the calls that it takes, each at its pace, and what became of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from telegram.error import TelegramError

from bot.forum_topics import ForumTopics
from bot.pacing import Governor
from bot.paid import lacks_stars
from bot.speech import Call, call_for, caption_edit_for, message_ids, parts_of, units
from bot.telegram_api import NO_METHOD, TelegramApi
from bot.telegram_outcomes import classify
from bot.uploads import Uploads
from domain.messages import Act, GivenUp, Message, Outcome, Refusal, RetryAt, Sent, Span, Unknown, Waiting
from store.database import StoreUnavailable
from store.ids import new_id

log = logging.getLogger(__name__)

DIED = "the process ended before the answer came"
"""What is known of a call whose process is no more."""

_LONGEST_SLEEP_S = 1.0
_NO_TEXT = "no text in the message to edit"
_WRONG_FILE = "file identifier"


@dataclass(frozen=True, slots=True)
class Part:
    """One message that Telegram took; *contact_id* is the id of its line on the timeline, made once for all tries."""

    message: Message
    message_ids: tuple[int, ...]
    contact_id: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """
    What became of a claimed row: the parts that went, and the outcome of the last call.

    *row* is as resolved: a row for a customer's topic has its real chat. *rest* is what has not gone, None when all
    has. *called* is False when no call was begun, so that nothing is unknown whatever happens next.
    """

    claimed: Waiting
    row: Waiting
    sent: tuple[Part, ...]
    outcome: Outcome
    rest: Message | None
    contact_id: int
    called: bool = True


class _Line:
    """Those who wait for one pace: what is free, or what is paid for."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.waiting: set[int] = set()


class Deliverer:
    """Carries rows out. Once `stop` says that a row must not begin any more, it comes back as it was."""

    def __init__(
        self, api: TelegramApi, governor: Governor, uploads: Uploads, must_rest: Callable[[Waiting], bool]
    ) -> None:
        self._api = api
        self._governor = governor
        self._uploads = uploads
        self._must_rest = must_rest
        self._loop = asyncio.get_running_loop()
        self._lines = {paid: _Line() for paid in (False, True)}
        self.forum: ForumTopics | None = None

    @property
    def next_in_line(self) -> int:
        """Return how many rows wait for nothing but the common pace: the next places are theirs."""
        return len(self._lines[False].waiting)

    @property
    def next_in_paid_line(self) -> int:
        """Return how many paid rows wait for nothing but the pace of what is paid for."""
        return len(self._lines[True].waiting)

    def queue(self, row: Waiting) -> None:
        """Note a row that is about to be delivered, before its turn has come."""
        if row.act is not Act.TOAST:
            self._lines[row.paid].waiting.add(row.id)

    async def deliver(self, claimed: Waiting) -> Delivered:
        """Carry out a row; every expected end is a value. Only a mistake of ours is raised by no means either."""
        row = claimed
        try:
            if claimed.chat_id == 0:
                self._lines[claimed.paid].waiting.discard(claimed.id)  # a topic may have to be made first
                resolved = await self._resolve(claimed)
                if not isinstance(resolved, Waiting):
                    return _ended(claimed, claimed, (), resolved, claimed.message)
                row = resolved
            return await self._carry_out(claimed, row)
        except StoreUnavailable as error:
            return _ended(claimed, row, (), RetryAt(1.0, flood=False, reason=str(error)), row.message, called=False)
        except Exception as error:
            log.exception("pump.row_failed", extra={"row": claimed.id})
            return _ended(claimed, row, (), GivenUp(Refusal.CONTENT, type(error).__name__), row.message)
        finally:
            self._lines[claimed.paid].waiting.discard(claimed.id)

    async def call(self, method: str, params: Mapping[str, object]) -> Any:
        """Make a call to a chat at its pace, outside any row, such as the making of a topic. Raises TelegramError."""
        chat = params.get("chat_id")
        chat_id = chat if isinstance(chat, int) else 0
        while (halt := await self._slot(chat_id, 1, None)) is not None:  # noqa: ASYNC110 - it waits for the clock
            await asyncio.sleep(min(halt.seconds, _LONGEST_SLEEP_S))
        started_at = self._loop.time()
        try:
            return await self._api.call(method, params)
        except TelegramError as error:
            self._note_flood(classify(error), started_at, chat_id)
            raise
        finally:
            self._governor.answered(chat_id, self._loop.time())

    async def _resolve(self, row: Waiting) -> Waiting | Outcome:
        if self.forum is None:
            return GivenUp(Refusal.GROUP_GONE, "there is no staff forum")
        return await self.forum.resolve(row)

    async def _carry_out(self, claimed: Waiting, row: Waiting) -> Delivered:
        parts = parts_of(row.message) if row.act is Act.SEND else (row.message,)
        sent: list[Part] = []
        for at, part in enumerate(parts):
            outcome, called = await self._part(row, part)
            if not isinstance(outcome, Sent):
                return _ended(claimed, row, sent, outcome, joined(parts[at:]), called=called)
            sent.append(Part(part, outcome.message_ids, new_id()))
        return _ended(claimed, row, sent, outcome, None)

    async def _part(self, row: Waiting, message: Message) -> tuple[Outcome, bool]:
        """Make the call for one part; a file id that Telegram does not know any more is replaced by the file."""
        if not any(media.path for media in message.media):
            return await self._made(row, call_for(row, message), message)
        try:
            async with self._uploads.filled(message) as filled:
                outcome, called = await self._made(row, call_for(row, filled), filled)
            if isinstance(outcome, GivenUp) and _WRONG_FILE in outcome.raw and await self._uploads.forget(message):
                async with self._uploads.filled(message) as filled:
                    outcome, called = await self._made(row, call_for(row, filled), filled)
        except OSError as error:
            return GivenUp(Refusal.CONTENT, f"a file of the message cannot be read ({error.strerror})"), False
        return outcome, called

    async def _made(self, row: Waiting, call: Call, message: Message) -> tuple[Outcome, bool]:
        outcome, called = await self._paced(row, call)
        if row.act is Act.EDIT and isinstance(outcome, GivenUp) and _NO_TEXT in outcome.raw:
            return await self._paced(row, caption_edit_for(row, message))
        if call.method == "sendMediaGroup" and isinstance(outcome, GivenUp) and outcome.raw.startswith(NO_METHOD):
            return await self._one_by_one(row, message)
        return outcome, called

    async def _one_by_one(self, row: Waiting, message: Message) -> tuple[Outcome, bool]:
        """Send an album's files as messages of their own, where the server knows no albums."""
        ids: list[int] = []
        for at, media in enumerate(message.media):
            text, reply_to = (message.text, message.reply_to) if at == 0 else ("", None)
            one = replace(message, text=text, media=(media,), reply_to=reply_to)
            outcome, called = await self._paced(row, call_for(row, one))
            if not isinstance(outcome, Sent):
                return outcome, called
            ids += outcome.message_ids
        return Sent(tuple(ids)), True

    async def _paced(self, row: Waiting, call: Call) -> tuple[Outcome, bool]:
        governor, loop, toast = self._governor, self._loop, row.act is Act.TOAST
        chat_id, weight = row.chat_id, call.weight
        if toast:
            halted = governor.halted_for(loop.time())
            if halted > 0:
                return RetryAt(halted, flood=True, reason="flood"), False
            governor.toast_started()
        elif (halt := await self._slot(chat_id, weight, row)) is not None:
            return halt, False
        started_at = loop.time()
        try:
            params = await self._uploads.params(call) if call.uploads else call.params
            result = await self._api.call(call.method, params)
        except TelegramError as error:
            outcome = classify(error)
            self._note_flood(outcome, started_at, chat_id)
            if row.paid and lacks_stars(outcome):
                log.warning("pump.no_stars")
                governor.close_paid_lane(loop.time())
                return RetryAt(0.0, flood=True, reason="no_stars"), True
            return outcome, True
        finally:
            if toast:
                governor.toast_answered(loop.time())
            else:
                governor.answered(chat_id, loop.time(), weight, paid=row.paid)
        if call.uploads:
            await self._learn(call, result)
        return Sent(message_ids(result)), True

    async def _slot(self, chat_id: int, weight: int, row: Waiting | None) -> RetryAt | None:
        """Wait for the call's turn and count it; a RetryAt says that it must not go now."""
        governor, loop = self._governor, self._loop
        if governor.is_unlimited:
            if (halted := governor.halted_for(loop.time())) > 0:
                return RetryAt(halted, flood=True, reason="flood")
            if row is not None and self._must_rest(row):
                return RetryAt(0.0, flood=True, reason="withdrawn")
            governor.start(chat_id, loop.time(), weight)
            return None
        number = row.id if row is not None else -id(asyncio.current_task())
        paid = row is not None and row.paid
        try:
            return await self._turn_of(number, chat_id, weight, row, paid=paid)
        finally:
            self._lines[paid].waiting.discard(number)

    async def _turn_of(
        self, number: int, chat_id: int, weight: int, row: Waiting | None, *, paid: bool
    ) -> RetryAt | None:
        governor, loop, line = self._governor, self._loop, self._lines[paid]
        while True:
            own = governor.wait_for_chat(chat_id, loop.time(), weight)
            if own > 0 and not (row is not None and self._must_rest(row)):
                line.waiting.discard(number)  # a chat that is slow by itself takes nobody's place
                await asyncio.sleep(min(own, _LONGEST_SLEEP_S))
                continue
            line.waiting.add(number)
            async with line.turn:  # whoever was claimed first goes first
                while (wait := governor.wait(loop.time(), weight, paid=paid)) > 0:
                    if (halted := governor.halted_for(loop.time())) > 0:
                        return RetryAt(halted, flood=True, reason="flood")
                    await asyncio.sleep(min(wait, _LONGEST_SLEEP_S))
                if row is not None and self._must_rest(row):
                    return RetryAt(0.0, flood=True, reason="withdrawn")
                if governor.wait_for_chat(chat_id, loop.time(), weight) > 0:
                    continue
                governor.start(chat_id, loop.time(), weight, paid=paid)
                return None

    def _note_flood(self, outcome: Outcome, started_at: float, chat_id: int) -> None:
        if isinstance(outcome, RetryAt) and outcome.flood:
            now = self._loop.time()
            if not self._governor.group_flooded(chat_id, outcome.seconds, now):
                self._governor.flooded(outcome.seconds, now, started_at)
            log.warning("pump.flood", extra={"seconds": outcome.seconds})

    async def _learn(self, call: Call, result: Any) -> None:
        try:
            await self._uploads.learn(call, result)
        except (StoreUnavailable, OSError):  # it will be uploaded once more; the message itself has gone
            log.warning("pump.file_id_not_kept")


def joined(parts: Sequence[Message]) -> Message:
    """Return what is left of a message, as one message again: the opposite of `parts_of`."""
    if len(parts) == 1:
        return parts[0]
    text, spans = "", []
    for part in parts:
        at = units(text)
        spans += [Span(span.kind, span.offset + at, span.length, span.url) for span in part.spans]
        text += part.text
    media = tuple(media for part in parts for media in part.media)
    worded = next((part for part in reversed(parts) if part.text), parts[-1])  # has markup and buttons, if any do
    location, reply_to = parts[-1].location, parts[0].reply_to  # a pin is always the last
    return replace(worded, text=text, spans=tuple(spans), media=media, location=location, reply_to=reply_to)


def _ended(
    claimed: Waiting,
    row: Waiting,
    sent: Sequence[Part],
    outcome: Outcome,
    rest: Message | None,
    *,
    called: bool = True,
) -> Delivered:
    return Delivered(claimed, row, tuple(sent), outcome, rest, new_id(), called)


def lost(row: Waiting) -> Delivered:
    """Return what is known of a row that was on its way when its process died: nothing."""
    return _ended(row, row, (), Unknown(DIED), row.message)
