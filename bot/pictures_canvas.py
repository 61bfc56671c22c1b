"""The drawing ground of the pictures: colours, axes without a frame, rules and texts in the page's own measure."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from bot.pictures_page import Mood

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 1080, 1350  # pixels; Telegram shows photos of 4:5 over the full width of a phone
DPI = 100
INK, SOFT, LINE, PAPER, TRACK, BAND = "#1c2430", "#5d6878", "#d5dae1", "#ffffff", "#eceff3", "#9cc7ce"
COLOURS = {Mood.BAD: "#c8553d", Mood.MIDDLE: "#c9ced6", Mood.GOOD: "#2a7f8e"}
ON_COLOUR = {Mood.BAD: "#ffffff", Mood.MIDDLE: INK, Mood.GOOD: "#ffffff"}


def blank() -> Figure:
    """Make an empty page."""
    from matplotlib.figure import Figure

    # The figure makes its own Agg canvas: no global state, so it may be drawn in any thread.
    return Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=PAPER)


def axes_at(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Make axes without frame or ticks; all measures are parts of the page."""
    axes = figure.add_axes((left, bottom, width, height))
    axes.axis("off")
    return axes


def rule(figure: Figure, y: float) -> None:
    """Draw a thin line across the page."""
    axes = axes_at(figure, 0.06, y, 0.88, 0.002)
    axes.axhline(0, color=LINE, linewidth=2)


def write(
    figure: Figure,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    colour: str = INK,
    weight: str = "normal",
    ha: str = "left",
    va: str = "center",
    spacing: float = 1.2,
) -> Any:
    """Write *text* as it stands: a dollar sign starts no formula. DejaVu has every letter that our languages need."""
    return figure.text(
        x, y, text, fontsize=size * 72 / DPI * 1.35, color=colour, fontweight=weight, ha=ha, va=va,
        linespacing=spacing, parse_math=False, fontfamily="DejaVu Sans",
    )  # fmt: skip


def png(figure: Figure) -> bytes:
    """Return the finished page as a file."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", facecolor=PAPER)
    return stream.getvalue()
