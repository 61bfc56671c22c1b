"""The browser page as a whole: phone width, contrast, languages, the staff's side, time, faults, lost connections."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, WebSocketRoute, expect

import bot.playground
from tests.playground.page_browser import ScriptedBot, Stage, Update, browser, newcomer, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = Path(bot.playground.__path__[0]) / "page"

CONTRAST = """(selector) => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgba = (value) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = value;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const ground = (node) => {
        for (; node; node = node.parentElement) {
            const colour = rgba(getComputedStyle(node).backgroundColor);
            if (colour[3] > 200) return colour;
        }
        return [255, 255, 255, 255];
    };
    const luminance = (colour) => {
        const [r, g, b] = colour.map((part) => part / 255)
            .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    return [...document.querySelectorAll(selector)].filter((node) => node.offsetParent).map((node) => {
        const pair = [luminance(rgba(getComputedStyle(node).color)), luminance(ground(node))];
        const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        return [node.className + ': ' + node.textContent.slice(0, 30), ratio];
    });
}"""
WORDS = (
    ".brand h1, .subtitle, .column-head h2, .person-name, .person-last, .person-time, .person-you, .tag, .count, "
    ".button, .bubble .text, .stamp, .stamp time, .author, .key, .mention, .text a, .in-text, .quote-name, "
    ".quote-words, .edited, .topic-name, .seat-note, .pinned-words b, .day span, "
    ".service span, .clock-button, .chat-title .quiet"
)
OUTSIDE = """() => [...document.querySelectorAll('.app *')]
    .filter((node) => node.offsetParent && node.getBoundingClientRect().right > 390.5)
    .map((node) => node.className)"""
LOW = """() => [...document.querySelectorAll('button, select, a.key, .search, summary')]
    .filter((node) => node.checkVisibility() && node.offsetParent && !node.closest('.bubble, .toast'))
    .filter((node) => node.offsetHeight < 42)
    .map((node) => node.className + ' ' + node.offsetHeight)"""


async def silent(bot: ScriptedBot, update: Update) -> None:
    """Answer nothing."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests of this file."""
    async with browser() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(chromium: Browser) -> AsyncIterator[Stage]:
    """A desktop window that the tests of this file share, each with a customer of its own."""
    async with stage(chromium, silent) as shared:
        await shared.open(person=False, pane="people")
        yield shared


@pytest_asyncio.fixture(loop_scope="module")
async def scene(desk: Stage) -> Stage:
    """The desktop window with a fresh customer's chat open."""
    return await newcomer(desk)


async def talk(scene: Stage) -> None:
    """Fill Ann's chat and a topic with what a page must bear: long words, keyboards, quotes, pins."""
    asked = scene.ann.sends("/start and " + "pitkäsanainenasiakaspalvelu" * 4)
    markup = {"inline_keyboard": [[{"text": "A rather long label " * 3, "callback_data": "x"}] * 3]}
    text = "<b>Hello</b> https://example.com/" + "path/" * 30 + " <pre>" + "code " * 40 + "</pre>"
    sent = await scene.bot.call("sendMessage", chat_id=scene.ann.id, text=text, parse_mode="HTML", reply_markup=markup)
    await scene.bot.call("pinChatMessage", chat_id=scene.ann.id, message_id=sent["message_id"])
    scene.ann.edits(scene.ann.sends("Thnks", reply_to=asked), "Thanks")
    topic = await scene.bot.call("createForumTopic", chat_id=scene.group.id, name="Ann Carter 2045 " + "long " * 15)
    thread = topic["message_thread_id"]
    card = {"chat_id": scene.group.id, "message_thread_id": thread, "text": "No 2045 " * 12, "reply_markup": markup}
    await scene.bot.call("sendMessage", **card)
    scene.olga.sends("I take it", chat=scene.group, thread=thread)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_words_stand_out_from_their_ground(chromium: Browser, scheme: str) -> None:
    """Every kind of text keeps a contrast of 4.5 to 1 (WCAG AA) in both schemes, which follow the system."""
    async with stage(chromium, silent, color_scheme=scheme) as scene:
        await talk(scene)
        await scene.open()
        await expect(scene.page.locator(".staff-column .own")).to_have_count(1)
        found: list[tuple[str, float]] = await scene.page.evaluate(CONTRAST, WORDS)
        assert len(found) > 25
        assert [(name, round(ratio, 2)) for name, ratio in found if ratio < 4.5] == []
        ground = await scene.page.evaluate("getComputedStyle(document.body).backgroundColor")
        other = "Switch to dark" if scheme == "light" else "Switch to light"
        await scene.page.get_by_role("button", name=other).click()
        assert await scene.page.evaluate("getComputedStyle(document.body).backgroundColor") != ground


async def test_phone_width_never_scrolls_sideways(chromium: Browser) -> None:
    """At 390 px each pane fits, nothing is cut off at the right, and what one touches is at least 44 px high."""
    async with stage(chromium, silent, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as scene:
        await talk(scene)
        scene.group.title = "A company with a long name · customer service"
        await scene.open(person=False, pane="people")
        page = scene.page
        await page.locator(".person", has_text="Ann Carter").tap()
        await expect(page.locator(".chat-column .composer")).to_be_in_viewport(ratio=1)
        for pane in ("Customers", "Chat", "Staff", "More"):
            await page.locator(".bottom").get_by_role("button", name=pane).tap()
            assert await page.evaluate("document.documentElement.scrollWidth") == 390
            assert await page.evaluate(OUTSIDE) == []
            assert await page.evaluate(LOW) == []
        await page.locator(".bottom").get_by_role("button", name="Chat").tap()
        await page.locator(".chat-column .own .text").last.tap()
        await expect(page.get_by_role("menuitem", name="Reply")).to_be_visible()


async def test_page_has_every_word_in_every_language() -> None:
    """No word of the page falls back to English."""
    source = (PAGE / "words.js").read_text(encoding="utf-8")
    tables = re.findall(r"const (ENGLISH|FINNISH|CZECH) = \{(.*?)\n\};", source, re.DOTALL)
    keys = {name: re.findall(r"(\w+): \"", re.sub(r"\"[^\"]*\"", '"', table)) for name, table in tables}
    assert sorted(keys["FINNISH"]) == sorted(keys["ENGLISH"]) == sorted(keys["CZECH"])
    assert len(keys["ENGLISH"]) > 150


async def test_page_speaks_finnish_english_and_czech(chromium: Browser) -> None:
    """A Finnish browser sees Finnish; the choice of another language is kept; the first hint goes once dismissed."""
    async with stage(chromium, silent, locale="fi-FI") as scene:
        scene.playground.note = {"en": "A car dealer", "fi": "Autokauppa"}
        await scene.page.add_init_script("localStorage['vuoro.hint'] = sessionStorage.hint ?? 'new'")
        await scene.open(person=False, pane="people")
        page = scene.page
        await expect(page.locator("html")).to_have_attribute("lang", "fi")
        await expect(page.locator(".people-column h2").first).to_have_text("Asiakkaat")
        await expect(page.locator(".brand")).to_contain_text("Autokauppa")
        await expect(page.locator(".hint")).to_contain_text("Henkilöstö näkee sen oikealla")
        await page.get_by_role("button", name="Selvä").click()
        await expect(page.locator(".hint")).to_have_count(0)
        await page.get_by_role("button", name="In English").click()
        await expect(page.locator(".people-column h2").first).to_have_text("Customers")
        await page.reload()
        await expect(page.locator(".people-column h2").first).to_have_text("Customers")
        await expect(page.locator(".brand")).to_contain_text("A car dealer")
        await page.get_by_role("button", name="Česky").click()
        await expect(page.locator(".people-column h2").first).to_have_text("Zákazníci")
        await expect(page.get_by_role("button", name="Suomeksi")).to_be_visible()


async def test_staff_work_in_the_forum_beside_the_customer(scene: Stage) -> None:
    """Choosing a customer opens her topic; one writes as the chosen staff member; staff's own chats are reachable."""
    topic = await scene.bot.call("createForumTopic", chat_id=scene.group.id, name="Ann Carter · 2045")
    card = {"chat_id": scene.group.id, "message_thread_id": topic["message_thread_id"], "text": "No 2045"}
    sent = await scene.bot.call("sendMessage", **card)
    await scene.bot.call("pinChatMessage", chat_id=scene.group.id, message_id=sent["message_id"])
    page, staff = scene.page, scene.page.locator(".staff-column")
    await page.locator(f"[data-person='{scene.ann.id}']").click()
    await expect(staff.locator("h3")).to_have_text("Ann Carter · 2045")
    await expect(staff.locator(".pinned")).to_contain_text("No 2045")
    await staff.get_by_label("Acting as").select_option("Mats Ek")
    await page.evaluate("() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))")
    await staff.get_by_role("textbox").fill("On my way")
    await page.keyboard.press("Enter")
    await expect(staff.locator(".own .text")).to_contain_text("On my way")
    message = scene.group.messages[-1]
    assert (message.data["from"]["first_name"], message.thread) == ("Mats", topic["message_thread_id"])
    await staff.get_by_role("button", name="General").click()
    scene.olga.sends("Anyone?", chat=scene.group, thread=topic["message_thread_id"])
    await expect(staff.locator(".topic", has_text="2045").locator(".badge")).to_contain_text("1")
    await page.locator(".staff-part summary").click()
    await page.locator(".person", has_text="Olga Nyberg").click()
    await page.locator(".chat-column").get_by_role("button", name="Start").click()
    await expect(page.locator(".chat-column .own .text")).to_contain_text("/start")
    assert scene.olga.chat.messages[-1].text == "/start"


async def test_reader_of_older_messages_keeps_her_place(scene: Stage) -> None:
    """New messages never move what one reads; a pill counts them and leads to the end."""
    for number in range(60):
        scene.ann.sends(f"Line {number}")
    chat = scene.page.locator(".chat-column")
    await expect(chat.get_by_text("Line 59")).to_be_in_viewport()
    await chat.locator(".scroller").hover()
    await scene.page.mouse.wheel(0, -900)
    await expect(chat.locator(".pill")).to_be_visible()
    before = await chat.locator(".scroller").evaluate("node => node.scrollTop")
    for number in range(3):
        await scene.bot.call("sendMessage", chat_id=scene.ann.id, text=f"News {number}")
    await expect(chat.locator(".pill")).to_have_text("New messages (3)")
    await expect(scene.page.locator(".person[aria-current] .badge")).to_contain_text("3")
    assert await chat.locator(".scroller").evaluate("node => node.scrollTop") == before
    await chat.locator(".pill").click()
    await expect(chat.get_by_text("News 2")).to_be_in_viewport()
    await expect(scene.page.locator(".person[aria-current] .badge")).to_have_count(0)


async def test_lost_connection_is_found_again_with_all_that_was_missed(chromium: Browser) -> None:
    """When the socket breaks the page says so, connects again by itself and shows what came meanwhile."""
    async with stage(chromium, silent) as scene:
        sockets: list[WebSocketRoute] = []

        def connect(socket: WebSocketRoute) -> None:
            sockets.append(socket)
            socket.connect_to_server()

        await scene.page.route_web_socket("**/control/events", connect)
        await scene.open()
        await expect(scene.page.locator(".connection")).to_have_text("Live")
        await sockets[0].close()
        await expect(scene.page.locator(".connection")).to_have_attribute("data-state", "lost")
        scene.ann.sends("Are you there?")
        await expect(scene.page.locator(".chat-column .text")).to_contain_text("Are you there?")
        await expect(scene.page.locator(".connection")).to_have_text("Live")


async def test_time_jumps_and_faults_are_set_from_the_drawer(scene: Stage) -> None:
    """+1 day moves the simulated clock and everything dated; a fault waits in the list until it is cleared."""
    before = scene.playground.clock.now()
    await scene.page.get_by_role("button", name="Time & faults").click()
    more = scene.page.locator(".more-column")
    await more.get_by_role("button", name="+1 day").click()
    await more.get_by_role("button", name="Too many requests (429)").click()
    await expect(more.locator(".faults")).to_contain_text("Too many requests (429) · sendMessage")
    assert (scene.playground.clock.now() - before).days == 1
    assert [fault.kind.value for fault in scene.playground.faults.active] == ["too_many_requests"]
    with pytest.raises(RuntimeError, match="Too Many Requests"):
        await scene.bot.call("sendMessage", chat_id=scene.ann.id, text="x")
    await more.get_by_role("button", name="Connection cut").click()
    await more.get_by_role("button", name="Clear all").click()
    await expect(more.locator(".faults")).to_have_text("No faults waiting")
    await scene.page.keyboard.press("Escape")
    await expect(more).to_be_hidden()


async def test_new_customer_comes_with_a_name_and_a_language(scene: Stage) -> None:
    """The box makes a person whose chat opens at once; the search finds her among hundreds."""
    for number in range(300):
        scene.playground.add_person(f"Person{number}", last_name="Many")
    page = scene.page
    await page.get_by_role("button", name="New customer").click()
    box = page.get_by_role("dialog")
    await box.get_by_label("First name").fill("Sirkka")
    await box.get_by_label("Language").select_option("fi")
    await box.get_by_role("button", name="Create").click()
    await expect(page.locator(".chat-column .seat-name")).to_have_text("Sirkka")
    sirkka = scene.playground.people[-1]
    assert (sirkka.first_name, sirkka.language_code) == ("Sirkka", "fi")
    await page.get_by_label("Search people").fill("sirk")
    await expect(page.locator(".people-scroll .person")).to_have_count(1)
