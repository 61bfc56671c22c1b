"""A picture for staff and the numbers below it: drawn, kept where the pump finds it, sent."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging

from bot.pictures import AnyPage, can_draw, draw
from bot.speech import LONGEST_TEXT, units
from bot.staff_visit import StaffRoom, Visit
from domain.clock import WallClock
from domain.messages import Keyboard, Media, MediaKind, Message
from templates.markup import parse

log = logging.getLogger(__name__)

_KEPT = dt.timedelta(days=1)


async def deliver(visit: Visit, page: AnyPage | None, numbers: str, keyboard: Keyboard = ()) -> None:
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
    await send_long(visit, numbers + missing, keyboard)


async def send_long(visit: Visit, html: str, keyboard: Keyboard = ()) -> None:
    """Send our own markup in as many messages as Telegram needs for it, the keyboard under the last."""
    *before, last = in_messages(html)
    async with visit.room.database.write() as tx:
        again = visit.again(tx)
        for text in before:
            await again.send(Message(text, html=True))
        await again.send(Message(last, html=True, keyboard=keyboard))


def in_messages(html: str) -> list[str]:
    """Cut markup whose every line stands alone between its lines, so that each part is short enough to be sent."""
    found: list[list[str]] = [[]]
    length = 0
    for line in html.split("\n"):
        size = units(parse(line).plain) + 1
        if found[-1] and length + size > LONGEST_TEXT:
            found.append([])
            length = 0
        found[-1].append(line)
        length += size
    return [text for part in found if (text := "\n".join(part).strip("\n"))] or [html]


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
