"""What a customer did before and after she was asked to a survey, by how she took it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Took(enum.StrEnum):
    """How she took the invitation."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """
    One invited customer's doings in equal spans before and after the invitation.

    Visits are receipts, spending is in minor units of the company's currency, contacts are what she wrote or said to us
    of her own accord (answers left out). The rest is of the span after, *blocked* as it is now.
    """

    took: Took
    visits_before: int
    visits_after: int
    spent_before: int
    spent_after: int
    contacts_before: int
    contacts_after: int
    complained: bool
    opted_out: bool
    blocked: bool
    signalled: bool
