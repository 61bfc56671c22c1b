"""
Two records of one person: what speaks for it, what against, and why a merge is refused.

Nothing here decides: a proposal is shown to a person who does.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.folding import fold

_LEAST_DIGITS = 6
_OWN_DIGITS = 9
"""A subscriber's own digits, without trunk zero and country code (ITU-T E.164 leaves at least so many to a country)."""


class Evidence(enum.StrEnum):
    """What speaks for one person, the strongest first; the value is what the store keeps."""

    EMAIL = "email"
    PHONE = "phone"
    NAME_AND_BIRTH = "name_and_birth"
    SIMILAR_AND_BIRTH = "similar_name_and_birth"
    SIMILAR_AND_PHONE = "similar_name_and_phone"
    NAME_AND_TOWN = "name_and_town"


class Doubt(enum.StrEnum):
    """What speaks against it."""

    BIRTH = "birth"
    NAME = "name"
    NUMBER = "number"
    TELEGRAM = "telegram"


class DuplicateState(enum.StrEnum):
    """What became of a proposal."""

    PROPOSED = "proposed"
    MERGED = "merged"
    APART = "apart"


class MergeRefusal(enum.StrEnum):
    """Why two customers are not merged, or a merge is not undone."""

    SAME = "same"
    UNKNOWN = "unknown"
    TWO_CHATS = "two_chats"
    UNDER_WAY = "under_way"  # a message to the one who would be gone is being sent this second
    NO_SUCH_MERGE = "no_such_merge"
    UNDONE = "undone"
    LATER_MERGE = "later_merge"
    NUMBER_TAKEN = "number_taken"


@dataclass(frozen=True, slots=True)
class Particulars:
    """What of a customer tells whether she is another one."""

    id: int
    name: str = ""
    kind: str = "consumer"
    town: str | None = None
    birth_date: dt.date | None = None
    email: str | None = None
    phone: str | None = None
    number: str | None = None
    chat_id: int | None = None
    company: str | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two customers who may be one, the lower id first."""

    first_id: int
    second_id: int
    found_at: dt.datetime
    evidence: tuple[Evidence, ...]
    doubts: tuple[Doubt, ...] = ()
    state: DuplicateState = DuplicateState.PROPOSED


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge: *gone* is part of *kept*; `moved` counts by table what came over, `tasks` those that changed hands."""

    id: int
    kept_id: int
    gone_id: int
    at: dt.datetime
    staff_id: int | None
    undone_at: dt.datetime | None = None
    gone_name: str = ""
    gone_number: str | None = None
    moved: Mapping[str, int] = field(default_factory=dict)
    tasks: int = 0


@dataclass(frozen=True, slots=True)
class NotMerged:
    """A refusal, with the merge that stands in the way where there is one."""

    reason: MergeRefusal
    other: int | None = None


def plain_email(text: str | None) -> str:
    """Return an address as two are compared: no case, no blanks; "" for what is none."""
    plain = "".join((text or "").split()).casefold()
    return plain if "@" in plain[1:-1] else ""


def plain_phone(text: str | None) -> str:
    """
    Return a number as two are compared: its last nine digits, so that "+358 40 123 4567" is "040 1234567".

    Of a number with fewer than six digits nothing is left: it is an extension of a house.
    """
    digits = "".join(sign for sign in text or "" if sign.isascii() and sign.isdigit())
    own = digits.lstrip("0")[-_OWN_DIGITS:]
    return own if len(own) >= _LEAST_DIGITS else ""


def plain_name(text: str) -> str:
    """Return a name as two are compared: folded, its words in the order of the alphabet: "Zoe Malá" is "mala zoe"."""
    return " ".join(sorted(word for word in re.split(r"[\W_]+", fold(text)) if word))


def are_similar(first: str, second: str) -> bool:
    """
    Say whether two plain names are one edit apart at most: a letter more, less, other, or two that changed places.

    That is a Damerau-Levenshtein distance of 1 (Damerau 1964 found four of five misspellings to be such). Of names
    with fewer than five letters nothing is said.
    """
    if first == second:
        return bool(first)
    if min(len(first), len(second)) < 5 or abs(len(first) - len(second)) > 1:
        return False
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    a, b = first[start:], second[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (len(a) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:])
    return a[1:] == b if len(a) > len(b) else a == b[1:]


def compare(first: Particulars, second: Particulars) -> tuple[tuple[Evidence, ...], tuple[Doubt, ...]]:
    """
    Say what speaks for *first* and *second* being one person, and what against; no evidence means no proposal.

    A person and a company are never one, and a town in common says nothing of two who were born on different days. Of
    two who share only an address or a number, with other names and other birthdays, one may be the other's child.
    """
    if first.kind != second.kind:
        return (), ()
    one, two = plain_name(first.name), plain_name(second.name)
    same, similar = bool(one) and one == two, are_similar(one, two)
    born = first.birth_date is not None and first.birth_date == second.birth_date
    other_birth = None not in (first.birth_date, second.birth_date) and not born
    phone = bool(plain_phone(first.phone)) and plain_phone(first.phone) == plain_phone(second.phone)
    email = bool(plain_email(first.email)) and plain_email(first.email) == plain_email(second.email)
    town = bool(first.town) and fold(first.town or "") == fold(second.town or "")
    other_name = bool(one and two) and not similar
    if other_birth and other_name:
        return (), ()
    found = [
        (Evidence.EMAIL, email),
        (Evidence.PHONE, phone),
        (Evidence.NAME_AND_BIRTH, same and born),
        (Evidence.SIMILAR_AND_BIRTH, similar and not same and born),
        (Evidence.SIMILAR_AND_PHONE, similar and not same and phone),
        (Evidence.NAME_AND_TOWN, same and town and not other_birth and " " in one),
    ]
    doubts = [
        (Doubt.BIRTH, other_birth),
        (Doubt.NAME, other_name),
        (Doubt.NUMBER, bool(first.number and second.number)),
        (Doubt.TELEGRAM, first.chat_id is not None and second.chat_id is not None),
    ]
    evidence = {each for each, holds in found if holds}
    return tuple(each for each in Evidence if each in evidence), tuple(each for each, holds in doubts if holds)
