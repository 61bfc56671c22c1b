"""The picture of what a newsletter brought about: each doing as a bar with its interval, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.pictures_canvas import BAND, COLOURS, INK, LINE, SOFT, TRACK, axes_at, blank, png, rule, write
from bot.pictures_page import Mood

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LONGEST_TITLE = 34


@dataclass(frozen=True, slots=True)
class Row:
    """
    One doing: its share, or the difference of two shares, with its interval (-1 to 1) and how that is written.

    *mood* says whether it is welcome; what does not stand out has none.
    """

    label: str
    value: float
    low: float
    high: float
    written: str
    mood: Mood = Mood.GOOD

    @property
    def stands_out(self) -> bool:
        """Whether it is more than chance gives."""
        return self.mood is not Mood.MIDDLE


@dataclass(frozen=True, slots=True)
class EffectsPage:
    """Shares of those whom it reached, and differences from those who were kept from it; every word comes ready."""

    title: str
    subtitle: str
    shares: tuple[Row, ...]
    gaps_title: str = ""
    gaps: tuple[Row, ...] = ()


def draw_effects(page: EffectsPage) -> bytes:
    """Return *page* as a PNG."""
    figure = blank()
    title = page.title if len(page.title) <= _LONGEST_TITLE else page.title[: _LONGEST_TITLE - 1].rstrip() + "…"
    write(figure, 0.06, 0.953, title, size=31, weight="bold")
    write(figure, 0.06, 0.918, page.subtitle, size=19, colour=SOFT)
    room = 0.55 if page.gaps else 0.84
    step = min(room / len(page.shares), 0.10)
    most = max(row.high for row in page.shares) or 1.0
    _rows(figure, page.shares, 0.865, step, (0.0, most))
    if page.gaps:
        top = 0.865 - step * len(page.shares)
        rule(figure, top + 0.005)
        write(figure, 0.06, top - 0.025, page.gaps_title, size=20, weight="bold")
        widest = max(max(abs(row.low), abs(row.high)) for row in page.gaps) or 1.0
        _rows(figure, page.gaps, top - 0.075, min((top - 0.10) / len(page.gaps), 0.08), (-widest, widest))
    return png(figure)


def _rows(figure: Figure, rows: Sequence[Row], top: float, step: float, scale: tuple[float, float]) -> None:
    """Each row has its words above and its bar below; the interval is a band around the value."""
    low, high = scale
    for place, row in enumerate(rows):
        y = top - place * step
        write(figure, 0.06, y, row.label, size=19)
        write(figure, 0.94, y, row.written, size=19, weight="bold" if row.stands_out else "normal", ha="right")
        axes = axes_at(figure, 0.06, y - 0.040, 0.88, 0.020)
        axes.set_xlim(low, high)
        axes.set_ylim(0, 1)
        axes.barh(0.5, high - low, left=low, height=0.5, color=TRACK)
        axes.barh(0.5, row.value, left=0, height=0.5, color=COLOURS[row.mood])
        axes.plot([row.low, row.high], [0.5, 0.5], color=INK if low == 0 else SOFT, linewidth=3)
        for end in (row.low, row.high):
            axes.plot([end, end], [0.15, 0.85], color=INK if low == 0 else SOFT, linewidth=3)
        if low < 0:
            axes.plot([0, 0], [-0.2, 1.2], color=LINE if not row.stands_out else BAND, linewidth=3, clip_on=False)
