"""The files that people send in transcripts: one beside the transcript, else a small one made from its name."""

from __future__ import annotations

import dataclasses
import re
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

from bot.playground.files import PlayFile

_SIZE = re.compile(r"(?P<name>\S.*?)\s+(?P<megabytes>\d+) MB")


def play_file(name: str, folder: Path) -> PlayFile:
    """
    Return the file *name* of *folder*; where there is none, a picture (or a few bytes) that is always the same.

    A name such as "film.mp4 25 MB" makes it say that it is as large as that.
    """
    if sized := _SIZE.fullmatch(name):
        small = play_file(sized["name"], folder)
        return dataclasses.replace(small, pretend_size=int(sized["megabytes"]) * 1_000_000)
    path = folder / name
    if path.is_file():
        return PlayFile(name, path.read_bytes())
    if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp", ".gif"}:
        return PlayFile(name, picture(zlib.crc32(name.encode())), mime="image/png")
    return PlayFile(name, b"OggS" + name.encode())


def picture(number: int, width: int = 96, height: int = 72) -> bytes:
    """Draw a PNG in two tones of a colour chosen by *number*."""
    red, green, blue = 80 + number % 150, 80 + number // 150 % 150, 80 + number // 22500 % 150
    light, dark = bytes((red, green, blue)), bytes((red // 2, green // 2, blue // 2))
    return png([[light if (x // 12 + y // 12) % 2 else dark for x in range(width)] for y in range(height)])


def png(rows: Sequence[Sequence[bytes]]) -> bytes:
    """Write rows of pixels, each of them three bytes (red, green, blue), as a PNG."""
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + b"".join(row) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
