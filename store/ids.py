"""Identifiers that are made before the row is written, so that one bulk insert can refer to another."""

from __future__ import annotations

import datetime as dt
import itertools
import secrets
import time

_EPOCH_MS = 1_700_000_000_000
_counter = itertools.count(secrets.randbelow(1 << 20))


def new_id() -> int:
    """
    Return a positive 63-bit integer that grows with time: 42 bits of milliseconds, 21 bits of a per-process counter.

    The counter starts at a random place in each process, so that two processes hardly ever make the same id; when
    they do, the primary key refuses it and the transaction is tried again.
    """
    milliseconds = time.time_ns() // 1_000_000 - _EPOCH_MS
    return (milliseconds << 21) | (next(_counter) & 0x1FFFFF)


def id_before(identifier: int, by: dt.timedelta) -> int:
    """Return the least id that may have been made *by* before *identifier* was."""
    return max(0, identifier - (int(by.total_seconds() * 1000) << 21))
