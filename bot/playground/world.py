"""The state of the simulated Telegram: who is there, what stands in each chat, the doors to bot and page."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.playground.chats import Chat, Topic
from bot.playground.clock import PlayClock
from bot.playground.commands import Commands
from bot.playground.events import Events
from bot.playground.faults import Faults
from bot.playground.files import Files
from bot.playground.groups import Group
from bot.playground.limits import Counts, Limits, Pace
from bot.playground.messages import Message
from bot.playground.people import Person
from bot.playground.polls import Polls
from bot.playground.profile import Profile
from bot.playground.taps import Answer
from bot.playground.updates import Updates
from bot.playground.webhook import Webhook
from bot.playground.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Query:
    """A callback query that the bot may still answer."""

    at: float
    user_id: int
    answer: Answer


@dataclass(slots=True)
class World:
    """
    Everything the stand-in knows. Nothing here waits or speaks HTTP.

    *keep* bounds the messages kept of each chat (None: all).
    """

    clock: PlayClock
    bot_id: int
    bot_name: str
    bot_username: str
    limits: Limits
    seed: int = 1
    keep: int | None = None
    monotonic: Callable[[], float] = time.monotonic
    people: dict[int, Person] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    events: Events = field(default_factory=Events)
    commands: Commands = field(default_factory=Commands)
    polls: Polls = field(default_factory=Polls)
    profile: Profile = field(init=False)
    files: Files = field(init=False)
    updates: Updates = field(init=False)
    webhook: Webhook = field(init=False)
    pace: Pace = field(init=False)
    counts: Counts = field(init=False)
    random: random.Random = field(init=False)
    _box: int = 0
    _boxes: dict[int, int] = field(default_factory=dict)
    _bot: JsonObject | None = None

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.profile = Profile(self.bot_name)
        self.files = Files(self.seed)
        self.updates = Updates(self.faults, self.seed)
        self.webhook = Webhook(self.updates, self.clock, self.monotonic)
        self.pace = Pace(self.limits, self.monotonic)
        self.counts = Counts(self.monotonic)

    def bot_user(self) -> JsonObject:
        """Return the bot as a Bot API User; the same object each time, so do not write into it."""
        if self._bot is None:
            self._bot = {
                "id": self.bot_id,
                "is_bot": True,
                "first_name": self.profile.name(),
                "username": self.bot_username,
            }
        return self._bot

    def renamed(self) -> None:
        """Say that the bot's name has changed."""
        self._bot = None

    def person(self, user_id: int) -> Person:
        """Return the person; raises LookupError with the id."""
        if user_id not in self.people:
            raise LookupError(f"playground: no person {user_id}; add her first")
        return self.people[user_id]

    def group(self, chat_id: int) -> Group:
        """Return the group; raises LookupError with the id."""
        chat = self.chats.get(chat_id)
        if not isinstance(chat, Group):
            raise LookupError(f"playground: no group {chat_id}; add it first")
        return chat

    def fresh_user_id(self) -> int:
        """Return a user id that nobody has."""
        while True:
            user_id = self.random.randrange(200_000_000, 2_000_000_000)
            if user_id not in self.people and user_id != self.bot_id:
                return user_id

    def fresh_group_id(self, *, supergroup: bool) -> int:
        """Return a chat id that no group has: -100... for supergroups."""
        while True:
            number = self.random.randrange(1_500_000_000, 2_500_000_000)
            chat_id = -1_000_000_000_000 - number if supergroup else -number
            if chat_id not in self.chats:
                return chat_id

    def next_message_id(self, chat: Chat) -> int:
        """
        Count one message on: supergroups number their own, all other chats share the bot's one box.

        Number 1 of a supergroup is the message that opened it, so no topic is ever number 1.
        """
        if chat.type == "supergroup":
            self._boxes[chat.id] = number = self._boxes.get(chat.id, 1) + 1
            return number
        self._box += 1
        return self._box

    def post(
        self, chat: Chat, sender: JsonObject, content: JsonObject, *, keyboard: JsonObject | None = None
    ) -> Message:
        """Put a message into *chat*; *content* are all members but its number, sender, chat and date."""
        from_bot = sender is self._bot
        data: JsonObject = {
            "message_id": self.next_message_id(chat),
            "from": sender,
            "chat": chat.as_json(),
            "date": self.clock.unix(),
            **content,
        }
        message = Message(data, from_bot, keyboard=keyboard)
        chat.add(message)
        if keyboard is not None:
            chat.keyboard = keyboard if "keyboard" in keyboard else None
        if self.events.wanted:
            self.tell_message("message", message)
        return message

    def tell_bot(self, kind: str, content: JsonObject, chat_id: int = 0) -> int | None:
        """Queue an update for the bot; None where it did not ask for this kind."""
        return self.updates.put(kind, content, chat_id)

    def tell_message(self, kind: str, message: Message) -> None:
        """Tell the page that *message* came or changed."""
        if self.events.wanted:
            self.events.tell(kind, message.chat_id, message=message.shown())

    def tell_person(self, person: Person) -> None:
        """Tell the page that *person* is new or has changed."""
        if self.events.wanted:
            self.events.tell("person", person.id, person=person_json(person))

    def tell_topic(self, group: Group, topic: Topic, *, deleted: bool = False) -> None:
        """Tell the page that a topic was opened, changed or deleted."""
        if self.events.wanted:
            self.events.tell("topic", group.id, topic={**topic_json(topic), "deleted": deleted})


def person_json(person: Person) -> JsonObject:
    """Return a person as the control interface shows her."""
    return {
        "id": person.id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "username": person.username,
        "language_code": person.language_code,
        "phone": person.phone,
        "started": person.started,
        "blocked": person.blocked,
        "deleted": person.deleted,
        "staff": person.staff,
        "note": person.note,
    }


def topic_json(topic: Topic) -> dict[str, Any]:
    """Return a topic as the control interface shows it."""
    return {**topic.as_json(), "closed": topic.closed}
