"""The picture of a care plan's year: channels by months, what is planned and what is done, and the days below."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.pictures_canvas import COLOURS, INK, LINE, SOFT, TRACK, axes_at, blank, png, rule, write
from bot.pictures_page import Mood

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, TOP, WIDTH, ROW = 0.245, 0.845, 0.057, 0.052
"""Where the grid begins, how wide a month and how high a channel is: parts of the page."""

_LONGEST_TITLE, _LONGEST_ROW, _LONGEST_LINE = 34, 18, 38
_LINES = 26  # days that the page names, in two columns
_FILLED = 0.55  # from so much of the work on the label is written on colour


class Standing(enum.StrEnum):
    """How a cell stands."""

    PLANNED = "planned"
    UNDER_WAY = "under_way"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class CareCell:
    """One channel in one month: what is written in it, and which part of the work is done (0 to 1)."""

    label: str
    share: float = 0.0
    standing: Standing = Standing.PLANNED


@dataclass(frozen=True, slots=True)
class CarePage:
    """
    The whole picture; every word comes ready.

    Each of *rows* is a channel's name and its twelve cells, None where nothing is planned; *lines* name the days.
    """

    title: str
    subtitle: str
    months: tuple[str, ...]
    rows: tuple[tuple[str, tuple[CareCell | None, ...]], ...]
    legend: str
    lines: tuple[str, ...]


def draw_care(page: CarePage) -> bytes:
    """Return *page* as a PNG."""
    figure = blank()
    write(figure, 0.06, 0.953, _short(page.title, _LONGEST_TITLE), size=31, weight="bold")
    write(figure, 0.06, 0.918, page.subtitle, size=19, colour=SOFT)
    for month, name in enumerate(page.months):
        write(figure, LEFT + (month + 0.5) * WIDTH, TOP + 0.022, name, size=17, colour=SOFT, ha="center")
    for place, (name, cells) in enumerate(page.rows):
        bottom = TOP - (place + 1) * ROW
        write(figure, 0.06, bottom + ROW / 2, _short(name, _LONGEST_ROW), size=16)
        for month, cell in enumerate(cells):
            _cell(figure, month, bottom, cell)
    end = TOP - len(page.rows) * ROW
    write(figure, 0.06, end - 0.025, page.legend, size=15, colour=SOFT)
    rule(figure, end - 0.052)
    _lines(figure, page.lines, end - 0.080)
    return png(figure)


def _cell(figure: Figure, month: int, bottom: float, cell: CareCell | None) -> None:
    gap = 0.004
    axes = axes_at(figure, LEFT + month * WIDTH + gap / 2, bottom + gap / 2, WIDTH - gap, ROW - gap)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    if cell is None:
        axes.barh(0.5, 1, height=1, color=TRACK)
        return
    late = cell.standing is Standing.LATE
    if cell.standing is not Standing.PLANNED:
        axes.barh(0.5, 1, height=1, color=LINE)
        axes.bar(0.5, cell.share, width=1, color=COLOURS[Mood.GOOD])
    _frame(axes, COLOURS[Mood.BAD] if late else COLOURS[Mood.GOOD])
    colour = "#ffffff" if cell.share > _FILLED else INK
    axes.text(0.5, 0.5, cell.label, ha="center", va="center", fontsize=15, color=colour, fontweight="bold")


def _frame(axes: Axes, colour: str) -> None:
    axes.plot([0, 1, 1, 0, 0], [0, 0, 1, 1, 0], color=colour, linewidth=4, clip_on=False)


def _lines(figure: Figure, lines: Sequence[str], top: float) -> None:
    shown = list(lines if len(lines) <= _LINES else [*lines[: _LINES - 1], "…"])
    column = (len(shown) + 1) // 2
    for place, line in enumerate(shown):
        x = 0.06 if place < column else 0.52
        write(figure, x, top - (place % column if column else 0) * 0.036, _short(line, _LONGEST_LINE), size=15)


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
