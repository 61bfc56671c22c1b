"""Memberships: who belongs to a programme or a club, since when, and by what."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

PROGRAMME = "programme:"
"""How the name of a membership begins that is in a programme: "programme:regulars-club"."""


@dataclass(frozen=True, slots=True)
class Membership:
    """
    One customer in one programme or club, under its whole name ("programme:NAME", "club:NAME").

    *source* tells by what she came in: chat, link, invitation, rule, staff:ID, dialogue:ID. *ends_on* is the day of an
    age limit. With *until* it is over.
    """

    customer_id: int
    name: str
    since: dt.datetime
    until: dt.datetime | None = None
    source: str = ""
    ends_on: dt.date | None = None


HELD_OUT = "held-out:"
"""The same of those who were chosen for a silent programme and get nothing, to compare with."""


def held_out_of(name: str) -> str:
    """Return the name under which it is kept who is held out of the silent programme *name*."""
    return f"{HELD_OUT}{name}"


def in_programme(name: str) -> str:
    """Return the name under which a membership in the programme *name* is kept."""
    return f"{PROGRAMME}{name}"
