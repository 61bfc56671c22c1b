"""Every row of "what an answer means" can be produced, and python-telegram-bot sees it as the row says."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

import httpx
import pytest
from telegram import Bot as PtbBot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.playground import FaultKind, Person, Playground


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """PTB's newer reading of `retry_after`; the older one warns."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("too_many_requests", RetryAfter, "Flood control exceeded"),
        ("blocked", Forbidden, "blocked by the user"),
        ("deactivated", Forbidden, "user is deactivated"),
        ("never_started", Forbidden, "initiate conversation"),
        ("kicked", Forbidden, "kicked"),
        ("not_a_member", Forbidden, "not a member"),
        ("group_deleted", Forbidden, "group chat was deleted"),
        ("chat_not_found", BadRequest, "hat not found"),
        ("peer_id_invalid", BadRequest, "[Pp]eer_id_invalid"),
        ("migrated", ChatMigrated, "migrated"),
        ("cant_parse_entities", BadRequest, "an't parse entities"),
        ("text_too_long", BadRequest, "too long"),
        ("caption_too_long", BadRequest, "caption is too long"),
        ("wrong_file", BadRequest, "rong file identifier"),
        ("button_data_invalid", BadRequest, "[Bb]utton_data_invalid"),
        ("button_url_invalid", BadRequest, "[Bb]utton_url_invalid"),
        ("markup_too_long", BadRequest, "eply markup is too long"),
        ("voice_forbidden", BadRequest, "[Vv]oice_messages_forbidden"),
        ("no_rights", BadRequest, "ot enough rights"),
        ("thread_not_found", BadRequest, "essage thread not found"),
        ("topic_closed", BadRequest, "[Tt]opic_closed"),
        ("topic_deleted", BadRequest, "[Tt]opic_deleted"),
        ("not_modified", BadRequest, "essage is not modified"),
        ("query_too_old", BadRequest, "uery is too old"),
        ("unauthorized", InvalidToken, ""),
        ("not_found", InvalidToken, ""),
        ("conflict", Conflict, "terminated by other"),
        ("server_error", NetworkError, "Internal Server Error"),
        ("bad_gateway", NetworkError, "Bad Gateway"),
        ("html", NetworkError, "Bad Gateway"),
    ],
)
async def test_an_answering_fault_is_the_error_that_the_table_says_and_delivers_nothing(
    playground: Playground, ptb: PtbBot, ann: Person, kind: str, error: type[TelegramError], words: str
) -> None:
    """Met once, for the chosen method and chat; the next call goes through."""
    fault = playground.faults.add(kind, method="sendMessage", chat=ann.id, retry_after=7)
    with pytest.raises(error, match=f"(?i){words}" if words else None):
        await ptb.send_message(ann.id, "x")
    assert playground.chat_of(ann).messages == []
    assert fault.hits == 1
    assert playground.faults.active == []
    assert (await ptb.send_message(ann.id, "x")).text == "x"


async def test_the_seconds_of_a_429_arrive(playground: Playground, ptb: PtbBot, ann: Person) -> None:
    """`retry_after` is the one given."""
    playground.faults.add(FaultKind.TOO_MANY_REQUESTS, retry_after=7)
    with pytest.raises(RetryAfter) as late:
        await ptb.send_message(ann.id, "x")
    assert late.value.retry_after == dt.timedelta(seconds=7)


@pytest.mark.parametrize(
    ("kind", "delivered"), [("cut_unread", 0), ("cut_before", 0), ("cut_after", 1), ("server_error_after", 1)]
)
async def test_a_cut_connection_leaves_unknown_whether_it_was_delivered(
    playground: Playground, ptb: PtbBot, ann: Person, kind: str, delivered: int
) -> None:
    """The bot sees the same network error either way; only the stand-in knows."""
    playground.faults.add(kind, method="sendMessage")
    with pytest.raises(NetworkError) as cut:
        await ptb.send_message(ann.id, "x")
    assert not isinstance(cut.value, BadRequest)
    if kind.startswith("cut"):
        assert isinstance(cut.value.__cause__, httpx.ReadError | httpx.RemoteProtocolError | httpx.WriteError)
    assert len(playground.chat_of(ann).messages) == delivered


@pytest.mark.parametrize(("kind", "delivered"), [("slow", 1), ("slow_before", 0)])
async def test_a_slow_answer_times_out_at_the_bots_side(
    playground: Playground, ptb: PtbBot, ann: Person, kind: str, delivered: int
) -> None:
    """Slow after the delivery or before it: a read timeout both times."""
    playground.faults.add(kind, method="sendMessage", seconds=0.4)
    with pytest.raises(TimedOut) as slow:
        await ptb.send_message(ann.id, "x", read_timeout=0.1)
    assert isinstance(slow.value.__cause__, httpx.ReadTimeout)
    assert len(playground.chat_of(ann).messages) == delivered


async def test_a_closed_door_refuses_connections_and_opens_again(
    playground: Playground, ptb: PtbBot, ann: Person
) -> None:
    """Refused means known not delivered: the connection never stood."""
    playground.refuse_connections(0.3)
    reopened = playground._server._reopening
    assert reopened is not None
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(NetworkError):
        await ptb.send_message(ann.id, "on the connection that was open before")
    with pytest.raises(NetworkError) as refused:
        await ptb.send_message(ann.id, "on a new one")
    assert isinstance(refused.value.__cause__, httpx.ConnectError)
    await reopened
    assert (await ptb.send_message(ann.id, "again")).text == "again"


async def test_a_fault_waits_its_turn_and_keeps_to_its_chat(playground: Playground, ann: Person) -> None:
    """After two calls, for the next two, and for nobody else."""
    bob = playground.add_person("Bob")
    bob.started = True
    playground.faults.add(FaultKind.BLOCKED, chat=ann.id, after=2, times=2)

    async def said(person: Person) -> bool:
        return bool((await playground.call("sendMessage", {"chat_id": person.id, "text": "x"}))["ok"])

    assert [await said(ann) for _ in range(5)] == [True, True, False, False, True]
    lasting = playground.faults.add(FaultKind.BLOCKED, chat=ann.id, times=-1)
    assert [await said(person) for person in (ann, bob, ann)] == [False, True, False]
    playground.faults.remove(lasting)
    assert await said(ann)


async def test_a_migrated_plain_group_really_has_the_new_id(playground: Playground, ptb: PtbBot, olga: Person) -> None:
    """The id in the answer leads somewhere."""
    plain = playground.add_group("Plain", forum=False, members=[olga])
    playground.faults.add(FaultKind.MIGRATED, chat=plain.id)
    with pytest.raises(ChatMigrated) as moved:
        await ptb.send_message(plain.id, "x")
    assert (await ptb.send_message(moved.value.new_chat_id, "x")).chat.type == "supergroup"


async def test_an_unknown_kind_of_fault_is_refused_by_name(playground: Playground) -> None:
    """A slip of the pen must not mean "no fault"."""
    with pytest.raises(ValueError, match="blokked"):
        playground.faults.add("blokked")


async def test_the_same_seed_makes_the_same_ids() -> None:
    """Transcripts read the same each time."""

    async def told() -> list[object]:
        playground = Playground(seed=7)
        person = playground.add_person("A")
        group = playground.add_group("G", members=[person])
        person.sends("x")
        return [person.id, group.id, playground.updates.next_id]

    makers: list[Callable[[], Awaitable[list[object]]]] = [told, told]
    one, other = [await make() for make in makers]
    assert one == other
