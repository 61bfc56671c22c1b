"""The pump where a call never gets out: no name, no connection in time, none free; each goes again, nobody twice."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot.telegram_request import AiohttpRequest
from domain.messages import Media, MediaKind, Message, OnUnknown, Waiting
from store.database import Database
from tests.bot.pump_scene import PumpScene
from tests.bot.telegram_stub import telegram_stub

NAME = "telegram.test"  # nobody has it
IN_TIME_S = 0.05
MORE_THAN_ANY_LIMIT = 6  # a message of unknown fate would be given up by then


@dataclasses.dataclass
class Network:
    """The machine's way out: it resolves one name, and fails *times* times in one way."""

    failing: str
    times: int = MORE_THAN_ANY_LIMIT

    def __post_init__(self) -> None:
        loop: Any = asyncio.get_running_loop()
        self._resolve, self._connect = loop.getaddrinfo, loop.sock_connect

    def fails(self, how: str) -> bool:
        """Say whether this is a time to fail."""
        if self.failing != how or self.times == 0:
            return False
        self.times -= 1
        return True

    async def getaddrinfo(self, host: str, port: int, **more: Any) -> Any:
        """Resolve, as the loop does."""
        slowly = self.fails("no name in time")
        if slowly:
            await asyncio.sleep(3 * IN_TIME_S)
        if slowly or self.fails("no name"):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return await self._resolve("127.0.0.1" if host == NAME else host, port, **more)

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect, as the loop does."""
        if self.fails("no connection in time"):
            await asyncio.Event().wait()
        await self._connect(sock, address)


@pytest.fixture
async def scene(sqlite_database: Database) -> AsyncIterator[PumpScene]:
    """A store with customers, and a server that has a name."""
    async with telegram_stub() as stub:
        stub.url = stub.url.replace("127.0.0.1", NAME)
        made = PumpScene(sqlite_database, stub)
        await made.prepare()
        yield made


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Network]:
    """Make the network fail."""

    def broken(how: str) -> Network:
        loop, made = asyncio.get_running_loop(), Network(how)
        monkeypatch.setattr(loop, "getaddrinfo", made.getaddrinfo)
        monkeypatch.setattr(loop, "sock_connect", made.sock_connect)
        return made

    return broken


def one_of_each(scene: PumpScene, message: Message) -> list[Waiting]:
    """Make a row of every policy: newsletters, a reply, and what staff would be asked about."""
    return [
        scene.bulk(1, message=message),
        scene.bulk(2, message=message, on_unknown=OnUnknown.NEVER_MISS),
        scene.row(3, message=message),
        scene.row(4, message=message, on_unknown=OnUnknown.ASK_STAFF),
    ]


async def everybody_has_it_once(scene: PumpScene, method: str) -> None:
    """Assert that each of the four calls arrived once, and that nobody's outcome is unknown."""
    assert sorted(params["chat_id"] for params in scene.stub.of(method)) == [1, 2, 3, 4]
    assert [await scene.states(customer) for customer in range(1, 5)] == [["sent"]] * 4
    assert [await scene.recipient(customer) for customer in (1, 2)] == [("sent", "")] * 2
    assert (scene.asked, await scene.left()) == ([], 0)
    begun, over = scene.said
    assert "cannot be reached" in begun
    assert "cannot" not in over


@pytest.mark.parametrize(
    ("method", "message"),
    [("sendMessage", Message("hello")), ("sendPhoto", Message(media=(Media(MediaKind.PHOTO, path="{picture}"),)))],
    ids=["text", "upload"],
)
@pytest.mark.parametrize("how", ["no name", "no name in time", "no connection in time"])
async def test_call_that_never_got_out_goes_again_until_it_does(
    scene: PumpScene, network: Callable[[str], Network], how: str, method: str, message: Message, tmp_path: Any
) -> None:
    """However often it fails and whatever the policy: nothing is unknown, nobody is asked, people are told once."""
    picture = tmp_path / "autumn.png"
    picture.write_bytes(b"\x89PNG" + bytes(100))
    media = tuple(dataclasses.replace(each, path=str(picture)) for each in message.media)
    broken = network(how)
    await scene.put(*one_of_each(scene, dataclasses.replace(message, media=media)))
    async with scene.pump(request=AiohttpRequest(seconds=IN_TIME_S)) as pump:
        await scene.until(pump.is_idle)
    assert broken.times == 0
    await everybody_has_it_once(scene, method)


async def test_calls_that_wait_too_long_for_a_connection_go_when_one_is_free(scene: PumpScene, network: Any) -> None:
    """The one whose call has it is not disturbed."""
    network("not at all")
    answered = asyncio.Event()

    async def slow(params: dict[str, Any]) -> Any:
        await answered.wait()
        return scene.stub.message(params)

    scene.stub.answers["sendMessage"] = slow
    await scene.put(*one_of_each(scene, Message("hello")))
    async with scene.pump(request=AiohttpRequest(connections=1, seconds=IN_TIME_S)) as pump:
        await scene.until(lambda: bool(scene.said))
        assert len(scene.stub.asked) == 1
        answered.set()
        await scene.until(pump.is_idle)
    await everybody_has_it_once(scene, "sendMessage")
