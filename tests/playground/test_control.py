"""The control interface as the browser page uses it: state, acting for people, the clock, faults, files, events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, FormData

from bot.playground import Group, Link, Person, Playground
from tests.playground.conftest import png


class Page:
    """What the page does: JSON to `/control/...`, and one socket."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self.session = session
        self.url = f"{url}/control/"

    async def get(self, path: str) -> Any:
        async with self.session.get(self.url + path) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def post(self, path: str, status: int = 200, /, **fields: Any) -> Any:
        async with self.session.post(self.url + path, json=fields) as response:
            assert response.status == status, await response.text()
            return await response.json()


@pytest.fixture
async def page(playground: Playground) -> AsyncIterator[Page]:
    """A page that is open."""
    async with ClientSession() as session:
        yield Page(session, playground.url)


async def next_event(socket: ClientWebSocketResponse) -> Any:
    """Return the next event, soon."""
    return await asyncio.wait_for(socket.receive_json(), 5)


async def test_the_state_holds_what_the_page_shows(
    playground: Playground, page: Page, ann: Person, staff: Group, olga: Person
) -> None:
    """People, chats, topics, menus, links; all with the contract's names."""
    playground.links.append(Link("Console", "http://127.0.0.1:1/"))
    playground.note = "A car dealer"
    topic = staff.opens_topic("Case 1", olga)
    await playground.call(
        "setMyCommands", {"commands": [{"command": "help", "description": "Apua"}], "language_code": "fi"}
    )
    ann.sends("hello")
    state = await page.get("state")
    assert state["bot"] == {"id": 1000001, "first_name": "Vuoro", "username": "vuoro_demo_bot"}
    by_id = {person["id"]: person for person in state["people"]}
    assert by_id[ann.id] | {"note": ""} == by_id[ann.id]
    assert by_id[ann.id]["language_code"] == "fi"
    assert by_id[olga.id]["staff"] is True
    chats = {chat["id"]: chat for chat in state["chats"]}
    assert chats[ann.id]["person"] == ann.id
    assert chats[ann.id]["last"]["text"] == "hello"
    assert chats[staff.id]["topics"] == [
        {"message_thread_id": topic.message_thread_id, "name": "Case 1", "icon_color": 7322096, "closed": False}
    ]
    assert state["commands"][str(ann.id)] == [{"command": "help", "description": "Apua"}]
    assert state["commands"][str(olga.id)] == []
    assert state["links"] == [{"label": "Console", "url": "http://127.0.0.1:1/"}]
    assert state["note"] == "A car dealer"
    playground.requests.clear()


async def test_people_write_tap_edit_and_react_through_it(playground: Playground, page: Page, ann: Person) -> None:
    """Each act makes the update that Telegram would make, and answers with the message."""
    said = await page.post(f"chats/{ann.id}/messages", **{"from": ann.id, "text": "hello"})
    assert (said["text"], said["from_bot"], said["deleted"], said["edited"], said["reactions"]) == (
        "hello",
        False,
        False,
        [],
        [],
    )
    edited = await page.post("edits", **{"from": ann.id, "chat": ann.id, "message": said["message_id"], "text": "hi"})
    assert edited["edited"] == ["hello"]
    reacted = await page.post(
        "reactions", **{"from": ann.id, "chat": ann.id, "message": said["message_id"], "emoji": "👍"}
    )
    assert reacted["reactions"] == [{"user": ann.id, "emoji": "👍"}]
    keys = {"inline_keyboard": [[{"text": "No", "callback_data": "n"}, {"text": "Yes", "callback_data": "y"}]]}
    sent = (await playground.call("sendMessage", {"chat_id": ann.id, "text": "?", "reply_markup": keys}))["result"]
    place: dict[str, Any] = {"from": ann.id, "chat": ann.id, "message": sent["message_id"], "row": 0, "column": 1}
    tapping = asyncio.create_task(page.post("taps", **place))
    while not playground.world.queries:
        await asyncio.sleep(0.001)
    (query,) = playground.world.queries
    await playground.call("answerCallbackQuery", {"callback_query_id": query, "text": "Noted", "show_alert": True})
    assert await tapping == {"answered": True, "text": "Noted", "show_alert": True, "url": ""}
    contact = await page.post(f"chats/{ann.id}/contact", **{"from": ann.id})
    assert contact["contact"]["phone_number"] == "+358401234567"
    located: dict[str, Any] = {"from": ann.id, "lat": 60.1, "lon": 24.9}
    shared = await page.post(f"chats/{ann.id}/location", **located)
    assert shared["location"] == {"latitude": 60.1, "longitude": 24.9}
    shown = await page.get(f"chats/{ann.id}/messages?limit=2")
    assert len(shown["messages"]) == 2
    blocked = await page.post("block", person=ann.id, blocked=True)
    assert blocked["blocked"] is True
    assert ann.blocked


async def test_an_album_goes_in_and_its_pictures_come_out(playground: Playground, page: Page, ann: Person) -> None:
    """Several files are one album; the bytes are served for the page."""
    form = FormData({"from": str(ann.id), "kind": "photo", "caption": "It was wet"})
    for number in range(2):
        form.add_field("files", png(10 + number, 10), filename=f"{number}.png", content_type="image/png")
    async with page.session.post(f"{page.url}chats/{ann.id}/media", data=form) as response:
        messages = (await response.json())["messages"]
    assert [message.get("caption") for message in messages] == ["It was wet", None]
    assert messages[0]["media_group_id"] == messages[1]["media_group_id"]
    async with page.session.get(f"{page.url}files/{messages[1]['photo'][-1]['file_id']}") as response:
        assert response.content_type == "image/png"
        assert await response.read() == png(11, 10)


async def test_an_uploaded_page_is_downloaded_and_never_shown_in_place(page: Page, ann: Person) -> None:
    """What a customer uploads must not run as a page of the playground's."""
    form = FormData({"from": str(ann.id), "kind": "document"})
    form.add_field("files", b"<script>alert(1)</script>", filename="x.html", content_type="text/html")
    async with page.session.post(f"{page.url}chats/{ann.id}/media", data=form) as response:
        (message,) = (await response.json())["messages"]
    async with page.session.get(f"{page.url}files/{message['document']['file_id']}") as response:
        assert response.headers["Content-Disposition"] == "attachment"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_events_tell_what_happens_as_it_happens(
    playground: Playground, page: Page, ann: Person, staff: Group
) -> None:
    """Messages, edits, reactions, deletions, topics, people, the clock."""
    async with page.session.ws_connect(f"{page.url}events") as socket:
        while not playground.world.events.wanted:
            await asyncio.sleep(0.001)
        sent = (await playground.call("sendMessage", {"chat_id": ann.id, "text": "One"}))["result"]
        event = await next_event(socket)
        assert (event["type"], event["chat"], event["message"]["text"]) == ("message", ann.id, "One")
        at = {"chat_id": ann.id, "message_id": sent["message_id"]}
        await playground.call("editMessageText", {"text": "Two", **at})
        event = await next_event(socket)
        assert (event["type"], event["message"]["edited"]) == ("edit", ["One"])
        keys = {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}
        await playground.call("editMessageReplyMarkup", {"reply_markup": keys, **at})
        assert (await next_event(socket))["type"] == "markup"
        await playground.call("deleteMessage", at)
        event = await next_event(socket)
        assert (event["type"], event["message"]["deleted"]) == ("delete", True)
        await playground.call("createForumTopic", {"chat_id": staff.id, "name": "Case"})
        kinds = [await next_event(socket) for _ in range(2)]
        assert {event["type"] for event in kinds} == {"message", "topic"}
        person = await page.post("people", first_name="Eva", language_code="cs")
        event = await next_event(socket)
        assert (event["type"], event["person"]["id"]) == ("person", person["id"])
        moved = await page.post("clock", advance_s=3600)
        event = await next_event(socket)
        assert event["type"] == "clock"
        assert event["now"][:16] == moved["now"][:16]


async def test_the_clock_jumps_and_its_listeners_act_before_the_answer(playground: Playground, page: Page) -> None:
    """The demo's scheduler ticks in between."""
    heard: list[str] = []

    async def listener() -> None:
        heard.append(playground.clock.now().isoformat())

    playground.clock.on_change.append(listener)
    before = playground.clock.now()
    await page.post("clock", advance_s=86400)
    assert len(heard) == 1
    assert (playground.clock.now() - before).days == 1


async def test_faults_are_set_shown_and_cleared(playground: Playground, page: Page, ann: Person) -> None:
    """With the words of the contract."""
    await page.post(
        "faults", method="sendMessage", chat=ann.id, kind="too_many_requests", times=1, after=0, retry_after=9
    )
    (shown,) = (await page.get("state"))["faults"]
    assert (shown["kind"], shown["chat"], shown["retry_after"]) == ("too_many_requests", ann.id, 9)
    answer = await playground.call("sendMessage", {"chat_id": ann.id, "text": "x"})
    assert answer["parameters"] == {"retry_after": 9}
    await page.post("faults", kind="blocked", method="*", times=-1)
    async with page.session.delete(f"{page.url}faults") as response:
        assert response.status == 200
    assert (await page.get("state"))["faults"] == []


async def test_topics_are_closed_reopened_and_deleted(
    playground: Playground, page: Page, staff: Group, olga: Person
) -> None:
    """By the hand of staff."""
    thread = staff.opens_topic("Case", olga).message_thread_id
    for action, closed in (("close", True), ("reopen", False)):
        await page.post("topics", chat=staff.id, thread=thread, action=action)
        assert staff.topic(thread).closed is closed
    await page.post("topics", chat=staff.id, thread=thread, action="delete")
    assert staff.topics == {}


async def test_wrong_requests_are_refused_with_a_sentence(page: Page, ann: Person) -> None:
    """Unknown people, chats, messages and buttons are 404; nonsense is 400."""
    for status, path, fields in (
        (404, "chats/5/messages", {"from": ann.id, "text": "x"}),
        (404, f"chats/{ann.id}/messages", {"from": 5, "text": "x"}),
        (400, f"chats/{ann.id}/messages", {"from": ann.id, "text": " "}),
        (404, "taps", {"from": ann.id, "chat": ann.id, "message": 99, "row": 0, "column": 0}),
        (400, "people", {"first_name": ""}),
        (400, "faults", {"kind": "nonsense"}),
        (400, "clock", {}),
        (400, "clock", {"advance_s": "soon"}),
    ):
        answer = await page.post(path, status, **fields)
        assert answer["error"]


async def test_counts_for_benches(playground: Playground, page: Page, ann: Person) -> None:
    """The numbers that a bench in another process reads."""
    for _ in range(3):
        await playground.call("sendMessage", {"chat_id": ann.id, "text": "x"})
    await playground.call("sendMessage", {"chat_id": 5, "text": "x"})
    ann.sends("hello")
    counts = await page.get("counts")
    assert counts == {
        "messages_from_bot": 3,
        "per_chat_max": 3,
        "max_in_any_second": 3,
        "requests": 4,
        "errors": 1,
        "updates_made": 1,
        "unconfirmed": 1,
    }


async def test_the_page_is_served_fresh_with_its_types(playground: Playground, page: Page) -> None:
    """No cache, so that a reload shows the newest; nothing outside the folder."""
    async with page.session.get(f"{playground.url}/") as response:
        assert response.status == 200
        assert response.content_type == "text/html"
        assert response.headers["Cache-Control"] == "no-cache"
    async with page.session.get(f"{playground.url}/page/main.js") as response:
        assert response.content_type == "text/javascript"
    for path in ("/page/..%2fserver.py", "/page/%2e%2e/server.py", "/nowhere"):
        async with page.session.get(playground.url + path) as response:
            assert response.status == 404
