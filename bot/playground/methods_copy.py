"""Methods that send again what stands in some chat: copies and forwards, one or many."""

from bot.playground.access import known_chat, numbers
from bot.playground.formatting import caption
from bot.playground.messages import CAPTIONED, CONTENT, Message
from bot.playground.methods import CAPTION, SENDING_COPY, method
from bot.playground.parameters import Params
from bot.playground.sending import send_all
from bot.playground.wire import JsonObject, bad_request
from bot.playground.world import World

_PLACE = "chat_id message_thread_id direct_messages_topic_id from_chat_id disable_notification protect_content"
_FORWARDING = f"{_PLACE} message_id video_start_timestamp suggested_post_parameters message_effect_id"


def _source(world: World, params: Params, wanted: list[int], problem: str) -> list[Message]:
    place = known_chat(world, params, "from_chat_id")
    found = [message for number in wanted if (message := place.message(number)) is not None]
    if not found:
        raise bad_request(problem)
    if any(message.data.get("has_protected_content") for message in found):
        raise bad_request("message has protected content and can't be copied or forwarded")
    return found


def _copied(params: Params, message: Message) -> JsonObject:
    content = {name: message.data[name] for name in CONTENT if name in message.data}
    if not content:
        raise bad_request("message can't be copied")
    if params.text("caption") is not None and any(kind in content for kind in CAPTIONED):
        words = caption(params)
        content |= {"caption": words.text, "caption_entities": words.entities}
    if params.flag("remove_caption"):
        content.pop("caption", None)
    if not content.get("caption"):
        content.pop("caption", None)
    if "caption" not in content or not content.get("caption_entities"):
        content.pop("caption_entities", None)
    return content


@method(
    "copyMessage",
    SENDING_COPY,
    CAPTION,
    "reply_markup suggested_post_parameters from_chat_id message_id video_start_timestamp show_caption_above_media",
)
def copy_message(world: World, params: Params) -> JsonObject:
    """Send a message anew, without its origin."""
    message = _source(world, params, [params.required_integer("message_id")], "message to copy not found")[0]
    content = _copied(params, message)
    content.pop("media_group_id", None)
    if "reply_markup" in message.data and not params.raw.get("reply_markup"):
        content["reply_markup"] = message.data["reply_markup"]
    return {"message_id": send_all(world, params, [content])[0].message_id}


@method("copyMessages", _PLACE, "message_ids remove_caption")
def copy_messages(world: World, params: Params) -> list[JsonObject]:
    """Send messages anew, albums kept together; those that are gone are passed over."""
    found = _source(world, params, numbers(params), "there are no messages to copy")
    sent = send_all(world, params, [_copied(params, message) for message in found])
    return [{"message_id": message.message_id} for message in sent]


def _forwarded(message: Message) -> JsonObject:
    content = {name: message.data[name] for name in CONTENT if name in message.data}
    if not content:
        raise bad_request("message can't be forwarded")
    origin = {"type": "user", "sender_user": message.data["from"], "date": message.data["date"]}
    old = {"forward_from": message.data["from"], "forward_date": message.data["date"]}
    return {"forward_origin": message.data.get("forward_origin", origin), **old, **content}


@method("forwardMessage", _FORWARDING)
def forward_message(world: World, params: Params) -> JsonObject:
    """Forward a message with its origin."""
    message = _source(world, params, [params.required_integer("message_id")], "message to forward not found")[0]
    content = _forwarded(message)
    content.pop("media_group_id", None)
    return send_all(world, params, [content])[0].data


@method("forwardMessages", _PLACE, "message_ids")
def forward_messages(world: World, params: Params) -> list[JsonObject]:
    """Forward messages, albums kept together; those that are gone are passed over."""
    found = _source(world, params, numbers(params), "there are no messages to forward")
    sent = send_all(world, params, [_forwarded(message) for message in found])
    return [{"message_id": message.message_id} for message in sent]
