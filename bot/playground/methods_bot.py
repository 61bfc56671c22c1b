"""Methods about the bot itself: who it is, its webhook, its answers to taps, its commands and descriptions."""

from bot.playground.commands import checked_commands, language_of, scope_of
from bot.playground.entities import utf16_length
from bot.playground.links import checked_link
from bot.playground.methods import method
from bot.playground.parameters import Params
from bot.playground.profile import spoken
from bot.playground.wire import JsonObject, bad_request
from bot.playground.world import World

QUERY_LIFETIME_S = 60.0
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@method("getMe")
def get_me(world: World, params: Params) -> JsonObject:
    """Return the bot as a user with what only getMe tells."""
    return {
        **world.bot_user(),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
    }


@method("logOut")
@method("close")
def leave_server(world: World, params: Params) -> bool:
    """Say goodbye to this server; the stand-in stays reachable."""
    return True


@method("answerCallbackQuery", "callback_query_id text show_alert url cache_time")
def answer_callback_query(world: World, params: Params) -> bool:
    """Answer a tap; possible for a minute of play time."""
    query = world.queries.get(params.text("callback_query_id") or "")
    if query is None or world.clock.now().timestamp() - query.at > QUERY_LIFETIME_S:
        raise bad_request(QUERY_TOO_OLD)
    text = params.text("text") or ""
    if utf16_length(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    url = params.text("url") or ""
    if url and (checked_link(url) is None or "t.me/" not in url):
        raise bad_request("URL_INVALID")
    query.answer.give(text, params.flag("show_alert"), url)
    world.events.tell("callback_answer", query.user_id, text=text, show_alert=params.flag("show_alert"), url=url)
    return True


@method("setMyCommands", "commands scope language_code")
def set_my_commands(world: World, params: Params) -> bool:
    """Set the menu of a scope and language."""
    commands = checked_commands(params.structure("commands", list, "commands"))
    scope = scope_of(params.structure("scope", dict, "BotCommandScope"))
    world.commands.set(scope, language_of(params.text("language_code")), commands)
    world.events.tell("commands")
    return True


@method("deleteMyCommands", "scope language_code")
def delete_my_commands(world: World, params: Params) -> bool:
    """Take the menu of a scope and language away."""
    scope = scope_of(params.structure("scope", dict, "BotCommandScope"))
    world.commands.set(scope, language_of(params.text("language_code")), [])
    world.events.tell("commands")
    return True


@method("getMyCommands", "scope language_code")
def get_my_commands(world: World, params: Params) -> list[JsonObject]:
    """Return the menu of exactly this scope and language."""
    scope = scope_of(params.structure("scope", dict, "BotCommandScope"))
    return world.commands.get(scope, language_of(params.text("language_code")))


def _set_text(params: Params, texts: dict[str, str], name: str, longest: int, problem: str) -> bool:
    text = params.text(name) or ""
    if utf16_length(text) > longest:
        raise bad_request(problem)
    language = language_of(params.text("language_code"))
    if text:
        texts[language] = text
    else:
        texts.pop(language, None)
    return True


@method("setMyName", "name language_code")
def set_my_name(world: World, params: Params) -> bool:
    """Set the bot's name in a language; empty takes it away."""
    done = _set_text(params, world.profile.names, "name", 64, "BOT_TITLE_INVALID")
    world.renamed()
    return done


@method("getMyName", "language_code")
def get_my_name(world: World, params: Params) -> JsonObject:
    """Return the bot's name in a language."""
    return {"name": world.profile.name(language_of(params.text("language_code")))}


@method("setMyDescription", "description language_code")
def set_my_description(world: World, params: Params) -> bool:
    """Set what stands in an empty chat."""
    return _set_text(params, world.profile.descriptions, "description", 512, "BOT_DESCRIPTION_INVALID")


@method("getMyDescription", "language_code")
def get_my_description(world: World, params: Params) -> JsonObject:
    """Return what stands in an empty chat."""
    return {"description": spoken(world.profile.descriptions, language_of(params.text("language_code")))}


@method("setMyShortDescription", "short_description language_code")
def set_my_short_description(world: World, params: Params) -> bool:
    """Set what stands on the bot's profile."""
    return _set_text(
        params, world.profile.short_descriptions, "short_description", 120, "BOT_SHORT_DESCRIPTION_INVALID"
    )


@method("getMyShortDescription", "language_code")
def get_my_short_description(world: World, params: Params) -> JsonObject:
    """Return what stands on the bot's profile."""
    return {"short_description": spoken(world.profile.short_descriptions, language_of(params.text("language_code")))}


@method("setChatMenuButton", "chat_id menu_button")
def set_chat_menu_button(world: World, params: Params) -> bool:
    """Set the menu button of a private chat, or of all."""
    button: JsonObject | None = params.structure("menu_button", dict, "menu button")
    button = button or {"type": "default"}
    match button.get("type"):
        case "commands" | "default":
            button = {"type": button["type"]}
        case "web_app":
            url = (button.get("web_app") or {}).get("url", "")
            if not button.get("text") or not str(url).startswith("https://"):
                raise bad_request("BUTTON_URL_INVALID")
        case _:
            raise bad_request("MenuButton has unsupported type")
    world.profile.menu_buttons[_private(world, params)] = button
    return True


@method("getChatMenuButton", "chat_id")
def get_chat_menu_button(world: World, params: Params) -> JsonObject:
    """Return the menu button of a private chat, or of all."""
    return world.profile.menu_button(_private(world, params))


def _private(world: World, params: Params) -> int:
    chat_id = params.integer("chat_id") or 0
    if chat_id and chat_id not in world.people:
        raise bad_request("user not found" if chat_id > 0 else "chat not found")
    return chat_id


@method("getMyStarBalance")
def get_my_star_balance(world: World, params: Params) -> JsonObject:
    """Return how many Stars the bot has."""
    return {"amount": world.profile.stars}


@method("setMyDefaultAdministratorRights", "rights for_channels")
def set_my_default_administrator_rights(world: World, params: Params) -> bool:
    """Set the rights suggested where the bot is made an administrator."""
    rights: JsonObject | None = params.structure("rights", dict, "administrator rights")
    world.profile.default_rights[params.flag("for_channels")] = rights or {}
    return True


@method("getMyDefaultAdministratorRights", "for_channels")
def get_my_default_administrator_rights(world: World, params: Params) -> JsonObject:
    """Return the rights suggested where the bot is made an administrator."""
    given = world.profile.default_rights.get(params.flag("for_channels"), {})
    names = [
        "is_anonymous",
        "can_manage_chat",
        "can_delete_messages",
        "can_manage_video_chats",
        "can_restrict_members",
        "can_promote_members",
        "can_change_info",
        "can_invite_users",
        "can_post_stories",
        "can_edit_stories",
        "can_delete_stories",
        "can_pin_messages",
        "can_manage_topics",
        "can_manage_tags",
        "can_send_welcome_messages",
    ]
    return {name: bool(given.get(name)) for name in names}
