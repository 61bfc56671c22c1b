"""Connections that are kept: every answer is read whole, and what is not known to be undelivered counts as unknown."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.http_answers import Answer, read_answer
from bot.telegram_wire import Broken, NotConnected, Wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
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
async def server(talk: Talk) -> AsyncIterator[Server]:
    """Run a server."""
    one = Server(talk)
    listening = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.url = URL(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/botX/sendMessage")
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
async def wire(connections: int = 9, keep: float = 15.0) -> AsyncIterator[Wire]:
    """Make a wire and close it."""
    made = Wire(connections, 5.0, keep)
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
            async with asyncio.timeout(5):
                while near.connections:
                    await asyncio.sleep(0.001)
    assert far.connections == 3


async def test_a_connection_that_was_idle_for_long_is_not_used() -> None:
    """The server may be about to close it, and then nobody would know what became of the call."""
    async with server(echo) as far, wire(keep=0.0) as near:
        for _ in range(2):
            await near.post(far.url, b"x", FORM, 5.0)
    assert far.connections == 2


def as_told(body: bytes) -> bytes:
    """Write an answer with its length."""
    return b"HTTP/1.1 429 Too Many\r\nCONTENT-LENGTH:%d\r\n\r\n%s" % (len(body), body)


def in_chunks(body: bytes) -> bytes:
    """Write an answer in chunks of seven bytes, with a field after them."""
    pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
    chunks = b"".join(b"%X;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return b"HTTP/1.1 429 Too Many\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nX-After: 1\r\n\r\n"


def compressed(body: bytes) -> bytes:
    """Write an answer that is compressed, after one that only says to go on."""
    packed = gzip.compress(body)
    head = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Too Many\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    return head % len(packed) + packed


@given(st.binary(max_size=60), st.sampled_from([as_told, in_chunks, compressed]), st.binary(max_size=9))
def test_an_answer_is_whole_only_at_its_end(body: bytes, write: Callable[[bytes], bytes], after: bytes) -> None:
    """However it is cut into pieces: nothing is read before its last byte is there, and nothing beyond it."""
    written = write(body)
    assert all(read_answer(written[:cut], ended=False) is None for cut in range(len(written)))
    assert read_answer(written + after, ended=False) == (Answer(429, body, stays=True), after)


@given(st.binary(max_size=200))
def test_whatever_comes_is_an_answer_or_refused(data: bytes) -> None:
    """Noise never raises anything but what says so."""
    with contextlib.suppress(ValueError):
        read_answer(b"HTTP/1.1 200 OK\r\n" + data, ended=True)
