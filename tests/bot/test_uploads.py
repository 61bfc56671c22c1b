"""Files of a newsletter: the bytes travel once, and everybody else's message waits for that and then carries the id."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from domain.messages import Media, MediaKind, Message, Waiting
from store.database import Database
from tests.bot.pump_scene import PumpScene
from tests.bot.telegram_stub import PATIENCE_S, refuse, telegram_stub

PEOPLE = 100
BYTES = b"\x89PNG" + bytes(5000)


@pytest.fixture
async def scene(sqlite_database: Database) -> AsyncIterator[PumpScene]:
    """A store with a hundred customers, and a server."""
    async with telegram_stub() as stub:
        made = PumpScene(sqlite_database, stub)
        await made.prepare(PEOPLE)
        yield made


class PhotoDesk:
    """Answers sendPhoto: uploads slowly, what is known by its id only when *together* such calls are under way."""

    def __init__(self, scene: PumpScene, together: int = 1) -> None:
        self.scene, self.together = scene, together
        self.under_way = self.uploads = 0
        self.all_here = asyncio.Event()
        scene.stub.answers["sendPhoto"] = self.answer

    async def answer(self, params: dict[str, Any]) -> Any:
        """Answer with the sizes of a photo."""
        if isinstance(params["photo"], bytes):
            self.uploads += 1
            return self.sent(params)
        self.under_way += 1
        if self.under_way >= self.together:
            self.all_here.set()
        async with asyncio.timeout(PATIENCE_S):
            await self.all_here.wait()
        return self.sent(params)

    def sent(self, params: dict[str, Any]) -> dict[str, Any]:
        """Make the message that Telegram returns."""
        return {**self.scene.stub.message(params), "photo": [{"file_id": "small"}, {"file_id": "large"}]}


def rows(scene: PumpScene, path: Path) -> list[Waiting]:
    """Make everybody's copy of a newsletter with a picture."""
    message = Message("news", media=(Media(MediaKind.PHOTO, path=str(path)),))
    return [scene.bulk(customer, message=message) for customer in range(1, PEOPLE + 1)]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture that nobody has uploaded."""
    path = tmp_path / "spring.png"
    path.write_bytes(BYTES)
    return path


async def test_a_hundred_at_once_upload_a_picture_once_and_then_go_side_by_side(
    scene: PumpScene, picture: Path
) -> None:
    """The first carries the bytes; none of the others waits for another one's answer."""
    desk = PhotoDesk(scene, together=PEOPLE - 1)
    await scene.settle(*rows(scene, picture))
    sent = [params["photo"] for params in scene.stub.of("sendPhoto")]
    assert sent == [BYTES] + ["large"] * (PEOPLE - 1)
    assert desk.uploads == 1
    assert {await scene.recipient(customer) for customer in range(1, PEOPLE + 1)} == {("sent", "")}


async def test_when_the_first_upload_is_refused_for_her_the_next_one_carries_the_bytes(
    scene: PumpScene, picture: Path
) -> None:
    """Somebody who blocked the bot in between holds up nobody."""
    desk, refused = PhotoDesk(scene), list[int]()

    async def answer(params: dict[str, Any]) -> Any:
        if not refused:
            refused.append(params["chat_id"])
            return refuse(403, "Forbidden: bot was blocked by the user")
        return await desk.answer(params)

    scene.stub.answers["sendPhoto"] = answer
    await scene.settle(*rows(scene, picture))
    assert desk.uploads == 1
    outcomes = [await scene.recipient(customer) for customer in range(1, PEOPLE + 1)]
    assert outcomes.count(("sent", "")) == PEOPLE - 1
    assert await scene.recipient(refused[0]) == ("failed", "blocked")
