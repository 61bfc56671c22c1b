"""
Every answer that Telegram is known to give, in the middle of a newsletter: the right outcome, reason and next step.

The whole program runs; only time is hurried. Whatever happens, the books agree with Telegram's side.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content import Content
from bot.playground.faults import FaultKind as F
from domain.newsletters import Account, SendingState
from tests.flows.hurried_loop import hurried
from tests.flows.newsletter_stand import EDITOR, load, stand

READERS = 24
MIDDLE = 9  # calls that go well before the fault

REFUSED = [
    (F.BLOCKED, ("failed", "blocked"), "blocked"),
    (F.DEACTIVATED, ("failed", "deactivated"), "deactivated"),
    (F.NEVER_STARTED, ("failed", "never_met"), "reachable"),
    (F.KICKED, ("failed", "group_unreachable"), "reachable"),
    (F.NOT_A_MEMBER, ("failed", "group_unreachable"), "reachable"),
    (F.GROUP_DELETED, ("failed", "group_unreachable"), "reachable"),
    (F.CHAT_NOT_FOUND, ("failed", "chat_not_found"), "reachable"),
    (F.PEER_ID_INVALID, ("failed", "chat_not_found"), "reachable"),
    (F.VOICE_FORBIDDEN, ("skipped", "privacy"), "reachable"),
    (F.NO_RIGHTS, ("skipped", "no_rights"), "reachable"),
]
CONTENT = [F.CANT_PARSE_ENTITIES, F.TEXT_TOO_LONG, F.CAPTION_TOO_LONG, F.WRONG_FILE, F.BUTTON_DATA_INVALID,
           F.BUTTON_URL_INVALID, F.MARKUP_TOO_LONG]  # fmt: skip
AGAIN = [F.TOO_MANY_REQUESTS, F.UNAUTHORIZED, F.NOT_FOUND, F.CONFLICT]
UNANSWERED = [F.SERVER_ERROR, F.BAD_GATEWAY, F.HTML, F.SERVER_ERROR_AFTER, F.CUT_UNREAD, F.CUT_BEFORE, F.CUT_AFTER,
              F.SLOW, F.SLOW_BEFORE, F.REFUSE]  # fmt: skip
ARRIVES = {F.SERVER_ERROR_AFTER, F.CUT_AFTER, F.SLOW}


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What is sent, read once."""
    return load(tmp_path_factory.mktemp("content"))


@pytest.mark.parametrize(("kind", "fate", "reach"), REFUSED, ids=str)
def test_refusal_of_one_recipient_is_hers_alone(
    kind: F, fate: tuple[str, str], reach: str, tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """She is settled with the reason and not tried again; everybody else gets it; who only cannot be reached stays."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content) as one:
            one.playground.faults.add(kind, method="sendMessage", chat=1015, times=-1)
            sending = await one.begin()
            assert (await one.run(sending.id)).state is SendingState.FINISHED
            assert await one.fate(sending.id, 15) == fate
            assert await one.reach(15) == reach
            assert one.calls().count(15) == 1
            assert one.arrived() == dict.fromkeys([n for n in range(1, READERS + 1) if n != 15], 1)
            await one.check_books(sending.id)

    hurried(story())


@pytest.mark.parametrize("kind", CONTENT, ids=str)
def test_content_error_in_the_middle_stops_it_with_what_is_in_flight(
    kind: F, tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """Everyone would get the same answer: nothing begins any more, staff are told, the others are queued still."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content) as one:
            one.playground.faults.add(kind, method="sendMessage", after=MIDDLE, times=-1)
            sending = await one.begin()
            stopped = await one.run(sending.id)
            assert (stopped.state, stopped.reason) == (SendingState.STOPPED, "content")
            failed = [fate for n in range(1, READERS + 1) if (fate := await one.fate(sending.id, n))[0] == "failed"]
            assert 1 <= len(failed) <= one.pump.at_once
            assert set(failed) == {("failed", "content")}
            account = await one.account(sending.id)
            assert (account.sent, account.queued) == (MIDDLE, READERS - MIDDLE - len(failed))
            await one.check_books(sending.id)
            assert any(str(request.params.get("chat_id")) == str(EDITOR) for request in one.playground.requests)

    hurried(story())


def test_broken_template_stops_after_five_calls_at_most(
    tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """Before anybody has got it no more than a handful is risked, however many could go at once; mended, it goes on."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content, at_once=100) as one:
            broken = one.playground.faults.add(F.CANT_PARSE_ENTITIES, method="sendMessage", times=-1)
            sending = await one.begin()
            assert (await one.run(sending.id)).state is SendingState.STOPPED
            assert 1 <= len(one.calls()) <= 5
            one.playground.faults.remove(broken)
            failed = sum((await one.account(sending.id)).failed.values())
            await one.act("resume", sending.id)
            assert (await one.run(sending.id)).state is SendingState.FINISHED
            assert one.arrived().total() == READERS - failed
            await one.check_books(sending.id)

    hurried(story())


@pytest.mark.parametrize("kind", AGAIN, ids=str)
def test_what_was_not_delivered_goes_again_and_nobody_gets_it_twice(
    kind: F, tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """A flood, a refused token and a conflict cost nobody her newsletter."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content) as one:
            one.playground.faults.add(kind, method="sendMessage", after=MIDDLE, times=6)
            sending = await one.begin()
            assert (await one.run(sending.id)).state is SendingState.FINISHED
            assert one.arrived() == dict.fromkeys(range(1, READERS + 1), 1)
            assert await one.account(sending.id) == Account(sent=READERS)
            await one.check_books(sending.id)
            assert bool(one.said) == (kind is not F.TOO_MANY_REQUESTS)

    hurried(story())


@pytest.mark.parametrize("name", ["news", "sure"])
@pytest.mark.parametrize("kind", UNANSWERED, ids=str)
def test_unknown_fate_follows_the_policy_and_is_told(
    kind: F, name: str, tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """Never twice leaves it unknown; never miss sends it again; no more is unknown than what was in flight."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content) as one:
            one.playground.faults.add(kind, method="sendMessage", after=MIDDLE, seconds=40)
            sending = await one.begin(name)
            assert (await one.run(sending.id)).state is SendingState.FINISHED
            account, arrived = await one.account(sending.id), one.arrived()
            if name == "news":
                assert 1 <= account.unknown <= one.pump.at_once
                assert account.sent + account.unknown == READERS
                assert max(arrived.values()) == 1
                assert arrived.total() >= account.sent + (kind in ARRIVES)
            else:
                assert account == Account(sent=READERS)
                assert set(arrived) == set(range(1, READERS + 1))
                assert arrived.total() <= READERS + one.pump.at_once
            await one.check_books(sending.id)

    hurried(story())


def test_not_modified_counts_as_sent(tmp_path: Path, sqlite_template: Path, content: Content) -> None:
    """What Telegram calls unchanged is there."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content) as one:
            one.playground.faults.add(F.NOT_MODIFIED, method="sendMessage", after=MIDDLE)
            sending = await one.begin()
            assert (await one.run(sending.id)).state is SendingState.FINISHED
            assert await one.account(sending.id) == Account(sent=READERS)

    hurried(story())
