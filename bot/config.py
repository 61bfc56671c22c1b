"""
The config: what an admin decides, as values. `bot.config_reading` makes them from a file and the environment.

The defaults here are the ones that `config.example.toml` shows; a test holds the two together.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.config_values import Listen
from domain.company import Company
from domain.durations import Duration, Unit
from domain.recontact import InvitingRules
from domain.rules import Rule
from insight.settings import InsightRules

OFFICIAL_API = "https://api.telegram.org"


class Mode(enum.StrEnum):
    """How updates come in."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class Approval(enum.StrEnum):
    """Who must agree before a newsletter starts."""

    SECOND_PERSON = "second person"
    NONE = "none"


class LogLevel(enum.StrEnum):
    """The least serious event that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogForm(enum.StrEnum):
    """One readable line an event, or one JSON object."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where Telegram delivers updates; *listen* None means on the console's own address."""

    url: str = ""
    listen: Listen | None = None
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """Which bot, over which server, and how fast."""

    token: str = field(default="", repr=False)
    api_url: str = OFFICIAL_API
    mode: Mode = Mode.POLLING
    webhook: WebhookSettings = field(default_factory=WebhookSettings)
    bulk_per_second: int = 30
    paid_per_second: int = 0


@dataclass(frozen=True, slots=True)
class StaffSettings:
    """Who is admin from the start, and the forum group where staff work (None: in private chats)."""

    admins: tuple[int, ...] = ()
    group: int | None = None


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """
    Where the console listens, and the address under which staff reach it, and customers the counted links.

    *api_key* lets other programs bring in customers and purchases; without one the door is shut.
    """

    listen: Listen = field(default_factory=lambda: Listen("127.0.0.1", 8081))
    url: str = ""
    api_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each kind of record is kept; None is for ever. *facts* are by a pattern of their names."""

    holds: Duration | None = field(default_factory=lambda: Duration(1, Unit.YEARS))
    audit: Duration | None = field(default_factory=lambda: Duration(5, Unit.YEARS))
    words: Duration | None = None
    media: Duration | None = None
    answers: Duration | None = None
    clicks: Duration | None = None
    moves: Duration | None = None
    purchases: Duration | None = None
    coupon_tries: Duration | None = None
    offers: Duration | None = field(default_factory=lambda: Duration(1, Unit.YEARS))
    imports: Duration | None = None
    facts: Mapping[str, Duration | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is logged and how, always to standard error."""

    level: LogLevel = LogLevel.INFO
    form: LogForm = LogForm.TEXT


@dataclass(frozen=True, slots=True)
class Config:
    """The whole config; *folder* is where its relative paths begin, *content* the company's own files or None."""

    folder: Path
    company: Company = field(default_factory=Company)
    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    staff: StaffSettings = field(default_factory=StaffSettings)
    store: str = field(default="sqlite:///vuoro.db", repr=False)
    content: Path | None = None
    console: ConsoleSettings = field(default_factory=ConsoleSettings)
    newsletters: Approval = Approval.SECOND_PERSON
    test_list: tuple[str, ...] = ()  # customer numbers of those who get a newsletter's test
    surveys: InvitingRules = field(default_factory=InvitingRules)
    retention: Retention = field(default_factory=Retention)
    log: LogSettings = field(default_factory=LogSettings)
    insight: InsightRules = field(default_factory=InsightRules)
    cases_for: Rule | None = None  # for whom a signal of possible disappointment opens a case
