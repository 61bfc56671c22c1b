"""Where customers stand, in a few lines of the report: how many in each class and stage, and the month's moves."""

from __future__ import annotations

from collections.abc import Mapping

from bot.lifecycle_report import LifecycleReport
from domain.pictures import MoveKind
from templates.markup import Safe
from templates.words import Words

_MOST_MOVES = 6


def standings_counted(found: LifecycleReport, words: Words, language: str) -> str:
    """Say the counts and the most frequent moves between stages (HTML); "" before the first night."""
    classes = _counts(found.standings[MoveKind.CLASS], "class", words, language)
    stages = _counts(found.standings[MoveKind.STAGE], "stage", words, language)
    if not stages:
        return ""
    lines = Safe("\n").join(part for part in (classes, stages, _moves(found, words, language)) if part)
    return words.html("lifecycle.report", language, lines=lines)


def _counts(counted: Mapping[str, int], area: str, words: Words, language: str) -> Safe:
    return Safe(" · ").join(
        words.html("lifecycle.count", language, name=words.plain(f"lifecycle.{area}.{where}", language), n=count)
        for where, count in counted.items()
        if where
    )


def _moves(found: LifecycleReport, words: Words, language: str) -> Safe:
    moved = sorted(found.moves[MoveKind.STAGE].items(), key=lambda each: (-each[1], each[0]))
    parts = [
        words.html(
            "lifecycle.move",
            language,
            before=words.plain(f"lifecycle.stage.{before}", language),
            after=words.plain(f"lifecycle.stage.{after}", language),
            n=count,
        )
        for (before, after), count in moved[:_MOST_MOVES]
        if before and after
    ]
    return words.html("lifecycle.moved", language, parts=Safe(" · ").join(parts)) if parts else Safe("")
