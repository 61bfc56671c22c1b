"""What a CSV file is written in: told by its first bytes, else strict UTF-8, else by the letters that it would have."""

from __future__ import annotations

import codecs
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

_CHUNK = 1 << 20
_MARKS = (  # the longer ones first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Bytes of letters that the other alphabets' texts hardly have: å ä ö æ ü ß in windows-1252, ě č ř š ž ý á í ů in 1250.
_NORDIC = bytes.fromhex("e4f6e5c4d6c5e6c6fcdcdf")
_CZECH_1250 = bytes.fromhex("ece8f8f9f2ef9d8dccc8d8d9cfd29a9e8a8efddde1edfaf3c1cdda")
_CZECH_8859_2 = bytes.fromhex("b9bebbaeaba9")
_ONLY_WINDOWS = bytes(range(0x80, 0xA0))
_EURO_8859_15 = b"\xa4"
_NO_FILES = frozenset({"idna", "punycode", "undefined", "utf-7", "unicode-escape", "raw-unicode-escape"})
"""Python's ways of writing text that no table is written in, and that can give halves of characters."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look through a file told: SHA-256, size, the encoding and why it was taken."""

    digest: str
    size: int
    encoding: str
    why: str


class NoSuchEncoding(ValueError):  # noqa: N818 - says it
    """The encoding that was asked for is none of text."""


def look_through(stream: BinaryIO, asked: str | None = None) -> Looked:
    """
    Read *stream* once or twice from where it stands and say what it is written in; *asked* is taken at its word.

    Raises NoSuchEncoding.
    """
    if asked is not None:
        try:
            io.TextIOWrapper(io.BytesIO(), encoding=asked)  # nothing at all would be decoded by any name
            if codecs.lookup(asked).name in _NO_FILES:
                raise LookupError(asked)
        except (LookupError, UnicodeError, ValueError) as error:
            raise NoSuchEncoding(asked) from error
    digest, size, start = hashlib.sha256(), 0, b""
    decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    counts = [0] * 256
    while chunk := stream.read(_CHUNK):
        start = start or chunk[:4096]
        digest.update(chunk)
        size += len(chunk)
        decoder = _goes_on(decoder, chunk)
        if not chunk.isascii():
            _count(chunk, counts)
    decoder = _goes_on(decoder, b"", final=True)
    encoding, why = _decide(asked, start, decoder is not None, counts)
    return Looked(digest.hexdigest(), size, encoding, why)


def _goes_on(
    decoder: codecs.IncrementalDecoder | None, chunk: bytes, *, final: bool = False
) -> codecs.IncrementalDecoder | None:
    if decoder is None:
        return None
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return None
    return decoder


def _count(chunk: bytes, counts: list[int]) -> None:
    for byte in range(0x80, 0x100):
        counts[byte] += chunk.count(byte)


def _decide(asked: str | None, start: bytes, is_utf8: bool, counts: list[int]) -> tuple[str, str]:
    if asked is not None:
        return asked, "it was asked for"
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name, "it begins with that encoding's mark"
    zeros = start[0::2].count(0), start[1::2].count(0)
    half = max(1, len(start) // 2)
    if max(zeros) > 0.4 * half and min(zeros) < 0.1 * half:
        return ("utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"), "every other byte is zero"
    if is_utf8:
        return "utf-8", "all of it is valid"
    return _by_letters(counts)


def _by_letters(counts: list[int]) -> tuple[str, str]:
    def many(letters: Iterable[int]) -> int:
        return sum(counts[byte] for byte in letters)

    nordic, czech, latin2 = many(_NORDIC), many(_CZECH_1250), many(_CZECH_8859_2)
    windows = many(_ONLY_WINDOWS)
    if czech + latin2 > nordic:
        if latin2 and not windows:
            return "iso-8859-2", "its letters would be Czech"
        return "windows-1250", "its letters would be Czech"
    if counts[_EURO_8859_15[0]] and not windows:
        return "iso-8859-15", "it has the euro sign where that encoding has it"
    return "windows-1252", "its letters would be those of western and northern Europe"
