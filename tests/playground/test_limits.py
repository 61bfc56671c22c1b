"""Telegram's pace: what is refused, for how long, and what is counted."""

import pytest

from bot.playground import Limits, Person, Playground
from bot.playground.limits import Counts, Pace
from bot.playground.wire import ApiError


class Stopwatch:
    """A monotonic time that a test moves by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def wait_after(pace: Pace, chat: int, *, group: bool = False, paid: bool = False) -> int:
    """Return the `retry_after` of one more message; 0 when it goes through."""
    try:
        pace.check(chat, group=group, paid=paid)
    except ApiError as late:
        return int((late.parameters or {})["retry_after"])
    return 0


def test_the_thirty_first_message_of_a_second_is_refused_and_the_second_slides() -> None:
    """30 in any one-second window; refused ones are not counted; a shut lane stays shut for its time."""
    now = Stopwatch()
    pace = Pace(Limits.telegram(), now)
    assert [wait_after(pace, chat) for chat in range(30)] == [0] * 30
    assert wait_after(pace, 99) == 1
    now.seconds += 0.9
    assert wait_after(pace, 99) == 1
    now.seconds += 0.1
    assert wait_after(pace, 99) == 0


def test_one_chat_takes_a_short_burst_and_then_one_a_second() -> None:
    """Five at once, the sixth a second later."""
    now = Stopwatch()
    pace = Pace(Limits.telegram(), now)
    assert [wait_after(pace, 1) for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    assert wait_after(pace, 2) == 0
    now.seconds += 1.0
    assert [wait_after(pace, 1) for _ in range(2)] == [0, 1]


def test_a_group_takes_twenty_a_minute() -> None:
    """Then it must wait until the oldest is a minute old."""
    now = Stopwatch()
    pace = Pace(Limits(chat_per_second=None), now)
    for _ in range(20):
        assert wait_after(pace, -1, group=True) == 0
        now.seconds += 1.0
    assert wait_after(pace, -1, group=True) == 40
    assert wait_after(pace, -2, group=True) == 0
    now.seconds += 40.0
    assert wait_after(pace, -1, group=True) == 0


def test_a_paid_broadcast_has_its_own_wider_lane() -> None:
    """Up to 1000 a second, beside the free 30."""
    pace = Pace(Limits.telegram(), Stopwatch())
    assert [wait_after(pace, chat) for chat in range(30)] == [0] * 30
    assert all(wait_after(pace, 100 + chat, paid=True) == 0 for chat in range(1000))
    assert wait_after(pace, 5000, paid=True) == 1


def test_the_busiest_second_is_the_busiest_sliding_window() -> None:
    """Not calendar seconds: a burst across their border counts whole."""
    now = Stopwatch()
    counts = Counts(now)
    for at in (0.9, 0.95, 1.0, 1.85, 2.5):
        now.seconds = at
        counts.message(1)
    assert counts.max_in_any_second == 4
    assert counts.per_chat_max == 5


async def test_sends_edits_and_topics_of_a_group_share_its_twenty() -> None:
    """The answer is the 429 that Telegram gives."""
    now = Stopwatch()
    playground = Playground(monotonic=now, limits=Limits(chat_per_second=None))
    olga = playground.add_person("Olga")
    group = playground.add_group("Staff", members=[olga])
    sent = (await playground.call("sendMessage", {"chat_id": group.id, "text": "0"}))["result"]["message_id"]
    for number in range(1, 19):
        now.seconds += 1.0
        edit = {"chat_id": group.id, "message_id": sent, "text": str(number)}
        assert (await playground.call("editMessageText", edit))["ok"]
    assert (await playground.call("createForumTopic", {"chat_id": group.id, "name": "Case"}))["ok"]
    refused = await playground.call("sendMessage", {"chat_id": group.id, "text": "x"})
    assert refused["error_code"] == 429
    assert refused["description"] == f"Too Many Requests: retry after {refused['parameters']['retry_after']}"
    assert playground.counts.errors == 1


@pytest.mark.parametrize("keep", [True, False])
async def test_counting_only_keeps_the_last_few_messages(keep: bool) -> None:
    """A bench of a hundred thousand messages must not fill the memory."""
    playground = Playground(limits=Limits.none(), keep_messages=keep)
    person: Person = playground.add_person("A")
    person.started = True
    for number in range(50):
        await playground.call("sendMessage", {"chat_id": person.id, "text": str(number)})
    assert len(playground.chat_of(person).messages) == (50 if keep else 3)
    assert playground.counts.messages_from_bot == playground.counts.per_chat_max == 50
    assert playground.chat_of(person).messages[-1].text == "49"
