"""A group that Telegram holds back holds back nobody else."""

from __future__ import annotations

from bot.pacing import Governor, Pace


def test_429_of_the_group_rests_the_group_and_no_customer() -> None:
    """Five minutes for the forum, nothing for the chats; the longer of two rests counts."""
    governor = Governor(Pace(), jitter=lambda: 0.5)
    assert governor.group_flooded(-5, 300, 10.0)
    assert governor.group_flooded(-5, 3, 10.0)
    assert governor.wait(10.0) == 0
    assert governor.wait_for_chat(7, 10.0) == 0
    assert governor.wait_for_chat(-6, 10.0) == 0
    assert governor.wait_for_chat(-5, 10.0) == 300.5
    assert governor.busy_chats(10.0, 0.03) == {-5: 300.5}
    assert governor.wait_for_chat(-5, 311.0) == 0


def test_429_of_anything_else_halts_everything() -> None:
    """Of a private chat, and of a group where groups have no pace of their own."""
    assert not Governor(Pace()).group_flooded(7, 300, 10.0)
    assert not Governor(Pace.unlimited()).group_flooded(-5, 300, 10.0)
