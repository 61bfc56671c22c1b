"""Changed content files while the program runs: taken together when sound, refused together when not, told once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands.run import run_until_asked
from bot.config import Config, ConsoleSettings, StaffSettings, TelegramSettings
from bot.config_values import Listen
from bot.pacing import Pace
from bot.playground.limits import Limits
from bot.playground.people import Person
from bot.playground.playground import Playground
from bot.pump import PumpSettings
from bot.reloading import fingerprint
from bot.wiring import App, RunSettings
from domain.company import Company
from tests.bot.telegram_stub import PATIENCE_S

PARTY = """\
id = "party"
version = 1
start = { command = "party" }
title.en = "Summer party"

[[ask]]
id = "coming"
kind = "yes/no"
say.en = "Will you come?"

[[ask]]
id = "guests"
kind = "number"
say.en = "How many of you?"

[[done]]
say.en = "See you!"
"""


class Scene:
    """A program with a content folder, a customer and a manager."""

    def __init__(self, playground: Playground, folder: Path, store: str, *, alarm: bool = False) -> None:
        self.playground = playground
        self.said: list[str] = []
        self.dialogues = folder / "content" / "dialogues"
        self.words = folder / "content" / "templates"
        self.dialogues.mkdir(parents=True)
        self.words.mkdir()
        config = Config(
            folder=folder,
            company=Company(languages=("en",)),
            telegram=TelegramSettings(token=playground.token, api_url=playground.url),
            staff=StaffSettings(admins=(77,)),
            store=store,
            content=folder / "content",
            console=ConsoleSettings(Listen("127.0.0.1", 0)),
        )
        pump = PumpSettings(pace=Pace.unlimited(), first_wait=0.02, longest_wait=0.1)
        # Without the alarm nothing looks by itself: the tests say when.
        self.app = App(config, settings=RunSettings(pump=pump, long_poll=1, alarm=alarm, say=self.said.append))
        self.ann = playground.add_person("Ann")
        self.boss = playground.add_person("Olga", user_id=77)

    def version(self) -> int:
        party = self.app.parts.conductor.library.get("party")
        return party.version if party is not None else 0

    def write(self, source: str) -> None:
        (self.dialogues / "party.toml").write_text(source, encoding="utf-8")

    async def says(self, person: Person, text: str) -> str:
        person.sends(text)
        await self.playground.until_idle()
        await self.app.settle()
        return person.chat.from_bot[-1].text


@pytest.fixture
async def scene(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """A running program with one dialogue of its own."""
    async with Playground(limits=Limits.none()) as playground:
        made = Scene(playground, tmp_path, sqlite_url)
        made.write(PARTY)
        await made.app.start()
        await made.says(made.boss, "/start")
        await made.says(made.ann, "/start")
        await made.says(made.ann, "/cancel")
        yield made
        await made.app.stop()


async def test_new_runs_use_the_new_version_and_open_ones_keep_theirs(scene: Scene) -> None:
    """Whoever is in the middle is not asked something else in mid-sentence."""
    assert "Will you come?" in await scene.says(scene.ann, "/party")
    scene.write(PARTY.replace("version = 1", "version = 2").replace("How many of you?", "How many seats?"))
    assert await scene.app.reload() is None
    assert "How many of you?" in await scene.says(scene.ann, "yes")
    await scene.says(scene.ann, "2")
    await scene.says(scene.ann, "/party")
    assert "How many seats?" in await scene.says(scene.ann, "yes")


async def test_faulty_change_is_told_to_staff_and_nothing_of_it_is_used(scene: Scene) -> None:
    """The sound change of another file waits, too: what belongs together comes together."""
    scene.write(PARTY.replace("version = 1", 'version = "2"').replace("Will you come?", "Coming?"))
    (scene.words / "service.en.toml").write_text('[command]\nstart = "Hello"\n', encoding="utf-8")
    refused = await scene.app.reload()
    assert refused is not None
    assert str(refused.faults[0]).startswith("dialogues/party.toml:2: version:")
    assert "dialogues/party.toml:2" in scene.said[-1]
    await scene.app.settle()
    told = scene.boss.chat.from_bot[-1].text
    assert "not in use" in told
    assert "dialogues/party.toml:2: version" in told
    assert "Will you come?" in await scene.says(scene.ann, "/party")


async def test_command_menu_follows_the_dialogues(scene: Scene) -> None:
    """A dialogue that came shows in the menu of the bot, and one that went is no longer there."""

    def menu() -> list[str]:
        return [entry["command"] for entry in scene.playground.world.commands.seen_by(scene.ann.id, "en")]

    async def menu_has(command: str, *, there: bool) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while (command in menu()) is not there:
                await asyncio.sleep(0.01)

    await menu_has("party", there=True)
    (scene.dialogues / "party.toml").unlink()
    (scene.dialogues / "fair.toml").write_text(PARTY.replace("party", "fair"), encoding="utf-8")
    assert await scene.app.reload() is None
    await menu_has("fair", there=True)
    assert "party" not in menu()
    assert "Will you come?" in await scene.says(scene.ann, "/fair")


async def test_changed_words_are_said_at_once_and_understood(scene: Scene) -> None:
    """Not only dialogues: what the bot says by itself, and the words by which it is steered."""
    text = '[command]\nhelp = "Every word you need"\n'
    (scene.words / "service.en.toml").write_text(text, encoding="utf-8")
    (scene.words / "dialogue.en.toml").write_text('cancel = "Leave it"\n', encoding="utf-8")
    await scene.says(scene.ann, "/party")
    assert await scene.app.reload() is None
    answer = await scene.says(scene.ann, "leave it")
    assert "Will you come?" not in answer
    assert "Will you come?" in await scene.says(scene.ann, "/party")
    assert ["Leave it"] in scene.ann.chat.from_bot[-1].labels


async def test_looking_reads_only_what_has_changed(scene: Scene) -> None:
    """Time or size of any file tells; a fault is told once, not at every look."""
    reloading = scene.app._reloading
    await reloading.look()
    assert scene.said == []
    scene.write(PARTY.replace("Will you come?", "Will you come, {who}?"))
    await reloading.look()
    await reloading.look()
    assert len(scene.said) == 1
    scene.write(PARTY.replace("Will you come?", "Coming?"))
    await reloading.look()
    assert "Coming?" in await scene.says(scene.ann, "/party")
    assert scene.said[1:] == ["content: the changed files are in use now"]


async def test_hangup_signal_reads_even_what_seems_unchanged(sqlite_url: str, tmp_path: Path) -> None:
    """Whoever cannot rely on the files' times (a copied folder) has a way to say: look again."""
    async with Playground(limits=Limits.none()) as playground:
        scene = Scene(playground, tmp_path, sqlite_url, alarm=True)
        scene.write(PARTY)
        file = scene.dialogues / "party.toml"
        before = file.stat()
        running = asyncio.create_task(run_until_asked(scene.app))
        while signal.getsignal(signal.SIGHUP) in {signal.SIG_DFL, signal.SIG_IGN}:  # the latter under nohup
            await asyncio.sleep(0.01)
        scene.write(PARTY.replace("version = 1", "version = 2"))
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.kill(os.getpid(), signal.SIGHUP)
        async with asyncio.timeout(PATIENCE_S):
            while scene.version() != 2:
                await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        await running
        assert scene.version() == 2


def test_fingerprint_sees_each_change_and_no_half_written_file(tmp_path: Path) -> None:
    """New, changed, gone: each gives another fingerprint; editors' own files give none."""
    (tmp_path / "dialogues").mkdir()
    file = tmp_path / "dialogues" / "party.toml"
    empty = fingerprint(tmp_path)
    file.write_text("one", encoding="utf-8")
    first = fingerprint(tmp_path)
    os.utime(file, ns=(1, 1))
    touched = fingerprint(tmp_path)
    (tmp_path / "dialogues" / ".party.toml.swp").write_text("x", encoding="utf-8")
    (tmp_path / "dialogues" / "party.toml.new").write_text("x", encoding="utf-8")
    assert fingerprint(tmp_path) == touched
    assert len({empty, first, touched}) == 3
    assert fingerprint(None) == fingerprint(tmp_path / "nowhere") == frozenset()
