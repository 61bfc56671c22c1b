"""The photo that a customer of the sample company sends: a living room in which a sofa is missing."""

from __future__ import annotations

from bot.playground.files import PlayFile
from bot.transcript_files import png

_WIDTH, _HEIGHT = 320, 240
# Left, top, right, bottom, colour: each covers what was painted before it.
_SHAPES = (
    (0, 0, 320, 165, "e9e1d3"),  # wall
    (0, 165, 320, 240, "b98f66"),  # floor
    (0, 160, 320, 166, "f7f3ea"),  # skirting board
    (24, 24, 116, 112, "f7f3ea"),  # window
    (30, 30, 67, 68, "a9cbe0"),
    (73, 30, 110, 68, "a9cbe0"),
    (30, 74, 67, 106, "bcd8c0"),
    (73, 74, 110, 106, "bcd8c0"),
    (170, 40, 214, 84, "6b5a4a"),  # pictures on the wall
    (174, 44, 210, 80, "d8a657"),
    (224, 52, 252, 80, "6b5a4a"),
    (228, 56, 248, 76, "7b9e87"),
    (282, 84, 286, 182, "4a4038"),  # lamp
    (266, 60, 302, 88, "f2d79a"),
    (272, 180, 296, 184, "4a4038"),
    (70, 184, 262, 228, "8c4a4a"),  # carpet, and nothing on it
    (76, 188, 256, 224, "a85f5a"),
    (24, 140, 58, 146, "6b5a4a"),  # a small table with a cup
    (38, 146, 44, 190, "6b5a4a"),
    (36, 130, 46, 140, "fdfdfb"),
)


def living_room(name: str) -> PlayFile:
    """Paint it; the same bytes each time."""
    rows = [[b"\0\0\0"] * _WIDTH for _ in range(_HEIGHT)]
    for left, top, right, bottom, colour in _SHAPES:
        for row in rows[top:bottom]:
            row[left:right] = [bytes.fromhex(colour)] * (right - left)
    return PlayFile(name, png(rows), mime="image/png")
