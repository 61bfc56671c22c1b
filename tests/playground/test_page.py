"""The browser page: a customer and the bot talk, and what Telegram would show is shown."""

import io
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, expect

from tests.playground.page_browser import ScriptedBot, Stage, Update, browser, newcomer, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def shopkeeper(bot: ScriptedBot, update: Update) -> None:
    """Offer buttons for /menu, answer taps, count photos; say nothing to anything else."""
    if query := update.get("callback_query"):
        await bot.call("answerCallbackQuery", callback_query_id=query["id"], **_ANSWERS[query["data"]])
    elif update.get("message", {}).get("text") == "/menu":
        chat = update["message"]["chat"]["id"]
        await bot.call("sendMessage", chat_id=chat, text="What went wrong?", reply_markup=_KEYS)


_ANSWERS: dict[str, dict[str, Any]] = {
    "delivery": {"text": "Noted: delivery"},
    "product": {"text": "Which product?", "show_alert": True},
}
_KEYS = {
    "inline_keyboard": [
        [{"text": "Delivery", "callback_data": "delivery"}, {"text": "Product", "callback_data": "product"}],
        [{"text": "Terms", "url": "https://example.com/terms"}],
    ]
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests of this file."""
    async with browser() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(chromium: Browser) -> AsyncIterator[Stage]:
    """A desktop window that the tests of this file share, each with a customer of its own."""
    async with stage(chromium, shopkeeper) as shared:
        await shared.open(person=False, pane="people")
        yield shared


@pytest_asyncio.fixture(loop_scope="module")
async def scene(desk: Stage) -> Stage:
    """The desktop window with a fresh customer's chat open."""
    return await newcomer(desk)


def picture(name: str, colour: str) -> Any:
    """Return a small JPEG as Playwright's file choosers take it."""
    data = io.BytesIO()
    Image.new("RGB", (120, 90), colour).save(data, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": data.getvalue()}


async def test_buttons_are_tapped_toast_and_alert_appear(scene: Stage) -> None:
    """Words go to the bot, its buttons come, and a tap shows the bot's answer as a toast or an alert."""
    chat = scene.page.locator(".chat-column")
    await chat.get_by_role("textbox", name="Message").fill("/menu")
    await scene.page.keyboard.press("Enter")
    await chat.get_by_role("button", name="Delivery").click()
    await expect(scene.page.locator(".toast")).to_have_text("Noted: delivery")
    await chat.get_by_role("button", name="Product").click()
    await expect(scene.page.get_by_role("dialog")).to_contain_text("Which product?")
    await scene.page.keyboard.press("Escape")
    await expect(scene.page.get_by_role("dialog")).to_have_count(0)
    link = chat.get_by_role("link", name="Terms")
    await expect(link).to_have_attribute("href", "https://example.com/terms")
    await expect(link).to_have_attribute("target", "_blank")


async def test_several_photos_become_one_album(scene: Stage) -> None:
    """Three photos are three messages of one media group, shown as one grid with one caption; a click enlarges."""
    chat = scene.page.locator(".chat-column")
    await chat.get_by_role("button", name="Attach").click()
    async with scene.page.expect_file_chooser() as waiting:
        await scene.page.get_by_role("menuitem", name="Photos").click()
    colours = {"box.jpg": "tan", "side.jpg": "peru", "label.jpg": "white"}
    await (await waiting.value).set_files([picture(name, colour) for name, colour in colours.items()])
    await expect(chat.locator(".strip-tile")).to_have_count(3)
    await chat.get_by_role("textbox").fill("It was wet")
    await chat.get_by_role("button", name="Send").click()
    await expect(chat.locator(".album .picture")).to_have_count(3)
    await expect(chat.locator(".message .text")).to_have_count(1)
    sent = [message.data for message in scene.ann.chat.messages]
    assert len({data["media_group_id"] for data in sent}) == 1
    assert [data.get("caption") for data in sent] == ["It was wet", None, None]
    await chat.locator(".picture").first.click()
    await scene.page.keyboard.press("ArrowRight")
    await expect(scene.page.locator(".lightbox-count")).to_have_text("2 / 3")
    large = scene.page.locator(".lightbox > img")
    assert await large.evaluate("image => image.decode().then(() => image.naturalWidth)") == 120
    await scene.page.keyboard.press("Escape")
    await expect(large).to_have_count(0)


async def test_markup_in_a_customers_words_is_shown_as_words(scene: Stage) -> None:
    """Nothing a customer writes or is called becomes part of the page."""
    evil = '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">'
    scene.ann.sends(evil)
    mallory = scene.playground.add_person("<b>Mallory</b>", last_name="<img src=x onerror=hacked=1>")
    mallory.sends(evil)
    await scene.bot.call("createForumTopic", chat_id=scene.group.id, name="<i>topic</i>")
    await expect(scene.page.locator(".chat-column .text").first).to_contain_text(evil)
    await expect(scene.page.locator(".person-name", has_text="Mallory")).to_contain_text("<b>Mallory</b> <img")
    await expect(scene.page.locator(".topic-name", has_text="topic")).to_have_text("<i>topic</i>")
    assert await scene.page.evaluate(
        "window.hacked === undefined && !document.querySelector('.text script, .text img')"
    )


async def test_entities_are_drawn_where_they_stand(scene: Stage) -> None:
    """Offsets count UTF-16 units; nesting, spoilers, commands and links work; a script address is no link."""
    text = (
        "😀 <b>bold <i>both</i></b> <tg-spoiler>secret</tg-spoiler> <code>x = 1</code> "
        '<a href="https://example.com/a">page</a> /menu <blockquote>quoted</blockquote>'
    )
    await scene.bot.call("sendMessage", chat_id=scene.group.id, text=text, parse_mode="HTML")
    room = scene.page.locator(".staff-column .text")
    await expect(room.locator("strong")).to_have_text("bold both")
    await expect(room.locator("strong em")).to_have_text("both")
    await expect(room.locator("code")).to_have_text("x = 1")
    await expect(room.locator("blockquote")).to_have_text("quoted")
    await expect(room.locator("a")).to_have_attribute("href", "https://example.com/a")
    await room.locator(".spoiler").click()
    await expect(room.locator(".spoiler")).to_have_class(re.compile("shown"))
    scene.olga.sends("/menu")
    links = await scene.page.evaluate(
        """async () => {
            const { richText } = await import('/page/entities.js');
            const box = document.createElement('div');
            box.append(...richText('tap', [{type: 'text_link', offset: 0, length: 3, url: 'javascript:alert(1)'}], {}));
            return box.querySelectorAll('a').length;
        }"""
    )
    assert links == 0


async def test_edited_deleted_and_reacted_messages_say_so(scene: Stage) -> None:
    """An edit keeps the older text at hand, a removed message stays as removed, a reaction is shown and given."""
    chat = scene.page.locator(".chat-column")
    first = scene.ann.sends("Thnks")
    scene.ann.edits(first, "Thanks")
    sent = await scene.bot.call("sendMessage", chat_id=scene.ann.id, text="You are welcome")
    gone = await scene.bot.call("sendMessage", chat_id=scene.ann.id, text="A slip")
    await scene.bot.call("deleteMessage", chat_id=scene.ann.id, message_id=gone["message_id"])
    await chat.get_by_role("button", name="edited").click()
    await expect(chat.locator(".versions li")).to_have_text("Thnks")
    await expect(chat.locator(".kind-deleted")).to_contain_text("Message removed")
    welcome = chat.locator(f"[data-id='{sent['message_id']}']")
    await welcome.get_by_text("You are welcome").click(button="right")
    await scene.page.get_by_role("menuitem", name="React with 🔥").click()
    await expect(welcome.locator(".reaction")).to_contain_text("🔥")
    await welcome.locator(".reaction").click()
    await expect(welcome.locator(".reaction")).to_have_count(0)


async def test_own_message_is_answered_and_changed_with_the_keyboard_alone(scene: Stage) -> None:
    """Arrow up changes one's last words, Enter on a message opens its actions, the reply quotes it."""
    chat = scene.page.locator(".chat-column")
    scene.ann.sends("Tuseday")
    await scene.bot.call("sendMessage", chat_id=scene.ann.id, text="Which day?")
    await expect(chat.locator(".messages .message")).to_have_count(2)
    await chat.get_by_role("textbox").focus()
    await scene.page.keyboard.press("ArrowUp")
    await expect(chat.get_by_role("textbox")).to_have_value("Tuseday")
    await chat.get_by_role("textbox").fill("Tuesday")
    await scene.page.keyboard.press("Enter")
    await expect(chat.locator(".own .text")).to_contain_text("Tuesday")
    await chat.locator(".scroller").focus()
    for key in ("ArrowUp", "Enter"):
        await scene.page.keyboard.press(key)
    await scene.page.get_by_role("menuitem", name="Reply").click()
    await scene.page.keyboard.type("This week")
    await scene.page.keyboard.press("Enter")
    await expect(chat.locator(".quote")).to_contain_text("Which day?")
    assert scene.ann.chat.messages[-1].data["reply_to_message"]["text"] == "Which day?"


async def test_command_menu_narrows_while_typing(scene: Stage) -> None:
    """The slash opens the bot's commands for this person; typing narrows them and Enter sends the chosen one."""
    commands = [{"command": name, "description": f"About {name}"} for name in ("menu", "points", "offers")]
    await scene.bot.call("setMyCommands", commands=commands)
    box = scene.page.locator(".chat-column").get_by_role("textbox")
    await expect(scene.page.locator(".chat-column .slash")).to_be_visible()
    await box.press_sequentially("/")
    offered = scene.page.locator(".chat-column").get_by_role("option")
    await expect(offered).to_have_count(3)
    await box.press_sequentially("po")
    await expect(offered).to_have_text(["/pointsAbout points"])
    await box.press("Enter")
    await expect(scene.page.locator(".chat-column .own .text")).to_contain_text("/points")


async def test_reply_keyboard_sends_its_words_and_shares_the_number(scene: Stage) -> None:
    """The bot's keyboard stands under the input until the bot takes it away; a contact is shared after a question."""
    scene.ann.sends("hello")
    keyboard = {"keyboard": [["Tomorrow", {"text": "My number", "request_contact": True}]]}
    await scene.bot.call("sendMessage", chat_id=scene.ann.id, text="When?", reply_markup=keyboard)
    chat = scene.page.locator(".chat-column")
    await chat.get_by_role("button", name="Tomorrow").click()
    await expect(chat.locator(".own .text").last).to_contain_text("Tomorrow")
    await chat.get_by_role("button", name="My number").click()
    await scene.page.get_by_role("button", name="Share", exact=True).click()
    await expect(chat.locator(".card-tile")).to_contain_text("+358401234567")
    removed = {"remove_keyboard": True}
    await scene.bot.call("sendMessage", chat_id=scene.ann.id, text="Thanks", reply_markup=removed)
    await expect(chat.locator(".reply-keys")).to_be_hidden()


async def test_customer_blocks_and_unblocks_the_bot(scene: Stage) -> None:
    """While she blocks the bot nothing can be written; unblocking gives the input back."""
    chat = scene.page.locator(".chat-column")
    await chat.get_by_role("button", name="Customer actions").click()
    await scene.page.get_by_role("menuitem", name="Block the bot").click()
    await expect(chat.locator(".composer-closed")).to_contain_text("Ann Carter has blocked the bot")
    assert scene.ann.blocked
    await chat.get_by_role("button", name="Unblock the bot").click()
    await expect(chat.get_by_role("textbox")).to_be_visible()
    assert not scene.ann.blocked
