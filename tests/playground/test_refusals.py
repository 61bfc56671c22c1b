"""What Telegram refuses is refused here, with its code and its words; the nearest that it takes is taken."""

import datetime as dt
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.playground import Group, Person, PlayFile, Playground, Rights
from bot.playground.chats import Standing
from tests.playground.conftest import png


async def refused(playground: Playground, method: str, **params: Any) -> str:
    """Return the description of a refusal, with its code in front."""
    answer = await playground.call(method, params)
    assert not answer["ok"], answer
    return f"{answer['error_code']} {answer['description']}"


def button(**fields: Any) -> dict[str, Any]:
    """Return a keyboard with one button."""
    return {"inline_keyboard": [[{"text": "x", **fields}]]}


BUTTON = "400 Bad Request: can't parse inline keyboard button: "
BOUNDS = "400 Bad Request: ENTITY_BOUNDS_INVALID: "


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"text": ""}, "400 Bad Request: message text is empty"),
        ({"text": " \n "}, "400 Bad Request: message text is empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "400 Bad Request: message text is empty"),
        ({"text": "x" * 4097}, "400 Bad Request: message is too long"),
        ({"text": "👍" * 2049}, "400 Bad Request: message is too long"),
        ({"text": "x", "reply_markup": button(callback_data="x" * 65)}, "400 Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": button(callback_data="")}, "400 Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": button(callback_data="ä" * 33)}, "400 Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": button(url="no address")}, "400 Bad Request: BUTTON_URL_INVALID"),
        ({"text": "x", "reply_markup": button(url="https://localhost/x")}, "400 Bad Request: BUTTON_URL_INVALID"),
        (
            {"text": "x", "reply_markup": button(url="https://a.example", callback_data="a")},
            "400 Bad Request: BUTTON_TYPE_INVALID",
        ),
        ({"text": "x", "reply_markup": button()}, f"{BUTTON}Text buttons are unallowed in the inline keyboard"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"callback_data": "a"}]]}},
            f'{BUTTON}Can\'t find field "text"',
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]] * 101}},
            "400 Bad Request: reply markup is too long",
        ),
        ({"text": "x", "reply_markup": "{broken"}, "400 Bad Request: can't parse reply keyboard markup JSON object"),
        ({"text": "x", "reply_parameters": {"message_id": 999}}, "400 Bad Request: message to be replied not found"),
        ({"text": "x", "message_thread_id": 77}, "400 Bad Request: message thread not found"),
        (
            {"text": "x", "entities": [{"type": "bold", "offset": 0, "length": 5}]},
            f"{BOUNDS}entity bold at 0 with length 5 leaves the text of 1 units",
        ),
        (
            {"text": "x", "entities": [{"type": "fat", "offset": 0, "length": 1}]},
            "400 Bad Request: can't parse MessageEntity: unsupported entity type specified",
        ),
        (
            {"text": "x", "disable_notification": "perhaps"},
            '400 Bad Request: parameter "disable_notification" must be a Boolean',
        ),
    ],
)
async def test_a_message_that_telegram_would_refuse(
    playground: Playground, ann: Person, params: dict[str, Any], problem: str
) -> None:
    """Nothing is delivered then."""
    assert await refused(playground, "sendMessage", chat_id=ann.id, **params) == problem
    assert playground.chat_of(ann).messages == []
    playground.requests.clear()  # aiogram would not have sent some of these


@pytest.mark.parametrize(
    "params",
    [
        {"text": "x" * 4096},
        {"text": "👍" * 2048},
        {"text": f"<b>{'x' * 4096}</b>", "parse_mode": "HTML"},
        {"text": "x", "reply_markup": button(callback_data="ä" * 32)},
        {"text": "x", "reply_markup": button(url="https://example.com/x?y=1")},
        {"text": "x", "reply_markup": button(url="tg://user?id=5")},
        {"text": "x", "reply_parameters": {"message_id": 999, "allow_sending_without_reply": True}},
    ],
)
async def test_the_nearest_that_telegram_takes_is_taken(
    playground: Playground, ann: Person, params: dict[str, Any]
) -> None:
    """The limits are inclusive and count after parsing."""
    assert (await playground.call("sendMessage", {"chat_id": ann.id, **params}))["ok"]


async def test_people_who_cannot_be_written_to(playground: Playground, ann: Person) -> None:
    """Each state has its own refusal; none of them moves a message."""
    stranger = playground.add_person("Stranger")
    say = {"text": "x"}
    assert await refused(playground, "sendMessage", chat_id=12345, **say) == "400 Bad Request: chat not found"
    assert await refused(playground, "sendMessage", chat_id="@nobody", **say) == "400 Bad Request: chat not found"
    assert await refused(playground, "sendMessage", **say) == "400 Bad Request: chat_id is empty"
    not_met = "403 Forbidden: bot can't initiate conversation with a user"
    assert await refused(playground, "sendMessage", chat_id=stranger.id, **say) == not_met
    ann.blocks()
    assert (
        await refused(playground, "sendMessage", chat_id=ann.id, **say) == "403 Forbidden: bot was blocked by the user"
    )
    ann.sends("back")
    assert (await playground.call("sendMessage", {"chat_id": ann.id, **say}))["ok"]
    assert not ann.blocked
    ann.voices_forbidden = True
    voice = ann.sends_media("voice", [PlayFile("a.ogg", b"x")])[0].data["voice"]["file_id"]
    assert (
        await refused(playground, "sendVoice", chat_id=ann.id, voice=voice)
        == "400 Bad Request: VOICE_MESSAGES_FORBIDDEN"
    )
    ann.deletes_account()
    assert await refused(playground, "sendMessage", chat_id=ann.id, **say) == "403 Forbidden: user is deactivated"
    playground.requests.clear()


async def test_groups_that_cannot_be_written_to(playground: Playground, olga: Person, staff: Group) -> None:
    """Kicked, left, deleted, upgraded; the last tells the new id, where it goes on."""
    say = {"text": "x"}
    staff.kicks_bot()
    kicked = "403 Forbidden: bot was kicked from the supergroup chat"
    assert await refused(playground, "sendMessage", chat_id=staff.id, **say) == kicked
    staff.sets_bot(Standing.LEFT)
    left = "403 Forbidden: bot is not a member of the supergroup chat"
    assert await refused(playground, "sendMessage", chat_id=staff.id, **say) == left
    plain = playground.add_group("Plain", forum=False, members=[olga])
    moved = plain.upgrades()
    answer = await playground.call("sendMessage", {"chat_id": plain.id, **say})
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": moved.id}
    assert (await playground.call("sendMessage", {"chat_id": moved.id, **say}))["ok"]
    moved.deletes()
    assert (
        await refused(playground, "sendMessage", chat_id=moved.id, **say) == "403 Forbidden: the group chat was deleted"
    )


async def test_topics_and_rights(playground: Playground, olga: Person, staff: Group) -> None:
    """Closed, deleted and unknown topics; what the bot lacks the right to do."""
    topic = staff.opens_topic("Case", olga)
    thread = topic.message_thread_id
    staff.closes_topic(thread)
    place = {"chat_id": staff.id, "message_thread_id": thread}
    assert await refused(playground, "sendMessage", text="x", **place) == "400 Bad Request: TOPIC_CLOSED"
    answering = {"reply_parameters": {"message_id": thread}}
    assert (
        await refused(playground, "sendMessage", chat_id=staff.id, text="x", **answering)
        == "400 Bad Request: TOPIC_CLOSED"
    )
    assert (await playground.call("reopenForumTopic", place))["ok"]
    answered = await playground.call("sendMessage", {"chat_id": staff.id, "text": "x", **answering})
    assert answered["result"]["message_thread_id"] == thread
    assert await refused(playground, "reopenForumTopic", **place) == "400 Bad Request: TOPIC_NOT_MODIFIED"
    staff.deletes_topic(thread)
    assert await refused(playground, "sendMessage", text="x", **place) == "400 Bad Request: message thread not found"
    staff.sets_bot(Standing.ADMINISTRATOR, Rights.without("can_manage_topics", "can_pin_messages"))
    no_topic = "400 Bad Request: not enough rights to create a topic"
    assert await refused(playground, "createForumTopic", chat_id=staff.id, name="x") == no_topic
    sent = (await playground.call("sendMessage", {"chat_id": staff.id, "text": "x"}))["result"]
    no_pin = "400 Bad Request: not enough rights to manage pinned messages in the chat"
    assert await refused(playground, "pinChatMessage", chat_id=staff.id, message_id=sent["message_id"]) == no_pin
    plain = playground.add_group("Plain", forum=False, members=[olga], supergroup=True)
    no_forum = "400 Bad Request: the chat is not a forum"
    assert await refused(playground, "createForumTopic", chat_id=plain.id, name="x") == no_forum
    contact = {"keyboard": [[{"text": "Phone", "request_contact": True}]]}
    private_only = "400 Bad Request: phone number can be requested in private chats only"
    assert await refused(playground, "sendMessage", chat_id=staff.id, text="x", reply_markup=contact) == private_only


async def test_a_mention_by_link_names_the_person_and_vanishes_for_a_stranger(
    playground: Playground, ann: Person
) -> None:
    """`tg://user?id=` works for people the bot has met."""
    html = f'<a href="tg://user?id={ann.id}">her</a> <a href="tg://user?id=5">whom</a>'
    sent = await playground.call("sendMessage", {"chat_id": ann.id, "text": html, "parse_mode": "HTML"})
    (mention,) = sent["result"]["entities"]
    assert mention["user"]["first_name"] == "Ann"


async def test_edits_that_telegram_refuses(playground: Playground, ann: Person) -> None:
    """Not modified, not found, not the bot's own, the wrong kind, under a reply keyboard."""
    sent = (
        await playground.call(
            "sendMessage", {"chat_id": ann.id, "text": "One", "reply_markup": button(callback_data="a")}
        )
    )["result"]
    at = {"chat_id": ann.id, "message_id": sent["message_id"]}
    same = await refused(playground, "editMessageText", text="One", reply_markup=button(callback_data="a"), **at)
    assert same.startswith("400 Bad Request: message is not modified: specified new message content")
    assert (await playground.call("editMessageText", {"text": "One", **at}))["ok"]
    assert "not modified" in await refused(playground, "editMessageReplyMarkup", **at)
    gone = "400 Bad Request: message to edit not found"
    assert await refused(playground, "editMessageText", text="x", chat_id=ann.id, message_id=999) == gone
    hers = ann.sends("mine").message_id
    no_edit = "400 Bad Request: message can't be edited"
    assert await refused(playground, "editMessageText", text="x", chat_id=ann.id, message_id=hers) == no_edit
    no_caption = "400 Bad Request: there is no caption in the message to edit"
    assert await refused(playground, "editMessageCaption", caption="x", **at) == no_caption
    keys = {"keyboard": [["A"]]}
    asked = (await playground.call("sendMessage", {"chat_id": ann.id, "text": "?", "reply_markup": keys}))["result"]
    under = {"chat_id": ann.id, "message_id": asked["message_id"]}
    assert await refused(playground, "editMessageText", text="x", **under) == no_edit
    playground.requests.clear()


async def test_deletions_are_possible_for_48_hours(ann: Person, playground: Playground) -> None:
    """The play clock decides; the message stays when it is too old."""
    sent = (await playground.call("sendMessage", {"chat_id": ann.id, "text": "x"}))["result"]
    at = {"chat_id": ann.id, "message_id": sent["message_id"]}
    playground.clock.advance(dt.timedelta(hours=49))
    assert await refused(playground, "deleteMessage", **at) == "400 Bad Request: message can't be deleted for everyone"
    assert (await playground.call("deleteMessages", {"chat_id": ann.id, "message_ids": [sent["message_id"]]}))["ok"]
    assert playground.chat_of(ann).message(sent["message_id"]) is not None
    assert (await playground.call("editMessageText", {"text": "later", **at}))["ok"]


async def test_a_tap_can_be_answered_for_a_minute(ann: Person, playground: Playground) -> None:
    """Later, and for unknown ids, the query is too old or invalid."""
    await playground.call("sendMessage", {"chat_id": ann.id, "text": "?", "reply_markup": button(callback_data="a")})
    early, late = ann.taps("x"), ann.taps("x")
    assert (await playground.call("answerCallbackQuery", {"callback_query_id": early.query_id, "text": "Yes"}))["ok"]
    assert (await early.answer).text == "Yes"
    playground.clock.advance(dt.timedelta(seconds=61))
    too_old = "400 Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await refused(playground, "answerCallbackQuery", callback_query_id=late.query_id) == too_old
    assert await refused(playground, "answerCallbackQuery", callback_query_id="1") == too_old
    assert not late.answer.given


async def test_files_that_telegram_refuses(playground: Playground, ann: Person) -> None:
    """Unknown ids, ids of another kind, addresses nobody answers, files above 20 MB, albums of one."""
    to = {"chat_id": ann.id}
    wrong = "400 Bad Request: wrong file identifier/HTTP URL specified"
    assert await refused(playground, "sendPhoto", photo="AgACnonsense", **to) == wrong
    voice = playground.world.files.add("voice", PlayFile("a.ogg", b"x")).file_id
    assert (
        await refused(playground, "sendPhoto", photo=voice, **to)
        == "400 Bad Request: can't use file of type VoiceNote as Photo"
    )
    no_url = "400 Bad Request: failed to get HTTP URL content"
    assert await refused(playground, "sendPhoto", photo="https://example.com/a.png", **to) == no_url
    assert await refused(playground, "sendPhoto", **to) == "400 Bad Request: there is no photo in the request"
    huge = playground.world.files.add("document", PlayFile("a.zip", b"x"), pretend_size=20 * 1024 * 1024 + 1)
    assert await refused(playground, "getFile", file_id=huge.file_id) == "400 Bad Request: file is too big"
    assert await refused(playground, "getFile", file_id="no") == "400 Bad Request: invalid file_id"
    photo = ann.sends_media("photo", [PlayFile("a.png", png())])[0].data["photo"][-1]["file_id"]
    one = [{"type": "photo", "media": photo}]
    assert (await refused(playground, "sendMediaGroup", media=one, **to)).startswith("400")
    mixed = [*one, {"type": "document", "media": huge.file_id}]
    no_mix = "400 Bad Request: can't use the media of the specified type in the album"
    assert await refused(playground, "sendMediaGroup", media=mixed, **to) == no_mix
    long = await refused(playground, "sendPhoto", photo=photo, caption="x" * 1025, **to)
    assert long == "400 Bad Request: message caption is too long"
    playground.requests.clear()


async def test_tokens_and_methods(playground: Playground) -> None:
    """A wrong token is 401, no token at all 404, an unknown method 404; the HTTP status says the same."""
    async with ClientSession() as session:
        for path, status, words in (
            ("/bot1000001:wrong/getMe", 401, "Unauthorized"),
            ("/botnonsense/getMe", 404, "Not Found"),
            ("/bot", 404, "Not Found"),
            (f"/bot{playground.token}/getNothing", 404, "Not Found: method not found"),
        ):
            async with session.get(playground.url + path) as response:
                assert response.status == status
                assert await response.json() == {"ok": False, "error_code": status, "description": words}
        async with session.get(f"{playground.url}/bot{playground.token}/GETME") as response:
            assert (await response.json())["result"]["is_bot"] is True
        async with session.get(f"{playground.url}/file/bot1:x/a") as response:
            assert response.status == 401
    playground.requests.clear()


async def test_parameters_come_in_every_form_that_the_bot_api_takes(playground: Playground, ann: Person) -> None:
    """Query, form, JSON and multipart mean the same; numbers may be digits."""
    url = f"{playground.url}/bot{playground.token}/sendMessage"
    async with ClientSession() as session:
        fields = {"chat_id": str(ann.id), "text": "ä & b"}
        for more in ({"params": fields}, {"data": fields}, {"json": fields}):
            async with session.post(url, **more) as response:  # type: ignore[arg-type]  # one of the three at a time
                assert (await response.json())["result"]["text"] == "ä & b"
        async with session.post(url, data=b"{broken", headers={"Content-Type": "application/json"}) as response:
            assert response.status == 400
