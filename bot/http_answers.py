"""Answers in HTTP/1 as they come over a connection: where one ends, and what it says. Pure; the parsing is llhttp's."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

_LONGEST_HEAD = 64 * 1024
_LONGEST_BODY = 32 * 1024 * 1024
_ANY_COMPRESSION = 32 + zlib.MAX_WBITS
_FIRST_FINAL = 200  # what is below only announces the answer


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; *stays* says that its connection may carry another call."""

    status: int
    body: bytes
    stays: bool


class AnswerReader:
    """
    The answers of one connection, one after the other.

    After an answer that does not stay, or a ValueError, nothing more can be read. The methods `on_...` are the
    parser's.
    """

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        # What aiohttp takes, this takes too; and what only announces an answer ends no connection.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
            lenient_keep_alive=True,
        )
        self._forget()

    def _forget(self) -> None:
        self._read = 0
        self._has_head = False
        self._has_end = False  # says itself where it ends
        self._is_whole = False
        self._stays = False
        self._status = 0
        self._coding = b""
        self._transfer = b""
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> Answer | None:
        """
        Take in what came; return the answer when it is complete.

        Raises ValueError when it is no HTTP, or larger than any answer may be.
        """
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self._is_whole:  # what comes after an answer only costs it its connection
                raise ValueError(f"the answer is no HTTP/1 ({error})") from None
            self._stays = False
        if self._transfer not in {b"", b"chunked"}:
            raise ValueError("the answer is coded in a way that nobody asked for")
        if self._is_whole:
            return self._answer()
        self._read += len(data)
        if self._read > (_LONGEST_BODY if self._has_head else _LONGEST_HEAD):
            raise ValueError("the answer is too long")
        return None

    def end(self) -> Answer | None:
        """Return the answer that ends where its connection does; None when it is not complete. Raises as `feed`."""
        return self._answer() if self._has_head and not self._has_end else None

    def _answer(self) -> Answer:
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        if self._coding in {b"gzip", b"x-gzip", b"deflate"}:
            body = _decompressed(body)
        answer = Answer(self._status, body, self._stays)
        self._forget()
        return answer

    def on_message_begin(self) -> None:
        """Begin the answer, or see that something comes after it."""
        if self._is_whole:
            self._stays = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note what the parser keeps to itself."""
        if self._has_head:  # fields after the chunks, or what comes after the answer
            return
        match name.lower():
            case b"content-length":
                self._has_end = True
            case b"transfer-encoding":
                self._has_end, self._transfer = True, value.strip().lower()
            case b"content-encoding":
                self._coding = value.strip().lower()

    def on_headers_complete(self) -> None:
        """Note which answer it is."""
        if self._has_head:
            return
        status = self._parser.get_status_code()
        if status >= _FIRST_FINAL:
            self._status, self._has_head = status, True

    def on_body(self, body: bytes) -> None:
        """Keep a piece."""
        if not self._is_whole:
            self._pieces.append(body)

    def on_message_complete(self) -> None:
        """Note that the answer is complete, unless this only announced it."""
        if not self._has_head:
            self._has_end, self._coding, self._transfer, self._pieces = False, b"", b"", []
        elif not self._is_whole:
            self._is_whole, self._stays = True, self._parser.should_keep_alive()


def _decompressed(body: bytes) -> bytes:
    reading = zlib.decompressobj(_ANY_COMPRESSION)
    try:
        plain = reading.decompress(body, _LONGEST_BODY)
    except zlib.error:
        raise ValueError("the answer cannot be decompressed") from None
    if not reading.eof:
        raise ValueError("the answer cannot be decompressed, or is too long")
    return plain
