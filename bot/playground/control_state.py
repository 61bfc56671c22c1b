"""What the page sees of the world: people, chats, topics, menus and faults as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.chats import Chat
from bot.playground.faults import FaultKind
from bot.playground.messages import Message
from bot.playground.wire import JsonObject
from bot.playground.world import World, person_json, topic_json

if TYPE_CHECKING:
    from bot.playground.playground import Playground


def state(playground: Playground) -> JsonObject:
    """Return everything the page needs at its start; messages are fetched chat by chat."""
    world = playground.world
    commands = world.commands
    return {
        "now": world.clock.now().isoformat(),
        "bot": {"id": world.bot_id, "first_name": world.profile.name(), "username": world.bot_username},
        "description": world.profile.descriptions,
        "people": [person_json(person) for person in world.people.values()],
        "chats": [chat_json(chat) for chat in world.chats.values()],
        "commands": {str(p.id): commands.seen_by(p.id, p.language_code) for p in world.people.values()},
        "faults": [fault.as_json() for fault in world.faults.active],
        "fault_kinds": [kind.value for kind in FaultKind],
        "speed": 0 if world.clock.frozen else 1,
        "links": [{"label": link.label, "url": link.url} for link in playground.links],
        "note": playground.note,
        "workshop": playground.workshop is not None,
    }


def chat_json(chat: Chat) -> JsonObject:
    """Return one chat with its newest message and topics."""
    last = chat.last
    shown: JsonObject = {
        "id": chat.id,
        "type": chat.type,
        "title": chat.title or (chat.person.first_name if chat.person is not None else ""),
        "is_forum": chat.is_forum,
        "last": last.shown() if last is not None else None,
        "topics": [topic_json(topic) for topic in chat.topics.values()],
        "pinned": list(chat.pinned),
        "keyboard": chat.keyboard,
    }
    if chat.person is not None:
        shown["person"] = chat.person.id
    return shown


def messages_of(chat: Chat, *, limit: int, thread: int | None) -> list[JsonObject]:
    """Return the newest *limit* messages in order, of one topic where *thread* is given."""
    chosen: list[Message] = []
    for message in reversed(chat.everything):
        if thread is None or message.thread == thread or (thread == 0 and message.thread is None):
            chosen.append(message)
            if len(chosen) == limit:
                break
    return [message.shown() for message in reversed(chosen)]


def counts_of(world: World) -> JsonObject:
    """Return what a bench reads."""
    counts = world.counts
    return {
        "messages_from_bot": counts.messages_from_bot,
        "per_chat_max": counts.per_chat_max,
        "max_in_any_second": counts.max_in_any_second,
        "requests": counts.requests,
        "errors": counts.errors,
        "updates_made": world.updates.made,
        "unconfirmed": len(world.updates.pending),
    }
