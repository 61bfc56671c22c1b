"""Chats: a person's private chat with the bot, and groups with members, topics and the bot's rights."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.playground.messages import Message
from bot.playground.wire import JsonObject

if TYPE_CHECKING:
    from bot.playground.people import Person

DEFAULT_ICON = 7322096


class Standing(StrEnum):
    """How somebody stands to a group, in the Bot API's words."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    LEFT = "left"
    KICKED = "kicked"

    @property
    def inside(self) -> bool:
        """Whether she takes part."""
        return self not in (Standing.LEFT, Standing.KICKED)


@dataclass(frozen=True, slots=True)
class Rights:
    """What an administrator may do, by the Bot API's names."""

    can_manage_chat: bool = True
    can_delete_messages: bool = True
    can_manage_video_chats: bool = True
    can_restrict_members: bool = True
    can_promote_members: bool = True
    can_change_info: bool = True
    can_invite_users: bool = True
    can_post_stories: bool = True
    can_edit_stories: bool = True
    can_delete_stories: bool = True
    can_pin_messages: bool = True
    can_manage_topics: bool = True
    can_manage_tags: bool = True
    can_send_welcome_messages: bool = True
    is_anonymous: bool = False

    @classmethod
    def all(cls) -> Rights:
        """Return every right."""
        return cls()

    @classmethod
    def without(cls, *names: str) -> Rights:
        """Return every right but those *names*."""
        return replace(cls(), **dict.fromkeys(names, False))

    def as_json(self) -> JsonObject:
        """Return the members of a ChatMemberAdministrator."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(slots=True, eq=False)
class Topic:
    """A topic of a forum; its number is that of the service message that opened it."""

    message_thread_id: int
    name: str
    icon_color: int
    icon_custom_emoji_id: str | None = None
    closed: bool = False

    def as_json(self) -> JsonObject:
        """Return the Bot API's ForumTopic."""
        topic: JsonObject = {
            "message_thread_id": self.message_thread_id,
            "name": self.name,
            "icon_color": self.icon_color,
        }
        if self.icon_custom_emoji_id:
            topic["icon_custom_emoji_id"] = self.icon_custom_emoji_id
        return topic


class Chat:
    """
    A chat and its messages in order. With *keep* set only that many messages are kept, the newest.

    `keyboard` is the reply keyboard that stands under the text field now, `None` when there is none.
    """

    __slots__ = (
        "_by_id",
        "_json",
        "_keep",
        "description",
        "everything",
        "id",
        "is_forum",
        "keyboard",
        "person",
        "pinned",
        "title",
        "topics",
        "type",
        "username",
    )

    def __init__(self, chat_id: int, kind: str, *, person: Person | None = None, keep: int | None = None) -> None:
        self.id = chat_id
        self.type = kind
        self.person = person
        self.title = ""
        self.username: str | None = None
        self.description = ""
        self.is_forum = False
        self.topics: dict[int, Topic] = {}
        self.pinned: list[int] = []
        self.keyboard: JsonObject | None = None
        self.everything: list[Message] = []
        self._by_id: dict[int, Message] = {}
        self._keep = keep
        self._json: JsonObject | None = None

    @property
    def messages(self) -> list[Message]:
        """All messages in order, the deleted ones too, marked."""
        return list(self.everything)

    @property
    def live(self) -> list[Message]:
        """The messages that are not deleted, in order."""
        return [message for message in self.everything if not message.deleted]

    @property
    def last(self) -> Message | None:
        """The newest message that is not deleted."""
        return next((message for message in reversed(self.everything) if not message.deleted), None)

    @property
    def from_bot(self) -> list[Message]:
        """The bot's own messages that are not deleted, in order."""
        return [message for message in self.everything if message.from_bot and not message.deleted]

    def in_topic(self, thread: int | None) -> list[Message]:
        """The messages of one topic (None: the General one) that are not deleted, in order."""
        return [message for message in self.everything if message.thread == thread and not message.deleted]

    def message(self, message_id: int) -> Message | None:
        """Return a message that is not deleted."""
        message = self._by_id.get(message_id)
        return message if message is not None and not message.deleted else None

    def add(self, message: Message) -> None:
        """Put *message* at the end; forget the oldest beyond what is kept."""
        self.everything.append(message)
        self._by_id[message.message_id] = message
        if self._keep is not None and len(self.everything) > self._keep:
            del self._by_id[self.everything.pop(0).message_id]

    def as_json(self) -> JsonObject:
        """Return the Bot API's Chat; the same object until something of it changes, so do not write into it."""
        if self._json is None:
            self._json = self._built()
        return self._json

    def changed(self) -> None:
        """Say that a member of `as_json` has changed."""
        self._json = None

    def _built(self) -> JsonObject:
        chat: JsonObject = {"id": self.id}
        if self.person is not None:
            chat["first_name"] = self.person.first_name
            if self.person.last_name:
                chat["last_name"] = self.person.last_name
            if self.person.username:
                chat["username"] = self.person.username
        else:
            chat["title"] = self.title
            if self.username:
                chat["username"] = self.username
            if self.is_forum:
                chat["is_forum"] = True
        chat["type"] = self.type
        return chat
