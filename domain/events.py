"""Events: what staff write of one, where a guest stands, and until when she may answer."""

from __future__ import annotations

import base64
import datetime as dt
import enum
import hashlib
import hmac
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.links import start_token
from domain.rules_tree import Expression, Rule

PREFIX = "e"
"""The letter of links that show an event to a guest, and that mark her as come when she scans one at the door."""

LONGEST_NAME = 40
PLACES = 100
"""The best so many are invited where the file says nothing else."""

LEAST_TIME = dt.timedelta(hours=24)
"""So long everybody has for an answer, also who is invited late; with less than that to the start nobody is invited."""

DOOR_OPENS = dt.timedelta(hours=3)
"""So long before the start, and until a day after it, the code at the door is good."""

OVER_AFTER = dt.timedelta(days=1)
"""So long after the start an event is over: who had accepted and has not come was absent."""

ASKED, NO_ANSWER, CANCELLED, REMINDED = "asked", "no_answer", "cancelled", "reminded"
"""Why a guest stands where she stands: she wants a place when one comes free, she has not answered, and so on."""

MOVED = "moved"
"""Time or place have changed since she was invited, and she is still to be told."""

PROFILING, UNMEASURED = "profiling", "unmeasured"
"""Why somebody is not chosen: she objects to profiling, or there is nothing by which she could be ranked."""

_SIGNED = 12  # bytes of the signature: 96 bits


class Invite(enum.StrEnum):
    """How guests are chosen."""

    BEST = "best"
    RULE = "rule"


class EventState(enum.StrEnum):
    """Where an event stands in the store; before its guests are chosen it is not there."""

    INVITING = "inviting"
    HELD = "held"
    CANCELLED = "cancelled"


class GuestState(enum.StrEnum):
    """Where a guest stands."""

    WAITING = "waiting"
    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ATTENDED = "attended"
    ABSENT = "absent"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Event:
    """
    One event file.

    *store* is the store whose purchases rank the guests; "" for all of them. *by* is the measure, more is better, None
    where guests are chosen by *among* alone. Moments without a zone are the company's. *reserve* more are chosen than
    there are places. *invite_from* None: staff begin. *campaign* names the coupon for those who came.
    """

    name: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    starts: dt.datetime
    answer_by: dt.datetime
    place: str = ""
    store: str = ""
    places: int = PLACES
    reserve: int = PLACES
    invite: Invite = Invite.BEST
    by: Expression | None = None
    among: Rule | None = None
    invite_from: dt.datetime | None = None
    reminder: dt.timedelta = dt.timedelta(days=1)
    campaign: str = ""
    published: bool = False
    cancelled: bool = False

    @property
    def where(self) -> str:
        """Where guests are to come to."""
        return self.place or self.store

    def starts_at(self, zone: zoneinfo.ZoneInfo) -> dt.datetime:
        """Return when it starts, aware."""
        return aware(self.starts, zone)

    def answer_until(self, invited_at: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.datetime:
        """Return until when who was invited then may answer: `answer_by`, or a day, but not beyond the start."""
        latest = max(aware(self.answer_by, zone), invited_at + LEAST_TIME)
        return min(latest, self.starts_at(zone))

    def may_invite(self, now: dt.datetime, zone: zoneinfo.ZoneInfo) -> bool:
        """Say whether there is still time to invite somebody."""
        return not self.cancelled and now + LEAST_TIME <= self.starts_at(zone)


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event whose guests have been chosen. *evidence* says how, and why others were left out."""

    id: int
    name: str
    store: str
    state: EventState
    starts_at: dt.datetime
    made_at: dt.datetime
    places: int
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest of an event by her *rank* (1 is the best). *evidence* has the values by which she was ranked."""

    event_id: int
    customer_id: int
    rank: int
    state: GuestState
    reason: str
    at: dt.datetime
    invited_at: dt.datetime | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventCounts:
    """
    How an event goes. *invited* have got an invitation at any time, *unanswered* have not answered it yet.

    Shares: *accepted* and *declined* of those invited, *attended* of those who accepted, each from 0 to 1 or None.
    """

    places: int = 0
    invited: int = 0
    unanswered: int = 0
    accepted: int = 0
    declined: int = 0
    no_answer: int = 0
    waiting: int = 0
    attended: int = 0
    absent: int = 0
    skipped: int = 0

    @property
    def accepted_share(self) -> float | None:
        """Of those who were invited, who has taken a place, whether or not she came."""
        return (self.accepted + self.attended + self.absent) / self.invited if self.invited else None

    @property
    def declined_share(self) -> float | None:
        """Of those who were invited, who cannot come or has not answered in time."""
        return (self.declined + self.no_answer) / self.invited if self.invited else None

    @property
    def attended_share(self) -> float | None:
        """Of those who were expected, who came; None while nobody has been marked."""
        expected = self.accepted + self.attended + self.absent
        return self.attended / expected if expected and self.attended else None


def aware(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """Return a moment as a file has it with its zone: its own, else the company's."""
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def event_token(name: str) -> str:
    """Return what a link that shows an event carries."""
    return start_token(PREFIX, name)


def door_token(key: bytes, name: str) -> str:
    """Return what the link at the door carries: the event's name, signed, so that it cannot be made up at home."""
    return start_token(PREFIX, f"{name}-{_signature(key, name)}")


def is_door_token(key: bytes, name: str, rest: str) -> bool:
    """Say whether *rest* (the token without its letter) is that event's at the door."""
    return hmac.compare_digest(rest.encode(), f"{name}-{_signature(key, name)}".encode())


def _signature(key: bytes, name: str) -> str:
    digest = hmac.new(key, f"event:{name}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:_SIGNED]).decode()
