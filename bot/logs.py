"""
Logs: one event a line on standard error, as text or JSON, with its fields; never a token.

Events are dotted names with `extra={...}` fields. Customers' words are never given to a log in the first place.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import sys
from typing import Any, TextIO

import orjson

from bot.config import LogForm, LogSettings

_SECRETS = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}|(?<=://)[^/\s@]*(?=@)")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
_OTHERS = ("telegram", "aiohttp.access", "apscheduler", "asyncio", "alembic", "aiosqlite")


def setup_logs(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send every event to *stream* (standard error) in the form that the config asks for; libraries only warnings."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonForm() if settings.form is LogForm.JSON else TextForm())
    logging.basicConfig(level=settings.level.value.upper(), handlers=[handler], force=True)
    for name in _OTHERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)  # a tick dropped at the end is no error


def without_secrets(text: str) -> str:
    """Return *text* with bot tokens and the passwords of addresses replaced by dots."""
    return _SECRETS.sub("...", text)


class TextForm(logging.Formatter):
    """`10:00:00 WARNING pump.flood seconds=3`, the form for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one event on one line; a traceback follows on its own lines."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).astimezone().strftime("%H:%M:%S")
        fields = "".join(f" {name}={' '.join(str(value).split())}" for name, value in _fields(record).items())
        line = f"{at} {record.levelname.lower():<7} {' '.join(record.getMessage().split())}{fields}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return without_secrets(line)


class JsonForm(logging.Formatter):
    """One JSON object a line, the form for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one event."""
        event: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            **_fields(record),
        }
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return without_secrets(orjson.dumps(event, default=str).decode())


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}
