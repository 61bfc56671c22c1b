"""A message as the stand-in keeps it: its Bot API object, and what only the stand-in knows of it."""

from dataclasses import dataclass, field
from typing import Any

from bot.playground.wire import JsonObject

SHOWN_EDITS = 30
MEDIA = ("photo", "document", "voice", "video", "video_note", "audio", "animation", "sticker")
CAPTIONED = ("photo", "document", "voice", "video", "audio", "animation")
CONTENT = (
    "text", "caption", "contact", "location", "venue", "poll", "dice", "media_group_id", "has_media_spoiler",
    "show_caption_above_media", "link_preview_options", "entities", "caption_entities", *MEDIA,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message, with its place (row and column from 0)."""

    label: str
    row: int
    column: int
    fields: JsonObject


@dataclass(slots=True, eq=False)
class Message:
    """
    One message of a chat. `data` is the Bot API object, always up to date; deleted messages stay, marked.

    `edits` holds the earlier texts, oldest first; `reactions` the emoji of each user; `keyboard` the reply keyboard
    (or its removal, or a forced reply) that came with it, which Telegram never shows in `data`.
    """

    data: JsonObject
    from_bot: bool
    deleted: bool = False
    edits: tuple[str, ...] = ()
    reactions: dict[int, str] = field(default_factory=dict)
    keyboard: JsonObject | None = None

    @property
    def message_id(self) -> int:
        """The number of the message in its chat."""
        return int(self.data["message_id"])

    @property
    def chat_id(self) -> int:
        """The chat it stands in."""
        return int(self.data["chat"]["id"])

    @property
    def sender_id(self) -> int:
        """The user who sent it; 0 where there is none."""
        return int(self.data.get("from", {}).get("id", 0))

    @property
    def text(self) -> str:
        """Its text or caption; empty when it has neither."""
        return str(self.data.get("text", self.data.get("caption", "")))

    @property
    def thread(self) -> int | None:
        """The forum topic it stands in; None in the General topic and outside forums."""
        return self.data.get("message_thread_id") if self.data.get("is_topic_message") else None

    @property
    def kind(self) -> str:
        """What it is: "text", a medium such as "photo", or the name of another Bot API member such as "location"."""
        if "text" in self.data:
            return "text"
        for name in ("animation", *MEDIA):
            if name in self.data:
                return name
        return next((name for name in self.data if name not in _FRAME), "unknown")

    @property
    def buttons(self) -> list[Button]:
        """Its inline buttons, row by row."""
        rows: list[list[Any]] = self.data.get("reply_markup", {}).get("inline_keyboard", [])
        return [Button(str(fields["text"]), r, c, fields) for r, row in enumerate(rows) for c, fields in enumerate(row)]

    @property
    def labels(self) -> list[list[str]]:
        """The labels of its inline buttons, as rows."""
        rows: list[list[Any]] = self.data.get("reply_markup", {}).get("inline_keyboard", [])
        return [[str(fields["text"]) for fields in row] for row in rows]

    def quoted(self) -> JsonObject:
        """Return the object to stand in another message's `reply_to_message`: without its own reply."""
        return {name: value for name, value in self.data.items() if name != "reply_to_message"}

    def shown(self) -> JsonObject:
        """Return the object for the browser page: the Bot API's, the keyboard, and the stand-in's own marks."""
        shown = dict(self.data)
        if self.keyboard is not None:
            shown["reply_markup"] = self.keyboard
        shown["from_bot"] = self.from_bot
        shown["deleted"] = self.deleted
        shown["edited"] = self.edits[-SHOWN_EDITS:]  # a live progress card has hundreds
        shown["reactions"] = [{"user": user, "emoji": emoji} for user, emoji in self.reactions.items()]
        return shown


_FRAME = frozenset(
    {
        "message_id", "from", "chat", "date", "edit_date", "reply_to_message", "reply_markup", "caption",
        "caption_entities", "entities", "message_thread_id", "is_topic_message", "media_group_id",
        "has_protected_content", "forward_origin", "effect_id", "link_preview_options", "via_bot",
    }
)  # fmt: skip
