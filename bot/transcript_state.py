"""The end state of a transcript, comparable between runs: everything that was kept and said, no ids, no instants."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Mapping
from typing import Any

import orjson

from store.database import Database
from store.snapshot import every_row

# Column → the table whose rows it names; ids become the row's place among its kind.
_NAMES = {
    "customer_id": "customers",
    "run_id": "runs",
    "case_id": "cases",
    "contact_id": "contacts",
    "wave_id": "waves",
    "sending_id": "sendings",
    "newsletter_id": "sendings",
    "schedule_id": "schedules",
    "lot_id": "points_lots",
    "coupon_id": "coupons",
    "event_id": "events",
}
_NAMED_ID = re.compile(r"\b(newsletter|sending|wave|run):[0-9a-z]{9,}")
_CARD = re.compile(r"(?<![0-9])[0-9]{4} [0-9]{4} [0-9]{4}(?![0-9])")  # drawn by chance
_CODE = re.compile(r"\b[2-9C-Y]{5}-[2-9C-Y]{5}\b")
_TOKEN = re.compile(r"\b(?:[cegp]-[A-Za-z0-9_-]{12,}|r-[2-9C-Y]{10}\b)")
_LEFT_OUT = frozenset({"inbox", "settings", "scripts", "alembic_version", "staff_messages"})
_PRESENCE_ONLY = frozenset({"message_id", "message_ids", "thread_id", "owner", "claimed_by", "album", "card"})
_BY_CHANCE = frozenset(
    {
        ("member_cards", "number"),
        ("coupons", "code"),
        ("referral_codes", "code"),
        ("guardians", "code"),
        ("erasures", "proof"),
    }
)
_UNKEPT = frozenset({"id", "focus", "payload", "callback_id", "ref", "media", "subject", "intent_at"})


async def end_state(database: Database) -> list[str]:
    """Return the store's rows as lines, sorted within each table."""
    async with database.read() as tx:
        tables = await every_row(tx)
    places = {
        name: {row["id"]: place for place, row in enumerate(rows, 1)}
        for name, rows in tables.items()
        if rows and "id" in rows[0]
    }
    lines: list[str] = []
    for name, rows in tables.items():
        if name not in _LEFT_OUT:
            lines += sorted(f"{name} {_line(name, row, places)}" for row in rows)
    return lines


def differences(expected: list[str], actual: list[str]) -> list[str]:
    """Return what differs between two end states, as the lines of a diff without context."""
    lines = difflib.unified_diff(expected, actual, lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]


def _line(table: str, row: Mapping[str, Any], places: Mapping[str, Mapping[int, int]]) -> str:
    kept: dict[str, Any] = {}
    for column, value in row.items():
        if column in _UNKEPT or value is None:
            continue
        if column in _NAMES:
            kept[column] = places.get(_NAMES[column], {}).get(value, "gone")
        elif column in _PRESENCE_ONLY or isinstance(value, dt.datetime) or (table, column) in _BY_CHANCE:
            kept[column] = "…"
        elif isinstance(value, str):
            kept[column] = _NAMED_ID.sub(r"\1:…", value)
        else:
            kept[column] = value
    return _by_chance(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS, default=str).decode())


def _by_chance(text: str) -> str:
    """Blind what is drawn anew in each run: numbers of cards, codes of coupons, tokens of links."""
    for drawn in (_CARD, _CODE, _TOKEN):
        text = drawn.sub("…", text)
    return text
