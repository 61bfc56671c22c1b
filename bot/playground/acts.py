"""What people do, step by step: the message, tap, edit, reaction or block, and the update that the bot gets of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.chats import Chat, Standing
from bot.playground.entities import found_entities
from bot.playground.messages import Message
from bot.playground.taps import Tap
from bot.playground.wire import JsonObject

if TYPE_CHECKING:
    from bot.playground.people import Person

_SERVICE = ("new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id")


def text_content(text: str, name: str = "text") -> JsonObject:
    """Return the members of a message with *text* as its text or caption, with the entities that clients find."""
    content: JsonObject = {name: text}
    entities = found_entities(text)
    if entities:
        content["entities" if name == "text" else "caption_entities"] = entities
    return content


def say(
    person: Person,
    content: JsonObject,
    *,
    chat: Chat | None = None,
    thread: int | None = None,
    reply_to: Message | None = None,
) -> Message:
    """
    Post *content* by *person* and offer it to the bot where Telegram would.

    Writing to a bot that she has blocked unblocks it first; her first word makes her known to it.
    """
    if person.deleted:
        raise ValueError(f"playground: {person.first_name} has deleted her account and cannot write")
    world = person.world
    place = chat or person.chat
    if place is person.chat:
        if person.blocked:
            block(person, False)
        person.started = True
    message = world.post(place, person.as_json(), {**framed(place, thread, reply_to), **content})
    if bot_sees(place, message):
        world.tell_bot("message", message.data, place.id)
    return message


def framed(chat: Chat, thread: int | None, reply_to: Message | None) -> JsonObject:
    """
    Return the members that place a message: its topic and what it answers.

    In a topic, a message that answers none is an answer to the service message that opened it: Telegram's own habit.
    """
    frame: JsonObject = {}
    if thread is None and reply_to is not None:
        thread = reply_to.thread
    if thread is not None and chat.is_forum:
        if thread not in chat.topics:
            raise LookupError(f"playground: {chat.title} has no topic {thread}; there are {sorted(chat.topics)}")
        frame = {"message_thread_id": thread, "is_topic_message": True}
        reply_to = reply_to or chat.message(thread)
    if reply_to is not None:
        frame["reply_to_message"] = reply_to.quoted()
    return frame


def bot_sees(chat: Chat, message: Message) -> bool:
    """Say whether the bot gets *message*: always in private and as administrator, else under its privacy mode."""
    from bot.playground.groups import Group

    if not isinstance(chat, Group):
        return True
    if chat.gone or not chat.bot_standing.inside:
        return False
    if chat.bot_standing is Standing.ADMINISTRATOR or any(name in message.data for name in _SERVICE):
        return True
    world = chat.world
    answers_bot = message.data.get("reply_to_message", {}).get("from", {}).get("id") == world.bot_id
    text = message.text
    return answers_bot or text.startswith("/") or f"@{world.bot_username}".lower() in text.lower()


def tap_label(person: Person, label: str, chat: Chat, message: Message | None) -> Tap:
    """Tap the newest button called *label*; see `Person.taps`."""
    shown = [message] if message is not None else [m for m in reversed(chat.everything) if not m.deleted]
    for candidate in shown:
        for button in candidate.buttons:
            if button.label == label:
                return tap(person, candidate, button.fields)
    rows = (chat.keyboard or {}).get("keyboard", [])
    for row in rows:
        for key in row:
            if key["text"] == label:
                return _press_key(person, key, chat)
    labels = [b.label for m in shown[:20] for b in m.buttons] + [key["text"] for row in rows for key in row]
    raise LookupError(f"tap: no button {label!r} in chat {chat.id}; there are {labels}")


def _press_key(person: Person, key: JsonObject, chat: Chat) -> Tap:
    if key.get("request_contact"):
        sent = person.sends_contact(chat=chat)
    elif key.get("request_location"):
        sent = person.sends_location(60.1699, 24.9384, chat=chat)
    else:
        sent = person.sends(key["text"], chat=chat)
    if (chat.keyboard or {}).get("one_time_keyboard"):
        chat.keyboard = None
    pressed = Tap("", sent.message_id)
    pressed.answer.give()
    return pressed


def tap(person: Person, message: Message, button: JsonObject) -> Tap:
    """Tap *button* of *message*; one that opens a link is answered at once, without the bot."""
    from bot.playground.world import Query

    world = person.world
    if "callback_data" not in button:
        local = Tap("", message.message_id)
        local.answer.give(url=str(button.get("url") or (button.get("web_app") or {}).get("url") or ""))
        return local
    query_id = str(world.random.randrange(10**17, 10**19))
    tapped = Tap(query_id, message.message_id)
    world.queries[query_id] = Query(world.clock.now().timestamp(), person.id, tapped.answer)
    while len(world.queries) > 50_000:
        del world.queries[next(iter(world.queries))]
    shown = message.data
    if message.deleted:
        shown = {"chat": message.data["chat"], "message_id": message.message_id, "date": 0}
    query = {
        "id": query_id,
        "from": person.as_json(),
        "message": shown,
        "chat_instance": str(-(message.chat_id * 7919 % 10**18) - 1),
        "data": button["callback_data"],
    }
    world.tell_bot("callback_query", query, message.chat_id)
    return tapped


def edit(person: Person, message: Message, text: str) -> Message:
    """Change a person's own message; the bot gets `edited_message`."""
    if message.sender_id != person.id or message.deleted:
        raise ValueError(f"edit: message {message.message_id} is not {person.first_name}'s own, or is deleted")
    name = "text" if "text" in message.data else "caption"
    message.edits += (message.text,)
    message.data.pop("entities" if name == "text" else "caption_entities", None)
    message.data |= {**text_content(text, name), "edit_date": person.world.clock.unix()}
    chat = person.world.chats[message.chat_id]
    if bot_sees(chat, message):
        person.world.tell_bot("edited_message", message.data, chat.id)
    person.world.tell_message("edit", message)
    return message


def react(person: Person, message: Message, emoji: str | None) -> None:
    """Set or take back a person's reaction; the bot gets `message_reaction` where it asked for it."""
    before = message.reactions.get(person.id)
    if emoji == before:
        return
    if emoji is None:
        message.reactions.pop(person.id, None)
    else:
        message.reactions[person.id] = emoji
    update = {
        "chat": message.data["chat"],
        "message_id": message.message_id,
        "user": person.as_json(),
        "date": person.world.clock.unix(),
        "old_reaction": [{"type": "emoji", "emoji": before}] if before else [],
        "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
    }
    person.world.tell_bot("message_reaction", update, message.chat_id)
    person.world.tell_message("reaction", message)


def block(person: Person, blocked: bool) -> None:
    """Block or unblock the bot; it gets `my_chat_member`. Doing it twice changes nothing."""
    if person.blocked is blocked:
        return
    world = person.world
    person.blocked = blocked
    old, new = ("member", "kicked") if blocked else ("kicked", "member")

    def member(status: str) -> JsonObject:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"status": status, "user": world.bot_user(), **until}

    update = {
        "chat": person.chat.as_json(),
        "from": person.as_json(),
        "date": world.clock.unix(),
        "old_chat_member": member(old),
        "new_chat_member": member(new),
    }
    world.tell_bot("my_chat_member", update, person.id)
    world.tell_person(person)
