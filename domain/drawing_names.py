"""Pictures that are not files: a name says all that is in one, and it is drawn at the moment when it is sent."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from domain.messages import Media, MediaKind

_QR = "qr:"


def qr_media(text: str, caption: str) -> Media:
    """
    Return a picture of *text* as a QR code, with *caption* (letters, digits, hyphens) in print below it.

    Nothing is drawn or kept before the message goes, so a kill loses none; each sending draws it again, the same.
    """
    name = re.sub(r"[^A-Za-z0-9-]+", "-", caption).strip("-") or "code"
    return Media(MediaKind.PHOTO, path=f"{_QR}{quote(caption, safe='')}:{text}", name=f"{name}.png")


def is_drawn(path: str) -> bool:
    """Say whether a media's path is the name of such a picture."""
    return path.startswith(_QR)


def read_qr(path: str) -> tuple[str, str]:
    """Return the text and the caption that a name of `qr_media` holds; raises ValueError for any other path."""
    if not path.startswith(_QR):
        raise ValueError("drawing names: this is a file, none of the pictures that are drawn")
    caption, _, text = path.removeprefix(_QR).partition(":")
    return text, unquote(caption)
