"""
The bot against Bot API servers that are not ours: a customer gets through whatever the server's manners are.

Only `telegram.api_url`, the token and the way in differ from any other run.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.config import Config, ConsoleSettings, Mode, StaffSettings, TelegramSettings, WebhookSettings
from bot.config_values import Listen
from bot.content import Content, load_content
from bot.pacing import Pace
from bot.pump import PumpSettings
from bot.wiring import App, RunSettings
from domain.company import Company
from store.tables import contacts, inbox, outbox
from tests.flows.foreign_characters import CHARACTERS
from tests.flows.foreign_people import PATIENCE_S, Person
from tests.flows.foreign_server import (
    NOW,
    OF_2020,
    READ_ON_DELIVERY,
    SMALLEST,
    TOKEN,
    Character,
    ForeignServer,
)

ANN, OLGA, GROUP = 501, 900, -1007
WAYS = [(character, mode) for character in CHARACTERS for mode in Mode if character.waits or mode is Mode.POLLING]
_SECRET = "a-secret-that-only-the-server-knows"


@dataclasses.dataclass
class Run:
    """The server and the bot that runs against it."""

    server: ForeignServer
    app: App
    said: list[str]

    def person(self, user_id: int, name: str, chat_id: int | None = None) -> Person:
        """Let somebody take part."""
        return Person(self.server, user_id, name, chat_id)

    async def count(self, what: Any) -> int:
        """Count rows of the store."""
        async with self.app.database.read() as tx:
            return int(await tx.scalar(select(func.count()).where(what)) or 0)


@pytest.fixture(scope="module")
def content() -> Content:
    """The shipped dialogues and texts, read once."""
    return load_content(Config(folder=Path(), company=Company(languages=("en", "fi"))))


@contextlib.asynccontextmanager
async def running(
    character: Character,
    mode: Mode,
    folder: Path,
    template: Path,
    content: Content,
    port: int,
    group: int | None = None,
) -> AsyncIterator[Run]:
    """Run the whole program against a server of that character."""
    store = folder / "vuoro.db"
    shutil.copyfile(template, store)
    said: list[str] = []
    async with ForeignServer(character).running() as server:
        config = Config(
            folder=folder,
            company=Company(languages=("en", "fi")),
            telegram=TelegramSettings(
                TOKEN, f"{server.url}/", mode,
                WebhookSettings(f"http://127.0.0.1:{port}", Listen("127.0.0.1", port), _SECRET),
            ),
            staff=StaffSettings((OLGA,), group),
            store=f"sqlite:///{store}",
            console=ConsoleSettings(Listen("127.0.0.1", 0)),
        )  # fmt: skip
        pump = PumpSettings(pace=Pace.unlimited(), first_wait=0.05, longest_wait=0.2)
        app = App(config, content=content, settings=RunSettings(pump=pump, console=False, say=said.append))
        await app.start()
        try:
            yield Run(server, app, said)
        finally:
            await app.stop()


async def _welcome(ann: Person) -> None:
    await ann.writes("/start@foreign_bot")
    await ann.hears("Which language")
    await ann.taps("English")
    await ann.hears("news and offers")
    await ann.taps("Yes, I agree")
    await ann.hears("opinion now and then")
    await ann.taps("No, thank you")
    await ann.hears("interested in")
    await ann.taps("Skip")
    await ann.hears("now we know each other")


async def _complains(ann: Person) -> None:
    await ann.writes("/complaint")
    await ann.hears("What went wrong?")
    await ann.taps("Delivery")
    await ann.hears("Order number?")
    await ann.writes("123456")
    await ann.hears("Tell us what happened")
    await ann.writes(
        photo=[{"file_id": "small", "width": 9, "height": 9}, _photo("wet-box")], caption="It was wet & <b>"
    )
    await ann.hears("Got it")
    await ann.taps("Done")
    await ann.hears("put it right")
    await ann.taps("Refund")
    await ann.hears("Registered as No ")


async def _recommends(ann: Person) -> None:
    await ann.writes("/rate")
    await ann.hears("How likely are you")
    await ann.taps("9")
    await ann.hears("What do we do best?")
    await ann.writes("Kind people")
    await ann.hears("Thank you, that helps us!")


def _photo(file_id: str) -> dict[str, Any]:
    return {"file_id": file_id, "file_unique_id": file_id, "width": 90, "height": 90}


@pytest.mark.parametrize(("character", "mode"), WAYS, ids=str)
async def test_customer_gets_through_on_any_server(
    character: Character, mode: Mode, tmp_path: Path, sqlite_template: Path, content: Content, unused_tcp_port: int
) -> None:
    """Welcome, a complaint with a photo, staff's answer and a survey; each message once, nothing in a circle."""
    async with running(character, mode, tmp_path, sqlite_template, content, unused_tcp_port) as run:
        ann = run.person(ANN, "Ann", ANN + 7000 if character.own_chat_ids else ANN)
        olga = run.person(OLGA, "Olga")
        await _welcome(ann)
        await _complains(ann)
        card = await olga.hears("No 1 ")
        assert "It was wet" in card.text
        passes_photos = "sendPhoto" in character.methods
        await olga.hears("wet-box" if passes_photos else "file")
        await olga.taps("Reply")
        await olga.hears("Your next message here goes to Ann")
        await olga.writes("A new one is on its way.")
        await ann.hears("A new one is on its way.")
        await _recommends(ann)
        await run.app.settle()
        await _nothing_is_lost_or_repeated(run, ann)
        _asks_no_more_than_needed(run)


@pytest.mark.parametrize("methods", [NOW, OF_2020], ids=["that knows quotes", "of 2020"])
async def test_answer_to_a_message_quotes_it_in_the_way_that_the_server_knows(
    methods: dict[str, set[str]],
    tmp_path: Path,
    sqlite_template: Path,
    content: Content,
    unused_tcp_port: int,
) -> None:
    """Staff answer one of her messages; a strict old server gets the older parameter, and she gets the answer once."""
    strict = Character("strict", methods=methods, refuses_unknown=True)
    async with running(strict, Mode.POLLING, tmp_path, sqlite_template, content, unused_tcp_port) as run:
        ann, olga = run.person(ANN, "Ann"), run.person(OLGA, "Olga")
        await _complains(ann)
        await olga.hears("No 1 ")
        await ann.writes("One more thing: the lid.")
        relayed = await olga.hears("the lid")
        await olga.writes("We have lids.", reply_to_message={"message_id": relayed.id, "chat": olga.chat, "date": 1})
        answer = await ann.hears("We have lids.")
        assert answer.reply_to is not None
        await run.app.settle()
        assert [shown.text for shown in ann.reads].count("We have lids.") == 1


@pytest.mark.parametrize(("methods", "place"), [(NOW, GROUP), (OF_2020, OLGA)], ids=["with topics", "of 2020"])
async def test_staff_of_a_group_get_the_card_and_the_photo(
    methods: dict[str, set[str]],
    place: int,
    tmp_path: Path,
    sqlite_template: Path,
    content: Content,
    unused_tcp_port: int,
) -> None:
    """In the customer's topic, or in private where the server knows no topics; an answer there reaches the customer."""
    server = Character("strict", methods=methods, refuses_unknown=True)
    async with running(server, Mode.WEBHOOK, tmp_path, sqlite_template, content, unused_tcp_port, GROUP) as run:
        ann, olga = run.person(ANN, "Ann"), run.person(OLGA, "Olga", place)
        await _complains(ann)
        card = await olga.hears("No 1 ")
        await olga.hears("wet-box")
        quoted = {"message_id": card.id, "chat": olga.chat, "date": 1}
        await olga.writes("It is on its way.", reply_to_message=quoted)
        await ann.hears("It is on its way.")


async def test_many_people_at_once_are_each_heard_once(
    tmp_path: Path, sqlite_template: Path, content: Content, unused_tcp_port: int
) -> None:
    """Deliveries come in parallel and several times over; each is one contact, and the stranger's is none."""
    restless = Character("restless", copies=4, offset=READ_ON_DELIVERY)
    async with running(restless, Mode.WEBHOOK, tmp_path, sqlite_template, content, unused_tcp_port) as run:
        people = [run.person(1000 + number, f"Person {number}") for number in range(12)]
        await asyncio.gather(*(person.writes(f"/start {at}") for person in people for at in range(3)))
        await asyncio.gather(*(person.hears("Which language") for person in people))
        async with aiohttp.ClientSession() as session:
            stranger = {"update_id": 1, "message": {"message_id": 1, "chat": people[0].chat, "text": "hello"}}
            async with session.post(run.server.webhook["url"], json=stranger) as response:
                assert response.status == 401
        await run.app.settle()
        assert await run.count(contacts.c.direction == "in") == 36


async def test_server_without_long_polling_is_not_asked_in_a_circle(
    tmp_path: Path, sqlite_template: Path, content: Content, unused_tcp_port: int
) -> None:
    """An answer that comes at once and is empty slows the asking down to a few times a second."""
    hasty = Character("hasty", waits=False)
    async with running(hasty, Mode.POLLING, tmp_path, sqlite_template, content, unused_tcp_port) as run:
        server = run.server
        async with server.changed:
            await asyncio.wait_for(server.changed.wait_for(lambda: server.calls["getUpdates"] >= 8), PATIENCE_S)
        assert time.monotonic() - server.began > 1.5


async def _nothing_is_lost_or_repeated(run: Run, ann: Person) -> None:
    assert await run.count(inbox.c.state != "done") == 0
    assert await run.count(outbox.c.id > 0) == 0
    assert await run.count((contacts.c.direction == "in") & (contacts.c.state == "received")) == ann.wrote
    texts = [shown.text for shown in ann.reads]
    assert len(texts) == len(set(texts))
    assert await run.count((contacts.c.direction == "out") & (contacts.c.state == "sent")) == len(texts)


def _asks_no_more_than_needed(run: Run) -> None:
    server = run.server
    lasted = time.monotonic() - server.began
    asked = server.calls.pop("getUpdates", 0)
    assert asked <= 60 + 4 * lasted
    assert all(count <= 40 for count in server.calls.values()), server.calls
    for method, names in server.parameters.items():
        known = {
            *SMALLEST.get(method, NOW.get(method, set())),
            "reply_parameters",
            "secret_token",
            "scope",
            "language_code",
        }
        assert names <= known, method
    assert "message_thread_id" not in server.parameters.get("sendMessage", set())
