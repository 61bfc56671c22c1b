"""Every answer that Telegram is known to give, over a real connection, and what it means for the message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web
from telegram.error import EndPointNotFound, TelegramError

from bot.telegram_api import TelegramApi
from bot.telegram_outcomes import classify
from bot.telegram_request import AiohttpRequest
from domain.messages import GivenUp, Migrated, Outcome, Refusal, RetryAt, Sent, Unknown
from tests.bot.telegram_stub import TOKEN, TelegramStub, refuse, telegram_stub


@pytest.fixture
async def stub() -> AsyncIterator[TelegramStub]:
    """A server that answers as told."""
    async with telegram_stub() as running:
        yield running


async def outcome_of(url: str, method: str = "sendMessage", seconds: float = 5.0) -> Outcome:
    """Make one call and return what its end means."""
    api = TelegramApi(TOKEN, url, AiohttpRequest(seconds=seconds))
    try:
        await api.call(method, {"chat_id": 1, "text": "x"}, read_timeout=seconds)
    except TelegramError as error:
        _hides_token(error)
        return classify(error)
    finally:
        await api.close()
    return Sent((1,))


def _hides_token(error: TelegramError) -> None:
    assert TOKEN not in repr(error)
    assert error.__cause__ is None or TOKEN not in repr(error.__cause__)


REFUSALS = [
    (403, "Forbidden: bot was blocked by the user", Refusal.BLOCKED),
    (403, "Forbidden: user is deactivated", Refusal.DEACTIVATED),
    (403, "Forbidden: bot can't initiate conversation with a user", Refusal.NEVER_MET),
    (403, "Forbidden: bot was kicked from the supergroup chat", Refusal.GROUP_GONE),
    (403, "Forbidden: bot is not a member of the supergroup chat", Refusal.GROUP_GONE),
    (403, "Forbidden: the group chat was deleted", Refusal.GROUP_GONE),
    (403, "Forbidden: something new", Refusal.NO_RIGHTS),
    (400, "Bad Request: chat not found", Refusal.CHAT_GONE),
    (400, "Bad Request: PEER_ID_INVALID", Refusal.CHAT_GONE),
    (400, "Bad Request: can't parse entities: unclosed start tag at byte offset 3", Refusal.CONTENT),
    (400, "Bad Request: message is too long", Refusal.CONTENT),
    (400, "Bad Request: wrong file identifier/HTTP URL specified", Refusal.CONTENT),
    (400, "Bad Request: BUTTON_DATA_INVALID", Refusal.CONTENT),
    (400, "Bad Request: reply markup is too long", Refusal.CONTENT),
    (400, "Bad Request: something new", Refusal.CONTENT),
    (400, "Bad Request: VOICE_MESSAGES_FORBIDDEN", Refusal.PRIVACY),
    (400, "Bad Request: not enough rights to send text messages to the chat", Refusal.NO_RIGHTS),
    (400, "Bad Request: message thread not found", Refusal.TOPIC_GONE),
    (400, "Bad Request: TOPIC_DELETED", Refusal.TOPIC_GONE),
    (400, "Bad Request: TOPIC_CLOSED", Refusal.TOPIC_CLOSED),
    (400, "Bad Request: message to edit not found", Refusal.STALE),
    (400, "Bad Request: query is too old and response timeout expired or query ID is invalid", Refusal.STALE),
    (401, "Unauthorized", Refusal.TOKEN),
    (404, "Not Found", Refusal.TOKEN),
    (413, "Request Entity Too Large", Refusal.CONTENT),
]


@pytest.mark.parametrize(("code", "text", "reason"), REFUSALS)
async def test_refusal_is_told_by_code_then_text_and_keeps_its_words(
    stub: TelegramStub, code: int, text: str, reason: Refusal
) -> None:
    """Each refusal of the table gets its own reason; Telegram's sentence is kept."""
    stub.answers["sendMessage"] = lambda _: refuse(code, text)
    outcome = await outcome_of(stub.url)
    assert isinstance(outcome, GivenUp)
    assert outcome.reason is reason
    assert outcome.raw == text


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (lambda: refuse(429, "Too Many Requests: retry after 7", retry_after=7), RetryAt(7.0, True, "flood")),
        (lambda: refuse(429, "Too Many Requests: retry after 9"), RetryAt(9.0, True, "flood")),
        (lambda: web.Response(status=429, text="slow down"), RetryAt(1.0, True, "flood")),
        (lambda: refuse(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009), Migrated(-1009)),
        (lambda: refuse(400, "Bad Request: message is not modified: same content"), Sent(())),
        (lambda: refuse(409, "Conflict: terminated by other getUpdates request"), RetryAt(1.0, False, "conflict")),
    ],
)
async def test_answer_that_is_no_refusal(
    stub: TelegramStub, answer: Callable[[], web.Response], expected: Outcome
) -> None:
    """Too fast, moved, nothing to change and a second poller each have their own next step."""
    stub.answers["sendMessage"] = lambda _: answer()
    assert await outcome_of(stub.url) == expected


@pytest.mark.parametrize(
    "answer",
    [
        lambda: refuse(500, "Internal Server Error"),
        lambda: web.Response(status=502, text="<html>Bad Gateway</html>"),
        lambda: web.Response(text="not json"),
        lambda: web.json_response({}),
        lambda: web.json_response([]),
    ],
)
async def test_server_that_fails_leaves_the_fate_unknown(
    stub: TelegramStub, answer: Callable[[], web.Response]
) -> None:
    """A 5xx, and an answer that says nothing, may come after the message was delivered."""
    stub.answers["sendMessage"] = lambda _: answer()
    assert isinstance(await outcome_of(stub.url), Unknown)


async def test_refused_connection_and_unknown_host_are_not_delivered(unused_tcp_port: int) -> None:
    """Where no connection was made nothing can have arrived."""
    for url in (f"http://127.0.0.1:{unused_tcp_port}", "http://no-such-host.invalid", "no address at all"):
        outcome = await outcome_of(url)
        assert isinstance(outcome, RetryAt)
        assert not outcome.flood


async def test_connection_that_breaks_leaves_the_fate_unknown() -> None:
    """Once the request has gone out, a broken connection says nothing about the message."""

    half = False

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{" if half else b"")
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    assert isinstance(await outcome_of(url), Unknown)
    half = True
    assert isinstance(await outcome_of(url), Unknown)
    server.close()
    await server.wait_closed()


async def _fate(api: TelegramApi) -> Outcome:
    try:
        await api.call("sendMessage", {"chat_id": 1, "text": "x"})
    except TelegramError as error:
        return classify(error)
    return Sent(())


async def test_server_that_drops_connections_silently_soon_gets_one_for_each_call() -> None:
    """Two calls are lost at most; the others are not risked on a connection that may be gone."""
    answer = b'{"ok":true,"result":{"message_id":5}}'

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    api = TelegramApi(TOKEN, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    calls = [await _fate(api) for _ in range(30)]
    assert [fate for fate in calls if isinstance(fate, Unknown)] == [
        fate for fate in calls if not isinstance(fate, Sent)
    ]
    assert sum(isinstance(fate, Unknown) for fate in calls) <= 2
    await api.close()
    server.close()
    await server.wait_closed()


async def test_answer_that_does_not_come_leaves_the_fate_unknown(stub: TelegramStub) -> None:
    """Waiting in vain for an answer is not the same as not having sent."""
    never = asyncio.Event()

    async def silent(_: object) -> bool:
        await never.wait()
        return True

    stub.answers["sendMessage"] = silent
    assert isinstance(await outcome_of(stub.url, seconds=0.2), Unknown)
    never.set()


async def test_method_that_an_older_server_does_not_have_is_no_wrong_token(stub: TelegramStub) -> None:
    """An older server lacks newer methods; that must not stop all sending."""
    stub.answers["createForumTopic"] = lambda _: refuse(404, "Not Found")
    api = TelegramApi(TOKEN, stub.url)
    with pytest.raises(EndPointNotFound) as caught:
        await api.call("createForumTopic", {"chat_id": 1, "name": "x"})
    await api.close()
    assert classify(caught.value) == GivenUp(Refusal.CONTENT, "this server has no createForumTopic")


async def test_method_that_other_servers_lack_is_found_out_and_not_asked_for_again(stub: TelegramStub) -> None:
    """404, 405, 501 and a 500 that says so mean the same; a 404 for a message is checked against the bot's name."""
    answers = [
        refuse(404, "Not Found"), refuse(405, "?"), refuse(501, "?"),
        web.json_response({"message": "sendPhoto is not supported: see https://x/bots/api"}, status=500),
    ]  # fmt: skip
    for answer in answers:
        stub.answers["sendPhoto"] = lambda _, answer=answer: answer  # type: ignore[misc]  # a default binds it
        api = TelegramApi(TOKEN, stub.url)
        for _ in range(2):
            with pytest.raises(EndPointNotFound, match="this server has no sendPhoto"):
                await api.call("sendPhoto", {"chat_id": 1, "photo": "x"})
        await api.close()
    assert len(stub.of("sendPhoto")) == len(answers)


async def test_answer_that_echoes_our_address_is_not_quoted(stub: TelegramStub) -> None:
    """The address holds the token, and errors are logged."""
    stub.answers["sendMessage"] = lambda _: web.json_response({"message": f"no /bot{TOKEN}/sendMessage"}, status=400)
    outcome = await outcome_of(stub.url)
    assert outcome == GivenUp(Refusal.CONTENT, "HTTP 400")


async def test_refusal_inside_a_success_is_a_refusal(stub: TelegramStub) -> None:
    """Some servers answer 200 and put the error into the body."""
    refusal = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    stub.answers["sendMessage"] = lambda _: web.json_response(refusal)
    outcome = await outcome_of(stub.url)
    assert isinstance(outcome, GivenUp)
    assert outcome.reason is Refusal.BLOCKED


def test_error_that_nobody_knows_is_unknown() -> None:
    """What we cannot name we do not call delivered or not."""
    assert classify(RuntimeError("?")) == Unknown("RuntimeError")
