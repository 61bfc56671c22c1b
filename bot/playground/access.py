"""Finds the chat, topic and message that a call is about, and refuses where Telegram would let the bot no further."""

from typing import Any

from bot.playground.chats import Chat, Standing, Topic
from bot.playground.groups import Group
from bot.playground.messages import Message
from bot.playground.parameters import Params
from bot.playground.people import Person
from bot.playground.wire import ApiError, bad_request, forbidden
from bot.playground.world import World


def known_chat(world: World, params: Params, name: str = "chat_id") -> Chat:
    """Return the chat of `chat_id` (a number or @username) that the bot can see; "chat not found" otherwise."""
    given = params.raw.get(name)
    chat: Chat | None = None
    if isinstance(given, str) and given.startswith("@"):
        wanted = given[1:].lower()
        chat = next(
            (c for c in world.chats.values() if isinstance(c, Group) and (c.username or "").lower() == wanted), None
        )
    else:
        if given is None or given == "":
            raise bad_request("chat_id is empty")
        try:
            chat = world.chats.get(int(given))
        except (TypeError, ValueError):
            raise bad_request("chat not found") from None
    if chat is None or (chat.person is not None and not chat.person.started and not shares_group(world, chat.person)):
        raise bad_request("chat not found")
    return chat


def shares_group(world: World, person: Person) -> bool:
    """Say whether the bot has met *person* in a group, so that it knows her without having heard from her."""
    return any(isinstance(c, Group) and person.id in c.members for c in world.chats.values() if c.person is None)


def open_chat(world: World, params: Params) -> Chat:
    """Return the chat of `chat_id` if the bot may write there; the 403 and 400 of Telegram otherwise."""
    given = params.raw.get("chat_id")
    chat = world.chats.get(given) if type(given) is int else None
    if chat is None:
        if given is not None and str(given) == str(world.bot_id):
            raise forbidden("bots can't send messages to bots")
        person = _person(world, given)
        chat = known_chat(world, params) if person is None else person.chat
    person = chat.person
    if person is not None:
        if person.deleted:
            raise forbidden("user is deactivated")
        if person.blocked:
            raise forbidden("bot was blocked by the user")
        if not person.started:
            raise forbidden("bot can't initiate conversation with a user")
    elif isinstance(chat, Group):
        check_membership(chat)
    return chat


def _person(world: World, given: object) -> Person | None:
    try:
        return world.people.get(int(str(given)))
    except ValueError:
        return None


def check_membership(group: Group) -> None:
    """Refuse a group that was upgraded or deleted, or where the bot is no member."""
    kind = "supergroup" if group.is_supergroup else "group"
    if group.upgraded_to is not None:
        raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=group.upgraded_to)
    if group.gone:
        raise forbidden("the group chat was deleted")
    if group.bot_standing is Standing.KICKED:
        raise forbidden(f"bot was kicked from the {kind} chat")
    if group.bot_standing is Standing.LEFT:
        raise forbidden(f"bot is not a member of the {kind} chat")


def topic_for(chat: Chat, params: Params) -> Topic | None:
    """Return the open topic of `message_thread_id`; None for the General topic and outside forums."""
    thread = params.integer("message_thread_id")
    if thread is None or thread == 0:
        if isinstance(chat, Group) and chat.is_forum and chat.general_closed:
            raise bad_request("TOPIC_CLOSED")
        return None
    return open_topic_of(chat, thread)


def open_topic_of(chat: Chat, thread: int) -> Topic:
    """Return the topic of this number; one that is not there or closed is refused."""
    topic = chat.topics.get(thread) if chat.is_forum else None
    if topic is None:
        raise bad_request("message thread not found")
    if topic.closed:
        raise bad_request("TOPIC_CLOSED")
    return topic


def forum_of(world: World, params: Params, right: str = "can_manage_topics") -> Group:
    """Return the forum of `chat_id` where the bot has *right*."""
    chat = known_chat(world, params)
    if not isinstance(chat, Group) or not chat.is_supergroup:
        if isinstance(chat, Group):
            check_membership(chat)
        raise bad_request(
            "method is available only for supergroups" if isinstance(chat, Group) else "the chat is not a forum"
        )
    check_membership(chat)
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    if not chat.bot_may(right):
        raise not_enough_rights(f"{_DOINGS[right]}")
    return chat


_DOINGS = {
    "can_manage_topics": "create a topic",
    "can_pin_messages": "manage pinned messages in the chat",
    "can_delete_messages": "delete messages in the chat",
}


def not_enough_rights(doing: str) -> ApiError:
    """Return the 400 for a right that the bot lacks."""
    return bad_request(f"not enough rights to {doing}")


def message_in(chat: Chat, message_id: int | None, problem: str) -> Message:
    """Return the live message of this number in *chat*, or refuse with *problem*."""
    message = chat.message(message_id) if message_id is not None else None
    if message is None:
        raise bad_request(problem)
    return message


def numbers(params: Params) -> list[int]:
    """Return the 1 to 100 message numbers of `message_ids`."""
    given: list[Any] | None = params.structure("message_ids", list, "message identifiers")
    if not given:
        raise bad_request("message identifiers are not specified")
    if len(given) > 100:
        raise bad_request("too many message identifiers specified")
    try:
        return [int(number) for number in given]
    except (TypeError, ValueError):
        raise bad_request("message identifier must be a Number") from None
