"""Methods that send what is no file: text, places, contacts, polls, dice, and the signs of typing."""

from typing import Any

from bot.playground.access import open_chat, topic_for
from bot.playground.formatting import message_text
from bot.playground.links import checked_link
from bot.playground.methods import SENDING, method
from bot.playground.parameters import Params
from bot.playground.polls import poll_content
from bot.playground.sending import send
from bot.playground.wire import JsonObject, bad_request
from bot.playground.world import World

_ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "record_audio",
        "upload_audio", "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
        "cancel",
    }
)  # fmt: skip
_DICE = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}


@method("sendMessage", SENDING, "text parse_mode entities link_preview_options disable_web_page_preview")
def send_message(world: World, params: Params) -> JsonObject:
    """Send a text."""
    text = message_text(params)
    content: JsonObject = {"text": text.text}
    if text.entities:
        content["entities"] = text.entities
    preview = link_preview(params)
    if preview:
        content["link_preview_options"] = preview
    return send(world, params, content).data


def link_preview(params: Params) -> JsonObject | None:
    """Return the checked `link_preview_options` (or what `disable_web_page_preview` means)."""
    if params.raw.get("link_preview_options") is None:
        return {"is_disabled": True} if params.flag("disable_web_page_preview") else None
    options: JsonObject | None = params.structure("link_preview_options", dict, "link preview options")
    if options and options.get("url") and checked_link(str(options["url"])) is None:
        raise bad_request("WEBPAGE_URL_INVALID")
    return {name: value for name, value in options.items() if value} if options else None


@method(
    "sendLocation",
    SENDING,
    "latitude longitude horizontal_accuracy live_period heading proximity_alert_radius",
)
def send_location(world: World, params: Params) -> JsonObject:
    """Send a place."""
    return send(world, params, {"location": _place(params)}).data


def _place(params: Params) -> JsonObject:
    latitude, longitude = params.number("latitude"), params.number("longitude")
    if latitude is None:
        raise bad_request("latitude is empty")
    if longitude is None:
        raise bad_request("longitude is empty")
    if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
        raise bad_request("wrong location specified")
    place: JsonObject = {"latitude": latitude, "longitude": longitude}
    accuracy = params.number("horizontal_accuracy")
    if accuracy is not None:
        place["horizontal_accuracy"] = accuracy
    for name in ("live_period", "heading", "proximity_alert_radius"):
        value = params.integer(name)
        if value is not None:
            place[name] = value
    return place


@method(
    "sendVenue",
    SENDING,
    "latitude longitude title address foursquare_id foursquare_type google_place_id google_place_type",
)
def send_venue(world: World, params: Params) -> JsonObject:
    """Send a place with its name and address."""
    place = _place(params)
    venue: JsonObject = {"location": place}
    for name in ("title", "address"):
        venue[name] = params.required_text(name)
    for name in ("foursquare_id", "foursquare_type", "google_place_id", "google_place_type"):
        value = params.text(name)
        if value:
            venue[name] = value
    return send(world, params, {"venue": venue, "location": place}).data


@method("sendContact", SENDING, "phone_number first_name last_name vcard")
def send_contact(world: World, params: Params) -> JsonObject:
    """Send somebody's phone number and name."""
    contact: JsonObject = {name: params.required_text(name) for name in ("phone_number", "first_name")}
    for name in ("last_name", "vcard"):
        value = params.text(name)
        if value:
            contact[name] = value
    return send(world, params, {"contact": contact}).data


@method(
    "sendPoll",
    SENDING,
    "question question_parse_mode question_entities options is_anonymous type allows_multiple_answers "
    "correct_option_id correct_option_ids explanation explanation_parse_mode explanation_entities open_period "
    "close_date is_closed allows_revoting shuffle_options allow_adding_options hide_results_until_closes description "
    "description_parse_mode description_entities members_only country_codes explanation_media media",
)
def send_poll(world: World, params: Params) -> JsonObject:
    """Send a poll or quiz."""
    return send(world, params, poll_content(params, str(world.random.randrange(10**18, 9 * 10**18)))).data


@method("stopPoll", "business_connection_id chat_id message_id reply_markup")
def stop_poll(world: World, params: Params) -> JsonObject:
    """Close a poll of the bot and return it."""
    chat = open_chat(world, params)
    message = chat.message(params.required_integer("message_id"))
    if message is None or "poll" not in message.data:
        raise bad_request("message with poll to stop not found")
    if not message.from_bot:
        raise bad_request("poll can't be stopped")
    poll: JsonObject = message.data["poll"]
    if poll["is_closed"]:
        raise bad_request("poll has already been closed")
    poll["is_closed"] = True
    world.tell_message("edit", message)
    return poll


@method("sendDice", SENDING, "emoji")
def send_dice(world: World, params: Params) -> JsonObject:
    """Throw a die (or another thing with chance)."""
    emoji = params.text("emoji") or "🎲"
    if emoji not in _DICE:
        raise bad_request("wrong dice emoji specified")
    value = world.random.randint(1, _DICE[emoji])
    return send(world, params, {"dice": {"emoji": emoji, "value": value}}).data


@method("sendChatAction", "business_connection_id chat_id message_thread_id action")
def send_chat_action(world: World, params: Params) -> Any:
    """Show that the bot is typing or the like."""
    chat = open_chat(world, params)
    action = (params.text("action") or "").lower()
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    topic_for(chat, params)
    world.events.tell("typing", chat.id, action=action, thread=params.integer("message_thread_id"))
    return True
