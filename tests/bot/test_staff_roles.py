"""Requirement T5: staff see only what their role needs."""

from __future__ import annotations

from bot.staff_commands import COMMANDS, TAPS
from domain.staff import Role

NOT_FOR_AGENTS = frozenset({"duplicates", "ban", "unban", "newsletter", "survey", "report", "segments", "care"})


def test_agents_may_what_answering_customers_needs_and_no_more() -> None:
    """Reports, segments and newsletters are for editors; bans, goodbyes, duplicates and forgetting for managers."""
    assert {name for name, command in COMMANDS.items() if command.role is not Role.AGENT} >= NOT_FOR_AGENTS


def test_what_cannot_be_undone_or_judges_people_needs_a_manager() -> None:
    """A wrong tap of an agent ends no relationship and erases nobody."""
    managers = {name for name, command in COMMANDS.items() if command.role is Role.MANAGER}
    assert managers >= {"ban", "unban", "duplicates"}
    assert {name for name, button in TAPS.items() if button.role is Role.MANAGER} >= {"g", "b", "d"}
