"""The one road of everything the bot sends into a chat: access, topic, reply, keyboard, pace, then the message."""

from collections.abc import Sequence

from bot.playground.access import open_chat, open_topic_of, topic_for
from bot.playground.acts import framed
from bot.playground.chats import Chat
from bot.playground.keyboards import NOTHING, markup
from bot.playground.messages import Message
from bot.playground.parameters import Params
from bot.playground.wire import JsonObject, bad_request
from bot.playground.world import World


def send(world: World, params: Params, content: JsonObject, *, chat: Chat | None = None) -> Message:
    """Post one message of *content* for the bot, with everything the common parameters ask for."""
    return send_all(world, params, [content], chat=chat)[0]


def send_all(
    world: World, params: Params, contents: Sequence[JsonObject], *, chat: Chat | None = None
) -> list[Message]:
    """
    Post several messages as one sending (an album, a batch of copies); all of them or none.

    Errors: `ApiError` of access, topic, reply, keyboard and pace, in this order.
    """
    chat = chat or open_chat(world, params)
    private = chat.person is not None
    raw = params.raw
    params.flag("disable_notification")
    keys = markup(params, private=private) if raw.get("reply_markup") else NOTHING
    frame: JsonObject = {}
    if chat.is_forum or raw.get("message_thread_id") or "reply_parameters" in raw or "reply_to_message_id" in raw:
        topic = topic_for(chat, params)
        reply_to = replied(world, chat, params)
        if topic is None and reply_to is not None and reply_to.thread is not None:
            topic = open_topic_of(chat, reply_to.thread)
        frame = framed(chat, topic.message_thread_id if topic is not None else None, reply_to)
        if topic is None and reply_to is None:
            frame.pop("reply_to_message", None)
    world.pace.check(chat.id, group=not private, count=len(contents), paid=params.flag("allow_paid_broadcast"))
    if raw.get("protect_content") is not None and params.flag("protect_content"):
        frame["has_protected_content"] = True
    effect = params.text("message_effect_id")
    if effect:
        if not private or not effect.isdigit():
            raise bad_request("EFFECT_ID_INVALID")
        frame["effect_id"] = effect
    if keys.inline is not None:
        frame["reply_markup"] = keys.inline
    sender = world.bot_user()
    sent = []
    for content in contents:
        named_people(world, content)
        sent.append(world.post(chat, sender, {**frame, **content}, keyboard=keys.keyboard))
        world.counts.message(chat.id)
    return sent


def named_people(world: World, content: JsonObject) -> None:
    """Fill in who is mentioned by `tg://user?id=` links; a user whom the bot never met is dropped, as at Telegram's."""
    for name in ("entities", "caption_entities"):
        if name not in content:
            continue
        kept = []
        for entity in content[name]:
            if entity["type"] != "text_mention":
                kept.append(entity)
                continue
            person = world.people.get(entity["user"].get("id"))
            if person is not None:
                kept.append({**entity, "user": person.as_json()})
        if kept:
            content[name] = kept
        else:
            del content[name]


def replied(world: World, chat: Chat, params: Params) -> Message | None:
    """Return the message that the call answers, by `reply_parameters` or the older `reply_to_message_id`."""
    given: JsonObject | None = params.structure("reply_parameters", dict, "reply parameters")
    if given is None:
        old = params.integer("reply_to_message_id")
        if old is None:
            return None
        given = {"message_id": old, "allow_sending_without_reply": params.flag("allow_sending_without_reply")}
    inner = Params(given)
    place = chat
    elsewhere = inner.integer("chat_id")
    if elsewhere is not None and elsewhere != chat.id:
        place = world.chats.get(elsewhere) or chat
    message = place.message(inner.required_integer("message_id"))
    if message is None:
        if inner.flag("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    quote = inner.text("quote")
    if quote and quote not in message.text:
        raise bad_request("QUOTE_TEXT_INVALID")
    return message if place is chat else None
