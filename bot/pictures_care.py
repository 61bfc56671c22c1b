"""The picture of a care plan's year: channels by months, what is planned and what is done, and the days below."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.pictures_canvas import COLOURS, INK, LINE, PAPER, SOFT, TRACK, axes_at, blank, png, rule, write
from bot.pictures_canvas import WIDTH as PIXELS
from bot.pictures_page import Mood

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

LINES = 26
"""How many lines the page has room for below the grid, in two columns; up to half of them stand in one."""

LONGEST_LINE = 46
"""Signs of a line of two columns, half of those of one; a line of wide letters becomes smaller."""

LEFT, TOP, WIDTH, ROW = 0.245, 0.845, 0.057, 0.052
"""Where the grid begins, how wide a month and how high a channel is: parts of the page."""

_WHOLE, _BESIDE, _COLUMN = 0.88, 0.175, 0.425  # how wide a title, a channel's name and a line may be
_INSET = 0.05  # how far within its cell a frame is, so that it covers no other cell


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

    Each of *rows* is a channel's name and its twelve cells, None where nothing is planned; *lines* name the days, at
    most `LINES` of them.
    """

    title: str
    subtitle: str
    months: tuple[str, ...]
    rows: tuple[tuple[str, tuple[CareCell | None, ...]], ...]
    legend: str
    lines: tuple[str, ...]


def draw_care(page: CarePage) -> bytes:
    """Return *page* as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = blank()
    FigureCanvasAgg(figure)  # which can measure what is written
    _fit(write(figure, 0.06, 0.953, page.title, size=31, weight="bold"), _WHOLE)
    write(figure, 0.06, 0.918, page.subtitle, size=19, colour=SOFT)
    for month, name in enumerate(page.months):
        write(figure, LEFT + (month + 0.5) * WIDTH, TOP + 0.022, name, size=17, colour=SOFT, ha="center")
    for place, (name, cells) in enumerate(page.rows):
        bottom = TOP - (place + 1) * ROW
        _fit(write(figure, 0.06, bottom + ROW / 2, name, size=16), _BESIDE)
        for month, cell in enumerate(cells):
            _cell(figure, month, bottom, cell)
    end = TOP - len(page.rows) * ROW
    _fit(write(figure, 0.06, end - 0.025, page.legend, size=15, colour=SOFT), _WHOLE)
    rule(figure, end - 0.052)
    _lines(figure, page.lines, end - 0.080)
    return png(figure)


def _fit(text: Text, most: float) -> None:
    """Make a text smaller that is wider than *most*, a part of the page's width."""
    for _ in range(2):  # letters do not shrink quite as the size does
        width = text.get_window_extent().width / PIXELS
        if width > most:
            text.set_fontsize(float(text.get_fontsize()) * most / width)


def _cell(figure: Figure, month: int, bottom: float, cell: CareCell | None) -> None:
    from matplotlib.patheffects import withStroke

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
    colour = PAPER if cell.share == 1 else INK
    label = axes.text(0.5, 0.5, cell.label, ha="center", va="center", fontsize=15, color=colour, fontweight="bold")
    if 0 < cell.share < 1:  # it may stand on two colours
        label.set_path_effects([withStroke(linewidth=4, foreground=PAPER)])


def _frame(axes: Axes, colour: str) -> None:
    low, high = _INSET, 1 - _INSET
    around = [low, high, high, low, low], [low, low, high, high, low]
    axes.plot(*around, color=colour, linewidth=4, solid_capstyle="projecting")


def _lines(figure: Figure, lines: Sequence[str], top: float) -> None:
    column, wide = ((len(lines) + 1) // 2, _COLUMN) if len(lines) > LINES // 2 else (LINES, _WHOLE)
    for place, line in enumerate(lines):
        x = 0.06 if place < column else 0.52
        _fit(write(figure, x, top - (place % column) * 0.036, line, size=15), wide)
