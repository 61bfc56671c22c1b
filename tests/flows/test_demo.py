"""The demo: alive at the first start, and going on where it was at the second."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.demo import PAST, Demo, played_from
from bot.playground.chats import Chat
from bot.sample_company_knowing import COMPANIES
from bot.sample_company_scenes import moment_of
from bot.sample_company_story import SCENES
from domain.cases import CaseState, Severity
from domain.events import GuestState
from store.care_tasks import count_tasks as count_care_tasks
from store.case_clocks import clocks_of
from store.cases import list_cases
from store.customers import count_customers
from store.events import event_named, guests
from store.memberships import count_members
from tests.bot.command_line import StandingClock

NEW_YEARS_EVE = dt.datetime(2026, 12, 31, 22, 30, tzinfo=dt.UTC)  # the company in Helsinki is in the next year already


async def _started(folder: Path) -> Demo:
    said: list[str] = []
    demo = Demo(folder, 0, 1, said.append, customers=24, present=StandingClock(NEW_YEARS_EVE))
    await demo.start(0)
    return demo


def _texts(chat: Chat) -> list[str]:
    return [message.text for message in chat.live]


async def test_company_lives_at_once_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    """A newcomer finds open cases, topics and chats, and everything she did is there the next time."""
    demo = await _started(tmp_path)
    async with demo.app.database.read() as tx:
        assert await count_customers(tx) == 24 + len(COMPANIES)
        cases = await list_cases(tx, states=[CaseState.NEW, CaseState.OPEN, CaseState.WAITING_CUSTOMER])
        assert len(cases) >= 3
        days_ago = {(NEW_YEARS_EVE.date() - case.opened_at.date()).days for case in cases}
        assert days_ago >= {5, 2}
        declined, merged = await list_cases(tx, states=[CaseState.DECLINED, CaseState.MERGED])
        assert (declined.state, declined.severity, declined.cause) == (CaseState.DECLINED, Severity.MINOR, "other")
        assert merged.merged_into in {case.id for case in cases}
        late = await clocks_of(tx, [case.id for case in cases])
        assert any(clock.was_missed(demo.clock.now()) for clocks in late.values() for clock in clocks)
        members = await count_members(tx, ["programme:regulars-club", "club:garden-club"])
        assert set(members) == {"programme:regulars-club", "club:garden-club"}
        assert await count_care_tasks(tx)
        evening = await event_named(tx, "best-customers")
        assert evening is not None
        assert await guests(tx, evening.id, [GuestState.INVITED, GuestState.ACCEPTED])
    assert len(demo.group.topics) >= 4
    (general,) = [each for each in demo.group.live if each.message_id in demo.group.pinned and each.thread is None]
    assert "/help" in general.text
    assert any(text.endswith("🙂") for text in _texts(demo.people["Olga"].chat)), "a task is done, and how it felt"
    words = demo.app.parts.room.words
    reminders = {words.plain("dialogue.reminder", language) for language in words.languages}
    assert not [key for key, person in demo.people.items() if reminders.intersection(_texts(person.chat)[-1:])]
    liisa = demo.people["liisa"]
    assert any("Sohva" in text for text in _texts(liisa.chat))
    emily = demo.people["emily"]
    emily.sends("One more thing: the music.")
    await demo.app.tick()  # what the night has held, such as a reminder, goes now and not after the restart
    await demo.app.settle()
    await demo.playground.until_idle()
    before = {person.id: _texts(person.chat) for person in demo.playground.people}
    topics = dict(demo.group.topics)
    await demo.stop()

    again = await _started(tmp_path)
    assert {person.id: _texts(person.chat) for person in again.playground.people} == before
    assert {thread: topic.name for thread, topic in again.group.topics.items()} == {
        thread: topic.name for thread, topic in topics.items()
    }
    emily = again.people["emily"]
    emily.taps("Done")
    await again.playground.until_idle()
    await again.app.settle()
    assert "stars" in emily.chat.from_bot[-1].text
    await again.stop()


def test_first_scene_is_over_a_week_old_when_guests_are_invited_at_whatever_hour_it_is() -> None:
    """Else the courtesy of a week would hold most invitations: newcomers of the evening would see few guests."""
    (guests,) = [scene for scene in SCENES if scene.steps[0].does == "guests"]
    for hour in range(24):
        now = NEW_YEARS_EVE.replace(hour=hour)
        assert now - PAST < played_from(now) <= moment_of(SCENES[0], now)
        assert moment_of(guests, now) - moment_of(SCENES[0], now) > dt.timedelta(days=7)


async def test_interrupted_first_start_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a company is never shown: what a broken first start left is made again."""

    async def broken(*_: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr("bot.sample_company_scenes.Director.play", broken)
        with pytest.raises(RuntimeError, match="the power went"):
            await _started(tmp_path)
    assert (tmp_path / "vuoro.db").exists()
    demo = await _started(tmp_path)
    async with demo.app.database.read() as tx:
        assert await count_customers(tx) == 24 + len(COMPANIES)
    await demo.stop()
