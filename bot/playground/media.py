"""Builds the media members of a message (photo sizes, voice, video, ...) from stored files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.files import Files, PlayFile, StoredFile
from bot.playground.wire import JsonObject

if TYPE_CHECKING:
    from bot.playground.world import World

KINDS = ("photo", "document", "voice", "video", "video_note", "audio", "animation", "sticker")
THUMBNAIL_SIDE = 320
LARGE_SIDE = 1280


def medium(kind: str, stored: StoredFile, files: Files, given: JsonObject | None = None) -> JsonObject:
    """
    Return the message members for *stored* sent as *kind*: `{"voice": {...}}`, for an animation also its document.

    *given* are the sender's own duration, width, height, performer, title and the like, which win.
    """
    given = given or {}
    side = {"width": given.get("width") or stored.width or 320, "height": given.get("height") or stored.height or 240}
    lasts = given.get("duration") or stored.duration
    reference = stored.reference()
    named: JsonObject = {"file_name": stored.name} if stored.name else {}
    typed = {"mime_type": stored.mime}
    match kind:
        case "photo":
            return {"photo": photo_sizes(stored, files)}
        case "voice":
            return {"voice": {**reference, "duration": lasts, "mime_type": "audio/ogg"}}
        case "audio":
            tags = {name: given[name] for name in ("performer", "title") if given.get(name)}
            return {"audio": {**reference, "duration": lasts, **tags, **named, **typed}}
        case "video":
            return {"video": {**reference, **side, "duration": lasts, **named, **typed}}
        case "video_note":
            return {"video_note": {**reference, "length": given.get("length") or 240, "duration": lasts}}
        case "animation":
            animation = {**reference, **side, "duration": lasts, **named, **typed}
            return {"animation": animation, "document": {**reference, **named, **typed}}
        case "sticker":
            square = {"width": stored.width or 512, "height": stored.height or 512}
            emoji = {"emoji": given["emoji"]} if given.get("emoji") else {}
            flags = {"is_animated": stored.name.endswith(".tgs"), "is_video": stored.name.endswith(".webm")}
            return {"sticker": {**reference, "type": "regular", **square, **flags, **emoji}}
        case "document":
            return {"document": {**reference, **named, **typed}}
        case _:
            raise ValueError(f"playground: {kind!r} is no kind of medium; use one of {', '.join(KINDS)}")


def photo_sizes(stored: StoredFile, files: Files) -> list[JsonObject]:
    """Return the PhotoSize list, the smallest first; all sizes hold the same bytes under different ids."""
    width, height = stored.width or 1280, stored.height or 960
    longest = max(width, height)
    sizes = []
    if longest > THUMBNAIL_SIDE:
        small = files.add("photo", PlayFile(f"thumbnail-{stored.name}", stored.data, stored.mime))
        factor = THUMBNAIL_SIDE / longest
        sizes.append({**small.reference(), "width": round(width * factor), "height": round(height * factor)})
    factor = min(1.0, LARGE_SIDE / longest)
    sizes.append({**stored.reference(), "width": round(width * factor), "height": round(height * factor)})
    return sizes


def album_of(world: World) -> str:
    """Return a fresh `media_group_id`."""
    return str(13_000_000_000_000_000 + world.random.randrange(10**15))
