"""Methods that change what stands in a chat: edits, deletions, reactions, pins."""

from typing import Any

from bot.playground.access import message_in, not_enough_rights, numbers, open_chat
from bot.playground.chats import Chat
from bot.playground.formatting import caption, message_text
from bot.playground.groups import Group
from bot.playground.keyboards import markup
from bot.playground.messages import CAPTIONED, CONTENT, Message
from bot.playground.methods import CAPTION, method
from bot.playground.methods_media import media_item
from bot.playground.methods_send import link_preview
from bot.playground.parameters import Params
from bot.playground.reactions import emoji_of
from bot.playground.sending import named_people
from bot.playground.wire import JsonObject, bad_request
from bot.playground.world import World

_EDITING = "business_connection_id chat_id message_id inline_message_id reply_markup"
_TWO_DAYS = 48 * 3600
_ONE_DAY = 24 * 3600
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)


def _editable(world: World, params: Params) -> tuple[Chat, Message]:
    if params.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = open_chat(world, params)
    if params.integer("message_id") is None:
        raise bad_request("message identifier is not specified")
    message = message_in(chat, params.integer("message_id"), "message to edit not found")
    if not message.from_bot or message.keyboard is not None or "forward_origin" in message.data:
        raise bad_request("message can't be edited")
    return chat, message


def _edit(world: World, params: Params, chat: Chat, message: Message, change: JsonObject, gone: tuple[str, ...]) -> Any:
    """Replace the members *gone* by *change* and the keyboard by the one given; nothing new is a 400."""
    keys = markup(params, private=chat.person is not None, inline_only=True).inline
    before = {name: message.data[name] for name in gone if name in message.data}
    if before == change and message.data.get("reply_markup") == keys:
        raise bad_request(NOT_MODIFIED)
    world.pace.check(chat.id, group=chat.person is None)
    named_people(world, change)
    only_keys = before == change
    if not only_keys:
        message.edits += (message.text,)
    for name in gone:
        message.data.pop(name, None)
    message.data.pop("reply_markup", None)
    message.data |= change
    message.data["edit_date"] = world.clock.unix()
    if keys is not None:
        message.data["reply_markup"] = keys
    world.tell_message("markup" if only_keys else "edit", message)
    return message.data


@method("editMessageText", _EDITING, "text parse_mode entities link_preview_options disable_web_page_preview")
def edit_message_text(world: World, params: Params) -> Any:
    """Change the text of the bot's own message."""
    text = message_text(params)
    chat, message = _editable(world, params)
    if "text" not in message.data:
        raise bad_request("there is no text in the message to edit")
    change: JsonObject = {"text": text.text}
    if text.entities:
        change["entities"] = text.entities
    preview = link_preview(params)
    if preview:
        change["link_preview_options"] = preview
    return _edit(world, params, chat, message, change, ("text", "entities", "link_preview_options"))


@method("editMessageCaption", _EDITING, CAPTION, "show_caption_above_media")
def edit_message_caption(world: World, params: Params) -> Any:
    """Change the caption of the bot's own medium."""
    words = caption(params)
    chat, message = _editable(world, params)
    if not any(kind in message.data for kind in CAPTIONED):
        raise bad_request("there is no caption in the message to edit")
    change: JsonObject = {}
    if words.text:
        change["caption"] = words.text
    if words.entities:
        change["caption_entities"] = words.entities
    return _edit(world, params, chat, message, change, ("caption", "caption_entities"))


@method("editMessageMedia", _EDITING, "media")
def edit_message_media(world: World, params: Params) -> Any:
    """Put another medium in the place of the one in the bot's own message."""
    given: JsonObject | None = params.structure("media", dict, "input media")
    if not given:
        raise bad_request("media is empty")
    content = media_item(world, params, given)
    chat, message = _editable(world, params)
    if "media_group_id" in message.data:
        content["media_group_id"] = message.data["media_group_id"]
    return _edit(world, params, chat, message, content, CONTENT)


@method("editMessageReplyMarkup", _EDITING)
def edit_message_reply_markup(world: World, params: Params) -> Any:
    """Change or take away the inline keyboard of the bot's own message."""
    chat, message = _editable(world, params)
    return _edit(world, params, chat, message, {}, ())


@method("deleteMessage", "chat_id message_id")
def delete_message(world: World, params: Params) -> bool:
    """Delete a message: the bot's own for 48 hours, others' in private chats or with the right to."""
    chat = open_chat(world, params)
    message = message_in(chat, params.integer("message_id"), "message to delete not found")
    problem = _undeletable(world, chat, message)
    if problem is not None:
        raise bad_request(problem)
    _delete(world, message)
    return True


@method("deleteMessages", "chat_id message_ids")
def delete_messages(world: World, params: Params) -> bool:
    """Delete 1 to 100 messages; those that are not there or cannot be deleted are passed over."""
    chat = open_chat(world, params)
    for number in numbers(params):
        message = chat.message(number)
        if message is not None and _undeletable(world, chat, message) is None:
            _delete(world, message)
    return True


def _undeletable(world: World, chat: Chat, message: Message) -> str | None:
    age = world.clock.unix() - int(message.data["date"])
    deletes_all = isinstance(chat, Group) and chat.bot_may("can_delete_messages")
    if deletes_all and chat.type == "supergroup":
        return None
    if "dice" in message.data and chat.person is not None and age < _ONE_DAY:
        return "message can't be deleted"
    if age > _TWO_DAYS:
        return "message can't be deleted for everyone"
    if message.from_bot or chat.person is not None or deletes_all:
        return None
    return "message can't be deleted"


def _delete(world: World, message: Message) -> None:
    message.deleted = True
    chat = world.chats[message.chat_id]
    if message.message_id in chat.pinned:
        chat.pinned.remove(message.message_id)
    world.tell_message("delete", message)


@method("setMessageReaction", "chat_id message_id reaction is_big")
def set_message_reaction(world: World, params: Params) -> bool:
    """Set the bot's one reaction, or take it away."""
    given: list[Any] | None = params.structure("reaction", list, "reaction types")
    if given and len(given) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    emoji = emoji_of(given[0]) if given else None
    chat = open_chat(world, params)
    message = message_in(chat, params.integer("message_id"), "message to react not found")
    if emoji is None:
        message.reactions.pop(world.bot_id, None)
    else:
        message.reactions[world.bot_id] = emoji
    world.tell_message("reaction", message)
    return True


@method("pinChatMessage", "business_connection_id chat_id message_id disable_notification")
def pin_chat_message(world: World, params: Params) -> bool:
    """Pin a message."""
    chat = _pinnable(world, params)
    message = message_in(chat, params.integer("message_id"), "message to pin not found")
    if message.message_id in chat.pinned:
        chat.pinned.remove(message.message_id)
    chat.pinned.append(message.message_id)
    thread = message.thread
    place = {"message_thread_id": thread, "is_topic_message": True} if thread is not None else {}
    world.post(chat, world.bot_user(), {**place, "pinned_message": message.quoted()})
    world.events.tell("pin", chat.id, message_id=message.message_id, pinned=True)
    return True


@method("unpinChatMessage", "business_connection_id chat_id message_id")
def unpin_chat_message(world: World, params: Params) -> bool:
    """Unpin a message, or the newest pinned one."""
    chat = _pinnable(world, params)
    number = params.integer("message_id") or (chat.pinned[-1] if chat.pinned else None)
    if number is None or number not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(number)
    world.events.tell("pin", chat.id, message_id=number, pinned=False)
    return True


@method("unpinAllChatMessages", "chat_id")
def unpin_all_chat_messages(world: World, params: Params) -> bool:
    """Unpin everything."""
    chat = _pinnable(world, params)
    chat.pinned.clear()
    world.events.tell("pin", chat.id, message_id=None, pinned=False)
    return True


def _pinnable(world: World, params: Params) -> Chat:
    chat = open_chat(world, params)
    if isinstance(chat, Group) and not chat.bot_may("can_pin_messages"):
        raise not_enough_rights("manage pinned messages in the chat")
    return chat
