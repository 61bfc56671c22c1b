"""
Pictures of satisfaction that read well on a phone: a portrait page with few, large figures.

Every word comes ready from the caller. matplotlib is optional and imported only where something is drawn.
"""

from __future__ import annotations

import asyncio
import enum
import importlib.util
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 1080, 1350  # pixels; Telegram shows photos of 4:5 over the full width of a phone
_DPI = 100
_NARROW = 0.07  # a share below this has no room for its own number
_LONGEST_TITLE = 34
_INK, _SOFT, _LINE, _PAPER, _TRACK = "#1c2430", "#5d6878", "#d5dae1", "#ffffff", "#eceff3"


class Mood(enum.StrEnum):
    """Whether an answer is bad, middling or good: told by place and words too, never by colour alone."""

    BAD = "bad"
    MIDDLE = "middle"
    GOOD = "good"


_COLOURS = {Mood.BAD: "#c8553d", Mood.MIDDLE: "#c9ced6", Mood.GOOD: "#2a7f8e"}
_ON_COLOUR = {Mood.BAD: "#ffffff", Mood.MIDDLE: _INK, Mood.GOOD: "#ffffff"}


@dataclass(frozen=True, slots=True)
class Share:
    """A part of all answers: `share` from 0 to 1."""

    label: str
    share: float
    mood: Mood


@dataclass(frozen=True, slots=True)
class Bar:
    """How many chose one answer."""

    label: str
    count: int
    mood: Mood


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A month's score with its interval; `value` is None where there were too few answers for one."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """
    One score as it is drawn. `point`, `low` and `high` stand on `scale`; None when there are too few answers, and
    then `value` says so in words.
    """

    title: str
    value: str
    unit: str
    interval: str
    caption: str
    scale: tuple[float, float]
    point: float | None = None
    low: float | None = None
    high: float | None = None
    shares: tuple[Share, ...] = ()
    bars: tuple[Bar, ...] = ()
    trend: tuple[TrendPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A whole picture: headings and at most three panels."""

    title: str
    subtitle: str
    panels: tuple[Panel, ...]
    bars_title: str = ""
    trend_title: str = ""


def can_draw() -> bool:
    """Say whether matplotlib is there."""
    return importlib.util.find_spec("matplotlib") is not None


async def draw(page: Page) -> bytes:
    """Return *page* as a PNG, drawn in a thread: one panel with its details, or several one below the other."""
    return await asyncio.to_thread(_detailed if len(page.panels) == 1 else _overview, page)


def _overview(page: Page) -> bytes:
    figure = _figure(page)
    panels = page.panels[:3]
    room = 0.83 / max(len(panels), 2)
    for place, panel in enumerate(panels):
        top = 0.865 - place * room
        if place:
            _rule(figure, top + 0.012)
        _headline(figure, panel, top - 0.012)
        _gauge(figure, panel, top - 0.140)
        _stack(figure, panel, top - 0.212)
        if len(panels) < 3 and panel.point is not None:
            _bars(figure, panel, top - 0.365, 0.100)
    return _png(figure)


def _detailed(page: Page) -> bytes:
    figure, panel = _figure(page), page.panels[0]
    _headline(figure, panel, 0.855)
    _gauge(figure, panel, 0.727)
    _stack(figure, panel, 0.655)
    _rule(figure, 0.605)
    _text(figure, 0.06, 0.588, page.bars_title, size=20, weight="bold", va="top")
    _bars(figure, panel, 0.345, 0.185)
    if len(panel.trend) > 1:
        _rule(figure, 0.300)
        _trend(figure, panel, page.trend_title)
    return _png(figure)


def _figure(page: Page) -> Figure:
    from matplotlib.figure import Figure

    # The figure makes its own Agg canvas: no global state, so it may be drawn in any thread.
    figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=_PAPER)
    _text(figure, 0.06, 0.953, page.title, size=31, weight="bold")
    _text(figure, 0.06, 0.918, page.subtitle, size=19, colour=_SOFT)
    return figure


def _headline(figure: Figure, panel: Panel, top: float) -> None:
    title = panel.title if len(panel.title) <= _LONGEST_TITLE else panel.title[: _LONGEST_TITLE - 1].rstrip() + "…"
    _text(figure, 0.06, top, title, size=23, weight="bold", va="top")
    known = panel.point is not None
    _text(figure, 0.06, top - 0.030, panel.value, size=58 if known else 30, weight="bold", va="top")
    _text(figure, 0.94, top, panel.caption, size=18, colour=_SOFT, ha="right", va="top", spacing=1.4)
    if known:
        _text(figure, 0.94, top - 0.070, panel.unit, size=17, colour=_SOFT, ha="right", va="top")
    else:
        _text(figure, 0.06, top - 0.066, panel.unit, size=18, colour=_SOFT, va="top")


def _gauge(figure: Figure, panel: Panel, bottom: float) -> None:
    """The score on its whole scale, with the interval as a band around it."""
    low, high = panel.scale
    axes = _axes(figure, 0.06, bottom, 0.88, 0.026)
    axes.set_xlim(low, high)
    axes.set_ylim(0, 1)
    axes.barh(0.5, high - low, left=low, height=0.42, color=_TRACK, align="center")
    if low < 0 < high:
        axes.plot([0, 0], [0.1, 0.9], color=_SOFT, linewidth=2)
    if panel.point is None or panel.low is None or panel.high is None:
        return
    axes.barh(0.5, max(panel.high - panel.low, (high - low) / 200), left=panel.low, height=0.42, color="#9cc7ce")
    axes.plot([panel.point, panel.point], [0, 1], color=_INK, linewidth=7, solid_capstyle="round", clip_on=False)
    _text(figure, 0.06, bottom - 0.008, panel.interval, size=17, colour=_SOFT, va="top")


def _stack(figure: Figure, panel: Panel, bottom: float) -> None:
    """All answers as one bar: bad, middling, good, each with its share and its name."""
    if not panel.shares or sum(share.share for share in panel.shares) <= 0:
        return
    axes = _axes(figure, 0.06, bottom, 0.88, 0.036)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    start = 0.0
    for share in panel.shares:
        axes.barh(0.5, share.share, left=start, height=1, color=_COLOURS[share.mood])
        if share.share >= _NARROW:
            axes.text(
                start + share.share / 2, 0.46, f"{share.share:.0%}".replace("%", " %"), ha="center", va="center",
                fontsize=18, color=_ON_COLOUR[share.mood], fontweight="bold",
            )  # fmt: skip
        start += share.share
    spots = zip(panel.shares, (0.06, 0.50, 0.94), ("left", "center", "right"), strict=False)
    for share, x, side in spots:
        label = share.label if share.share >= _NARROW else f"{share.label} · {share.share:.0%}".replace("%", " %")
        _text(figure, x, bottom - 0.019, label, size=16, colour=_SOFT, ha=side, va="baseline")


def _bars(figure: Figure, panel: Panel, bottom: float, height: float) -> None:
    """How many gave each answer."""
    axes = _axes(figure, 0.06, bottom, 0.88, height)
    most = max((bar.count for bar in panel.bars), default=0) or 1
    axes.set_ylim(0, most * 1.18)
    axes.set_xlim(-0.6, len(panel.bars) - 0.4)
    for place, bar in enumerate(panel.bars):
        axes.bar(place, bar.count, width=0.78, color=_COLOURS[bar.mood])
        if bar.count:
            axes.text(place, bar.count + most * 0.004 / height, str(bar.count), ha="center", fontsize=17, color=_INK)
        axes.text(place, -most * 0.009 / height, bar.label, ha="center", va="top", fontsize=18, color=_SOFT)
    axes.plot([-0.6, len(panel.bars) - 0.4], [0, 0], color=_LINE, linewidth=2)


def _trend(figure: Figure, panel: Panel, title: str) -> None:
    """The score month by month; a month with too few answers leaves a gap instead of a guess."""
    _text(figure, 0.06, 0.283, title, size=20, weight="bold", va="top")
    axes = _axes(figure, 0.115, 0.068, 0.825, 0.165)
    low, high = _limits(panel)
    axes.set_ylim(low, high)
    axes.set_xlim(-0.4, len(panel.trend) - 0.6)
    for level in (low, (low + high) / 2, high):
        axes.plot([-0.4, len(panel.trend) - 0.6], [level, level], color=_LINE, linewidth=1.5, zorder=0)
        axes.text(-0.48, level, f"{level:.0f}".replace("-", "−"), ha="right", va="center", fontsize=16, color=_SOFT)
    for run in _unbroken(panel.trend):
        places = [place for place, _ in run]
        axes.fill_between(
            places, [point.low or 0 for _, point in run], [point.high or 0 for _, point in run],
            color="#9cc7ce", alpha=0.55, linewidth=0,
        )  # fmt: skip
        axes.plot(
            places, [point.value or 0 for _, point in run], color=_COLOURS[Mood.GOOD], linewidth=5, marker="o",
            markersize=11, clip_on=False,
        )  # fmt: skip
    step = 1 if len(panel.trend) <= 7 else 2
    for place, point in enumerate(panel.trend):
        if (len(panel.trend) - 1 - place) % step == 0:
            axes.text(place, low - (high - low) * 0.09, point.label, ha="center", va="top", fontsize=16, color=_SOFT)


def _limits(panel: Panel) -> tuple[float, float]:
    """Choose round bounds around what the trend shows, inside the scale and never so tight that noise looks large."""
    shown = [v for point in panel.trend for v in (point.low, point.high) if v is not None] or list(panel.scale)
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


def _axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    axes = figure.add_axes((left, bottom, width, height))
    axes.axis("off")
    return axes


def _rule(figure: Figure, y: float) -> None:
    axes = _axes(figure, 0.06, y, 0.88, 0.002)
    axes.axhline(0, color=_LINE, linewidth=2)


def _text(
    figure: Figure,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    colour: str = _INK,
    weight: str = "normal",
    ha: str = "left",
    va: str = "center",
    spacing: float = 1.2,
) -> Any:
    """Write *text* as it stands: a dollar sign starts no formula. DejaVu has every letter that our languages need."""
    return figure.text(
        x, y, text, fontsize=size * 72 / _DPI * 1.35, color=colour, fontweight=weight, ha=ha, va=va,
        linespacing=spacing, parse_math=False, fontfamily="DejaVu Sans",
    )  # fmt: skip


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", facecolor=_PAPER)
    return stream.getvalue()
