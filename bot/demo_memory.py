"""
The demo's stand-in Telegram remembers: chats, topics, files and counters, in one file between two starts.

Written every little while and at the end. After a crash the counters begin a good way further on, so that no message
gets the number of one that the store knows already.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import orjson

from bot.playground.chats import Chat, Standing, Topic
from bot.playground.files import StoredFile
from bot.playground.groups import Group
from bot.playground.messages import Message
from bot.playground.playground import Playground

_VERSION = 1
_AFTER_A_CRASH = 10_000
_PERSON = ("started", "blocked", "deleted", "phone", "note")


def remember(playground: Playground, file: Path, *, clean: bool) -> None:
    """Write everything to *file*, whole or not at all. *clean*: nothing happens after it."""
    world = playground.world
    document = {
        "version": _VERSION,
        "clean": clean,
        "ahead_s": (world.clock.now() - dt.datetime.now(dt.UTC)).total_seconds(),
        "box": world._box,
        "boxes": {str(chat): number for chat, number in world._boxes.items()},
        "next_update": world.updates.next_id,
        "people": {str(p.id): {name: getattr(p, name) for name in _PERSON} for p in world.people.values()},
        "chats": {str(chat.id): _chat(chat) for chat in world.chats.values() if chat.everything},
        "files": [_file(stored) for stored in world.files._by_id.values()],
    }
    partial = file.with_name(file.name + ".new")
    partial.write_bytes(orjson.dumps(document))
    partial.replace(file)


def recall(playground: Playground, file: Path) -> bool:
    """Put back what `remember` wrote into a playground that has its people and groups; False when there is nothing."""
    try:
        document = orjson.loads(file.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return False
    if document.get("version") != _VERSION:
        return False
    world = playground.world
    ahead = 0 if document["clean"] else _AFTER_A_CRASH
    world.clock.advance(dt.timedelta(seconds=document["ahead_s"]))
    world._box = document["box"] + ahead
    world._boxes = {int(chat): number + ahead for chat, number in document["boxes"].items()}
    world.updates.restart_ids(document["next_update"] + ahead)
    for number, kept in document["people"].items():
        if int(number) in world.people:
            for name in _PERSON:
                setattr(world.people[int(number)], name, kept[name])
    for number, kept in document["chats"].items():
        if int(number) in world.chats:
            _recall_chat(world.chats[int(number)], kept)
    for kept in document["files"]:
        _recall_file(playground, kept)
    return True


def _chat(chat: Chat) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "keyboard": chat.keyboard,
        "pinned": chat.pinned,
        "messages": [
            {
                "data": message.data,
                "from_bot": message.from_bot,
                "deleted": message.deleted,
                "edits": message.edits,
                "reactions": {str(user): emoji for user, emoji in message.reactions.items()},
                "keyboard": message.keyboard,
            }
            for message in chat.everything
        ],
    }
    if isinstance(chat, Group):
        kept["topics"] = [dataclasses.asdict(topic) for topic in chat.topics.values()]
        kept["members"] = {str(user): standing.value for user, standing in chat.members.items()}
    return kept


def _recall_chat(chat: Chat, kept: dict[str, Any]) -> None:
    for each in kept["messages"]:
        reactions = {int(user): emoji for user, emoji in each["reactions"].items()}
        message = Message(
            each["data"], each["from_bot"], each["deleted"], each["edits"], reactions, keyboard=each["keyboard"]
        )
        chat.add(message)
    chat.keyboard = kept["keyboard"]
    chat.pinned = kept["pinned"]
    if isinstance(chat, Group):
        chat.topics = {topic["message_thread_id"]: Topic(**topic) for topic in kept["topics"]}
        chat.members = {int(user): Standing(standing) for user, standing in kept["members"].items()}


def _file(stored: StoredFile) -> dict[str, Any]:
    return {**dataclasses.asdict(stored), "data": base64.b85encode(stored.data).decode()}


def _recall_file(playground: Playground, kept: dict[str, Any]) -> None:
    files = playground.world.files
    stored = StoredFile(**{**kept, "data": base64.b85decode(kept["data"])})
    files._by_id[stored.file_id] = stored
    files._by_path[stored.path] = stored
