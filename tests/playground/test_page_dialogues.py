"""The page's window of dialogues in a real browser: list, check, save, try; on a phone, too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.playground.page_browser import ScriptedBot, Stage, Update, browser, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = 'id = "nps"\nversion = 1\n# enough lines\n# to\n# see\nkind = "scale"\n'


class Shelf:
    """A workshop whose judgement is one word: texts with "wrong" in them have a fault on that line."""

    def __init__(self) -> None:
        self.files = {"nps": TEXT, "welcome": 'id = "welcome"\n'}
        self.own: set[str] = set()
        self.readied: list[tuple[str, int]] = []

    async def every(self) -> dict[str, Any]:
        rows = [
            {
                "name": name,
                "title": name.capitalize(),
                "command": name,
                "own": name in self.own,
                "shipped": name in {"nps", "welcome"},
            }
            for name in self.files
        ]
        return {"dialogues": rows, "template": 'id = "{name}"\ncommand = "{command}"\n'}

    async def read(self, name: str) -> dict[str, Any]:
        return {"name": name, "text": self.files[name], "own": name in self.own, "shipped": True}

    async def check(self, name: str, text: str) -> dict[str, Any]:
        lines = [number for number, line in enumerate(text.split("\n"), 1) if "wrong" in line]
        fault = {"file": f"dialogues/{name}.toml", "key": "kind", "problem": "<b>is wrong", "remedy": "correct it"}
        return {"faults": [{**fault, "line": line, "here": True} for line in lines]}

    async def save(self, name: str, text: str) -> dict[str, Any]:
        told = await self.check(name, text)
        if not told["faults"]:
            self.files[name] = text
            self.own.add(name)
        return {**told, "saved": not told["faults"], "command": name, "version": 1, "same_version": False}

    async def remove(self, name: str) -> dict[str, Any]:
        self.own.discard(name)
        self.files[name] = TEXT
        return {"saved": True, "faults": [], "shipped": True}

    async def ready(self, name: str, person: int) -> dict[str, Any]:
        self.readied.append((name, person))
        return {"ended": False, "command": name}


async def silent(bot: ScriptedBot, update: Update) -> None:
    """Say nothing."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests of this file."""
    async with browser() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def scene(chromium: Browser) -> AsyncIterator[tuple[Stage, Shelf]]:
    """Ann's chat, and a shelf of two dialogues."""
    async with stage(chromium, silent) as made:
        shelf = Shelf()
        made.playground.workshop = shelf
        await made.open()
        yield made, shelf


async def test_dialogue_is_edited_checked_saved_and_tried(scene: tuple[Stage, Shelf]) -> None:
    """Each fault leads to its line; a faulty text is not saved and not lost; Try it writes as the customer."""
    made, shelf = scene
    page = made.page
    await page.get_by_role("banner").get_by_role("button", name="Dialogues").click()
    window = page.get_by_role("dialog", name="Dialogues")
    await window.get_by_role("button", name="Nps nps").click()
    text = window.get_by_role("textbox")
    await expect(text).to_have_value(TEXT)
    await text.fill(TEXT.replace('"scale"', '"wrong"'))
    await window.get_by_role("button", name="Save", exact=True).click()
    await expect(window.locator(".refused")).to_contain_text("Not saved")
    await expect(window.locator(".line-numbers .faulty")).to_have_text("6")
    await window.get_by_role("button", name="line 6").click()
    assert await text.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)") == 'kind = "wrong"'
    assert shelf.files["nps"] == TEXT
    await expect(window.get_by_role("button", name="Try it")).to_be_disabled()

    await window.get_by_role("button", name="Close").last.click()
    await page.get_by_role("banner").get_by_role("button", name="Dialogues").click()
    await expect(text).to_have_value(TEXT.replace('"scale"', '"wrong"'))
    better = TEXT.replace('"scale"', '"stars"')
    await text.fill(better)
    await window.get_by_role("button", name="Check", exact=True).click()
    await expect(window.locator(".well")).to_contain_text("No faults")
    await text.press("Control+s")
    await expect(window.locator(".well")).to_contain_text("Saved and in use")
    assert shelf.files["nps"] == better
    await window.get_by_role("button", name="Try it").click()
    await expect(window).to_have_count(0)
    await expect(page.locator(".chat-column .bubble:not(.typing)").last).to_contain_text("/nps")
    assert shelf.readied == [("nps", made.ann.id)]


async def test_new_dialogue_begins_with_a_template_and_a_shipped_one_comes_back(scene: tuple[Stage, Shelf]) -> None:
    """New asks for a name that is fit for a file; what was changed can be given up."""
    made, shelf = scene
    page = made.page
    await page.get_by_role("banner").get_by_role("button", name="Dialogues").click()
    window = page.locator("dialog.shelf")
    await window.get_by_role("button", name="New dialogue").click()
    name = page.locator(".box-frame input")
    await name.fill("../Wine")
    await page.get_by_role("button", name="Create").click()
    assert await name.evaluate("input => input.validity.patternMismatch")
    await name.fill("wine-club")
    await page.get_by_role("button", name="Create").click()
    text = window.locator("textarea")
    await expect(text).to_have_value('id = "wine-club"\ncommand = "wine_club"\n')
    await window.get_by_role("button", name="Save", exact=True).click()
    await expect(window.locator(".well")).to_be_visible()
    assert "wine-club" in shelf.files

    await window.locator("[data-dialogue=welcome]").click()
    await text.fill("# mine\n")
    await window.get_by_role("button", name="Save", exact=True).click()
    await expect(window.locator(".well")).to_be_visible()
    await window.get_by_role("button", name="Back to the shipped version").click()
    await page.locator(".box-frame").get_by_role("button", name="Back to the shipped version").click()
    await expect(text).to_have_value(TEXT)


async def test_window_fits_a_phone(chromium: Browser) -> None:
    """The list and the editor are one after the other, nothing is wider than the screen, and keys are large enough."""
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    async with stage(chromium, silent, **phone) as made:
        made.playground.workshop = Shelf()
        await made.open(pane="more")
        page = made.page
        await page.locator(".more-links").get_by_role("button", name="Dialogues").click()
        window = page.locator("dialog.shelf")
        await expect(window.locator("textarea")).to_be_hidden()
        await window.locator("[data-dialogue=nps]").click()
        await expect(window.locator("textarea")).to_be_visible()
        wide = (
            "() => document.documentElement.scrollWidth <= 390 && document.querySelector('.shelf').scrollWidth <= 390"
        )
        assert await page.evaluate(wide)
        for button in await window.locator("button:visible").all():
            box = await button.bounding_box()
            assert box is not None
            assert box["height"] >= 42
        await window.get_by_role("button", name="All dialogues").click()
        await expect(window.locator("[data-dialogue=nps]")).to_be_visible()
