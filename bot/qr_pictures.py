"""QR codes as pictures: the code with its quiet zone, and what people read out at the till in large print below."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import segno

_MODULE = 10  # pixels of a module: phones show it sharp, and a camera reads it across a counter
_QUIET = 4  # modules of white around the code (ISO/IEC 18004)
_TALL, _WIDE = 7, 5
_LARGEST = 8  # pixels of a dot of the print

# Five by seven dots each; a dot that is a pixel of no font needs no font file and no drawing library.
_SIGNS = {
    "0": ".###. #...# #..## #.#.# ##..# #...# .###.",
    "1": "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
    "2": ".###. #...# ....# ..##. .#... #.... #####",
    "3": "####. ....# ....# .###. ....# ....# ####.",
    "4": "#..#. #..#. #..#. ##### ...#. ...#. ...#.",
    "5": "##### #.... ####. ....# ....# #...# .###.",
    "6": ".###. #.... #.... ####. #...# #...# .###.",
    "7": "##### ....# ...#. ..#.. ..#.. .#... .#...",
    "8": ".###. #...# #...# .###. #...# #...# .###.",
    "9": ".###. #...# #...# .#### ....# ....# .###.",
    "A": "..#.. .#.#. #...# #...# ##### #...# #...#",
    "B": "####. #...# #...# ####. #...# #...# ####.",
    "C": ".#### #.... #.... #.... #.... #.... .####",
    "D": "####. #...# #...# #...# #...# #...# ####.",
    "E": "##### #.... #.... ####. #.... #.... #####",
    "F": "##### #.... #.... ####. #.... #.... #....",
    "G": ".#### #.... #.... #.### #...# #...# .####",
    "H": "#...# #...# #...# ##### #...# #...# #...#",
    "I": ".###. ..#.. ..#.. ..#.. ..#.. ..#.. .###.",
    "J": "..### ...#. ...#. ...#. ...#. #..#. .##..",
    "K": "#...# #..#. #.#.. ##... #.#.. #..#. #...#",
    "L": "#.... #.... #.... #.... #.... #.... #####",
    "M": "#...# ##.## #.#.# #.#.# #...# #...# #...#",
    "N": "#...# ##..# ##..# #.#.# #..## #..## #...#",
    "O": ".###. #...# #...# #...# #...# #...# .###.",
    "P": "####. #...# #...# ####. #.... #.... #....",
    "Q": ".###. #...# #...# #...# #.#.# #..#. .##.#",
    "R": "####. #...# #...# ####. #.#.. #..#. #...#",
    "S": ".#### #.... #.... .###. ....# ....# ####.",
    "T": "##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#..",
    "U": "#...# #...# #...# #...# #...# #...# .###.",
    "V": "#...# #...# #...# #...# .#.#. .#.#. ..#..",
    "W": "#...# #...# #...# #.#.# #.#.# ##.## #...#",
    "X": "#...# #...# .#.#. ..#.. .#.#. #...# #...#",
    "Y": "#...# #...# .#.#. ..#.. ..#.. ..#.. ..#..",
    "Z": "##### ....# ...#. ..#.. .#... #.... #####",
    "-": "..... ..... ..... .###. ..... ..... .....",
    ".": "..... ..... ..... ..... ..... .##.. .##..",
    "/": "....# ....# ...#. ..#.. .#... #.... #....",
}


def qr_picture(text: str, caption: str) -> bytes:
    """
    Draw *text* as a QR code (error correction M) with *caption* below it, as a square PNG in black and white.

    Square, because an album shows its pictures cropped to that: what is taller would lose its quiet zone there.
    The same arguments give the same bytes. Of the caption A-Z, 0-9, "-", "." and "/" are printed, small letters as
    capitals, anything else as a gap. Raises ValueError for a text that no QR code holds.
    """
    code = segno.make(text, error="m", micro=False)
    modules = [bytes(row) for row in code.matrix]
    printed = list(_printed(caption.upper(), (len(modules) + 2 * _QUIET) * _MODULE))
    side = (len(modules) + 2 * _QUIET) * _MODULE + len(printed)
    blank = "0" * side
    rows = [blank] * (_QUIET * _MODULE)
    for row in modules:
        rows += ["".join(("1" if dark else "0") * _MODULE for dark in row).center(side, "0")] * _MODULE
    rows += [blank] * (_QUIET * _MODULE)
    rows += [line.center(side, "0") for line in printed]
    return _png(rows, side)


def _printed(caption: str, side: int) -> Iterator[str]:
    """Give the lines of pixels of the print, in the middle, as large as the width allows."""
    if not caption:
        return
    dots = len(caption) * (_WIDE + 1) - 1
    size = max(1, min(_LARGEST, (side - 4 * _MODULE) // dots))
    signs = [_SIGNS.get(sign, " ".join(["." * _WIDE] * _TALL)).split() for sign in caption]
    left = max(0, (side - dots * size) // 2)
    for at in range(_TALL):
        dotted = ".".join(sign[at] for sign in signs)
        line = "0" * left + "".join(("1" if dot == "#" else "0") * size for dot in dotted)
        line = line[:side].ljust(side, "0")
        for _ in range(size):
            yield line
    for _ in range(_QUIET * _MODULE):
        yield "0" * side


def _png(rows: list[str], width: int) -> bytes:
    """Write rows of "0" (white) and "1" (black) as a PNG of one bit a pixel (PNG, third edition, W3C 2025)."""
    across = (width + 7) // 8
    known: dict[str, bytes] = {}
    pixels = bytearray()
    for row in rows:
        if row not in known:
            bits = row.translate(_WHITE_IS_ONE).ljust(across * 8, "1")
            known[row] = b"\0" + int(bits, 2).to_bytes(across, "big")
        pixels += known[row]
    header = struct.pack(">IIBBBBB", width, len(rows), 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(pixels), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


_WHITE_IS_ONE = str.maketrans("01", "10")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
