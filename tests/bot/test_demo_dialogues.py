"""The page's dialogues over HTTP: list, check, save, try, back to the shipped version; nothing outside the folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.config import Config, ConsoleSettings, TelegramSettings
from bot.config_values import Listen
from bot.content import load_content
from bot.demo_dialogues import DialogueWorkshop
from bot.pacing import Pace
from bot.playground.limits import Limits
from bot.playground.people import Person
from bot.playground.playground import Playground
from bot.pump import PumpSettings
from bot.wiring import App, RunSettings
from dialogues.library import SHIPPED
from domain.company import Company

COMPANY = Company(languages=("en", "fi", "cs"))


class Desk:
    """A running program with its workshop, spoken to as the page does."""

    def __init__(self, playground: Playground, folder: Path, store: str) -> None:
        self.playground = playground
        self.folder = folder / "content" / "dialogues"
        self.folder.mkdir(parents=True)
        config = Config(
            folder=folder,
            company=COMPANY,
            telegram=TelegramSettings(token=playground.token, api_url=playground.url),
            store=store,
            content=folder / "content",
            console=ConsoleSettings(Listen("127.0.0.1", 0)),
        )
        content = load_content(config)
        pump = PumpSettings(pace=Pace.unlimited(), first_wait=0.02, longest_wait=0.1)
        settings = RunSettings(pump=pump, long_poll=1, alarm=False, say=lambda _: None)
        self.app = App(config, content=content, settings=settings)
        playground.workshop = DialogueWorkshop(config, self.app, content)
        self.http = aiohttp.ClientSession()

    async def asks(self, verb: str, path: str = "", **given: Any) -> tuple[int, Any]:
        async with self.http.request(verb, f"{self.playground.url}/control/dialogues{path}", **given) as answer:
            told = await answer.json() if answer.content_type == "application/json" else await answer.text()
            return answer.status, told

    async def read(self, name: str) -> str:
        _, told = await self.asks("GET", f"/{name}")
        text: str = told["text"]
        return text

    async def says(self, person: Person, text: str) -> str:
        person.sends(text)
        await self.playground.until_idle()
        await self.app.settle()
        return person.chat.from_bot[-1].text


def written(folder: Path) -> set[Path]:
    """The files below *folder*, without the store's own."""
    return {path for path in folder.rglob("*") if ".db" not in path.name}


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """A running program, and nobody has written anything yet."""
    async with Playground(limits=Limits.none()) as playground:
        made = Desk(playground, tmp_path, sqlite_url)
        await made.app.start()
        yield made
        await made.http.close()
        await made.app.stop()


async def test_list_shows_the_shipped_dialogues_and_a_template_that_is_sound(desk: Desk) -> None:
    """A newcomer finds what there is, and her first file works before she has changed anything."""
    _, shown = await desk.asks("GET")
    rows = {row["name"]: row for row in shown["dialogues"]}
    assert set(rows) == {path.stem for path in SHIPPED.glob("*.toml")}
    nps = rows["nps"]
    assert (nps["command"], nps["own"], nps["shipped"]) == ("rate", False, True)
    text = shown["template"].replace("{name}", "wine-club").replace("{command}", "wine_club")
    assert await desk.asks("POST", "/wine-club/check", json={"text": text}) == (200, {"faults": []})
    assert not list(desk.folder.iterdir())


async def test_saved_change_is_used_at_once_and_an_open_conversation_keeps_its_version(desk: Desk) -> None:
    """The page's flow: edit, save, try. Who was in the middle is not disturbed, and who tries it begins anew."""
    ann, ben = desk.playground.add_person("Ann"), desk.playground.add_person("Ben")
    for person in (ann, ben):
        await desk.says(person, "/start")
        await desk.says(person, "/cancel")
    before = await desk.says(ann, "/rate")
    text = (
        (await desk.read("nps"))
        .replace("How likely are you", "How ready are you")
        .replace("version = 1", "version = 2")
    )
    status, told = await desk.asks("POST", "/nps", json={"text": text})
    assert (status, told["saved"], told["faults"], told["version"], told["same_version"]) == (200, True, [], 2, False)
    assert (desk.folder / "nps.toml").read_text(encoding="utf-8") == text
    assert await desk.says(ann, "/rate") == before
    assert "How ready are you" in await desk.says(ben, "/rate")
    assert (await desk.asks("POST", "/nps/ready", json={"person": ann.id}))[1] == {"ended": True, "command": "rate"}
    assert "How ready are you" in await desk.says(ann, "/rate")


async def test_faulty_text_is_not_saved_and_each_fault_leads_to_its_line(desk: Desk) -> None:
    """The text stays with the writer; the folder and the running program stay as they were."""
    text = (await desk.read("nps")).replace("scale 0-10", "skale 0-10").replace("score <= 8", "scor <= 8")
    status, told = await desk.asks("POST", "/nps", json={"text": text})
    assert (status, told["saved"]) == (200, False)
    lines = text.split("\n")
    assert ["skale" in lines[fault["line"] - 1] or "scor " in lines[fault["line"] - 1] for fault in told["faults"]] == [
        True,
        True,
    ]
    assert all(fault["here"] and fault["remedy"] for fault in told["faults"])
    assert not list(desk.folder.iterdir())


async def test_fault_that_shows_in_another_file_is_told_and_blocks(desk: Desk) -> None:
    """Two dialogues with one command: whichever file is blamed, nothing is saved."""
    text = (await desk.read("nps")).replace('command = "rate"', 'command = "complaint"')
    _, told = await desk.asks("POST", "/nps", json={"text": text})
    assert not told["saved"]
    assert "/complaint" in told["faults"][0]["problem"]


async def test_file_that_was_broken_elsewhere_blocks_nobody(desk: Desk) -> None:
    """Two files broken in an editor can be mended here one after the other."""
    sound = (await desk.read("feedback")).replace("version = 1", "version = 2")
    (desk.folder / "question.toml").write_text("id = question\n", encoding="utf-8")
    _, told = await desk.asks("POST", "/feedback", json={"text": sound})
    assert told["saved"]
    assert [fault["file"] for fault in told["faults"]] == ["dialogues/question.toml"]
    assert (await desk.asks("DELETE", "/question"))[1]["saved"]
    _, told = await desk.asks("POST", "/feedback", json={"text": sound})
    assert (told["faults"], told["version"]) == ([], 2)


async def test_back_to_the_shipped_version_removes_the_own_file(desk: Desk) -> None:
    """What was shipped is always there."""
    text = await desk.read("feedback")
    await desk.asks("POST", "/feedback", json={"text": text.replace("version = 1", "version = 7")})
    _, shown = await desk.asks("GET", "/feedback")
    assert (shown["own"], shown["shipped"]) == (True, True)
    assert (await desk.asks("DELETE", "/feedback"))[1] == {"saved": True, "faults": [], "shipped": True}
    assert await desk.read("feedback") == text
    status, told = await desk.asks("DELETE", "/feedback")
    assert (status, "nothing" in told["error"] or "no file" in told["error"]) == (404, True)


@pytest.mark.parametrize(
    "name", ["..%2Fvuoro", "%2e%2e%2fx", "a%2F..%2Fb", "Nps", "nps.toml", "-x", "a" * 70, "nps%00", "%2Fetc%2Fpasswd"]
)
async def test_no_other_file_can_be_read_or_written(desk: Desk, name: str, tmp_path: Path) -> None:
    """A name is letters, digits, - and _; whatever else is asked for, nothing is touched."""
    before = written(tmp_path)
    for verb, path in (("GET", ""), ("POST", ""), ("POST", "/check"), ("DELETE", "")):
        given = {"json": {"text": "x = 1"}} if verb == "POST" else {}
        status, _ = await desk.asks(verb, f"/{name}{path}", **given)
        assert status in {400, 404, 405}
    assert written(tmp_path) == before


async def test_page_of_another_site_cannot_write(desk: Desk) -> None:
    """A form on a foreign page reaches this machine's ports; it may not save files through the visitor's browser."""
    text = await desk.read("feedback")
    foreign = {"Origin": "https://example.com"}
    assert (await desk.asks("POST", "/feedback", json={"text": text}, headers=foreign))[0] == 403
    assert (await desk.asks("DELETE", "/feedback", headers=foreign))[0] == 403
    plain = {"Content-Type": "text/plain"}
    assert (await desk.asks("POST", "/feedback", data='{"text": "x"}', headers=plain))[0] == 415
    assert (await desk.asks("POST", "/feedback", json=["x"]))[0] == 400
    assert (await desk.asks("POST", "/feedback", json={"text": "x" * 200_001}))[0] == 413
    own = {"Origin": desk.playground.url}
    assert (await desk.asks("POST", "/feedback", json={"text": text}, headers=own))[0] == 200


async def test_playground_without_a_workshop_offers_none() -> None:
    """The stand-in alone knows nothing of dialogues."""
    async with Playground() as playground, aiohttp.ClientSession() as http:
        async with http.get(f"{playground.url}/control/dialogues") as answer:
            assert answer.status == 404
        async with http.get(f"{playground.url}/control/state") as answer:
            assert (await answer.json())["workshop"] is False
