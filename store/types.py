"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    String,
    Text,
    TypeDecorator,
    literal_column,
)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware instant: refused when naive, stored in UTC, returned aware (SQLite alone would drop the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Turn *value* to UTC; SQLite gets it without zone, in a form that sorts as text."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; give an aware time")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Give back an aware instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)

    def bind_processor(self, dialect: Dialect) -> Any:
        """Write SQLite's form in one step; every row that is sent has half a dozen of them."""
        return _sqlite_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Read SQLite's form in one step."""
        return _sqlite_instant if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


class _Texts:
    """Instants in SQLite's form. The last is kept: a group of rows has one moment, and each of them several times."""

    def __init__(self) -> None:
        self._last: tuple[dt.datetime | None, str | None] = (None, None)

    def __call__(self, value: dt.datetime | None) -> str | None:
        if value is None:
            return None
        last, text = self._last  # one tuple, so that threads see both or neither
        if value is last:
            return text
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; give an aware time")
        text = value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        self._last = value, text
        return text


_sqlite_text = _Texts()


def _sqlite_instant(text: str | None) -> dt.datetime | None:
    # Read with its zone it takes a tenth of the time that setting the zone afterwards takes.
    return None if text is None else dt.datetime.fromisoformat(text + "+00:00")


class Json(TypeDecorator[Any]):
    """A JSON document kept as text, the same bytes on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Encode; None stays NULL."""
        return _json_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Decode."""
        return _json_value(value)

    def bind_processor(self, dialect: Dialect) -> Any:
        """Encode in one step: the driver takes the text as it is."""
        return _json_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Decode in one step."""
        return _json_value


def _json_text(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _json_value(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)


# SQLite gives out row ids by itself only for a column that is exactly INTEGER.
AutoId = BigInteger().with_variant(Integer, "sqlite")


def constant(value: str) -> ColumnElement[str]:
    """
    Return *value*, a word of our own, written into the statement itself instead of bound.

    Only so does SQLite see that a condition such as `state = 'open'` is the one of a partial index.
    """
    if "'" in value:
        raise ValueError(f"{value!r} has a quotation mark; bind it")
    return literal_column(f"'{value}'", String)
