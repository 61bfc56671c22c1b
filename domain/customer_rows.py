"""A row of an import of customers, read: what it says of whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

FactValue = str | int | float | bool
IMPORTED = "import"
"""The version of the text that an imported consent names, and with ":ID" behind it the source of imported facts."""


@dataclass(frozen=True, slots=True)
class Said:
    """A yes or no to newsletters as a file has it; `at` is when it was said, None where the file does not tell."""

    given: bool
    source: str
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportedCustomer:
    """
    One row: *values* has what it gives of the columns of `customers` (number, chat_id, name, email, ...), never empty.

    *record* is the whole row of a foreign system by its headers; *place* finds the row again in its batch.
    """

    place: int
    line: int
    values: Mapping[str, str | int | dt.date]
    tags: tuple[str, ...] = ()
    said: Said | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    record: Mapping[str, str] | None = None

    def text(self, name: str) -> str:
        """Return one of its values as text; "" for what it does not give."""
        return str(self.values.get(name, ""))


@dataclass(frozen=True, slots=True)
class Clash:
    """A row that is not kept because it contradicts what is known: its column, and the sentence."""

    column: str
    problem: str
