"""Answers as a server writes them: however they come in pieces, they are read whole, or refused."""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.http_answers import Answer, AnswerReader

HEAD = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(33 * 1024 * 1024), mtime=0)


def as_told(body: bytes) -> bytes:
    """Write an answer with its length."""
    return b"HTTP/1.1 429 Too Many\r\nCONTENT-LENGTH:%d\r\n\r\n%s" % (len(body), body)


def in_chunks(body: bytes) -> bytes:
    """Write an answer in chunks of seven bytes, with a field after them."""
    pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
    chunks = b"".join(b"%X;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return b"HTTP/1.1 429 Too Many\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nX-After: 1\r\n\r\n"


def compressed(body: bytes) -> bytes:
    """Write an answer that is compressed, after two that only announce it."""
    packed = gzip.compress(body, mtime=0)
    before = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Encoding: br\r\nX-Empty:\r\n\r\n"
    head = b"HTTP/1.1 429 Too Many\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    return before + head % len(packed) + packed


def deflated(body: bytes) -> bytes:
    """Write an answer that is compressed in the other way, after one of an old proxy that only announces it."""
    packed = zlib.compress(body)
    head = (
        b"HTTP/1.0 100 Continue\r\n\r\nHTTP/1.1 429 Too Many\r\nContent-encoding: Deflate\r\ncontent-length: %d\r\n\r\n"
    )
    return head % len(packed) + packed


WAYS = st.sampled_from([as_told, in_chunks, compressed, deflated])


@given(st.binary(max_size=60), WAYS, st.binary(min_size=1, max_size=9).filter(lambda after: after.strip()))
def test_an_answer_is_whole_only_at_its_end(body: bytes, write: Callable[[bytes], bytes], after: bytes) -> None:
    """Cut in two anywhere, or into single bytes, it is the same; what comes after it only ends its connection."""
    written = write(body)
    expected = Answer(429, body, stays=True)
    for cut in range(len(written)):
        reader = AnswerReader()
        assert reader.feed(written[:cut]) is None
        assert reader.end() is None
        assert reader.feed(written[cut:]) == expected
    reader = AnswerReader()
    for _ in range(2):
        *before, last = [reader.feed(written[at : at + 1]) for at in range(len(written))]
        assert (set(before), last) == ({None}, expected)
    assert reader.feed(written + after) == Answer(429, body, stays=False)


@pytest.mark.parametrize(
    ("written", "body"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"hi", mtime=0), b"hi"),
    ],
)
def test_an_answer_without_a_length_ends_with_its_connection(written: bytes, body: bytes) -> None:
    """However it came, and no other call shares its connection."""
    for cut in range(len(written)):
        reader = AnswerReader()
        assert reader.feed(written[:cut]) is None
        assert reader.feed(written[cut:]) is None
        assert reader.end() == Answer(200, body, stays=False)


@pytest.mark.parametrize(
    ("head", "stays"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Upgrade\r\nUpgrade: h2\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", True),
    ],
)
def test_an_answer_says_whether_its_connection_stays(head: bytes, stays: bool) -> None:
    """As HTTP has it, by the version and by the field."""
    assert AnswerReader().feed(head + b"Content-Length: 2\r\n\r\nhi") == Answer(200, b"hi", stays)


def test_an_answer_without_content_needs_no_length() -> None:
    """And its connection stays."""
    assert AnswerReader().feed(b"HTTP/1.1 204 No Content\r\n\r\n") == Answer(204, b"", stays=True)


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD, *itertools.repeat(b"X-More: " + b"x" * 1000 + b"\r\n", 70)],
        itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 40),
        [HEAD, b"Content-Length: 99999999\r\n\r\n", *itertools.repeat(bytes(1_000_000), 34)],
        [HEAD, b"\r\n", *itertools.repeat(bytes(1_000_000), 34)],
        [HEAD, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB), BOMB],
        [HEAD, b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi"],
        [HEAD, b"Transfer-Encoding: gzip, chunked\r\n\r\n"],
        [HEAD, b"Content-Length: -1\r\n\r\n"],
        [b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"],
        [b"+PONG\r\n"],
    ],
    ids=["head", "announced", "told", "untold", "bomb", "not packed", "coded", "negative", "another", "no http"],
)
def test_what_is_too_long_or_makes_no_sense_is_refused(pieces: Iterable[bytes]) -> None:
    """Before it fills the memory."""
    reader = AnswerReader()
    with pytest.raises(ValueError, match="the answer"):
        list(map(reader.feed, pieces))


LINES = st.sampled_from(
    [b"\r\n", b"\r\n\r\n", b"Content-Length: 2", b"Transfer-Encoding: chunked", b"2\r\nhi\r\n", HEAD]
)
NOISE = st.lists(st.binary(max_size=40) | LINES, max_size=9).map(b"".join)


def made_of(*pieces: bytes) -> tuple[int, bytes] | str | None:
    """Read *pieces* to the end of their connection: the status and body, why it is refused, or None for no answer."""
    reader = AnswerReader()
    try:
        found = next((answer for answer in map(reader.feed, pieces) if answer is not None), None) or reader.end()
    except ValueError as error:
        return "refused" if str(error).startswith("the answer ") else f"said nothing: {error}"
    return (found.status, found.body) if found else None


@given(NOISE, st.integers(0, 200))
def test_whatever_comes_is_an_answer_or_refused(data: bytes, cut: int) -> None:
    """Noise never raises anything but what says so, and means the same however it comes in pieces."""
    found = made_of(HEAD + data)
    assert found in {None, "refused"} or found[0] == 200
    assert made_of(HEAD + data[:cut], data[cut:]) == found
