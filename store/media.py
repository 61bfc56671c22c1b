"""Files as the store keeps them: Telegram's ids and what it told of them, never the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.messages import Media, MediaKind


def media_rows(media: Sequence[Media]) -> list[dict[str, Any]] | None:
    """Return *media* for a JSON column; nothing is NULL."""
    return [_row(item) for item in media] or None


def media_from(rows: Sequence[dict[str, Any]] | None) -> tuple[Media, ...]:
    """Read back what `media_rows` wrote."""
    return tuple(
        Media(
            MediaKind(row["kind"]),
            row["file_id"],
            row.get("path", ""),
            row.get("name", ""),
            row.get("size"),
            row.get("caption", ""),
        )
        for row in rows or ()
    )


def _row(item: Media) -> dict[str, Any]:
    row = {"kind": item.kind.value, "file_id": item.file_id, "path": item.path, "name": item.name, "size": item.size}
    return {**row, "caption": item.caption} if item.caption else row
