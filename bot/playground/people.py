"""People who write, tap, react, block and leave; each act makes the update that Telegram would make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.playground import acts
from bot.playground.chats import Chat
from bot.playground.files import PlayFile
from bot.playground.media import album_of, medium
from bot.playground.messages import Message
from bot.playground.taps import Tap
from bot.playground.wire import JsonObject

if TYPE_CHECKING:
    from bot.playground.world import World


@dataclass(slots=True, eq=False)
class Person:
    """
    Somebody with a Telegram account. All acts are synchronous: they put updates in the queue and return.

    `started`: she has written to the bot, so it may write to her. `blocked`: she has blocked the bot. `deleted`: her
    account is gone. `voices_forbidden`: she takes no voice or video messages. `staff` and `note` are for the page, the
    note as it is or by language.
    """

    world: World = field(repr=False)
    id: int
    first_name: str
    last_name: str = ""
    username: str | None = None
    language_code: str = "en"
    phone: str | None = None
    started: bool = False
    blocked: bool = False
    deleted: bool = False
    voices_forbidden: bool = False
    staff: bool = False
    note: str | Mapping[str, str] = ""

    @property
    def chat(self) -> Chat:
        """Her private chat with the bot."""
        return self.world.chats[self.id]

    def as_json(self) -> JsonObject:
        """Return the Bot API's User."""
        user: JsonObject = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        if self.username:
            user["username"] = self.username
        if self.language_code:
            user["language_code"] = self.language_code
        return user

    def starts(self, payload: str = "") -> Message:
        """Press Start, perhaps after a deep link with *payload*."""
        return self.sends(f"/start {payload}".rstrip())

    def sends(
        self, text: str, reply_to: Message | None = None, thread: int | None = None, chat: Chat | None = None
    ) -> Message:
        """Write *text*, to the bot or into *chat* (and there into the topic *thread*)."""
        return acts.say(self, acts.text_content(text), chat=chat, thread=thread, reply_to=reply_to)

    def sends_media(
        self,
        kind: str,
        files: Sequence[PlayFile],
        caption: str | Sequence[str] = "",
        chat: Chat | None = None,
        thread: int | None = None,
        reply_to: Message | None = None,
    ) -> list[Message]:
        """
        Send files as *kind* (photo, document, voice, video, video_note, audio, animation, sticker).

        Several files are an album: as many updates, one `media_group_id`, the caption on the first; or one for each.
        """
        group = album_of(self.world) if len(files) > 1 else None
        captions = (caption,) if isinstance(caption, str) else caption
        sent = []
        for number, file in enumerate(files):
            content = medium(kind, self.world.files.add(kind, file), self.world.files)
            if number < len(captions) and captions[number]:
                content |= acts.text_content(captions[number], name="caption")
            if group is not None:
                content["media_group_id"] = group
            sent.append(acts.say(self, content, chat=chat, thread=thread, reply_to=reply_to))
        return sent

    def sends_contact(self, phone: str | None = None, chat: Chat | None = None, thread: int | None = None) -> Message:
        """Share her own phone number (or *phone*)."""
        contact: JsonObject = {"phone_number": phone or self.phone or f"+35840{self.id % 10_000_000:07d}"}
        contact |= {"first_name": self.first_name, "user_id": self.id}
        if self.last_name:
            contact["last_name"] = self.last_name
        return acts.say(self, {"contact": contact}, chat=chat, thread=thread)

    def sends_location(self, lat: float, lon: float, chat: Chat | None = None, thread: int | None = None) -> Message:
        """Share a place, in degrees."""
        return acts.say(self, {"location": {"latitude": lat, "longitude": lon}}, chat=chat, thread=thread)

    def taps(self, label: str, chat: Chat | None = None, message: Message | None = None) -> Tap:
        """
        Tap the newest button with this label: an inline one, else one of the reply keyboard (which sends its text).

        Raises LookupError with the labels there are.
        """
        return acts.tap_label(self, label, chat or self.chat, message)

    def taps_data(self, message: Message, data: str) -> Tap:
        """Tap a button of *message* that carries *data*, even one that the message no longer has."""
        return acts.tap(self, message, {"text": data, "callback_data": data})

    def taps_at(self, message: Message, row: int, column: int) -> Tap:
        """Tap the inline button at this place, counted from 0; raises LookupError where there is none."""
        for button in message.buttons:
            if (button.row, button.column) == (row, column):
                return acts.tap(self, message, button.fields)
        raise LookupError(f"tap: message {message.message_id} has no button at row {row}, column {column}")

    def edits(self, message: Message, text: str) -> Message:
        """Change the text (or caption) of her own *message*."""
        return acts.edit(self, message, text)

    def reacts(self, message: Message, emoji: str | None) -> None:
        """React to *message* with one emoji, or take the reaction back."""
        acts.react(self, message, emoji)

    def votes(self, message: Message, options: Sequence[int]) -> None:
        """Vote in the poll of *message* for the options at these places; none takes the vote back."""
        self.world.polls.vote(self.world, self, message, options)

    def blocks(self) -> None:
        """Block the bot: it gets `my_chat_member`, and 403 from then on."""
        acts.block(self, True)

    def unblocks(self) -> None:
        """Unblock the bot."""
        acts.block(self, False)

    def deletes_account(self) -> None:
        """Delete the account: no update tells the bot; writing to her is a 403 from then on."""
        self.deleted = True
        self.world.tell_person(self)
