"""How `vuoro case show` tells of a case's clocks: as JSON, and as a table for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from bot.commands.frame import give_table, local
from bot.config import Config
from domain.case_clocks import CaseClock, used


def clock_document(clock: CaseClock, config: Config, now: dt.datetime) -> dict[str, Any]:
    """Give a clock as JSON shows it; spans are opening time in seconds."""
    return {
        "clock": clock.clock,
        "started_at": clock.started_at,
        "promised_s": int(clock.target.total_seconds()),
        "used_s": int(used(config.company, clock, now).total_seconds()),
        "due_at": clock.due_at,
        "rests": clock.rests,
        "late": clock.was_missed(now),
        "stopped_at": clock.stopped_at,
    }


def print_clocks(clocks: Sequence[CaseClock], config: Config, now: dt.datetime) -> None:
    """Write the clocks for people; a case without any (closed before there were clocks) has no table."""
    if not clocks:
        return
    rows = [
        (
            clock.clock.value.replace("_", " "),
            _hours(used(config.company, clock, now)),
            _hours(clock.target),
            "rests" if clock.rests else local(clock.due_at, config),
            "late" if clock.was_missed(now) else "stopped" if clock.stopped_at is not None else "",
        )
        for clock in clocks
    ]
    give_table(["clock", "used", "promised", "due", ""], rows)


def _hours(span: dt.timedelta) -> str:
    minutes = span // dt.timedelta(minutes=1)
    return f"{minutes // 60}:{minutes % 60:02}"
