"""Delivery to a webhook: the secret, repeats until 2xx, order within a chat, methods in the answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from bot.playground import Person, Playground

Answering = Callable[[dict[str, Any]], Awaitable[web.Response]]


class Receiver:
    """A webhook: it notes what it gets and answers by the given function."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.url = ""
        self.answer: Answering = _fine

    async def handle(self, request: web.BaseRequest) -> web.Response:
        update = json.loads(await request.read())
        self.got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), update))
        return await self.answer(update)

    @property
    def texts(self) -> list[str]:
        """The texts of the messages, in order of arrival."""
        return [update["message"]["text"] for _, update in self.got]


async def _fine(update: dict[str, Any]) -> web.Response:
    return web.Response()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A webhook that listens on this machine."""
    target = Receiver()
    runner = web.ServerRunner(web.Server(target.handle), shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    target.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield target
    await runner.cleanup()


async def idle(playground: Playground) -> None:
    """Wait until everything was delivered."""
    await asyncio.wait_for(playground.until_idle(), 10)


async def test_updates_are_delivered_with_the_secret(playground: Playground, receiver: Receiver, ann: Person) -> None:
    """Those that waited before it was set, too; the queue is empty after a 2xx."""
    ann.sends("before")
    set_up = {"url": receiver.url, "secret_token": "Tight-lipped_1"}
    assert (await playground.call("setWebhook", set_up))["ok"]
    ann.sends("after")
    await idle(playground)
    assert [(secret, update["message"]["text"]) for secret, update in receiver.got] == [
        ("Tight-lipped_1", "before"),
        ("Tight-lipped_1", "after"),
    ]
    info = (await playground.call("getWebhookInfo"))["result"]
    assert info["url"] == receiver.url
    assert info["pending_update_count"] == 0


async def test_a_failed_delivery_is_repeated_and_later_ones_of_the_chat_wait_behind_it(
    playground: Playground, receiver: Receiver, ann: Person
) -> None:
    """Order within a chat holds; another chat does not wait; the trouble is shown."""
    bob = playground.add_person("Bob")
    failures = 2

    async def answer(update: dict[str, Any]) -> web.Response:
        nonlocal failures
        if update["message"]["text"] == "one" and failures:
            failures -= 1
            return web.Response(status=503)
        return web.Response()

    receiver.answer = answer
    playground.world.webhook.first_delay_s = 0.02
    await playground.call("setWebhook", {"url": receiver.url})
    ann.sends("one")
    ann.sends("two")
    bob.sends("other")
    await idle(playground)
    assert receiver.texts.count("one") == 3
    hers = [text for text in receiver.texts if text != "other"]
    assert hers == ["one", "one", "one", "two"]
    assert receiver.texts.index("other") < 3
    info = (await playground.call("getWebhookInfo"))["result"]
    assert info["last_error_message"].startswith("Wrong response from the webhook: 503")


async def test_no_more_deliveries_at_once_than_max_connections(playground: Playground, receiver: Receiver) -> None:
    """With one connection, one after the other over all chats."""
    running = most = 0

    async def answer(update: dict[str, Any]) -> web.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1
        return web.Response()

    receiver.answer = answer
    for number in range(6):
        playground.add_person(f"P{number}").sends("x")
    await playground.call("setWebhook", {"url": receiver.url, "max_connections": 1})
    await idle(playground)
    assert most == 1
    for person in playground.people:
        person.sends("y")
    await playground.call("setWebhook", {"url": receiver.url, "max_connections": 3})
    await idle(playground)
    assert most == 3


async def test_a_method_in_the_answer_is_run(playground: Playground, receiver: Receiver, ann: Person) -> None:
    """As JSON or as a form; nobody is told its result."""

    async def answer(update: dict[str, Any]) -> web.Response:
        fields = {"method": "sendMessage", "chat_id": str(update["message"]["chat"]["id"]), "text": "Thanks"}
        if update["message"]["text"] == "json":
            return web.json_response(fields)
        return web.Response(
            text=f"method=sendMessage&chat_id={fields['chat_id']}&text=Form",
            content_type="application/x-www-form-urlencoded",
        )

    receiver.answer = answer
    await playground.call("setWebhook", {"url": receiver.url})
    ann.sends("json")
    ann.sends("form")
    await idle(playground)
    while len(playground.chat_of(ann).from_bot) < 2:
        await asyncio.sleep(0)
    assert [message.text for message in playground.chat_of(ann).from_bot] == ["Thanks", "Form"]


async def test_every_update_is_delivered_twice_when_asked(
    playground: Playground, receiver: Receiver, ann: Person
) -> None:
    """The same id both times."""
    playground.faults.double_updates = True
    await playground.call("setWebhook", {"url": receiver.url})
    ann.sends("twice")
    await idle(playground)
    assert receiver.texts == ["twice", "twice"]
    assert receiver.got[0] == receiver.got[1]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"url": "http://example.com/x"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://example.com:8081/x"}, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ({"url": "nowhere"}, "invalid webhook URL specified"),
        ({"url": "https://example.com", "secret_token": "ä b"}, "secret token contains unallowed characters"),
        ({"url": "https://example.com", "secret_token": "x" * 257}, "secret token is too long"),
    ],
)
async def test_a_webhook_that_telegram_would_not_take_is_refused(
    playground: Playground, given: dict[str, str], problem: str
) -> None:
    """Nothing is set then; a local address is taken, as by a Bot API server of one's own."""
    answer = await playground.call("setWebhook", given)
    assert answer["description"] == f"Bad Request: {problem}"
    assert playground.world.webhook.target is None
