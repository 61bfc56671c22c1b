"""Answers in HTTP/1.1 as they come over a connection: where one ends, and what it says. Pure."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

_LONGEST_HEAD = 64 * 1024
_LONGEST_BODY = 32 * 1024 * 1024
_ANY_COMPRESSION = 32 + zlib.MAX_WBITS
_NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; *stays* says that its connection may carry another call."""

    status: int
    body: bytes
    stays: bool


def read_answer(data: bytes, *, ended: bool) -> tuple[Answer, bytes] | None:
    """
    Return the answer that *data* begins with, and what comes after it; None while it is incomplete.

    *ended* says that nothing more will come. Raises ValueError when it is no HTTP, or larger than any answer may be.
    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        if len(data) > _LONGEST_HEAD:
            raise ValueError("the head of the answer is too long")
        return None
    if not data.startswith(b"HTTP/1.") or not data[9:12].isdigit():
        raise ValueError("the answer is no HTTP/1")
    status, head = int(data[9:12]), data[:end].lower() + b"\r\n"
    if status < 200:  # it only announces the answer
        return read_answer(data[end + 4 :], ended=ended)
    found = _body(data, head, end + 4, ended=ended or status == _NO_CONTENT)
    if found is None:
        return None
    body, after, has_end = found
    stays = has_end and head.startswith(b"http/1.1") and _field(head, b"connection") != b"close"
    return Answer(status, _plain(head, body), stays), data[after:]


def _body(data: bytes, head: bytes, start: int, *, ended: bool) -> tuple[bytes, int, bool] | None:
    """Return the body, where it ends, and whether the answer itself says so; None while it is incomplete."""
    coding = _field(head, b"transfer-encoding")
    if coding is not None:
        if coding != b"chunked":
            raise ValueError("the answer is coded in a way that nobody asked for")
        chunked = _dechunked(data, start)
        return None if chunked is None else (*chunked, True)
    told = _field(head, b"content-length")
    if told is not None:
        if not told.isdigit() or int(told) > _LONGEST_BODY:
            raise ValueError("the length of the answer makes no sense")
        after = start + int(told)
        return (data[start:after], after, True) if len(data) >= after else None
    if ended:
        return data[start:], len(data), False
    if len(data) > _LONGEST_BODY:
        raise ValueError("the answer is too long")
    return None


def _dechunked(data: bytes, at: int) -> tuple[bytes, int] | None:
    """Return the body in chunks that begins at *at*, and where it ends; None while it is incomplete."""
    chunks: list[bytes] = []
    while (line := data.find(b"\r\n", at)) >= 0:
        size = _size(data[at:line])
        start = line + 2
        if size == 0:
            if data.startswith(b"\r\n", start):
                return b"".join(chunks), start + 2
            end = data.find(b"\r\n\r\n", start)  # further fields
            return None if end < 0 else (b"".join(chunks), end + 4)
        if len(data) < start + size + 2:
            return None
        chunks.append(data[start : start + size])
        at = start + size + 2
    return None


def _size(line: bytes) -> int:
    digits = line.split(b";", 1)[0].strip()
    try:
        size = int(digits, 16)
    except ValueError:
        raise ValueError("the chunks of the answer make no sense") from None
    if not 0 <= size <= _LONGEST_BODY:
        raise ValueError("the answer is too long")
    return size


def _plain(head: bytes, body: bytes) -> bytes:
    coding = _field(head, b"content-encoding")
    if coding not in {b"gzip", b"x-gzip", b"deflate"}:
        return body
    try:
        return zlib.decompress(body, _ANY_COMPRESSION)
    except zlib.error:
        raise ValueError("the answer cannot be decompressed") from None


def _field(head: bytes, name: bytes) -> bytes | None:
    at = head.find(b"\r\n" + name + b":")
    if at < 0:
        return None
    start = at + len(name) + 3
    return head[start : head.find(b"\r\n", start)].strip()
