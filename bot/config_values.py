"""The kinds of value that only the config has: addresses, a token, opening hours, a store's URL."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.documents_values import Kind, MisfitError, shown, unfit
from domain.durations import Duration, NotADurationError, Unit, parse_duration
from store.database import store_url


@dataclass(frozen=True, slots=True)
class Listen:
    """A host and a port to listen on; port 0 takes any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


OpenFrom = tuple[dt.time, dt.time] | None
"""Opening and closing time of a day, the closing on the next day where it is not later; None when closed."""

_HOURS = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)\s*[-–]\s*((?:[01]\d|2[0-3]):[0-5]\d|24:00)", re.ASCII)
_LISTEN = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):(?P<port>\d{1,5})", re.ASCII)


def _read_address(value: object) -> str:
    wanted, example = "an address that begins with http:// or https://", '"https://api.telegram.org"'
    if not isinstance(value, str):
        raise unfit(value, wanted, example)
    try:
        parts = urlsplit(value)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        port_is_right = False
    if not port_is_right or parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise unfit(value, wanted, example)
    return value.rstrip("/")


def _read_listen(value: object) -> Listen:
    wanted, example = "a host and a port", '"127.0.0.1:8081"'
    found = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if not found or int(found["port"]) > 65535:
        raise unfit(value, wanted, example)
    return Listen(found["host"].strip("[]"), int(found["port"]))


def _read_hours(value: object) -> OpenFrom:
    if value == "closed":
        return None
    found = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise MisfitError(f"{shown(value)} is no opening time", 'write "09:00-17:00" or "closed"')
    if found[1] == found[2]:
        raise MisfitError(f"{shown(value)} closes when it opens", 'write "00:00-24:00" for a whole day, or "closed"')
    return dt.time.fromisoformat(found[1]), dt.time.fromisoformat(found[2].replace("24:00", "00:00"))


def _read_keep(value: object) -> Duration | None:
    if value == "for ever":
        return None
    try:
        return parse_duration(value if isinstance(value, str) else "")
    except NotADurationError:
        raise MisfitError(f"{shown(value)} is no duration", 'write "30d", "2y" or "for ever"') from None


def _read_label(value: object) -> Mapping[str, str]:
    labels = value if isinstance(value, dict) else {"": value}
    for label in labels.values():
        if not isinstance(label, str) or not 0 < len(label.strip()) <= 40:
            raise MisfitError(f"{shown(label)} is no button's text", "write 1 to 40 signs")
    if not labels:
        raise MisfitError("has no text", 'write { fi = "Tarjoukset", en = "Offers" }')
    return {str(language): str(label).strip() for language, label in labels.items()}


def _read_token(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"\S{8,}", value.strip()):
        return value.strip()
    raise MisfitError(
        "this is no bot token", "write the one that @BotFather gave, as in 123456789:AA... (not shown here)"
    )


def _read_secret(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value.strip(), re.ASCII):
        return value.strip()
    raise MisfitError("this is no webhook secret", "write 16 to 256 signs of A-Z, a-z, 0-9, _ and - (not shown here)")


def _read_api_key(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[!-~]{32,256}", value.strip(), re.ASCII):
        return value.strip()
    problem = "this is no key that nobody can guess"
    raise MisfitError(problem, "write 32 to 256 random signs without blanks (not shown here)")


def _read_store(value: object) -> str:
    if not isinstance(value, str):
        raise MisfitError("this is no database URL", "write sqlite:///vuoro.db or postgresql://... (not shown here)")
    try:
        store_url(value)
    except ValueError as error:
        problem, _, remedy = str(error).partition("; ")
        if "@" in value:
            problem = "this is no database URL that the store can use (not shown here: it may hold a password)"
        raise MisfitError(problem, remedy or "write sqlite:///vuoro.db or postgresql://...") from None
    return value


ADDRESS = Kind("an address", '"https://..."', "https://example.org", _read_address)
LISTEN = Kind("a host and a port", '"127.0.0.1:8081"', Listen("127.0.0.1", 0), _read_listen)
HOURS: Kind[OpenFrom] = Kind("opening times", '"09:00-17:00"', None, _read_hours)
KEEP: Kind[Duration | None] = Kind('a duration or "for ever"', '"30d"', Duration(1, Unit.DAYS), _read_keep)
LABEL: Kind[Mapping[str, str]] = Kind(
    "a text for each language", '{ fi = "Tarjoukset", en = "Offers" }', {}, _read_label
)
TOKEN = Kind("a bot token", '"123456789:AA..."', "", _read_token)
API_KEY = Kind("a key", '"32 random signs or more"', "", _read_api_key)
SECRET = Kind("a secret", '"16 signs or more"', "", _read_secret)
STORE_URL = Kind("a database URL", '"sqlite:///vuoro.db"', "sqlite:///vuoro.db", _read_store)
