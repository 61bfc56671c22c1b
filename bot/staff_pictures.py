"""A picture for staff and the numbers below it: drawn, kept where the pump finds it, sent."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging

from bot.pictures import can_draw, draw
from bot.pictures_page import Page
from bot.staff_visit import StaffRoom, Visit
from domain.clock import WallClock
from domain.messages import Keyboard, Media, MediaKind, Message

log = logging.getLogger(__name__)

_KEPT = dt.timedelta(days=1)


async def deliver(visit: Visit, page: Page | None, numbers: str, keyboard: Keyboard = ()) -> None:
    """Send the picture, and the numbers below it: whoever cannot see the one has the other."""
    missing = ""
    if page is not None and not can_draw():
        missing = "\n\n" + visit.html("no_picture")
    elif page is not None:
        try:
            media = _store(visit.room, await draw(page))
        except (OSError, RuntimeError, ValueError) as error:
            log.error("picture.failed", extra={"problem": type(error).__name__})
            missing = "\n\n" + visit.html("drawing_failed")
        else:
            async with visit.room.database.write() as tx:
                await visit.again(tx).send(Message(media=(media,)))
    async with visit.room.database.write() as tx:
        await visit.again(tx).send(Message(numbers + missing, html=True, keyboard=keyboard))


def _store(room: StaffRoom, png: bytes) -> Media:
    """Put a picture where the pump finds it, under a name by its content; those of yesterday are removed."""
    room.pictures.mkdir(parents=True, exist_ok=True)
    oldest = WallClock().now().timestamp() - _KEPT.total_seconds()  # a file's age is the machine's, not the story's
    for old in room.pictures.glob("*.png"):
        if old.stat().st_mtime < oldest:
            old.unlink(missing_ok=True)
    path = room.pictures / f"{hashlib.sha256(png).hexdigest()[:20]}.png"
    path.write_bytes(png)
    return Media(MediaKind.PHOTO, path=str(path), name=path.name)
