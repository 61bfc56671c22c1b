"""Methods about forum topics."""

from bot.playground.access import forum_of
from bot.playground.chats import Topic
from bot.playground.entities import utf16_length
from bot.playground.forum import ICON_COLORS, delete_topic, open_topic
from bot.playground.groups import Group
from bot.playground.methods import method
from bot.playground.parameters import Params
from bot.playground.wire import JsonObject, bad_request
from bot.playground.world import World

_ICONS = ("5434144690511290129", "5312536423851630001", "5310228579009699834", "5377544228505134960")
_ICON_EMOJI = ("📰", "💡", "🎉", "🎙")
_TOPIC = "chat_id message_thread_id"


def _name(params: Params, *, required: bool) -> str:
    name = (params.text("name") or "").strip()
    if required and not name:
        raise bad_request("topic name must be non-empty")
    if utf16_length(name) > 128:
        raise bad_request("TOPIC_TITLE_INVALID")
    return name


def _icon(params: Params) -> str | None:
    icon = params.text("icon_custom_emoji_id")
    if icon and icon not in _ICONS:
        raise bad_request("DOCUMENT_INVALID")
    return icon


@method("createForumTopic", "chat_id name icon_color icon_custom_emoji_id")
def create_forum_topic(world: World, params: Params) -> JsonObject:
    """Open a topic; it counts as a message of the group."""
    group = forum_of(world, params)
    name = _name(params, required=True)
    color = params.integer("icon_color")
    if color is not None and color not in ICON_COLORS:
        raise bad_request("TOPIC_ICON_COLOR_INVALID")
    icon = _icon(params)
    world.pace.check(group.id, group=True)
    if group.most_topics is not None and len(group.topics) >= group.most_topics:
        raise bad_request("TOPICS_TOO_MUCH")
    return open_topic(group, name, color or 0, icon, None).as_json()


def _topic(group: Group, params: Params) -> Topic:
    thread = params.required_integer("message_thread_id")
    topic = group.topics.get(thread)
    if topic is None:
        raise bad_request("message thread not found")
    return topic


def _service(group: Group, topic: Topic, content: JsonObject) -> bool:
    place = {"message_thread_id": topic.message_thread_id, "is_topic_message": True}
    group.world.post(group, group.world.bot_user(), {**place, **content})
    group.world.tell_topic(group, topic)
    return True


@method("editForumTopic", _TOPIC, "name icon_custom_emoji_id")
def edit_forum_topic(world: World, params: Params) -> bool:
    """Change a topic's name or icon."""
    group = forum_of(world, params)
    topic = _topic(group, params)
    name, icon = _name(params, required=False), _icon(params)
    if (not name or name == topic.name) and (icon is None or icon == (topic.icon_custom_emoji_id or "")):
        raise bad_request("TOPIC_NOT_MODIFIED")
    world.pace.check(group.id, group=True)
    edited: JsonObject = {}
    if name and name != topic.name:
        topic.name = edited["name"] = name
    if icon is not None:
        topic.icon_custom_emoji_id = icon or None
        edited["icon_custom_emoji_id"] = icon
    return _service(group, topic, {"forum_topic_edited": edited})


@method("closeForumTopic", _TOPIC)
def close_forum_topic(world: World, params: Params) -> bool:
    """Close a topic."""
    group = forum_of(world, params)
    topic = _topic(group, params)
    if topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = True
    return _service(group, topic, {"forum_topic_closed": {}})


@method("reopenForumTopic", _TOPIC)
def reopen_forum_topic(world: World, params: Params) -> bool:
    """Open a closed topic again."""
    group = forum_of(world, params)
    topic = _topic(group, params)
    if not topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = False
    return _service(group, topic, {"forum_topic_reopened": {}})


@method("deleteForumTopic", _TOPIC)
def delete_forum_topic(world: World, params: Params) -> bool:
    """Delete a topic with all its messages."""
    group = forum_of(world, params, "can_delete_messages")
    delete_topic(group, _topic(group, params).message_thread_id)
    return True


@method("unpinAllForumTopicMessages", _TOPIC)
def unpin_all_forum_topic_messages(world: World, params: Params) -> bool:
    """Unpin everything in a topic."""
    group = forum_of(world, params, "can_pin_messages")
    thread = _topic(group, params).message_thread_id
    kept = [n for n in group.pinned if (m := group.message(n)) is not None and m.thread != thread]
    group.pinned[:] = kept
    return True


@method("unpinAllGeneralForumTopicMessages", "chat_id")
def unpin_all_general_forum_topic_messages(world: World, params: Params) -> bool:
    """Unpin everything in the General topic."""
    group = forum_of(world, params, "can_pin_messages")
    group.pinned[:] = [n for n in group.pinned if (m := group.message(n)) is not None and m.thread is not None]
    return True


@method("editGeneralForumTopic", "chat_id name")
def edit_general_forum_topic(world: World, params: Params) -> bool:
    """Rename the General topic."""
    group = forum_of(world, params)
    _general(group, {"forum_topic_edited": {"name": _name(params, required=True)}})
    return True


@method("closeGeneralForumTopic", "chat_id")
def close_general_forum_topic(world: World, params: Params) -> bool:
    """Close the General topic."""
    return _general_state(world, params, "general_closed", True, {"forum_topic_closed": {}})


@method("reopenGeneralForumTopic", "chat_id")
def reopen_general_forum_topic(world: World, params: Params) -> bool:
    """Open the General topic again."""
    return _general_state(world, params, "general_closed", False, {"forum_topic_reopened": {}})


@method("hideGeneralForumTopic", "chat_id")
def hide_general_forum_topic(world: World, params: Params) -> bool:
    """Hide the General topic."""
    return _general_state(world, params, "general_hidden", True, {"general_forum_topic_hidden": {}})


@method("unhideGeneralForumTopic", "chat_id")
def unhide_general_forum_topic(world: World, params: Params) -> bool:
    """Show the General topic again."""
    return _general_state(world, params, "general_hidden", False, {"general_forum_topic_unhidden": {}})


def _general_state(world: World, params: Params, name: str, value: bool, content: JsonObject) -> bool:
    group = forum_of(world, params)
    if getattr(group, name) is value:
        raise bad_request("TOPIC_NOT_MODIFIED")
    setattr(group, name, value)
    _general(group, content)
    return True


def _general(group: Group, content: JsonObject) -> None:
    group.world.post(group, group.world.bot_user(), content)


@method("getForumTopicIconStickers")
def get_forum_topic_icon_stickers(world: World, params: Params) -> list[JsonObject]:
    """Return the custom emoji that may be topic icons."""
    return [
        {
            "file_id": f"CAAC{icon}",
            "file_unique_id": f"AgAD{icon[:8]}",
            "type": "custom_emoji",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": emoji,
            "set_name": "Topics",
            "custom_emoji_id": icon,
        }
        for icon, emoji in zip(_ICONS, _ICON_EMOJI, strict=True)
    ]
