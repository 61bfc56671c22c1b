"""The file of a customer's own data: a name says whose it is, and it is made at the moment when it is sent."""

from __future__ import annotations

import datetime as dt

from domain.messages import Media, MediaKind

_NAME = "mydata:"


def own_file(customer_id: int, asked_at: dt.datetime) -> Media:
    """Return the file of all that is held of a customer. Nothing of it is kept: a kill loses none, and none is left."""
    return Media(MediaKind.DOCUMENT, path=f"{_NAME}{customer_id}:{asked_at.timestamp():.0f}", name="mydata.json")


def is_own_file(path: str) -> bool:
    """Say whether a media's path names such a file."""
    return path.startswith(_NAME)


def read_own_file(path: str) -> tuple[int, dt.datetime]:
    """Return whose file it is, and when it was asked for; raises ValueError for any other path."""
    if not path.startswith(_NAME):
        raise ValueError("own files: this is a file on the disk, nobody's own data")
    customer_id, _, seconds = path.removeprefix(_NAME).partition(":")
    return int(customer_id), dt.datetime.fromtimestamp(int(seconds), dt.UTC)
