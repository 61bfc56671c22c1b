"""Who we talk with: the customer, what is known of her, and what she agreed to."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class CustomerKind(enum.StrEnum):
    """A private person, or a company."""

    CONSUMER = "consumer"
    COMPANY = "company"


class Purpose(enum.StrEnum):
    """What a customer may agree to, each by itself."""

    MARKETING = "marketing"
    SURVEYS = "surveys"
    PROFILING = "profiling"


class Reach(enum.StrEnum):
    """Whether the bot can write to her in Telegram."""

    NEVER_MET = "never_met"
    REACHABLE = "reachable"
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True)
class Customer:
    """
    One customer as the dialogues see her.

    `id` is the store's own; `number` the company's customer number; `chat_id` her private chat in Telegram (equal to
    her Telegram user id). `consents` holds each purpose she has answered. Since `not_served_at`, if ever, she is on the
    "do not serve" list: nothing is started with her. Since `ended_at` we have said goodbye: nothing at all is sent,
    until she writes or buys.
    """

    id: int
    number: str | None = None
    chat_id: int | None = None
    name: str = ""
    username: str | None = None
    language: str | None = None
    kind: CustomerKind = CustomerKind.CONSUMER
    company: str | None = None
    town: str | None = None
    timezone: str | None = None
    reach: Reach = Reach.NEVER_MET
    met_at: dt.datetime | None = None
    paused_until: dt.datetime | None = None
    muted_until: dt.datetime | None = None
    not_served_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    consents: Mapping[Purpose, bool] = field(default_factory=dict)

    def agrees(self, purpose: Purpose) -> bool:
        """Say whether she has said yes to *purpose*; silence is no."""
        return self.consents.get(purpose, False)


@dataclass(frozen=True, slots=True)
class KnownFact:
    """One thing known of a customer: its value, where it came from, and when."""

    name: str
    value: str | int | float | bool
    source: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """One yes or no to a purpose, with the version of the text that she saw."""

    purpose: Purpose
    given: bool
    text_version: str
    source: str
    at: dt.datetime
