"""Methods that send files: single media, albums, and fetching a file again."""

from typing import Any

from bot.playground.access import open_chat
from bot.playground.entities import checked_entities, settled, utf16_length
from bot.playground.files import DOWNLOAD_LIMIT, PHOTO_LIMIT, UPLOAD_LIMIT, PlayFile, StoredFile
from bot.playground.formatting import CAPTION_LIMIT, caption, parsed
from bot.playground.media import album_of, medium
from bot.playground.methods import CAPTION, SENDING, SENDING_ALBUM, method
from bot.playground.parameters import Params
from bot.playground.sending import send, send_all
from bot.playground.wire import JsonObject, bad_request
from bot.playground.world import World

_VOICES = frozenset({"voice", "video_note"})
_CAPTIONED = frozenset({"photo", "document", "voice", "video", "audio", "animation"})
_ALBUMS = ({"photo", "video"}, {"document"}, {"audio"})
_GIVEN = ("duration", "width", "height", "length", "performer", "title", "emoji")


def _sender(kind: str) -> Any:
    def answer(world: World, params: Params) -> JsonObject:
        return send_medium(world, params, kind)

    answer.__doc__ = f"Send a file as {kind}."
    return answer


def send_medium(world: World, params: Params, kind: str) -> JsonObject:
    """Send one file as *kind*, with its caption."""
    words = caption(params) if kind in _CAPTIONED else None
    chat = open_chat(world, params)
    refuse_voice(chat.person, kind)
    stored = incoming_file(world, params, params.raw.get(kind), kind, kind)
    content = medium(kind, stored, world.files, given_sizes(params))
    if words is not None and words.text:
        content["caption"] = words.text
        if words.entities:
            content["caption_entities"] = words.entities
        if params.flag("show_caption_above_media"):
            content["show_caption_above_media"] = True
    if params.flag("has_spoiler"):
        content["has_media_spoiler"] = True
    return send(world, params, content, chat=chat).data


_EXTRAS = {
    "photo": "photo show_caption_above_media has_spoiler",
    "document": "document thumbnail disable_content_type_detection",
    "voice": "voice duration",
    "video": "video duration width height thumbnail cover start_timestamp show_caption_above_media has_spoiler "
    "supports_streaming",
    "audio": "audio duration performer title thumbnail",
    "animation": "animation duration width height thumbnail show_caption_above_media has_spoiler",
}
for _kind, _extra in _EXTRAS.items():
    method(f"send{_kind.capitalize()}", SENDING, CAPTION, _extra)(_sender(_kind))
method("sendVideoNote", SENDING, "video_note duration length thumbnail")(_sender("video_note"))
method("sendSticker", SENDING, "sticker emoji")(_sender("sticker"))


def refuse_voice(person: Any, kind: str) -> None:
    """Refuse voice and video messages to somebody whose privacy settings forbid them."""
    if kind in _VOICES and person is not None and person.voices_forbidden:
        raise bad_request("VOICE_MESSAGES_FORBIDDEN")


def given_sizes(params: Params) -> JsonObject:
    """Return the sender's own sizes, duration and tags."""
    given: JsonObject = {}
    for name in _GIVEN:
        if params.raw.get(name) is not None:
            given[name] = params.text(name) if name in ("performer", "title", "emoji") else params.integer(name)
    return given


def incoming_file(world: World, params: Params, given: Any, name: str, kind: str) -> StoredFile:
    """
    Return the file of a parameter: uploaded under *name*, attached as `attach://part`, or known by its file id.

    Limits: 50 MB, 10 MB for a photo, whose sides may be at most 10000 together and at most 1 to 20.
    """
    upload = params.files.get(name)
    if isinstance(given, str) and given.startswith("attach://"):
        upload = params.files.get(given.removeprefix("attach://"))
        if upload is None:
            raise bad_request(f"can't find the attached file {given.removeprefix('attach://')}")
    if upload is None:
        if not isinstance(given, str) or not given:
            raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
        return world.files.reused(given, kind)
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > UPLOAD_LIMIT or (kind == "photo" and len(upload.data) > PHOTO_LIMIT):
        raise bad_request(f"file is too big for a {kind}" if kind == "photo" else "file is too big")
    stored = world.files.add(kind, PlayFile(upload.name or f"{kind}.bin", upload.data, upload.mime))
    if kind == "photo":
        _check_photo(stored)
    return stored


def _check_photo(stored: StoredFile) -> None:
    if not stored.width or not stored.height:
        raise bad_request("IMAGE_PROCESS_FAILED")
    longest, shortest = max(stored.width, stored.height), min(stored.width, stored.height)
    if stored.width + stored.height > 10_000 or longest > 20 * shortest:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


@method("sendMediaGroup", SENDING_ALBUM, "media")
def send_media_group(world: World, params: Params) -> list[JsonObject]:
    """Send an album of 2 to 10 photos and videos, or documents, or audio files."""
    items: list[Any] | None = params.structure("media", list, "media")
    if not items:
        raise bad_request("media is empty")
    if not 2 <= len(items) <= 10:
        raise bad_request(
            "wrong number of items in the album; 2 to 10 are allowed"
            if len(items) < 2
            else "too many messages to send as an album"
        )
    kinds = {item.get("type") if isinstance(item, dict) else None for item in items}
    if not any(kinds <= allowed for allowed in _ALBUMS):
        raise bad_request("can't use the media of the specified type in the album")
    contents = [media_item(world, params, item) for item in items]
    chat = open_chat(world, params)
    album = album_of(world)
    sent = send_all(world, params, [{**content, "media_group_id": album} for content in contents], chat=chat)
    return [message.data for message in sent]


def media_item(world: World, params: Params, item: JsonObject) -> JsonObject:
    """Return the message members of an InputMedia object, caption included."""
    kind = item.get("type")
    if kind not in ("photo", "video", "animation", "audio", "document"):
        raise bad_request("can't parse InputMedia: unsupported type specified")
    inner = Params(item)
    stored = incoming_file(world, params, item.get("media"), "", kind)
    content = medium(kind, stored, world.files, given_sizes(inner))
    text = inner.text("caption") or ""
    if text:
        mode = inner.text("parse_mode")
        entities = item.get("caption_entities")
        if mode:
            read = parsed(text, mode)
            words = settled(read.text, read.entities)
        else:
            words = settled(text, checked_entities(entities, text) if isinstance(entities, list) else [])
        if utf16_length(words.text) > CAPTION_LIMIT:
            raise bad_request("message caption is too long")
        content["caption"] = words.text
        if words.entities:
            content["caption_entities"] = words.entities
    if item.get("has_spoiler") is True:
        content["has_media_spoiler"] = True
    return content


@method("getFile", "file_id")
def get_file(world: World, params: Params) -> JsonObject:
    """Return a file's download path; at most 20 MB can be had."""
    file_id = params.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    stored = world.files.known(file_id)
    if stored is None:
        raise bad_request("invalid file_id")
    if stored.size > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {**stored.reference(), "file_path": stored.path}


@method("getUserProfilePhotos", "user_id offset limit")
def get_user_profile_photos(world: World, params: Params) -> JsonObject:
    """Return a user's profile pictures; people here have none."""
    if params.required_integer("user_id") not in world.people:
        raise bad_request("user not found")
    return {"total_count": 0, "photos": []}
