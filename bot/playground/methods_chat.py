"""Methods that tell about chats and their members."""

from typing import Any

from bot.playground.access import check_membership, known_chat
from bot.playground.chats import Chat, Rights, Standing
from bot.playground.groups import Group, member_json
from bot.playground.methods import method
from bot.playground.parameters import Params
from bot.playground.wire import JsonObject, bad_request
from bot.playground.world import World

_NO_GIFTS = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}
_PERMISSIONS = [
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
]


@method("getChat", "chat_id")
def get_chat(world: World, params: Params) -> JsonObject:
    """Return a ChatFullInfo."""
    chat = known_chat(world, params)
    full: JsonObject = {
        **chat.as_json(),
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": _NO_GIFTS,
    }
    person = chat.person
    if person is not None:
        if person.username:
            full["active_usernames"] = [person.username]
        if person.voices_forbidden:
            full["has_restricted_voice_and_video_messages"] = True
        full["can_send_gift"] = True
    if isinstance(chat, Group):
        check_membership(chat)
        full["permissions"] = dict.fromkeys(_PERMISSIONS, True)
        if chat.description:
            full["description"] = chat.description
        if chat.is_supergroup:
            full["has_visible_history"] = True
    if chat.pinned:
        pinned = chat.message(chat.pinned[-1])
        if pinned is not None:
            full["pinned_message"] = pinned.quoted()
    return full


@method("getChatMember", "chat_id user_id")
def get_chat_member(world: World, params: Params) -> JsonObject:
    """Return how a user stands to a chat."""
    chat = known_chat(world, params)
    user_id = params.required_integer("user_id")
    if isinstance(chat, Group):
        check_membership(chat)
        if user_id == world.bot_id:
            return member_json(world.bot_user(), chat.bot_standing, chat.bot_rights)
        person = world.people.get(user_id)
        if person is None:
            raise bad_request("PARTICIPANT_ID_INVALID")
        return member_json(person.as_json(), chat.members.get(user_id, Standing.LEFT), Rights.all())
    if user_id == world.bot_id:
        return member_json(world.bot_user(), Standing.MEMBER, Rights.all())
    if chat.person is None or chat.person.id != user_id:
        raise bad_request("user not found")
    return member_json(chat.person.as_json(), Standing.MEMBER, Rights.all())


@method("getChatAdministrators", "chat_id return_bots")
def get_chat_administrators(world: World, params: Params) -> list[JsonObject]:
    """Return the creator and the administrators; other bots than this one are not told."""
    group = _group(world, params, "there are no administrators in the private chat")
    admins = [
        member_json(world.people[user].as_json(), standing, Rights.all())
        for user, standing in group.members.items()
        if standing in (Standing.CREATOR, Standing.ADMINISTRATOR)
    ]
    if group.bot_standing is Standing.ADMINISTRATOR:
        admins.append(member_json(world.bot_user(), group.bot_standing, group.bot_rights))
    return admins


@method("getChatMemberCount", "chat_id")
@method("getChatMembersCount", "chat_id")
def get_chat_member_count(world: World, params: Params) -> int:
    """Return the number of members, the bot included."""
    chat = known_chat(world, params)
    if not isinstance(chat, Group):
        return 2
    check_membership(chat)
    return len(chat.members_inside()) + 1


@method("leaveChat", "chat_id")
def leave_chat(world: World, params: Params) -> bool:
    """Leave a group."""
    group = _group(world, params, "chat member status can't be changed in private chats")
    group.sets_bot(Standing.LEFT)
    return True


@method("setChatTitle", "chat_id title")
def set_chat_title(world: World, params: Params) -> bool:
    """Rename a group."""
    group = _group(world, params, "method is available only for groups, supergroups and channels")
    title = params.required_text("title").strip()
    if not group.bot_may("can_change_info"):
        raise bad_request("not enough rights to change chat title")
    group.title = title
    group.changed()
    world.post(group, world.bot_user(), {"new_chat_title": title})
    return True


@method("setChatDescription", "chat_id description")
def set_chat_description(world: World, params: Params) -> bool:
    """Describe a group."""
    group = _group(world, params, "method is available only for groups, supergroups and channels")
    if not group.bot_may("can_change_info"):
        raise bad_request("not enough rights to set chat description")
    description = params.text("description") or ""
    if description == group.description:
        raise bad_request("chat description is not modified")
    group.description = description
    return True


@method("banChatMember", "chat_id user_id until_date revoke_messages")
def ban_chat_member(world: World, params: Params) -> bool:
    """Put a member out of a group for good."""
    group = _group(world, params, "can't ban members in private chats")
    if not group.bot_may("can_restrict_members"):
        raise bad_request("not enough rights to restrict/unrestrict chat member")
    user_id = params.required_integer("user_id")
    if group.members.get(user_id) is Standing.CREATOR:
        raise bad_request("can't remove chat owner")
    if user_id not in world.people:
        raise bad_request("PARTICIPANT_ID_INVALID")
    group.members[user_id] = Standing.KICKED
    return True


@method("unbanChatMember", "chat_id user_id only_if_banned")
def unban_chat_member(world: World, params: Params) -> bool:
    """Let somebody who was banned come back; without *only_if_banned* a member is put out (and may return)."""
    group = _group(world, params, "method is available only for supergroups and channels")
    if not group.bot_may("can_restrict_members"):
        raise bad_request("not enough rights to restrict/unrestrict chat member")
    user_id = params.required_integer("user_id")
    standing = group.members.get(user_id, Standing.LEFT)
    if standing is Standing.KICKED or (standing is Standing.MEMBER and not params.flag("only_if_banned")):
        group.members[user_id] = Standing.LEFT
    return True


@method("exportChatInviteLink", "chat_id")
def export_chat_invite_link(world: World, params: Params) -> str:
    """Return a link that leads into a group."""
    group = _group(world, params, "can't export invite link in private chats")
    if not group.bot_may("can_invite_users"):
        raise bad_request("not enough rights to manage chat invite link")
    return f"https://t.me/+{abs(group.id):x}"


def _group(world: World, params: Params, problem: str) -> Group:
    chat: Chat | Any = known_chat(world, params)
    if not isinstance(chat, Group):
        raise bad_request(problem)
    check_membership(chat)
    return chat
