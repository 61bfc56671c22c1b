"""Forum topics and the upgrade of a plain group: opening, deleting, and moving a group to its new id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground import acts
from bot.playground.chats import DEFAULT_ICON, Topic

if TYPE_CHECKING:
    from bot.playground.groups import Group
    from bot.playground.people import Person

ICON_COLORS = frozenset({7322096, 16766590, 13338331, 9367192, 16749490, 16478047})


def open_topic(group: Group, name: str, icon_color: int, icon: str | None, actor: Person | None) -> Topic:
    """Open a topic by *actor* (None: the bot itself, which gets no update of its own doing)."""
    created = {"name": name, "icon_color": icon_color or DEFAULT_ICON}
    if icon:
        created["icon_custom_emoji_id"] = icon
    sender = actor.as_json() if actor is not None else group.world.bot_user()
    message = group.world.post(group, sender, {"forum_topic_created": created})
    message.data |= {"message_thread_id": message.message_id, "is_topic_message": True}
    topic = Topic(message.message_id, name, icon_color or DEFAULT_ICON, icon)
    group.topics[topic.message_thread_id] = topic
    group.world.tell_topic(group, topic)
    if actor is not None and acts.bot_sees(group, message):
        group.world.tell_bot("message", message.data, group.id)
    return topic


def delete_topic(group: Group, thread: int) -> None:
    """Delete a topic with all its messages; nobody gets an update."""
    topic = group.topic(thread)
    del group.topics[thread]
    for message in group.everything:
        if message.data.get("message_thread_id") == thread:
            message.deleted = True
    group.world.tell_topic(group, topic, deleted=True)


def upgrade(group: Group, chat_id: int | None) -> Group:
    """Move a plain group to a supergroup; see `Group.upgrades`."""
    from bot.playground.groups import Group as GroupChat

    if group.is_supergroup or group.upgraded_to is not None:
        raise ValueError(f"upgrade: {group.title} is a supergroup already")
    world = group.world
    new_id = chat_id if chat_id is not None else world.fresh_group_id(supergroup=True)
    moved = GroupChat(
        world, new_id, group.title, kind="supergroup", forum=False, bot_rights=group.bot_rights, keep=world.keep
    )
    moved.members = dict(group.members)
    moved.bot_standing = group.bot_standing
    world.chats[new_id] = moved
    creator = group.members_inside()[0]
    acts.say(creator, {"migrate_to_chat_id": new_id}, chat=group)
    group.upgraded_to = new_id
    acts.say(creator, {"migrate_from_chat_id": group.id}, chat=moved)
    if world.events.wanted:
        world.events.tell("chat", new_id, moved_from=group.id)
    return moved
