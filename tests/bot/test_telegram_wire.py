"""Connections that are kept: every answer is read whole, and what is not known to be undelivered counts as unknown."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from bot.telegram_wire import Broken, NotConnected, Wire
from tests.bot.telegram_stub import PATIENCE_S

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
OLD_HEAD = b"HTTP/1.0 200 OK\r\n\r\n"  # what follows is the answer, as far as the connection goes
KEY_AND_CERTIFICATE = Path(__file__).with_name("worthless_localhost.pem")  # made for these tests; nobody trusts it
FORM = "application/x-www-form-urlencoded"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Speaks as a test tells it to, and counts connections."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.connections = 0
        self.url = URL()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk on one connection."""
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self.talk(reader, writer)
        writer.close()


@contextlib.asynccontextmanager
async def server(talk: Talk, context: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Run a server, over TLS where there is a *context*."""
    one = Server(talk)
    listening = await asyncio.start_server(one.serve, "127.0.0.1", 0, ssl=context)
    scheme = "http" if context is None else "https"
    one.url = URL(f"{scheme}://127.0.0.1:{listening.sockets[0].getsockname()[1]}/botX/sendMessage")
    try:
        yield one
    finally:
        listening.close()
        await listening.wait_closed()


async def heard(reader: asyncio.StreamReader) -> bytes:
    """Read one call and return its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    return await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each call with its own body."""
    while True:
        body = await heard(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


@contextlib.asynccontextmanager
async def wire(connections: int = 9, keep: float = 15.0, context: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    """Make a wire and close it."""
    made = Wire(connections, 5.0, keep, context)
    try:
        yield made
    finally:
        await made.close()


async def test_calls_after_each_other_share_a_connection() -> None:
    """Each gets its own answer."""
    async with server(echo) as far, wire() as near:
        for number in range(5):
            assert await near.post(far.url, b"%d" % number, FORM, 5.0) == (200, b"%d" % number)
    assert far.connections == 1


async def test_no_more_connections_than_allowed_and_everybody_has_her_turn() -> None:
    """Calls beyond the limit wait for a connection; answers are not mixed up."""
    async with server(echo) as far, wire(connections=3) as near:
        found = await asyncio.gather(*(near.post(far.url, b"%d" % number, FORM, 5.0) for number in range(40)))
    assert found == [(200, b"%d" % number) for number in range(40)]
    assert far.connections <= 3


async def test_a_call_that_is_given_up_harms_no_other() -> None:
    """Its connection is not used again, since its answer may still come, and its place is free."""
    asked = asyncio.Event()

    async def silent_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await heard(reader) == b"first":
            asked.set()
            await reader.read()
            return
        writer.write(OK)

    async with server(silent_first) as far, wire(connections=1) as near:
        first = asyncio.create_task(near.post(far.url, b"first", FORM, 5.0))
        await asked.wait()
        waiting = asyncio.create_task(near.post(far.url, b"second", FORM, 5.0))
        first.cancel()
        assert await waiting == (200, b"hi")
    assert far.connections == 2


async def test_an_answer_that_does_not_come_in_time_is_unknown() -> None:
    """The wait has an end."""

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(silent) as far, wire() as near:
        with pytest.raises(TimeoutError):
            await near.post(far.url, b"x", FORM, 0.01)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf", b"+PONG\r\n\r\n"])
async def test_a_connection_that_ends_or_speaks_no_http_leaves_it_unknown(said: bytes) -> None:
    """Half an answer is none."""

    async def ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(said)

    async with server(ends) as far, wire() as near:
        with pytest.raises(Broken):
            await near.post(far.url, b"x", FORM, 5.0)


async def test_where_nobody_listens_nothing_was_delivered(unused_tcp_port: int) -> None:
    """A connection that was never made is told from one that broke."""
    async with wire() as near:
        with pytest.raises(NotConnected):
            await near.post(URL(f"http://127.0.0.1:{unused_tcp_port}/"), b"x", FORM, 5.0)


@pytest.mark.parametrize("name", ["no.such.name.invalid", "x" * 64 + ".test"], ids=["unknown", "too long"])
async def test_what_has_no_address_gets_no_call(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not resolve, or cannot be one, leaves nothing unknown."""
    real = socket.getaddrinfo

    def resolve(host: str, *more: Any, **named: Any) -> Any:
        if host.endswith(".invalid"):  # without asking the network
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    async with wire() as near:
        with pytest.raises(NotConnected, match="no connection"):
            await near.post(URL.build(scheme="http", host=name, path="/bot"), b"x", FORM, 5.0)


async def test_turn_that_comes_when_nobody_waits_any_more_is_not_lost() -> None:
    """A call whose time is over at the very moment when a connection is free leaves it to the next."""
    near = Wire(1, 0.0, 5.0)
    await near._take_turn()
    waiting = asyncio.create_task(near._take_turn())
    asyncio.get_running_loop().call_soon(near._give_turn)
    with pytest.raises(NotConnected):
        await waiting
    await near._take_turn()


async def test_a_connection_that_the_server_has_closed_is_not_used() -> None:
    """The next call gets a new one, also where the server said that it would close, or gave no length."""
    answers = iter(
        (OK, b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", b"HTTP/1.0 200 OK\r\n\r\nhi")
    )

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(next(answers))

    async with server(once) as far, wire() as near:
        for _ in range(3):
            assert await near.post(far.url, b"x", FORM, 5.0) == (200, b"hi")
            async with asyncio.timeout(PATIENCE_S):
                while near.connections:
                    await asyncio.sleep(0.001)
    assert far.connections == 3


async def test_a_connection_that_was_idle_for_long_is_not_used() -> None:
    """The server may be about to close it, and then nobody would know what became of the call."""
    async with server(echo) as far, wire(keep=0.0) as near:
        for _ in range(2):
            await near.post(far.url, b"x", FORM, 5.0)
    assert far.connections == 2


def served_with_the_test_key() -> ssl.SSLContext:
    """Make what a server over TLS needs; the key is worthless beyond these tests."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(KEY_AND_CERTIFICATE)
    return context


async def test_over_tls_calls_share_a_connection_too() -> None:
    """Also those that carry more than one record of TLS holds."""
    trusting = ssl.create_default_context(cafile=str(KEY_AND_CERTIFICATE))
    bodies = [b"a", b"b" * 100_000, b"c"]
    async with server(echo, served_with_the_test_key()) as far, wire(context=trusting) as near:
        assert [await near.post(far.url, body, FORM, 5.0) for body in bodies] == [(200, body) for body in bodies]
    assert far.connections == 1


async def test_over_tls_the_end_of_the_connection_ends_an_answer_without_a_length() -> None:
    """Half an answer that has a length stays none."""
    answers = iter((b"HTTP/1.0 200 OK\r\n\r\nhi", b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf"))

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(next(answers))

    trusting = ssl.create_default_context(cafile=str(KEY_AND_CERTIFICATE))
    async with server(once, served_with_the_test_key()) as far, wire(context=trusting) as near:
        assert await near.post(far.url, b"x", FORM, 5.0) == (200, b"hi")
        with pytest.raises(Broken):
            await near.post(far.url, b"x", FORM, 5.0)


async def test_whom_nobody_vouches_for_gets_no_call() -> None:
    """A certificate that the machine does not know ends it before anything went out."""
    async with server(echo, served_with_the_test_key()) as far, wire() as near:
        with pytest.raises(NotConnected):
            await near.post(far.url, b"x", FORM, 5.0)
        assert near.connections == 0


async def test_what_comes_after_an_answer_or_without_a_call_ends_the_connection() -> None:
    """It might be taken for the answer to the next call."""
    spare = iter((OK + OK, OK + b"HT", OK + b"+PONG\r\n", OK))

    async def talkative(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(next(spare))
        await reader.read()

    async with server(talkative) as far, wire() as near:
        for _ in range(4):
            assert await near.post(far.url, b"x", FORM, 5.0) == (200, b"hi")
    assert far.connections == 4


async def test_what_the_server_says_unasked_ends_the_connection() -> None:
    """Also on a connection that stayed open after its answer."""
    go_on = asyncio.Event()

    async def later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(OK)
        await go_on.wait()
        writer.write(OK)
        await reader.read()

    async with server(later) as far, wire() as near:
        assert await near.post(far.url, b"x", FORM, 5.0) == (200, b"hi")
        assert near.connections == 1
        go_on.set()
        async with asyncio.timeout(PATIENCE_S):
            while near.connections:
                await asyncio.sleep(0.001)


@given(st.binary(max_size=200), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", OLD_HEAD]))
@settings(deadline=None, max_examples=60)
def test_noise_leaves_it_unknown_and_nothing_worse(noise: bytes, head: bytes) -> None:
    """Whatever a server says before it ends the connection is an answer, or breaks it; the next call is as any."""
    said = [head + noise, OK]

    async def noisy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(said.pop(0))

    async def call() -> None:
        async with server(noisy) as far, wire() as near:
            found = (await asyncio.gather(near.post(far.url, b"x", FORM, 5.0), return_exceptions=True))[0]
            if isinstance(found, tuple):
                assert (found[0], noise.endswith(found[1])) == (200, True)
            else:
                assert (type(found), head == OLD_HEAD) == (Broken, False)
            assert await near.post(far.url, b"x", FORM, 5.0) == (200, b"hi")

    asyncio.run(call())


async def test_call_that_is_given_up_while_it_connects_leaves_no_socket(recwarn: pytest.WarningsRecorder) -> None:
    """At whatever step of connecting it is cancelled, what was opened is closed."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    url = URL(f"http://127.0.0.1:{listening.getsockname()[1]}/bot1:x/getMe")
    for steps in range(25):
        wire = Wire(5, 5.0, 5.0)
        call = asyncio.create_task(wire.post(url, b"", "a/b", 5.0))
        for _ in range(steps):
            await asyncio.sleep(0)
        call.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await call
        await wire.close()
        assert wire.connections == 0
    gc.collect()
    listening.close()
    assert [str(one.message) for one in recwarn if issubclass(one.category, ResourceWarning)] == []
