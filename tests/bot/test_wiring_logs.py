"""Logs: one event a line with its fields, in either form, and no secret in any."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.config import LogForm, LogLevel, LogSettings
from bot.logs import setup_logs

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


def _logged(form: LogForm, message: str, **fields: object) -> str:
    stream = io.StringIO()
    setup_logs(LogSettings(LogLevel.INFO, form), stream)
    logging.getLogger("bot.pump").info(message, extra=fields)
    return stream.getvalue()


def test_text_form_is_one_line_with_the_fields() -> None:
    """A person can read it and `grep` can find it."""
    line = _logged(LogForm.TEXT, "pump.flood", seconds=3)
    assert line.endswith(" info    pump.flood seconds=3\n")
    assert line.count("\n") == 1


def test_json_form_is_one_object() -> None:
    """A machine can read it."""
    event = json.loads(_logged(LogForm.JSON, "pump.flood", seconds=3))
    assert (event["event"], event["level"], event["logger"], event["seconds"]) == ("pump.flood", "info", "bot.pump", 3)


@pytest.mark.parametrize("form", LogForm)
def test_no_token_or_password_reaches_a_log(form: LogForm) -> None:
    """Libraries put addresses into their errors, and the token is a part of them."""
    line = _logged(
        form, f"cannot reach https://api.telegram.org/bot{TOKEN}/getMe", url="postgresql://me:hidden@host/db"
    )
    assert TOKEN not in line
    assert "hidden" not in line


def test_line_breaks_of_foreign_text_make_no_second_line() -> None:
    """Nobody can forge an event by a name with a line break in it."""
    assert _logged(LogForm.TEXT, "intake.problem\n00:00:00 info forged").count("\n") == 1


def test_events_below_the_level_are_left_out() -> None:
    """The admin chooses how much is said."""
    stream = io.StringIO()
    setup_logs(LogSettings(LogLevel.ERROR, LogForm.TEXT), stream)
    logging.getLogger("bot").warning("pump.flood")
    assert stream.getvalue() == ""
