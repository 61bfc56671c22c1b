"""A score over time: month by month as a line, wave by wave as points with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.pictures_canvas import BAND, COLOURS, INK, LINE, SOFT, axes_at, write
from bot.pictures_page import Mood, Panel, TrendPoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_trend(figure: Figure, panel: Panel, title: str) -> None:
    """The score month by month; a month with too few answers leaves a gap instead of a guess."""
    write(figure, 0.06, 0.283, title, size=20, weight="bold", va="top")
    axes = _levels(figure, panel, panel.trend, 0.068, 0.165)
    low, high = axes.get_ylim()
    for run in _unbroken(panel.trend):
        places = [place for place, _ in run]
        axes.fill_between(
            places, [point.low or 0 for _, point in run], [point.high or 0 for _, point in run],
            color=BAND, alpha=0.55, linewidth=0,
        )  # fmt: skip
        axes.plot(
            places, [point.value or 0 for _, point in run], color=COLOURS[Mood.GOOD], linewidth=5, marker="o",
            markersize=11, clip_on=False,
        )  # fmt: skip
    step = 1 if len(panel.trend) <= 7 else 2
    for place, point in enumerate(panel.trend):
        if (len(panel.trend) - 1 - place) % step == 0:
            axes.text(place, low - (high - low) * 0.09, point.label, ha="center", va="top", fontsize=16, color=SOFT)


def draw_waves(figure: Figure, panel: Panel, title: str) -> None:
    """Each wave as a point with its interval, its score above and its n and response below; too few leave a gap."""
    write(figure, 0.06, 0.286, title, size=20, weight="bold", va="top")
    axes = _levels(figure, panel, panel.waves, 0.098, 0.140, room=0.25)
    low, high = axes.get_ylim()
    for place, point in enumerate(panel.waves):
        if point.value is not None and point.low is not None and point.high is not None:
            axes.plot([place, place], [point.low, point.high], color=BAND, linewidth=16, solid_capstyle="butt")
            axes.plot([place], [point.value], color=COLOURS[Mood.GOOD], marker="o", markersize=13, clip_on=False)
            axes.text(place + 0.14, point.value, point.written, va="center", fontsize=18, color=INK, fontweight="bold")
        axes.text(place, low - (high - low) * 0.10, point.label, ha="center", va="top", fontsize=16, color=SOFT)
        axes.text(place, low - (high - low) * 0.27, point.below, ha="center", va="top", fontsize=16, color=SOFT)


def _levels(
    figure: Figure, panel: Panel, points: tuple[TrendPoint, ...], bottom: float, height: float, room: float = 0
) -> Axes:
    """Lay out axes for *points* with three labelled levels; *room* is left free at the right."""
    axes = axes_at(figure, 0.115, bottom, 0.825, height)
    low, high = _limits(panel, points)
    left, right = -0.4, len(points) - 0.6 + room
    axes.set_ylim(low, high)
    axes.set_xlim(left, right)
    for level in (low, (low + high) / 2, high):
        axes.plot([left, right], [level, level], color=LINE, linewidth=1.5, zorder=0)
        label = f"{level:.0f}".replace("-", "−")
        axes.text(left - 0.01 * (right - left), level, label, ha="right", va="center", fontsize=16, color=SOFT)
    return axes


def _limits(panel: Panel, points: tuple[TrendPoint, ...]) -> tuple[float, float]:
    """Choose round bounds around what the trend shows, inside the scale and never so tight that noise looks large."""
    shown = [v for point in points for v in (point.low, point.high) if v is not None] or list(panel.scale)
    step = (panel.scale[1] - panel.scale[0]) / 10
    low = max(panel.scale[0], (min(shown) // step) * step)
    high = min(panel.scale[1], -((-max(shown)) // step) * step)
    while (
        round((high - low) / step) < 4 or round((high - low) / step) % 2
    ):  # even, so that the middle line is round too
        if high < panel.scale[1]:
            high += step
        else:
            low -= step
    return low, high


def _unbroken(trend: tuple[TrendPoint, ...]) -> list[list[tuple[int, TrendPoint]]]:
    runs: list[list[tuple[int, TrendPoint]]] = [[]]
    for place, point in enumerate(trend):
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append((place, point))
    return [run for run in runs if run]
