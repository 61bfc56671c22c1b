"""
Pictures of satisfaction that read well on a phone: a portrait page with few, large figures.

Every word comes ready from the caller. matplotlib is optional and imported only where something is drawn.
"""

from __future__ import annotations

import asyncio
import importlib.util
from typing import TYPE_CHECKING

from bot.pictures_canvas import BAND, COLOURS, INK, LINE, ON_COLOUR, SOFT, TRACK, axes_at, blank, png, rule, write
from bot.pictures_care import CarePage, draw_care
from bot.pictures_cases import CasesPage, draw_cases
from bot.pictures_effects import EffectsPage, draw_effects
from bot.pictures_page import Page, Panel
from bot.pictures_trend import draw_trend, draw_waves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NARROW = 0.07  # a share below this has no room for its own number
_LONGEST_TITLE = 34


AnyPage = Page | EffectsPage | CasesPage | CarePage


def can_draw() -> bool:
    """Say whether matplotlib is there."""
    return importlib.util.find_spec("matplotlib") is not None


async def draw(page: AnyPage) -> bytes:
    """Return *page* as a PNG, drawn in a thread: one panel with its details, or several one below the other."""
    if isinstance(page, EffectsPage):
        return await asyncio.to_thread(draw_effects, page)
    if isinstance(page, CarePage):
        return await asyncio.to_thread(draw_care, page)
    if isinstance(page, CasesPage):
        return await asyncio.to_thread(draw_cases, page)
    return await asyncio.to_thread(_detailed if len(page.panels) == 1 else _overview, page)


def _overview(page: Page) -> bytes:
    figure = _figure(page)
    panels = page.panels[:3]
    room = 0.83 / max(len(panels), 2)
    for place, panel in enumerate(panels):
        top = 0.865 - place * room
        if place:
            rule(figure, top + 0.012)
        _headline(figure, panel, top - 0.012)
        _gauge(figure, panel, top - 0.140)
        _stack(figure, panel, top - 0.212)
        if len(panels) < 3 and panel.point is not None:
            _bars(figure, panel, top - 0.365, 0.100)
    return png(figure)


def _detailed(page: Page) -> bytes:
    figure, panel = _figure(page), page.panels[0]
    _headline(figure, panel, 0.855)
    _gauge(figure, panel, 0.727)
    _stack(figure, panel, 0.655)
    rule(figure, 0.605)
    write(figure, 0.06, 0.588, page.bars_title, size=20, weight="bold", va="top")
    _bars(figure, panel, 0.345, 0.185)
    if len(panel.waves) > 1:
        rule(figure, 0.300)
        draw_waves(figure, panel, page.waves_title)
    elif len(panel.trend) > 1:
        rule(figure, 0.300)
        draw_trend(figure, panel, page.trend_title)
    return png(figure)


def _figure(page: Page) -> Figure:
    figure = blank()
    write(figure, 0.06, 0.953, page.title, size=31, weight="bold")
    write(figure, 0.06, 0.918, page.subtitle, size=19, colour=SOFT)
    return figure


def _headline(figure: Figure, panel: Panel, top: float) -> None:
    title = panel.title if len(panel.title) <= _LONGEST_TITLE else panel.title[: _LONGEST_TITLE - 1].rstrip() + "…"
    write(figure, 0.06, top, title, size=23, weight="bold", va="top")
    known = panel.point is not None
    write(figure, 0.06, top - 0.030, panel.value, size=58 if known else 30, weight="bold", va="top")
    write(figure, 0.94, top, panel.caption, size=18, colour=SOFT, ha="right", va="top", spacing=1.4)
    if known:
        write(figure, 0.94, top - 0.070, panel.unit, size=17, colour=SOFT, ha="right", va="top")
    else:
        write(figure, 0.06, top - 0.066, panel.unit, size=18, colour=SOFT, va="top")


def _gauge(figure: Figure, panel: Panel, bottom: float) -> None:
    """The score on its whole scale, with the interval as a band around it."""
    low, high = panel.scale
    axes = axes_at(figure, 0.06, bottom, 0.88, 0.026)
    axes.set_xlim(low, high)
    axes.set_ylim(0, 1)
    axes.barh(0.5, high - low, left=low, height=0.42, color=TRACK, align="center")
    if low < 0 < high:
        axes.plot([0, 0], [0.1, 0.9], color=SOFT, linewidth=2)
    if panel.point is None or panel.low is None or panel.high is None:
        return
    axes.barh(0.5, max(panel.high - panel.low, (high - low) / 200), left=panel.low, height=0.42, color=BAND)
    axes.plot([panel.point, panel.point], [0, 1], color=INK, linewidth=7, solid_capstyle="round", clip_on=False)
    write(figure, 0.06, bottom - 0.008, panel.interval, size=17, colour=SOFT, va="top")


def _stack(figure: Figure, panel: Panel, bottom: float) -> None:
    """All answers as one bar: bad, middling, good, each with its share and its name."""
    if not panel.shares or sum(share.share for share in panel.shares) <= 0:
        return
    axes = axes_at(figure, 0.06, bottom, 0.88, 0.036)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    start = 0.0
    for share in panel.shares:
        axes.barh(0.5, share.share, left=start, height=1, color=COLOURS[share.mood])
        if share.share >= _NARROW:
            axes.text(
                start + share.share / 2, 0.46, f"{share.share:.0%}".replace("%", " %"), ha="center", va="center",
                fontsize=18, color=ON_COLOUR[share.mood], fontweight="bold",
            )  # fmt: skip
        start += share.share
    spots = zip(panel.shares, (0.06, 0.50, 0.94), ("left", "center", "right"), strict=False)
    for share, x, side in spots:
        label = share.label if share.share >= _NARROW else f"{share.label} · {share.share:.0%}".replace("%", " %")
        write(figure, x, bottom - 0.019, label, size=16, colour=SOFT, ha=side, va="baseline")


def _bars(figure: Figure, panel: Panel, bottom: float, height: float) -> None:
    """How many gave each answer."""
    axes = axes_at(figure, 0.06, bottom, 0.88, height)
    most = max((bar.count for bar in panel.bars), default=0) or 1
    axes.set_ylim(0, most * 1.18)
    axes.set_xlim(-0.6, len(panel.bars) - 0.4)
    for place, bar in enumerate(panel.bars):
        axes.bar(place, bar.count, width=0.78, color=COLOURS[bar.mood])
        if bar.count:
            axes.text(place, bar.count + most * 0.004 / height, str(bar.count), ha="center", fontsize=17, color=INK)
        axes.text(place, -most * 0.009 / height, bar.label, ha="center", va="top", fontsize=18, color=SOFT)
    axes.plot([-0.6, len(panel.bars) - 0.4], [0, 0], color=LINE, linewidth=2)
