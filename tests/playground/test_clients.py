"""Every method, called by aiogram and by python-telegram-bot as their users call them: both must understand all."""

from typing import Any

import pytest
from aiogram import Bot as AiogramBot
from aiogram import types as gt
from telegram import Bot as PtbBot
from telegram import (
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    KeyboardButton,
    LinkPreviewOptions,
    MenuButtonCommands,
    ReplyKeyboardMarkup,
    ReplyParameters,
)

from bot.playground import Group, Person, Playground
from bot.playground.methods import METHODS
from tests.playground.conftest import png
from tests.playground.honesty import method_classes


async def test_ptb_sends_every_kind_of_message_and_understands_the_answers(
    playground: Playground, ptb: PtbBot, ann: Person
) -> None:
    """PTB's typed methods for messages all parse; what it sent stands in the chat."""
    yes = InlineKeyboardMarkup(
        [[InlineKeyboardButton("Yes", callback_data="y"), InlineKeyboardButton("Web", "https://example.com/x")]]
    )
    text = await ptb.send_message(
        ann.id, "See <b>bold</b> https://example.com", parse_mode="HTML", reply_markup=yes,
        link_preview_options=LinkPreviewOptions(is_disabled=True), protect_content=True,
    )  # fmt: skip
    assert text.text == "See bold https://example.com"
    assert [entity.type for entity in text.entities] == ["bold", "url"]
    answer = await ptb.send_message(ann.id, "Re", reply_parameters=ReplyParameters(text.message_id, quote="bold"))
    assert answer.reply_to_message is not None
    assert answer.reply_to_message.message_id == text.message_id
    photo = await ptb.send_photo(ann.id, png(640, 480), caption="A <i>box</i>", parse_mode="HTML", has_spoiler=True)
    assert (photo.photo[-1].width, photo.photo[-1].height) == (640, 480)
    again = await ptb.send_photo(ann.id, photo.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == photo.photo[-1].file_unique_id
    assert (await ptb.send_document(ann.id, b"pdf", filename="a.pdf")).effective_attachment is not None
    assert (await ptb.send_voice(ann.id, b"OggS", duration=3)).voice is not None
    assert (await ptb.send_video(ann.id, b"mp4", width=320, height=200, duration=5)).video is not None
    assert (await ptb.send_video_note(ann.id, b"mp4", length=240)).video_note is not None
    assert (await ptb.send_audio(ann.id, b"mp3", title="Song", performer="Her")).audio is not None
    assert (await ptb.send_animation(ann.id, b"gif", filename="a.gif")).animation is not None
    assert (await ptb.send_sticker(ann.id, png(512, 512))).sticker is not None
    assert (await ptb.send_location(ann.id, 60.17, 24.94)).location is not None
    assert (await ptb.send_venue(ann.id, 60.17, 24.94, "Shop", "Street 1")).venue is not None
    assert (await ptb.send_contact(ann.id, "+35840", "Shop")).contact is not None
    poll = await ptb.send_poll(ann.id, "How?", ["Well", "Badly"], is_anonymous=False)
    assert poll.poll is not None
    stopped = await ptb.stop_poll(ann.id, poll.message_id)
    assert stopped.is_closed
    assert (await ptb.send_dice(ann.id)).dice is not None
    assert await ptb.send_chat_action(ann.id, "typing")
    album = await ptb.send_media_group(ann.id, [InputMediaPhoto(png()), InputMediaVideo(b"mp4")], caption="Both")
    assert len({message.media_group_id for message in album}) == 1
    await ptb.send_media_group(ann.id, [InputMediaDocument(b"a"), InputMediaDocument(b"b")])
    keys = ReplyKeyboardMarkup([[KeyboardButton("Phone", request_contact=True)]], resize_keyboard=True)
    asked = await ptb.send_message(ann.id, "Your phone?", reply_markup=keys)
    assert asked.reply_markup is None
    assert playground.chat_of(ann).keyboard == {
        "keyboard": [[{"text": "Phone", "request_contact": True}]],
        "resize_keyboard": True,
    }


async def test_ptb_changes_and_removes_what_it_sent(playground: Playground, ptb: PtbBot, ann: Person) -> None:
    """Edits, copies, forwards, reactions, pins and deletions by PTB."""
    text = await ptb.send_message(ann.id, "One")
    edited = await ptb.edit_message_text("Two", ann.id, text.message_id)
    assert getattr(edited, "edit_date", None) is not None
    photo = await ptb.send_photo(ann.id, png())
    await ptb.edit_message_caption(ann.id, photo.message_id, caption="Words")
    await ptb.edit_message_media(InputMediaPhoto(png(5, 5), caption="New"), ann.id, photo.message_id)
    keys = InlineKeyboardMarkup([[InlineKeyboardButton("Ok", callback_data="ok")]])
    await ptb.edit_message_reply_markup(ann.id, photo.message_id, reply_markup=keys)
    copy = await ptb.copy_message(ann.id, ann.id, photo.message_id, caption="Copied")
    assert playground.chat_of(ann).messages[-1].message_id == copy.message_id
    assert len(await ptb.copy_messages(ann.id, ann.id, [text.message_id, photo.message_id])) == 2
    forwarded = await ptb.forward_message(ann.id, ann.id, text.message_id)
    assert forwarded.forward_origin is not None
    assert len(await ptb.forward_messages(ann.id, ann.id, [text.message_id])) == 1
    assert await ptb.set_message_reaction(ann.id, text.message_id, "👍")
    assert await ptb.pin_chat_message(ann.id, text.message_id)
    assert (await ptb.get_chat(ann.id)).pinned_message is not None
    assert await ptb.unpin_chat_message(ann.id, text.message_id)
    assert await ptb.unpin_all_chat_messages(ann.id)
    assert await ptb.delete_message(ann.id, text.message_id)
    assert await ptb.delete_messages(ann.id, [photo.message_id, 9999])
    assert playground.chat_of(ann).message(photo.message_id) is None


async def test_ptb_runs_a_forum(playground: Playground, ptb: PtbBot, staff: Group, olga: Person) -> None:
    """PTB opens, edits, closes, reopens and deletes topics, and reads the group and its members."""
    topic = await ptb.create_forum_topic(staff.id, "Case 1", icon_color=16766590)
    thread = topic.message_thread_id
    message = await ptb.send_message(staff.id, "Hello", message_thread_id=thread)
    assert message.is_topic_message
    assert message.message_thread_id == thread
    assert await ptb.edit_forum_topic(staff.id, thread, name="Case 1 (done)")
    assert await ptb.pin_chat_message(staff.id, message.message_id)
    assert await ptb.unpin_all_forum_topic_messages(staff.id, thread)
    assert await ptb.close_forum_topic(staff.id, thread)
    assert await ptb.reopen_forum_topic(staff.id, thread)
    assert await ptb.delete_forum_topic(staff.id, thread)
    assert thread not in staff.topics
    for act in (
        ptb.edit_general_forum_topic(staff.id, "All"),
        ptb.close_general_forum_topic(staff.id),
        ptb.reopen_general_forum_topic(staff.id),
        ptb.hide_general_forum_topic(staff.id),
        ptb.unhide_general_forum_topic(staff.id),
        ptb.unpin_all_general_forum_topic_messages(staff.id),
    ):
        assert await act
    assert len(await ptb.get_forum_topic_icon_stickers()) == 4
    full = await ptb.get_chat(staff.id)
    assert full.is_forum
    assert full.title == staff.title
    assert {m.status for m in await ptb.get_chat_administrators(staff.id)} == {"creator", "administrator"}
    assert (await ptb.get_chat_member(staff.id, olga.id)).status == "creator"
    assert (await ptb.get_chat_member(staff.id, ptb.id)).status == "administrator"
    assert await ptb.get_chat_member_count(staff.id) == 2
    assert await ptb.set_chat_title(staff.id, "Helpers")
    assert await ptb.set_chat_description(staff.id, "Where cases go")
    assert (await ptb.export_chat_invite_link(staff.id)).startswith("https://t.me/")
    assert await ptb.leave_chat(staff.id)


async def test_ptb_tells_of_itself(playground: Playground, ptb: PtbBot, ann: Person) -> None:
    """Names, descriptions, commands, the menu button and the rest of the bot's own profile."""
    assert await ptb.set_my_name("Vuoro Oy", language_code="fi")
    assert (await ptb.get_my_name("fi")).name == "Vuoro Oy"
    assert (await ptb.get_my_name()).name == "Vuoro"
    assert await ptb.set_my_description("Talk to us")
    assert (await ptb.get_my_description("cs")).description == "Talk to us"
    assert await ptb.set_my_short_description("Us")
    assert (await ptb.get_my_short_description()).short_description == "Us"
    assert await ptb.set_my_commands([BotCommand("start", "Start")])
    assert await ptb.set_my_commands([BotCommand("alku", "Alku")], language_code="fi")
    assert await ptb.set_my_commands([BotCommand("staff", "Staff")], scope=BotCommandScopeChat(ann.id))
    assert [c.command for c in await ptb.get_my_commands(language_code="fi")] == ["alku"]
    assert [c["command"] for c in playground.world.commands.seen_by(ann.id, "fi")] == ["staff"]
    assert await ptb.delete_my_commands(scope=BotCommandScopeChat(ann.id))
    assert [c["command"] for c in playground.world.commands.seen_by(ann.id, "fi")] == ["alku"]
    assert [c["command"] for c in playground.world.commands.seen_by(ann.id, "sv")] == ["start"]
    assert await ptb.set_chat_menu_button(ann.id, MenuButtonCommands())
    assert (await ptb.get_chat_menu_button(ann.id)).type == "commands"
    assert (await ptb.get_user_profile_photos(ann.id)).total_count == 0
    assert (await ptb.get_my_default_administrator_rights()).can_manage_chat is False
    assert await ptb.set_my_default_administrator_rights()
    assert (await ptb.get_chat_member(ann.id, ann.id)).status == "member"
    assert await ptb.set_webhook(
        "http://127.0.0.1:9/hook", secret_token="s-1", max_connections=3, drop_pending_updates=True
    )
    info = await ptb.get_webhook_info()
    assert (info.url, info.max_connections, info.pending_update_count) == ("http://127.0.0.1:9/hook", 3, 0)
    assert await ptb.delete_webhook()
    assert await ptb.log_out()
    assert await ptb.close()


async def test_a_file_that_ptb_uploaded_comes_back_whole(playground: Playground, ptb: PtbBot, ann: Person) -> None:
    """getFile and the download give the very bytes."""
    sent = await ptb.send_document(ann.id, b"0123456789" * 100, filename="list.csv")
    assert sent.document is not None
    file = await ptb.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"0123456789" * 100


async def test_aiogram_understands_the_same_server(
    playground: Playground, gram: AiogramBot, ann: Person, staff: Group
) -> None:
    """aiogram speaks multipart where PTB speaks forms: messages, files, albums, topics, chats."""
    upload = gt.BufferedInputFile(png(30, 20), "box.png")
    sent = await gram.send_photo(ann.id, upload, caption="**b**", reply_markup=gt.ForceReply(force_reply=True))
    assert sent.photo is not None
    assert sent.photo[-1].width == 30
    album = await gram.send_media_group(
        ann.id, [gt.InputMediaPhoto(media=upload), gt.InputMediaPhoto(media=sent.photo[-1].file_id, caption="x")]
    )
    assert len(album) == 2
    topic = await gram.create_forum_topic(staff.id, "Aiogram")
    note = await gram.send_message(staff.id, "in", message_thread_id=topic.message_thread_id)
    assert note.is_topic_message
    await gram.edit_message_text("out", chat_id=staff.id, message_id=note.message_id)
    assert (await gram.get_chat(staff.id)).is_forum
    assert (await gram.get_chat(ann.id)).first_name == "Ann"
    assert len(await gram.get_chat_administrators(staff.id)) == 2
    assert (await gram.get_webhook_info()).url == ""
    assert (await gram.get_my_star_balance()).amount == 0
    await gram.ban_chat_member(staff.id, ann.id)
    await gram.unban_chat_member(staff.id, ann.id, only_if_banned=True)
    buffer = await gram.download(sent.photo[-1].file_id)
    assert buffer is not None
    assert buffer.read() == png(30, 20)


async def test_the_remaining_methods_answer_what_aiogram_reads(
    playground: Playground, gram: AiogramBot, ann: Person, staff: Group
) -> None:
    """Old names, default rights, and what getChat tells only of some."""
    rights = (await playground.call("getMyDefaultAdministratorRights"))["result"]
    for name, fields in (
        ("getChatMembersCount", {"chat_id": staff.id}),
        ("getChatMemberCount", {"chat_id": ann.id}),
        ("setMyDefaultAdministratorRights", {"rights": {**rights, "can_pin_messages": True}}),
        ("getUpdates", {"limit": 1}),
    ):
        assert (await playground.call(name, fields))["ok"], name
    ann.voices_forbidden = True
    assert (await gram.get_chat(ann.id)).has_restricted_voice_and_video_messages
    assert (await gram.get_chat_member(staff.id, ann.id)).status == "left"


@pytest.mark.parametrize("name", sorted(method.name for method in METHODS.values()))
def test_each_method_knows_no_more_parameters_than_aiogram(name: str) -> None:
    """A parameter that we take must exist: aiogram's reading of the Bot API lists it too."""
    aiograms = method_classes().get(name)
    if aiograms is None:
        assert name == "getChatMembersCount"  # the old name, which the server still answers to
        return
    old: set[str] = {"suggested_post_parameters", "direct_messages_topic_id"}
    assert METHODS[name.lower()].parameters - aiograms.model_fields.keys() <= old


async def test_a_parameter_that_telegram_does_not_know_is_ignored_but_recorded(
    playground: Playground, ann: Person
) -> None:
    """Tests can assert that there were none; the call itself goes through, as at Telegram's."""
    answer: dict[str, Any] = await playground.call("sendMessage", {"chat_id": ann.id, "text": "a", "colour": "red"})
    assert answer["ok"]
    assert playground.requests[-1].unknown_params == {"colour"}
    playground.requests.clear()
