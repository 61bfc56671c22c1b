"""What the store of one run of the bench of kills says, held against itself and against what the server got."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.kills_stub import FORBIDDEN_EACH


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one run's store says: each recipient's state, and the lines of the timeline by (customer, state)."""

    sending: str
    states: dict[int, str]
    lines: dict[tuple[int, str], int]
    tallies: dict[str, int]
    in_outbox: int

    @classmethod
    def of(cls, store: Path) -> Ledger:
        """Read it out of the file."""
        lines = rows_of(
            store, "SELECT customer_id, state, count(*) FROM contacts WHERE newsletter_id IS NOT NULL GROUP BY 1, 2"
        )
        tallies = rows_of(store, "SELECT state, sum(n) FROM recipient_tallies GROUP BY 1 HAVING sum(n) > 0")
        return cls(
            sending=rows_of(store, "SELECT state FROM sendings")[0][0],
            states=dict(rows_of(store, "SELECT customer_id, state FROM recipients")),
            lines={(customer, state): count for customer, state, count in lines},
            tallies=dict(tallies),
            in_outbox=count_rows(store, "SELECT count(*) FROM outbox WHERE newsletter_id IS NOT NULL"),
        )

    def faults(self, readers: int, arrived: Counter[int], may_be_unknown: int, *, never_twice: bool) -> list[str]:
        """Name what does not agree with itself, or with what the server got."""
        found, counts = [], Counter(self.states.values())
        if self.sending != "finished" or len(self.states) != readers or self.in_outbox:
            found.append(f"{self.sending} with {len(self.states)} recipients and {self.in_outbox} in the outbox")
        if self.tallies != dict(counts):
            found.append(f"the tallies are {self.tallies}, the states {dict(counts)}")
        if counts["unknown"] > may_be_unknown:
            found.append(f"{counts['unknown']} unknown, but only {may_be_unknown} were on their way or unanswered")
        for customer, state in self.states.items():
            sent, unknown = self.lines.get((customer, "sent"), 0), self.lines.get((customer, "unknown"), 0)
            if not sent <= arrived[customer] <= sent + unknown or (sent == 1) != (state == "sent"):
                found.append(
                    f"customer {customer} is {state}, {arrived[customer]} arrived, {sent} sent, {unknown} unknown"
                )
            if has_blocked(customer) and state not in ({"failed", "unknown"} if never_twice else {"failed"}):
                found.append(f"customer {customer} has blocked the bot and is {state}")
        return found


def has_blocked(customer: int) -> bool:
    """Say whether the server refuses every message to her."""
    return (customer + 1000) % FORBIDDEN_EACH == 0


def rows_of(store: Path, sql: str) -> list[tuple[Any, ...]]:
    """Ask the store from outside."""
    with contextlib.closing(sqlite3.connect(store, timeout=10)) as connection:
        return connection.execute(sql).fetchall()


def count_rows(store: Path, sql: str) -> int:
    """Ask the store for one number."""
    return int(rows_of(store, sql)[0][0])
