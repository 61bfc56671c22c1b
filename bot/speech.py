"""How a waiting row is said to Telegram: the method, its parameters, and which local files go with it. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.messages import Act, Ask, Media, MediaKind, Message, Span, Waiting, coordinates

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LARGEST_ALBUM = 10
_LONGEST_ID = 19  # digits that surely fit into 64 bits
_METHODS = {
    MediaKind.PHOTO: "sendPhoto",
    MediaKind.VIDEO: "sendVideo",
    MediaKind.VIDEO_NOTE: "sendVideoNote",
    MediaKind.VOICE: "sendVoice",
    MediaKind.AUDIO: "sendAudio",
    MediaKind.DOCUMENT: "sendDocument",
    MediaKind.ANIMATION: "sendAnimation",
    MediaKind.STICKER: "sendSticker",
}
_WITHOUT_CAPTION = frozenset({MediaKind.VIDEO_NOTE, MediaKind.STICKER})
_EXCHANGEABLE = frozenset({MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.DOCUMENT, MediaKind.ANIMATION})
# What may share an album with what; other kinds are sent one by one.
_ALBUMS = {MediaKind.PHOTO: "seen", MediaKind.VIDEO: "seen", MediaKind.AUDIO: "audio", MediaKind.DOCUMENT: "document"}
_TAG = re.compile(r"<[^>]*>")
_ABOVE = "↑"  # carries the buttons of an album that has no text, since a text cannot be empty


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Bot API. *uploads* are local files, by the parameter in which each travels."""

    method: str
    params: Mapping[str, Any]
    uploads: Mapping[str, Media] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """Return how many messages it counts for: an album one for each file."""
        return len(self.params["media"]) if self.method == "sendMediaGroup" else 1


def parts_of(message: Message) -> tuple[Message, ...]:
    """
    Return *message* as the messages that Telegram can take, each one call: mostly itself alone.

    A text that is too long for a caption, or that has buttons beside an album, follows the files; a foreign text over
    4096 UTF-16 units is cut at a space. Our own markup is never cut: too long, it is refused. Where files have captions
    of their own, the text goes above them. A place comes last, as a pin on the map, which has no text.
    """
    if message.location is not None:
        return _with_pin(message)
    if not message.media:
        if message.html or len(message.text) <= LONGEST_TEXT // 2 or units(message.text) <= LONGEST_TEXT:
            return (message,)
        return tuple(_cut(message))
    if any(media.caption for media in message.media):
        return _with_captions(message)
    batches = list(_batches(message.media))
    if len(batches) == 1 and _carries_all(batches[0], message):
        return (message,)
    bare = replace(message, text="", html=False, keyboard=(), ask=None, spans=())
    parts = [
        replace(bare, media=batch, reply_to=bare.reply_to if at == 0 else None) for at, batch in enumerate(batches)
    ]
    if message.text or message.keyboard or message.ask is not None:
        rest = replace(message, media=(), text=message.text or _ABOVE, reply_to=None)
        parts.extend(parts_of(rest))
    return tuple(parts)


def _with_captions(message: Message) -> tuple[Message, ...]:
    """Keep each caption at its file; where one is too long for that, all of them follow the files."""
    if any(units(media.caption) > LONGEST_CAPTION for media in message.media):
        text = "\n".join(filter(None, (message.text, *(media.caption for media in message.media))))
        media = tuple(replace(file, caption="") for file in message.media)
        return parts_of(replace(message, text=text, media=media))
    above: tuple[Message, ...] = ()
    if message.text or message.keyboard or message.ask is not None:
        above = parts_of(replace(message, media=(), text=message.text or _ABOVE))
    bare = replace(message, text="", html=False, keyboard=(), ask=None, spans=())
    files = [replace(bare, media=batch) for batch in _batches(message.media)]
    return tuple(part if at == 0 else replace(part, reply_to=None) for at, part in enumerate((*above, *files)))


def _with_pin(message: Message) -> tuple[Message, ...]:
    if not (message.text or message.media):
        return (message,)
    above = parts_of(replace(message, location=None))
    return (*above, Message(location=message.location, silent=message.silent, protect=message.protect))


def units(text: str) -> int:
    """Return the length of *text* as Telegram counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain(message: Message) -> str:
    """Return the text as people read it, without our own markup; a place as its coordinates."""
    if message.location is not None and not message.text:
        return coordinates(message.location)
    if not message.html or ("<" not in message.text and "&" not in message.text):
        return "\n".join(filter(None, (message.text, *(media.caption for media in message.media))))
    return html.unescape(_TAG.sub("", message.text))


def call_for(row: Waiting, message: Message) -> Call:
    """Return the call that carries out *row* with *message*, one of its parts."""
    chat: dict[str, Any] = {"chat_id": row.chat_id}
    match row.act:
        case Act.SEND:
            return _send(row, message)
        case Act.EDIT:
            return _edit(row, message)
        case Act.CLEAR:
            return Call("editMessageReplyMarkup", {**chat, "message_id": row.message_id})
        case Act.DELETE:
            return Call("deleteMessage", {**chat, "message_id": row.message_id})
        case Act.TOAST:
            toast: dict[str, Any] = {"callback_query_id": row.callback_id}
            if message.text:
                toast["text"] = message.text[:200]
            return Call("answerCallbackQuery", toast)
        case Act.PIN:
            return Call("pinChatMessage", {**chat, "message_id": row.message_id, "disable_notification": True})
        case Act.UNPIN:
            return Call("unpinChatMessage", {**chat, "message_id": row.message_id})
        case Act.LOOK:
            return Call("getChat", chat)
        case Act.TOPIC:
            return _topic(row, message)


def caption_edit_for(row: Waiting, message: Message) -> Call:
    """Return the edit of a message that turned out to be a file with a caption."""
    params: dict[str, Any] = {"chat_id": row.chat_id, "message_id": row.message_id}
    return Call("editMessageCaption", {**params, **_worded("caption", message), **_markup(message)})


def message_ids(result: Any) -> tuple[int, ...]:
    """Return the ids of the messages in a call's result; methods that answer only True or nothing have none."""
    found = result if isinstance(result, list) else [result]
    ids = (str(one.get("message_id", "")) for one in found if isinstance(one, dict))
    return tuple(int(each) for each in ids if each.isdecimal() and len(each) < _LONGEST_ID)


def file_ids(call: Call, result: Any) -> list[tuple[Media, str]]:
    """Return which local file of *call* Telegram now knows by which id."""
    messages = result if isinstance(result, list) else [result]
    carried = [*call.uploads.items()]
    if call.method != "sendMediaGroup":
        messages = messages[: len(carried)]
    else:
        places = [int(name.removeprefix("file")) for name, _ in carried]
        messages = [messages[place] for place in places if place < len(messages)]
    found = []
    for (_, media), message in zip(carried, messages, strict=False):
        file = message.get(media.kind.value) if isinstance(message, dict) else None
        if isinstance(file, list):
            file = file[-1] if file else None  # of a photo's sizes, the largest
        if isinstance(file, dict) and "file_id" in file:
            found.append((media, str(file["file_id"])))
    return found


def _send(row: Waiting, message: Message) -> Call:
    params: dict[str, Any] = {"chat_id": row.chat_id}
    if row.thread_id is not None:
        params["message_thread_id"] = row.thread_id
    if message.silent:
        params["disable_notification"] = True
    if message.protect:
        params["protect_content"] = True
    if row.paid:
        params["allow_paid_broadcast"] = True
    if message.reply_to is not None:
        params["reply_parameters"] = {"message_id": message.reply_to, "allow_sending_without_reply": True}
    if message.location is not None:
        params["latitude"], params["longitude"] = message.location
        return Call("sendLocation", {**params, **_markup(message)})
    if not message.media:
        params.update(_worded("text", message))
        params.update(_markup(message))
        return Call("sendMessage", params)
    if len(message.media) > 1:
        params["media"], uploads = _album(message)
        return Call("sendMediaGroup", params, uploads)
    (media,) = message.media
    params.update(_worded("caption", message) or _captioned(media))
    params.update(_markup(message))
    if media.file_id:
        params[media.kind.value] = media.file_id
        return Call(_METHODS[media.kind], params)
    return Call(_METHODS[media.kind], params, {media.kind.value: media})


def _edit(row: Waiting, message: Message) -> Call:
    params: dict[str, Any] = {"chat_id": row.chat_id, "message_id": row.message_id}
    if message.media:
        media = message.media[0]
        if media.kind not in _EXCHANGEABLE:
            return caption_edit_for(row, message)
        item, uploads = _item(0, media)
        params["media"] = {**item, **_worded("caption", message)}
        return Call("editMessageMedia", {**params, **_markup(message)}, uploads)
    if message.text:
        return Call("editMessageText", {**params, **_worded("text", message), **_markup(message)})
    return Call("editMessageReplyMarkup", {**params, **_markup(message)})


def _topic(row: Waiting, message: Message) -> Call:
    """Close, reopen or delete a forum topic when the row's kind says so, else give it the message's text as name."""
    params: dict[str, Any] = {"chat_id": row.chat_id, "message_thread_id": row.thread_id}
    if row.kind in {"close", "reopen", "delete"}:
        return Call(f"{row.kind}ForumTopic", params)
    return Call("editForumTopic", {**params, "name": message.text[:128]})


def _worded(name: str, message: Message) -> dict[str, Any]:
    if not message.text:
        return {}
    worded: dict[str, Any] = {name: message.text}
    if message.html:
        worded["parse_mode"] = "HTML"
    elif message.spans:
        worded["entities" if name == "text" else "caption_entities"] = [_entity(span) for span in message.spans]
    return worded


def _captioned(media: Media) -> dict[str, Any]:
    return {"caption": media.caption} if media.caption else {}


def _entity(span: Span) -> dict[str, Any]:
    entity: dict[str, Any] = {"type": span.kind, "offset": span.offset, "length": span.length}
    if span.url:
        entity["url"] = span.url
    return entity


def _markup(message: Message) -> dict[str, Any]:
    """
    Return the one keyboard that a message may have.

    Where contact or location is asked for, the other buttons become words to tap beside it: their labels, typed.
    """
    if message.ask in {Ask.CONTACT, Ask.LOCATION}:
        asked = {"text": message.ask_label, f"request_{message.ask.value}": True}
        rows = [[asked], *([{"text": button.label} for button in row] for row in message.keyboard)]
        return {"reply_markup": {"keyboard": rows, "resize_keyboard": True, "one_time_keyboard": True}}
    if message.keyboard:
        inline = [
            [
                {"text": button.label, "url": button.url} if button.url else _tap(button.label, button.tap)
                for button in row
            ]
            for row in message.keyboard
        ]
        return {"reply_markup": {"inline_keyboard": inline}}
    if message.ask is Ask.NOTHING:
        return {"reply_markup": {"remove_keyboard": True}}
    return {}


def _tap(label: str, data: str) -> dict[str, str]:
    return {"text": label, "callback_data": data}


def _album(message: Message) -> tuple[list[dict[str, Any]], dict[str, Media]]:
    items: list[dict[str, Any]] = []
    uploads: dict[str, Media] = {}
    for at, media in enumerate(message.media):
        item, upload = _item(at, media)
        uploads.update(upload)
        items.append({**item, **((_worded("caption", message) if at == 0 else {}) or _captioned(media))})
    return items, uploads


def _item(at: int, media: Media) -> tuple[dict[str, Any], dict[str, Media]]:
    if media.file_id:
        return {"type": media.kind.value, "media": media.file_id}, {}
    return {"type": media.kind.value, "media": f"attach://file{at}"}, {f"file{at}": media}


def _batches(media: Sequence[Media]) -> Iterator[tuple[Media, ...]]:
    """Group neighbours that may share an album."""
    batch: list[Media] = []
    for one in media:
        family = _ALBUMS.get(one.kind)
        if batch and (family is None or family != _ALBUMS.get(batch[0].kind) or len(batch) == LARGEST_ALBUM):
            yield tuple(batch)
            batch = []
        batch.append(one)
    yield tuple(batch)


def _carries_all(batch: Sequence[Media], message: Message) -> bool:
    if len(batch) > 1 and (message.keyboard or message.ask is not None):
        return False
    if not message.text:
        return True
    if batch[0].kind in _WITHOUT_CAPTION:
        return False
    # Of our own markup Telegram counts what is left after parsing, so the raw length errs on the safe side.
    return units(message.text) <= LONGEST_CAPTION


def _cut(message: Message) -> Iterator[Message]:
    raw = message.text.encode("utf-16-le", "surrogatepass")
    start = 0
    while start < len(raw):
        piece = raw[start : start + 2 * LONGEST_TEXT].decode("utf-16-le", "ignore")
        if start + 2 * LONGEST_TEXT < len(raw):
            space = max(piece.rfind("\n"), piece.rfind(" "))
            if space > len(piece) // 2:
                piece = piece[: space + 1]
        length = len(piece.encode("utf-16-le", "surrogatepass"))
        end = start + length
        yield replace(
            message,
            text=piece,
            spans=tuple(_within(message.spans, start // 2, end // 2)),
            keyboard=message.keyboard if end >= len(raw) else (),
            ask=message.ask if end >= len(raw) else None,
            reply_to=message.reply_to if start == 0 else None,
        )
        start = end


def _within(spans: Sequence[Span], start: int, end: int) -> Iterator[Span]:
    for span in spans:
        first, last = max(span.offset, start), min(span.offset + span.length, end)
        if first < last:
            yield replace(span, offset=first - start, length=last - first)
